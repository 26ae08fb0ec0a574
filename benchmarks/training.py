"""How long training takes, side by side with other libraries: `make bench` runs it. It measures; it is no test.

Every library trains the same network on the same data in float32, the way its users write it. First the gradients
are compared; then the libraries take turns, so that whatever else the machine does meets all of them, and the median
counts. Each number of threads has a process of its own, because a BLAS reads it when numpy is imported. A library that
is not installed is left out by name; `make libraries` installs what it can. The table and the picture go into
README.md.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from report import Array, figure, write

from bplib import Adam, GradientDescent, Network, one_hot, train
from bplib.backprop import backward
from bplib.datasets import digits, xor
from bplib.losses import get_loss
from bplib.network import feedforward

THREADS = 1, 2
SECONDS = 15  # for each workload and number of threads, after the first round
ROUNDS = 3, 25  # at least, at most
LIBRARIES = {"torch": "PyTorch", "jax": "JAX", "scikit-learn": "scikit-learn", "autograd": "autograd"}
COMPILED = "bplib, compiled"  # train(..., compiled=True), which needs JAX
PRODUCTS = "products alone"
EQUATIONS = "equations alone"
RATE = 0.1


@dataclass
class Workload:
    title: str
    sizes: tuple[int, ...]
    activation: str
    loss: str
    x: Array
    y: Array  # labels, or targets as rows
    epochs: int  # of one run
    batch_size: int
    goals: dict[str, tuple[float, float]]  # of the time that PyTorch takes, with one thread and with two
    adam: bool = False
    units: int = 1  # how often what the title says is done in one run

    @property
    def output(self) -> str:
        return "sigmoid" if self.loss == "quadratic" else "identity"

    def network(self) -> Network:
        init = "he" if self.activation == "relu" else "xavier"
        return Network(self.sizes, self.activation, self.output, init, seed=0, dtype=np.float32)

    def targets(self) -> Array:
        y = self.y if self.y.ndim == 2 else one_hot(self.y, self.sizes[-1])
        return y.astype(np.float32)

    def batches(self, rng: np.random.Generator) -> list[Any]:
        """Rows of each step of an epoch, for the libraries that leave this to their users."""
        m = len(self.x)
        if self.batch_size == m:
            return [slice(None)]
        order = rng.permutation(m)
        return [order[i : i + self.batch_size] for i in range(0, m, self.batch_size)]


def workloads() -> dict[str, Workload]:
    rng = np.random.default_rng(0)
    x = rng.random((60_000, 784), dtype=np.float32)
    labels = rng.integers(0, 10, 60_000)
    x_xor, y_xor = xor()
    x_digits, y_digits = digits(dtype=np.float32)[:2]
    return {
        "W1": Workload(
            "one full-batch iteration on 60,000 x 784; 784-16-16-10, sigmoid, squared error",
            (784, 16, 16, 10), "sigmoid", "quadratic", x, one_hot(labels, 10).astype(np.float32),
            epochs=10, batch_size=60_000, units=10, goals={"bplib": (1.25, 1.10), COMPILED: (0.95, 0.80)},
        ),
        "W2": Workload(
            "one epoch of mini-batches of 32 on the same data; 784-30-10, sigmoid, cross-entropy",
            (784, 30, 10), "sigmoid", "softmax_cross_entropy", x, labels,
            epochs=1, batch_size=32, goals={"bplib": (0.40, 0.40), COMPILED: (0.25, 0.25)},
        ),
        "W3": Workload(
            "10,000 steps of XOR; 2-4-1, sigmoid, squared error",
            (2, 4, 1), "sigmoid", "quadratic", x_xor.astype(np.float32), y_xor.reshape(4, 1).astype(np.float32),
            epochs=10_000, batch_size=4, goals={"bplib": (0.20, 0.20), COMPILED: (0.01, 0.01)},
        ),
        "W4": Workload(
            "20 epochs on 1,442 digits of 8 x 8, in batches of 64; 64-32-10, ReLU, cross-entropy, Adam",
            (64, 32, 10), "relu", "softmax_cross_entropy", x_digits, y_digits,
            epochs=20, batch_size=64, adam=True, goals={"bplib": (0.20, 0.20), COMPILED: (0.10, 0.10)},
        ),
    }  # fmt: skip


# Each of these gives two functions: the gradient of the first batch, as [W1, b1, W2, b2, ...] in bplib's shapes,
# and one run.
Pair = tuple[Callable[[], list[Array]], Callable[[], object]]


def with_bplib(w: Workload) -> Pair:
    class Keep:  # an optimizer that only looks at the gradient that `train` gives it
        learning_rate = RATE

        def step(self, network: Network, grad_W: dict[int, Array], grad_b: dict[int, Array]) -> None:
            self.gradient = [g for l in grad_W for g in (grad_W[l], grad_b[l])]

    def gradient() -> list[Array]:
        keep, n = Keep(), w.batch_size
        train(w.network(), w.x[:n], w.y[:n], w.loss, optimizer=keep, epochs=1, progress=False)
        return keep.gradient

    return gradient, trainer(w, compiled=False)


def with_compiled(w: Workload) -> Pair:
    def gradient() -> list[Array]:
        """What one step of gradient descent changes: `train` compiles no optimizer that keeps what it is given."""
        network, start, n = w.network(), w.network(), w.batch_size
        how = {"optimizer": GradientDescent(1.0), "epochs": 1, "progress": False, "compiled": True}
        train(network, w.x[:n], w.y[:n], w.loss, **how)
        return [p[l] - q[l] for l in start.W for p, q in ((start.W, network.W), (start.b, network.b))]

    return gradient, trainer(w, compiled=True)


def trainer(w: Workload, compiled: bool) -> Callable[[], object]:
    network = w.network()

    def run() -> object:
        optimizer = Adam() if w.adam else GradientDescent(RATE)
        return train(
            network, w.x, w.y, w.loss,
            optimizer=optimizer, epochs=w.epochs, batch_size=w.batch_size, progress=False, compiled=compiled,
        )  # fmt: skip

    return run


def with_products(w: Workload) -> Pair | None:
    """Only numpy's matrix products of W1, block by block: the least that `train` can take with this BLAS."""
    if w.batch_size <= 1024:
        return None
    W, n = w.network().W, w.sizes
    rng = np.random.default_rng(1)
    a = {l: rng.random((n[l], 1024), dtype=np.float32) for l in (1, 2, 3)}

    def run() -> None:
        for _ in range(w.epochs):
            for i in range(0, len(w.x), 1024):
                a[0] = w.x[i : i + 1024].T
                k = a[0].shape[1]
                for l in (1, 2, 3):
                    W[l] @ a[l - 1][:, :k]
                    a[l][:, :k] @ a[l - 1][:, :k].T
                    if l > 1:
                        W[l].T @ a[l][:, :k]

    return list, run


