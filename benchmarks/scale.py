"""What one gradient costs in time and memory as examples, width and depth grow: `make bench` runs it.

The gradient is that of `train` in full batch, between two calls of its callback, so that what is done once for all
epochs (checking the data) is left out. The times are without tracemalloc, which slows numpy down; the least of a few
counts. The slopes are those of the straight line through the last three points of each picture, in which a slope of 1
means proportional. They go into README.md, and the picture beside it.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
from report import figure, write

from bplib import History, Network, train

EPOCHS = 4
EXAMPLES = [10**k for k in range(2, 7)]
WIDTHS = [16, 32, 64, 128, 256, 512, 1024, 2048]
DEPTHS = [2, 4, 8, 16, 32, 64, 128]


def gradient(m: int, sizes: tuple[int, ...], read: Callable[[], float]) -> float:
    """The least difference of `read` over the epochs of a training after the first."""
    rng = np.random.default_rng(0)
    x = rng.random((m, sizes[0]), dtype=np.float32)
    y = rng.random((m, sizes[-1]), dtype=np.float32)
    network = Network(sizes, "relu", "identity", "he", seed=0, dtype=np.float32)
    found = []

    def callback(epoch: int, network: Network, history: History) -> None:
        found.append(read())

    train(network, x, y, "quadratic", learning_rate=1e-9, epochs=EPOCHS, progress=False, callback=callback)
    return min(found[1:])


def stopwatch() -> Callable[[], float]:
    last = time.perf_counter()

    def read() -> float:
        nonlocal last
        now = time.perf_counter()
        passed, last = now - last, now
        return passed

    return read


def megabytes() -> float:
    """The most that was allocated since the last call, beyond what is there between two epochs."""
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    return (peak - now) / 1e6


def measured(m: int, sizes: tuple[int, ...]) -> tuple[float, float]:
    seconds = gradient(m, sizes, stopwatch())
    tracemalloc.start()
    memory = gradient(m, sizes, megabytes)
    tracemalloc.stop()
    return seconds, memory


def slope(sizes: list[int], values: list[float]) -> float:
    return float(np.polyfit(np.log(sizes[-3:]), np.log(values[-3:]), 1)[0])


def short(number: float) -> str:
    return f"{number:.2g}" if number < 10 else f"{number:,.0f}"


def main() -> None:
    series = {
        "examples": (EXAMPLES, lambda m: (m, (32, 32, 10)), "32-32-10"),
        "neurons in each layer": (WIDTHS, lambda n: (1000, (n, n, n)), "n-n-n, 1,000 examples"),
        "layers": (DEPTHS, lambda L: (1000, (64,) * (L + 1)), "64 neurons a layer, 1,000 examples"),
    }
    fig, axes = figure(3, "One gradient: time and the memory it needs for itself")
    lines = [
        "| what grows | network | from, to | time | slope | memory | slope |",
        "|---|---|---|---|---|---|---|",
    ]
    for ax, (name, (sizes, case, network)) in zip(axes, series.items(), strict=True):
        seconds, memory = map(list, zip(*(measured(*case(n)) for n in sizes), strict=True))
        slopes = slope(sizes, seconds), slope(sizes, memory)
        lines.append(
            f"| {name} | {network} | {sizes[0]:,} to {sizes[-1]:,} "
            f"| {short(1000 * seconds[0])} to {short(1000 * seconds[-1])} ms | {slopes[0]:.2f} "
            f"| {short(memory[0])} to {short(memory[-1])} MB | {slopes[1]:.2f} |"
        )
        print(lines[-1])
        ax.loglog(
            sizes, [1000 * s for s in seconds], "o-", color="#d1495b", label=f"ms, slope {slopes[0]:.2f}"
        )
        ax.loglog(sizes, memory, "s--", color="#30638e", label=f"MB, slope {slopes[1]:.2f}")
        ax.set_xlabel(name)
        ax.set_title(network, fontsize=9)
        ax.legend(frameon=False)
    fig.savefig(Path(__file__).with_name("scale.svg"), metadata={"Date": None})
    write("scale", "\n".join(lines))


if __name__ == "__main__":
    main()
