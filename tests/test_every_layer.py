"""What chapter 10 writes by hand keeps what it says of it: the tape, and the rules of other layers."""

import sys
import tracemalloc
from pathlib import Path

import autograd.numpy as anp
import nbformat
import numpy as np
import pytest
from autograd import grad as autograd_grad

from bplib import Network, backprop, numerical_gradient, softmax
from bplib.measured import load

CHAPTER = Path(__file__).parent.parent / "chapters" / "10_every_layer.ipynb"
SOURCES = [cell.source for cell in nbformat.read(CHAPTER, as_version=4).cells if cell.cell_type == "code"]
TAPE = ("class Tensor:", "def matmul(", "def summed_to(")
RULES = (
    "def judge(",
    "def dropout(",
    "def normalise(",
    "def convolution(",
    "def attention(",
    "def recurrent(",
)


def cell(start):
    return next(source for source in SOURCES if source.startswith(start))


@pytest.fixture
def page():
    """The names that the chapter's tape defines, and its rules by hand."""
    names = {"softmax": softmax, "np": np}
    exec("from heapq import heappop, heappush\nfrom itertools import count", names)
    for start in TAPE:
        exec(cell(start), names)
    for start in RULES:  # without what each cell tries and prints after its functions
        source = cell(start).split("\n\n\nrng")[0].split("\n\n\nreport")[0].split("\n\n\nx")[0]
        exec(source.split("\n\n\nQ, K")[0], names)
    return names


def test_the_tape_has_fewer_than_150_lines():
    assert sum(len(cell(start).splitlines()) for start in TAPE) < 150


def tensors(page, arrays):
    return [page["Tensor"](array) for array in arrays]


def measured(function, arrays, h=1e-6):
    """Central differences of a function of arrays that gives one number."""
    answers = []
    for k, array in enumerate(arrays):
        slope = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            up, down = ([a.copy() for a in arrays] for _ in "12")
            up[k][place] += h
            down[k][place] -= h
            slope[place] = (function(*up) - function(*down)) / (2 * h)
        answers.append(slope)
    return answers


