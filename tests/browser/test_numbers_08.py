"""The numbers of the chapter on alternatives are what its formulas give, worked out here without bplib.alternatives.

For forward-forward its training is taken from there, and the goodness worked out by hand.
"""

import re
from statistics import median

import numpy as np
import pytest

from bplib import Network
from bplib import alternatives as alt
from bplib.datasets import digits, xor
from bplib.measured import load

from .test_numbers import numbers, positions, shown

ALTERNATIVES = "chapters/08_alternatives"
KS = (1, 2, 4, 8, 16, 32, 64)
DIGITS = digits()


def one_hot(labels, n):
    return np.eye(n)[:, labels]


def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def start(sizes, seed=0):
    """The weights of a start, which alone are taken from bplib, and biases of zero."""
    network = Network(sizes, "tanh", "identity", seed=seed)
    return [[network.W[l].copy(), network.b[l].copy()] for l in network.W]


def passes(layers, x):
    a = [x]
    for l, (W, b) in enumerate(layers, start=1):
        z = W @ a[-1] + b
        a.append(np.tanh(z) if l < len(layers) else z)
    return a


def gradient(layers, x, y, feedback=None):
    """Gradients of all layers, and the delta of the first; with other feedback into it if given."""
    a, m = passes(layers, x), x.shape[1]
    delta, grads = softmax(a[-1]) - y, []
    for l in range(len(layers), 0, -1):
        grads.insert(0, (delta @ a[l - 1].T / m, delta.mean(axis=1, keepdims=True)))
        last = delta
        if l > 1:
            back = layers[l - 1][0].T if feedback is None else feedback
            delta = (back @ delta) * (1 - a[l - 1] ** 2)
    return grads, last


def flat(grads):
    return np.concatenate([part.ravel() for pair in grads for part in pair])


def degrees(u, v):
    u, v = u.ravel(), v.ravel()
    return np.degrees(np.arccos(np.clip(u @ v / np.linalg.norm(u) / np.linalg.norm(v), -1, 1)))


def test_cloud(explorer_page):
    page = explorer_page(ALTERNATIVES, "cloud")
    ten = DIGITS.x_train[:32].T, one_hot(DIGITS.y_train[:32], 10)
    four = xor()[0].T, one_hot(xor()[1][:, 0].astype(int), 2)
    for sizes, batch in (((2, 4, 2), four), ((64, 10), ten)):
        g = flat(gradient(start(sizes), *batch)[0])
        for kind in page.texts("kind"):
            rng, shape = np.random.default_rng(1), (40 * 64, g.size)
            v = rng.choice([-1.0, 1.0], shape) if kind.startswith("±") else rng.standard_normal(shape)
            each = v * (v @ g)[:, None]
            for k in (1, 8, 64):
                page.set(n=f"{g.size:,}", k=k, kind=kind)
                mean = each.reshape(-1, k, g.size).mean(axis=1)
                along = mean @ g / (g @ g)
                across = np.linalg.norm(mean - along[:, None] * g, axis=1) / np.linalg.norm(g)
                assert numbers(page.sentence()) == [
                    g.size,
                    k,
                    pytest.approx(np.sqrt(np.mean(across**2)), abs=0.06),
                    shown(np.sqrt((g.size - 1) / k), 1),
                    pytest.approx(np.degrees(np.arctan2(across, along)).mean(), abs=0.6),
                ]


def run_of(task, method, depth):
    found = [
        run
        for run in load("alternatives")["runs"]
        if (run["task"], run["method"], run["depth"]) == (task, method, depth)
    ]
    return found[0] if found else None


def test_race(explorer_page):
    page = explorer_page(ALTERNATIVES, "race")
    for at in positions(1, 12, depth=page.texts("depth"), level=page.texts("level")):
        page.set(**at)
        said = page.sentence().split("passes: ")[1].rstrip(".").split(", ")
        for part in said:
            name, work = part.rsplit(" ", 1)
            run = run_of("digits", name, int(at["depth"]))
            reached = [
                e for e, loss in enumerate(run["loss_by_epoch"], start=1) if loss <= float(at["level"])
            ]
            assert work == (f"{reached[0] * run['price']:.0f}" if reached else "never")


def test_mixing(explorer_page):
    page = explorer_page(ALTERNATIVES, "mixing")
    x, y = DIGITS.x_train.T, one_hot(DIGITS.y_train, 10)
    B = np.random.default_rng(100).normal(0, 1 / np.sqrt(32), (32, 10))
    for t in (0.0, 0.5, 1.0):
        layers = start((64, 32, 10))
        for epoch in range(13):
            if epoch:
                order = np.random.default_rng(epoch).permutation(1442)
                for i in range(0, 1440, 32):
                    rows = order[i : i + 32]
                    mixed = (1 - t) * layers[1][0].T + t * B
                    grads, _ = gradient(layers, x[:, rows], y[:, rows], mixed)
                    layers = [
                        [p - 0.3 * g for p, g in zip(*both, strict=True)]
                        for both in zip(layers, grads, strict=True)
                    ]
            if epoch in (0, 5, 12):
                page.set(t=t, epoch=epoch)
                _, true = gradient(layers, x, y)
                _, sent = gradient(layers, x, y, (1 - t) * layers[1][0].T + t * B)
                right = np.mean(passes(layers, DIGITS.x_test.T)[-1].argmax(axis=0) == DIGITS.y_test)
                assert numbers(page.sentence()) == [
                    round(100 * (1 - t)),
                    round(100 * t),
                    epoch,
                    pytest.approx(degrees(true, sent), abs=0.51),
                    pytest.approx(100 * right, abs=0.3),  # one digit
                ]


