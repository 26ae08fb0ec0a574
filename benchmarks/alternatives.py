"""The alternatives to backpropagation, trained and compared: the stored runs of the chapter on them.

    python benchmarks/alternatives.py             all that is not stored yet, into bplib/measured/alternatives.json
    python benchmarks/alternatives.py --seconds 400   the same, but stop to begin anything new after so long

Every run is plain gradient descent at a constant rate, in batches of 32 whose last, smaller one is left out. The rate
is searched for each method, task and depth alike: RATES, three starts each, judged on a fifth of the training examples
that is held back, and larger rates as long as the best stands at the end. Then ten starts learn from all examples.
The equations are those of bplib/alternatives.py: JAX runs them for all starts and rates at once. What is random,
starts and orders, comes from numpy as in bplib; what a step draws comes from JAX. Written after each piece, so that it
can be stopped and goes on.
"""

from __future__ import annotations

import argparse
import copy
import datetime
import json
import os
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from bplib import Network
from bplib import alternatives as alt
from bplib.backprop import backward
from bplib.datasets import digits, spirals
from bplib.losses import get_loss, one_hot
from bplib.network import feedforward

RESULT = Path(__file__).parent.parent / "bplib" / "measured" / "alternatives.json"
RATES = [3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]
BATCH, WIDTH, SEEDS, TRIALS = 32, 32, 10, 3
C = get_loss("softmax_cross_entropy")


class Task(NamedTuple):
    """Examples as columns, apart for learning and for the last judgement, and how many epochs they are learnt for."""

    x: Any
    labels: Any
    x_test: Any
    labels_test: Any
    epochs: int

    @property
    def classes(self) -> int:
        return int(self.labels.max()) + 1


def tasks() -> dict[str, Task]:
    d = digits()
    return {
        "digits": Task(d.x_train.T, d.y_train, d.x_test.T, d.y_test, 30),
        "hidden spirals": Task(*hidden_spirals(2880, 0), *hidden_spirals(2880, 1), 20),
    }


def hidden_spirals(m: int, seed: int) -> tuple[Any, Any]:
    """Three arms of a spiral in 2 of 8 directions; in the other 6 there is only noise, and all are turned together."""
    points, labels = spirals(m, 3, 0.02, seed=seed, turns=1.0)
    noise = np.random.default_rng(100 + seed).normal(0, 0.3, (m, 6))
    turn, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(8, 8)))
    return (np.column_stack([points, noise]) @ turn).T, labels


# -- methods -------------------------------------------------------------------------------------------------------


def nothing(network: Network, seed: int) -> dict[str, Any]:
    """What a method keeps beside the network: nothing."""
    return {}


class Method(NamedTuple):
    """A way to train: step(network, kept, x, y, key) gives grad_W, grad_b, and what of `kept` has a gradient too."""

    step: Callable[..., tuple[Any, Any, Any]]
    kept: Callable[[Network, int], dict[str, Any]] = nothing
    depths: tuple[int, ...] = (1, 2, 4, 8)  # hidden layers, on the digits
    second: tuple[int, ...] = (1, 4)  # on the second task
    answers: Callable[..., Any] | None = None  # logits or goodness, (classes, m); None: the forward pass's
    width: int = WIDTH
    scales: tuple[float, ...] = (1.0,)  # of the first hidden weights, to be searched with the rate
    with_labels: bool = False  # the labels are part of the input


def by_backprop(network: Network, kept: Any, x: Any, y: Any, key: Any) -> Any:
    z, a = feedforward(network, x)
    _, grad_W, grad_b = backward(network, z, a, y, C)
    return grad_W, grad_b, {}


def frozen(network: Network, kept: Any, x: Any, y: Any, key: Any) -> Any:
    _, a = feedforward(network, x)
    return *alt.gradients({network.L: C.grad(a[network.L], y)}, a), {}


def by_feedback(network: Network, kept: Any, x: Any, y: Any, key: Any, direct: bool = False) -> Any:
    z, a = feedforward(network, x)
    _, grad_W, grad_b = alt.feed_back(network, z, a, y, C, kept["B"], direct)
    return grad_W, grad_b, {}


def by_signs(network: Network, kept: Any, x: Any, y: Any, key: Any) -> Any:
    return by_feedback(network, {"B": alt.sign_feedback(network)}, x, y, key)


def matrices(network: Network, seed: int, direct: bool = False) -> dict[str, Any]:
    return {"B": alt.random_feedback(network, seed=1000 + seed, direct=direct)}