rng = np.random.default_rng(0)
A, B, D = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
ROW, COLUMN, ONE, CUBE = (
    rng.normal(size=4),
    rng.normal(size=(3, 1)),
    np.array(1.7),
    rng.normal(size=(2, 3, 4)),
)
OPERATIONS = {
    "u + v": (lambda u, v: ((u + v) ** 2).sum(), (A, B)),
    "a row is repeated": (lambda u, v: ((u + v) ** 2).sum(), (A, ROW)),
    "a column is repeated": (lambda u, v: ((u * v) ** 2).sum(), (A, COLUMN)),
    "row and column": (lambda u, v: ((u * v + v) ** 2).sum(), (ROW, COLUMN)),
    "a number is repeated": (lambda u, v: (u * v + v).sum(), (A, ONE)),
    "two axes are repeated": (lambda u, v: ((u * v) ** 2).sum(), (CUBE, ROW)),
    "u - v": (lambda u, v: ((u - v) ** 2).sum(), (A, COLUMN)),
    "u / v": (lambda u, v: (u / (v**2 + 1)).sum(), (A, ROW)),
    "plain numbers": (lambda u: (2 * u + u * 3 - 1 + (1 - u) + u / 2 + 2 / (u**2 + 1) - (-u)).sum(), (A,)),
    "plain arrays": (lambda u: (B * u + u * B - B + (B - u) * B + u / (B**2 + 1)).sum(), (A,)),
    "powers": (lambda u: (u**3 + (u**2 + 1) ** 0.5 + (u**2 + 1) ** -1.5).sum(), (A,)),
    "@": (lambda u, v: ((u @ v) ** 2).sum(), (A, D)),
    "plain @": (lambda u: ((A @ u) ** 2).sum() + (u @ np.ones((2, 5))).sum(), (D,)),
    "stacks of @": (lambda u, v: ((u @ v) ** 2).sum(), (CUBE, D)),
    "T": (lambda u, v: (u.T @ v).sum(), (A, B)),
    "sums": (lambda u: (u.sum(axis=0) ** 2).sum() + (u.sum(axis=1, keepdims=True) * u).sum(), (A,)),
    "sums over axes": (lambda u: (u.sum(axis=(0, 2)) ** 2).sum() + u.sum(axis=-1)[0, 1], (CUBE,)),
    "means": (lambda u: (u.mean(axis=0) ** 3).sum() + u.mean() + (u.mean(axis=1, keepdims=True) * u).sum(), (A,)),
    "slices": (lambda u: (u[1:, ::2] * u[:2, :2]).sum() + u[0, 0] * u[-1, 2], (A,)),
    "rows taken twice": (lambda u: (u[[0, 2, 0]] ** 2).sum(), (A,)),
    "a mask": (lambda u: (u[A > 0] ** 2).sum(), (A,)),
    "reshape": (lambda u: (u.reshape(4, 3) @ u).sum(), (A,)),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_that_of_numpy_and_of_central_differences(page, name):
    function, arrays = OPERATIONS[name]
    given = tensors(page, arrays)
    result = function(*given)
    assert float(result.data) == pytest.approx(float(function(*arrays)), rel=1e-14)
    page["backward"](result)
    for tensor, slope in zip(given, measured(function, arrays), strict=True):
        assert np.shape(tensor.grad) == slope.shape
        np.testing.assert_allclose(tensor.grad, slope, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sigmoid", "relu"])
def test_a_function_is_that_of_autograd(page, name):
    theirs = {
        "exp": anp.exp,
        "log": anp.log,
        "tanh": anp.tanh,
        "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
        "relu": lambda z: anp.maximum(z, 0),
    }[name]
    z = np.abs(A) + 0.1 if name == "log" else A
    (tensor,) = tensors(page, [z])
    page["backward"]((page[name](tensor) * B).sum())
    np.testing.assert_allclose(tensor.grad, autograd_grad(lambda z: (theirs(z) * B).sum())(z), rtol=1e-13)


@pytest.mark.parametrize("f", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("m", [1, 32])
def test_a_network_has_the_gradients_and_deltas_of_bplib(page, f, m):
    network = Network([7, 6, 5, 3], f, "identity", seed=1)
    x, y = rng.normal(size=(m, 7)), rng.normal(size=(m, 3))
    W = {l: page["Tensor"](network.W[l]) for l in network.W}
    b = {l: page["Tensor"](network.b[l]) for l in network.b}
    a, z = x.T, {}
    for l in W:
        z[l] = W[l] @ a + b[l]
        a = page[f](z[l]) if l < 3 else z[l]
    page["backward"](((a - y.T) ** 2).sum() * (0.5 / m))
    g = backprop(network, x, y, "quadratic")
    for l in W:
        for ours, theirs in ((W[l].grad, g.grad_W[l]), (b[l].grad, g.grad_b[l]), (m * z[l].grad, g.delta[l])):
            assert np.abs(ours - theirs).max() <= 1e-14 * np.abs(theirs).max()
    by_differences, _ = numerical_gradient(network, x, y, "quadratic")
    np.testing.assert_allclose(W[1].grad, by_differences[1], rtol=1e-5, atol=1e-8)


def test_a_graph_of_100_000_nodes_meets_no_recursion_limit(page):
    assert sys.getrecursionlimit() < 10_000
    v = total = page["Tensor"](2.0)
    for _ in range(100_000):
        total = total * 1.0
    page["backward"](total)
    assert v.grad == 1
    del total  # nor does giving it back


def test_a_second_walk_adds_the_gradient_once_more(page):
    v = page["Tensor"](A)
    C = (page["tanh"](v) ** 2).sum()
    page["backward"](C)
    first = v.grad.copy()
    for walks in (2, 3):
        page["backward"](C)
        np.testing.assert_allclose(v.grad, walks * first, rtol=1e-14)


def test_the_walk_uses_each_edge_once(page):
    """In any other order than newest first the answer is the same, and the work doubles with each step."""
    calls = 0

    def counted(shape, d, own=page["summed_to"]):
        nonlocal calls
        calls += 1
        return own(shape, d)

    page["summed_to"] = counted
    first = before = page["Tensor"](1.0)
    total = before * 2.0
    for _ in range(20):
        before, total = total, total + before
    page["backward"](total)
    assert first.grad == total.data
    assert calls == 1 + 2 * 20


def test_no_gradient_is_another_tensors_memory(page):
    """Rules hand their argument on, so what arrives may be shared: nothing may write into it."""
    u, v = tensors(page, (A, B))
    s = u + v
    page["backward"]((s + s).sum())
    assert (u.grad == 2).all()
    u.grad += 1
    assert (v.grad == 2).all()
    assert (s.grad == 2).all()


def test_the_walk_gives_back_what_it_has_handed_on(page):
    v = total = page["Tensor"](np.ones(10_000))
    for _ in range(50):
        total = total * 1.0
    C = total.sum()
    tracemalloc.start()
    page["backward"](C)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 60 * 80_000  # a gradient for each of 52 tensors, and little more at any time
    assert (v.grad == 1).all()


def test_constants_get_nothing(page):
    v = page["Tensor"](A)
    assert len((A @ v.T).parents) == len((v + 1).parents) == len((2 * v).parents) == len((v * A).parents) == 1


def test_what_cannot_be_is_refused(page):
    v = page["Tensor"](A)
    with pytest.raises(ValueError, match=r"a loss is one number; C has the shape \(3, 4\)"):
        page["backward"](v)
    assert isinstance(v.grad, float)  # nothing was done
    with pytest.raises(ValueError, match=r"\(3, 4\) @ \(4,\): each side needs two axes"):
        v @ ROW


# -- the rules by hand ---------------------------------------------------------------------------------------------

LAYERS = {
    "dropout": (lambda p: lambda x: p["dropout"](x, np.array([1, 0, 0, 1]), 0.5), (ROW,)),
    "max_pool": (lambda p: p["max_pool"], (ROW,)),
    "embedding": (lambda p: lambda t: p["embedding"](t, [2, 0, 2, 2]), (A,)),
    "residual": (lambda p: lambda x: p["residual"](x, p["tanh_layer"](rng.normal(size=(4, 4)) * 0 + 0.3)), (ROW,)),
    "layer normalisation": (lambda p: lambda x: p["normalise"](x, 0), (A,)),
    "batch normalisation": (lambda p: lambda x: p["normalise"](x, 1, eps=0.3), (A,)),
    "convolution": (lambda p: p["convolution"], (rng.normal(size=9), rng.normal(size=4))),
    "attention": (lambda p: p["attention"], tuple(rng.normal(size=(3, 5, 2)))),
    "recurrent": (lambda p: p["recurrent"], (CUBE[0, :2], rng.normal(size=(3, 2)), rng.normal(size=(3, 3)))),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_a_rule_by_hand_is_as_measured(page, name):
    make, arrays = LAYERS[name]
    layer = make(page)
    y, back = layer(*arrays)
    delta = np.random.default_rng(9).normal(size=y.shape)
    shares = back(delta)
    shares = shares if isinstance(shares, tuple) else (shares,)
    slopes = measured(lambda *moved: (delta * layer(*moved)[0]).sum(), arrays)
    for share, slope in zip(shares, slopes, strict=True):
        np.testing.assert_allclose(share, slope, rtol=1e-6, atol=1e-8)
    assert page["judge"](layer, *arrays) < 1e-7


@pytest.mark.parametrize("factor", [0.5, -1, 1.001])
def test_the_judge_finds_a_wrong_rule(page, factor):
    assert page["judge"](lambda x: (np.tanh(x), lambda d: factor * d * (1 - np.tanh(x) ** 2)), ROW) > 1e-4
    assert page["judge"](lambda x, w: (x * w, lambda d: (d * w, factor * d * x)), ROW, A[0]) > 1e-4


def test_the_outputs_of_the_rules_by_hand(page):
    x = np.array([1.0, 3.0, 2.0, 2.0])
    assert page["max_pool"](x)[0].tolist() == [3, 2]
    assert page["max_pool"](x)[1](np.array([5.0, 7.0])).tolist() == [0, 5, 7, 0]  # of equals the first
    y, _ = page["normalise"](x[:, None], 0, eps=0)
    assert y.mean() == pytest.approx(0, abs=1e-15)
    assert y.std() == pytest.approx(1)
    y, _ = page["convolution"](np.arange(5.0), np.array([1.0, 0.0, -1.0]))
    assert y.tolist() == [-2, -2, -2]
    Q = np.zeros((2, 3))
    np.testing.assert_allclose(page["attention"](Q, A[:, :3], B[:, :2])[0], [B[:, :2].mean(axis=0)] * 2)


# -- the stored run ------------------------------------------------------------------------------------------------


def test_the_stored_cost_is_a_small_multiple_and_so_is_todays(monkeypatch):
    sys.path.append(str(CHAPTER.parent.parent / "benchmarks"))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    import tape as benchmark

    stored = load("tape")
    assert [row["sizes"] for row in stored["cost"]] == list(benchmark.SIZES)
    for row in [*stored["cost"], benchmark.cost([64, 32, 10], repeats=3)]:
        assert row["parameters"] == Network(row["sizes"], seed=0).n_parameters
        assert row["back"] < 8 * row["forward"]
        assert row["forward"] + row["back"] < 20 * row["plain"]
    assert stored["torch"]["walk 2"].startswith("RuntimeError")
    assert stored["torch"]["walk 2 after retain_graph=True"] == "[4.0, 8.0]"


def test_what_the_chapter_says_of_libraries_is_what_was_measured():
    libraries = load("layers")["libraries"]

    def those(case, answer):
        return {name for name, answers in libraries.items() if case in answers and answers[case] == answer}

    assert those("maxpool_tie", [[0.25, 0.25], [0.25, 0.25]]) == {"tinygrad", "MLX"}
    assert libraries["PyTorch"]["embedding_init"]["std"] > 30 * libraries["Keras"]["embedding_init"]["std"]
    assert libraries["Flax"]["layernorm_offset"] == [-1500, -500, 500, 1500]
    assert set(libraries["Keras on PyTorch"]["batchnorm_offset"]) == {"nan"}
    unbiased = those("batchnorm_var", 1.1)
    assert unbiased == {"PyTorch", "tinygrad", "MLX"}
    assert unbiased <= those("batchnorm_momentum", 0.1)
    assert {answers["conv_turned"][0] for answers in libraries.values() if "conv_turned" in answers} == {-2.0}
    assert those("conv_same", [3.0, 3.0, 2.0]) >= {"Flax", "Keras", "TensorFlow.js"}
    assert those("conv_padding_1", [2.0, 3.0, 3.0]) >= {"PyTorch", "Flax", "MLX"}
    assert libraries["PyTorch"]["attention_module_keep"][0] == 0
    assert those("attention_module_keep", [1.0, 0.0, 0.0]) == {"Keras", "Keras on PyTorch"}
    assert those("attention_large_grad", [[1.0, 1.0]] * 3) == {"PyTorch", "Keras on PyTorch"}
    assert {
        name for name, answers in libraries.items() if answers.get("lstm_forget") == {"rule": "all 1"}
    } == {
        "Keras",
        "Keras on PyTorch",
    }
    orders = {answers["lstm_gates"] for name, answers in libraries.items() if name != "onnxruntime"}
    assert orders == {"i, f, g, o"}
    assert libraries["Keras"]["gelu"] != libraries["Keras"]["gelu_function"]
