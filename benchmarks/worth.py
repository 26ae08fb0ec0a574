"""What machine a step is worth: time and energy of one step of n-n-n, by width, batch and way.

    python benchmarks/worth.py             measures where a card is, and writes bplib/measured/worth.json
    python benchmarks/worth.py csv FILE    stores a table measured elsewhere: way,width,batch,microseconds,joules

A step is the forward pass, the backward pass and the update of a network n-n-n with sigmoids and the squared error, in
float32, the data in its place beforehand: numpy on one core and on all, PyTorch as it comes and as a CUDA graph, JAX as
one compiled step. Time is the median of five runs; energy is what the card's own counter gained over a run, divided by
its steps. The counter moves about ten times a second, so a run takes a second; what it still does not see is null.
A way that is not installed, or that finds no card, is left out.
"""

from __future__ import annotations

import csv
import datetime
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import bplib.measured
from bplib import Network, backward
from bplib.losses import Quadratic
from bplib.network import feedforward

RESULT = Path(bplib.measured.__file__).with_name("worth.json")
WIDTHS = [2**k for k in range(3, 14)]
BATCHES = 1, 64, 1024
RATE = np.float32(0.1)
SECONDS = 1.0
Step = Callable[[], object]


def data(n: int, m: int) -> tuple[Network, Any, Any]:
    rng = np.random.default_rng(0)
    network = Network((n, n, n), seed=0, dtype=np.float32)
    return network, rng.random((m, n), dtype=np.float32), rng.random((m, n), dtype=np.float32)


def with_numpy(n: int, m: int) -> tuple[Step, Step]:
    network, x, y = data(n, m)
    C = Quadratic()

    def step() -> None:
        z, a = feedforward(network, x.T)
        _, grad_W, grad_b = backward(network, z, a, y.T, C)
        for l in grad_W:
            network.W[l] -= RATE * grad_W[l]
            network.b[l] -= RATE * grad_b[l]

    return step, lambda: None


def with_torch(n: int, m: int, graph: bool = False, device: str = "cuda") -> tuple[Step, Step]:
    import torch

    network, x, y = data(n, m)
    parts: list[Any] = []
    for l in (1, 2):
        linear = torch.nn.Linear(n, n)
        linear.weight.data = torch.from_numpy(network.W[l].copy())
        linear.bias.data = torch.from_numpy(network.b[l].ravel().copy())
        parts += [linear, torch.nn.Sigmoid()]
    model = torch.nn.Sequential(*parts).to(device)
    inputs, targets = torch.from_numpy(x).to(device), torch.from_numpy(y).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=float(RATE))

    def step() -> None:
        optimizer.zero_grad(set_to_none=not graph)
        (0.5 * ((model(inputs) - targets) ** 2).sum() / m).backward()
        optimizer.step()

    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    if not graph:
        return step, wait
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    captured = torch.cuda.CUDAGraph()
    with torch.cuda.graph(captured):
        step()
    return captured.replay, wait


def with_jax(n: int, m: int) -> tuple[Step, Step]:
    import jax
    import jax.numpy as jnp

    network, x, y = data(n, m)
    inputs, targets = jnp.asarray(x.T), jnp.asarray(y.T)

    def loss(parameters: Any) -> Any:
        a = inputs
        for W, b in parameters:
            a = jax.nn.sigmoid(W @ a + b)
        return 0.5 * ((a - targets) ** 2).sum() / m

    update = jax.jit(lambda p: jax.tree.map(lambda p, g: p - RATE * g, p, jax.grad(loss)(p)))
    state = [(jnp.asarray(network.W[l]), jnp.asarray(network.b[l])) for l in (1, 2)]

    def step() -> None:
        nonlocal state
        state = update(state)

    return step, lambda: jax.block_until_ready(state)


def joules() -> float | None:
    """What the card has used since it was started, by its own counter."""
    try:
        import pynvml

        pynvml.nvmlInit()
        return pynvml.nvmlDeviceGetTotalEnergyConsumption(pynvml.nvmlDeviceGetHandleByIndex(0)) / 1000
    except Exception:  # no such package, no card, or one without a counter
        return None


def measured(step: Step, wait: Step, seconds: float = SECONDS) -> tuple[float, float | None]:
    """Seconds and joules of one step."""
    for _ in range(3):
        step()
    wait()
    start = time.perf_counter()
    step()
    wait()
    n = max(1, int(seconds / 5 / max(time.perf_counter() - start, 1e-6)))
    times, before = [], joules()
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(n):
            step()
        wait()
        times.append((time.perf_counter() - start) / n)
    after = joules()
    gained = (after - before) / (5 * n) if before is not None and after is not None else None
    return statistics.median(times), gained or None