def with_equations(w: Workload) -> Pair | None:
    """What `train` does in W3 and W4 beside its record, its checks and its care of the weights before a step."""
    if w.batch_size > 64 or len(w.x) > 2000:
        return None
    network, C, y, rng = w.network(), get_loss(w.loss), w.targets(), np.random.default_rng(0)

    def run() -> None:
        optimizer = Adam() if w.adam else GradientDescent(RATE)
        for _ in range(w.epochs):
            for batch in w.batches(rng):
                z, a = feedforward(network, w.x[batch].T)
                _, grad_W, grad_b = backward(network, z, a, y[batch].T, C)
                optimizer.step(network, grad_W, grad_b)

    return list, run


def with_torch(w: Workload) -> Pair:
    import torch
    from torch import nn

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    functions = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}
    start, layers = w.network(), []
    for l in start.W:
        linear = nn.Linear(w.sizes[l - 1], w.sizes[l])
        linear.weight.data = torch.from_numpy(start.W[l].copy())
        linear.bias.data = torch.from_numpy(start.b[l].ravel().copy())
        layers.append(linear)
        if start.activation[l].name in functions:
            layers.append(functions[start.activation[l].name]())
    model = nn.Sequential(*layers)
    x, y = torch.from_numpy(w.x), torch.from_numpy(w.y)
    # MSELoss has no ½, and its mean runs over the outputs too: its gradient is 2 / n^L times the book's.
    quadratic = w.loss == "quadratic"
    loss_function = nn.MSELoss() if quadratic else nn.CrossEntropyLoss()
    scale = w.sizes[-1] / 2 if quadratic else 1.0
    if w.adam:
        optimizer: Any = torch.optim.Adam(model.parameters())
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=RATE * scale)

    def gradient() -> list[Array]:
        model.zero_grad()
        n = w.batch_size
        loss_function(model(x[:n]), y[:n]).backward()
        return [scale * p.grad.numpy().reshape(len(p), -1) for p in model.parameters()]

    def step(x: Any, y: Any) -> None:
        optimizer.zero_grad()
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()

    def run() -> None:
        for _ in range(w.epochs):
            if w.batch_size == len(x):
                step(x, y)
            else:  # the quick way; a DataLoader takes several times as long
                for batch in torch.randperm(len(x)).split(w.batch_size):
                    step(x[batch], y[batch])

    return gradient, run