def by_targets(network: Network, kept: Any, x: Any, y: Any, key: Any, noise: float = 0.1) -> Any:
    inverses = alt.Inverses(kept["V"], kept["c"])
    z, a = feedforward(network, x)
    _, grad_W, grad_b = alt.difference_targets(network, inverses, z, a, y, C)
    keys = jax.random.split(key, network.L)
    drawn = {l: noise * jax.random.normal(keys[l], a[l].shape, x.dtype) for l in inverses.V}
    grad_V, grad_c = alt.inverse_gradients(network, inverses, a, drawn)
    return grad_W, grad_b, {"V": grad_V, "c": grad_c}


def inverses(network: Network, seed: int) -> dict[str, Any]:
    return alt.random_inverses(network, seed=1000 + seed)._asdict()


def by_estimate(
    network: Network, kept: Any, x: Any, y: Any, key: Any, draw: Any, slope: Any, samples: int = 1
) -> Any:
    v = draw(key, (samples, network.n_parameters), x.dtype)
    slopes = jax.vmap(lambda v: slope(network, x, y, C, v))(v)  # as in mean_along, all at once
    return *alt.layers(network, slopes @ v / samples), {}


spsa = partial(by_estimate, draw=jax.random.rademacher, slope=partial(alt.difference_slope, h=1e-3))
evolution = partial(
    by_estimate, draw=jax.random.normal, slope=partial(alt.difference_slope, h=0.01), samples=10
)
forward_gradient = partial(by_estimate, draw=jax.random.normal, slope=alt.tangent_slope)


def settling(network: Network, kept: Any, x: Any, y: Any, key: Any) -> Any:
    return *alt.equilibrium_propagation(network, x, y, C), {}


def predicting(network: Network, kept: Any, x: Any, y: Any, key: Any) -> Any:
    return *alt.predictive_coding(network, x, y, C), {}


def by_goodness(network: Network, kept: Any, x: Any, y: Any, key: Any) -> Any:
    classes = y.shape[0]
    shift = jax.random.randint(key, (y.shape[1],), 1, classes)
    wrong = jnp.eye(classes, dtype=x.dtype)[(jnp.argmax(y, axis=0) + shift) % classes].T
    return *alt.forward_forward(network, alt.labelled(x, y), alt.labelled(x, wrong)), {}


METHODS = {
    "no hidden layer": Method(by_backprop, depths=(0,), second=(0,)),
    "frozen": Method(frozen, scales=(1.0, 3.0, 6.0)),
    "backpropagation": Method(by_backprop),
    "sign symmetry": Method(by_signs, second=(1,)),
    "feedback alignment": Method(by_feedback, matrices),
    "direct feedback alignment": Method(partial(by_feedback, direct=True), partial(matrices, direct=True)),
    "forward-forward": Method(by_goodness, answers=alt.label_goodness, with_labels=True),
    "forward-forward, 100 wide": Method(
        by_goodness, depths=(2,), second=(), answers=alt.label_goodness, width=100, with_labels=True
    ),
    "frozen, 100 wide": Method(frozen, depths=(2,), second=(), width=100, scales=(1.0, 3.0, 6.0)),
    "SPSA": Method(spsa, second=(1,)),
    "forward gradient": Method(forward_gradient, second=(1,)),
    "difference target propagation": Method(by_targets, inverses, depths=(2, 4), second=(2,)),
    "equilibrium propagation": Method(
        settling, depths=(1, 2), second=(1,), answers=lambda net, x, classes: alt.settled(net, x)
    ),
    "predictive coding": Method(predicting, depths=(1, 2), second=(1,)),
    "evolution strategy": Method(evolution, second=(1,)),
}


# -- training, all starts and rates at once -------------------------------------------------------------------------


def fresh(method: Method, task: Task, depth: int, seed: int, scale: float = 1.0) -> Network:
    """The network of one start. Hidden weights that are `scale` times as large get biases, normal with variance 1."""
    n, hidden = (len(task.x), task.classes), [method.width] * depth
    if method.with_labels:
        return Network([sum(n), *hidden], "relu", "relu", init="he", seed=seed)
    network, rng = Network([n[0], *hidden, n[1]], "tanh", "identity", seed=seed), np.random.default_rng(seed)
    for l in range(1, network.L) if scale != 1 else ():
        network.W[l] *= scale
        network.b[l] += rng.standard_normal(network.b[l].shape)
    return network


