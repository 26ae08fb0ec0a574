"""What the tape of the chapter Every layer costs, and what PyTorch's does in the same places: bplib/measured/tape.json.

`python benchmarks/tape.py` times the chapter's own code, which stands in the notebook and nowhere else. It needs
PyTorch (`make libraries`).
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import process_time
from timeit import repeat
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core, on any machine

import nbformat
import numpy as np

from bplib import Network

ROOT = Path(__file__).parent.parent
SIZES = ([2, 4, 1], [64, 32, 10], [784, 16, 16, 10], [784, 128, 128, 10], [784, 512, 512, 10])
EXAMPLES = 64


def tape() -> dict[str, Any]:
    """The names that the chapter's tape defines."""
    cells = nbformat.read(ROOT / "chapters" / "10_every_layer.ipynb", as_version=4).cells
    names: dict[str, Any] = {}
    exec("from heapq import heappop, heappush\nfrom itertools import count\nimport numpy as np", names)
    for start in ("class Tensor:", "def matmul(", "def summed_to("):
        exec(next(cell.source for cell in cells if cell.source.startswith(start)), names)
    return names


def seconds(run: Callable[[], object], repeats: int = 7) -> float:
    """The least processor time of one run, of several batches of runs that take 20 ms or so each."""
    once = min(repeat(run, number=1, repeat=3, timer=process_time))
    number = max(1, int(0.02 / max(once, 1e-6)))
    return min(repeat(run, number=number, repeat=repeats, timer=process_time)) / number


def cost(sizes: list[int], repeats: int = 7) -> dict[str, Any]:
    """Processor time of one pass forward without a tape, of one with it, and of the walk back."""
    names, net = tape(), Network(sizes, "sigmoid", "sigmoid", seed=0)
    x = np.random.default_rng(0).random((sizes[0], EXAMPLES))
    W = {l: names["Tensor"](net.W[l]) for l in net.W}
    b = {l: names["Tensor"](net.b[l]) for l in net.b}

    def plain() -> object:
        a = x
        for l in net.W:
            a = 1 / (1 + np.exp(-(net.W[l] @ a + net.b[l])))
        return (0.5 / EXAMPLES) * (a**2).sum()

    def forward() -> Any:
        a = x
        for l in W:
            a = names["sigmoid"](W[l] @ a + b[l])
        return (0.5 / EXAMPLES) * (a**2).sum()

    C = forward()
    return {
        "sizes": sizes,
        "parameters": net.n_parameters,
        "plain": round(seconds(plain, repeats), 7),
        "forward": round(seconds(forward, repeats), 7),
        "back": round(seconds(lambda: names["backward"](C), repeats), 7),
    }


def refusal(run: Callable[[], object]) -> str:
    """The beginning of what PyTorch says when it refuses."""
    try:
        run()
    except RuntimeError as error:
        return "RuntimeError: " + str(error).split(" (")[0].split(": [")[0].split(". ")[0]
    return "no error"


def of_torch() -> dict[str, str]:
    import torch

    def square() -> Any:
        v = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
        return v, (v**2).sum()

    v, C = square()
    C.backward()
    answers = {"after walk 1": str(v.grad.tolist()), "walk 2": refusal(C.backward)}
    v, C = square()
    C.backward(retain_graph=True)
    C.backward()
    answers["walk 2 after retain_graph=True"] = str(v.grad.tolist())
    v, _ = square()
    C = v.sum()
    C.backward()
    C.backward()
    answers["walk 2 of v.sum(), which keeps nothing"] = str(v.grad.tolist())
    v, _ = square()
    answers["a loss of two numbers"] = refusal((v * 2).backward)
    v, _ = square()
    a = torch.exp(v)
    a += 1
    answers["an array changed before the walk"] = refusal(a.sum().backward)
    return answers


def main() -> None:
    import torch

    table = {
        "what": "processor time in seconds of the tape in chapters/10_every_layer.ipynb, and PyTorch's answers",
        "made_by": "python benchmarks/tape.py",
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": torch.__version__,
        },
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {platform.system()}, one core, {EXAMPLES} examples",
        "cost": [cost(sizes) for sizes in SIZES],
        "torch": of_torch(),
    }
    path = ROOT / "bplib" / "measured" / "tape.json"
    new = path.with_suffix(".json.new")
    new.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    new.replace(path)
    print(path)


if __name__ == "__main__":
    main()