def with_jax(w: Workload) -> Pair:
    import jax
    import jax.numpy as jnp

    start = w.network()
    f = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[w.activation]
    x, y = jnp.asarray(w.x), jnp.asarray(w.targets())
    whole = w.batch_size == len(w.x)

    def loss(parameters: list[Any], x: Any, y: Any) -> Any:
        a = x
        for l, (W, b) in enumerate(parameters, 1):
            z = a @ W.T + b
            a = f(z) if l < len(parameters) else z
        if w.loss == "quadratic":
            return 0.5 * ((jax.nn.sigmoid(a) - y) ** 2).sum(axis=1).mean()
        return -(y * jax.nn.log_softmax(a)).sum(axis=1).mean()

    def adam(theta: Any, g: Any, m: Any, v: Any, t: Any) -> Any:
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        return theta - 0.001 * m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8), m, v

    @jax.jit
    def step(state: Any, x: Any, y: Any, batch: Any) -> Any:
        parameters, m, v, t = state
        xb, yb = (x, y) if whole else (x[batch], y[batch])
        g = jax.grad(loss)(parameters, xb, yb)
        if not w.adam:
            return jax.tree.map(lambda p, g: p - RATE * g, parameters, g), m, v, t
        new = jax.tree.map(lambda p, g, m, v: adam(p, g, m, v, t + 1), parameters, g, m, v)
        parameters, m, v = jax.tree.transpose(jax.tree.structure(g), jax.tree.structure((0, 0, 0)), new)
        return parameters, m, v, t + 1

    parameters = [(jnp.asarray(start.W[l]), jnp.asarray(start.b[l].ravel())) for l in start.W]
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    state = parameters, zeros, zeros, jnp.zeros(())
    rng = np.random.default_rng(0)

    def gradient() -> list[Array]:
        n = w.batch_size
        g = jax.jit(jax.grad(loss))(parameters, x[:n], y[:n])
        return [np.asarray(p).reshape(len(p), -1) for pair in g for p in pair]

    def run() -> None:
        nonlocal state
        for _ in range(w.epochs):
            for batch in w.batches(rng):
                state = step(state, x, y, None if whole else batch)
        jax.block_until_ready(state)

    return gradient, run


