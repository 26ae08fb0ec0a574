"""What the chapters write by hand keeps what they say of it: the automatic differentiator of Chain rule."""

from pathlib import Path
from timeit import repeat

import autograd.numpy as anp
import nbformat
import numpy as np
import pytest
from autograd import elementwise_grad

from bplib import Network, backprop

CHAPTERS = Path(__file__).parent.parent / "chapters"
SIZES = (64, 32, 10)


@pytest.fixture
def page():
    """The names that Chain rule defines: its imports, its sigmoid, the differentiator, and the pass in its terms."""
    cells = nbformat.read(CHAPTERS / "04_chain_rule.ipynb", as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    names = {"running": Network((2, 3, 2, 1), seed=0), "RUNNING_X": np.ones((1, 2)), "target": 1.0}
    imports = next(source for source in sources if "np.set_printoptions(" in source)
    exec(imports.split("np.set_printoptions")[0], names)
    for start in ("def sigmoid(z):", "class Value:", "def feed_forward("):
        code = next(source[source.index(start) :] for source in sources if start in source)
        exec(code.split("\n\n\n(")[0].split("\n\n\nx, b, y")[0], names)
    return names


def as_values(network, Value):
    W = {l: [[Value(w) for w in row] for row in network.W[l]] for l in network.W}
    return W, {l: [Value(v) for v in network.b[l][:, 0]] for l in network.b}


def test_every_gradient_of_a_network_is_that_of_bplib(page):
    network, x, y = Network(SIZES, seed=1), np.linspace(-1, 1, SIZES[0]), np.eye(SIZES[-1])[3]
    W, b = as_values(network, page["Value"])
    errors = [a - t for a, t in zip(page["feed_forward"](W, b, x, page["activate"]), y, strict=True)]
    page["backward"](0.5 * sum(e * e for e in errors))
    g = backprop(network, [x], [y], "quadratic")
    for l in network.W:
        np.testing.assert_allclose([[v.grad for v in row] for row in W[l]], g.grad_W[l], rtol=1e-11)
        np.testing.assert_allclose([[v.grad] for v in b[l]], g.grad_b[l], rtol=1e-11)


def test_an_expression_with_shared_parts_is_that_of_autograd(page):
    def expression(u, v, f):
        s = f(u * v - 1) - (1 - u) * 3
        t = sum([s, -v, 2 * s * s, u - 0.5])
        return f(t) * s - t * u + s

    def by_autograd(u, v):
        return expression(u, v, lambda z: 1 / (1 + anp.exp(-z)))

    for at in ((0.3, -1.2), (-2.0, 0.7)):
        u, v = map(page["Value"], at)
        result = expression(u, v, page["activate"])
        page["backward"](result)
        assert result.value == pytest.approx(by_autograd(*at), rel=1e-13)
        for leaf, argument in ((u, 0), (v, 1)):
            assert leaf.grad == pytest.approx(elementwise_grad(by_autograd, argument)(*at), rel=1e-12)


def test_plain_numbers_may_stand_on_either_side(page):
    v = page["Value"](3.0)
    results = (v + 2, 2 + v, v - 2, 2 - v, v * 2, 2 * v, -v, sum([v, v]), np.float64(2) * v)
    assert [r.value for r in results] == [5, 5, 1, -1, 6, 6, -3, 6, 6]
    for result, slope in zip(results, (1, 1, 1, -1, 2, 2, -1, 2, 2), strict=True):
        v.grad = 0.0
        page["backward"](result)
        assert v.grad == slope


def test_a_chain_may_be_as_long_as_memory_holds(page):
    v = total = page["Value"](1.0)
    for _ in range(100_000):
        total = total + v
    page["backward"](total)
    assert v.grad == 100_001


def test_a_second_walk_back_adds_the_gradient_once_more(page):
    v = deep = page["Value"](2.0)
    for _ in range(5):
        deep = deep * 2
    for walks in (1, 2, 3):
        page["backward"](deep)
        assert v.grad == walks * 2**5


def test_the_way_back_takes_a_few_passes_forward(page):
    W, b = as_values(Network(SIZES, seed=0), page["Value"])
    x = [0.5] * SIZES[0]
    C = sum(page["feed_forward"](W, b, x, page["activate"]))
    forward, back = (
        min(repeat(run, number=1, repeat=3))
        for run in (lambda: page["feed_forward"](W, b, x, page["activate"]), lambda: page["backward"](C))
    )
    assert back < 10 * forward
