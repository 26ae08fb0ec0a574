"""What the chapter on cost shows and a build is too short for: `python benchmarks/cost.py` stores it in bplib/measured.

"float32": gradients of 784-512-512-10 in float32 against float64, for 60 batches of 1,024 examples, with ReLU and with
the sigmoid, inputs between 0 and 1 as pixels are, and the softmax cross-entropy; and for ReLU once more with float64's
switches, the signs of z, in place of float32's own.
"core": what one core does at most, by a matrix product and by a copy, and what it does in W1 to W4 of training.py.
"card": the same of one H200, from device.json, with what was measured beside it on the same day (CARD, below).
One thread; a few minutes. Times are the least of many, in processor time, so that other programs matter little.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from report import Array
from training import machine, workloads

import bplib.measured
from bplib import Network, ReLU, backward
from bplib.losses import SoftmaxCrossEntropy, get_loss, one_hot
from bplib.network import feedforward

RESULT = Path(bplib.measured.__file__).with_name("cost.json")
SIZES, BATCH, BATCHES = (784, 512, 512, 10), 1024, 60

# One H200, 2026-11-27, PyTorch 2.11.0+cu130, JAX 0.11.2, numpy 2.5.2, 16 cores beside it: a float32 product of
# 8192 x 8192 matrices, reading 60,000 x 784 numbers once, a step of XOR (2-4-1), an iteration of W1, errors of a
# product of 1,024 numbers an entry, and of W1's gradient by one sum and by blocks of 1,024 that are added in float64.
CARD = {
    "flops": 50e12,
    "bytes_per_second": 3.53e12,
    "xor_microseconds": {
        "PyTorch, eager, card": 1086,
        "PyTorch, eager, CPU": 311,
        "JAX, one compiled step, card": 70.8,
        "PyTorch, CUDA graph, card": 36.1,
        "numpy, CPU": 34.6,
        "JAX, one compiled step, CPU": 21.4,
        "JAX, 10,000 steps in one program, card": 10.0,
        "JAX, 10,000 steps in one program, CPU": 1.53,
    },
    "W1_milliseconds": {
        "torch.compile": 1.9692,
        "PyTorch, eager": 1.3201,
        "JAX, one compiled step": 0.6471,
        "PyTorch, CUDA graph": 0.3863,
    },
    "product_error": {"JAX, by default": 2.94e-4, "PyTorch, by default": 5.74e-7},
    "sum_error": {"one sum": 1.56e-7, "blocks of 1,024 in float64": 3.09e-8},
}


class Switched(ReLU):
    """ReLU whose neurons are on and off where it was told, whatever its own z says."""

    def __init__(self, on: Array) -> None:
        self.on = on

    def __call__(self, z: Array) -> Array:
        return np.where(self.on, z, 0)

    def prime(self, z: Array) -> Array:
        return self.on.astype(z.dtype)


def gradient(network: Network, x: Array, y: Array) -> tuple[Any, list[Array]]:
    z, a = feedforward(network, x.T)
    _, grad_W, grad_b = backward(network, z, a, y.T, SoftmaxCrossEntropy())
    return z, [*grad_W.values(), *grad_b.values()]


def error(g: list[Array], right: list[Array]) -> float:
    off = sum(float(np.sum((u.astype(float) - v) ** 2)) for u, v in zip(g, right, strict=True))
    return float(np.sqrt(off / sum(float(np.sum(v**2)) for v in right)))


def batch(f: str, seed: int, sizes: tuple[int, ...] = SIZES, m: int = BATCH) -> dict[str, Any]:
    """One batch's error in float32, and how many weighted sums have another sign than in float64."""
    init = "he" if f == "relu" else "xavier"
    short = Network(sizes, f, "identity", init, seed=seed, dtype=np.float32)
    long = short.copy(np.float64)
    rng = np.random.default_rng(seed)
    x = rng.random((m, sizes[0]), dtype=np.float32)
    y = one_hot(rng.integers(0, sizes[-1], m), sizes[-1]).astype(np.float32)
    z_long, right = gradient(long, x.astype(float), y.astype(float))
    z_short, ours = gradient(short, x, y)
    hidden = range(1, len(sizes) - 1)
    found = {
        "error": error(ours, right),
        "flips": sum(int(np.sum((z_short[l] > 0) != (z_long[l] > 0))) for l in hidden),
    }
    if f == "relu":
        for l in hidden:
            short.activation[l] = Switched(z_long[l] > 0)
        found["switched"] = error(gradient(short, x, y)[1], right)
    return found


def least(run: Callable[[], object], seconds: float = 2.0) -> float:
    """Processor time of one run: the least of many batches of them."""
    run()
    n = 1
    while True:
        start = time.process_time()
        for _ in range(n):
            run()
        if (once := time.process_time() - start) > 0.02:
            break
        n *= 4
    best, spent = once, 0.0
    while spent < seconds:
        start = time.process_time()
        for _ in range(n):
            run()
        took = time.process_time() - start
        best, spent = min(best, took), spent + took
    return best / n


def core() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    n = 2048
    u, v = rng.random((2, n, n), dtype=np.float32)
    out = np.empty_like(u)
    big = rng.random(2**26, dtype=np.float32)  # 256 MB, more than any cache holds
    copy = np.empty_like(big)
    found: dict[str, Any] = {
        "flops": 2 * n**3 / least(lambda: np.matmul(u, v, out)),
        "bytes_per_second": 2 * big.nbytes / least(lambda: np.copyto(copy, big)),
        "workloads": {},
    }
    for key, w in workloads().items():
        network, C, m = w.network(), get_loss(w.loss), w.batch_size
        x, y = w.x[:m], w.targets()[:m]

        def step(network: Network = network, C: Any = C, x: Array = x, y: Array = y) -> None:
            for i in range(0, len(x), 1024):
                xb, yb = x[i : i + 1024].T, y[i : i + 1024].T
                z, a = feedforward(network, xb)
                backward(network, z, a, yb, C)

        found["workloads"][key] = {"sizes": w.sizes, "m": m, "seconds": least(step)}
        print(key, found["workloads"][key], flush=True)
    return found


def card() -> dict[str, Any]:
    device = json.loads(Path(__file__).with_name("device.json").read_text(encoding="utf-8"))
    return {key: device[key] for key in ("device", "machine", "versions", "date", "workloads")} | CARD


def main() -> None:
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # a BLAS reads it when numpy is imported
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        os.execve(sys.executable, [sys.executable, __file__], os.environ | threads)
    result: dict[str, Any] = {
        "what": "Errors of float32 gradients of 784-512-512-10, and what one core does at most and in W1 to W4.",
        "made_by": "python benchmarks/cost.py",
        "versions": {"numpy": np.__version__, "Python": platform.python_version()},
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "core": core(),
        "card": card(),
        "float32": {},
    }
    for f in ("relu", "sigmoid"):
        found = [batch(f, seed) for seed in range(BATCHES)]
        result["float32"][f] = {
            key: [float(f"{b[key]:.3g}") if key != "flips" else b[key] for b in found] for key in found[0]
        }
        print(f, result["float32"][f], flush=True)
    temporary = RESULT.with_suffix(".tmp")
    temporary.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    temporary.replace(RESULT)


if __name__ == "__main__":
    main()