def with_autograd(w: Workload) -> Pair:
    import autograd
    import autograd.numpy as anp

    start = w.network()
    y = w.targets()

    def f(z: Any) -> Any:
        return anp.maximum(z, 0) if w.activation == "relu" else 1 / (1 + anp.exp(-z))

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        a = x
        for l, (W, b) in enumerate(parameters, 1):
            z = anp.dot(a, W.T) + b
            a = f(z) if l < len(parameters) or w.loss == "quadratic" else z
        if w.loss == "quadratic":
            return 0.5 * anp.sum((a - y) ** 2) / len(x)
        a = a - anp.max(a, axis=1, keepdims=True)
        return anp.sum(anp.log(anp.sum(anp.exp(a), axis=1)) - anp.sum(y * a, axis=1)) / len(x)

    grad = autograd.grad(loss)
    parameters = [(start.W[l].copy(), start.b[l].ravel().copy()) for l in start.W]
    m = [[np.zeros_like(p) for p in pair] for pair in parameters]
    v = [[np.zeros_like(p) for p in pair] for pair in parameters]
    t, rng = 0, np.random.default_rng(0)

    def gradient() -> list[Array]:
        g = grad(parameters, w.x[: w.batch_size], y[: w.batch_size])
        return [p.reshape(len(p), -1) for pair in g for p in pair]

    def run() -> None:
        nonlocal t
        for _ in range(w.epochs):
            for batch in w.batches(rng):
                g = grad(parameters, w.x[batch], y[batch])
                t += 1
                for l, pair in enumerate(parameters):
                    for i, p in enumerate(pair):
                        if not w.adam:
                            p -= RATE * g[l][i]
                            continue
                        m[l][i] = 0.9 * m[l][i] + 0.1 * g[l][i]
                        v[l][i] = 0.999 * v[l][i] + 0.001 * g[l][i] ** 2
                        p -= 0.001 * m[l][i] / (1 - 0.9**t) / (np.sqrt(v[l][i] / (1 - 0.999**t)) + 1e-8)

    return gradient, run


def with_sklearn(w: Workload) -> Pair | None:
    if w.loss == "quadratic":
        return None  # MLPClassifier has the cross-entropy alone
    from sklearn.neural_network import MLPClassifier

    def model(**options: Any) -> Any:
        return MLPClassifier(
            w.sizes[1:-1], "logistic" if w.activation == "sigmoid" else w.activation,
            alpha=0, tol=0, n_iter_no_change=10**6, momentum=0, nesterovs_momentum=False, random_state=0, **options,
        )  # fmt: skip

    def gradient() -> list[Array]:
        """MLPClassifier keeps none: what one step of gradient descent changes, divided by the learning rate."""
        n, start = w.batch_size, w.network()
        one = model(solver="sgd", learning_rate_init=1.0, batch_size=n)
        one.partial_fit(w.x[:n], w.y[:n], classes=np.arange(10))
        for l in start.W:
            one.coefs_[l - 1][...], one.intercepts_[l - 1][...] = start.W[l].T, start.b[l].ravel()
        one.partial_fit(w.x[:n], w.y[:n])
        ends = zip(one.coefs_, one.intercepts_, strict=True)
        return [g for l, (W, b) in enumerate(ends, 1) for g in (start.W[l] - W.T, start.b[l] - b[:, None])]

    def run() -> object:
        solver: dict[str, Any] = (
            {"solver": "adam"} if w.adam else {"solver": "sgd", "learning_rate_init": RATE}
        )
        return model(batch_size=w.batch_size, max_iter=w.epochs, **solver).fit(w.x, w.y)

    return gradient, run


def difference(one: list[Array], other: list[Array]) -> float:
    """‖one - other‖ / ‖other‖ of all weights and biases together."""
    square = [((p.astype(float) - q) ** 2).sum() for p, q in zip(one, other, strict=True)]
    return math.sqrt(sum(square) / sum((q.astype(float) ** 2).sum() for q in other))


