"""The same training on one process, several devices and several processes; and what a student's chapter takes.

It measures; it is no test. The numbers go into bplib/measured/machines.json and the page "Beyond one machine". On
Linux, with two free cores: each process, or each pair of virtual devices, is held to so many cores. A machine that does
other things as well spoils times by the clock more than the processor's, so both are kept.

    python benchmarks/machines.py             # all of it
    python benchmarks/machines.py write       # the page's tables anew, from the stored numbers
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
STORED = ROOT / "bplib" / "measured" / "machines.json"
PAGE = ROOT / "chapters" / "beyond_one_machine.md"
ROUNDS = 3
# processes, devices of each
WAYS = {
    "one process": (1, 1),
    "two processes": (2, 1),
    "one process, two virtual devices": (1, 2),
    "one process, four virtual devices": (1, 4),
    "two processes of two virtual devices": (2, 2),  # for their bits: on two cores their time says nothing
}
TIMED = list(WAYS)[:4]
# the epochs of the longer run; that of one epoch is taken off
WORK = {"W1": 10, "digits": 200, "XOR": 1000}


def job(work: str, process: int, processes: int) -> tuple[Any, tuple[Any, Any], str, dict[str, Any]]:
    """A network, the share of this process, and how to train."""
    from bplib import Adam, Network, one_hot
    from bplib.datasets import digits, xor

    loss, how = "quadratic", {"learning_rate": 0.1}
    if work == "W1":
        rng = np.random.default_rng(0)
        x, y = rng.random((60_000, 784), dtype=np.float32), one_hot(rng.integers(0, 10, 60_000), 10)
        network = Network((784, 16, 16, 10), seed=0, dtype=np.float32)
    elif work == "digits":
        x, y = digits(dtype=np.float32)[:2]
        network = Network((64, 32, 10), "relu", "identity", "he", seed=0, dtype=np.float32)
        loss, how = "softmax_cross_entropy", {"optimizer": Adam()}
    else:
        (x, y), network = xor(), Network((2, 4, 1), seed=0)
    share = slice(len(x) * process // processes, len(x) * (process + 1) // processes)
    return network, (x[share], y[share]), loss, how


def measure(process: int, processes: int, devices: int, port: str) -> dict[str, Any]:
    """In one of the processes: seconds an epoch, by the clock and the processor, and the weights after ten."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[process]} if processes * devices <= 2 and devices == 1 else cores[:2])
    import jax

    jax.config.update("jax_num_cpu_devices", devices)
    if processes > 1:
        jax.distributed.initialize(f"127.0.0.1:{port}", processes, process)
    from bplib import train

    def run(work: str, epochs: int) -> tuple[float, float, Any]:
        network, data, loss, how = job(work, process, processes)
        clock, processor = time.perf_counter(), time.process_time()
        train(network, *data, loss, epochs=epochs, compiled=True, progress=False, **how)
        return time.perf_counter() - clock, time.process_time() - processor, network

    result: dict[str, Any] = {}
    for work, epochs in WORK.items():
        weights = run(work, 10)[2].W
        bits = hashlib.sha256(b"".join(w.tobytes() for w in weights.values())).hexdigest()
        rounds = []
        timed = (processes, devices) in [WAYS[name] for name in TIMED]
        for n in (1, epochs + 1) if timed else ():
            run(work, n)  # compiled here
        for _ in range(ROUNDS if timed else 0):
            short, long = run(work, 1), run(work, epochs + 1)
            rounds.append([(long[i] - short[i]) / epochs for i in (0, 1)])
        result[work] = {"bits": bits, "W1": weights[1].ravel()[:200].tolist(), "seconds": rounds}
    return result