def orders(m: int, epochs: int, seed: int) -> Any:
    """Which examples make each batch, (steps, BATCH): as `alternatives.learn` draws them."""
    rng, used = np.random.default_rng(seed), m - m % BATCH
    return np.concatenate([rng.permutation(m)[:used].reshape(-1, BATCH) for _ in range(epochs)]).astype(
        np.int32
    )


def train(
    method: Method,
    task: Task,
    depth: int,
    rates: Any,
    seeds: Any,
    scale: float = 1.0,
    dtype: Any = np.float32,
) -> dict[str, Any]:
    """After each epoch "accuracy" on the test examples and "loss" on the others, and the "weights" at the end.

    Each is an array, or a tree of them, with the axes (rates, seeds, ...).
    """
    starts = [fresh(method, task, depth, seed, scale) for seed in seeds]
    states = [
        jax.tree.map(lambda p: p.astype(dtype), (net.W, net.b, method.kept(net, seed)))
        for net, seed in zip(starts, seeds, strict=True)
    ]
    states = jax.tree.map(lambda *parts: jnp.stack(parts), *states)
    blank, classes = copy.copy(starts[0]), task.classes
    x, x_test = jnp.asarray(task.x, dtype), jnp.asarray(task.x_test, dtype)
    y, labels_test = jnp.asarray(one_hot(task.labels, classes).T, dtype), jnp.asarray(task.labels_test)
    order = jnp.asarray(np.stack([orders(x.shape[1], task.epochs, seed) for seed in seeds]))
    keys = jnp.stack([jax.random.key(seed) for seed in seeds])

    def net_of(state: Any) -> Network:
        return alt.with_parameters(blank, dict(state[0]), dict(state[1]))

    def answers(net: Network, x: Any) -> Any:
        return feedforward(net, x)[1][net.L] if method.answers is None else method.answers(net, x, classes)

    def one(rate: Any, state: Any, order: Any, key: Any) -> Any:
        def step(state: Any, drawn: Any) -> Any:
            rows, key = drawn
            changes = method.step(net_of(state), state[2], x[:, rows], y[:, rows], key)
            new = [
                {**p, **jax.tree.map(lambda w, d: (w - rate * d).astype(w.dtype), {k: p[k] for k in g}, g)}
                for p, g in zip(state, changes, strict=True)
            ]
            return tuple(new), None

        def epoch(state: Any, drawn: Any) -> Any:
            state, _ = jax.lax.scan(step, state, drawn)
            net = net_of(state)
            said = answers(net, x_test)
            right = jnp.mean(jnp.argmax(said, axis=0) == labels_test)
            right = jnp.where(jnp.all(jnp.isfinite(said)), right, 1 / classes)  # what broke down guesses
            return state, (right, jnp.nan if method.with_labels else C(answers(net, x), y))

        parts = jax.tree.map(
            lambda a: a.reshape(task.epochs, -1, *a.shape[1:]), (order, jax.random.split(key, len(order)))
        )
        state, (right, loss) = jax.lax.scan(epoch, state, parts)
        return {"accuracy": right, "loss": loss, "weights": state}

    run = jax.jit(jax.vmap(jax.vmap(one, (None, 0, 0, 0)), (0, None, None, None)))
    return jax.tree.map(np.asarray, run(jnp.asarray(rates, dtype), states, order, keys))  # type: ignore[no-any-return]


# -- the table -----------------------------------------------------------------------------------------------------


def held_back(task: Task) -> Task:
    """The task with a fifth of its examples for learning in the place of the test's: every fifth of each class."""
    nth = np.cumsum(task.labels[:, None] == np.arange(task.classes), axis=0)[
        np.arange(task.labels.size), task.labels
    ]
    out = nth % 5 == 0
    return Task(task.x[:, ~out], task.labels[~out], task.x[:, out], task.labels[out], task.epochs)