def measure() -> dict[str, Any]:
    """All workloads, in this process, with the threads that its environment allows."""
    makers = {
        "bplib": with_bplib, COMPILED: with_compiled, PRODUCTS: with_products, EQUATIONS: with_equations,
        "torch": with_torch, "jax": with_jax,
        "scikit-learn": with_sklearn, "autograd": with_autograd,
    }  # fmt: skip
    missing = [name for name in LIBRARIES if not installed(name)]
    if "jax" in missing:
        del makers[COMPILED]
    result: dict[str, Any] = {
        "missing": missing,
        "load": [load()],
        "times": {},
        "differences": {},
    }
    for key, w in workloads().items():
        pairs = {name: pair for name, make in makers.items() if name not in missing and (pair := make(w))}
        gradients = {
            name: gradient() for name, (gradient, _) in pairs.items() if name not in (PRODUCTS, EQUATIONS)
        }
        ours = gradients.pop("bplib")
        result["differences"][key] = {name: difference(g, ours) for name, g in gradients.items()}
        worst = max(result["differences"][key].values(), default=0.0)
        if worst > 1e-3:
            sys.exit(f"{key}: the gradients differ, so their times say nothing: {result['differences'][key]}")

        times: dict[str, list[float]] = {name: [] for name in pairs}
        for _, run in pairs.values():
            run()  # what is compiled or allocated once is not timed
        begin = time.perf_counter()
        while len(times["bplib"]) < ROUNDS[0] or (
            time.perf_counter() - begin < SECONDS and len(times["bplib"]) < ROUNDS[1]
        ):
            for name, (_, run) in pairs.items():
                start = time.perf_counter()
                run()
                times[name].append((time.perf_counter() - start) / w.units)
        result["times"][key] = times
        print(f"{key}, {os.environ['OMP_NUM_THREADS']} threads", medians(times), file=sys.stderr)
    result["load"].append(load())
    return result


def load() -> float:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan


def medians(times: dict[str, list[float]]) -> dict[str, str]:
    return {name: milliseconds(statistics.median(t)) for name, t in times.items()}


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms" if seconds >= 0.1 else f"{1000 * seconds:.1f} ms"


def installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def table(results: dict[int, Any]) -> str:
    names = ["bplib", COMPILED, "torch", "jax", "scikit-learn", "autograd"]
    head = [f"`{n}`" if n == "bplib" else LIBRARIES.get(n, n) for n in names]
    lines = [
        f"| | threads | {' | '.join(head)} | `bplib` / PyTorch | goal | compiled / PyTorch | goal |",
        f"|---|---|{'---|' * len(names)}---|---|---|---|",
    ]
    described = workloads()
    for key, w in described.items():
        for i, (threads, result) in enumerate(results.items()):
            middle = {name: statistics.median(t) for name, t in result["times"][key].items()}
            cells = [milliseconds(middle[n]) if n in middle else "" for n in names]
            for name in ("bplib", COMPILED):
                known = name in middle and "torch" in middle
                cells += [f"**{middle[name] / middle['torch']:.3g}**" if known else "", f"{w.goals[name][i]}"]
            lines.append(f"| {key} | {threads} | {' | '.join(cells)} |")
    lines += ["", "Times are medians, for:", ""]
    lines += [f"- {key}: {w.title}" for key, w in described.items()]
    lines.append("")
    for threads, result in results.items():
        rounds = {key: len(runs["bplib"]) for key, runs in result["times"].items()}
        worst = max(d for differences in result["differences"].values() for d in differences.values())
        times = result["times"]
        share = statistics.median(times["W1"]["bplib"]) / statistics.median(times["W1"][PRODUCTS])
        lines.append(
            f"- threads: {threads}. Rounds: {', '.join(f'{k} {r}' for k, r in rounds.items())}. "
            f"Load average of the machine at the start and the end: {result['load'][0]:.1f}, {result['load'][1]:.1f}. "
            f"Largest difference of a gradient from `bplib`'s: {worst:.0e}. numpy's matrix products of W1 alone: "
            f"{alone(times['W1'], PRODUCTS)}; `train` takes {share:.2f} times that. The equations and the optimizer "
            f"alone, without what else `train` does: W3 {alone(times['W3'], EQUATIONS)}, W4 "
            f"{alone(times['W4'], EQUATIONS)}."
        )
    missing = next(iter(results.values()))["missing"]
    if missing:
        lines.append(f"- Not installed, and so left out: {', '.join(LIBRARIES[name] for name in missing)}.")
    versions = [f"{n} {importlib.metadata.version(n)}" for n in ("numpy", *LIBRARIES) if installed(n)]
    lines.append(f"- {machine()}; Python {platform.python_version()}, {', '.join(versions)}.")
    return "\n".join(lines)