def launched(processes: int, devices: int) -> list[dict[str, Any]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    started = [
        subprocess.Popen(
            [sys.executable, __file__, "in", str(process), str(processes), str(devices), port],
            env=os.environ | one_thread | {"JAX_PLATFORMS": "cpu"}, stdout=subprocess.PIPE, text=True,
        )
        for process in range(processes)
    ]  # fmt: skip
    said = [process.communicate()[0] for process in started]
    return [json.loads(text.splitlines()[-1]) for text in said]


def trainings() -> dict[str, Any]:
    before, ways = os.getloadavg()[0], {}
    for name, (processes, devices) in WAYS.items():
        ways[name] = launched(processes, devices)
        times = {work: least(ways[name], work) for work in WORK} if name in TIMED else ""
        print(name, times, os.getloadavg()[0], file=sys.stderr, flush=True)
    table: dict[str, Any] = {"load": [before, os.getloadavg()[0]], "times": {}, "bits": {}, "difference": {}}
    for work in WORK:
        table["times"][work] = {name: least(ways[name], work) for name in TIMED}
        table["bits"][work] = {name: results[0][work]["bits"][:16] for name, results in ways.items()}
        one = np.array(ways["one process"][0][work]["W1"])
        table["difference"][work] = {
            name: float(abs(np.array(results[0][work]["W1"]) - one).max()) for name, results in ways.items()
        }
        for results in ways.values():  # all processes of a training have the same weights
            assert len({result[work]["bits"] for result in results}) == 1
    return table


def least(results: list[dict[str, Any]], work: str) -> dict[str, float]:
    """Milliseconds an epoch: by the clock the least round, and the processor's time of the busiest process."""
    return {
        "clock": 1000 * min(clock for result in results for clock, _ in result[work]["seconds"]),
        "processor": 1000
        * max(statistics.median(cpu for _, cpu in result[work]["seconds"]) for result in results),
    }


def chapters() -> dict[str, Any]:
    """What running all of a chapter takes of its kernel: megabytes at most, seconds of the processor."""
    import nbformat
    from nbclient import NotebookClient

    os.environ.pop("EXPLORER_RECORD", None)
    found = {}
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        client = NotebookClient(
            nbformat.read(path, as_version=4), timeout=600, kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
        )  # fmt: skip
        with client.setup_kernel():
            for i, cell in enumerate(client.nb.cells):
                client.execute_cell(cell, i)
            kernel = Path(f"/proc/{client.km.provisioner.process.pid}")
            found[path.stem] = taken(kernel)
        print(path.stem, found[path.stem], file=sys.stderr, flush=True)
    return found


def taken(process: Path) -> dict[str, float]:
    most = int(re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())[1])  # type: ignore[index]
    ticks = (process / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return {
        "megabytes": round(most / 1000, 1),
        "seconds": round(sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"), 1),
    }


def server() -> dict[str, float]:
    """What JupyterLab's own process takes, once it has been asked for a page."""
    import urllib.request

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", f"--port={port}", "--IdentityProvider.token=",
        "--allow-root", f"--notebook-dir={ROOT / 'chapters'}",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            time.sleep(1)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/lab").read()
                break
            except OSError:
                pass
        return taken(Path(f"/proc/{process.pid}"))
    finally:
        process.terminate()
        process.wait()


def machine() -> str:
    rows = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{rows[0].split(':')[1].strip()}, {os.cpu_count()} cores, {platform.system()}"


# -- the page ------------------------------------------------------------------------------------------------------

TITLES = {
    "W1": "W1, 60,000 examples",
    "digits": "digits, 1,442 examples",
    "XOR": "XOR, 4 examples",
}


def table(stored: dict[str, Any]) -> str:
    """Milliseconds an epoch in full batch, and under what they were measured."""
    measured = stored["trainings"]
    lines = [f"| trained by | {' | '.join(TITLES.values())} |", f"|---|{'---|' * len(TITLES)}"]
    for name in TIMED:
        cells = [milliseconds(measured["times"][work][name]["processor"]) for work in TITLES]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    one, two = (measured["times"]["W1"][name] for name in ("one process", "two processes"))
    versions = ", ".join(f"{name} {number}" for name, number in stored["versions"].items())
    lines += [
        "",
        f"For W1, one process takes {one['processor'] / two['processor']:.2f} times the processor's time that each of "
        f"two takes for its half. By the clock it was {one['clock'] / two['clock']:.2f} times (load average "
        f"{max(measured['load']):.0f}, this work included). {stored['machine']}; "
        f"{versions}; {stored['date']}.",
    ]
    return "\n".join(lines)


def milliseconds(value: float) -> str:
    return f"{value:.0f} ms" if value >= 10 else f"{value:.2g} ms"


def students(stored: dict[str, Any]) -> str:
    rows = {"JupyterLab's server, started": stored["server"], **stored["chapters"]}
    lines = ["| process | memory, at most | processor time |", "|---|---|---|"]
    lines += [
        f"| {name} | {row['megabytes']:.0f} MB | {row['seconds']:.1f} s |" for name, row in rows.items()
    ]
    most = {unit: max(row[unit] for row in stored["chapters"].values()) for unit in ("megabytes", "seconds")}
    memory = 100 * (stored["server"]["megabytes"] + most["megabytes"]) / 1000
    lines += [
        "",
        f"A hundred students with one chapter each: {memory:.0f} GB at most, and, if all press *Run All* of the "
        f"longest of these at once, {100 * most['seconds'] / 300:.0f} cores for five minutes. Measured on "
        f"{stored['machine']}, {stored['date']}.",
    ]
    return "\n".join(lines)


def write(stored: dict[str, Any]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for mark, made in (("trainings", table(stored)), ("students", students(stored))):
        begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n\n{made}\n\n{end}{rest.partition(end)[2]}"
    PAGE.write_text(text, encoding="utf-8")


def main() -> None:
    match sys.argv[1:]:
        case ["in", process, processes, devices, port]:
            print(json.dumps(measure(int(process), int(processes), int(devices), port)))
            return
        case []:
            stored: dict[str, Any] = {
                "what": "one training on one and more devices and processes: milliseconds an epoch in full batch, by "
                "the clock (least of three) and of the processor (busiest process, median); what running all of a "
                "chapter takes of its kernel",
                "made_by": "python benchmarks/machines.py",
                "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
                "versions": {
                    **{name: version(name) for name in ("jax", "jaxlib", "numpy", "jupyterlab")},
                    "Python": platform.python_version(),
                },
                "machine": machine(),
            }
            for part in (trainings, chapters, server):
                stored[part.__name__] = part()
            STORED.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        case ["write"]:
            stored = json.loads(STORED.read_text(encoding="utf-8"))
    if PAGE.exists():
        write(stored)


if __name__ == "__main__":
    main()
