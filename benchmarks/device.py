"""The compiled training on the device that JAX sees, a GPU if there is one: is it right, and what is it worth?

    python benchmarks/device.py measure RESULT.json   on the machine with the card; bplib, JAX and PyTorch are enough
    python benchmarks/device.py write RESULT.json     anywhere: the table and the picture, into README.md

It measures; it is no test (tests/test_benchmarks.py runs it small, on the CPU). A time is what one step more costs:
two runs of different length, so that what is done once a call, such as carrying the data to the card, is not in it.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from report import figure, write
from training import RATE, installed, machine, workloads

from bplib import Adam, GradientDescent, Network, train
from bplib.datasets import digits, xor

WIDTHS = [2**k for k in range(4, 13)]
BATCH = 64
REPEATS = 3
SECONDS = 0.1  # that the shorter of two runs should take at least


def marginal(run: Callable[[int], object], small: bool = False) -> float:
    """Seconds of one step more: the median of the differences between a run of n steps and one of 2 n."""
    n = 1
    while True:
        for k in (n, 2 * n):
            run(k)  # compiled, allocated
        start = time.perf_counter()
        run(n)
        if time.perf_counter() - start > SECONDS or small or n >= 2**16:
            break
        n *= 4
    times = []
    for _ in range(1 if small else REPEATS):
        start = time.perf_counter()
        run(n)
        middle = time.perf_counter()
        run(2 * n)
        times.append((time.perf_counter() - middle - (middle - start)) / n)
    return statistics.median(times)


def with_bplib(network: Network, x: Any, y: Any, loss: str, batch: int, adam: bool, compiled: bool) -> Any:
    """A run of so many epochs, by `train`."""

    def run(epochs: int) -> None:
        optimizer = Adam() if adam else GradientDescent(RATE)
        train(
            network, x, y, loss, optimizer=optimizer, epochs=epochs, batch_size=batch, compiled=compiled, progress=False
        )  # fmt: skip

    return run


def with_torch(network: Network, x: Any, y: Any, loss: str, batch: int, adam: bool, device: str) -> Any:
    """The same, by eager PyTorch, the data on its device beforehand."""
    import torch
    from torch import nn

    layers: list[Any] = []
    for l, f in network.activation.items():
        linear = nn.Linear(network.sizes[l - 1], network.sizes[l])
        linear.weight.data = torch.from_numpy(network.W[l].copy())
        linear.bias.data = torch.from_numpy(network.b[l].ravel().copy())
        layers.append(linear)
        layers += {"sigmoid": [nn.Sigmoid()], "relu": [nn.ReLU()], "identity": []}[f.name]
    model = nn.Sequential(*layers).to(device)
    x, y = torch.from_numpy(x).to(device), torch.from_numpy(y).to(device)
    quadratic = loss == "quadratic"
    cost = nn.MSELoss() if quadratic else nn.CrossEntropyLoss()
    rate = RATE * (
        network.sizes[-1] / 2 if quadratic else 1
    )  # MSELoss is the mean over the outputs, without the ½
    optimizer: Any = (
        torch.optim.Adam(model.parameters()) if adam else torch.optim.SGD(model.parameters(), lr=rate)
    )

    def step(x: Any, y: Any) -> None:
        optimizer.zero_grad()
        cost(model(x), y).backward()
        optimizer.step()

    def run(epochs: int) -> None:
        for _ in range(epochs):
            if batch == len(x):
                step(x, y)
            else:
                for rows in torch.randperm(len(x), device=device).split(batch):
                    step(x[rows], y[rows])
        if device != "cpu":
            torch.cuda.synchronize()

    return run


def parity() -> dict[str, float]:
    """The largest difference of a weight between the two engines, after the same training."""
    differences = {}
    data = digits()
    for name, make, args, how in (
        ("XOR, 100 epochs", lambda: Network((2, 4, 1), seed=0), (*xor(), "quadratic"), {"epochs": 100}),
        (
            "digits, 3 epochs",
            lambda: Network((64, 32, 10), "relu", "identity", "he", seed=0),
            (data.x_train, data.y_train, "softmax_cross_entropy"),
            {"epochs": 3, "batch_size": 32},
        ),
    ):
        ends = []
        for compiled in (False, True):
            network = make()
            train(network, *args, learning_rate=0.1, compiled=compiled, progress=False, **how)
            ends.append([*network.W.values(), *network.b.values()])
        differences[name] = max(float(abs(p - q).max()) for p, q in zip(*ends, strict=True))
    return differences


def precision() -> dict[str, float]:
    """The error of a float32 product of 1,024 numbers an entry, by JAX's settings; 1 is the size of the largest."""
    import jax

    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 1024, 1024)).astype(np.float32)
    exact = a.astype(float) @ b
    errors = {}
    for setting in ("default", "highest"):
        with jax.default_matmul_precision(setting):
            errors[setting] = float(abs(np.asarray(jax.numpy.matmul(a, b)) - exact).max() / abs(exact).max())
    return errors