def test_nudge(explorer_page):
    page = explorer_page(ALTERNATIVES, "nudge")
    x, y = DIGITS.x_train[:64].T, one_hot(DIGITS.y_train[:64], 10)
    layers = start((64, 16, 10))
    (W1, b1), (W2, b2) = layers
    exact, m = flat(gradient(layers, x, y)[0]), 64

    def rest(beta):
        """Where the hidden layer and the output's delta come to rest under that pull."""
        s = np.tanh(W1 @ x + b1)
        for _ in range(500):
            s = 0.5 * s + 0.5 * np.tanh(W1 @ x + b1 - beta * W2.T @ (softmax(W2 @ s + b2) - y))
        return s, softmax(W2 @ s + b2) - y

    def equilibrium(beta, other):
        (up, d_up), (down, d_down) = rest(beta), rest(other)
        difference = (down - up) / (beta - other)
        return flat(
            [
                (difference @ x.T / m, difference.mean(axis=1, keepdims=True)),
                (
                    (d_up @ up.T + d_down @ down.T) / (2 * m),
                    (d_up + d_down).mean(axis=1, keepdims=True) / 2,
                ),
            ]
        )

    def predictive(beta):
        z1, z2 = W1 @ x + b1, W2 @ np.tanh(W1 @ x + b1) + b2
        for _ in range(2000):
            a = np.tanh(z1)
            e1, e2 = z1 - (W1 @ x + b1), z2 - (W2 @ a + b2)
            z1 = z1 - 0.1 * (e1 - (W2.T @ e2) * (1 - a**2))
            z2 = z2 - 0.1 * (e2 + beta * (softmax(z2) - y))
        a = np.tanh(z1)
        e1, e2 = z1 - (W1 @ x + b1), z2 - (W2 @ a + b2)
        d1, d2 = -e1 / beta, -e2 / beta
        return flat(
            [
                (d1 @ x.T / m, d1.mean(axis=1, keepdims=True)),
                (d2 @ a.T / m, d2.mean(axis=1, keepdims=True)),
            ]
        )

    methods = {
        "equilibrium propagation": lambda beta: equilibrium(beta, -beta),
        "the same, one-sided": lambda beta: equilibrium(beta, 0),
        "predictive coding": predictive,
    }
    assert set(page.texts("method")) == set(methods)
    for name, method in methods.items():
        for beta in (0.01, 0.1, 1.0):
            page.set(beta=beta, method=name)
            found = method(beta)
            off = 100 * np.linalg.norm(found - exact) / np.linalg.norm(exact)
            assert numbers(page.sentence()) == [
                beta,
                pytest.approx(off, rel=0.06),
                pytest.approx(degrees(found, exact), abs=0.06),
            ]


def test_goodness_bars(explorer_page):
    page = explorer_page(ALTERNATIVES, "goodness-bars")
    network = Network([74, 50, 50], "relu", "relu", init="he", seed=0)
    x, y = DIGITS.x_train.T, one_hot(DIGITS.y_train, 10)
    drawn = np.random.default_rng(0)

    def step(network, x, y):
        wrong = one_hot((y.argmax(axis=0) + drawn.integers(1, 10, y.shape[1])) % 10, 10)
        return alt.forward_forward(network, np.vstack([x, y]), np.vstack([x, wrong]))

    for epoch in range(11):
        if epoch:
            alt.learn(network, x, y, step, learning_rate=1.0, epochs=1, batch_size=32, seed=epoch)
        if epoch not in (0, 4, 10):
            continue
        total = np.zeros((10, len(DIGITS.y_test)))
        for label in range(10):
            a = np.vstack([DIGITS.x_test.T, one_hot(np.full(len(DIGITS.y_test), label), 10)])
            for l in (1, 2):
                a = np.maximum(network.W[l] @ a + network.b[l], 0)
                total[label] += np.mean(a**2, axis=0)
                a = a / np.sqrt(np.mean(a**2, axis=0) + 1e-8)
        right = 100 * np.mean(total.argmax(axis=0) == DIGITS.y_test)
        for digit in (0, 3, 9):
            page.set(digit=digit, epoch=epoch)
            G = total[:, np.flatnonzero(DIGITS.y_test == digit)[0]] / 2
            said = numbers(page.sentence())
            assert said[:5] == [epoch, digit, digit, shown(G[digit], 2), int(G.argmax())]
            assert said[5:] == [shown(G.max(), 2), pytest.approx(right, abs=0.3)]


def test_by_depth(explorer_page):
    page = explorer_page(ALTERNATIVES, "by-depth")
    for method in page.texts("method"):
        for task in page.texts("task"):
            page.set(method=method, task=task)
            sentence = page.sentence()
            least = run_of(task, "no hidden layer", 0)["accuracy"]
            assert sentence.endswith(f"No hidden layer: {median(least):.1%}.")
            told = re.findall(r"(\d): ([\d.]+)%(?: \(frozen ([\d.]+)%\))?", sentence)
            runs = {d: run_of(task, method, d) for d in (1, 2, 4, 8)}
            assert [int(d) for d, _, _ in told] == [d for d, run in runs.items() if run is not None]
            for depth, share, frozen in told:
                assert float(share) == shown(100 * median(runs[int(depth)]["accuracy"]), 1)
                twin = run_of(task, "frozen", int(depth))
                assert (twin is None) == (not frozen)
                assert not frozen or float(frozen) == shown(100 * median(twin["accuracy"]), 1)