def alone(times: dict[str, list[float]], part: str) -> str:
    """How long a part takes, and as a share of PyTorch's whole."""
    middle = statistics.median(times[part])
    share = (
        f", {middle / statistics.median(times['torch']):.2f} of PyTorch's time" if "torch" in times else ""
    )
    return f"{milliseconds(middle)}{share}"


def machine() -> str:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        rows = [
            line.split(":")[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = rows[0] if rows else model
    try:
        from threadpoolctl import threadpool_info

        kernels = {
            pool["architecture"] for pool in threadpool_info() if pool.get("internal_api") == "openblas"
        }
    except ImportError:
        kernels = set()
    blas = f", OpenBLAS kernels for {', '.join(sorted(kernels))}" if kernels else ""
    return f"{model}, {os.cpu_count()} cores, {platform.system()}{blas}"


def picture(results: dict[int, Any]) -> None:
    """Each library's time as a multiple of PyTorch's."""
    names = {
        "bplib": "#d1495b",
        COMPILED: "#7b2d8b",
        "jax": "#30638e",
        "scikit-learn": "#8d96a3",
        "autograd": "#c9a227",
    }
    keys = list(workloads())
    fig, axes = figure(len(results), "Time, as a multiple of eager PyTorch's (less is faster)")
    for ax, (threads, result) in zip(axes, results.items(), strict=True):
        for i, (name, color) in enumerate(names.items()):
            for k, key in enumerate(keys):
                times = result["times"][key]
                if name in times:
                    ratio = statistics.median(times[name]) / statistics.median(times["torch"])
                    ax.bar(
                        k + 0.17 * (i - 2),
                        ratio,
                        0.15,
                        color=color,
                        label=LIBRARIES.get(name, name) if k == 1 else None,
                    )
                    ax.text(k + 0.17 * (i - 2), ratio * 1.06, f"{ratio:.2g}", ha="center", fontsize=6)
        ax.axhline(1, color="black", linewidth=1)
        ax.set_yscale("log")
        ax.minorticks_off()
        ax.set_yticks([0.005, 0.02, 0.1, 0.5, 2], ["0.005", "0.02", "0.1", "0.5", "2"])
        ax.set_xticks(range(len(keys)), keys)
        ax.set_title(f"{threads} thread{'s' if threads > 1 else ''}")
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    fig.savefig(Path(__file__).with_name("training.svg"), metadata={"Date": None})


def main() -> None:
    if "--measure" in sys.argv:
        # autograd's and scikit-learn's own warnings, of division and of a training that has not converged
        warnings.simplefilter("ignore")
        print(json.dumps(measure()))
        return
    results = {}
    for threads in THREADS:
        variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        environment = os.environ | dict.fromkeys(variables, str(threads)) | {"JAX_PLATFORMS": "cpu"}
        pin = None
        if hasattr(os, "sched_setaffinity"):  # JAX knows no other way to be held to so many threads

            def pin(threads: int = threads) -> None:
                os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])

        done = subprocess.run(
            [sys.executable, __file__, "--measure"],
            env=environment, preexec_fn=pin, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        results[threads] = json.loads(done.stdout.splitlines()[-1])
    text = table(results)
    print(text)
    write("training", text)
    if "torch" not in results[1]["missing"]:
        picture(results)


if __name__ == "__main__":
    main()