def measure(path: Path, small: bool) -> None:
    import jax

    device, cpu = jax.devices()[0], jax.devices("cpu")[0]
    has_torch = installed("torch")
    torch_device = "cpu"
    if has_torch:
        import torch

        torch_device = "cuda" if torch.cuda.is_available() else "cpu"
    result: dict[str, Any] = {
        "device": device.device_kind,
        "machine": machine(),
        "versions": {n: __import__(n).__version__ for n in ("numpy", "jax", *["torch"] * has_torch)}
        | {"Python": platform.python_version()},
        "driver": driver(),
        "date": datetime.date.today().isoformat(),
        "parity": parity(),
        "precision": precision(),
        "workloads": {},
        "widths": {},
    }
    print(result, flush=True)

    def ways(*args: Any) -> dict[str, Callable[[int], object]]:
        on_device = with_bplib(*args, compiled=True)

        def on_cpu(epochs: int) -> None:
            with jax.default_device(cpu):
                on_device(epochs)

        found = {"numpy": with_bplib(*args, compiled=False), "compiled, CPU": on_cpu, "compiled": on_device}
        if has_torch:
            found["PyTorch"] = with_torch(*args, device=torch_device)
        return found

    for key, w in workloads().items():
        y = w.targets() if w.loss == "quadratic" else w.y
        args = w.network(), w.x, y, w.loss, w.batch_size, w.adam
        if small and key in ("W1", "W2"):
            continue
        steps = -(-len(w.x) // w.batch_size)
        result["workloads"][key] = {
            name: marginal(run, small) / steps
            for name, run in ways(*args).items()
            if key == "W1" or name != "compiled, CPU"
        }
        print(key, result["workloads"][key], flush=True)
    rng = np.random.default_rng(0)
    for n in WIDTHS[:2] if small else WIDTHS:
        x = rng.random((16 * BATCH, n), dtype=np.float32)
        y = rng.random((16 * BATCH, n), dtype=np.float32)
        network = Network((n, n, n), seed=0, dtype=np.float32)
        args = network, x, y, "quadratic", BATCH, False
        result["widths"][n] = {name: marginal(run, small) / 16 for name, run in ways(*args).items()}
        print(n, result["widths"][n], flush=True)
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def driver() -> str:
    try:
        command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def short(seconds: float) -> str:
    micro = 1e6 * seconds
    return (
        f"{micro:.1f} µs" if micro < 100 else f"{micro:,.0f} µs" if micro < 1e4 else f"{micro / 1000:,.1f} ms"
    )


def table(result: dict[str, Any]) -> str:
    names = ["numpy", "compiled, CPU", "compiled", "PyTorch"]
    on = {
        "numpy": "`train`, CPU",
        "compiled, CPU": "compiled, CPU",
        "compiled": "compiled, card",
        "PyTorch": "eager PyTorch, card",
    }
    lines = [
        f"| one step of | {' | '.join(on[n] for n in names)} | compiled / PyTorch, both on the card |",
        "|---|" + "---|" * (len(names) + 1),
    ]
    rows = {key: result["workloads"][key] for key in result["workloads"]}
    rows |= {f"{n}-{n}-{n}": times for n, times in result["widths"].items()}
    for key, times in rows.items():
        cells = [short(times[n]) if n in times else "" for n in names]
        ratio = f"**{times['compiled'] / times['PyTorch']:.2f}**" if "PyTorch" in times else ""
        lines.append(f"| {key} | {' | '.join(cells)} | {ratio} |")
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lines += [
        "",
        f"- {result['device']}; driver {result['driver'].split(', ')[-1]}; beside it {result['machine']}; {versions}; "
        f"{result['date']}.",
        "- The same training in both engines, largest difference of a weight: "
        + ", ".join(f"{name} {d:.0e}" for name, d in result["parity"].items())
        + ".",
        f"- Error of a float32 product with JAX's default precision {result['precision']['default']:.1e}, with "
        f"`highest`, which `train` asks for, {result['precision']['highest']:.1e}.",
    ]
    return "\n".join(lines)


def picture(result: dict[str, Any]) -> None:
    """Where each way of taking a step overtakes the others, as the layers grow."""
    ways = {
        "numpy": ("#d1495b", "train, numpy"),
        "compiled, CPU": ("#c9a227", "train, compiled, CPU"),
        "compiled": ("#30638e", "train, compiled, card"),
        "PyTorch": ("#8d96a3", "eager PyTorch, card"),
    }
    fig, (ax,) = figure(1, f"One step of n-n-n with {BATCH} examples, {result['device']}")
    fig.set_size_inches(6, 4)
    widths = list(map(int, result["widths"]))
    for name, (color, label) in ways.items():
        times = [t.get(name) for t in result["widths"].values()]
        if None not in times:
            ax.plot(widths, [1e6 * t for t in times], "o-", color=color, label=label, markersize=3)
    ax.set(xscale="log", yscale="log", xlabel="width n", ylabel="microseconds a step")
    ax.set_xticks(widths, widths)
    ax.minorticks_off()
    ax.legend(frameon=False)
    fig.savefig(Path(__file__).with_name("device.svg"), metadata={"Date": None})


def main() -> None:
    if len(sys.argv) < 3 or sys.argv[1] not in ("measure", "write"):
        sys.exit(__doc__)
    path = Path(sys.argv[2])
    if sys.argv[1] == "measure":
        measure(path, small="--small" in sys.argv)
    else:
        result = json.loads(path.read_text(encoding="utf-8"))
        write("device", table(result))
        picture(result)


if __name__ == "__main__":
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # PyTorch shares the card
    main()