def numpy_alone(threads: int, batch: int) -> list[list[Any]]:
    """numpy's rows, from a process of its own: a BLAS reads the number of its threads once."""
    environment = os.environ | {name: str(threads) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
    command = [sys.executable, __file__, "numpy", "1" if threads == 1 else "all", str(batch)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    rows: list[list[Any]] = json.loads(run.stdout)
    return rows


def row(way: str, n: int, m: int, seconds: float, energy: float | None) -> list[Any]:
    return [
        way, n, m, float(f"{1e6 * seconds:.4g}"), None if energy is None else float(f"{energy:.3g}")
    ]  # fmt: skip


def ways() -> dict[str, Any]:
    """What is installed and finds a card."""
    found: dict[str, Any] = {}
    try:
        import torch

        if torch.cuda.is_available():
            found["torch-eager"] = with_torch
            found["cuda-graph"] = lambda n, m: with_torch(n, m, graph=True)
    except ImportError:
        pass
    try:
        import jax

        if jax.devices()[0].platform == "gpu":
            found["jax-jit"] = with_jax
    except ImportError:
        pass
    return found


def card() -> str:
    try:
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def table(
    rows: list[list[Any]], card: str, cores: int, idle: float | None, versions: dict[str, str], date: str
) -> Any:
    return {
        "what": "One step of n-n-n (forward, backward, update; sigmoid, float32): way, width n, batch, microseconds, "
        "joules of the card by its own counter (null where it has none, or did not move).",
        "made_by": "python benchmarks/worth.py",
        "versions": versions,
        "date": date,
        "card": card,
        "cores": cores,
        "idle_watts": idle,
        "rows": rows,
    }  # fmt: skip


def write(result: Any) -> None:
    rows = ",\n  ".join(map(json.dumps, result.pop("rows")))
    head = json.dumps(result, indent=1).removesuffix("\n}")
    temporary = RESULT.with_suffix(".tmp")
    temporary.write_text(f'{head},\n "rows": [\n  {rows}\n ]\n}}\n', encoding="utf-8")
    temporary.replace(RESULT)


def stored(path: Path) -> Any:
    """A table measured elsewhere, with its versions, card and idle power in the lines of its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first, rest = (next(line for line in lines if line.startswith(f"# {key}")) for key in ("torch", "idle"))
    words = first.removeprefix("# ").replace("card ", "card\t").replace(" cores", "\tcores").split("\t")
    names = words[0].split()
    rows = [
        row(r["way"], int(r["width"]), int(r["batch"]), float(r["microseconds"]) / 1e6, float(r["joules"] or 0) or None)
        for r in csv.DictReader(line for line in lines if not line.startswith("#"))
    ]  # fmt: skip
    versions = {n: v for n, v in zip(names[::2], names[1::2], strict=False) if n != "card"}
    date = datetime.date.fromtimestamp(path.stat().st_mtime).isoformat()
    result = table(rows, words[1], int(words[2].split()[1]), float(rest.split()[2]), versions, date)
    return result | {"made_by": f"{result['made_by']} csv FILE, from a table measured elsewhere"}


def main() -> None:
    if sys.argv[1:2] == ["csv"]:
        write(stored(Path(sys.argv[2])))
        return
    if sys.argv[1:2] == ["numpy"]:
        name, m = f"numpy-{sys.argv[2]}", int(sys.argv[3])
        print(json.dumps([row(name, n, m, *measured(*with_numpy(n, m))) for n in WIDTHS]))
        return
    start = joules()
    time.sleep(5)
    end = joules()
    rows: list[list[Any]] = []
    for m in BATCHES:
        for threads in (1, os.cpu_count() or 1):
            rows += numpy_alone(threads, m)
        for way, make in ways().items():
            for n in WIDTHS:
                rows.append(row(way, n, m, *measured(*make(n, m))))
                print(rows[-1], flush=True)
    versions = {}
    for name in ("numpy", "torch", "jax"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    idle = round((end - start) / 5) if start is not None and end is not None else None
    write(table(rows, card(), os.cpu_count() or 1, idle, versions, datetime.date.today().isoformat()))


if __name__ == "__main__":
    main()