def measure(method: Method, task: Task, depth: int) -> dict[str, Any]:
    """Search the rate, then ten starts: what is stored of one method, task and depth."""
    start, rates = time.perf_counter(), list(RATES)

    def search(more: list[float]) -> dict[float, list[float]]:
        found = {}
        for scale in method.scales:
            shares = train(method, held_back(task), depth, more, range(TRIALS), scale)["accuracy"][:, :, -1]
            found[scale] = shares.mean(axis=1).astype(float).round(4).tolist()
        return found

    found = search(rates)
    while (best := max((max(v), s) for s, v in found.items()))[0] in [v[-1] for v in found.values()]:
        rates.append(rates[-1] * (3 if f"{rates[-1]:e}"[0] == "1" else 10 / 3))  # the best stands at the end
        for scale, more in search(rates[-1:]).items():
            found[scale] += more
    _, scale = best
    rate = rates[int(np.argmax(found[scale]))]
    result = train(method, task, depth, [rate], range(SEEDS), scale)
    right, loss = result["accuracy"][0].astype(float), np.median(result["loss"][0], axis=0)
    return {
        "rate": rate,
        "scale": scale,
        "rates": rates,
        "search": {str(scale): shares for scale, shares in found.items()},
        "accuracy": sorted(right[:, -1].round(4).tolist()),
        "by_epoch": np.median(right, axis=0).round(4).tolist(),
        "loss_by_epoch": None if method.with_labels else [float(f"{v:.4g}") for v in loss],
        "seconds": round(time.perf_counter() - start, 1),
    }


def multiplications(jaxpr: Any) -> int:
    """Those of all matrix products in a program of JAX's."""
    total = 0
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            shape = equation.invars[0].aval.shape
            total += equation.outvars[0].aval.size * int(np.prod([shape[axis] for axis in contracted]))
        for inner in jax.tree.leaves(equation.params, is_leaf=lambda p: hasattr(p, "jaxpr")):
            if hasattr(inner, "jaxpr"):
                total += multiplications(inner.jaxpr)
    return total


def price(method: Method, task: Task, depth: int) -> float:
    """Multiplications of a step in those of a forward pass of as many examples through the same layers."""
    network = fresh(method, task, depth, 0)
    kept = method.kept(network, 0)
    x = jnp.zeros((len(task.x), BATCH), np.float32)
    y = jnp.zeros((task.classes, BATCH), np.float32)

    def step(W: Any, b: Any, kept: Any, x: Any, y: Any, key: Any) -> Any:
        return method.step(alt.with_parameters(network, W, b), kept, x, y, key)

    jaxpr = jax.make_jaxpr(step)(network.W, network.b, kept, x, y, jax.random.key(0))
    n = network.sizes
    return multiplications(jaxpr.jaxpr) / (BATCH * sum(n[l] * n[l - 1] for l in range(1, len(n))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing new after so long")
    limit, start = parser.parse_args().seconds, time.perf_counter()
    table: dict[str, Any] = {"runs": []}
    if RESULT.exists():
        table = json.loads(RESULT.read_text(encoding="utf-8"))
    done = {(run["task"], run["depth"], run["method"]) for run in table["runs"]}
    for name, task in tasks().items():
        for method_name, method in METHODS.items():
            for depth in method.depths if name == "digits" else method.second:
                if (name, depth, method_name) in done or time.perf_counter() - start > limit:
                    continue
                about = {"task": name, "depth": depth, "method": method_name}
                about["price"] = round(price(method, task, depth), 2)
                run = about | measure(method, task, depth)
                print(
                    *about.values(),
                    run["rate"],
                    run["scale"],
                    np.median(run["accuracy"]),
                    run["seconds"],
                    flush=True,
                )
                table["runs"].append(run)
                write(table)


def write(table: dict[str, Any]) -> None:
    """The table in its place, in one step."""
    table |= {
        "what": "Test accuracy of ways to train: 'runs' has for each task, depth (hidden layers of 32) and method the "
        "rate and the scale of the frozen weights that were best (three starts at each of the run's 'rates', on a "
        "fifth of the training examples held back; 'search': the mean accuracies, by scale), the accuracies of ten "
        "starts, their median after each epoch, the median loss of the training examples after each epoch, and the "
        "price of a step: multiplications in those of a forward pass.",
        "made_by": "python benchmarks/alternatives.py",
        "rates": RATES,
        "epochs": {name: task.epochs for name, task in tasks().items()},
        "seeds": SEEDS,
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "jax": jax.__version__},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    head = {key: value for key, value in table.items() if key != "runs"}
    runs = ",\n".join(f"  {json.dumps(run)}" for run in table["runs"])
    text = f'{json.dumps(head, indent=1)[:-2]},\n "runs": [\n{runs}\n ]\n}}\n'
    beside = RESULT.with_suffix(".tmp")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, RESULT)


if __name__ == "__main__":
    main()
