"""L-BFGS by SciPy."""

import builtins

import numpy as np
import pytest

from bplib import GradientDescent, Network, backprop, train
from bplib.datasets import xor
from bplib.lbfgs import lbfgs

pytest.importorskip("scipy")


def test_least_squares_in_a_few_steps():
    """A straight line through 50 points: the least loss is known."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3)) * [1, 10, 0.1]
    y = x @ [[1.0], [-2.0], [3.0]] + 0.5 + 0.1 * rng.normal(size=(50, 1))
    network = Network((3, 1), output="identity", seed=0)
    losses = lbfgs(network, x, y, "quadratic", iterations=60)
    with_one = np.hstack([x, np.ones((50, 1))])
    best, *_ = np.linalg.lstsq(with_one, y)
    np.testing.assert_allclose([*network.W[1][0], network.b[1].item()], best[:, 0], rtol=1e-3)
    assert losses[-1] == pytest.approx(np.mean((with_one @ best - y) ** 2) / 2, rel=1e-5)


def test_it_begins_at_the_networks_weights_and_every_gradient_is_counted(monkeypatch):
    asked = []

    def counted(*arguments):
        asked.append(0)
        return backprop(*arguments)

    x, y = xor()
    network = Network((2, 4, 1), seed=0)
    start, W = backprop(network, x, y, "quadratic").C, network.W[1]
    monkeypatch.setattr("bplib.lbfgs.backprop", counted)
    losses = lbfgs(network, x, y, "quadratic", iterations=40)
    assert losses[0] == start
    assert len(losses) == len(asked) - 1  # the first looks at what was given
    assert network.W[1] is W
    assert pytest.approx(min(losses), rel=1e-12) == backprop(network, x, y, "quadratic").C
    plain = Network((2, 4, 1), seed=0)
    history = train(plain, x, y, "quadratic", optimizer=GradientDescent(5), epochs=len(losses))
    assert min(losses) < history.loss[-1] / 10


def test_float32_stays_float32():
    network = Network((2, 4, 1), seed=0, dtype=np.float32)
    losses = lbfgs(network, *xor(), "quadratic", iterations=10, memory=3)
    assert network.W[1].dtype == np.float32
    assert losses[-1] < losses[0]


def test_without_scipy_it_says_so_and_changes_nothing(monkeypatch):
    network = Network((2, 4, 1), seed=0)
    before, found = network.copy(), builtins.__import__

    def no_scipy(name, *rest, **named):
        if name.startswith("scipy"):
            raise ImportError("no")
        return found(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", no_scipy)
    with pytest.raises(ImportError, match=r"^lbfgs needs SciPy, which is not installed: pip install scipy$"):
        lbfgs(network, *xor(), "quadratic", iterations=1)
    assert (network.W[1] == before.W[1]).all()
