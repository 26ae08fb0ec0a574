"""The numbers of the chapter on every layer are what autograd and formulas written out here give, without bplib."""

import math
import re

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import jacobian

from .test_numbers import grid, numbers, positions, shown

CHAPTER = "chapters/10_every_layer"


def said_power(text):
    """A number such as 0.32, 57 or 1.9·10⁻⁶, as a person reads it."""
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    value, _, exponent = text.partition("·10")
    return float(value) * 10 ** int(exponent.translate(digits) or 0)


def softmax(z):
    e = anp.exp(z - anp.max(z))
    return e / anp.sum(e)


def eleven():
    """The layers of the first picture in autograd's numpy; what is random is drawn as the chapter draws it."""
    rng = np.random.default_rng(7)
    W = rng.normal(size=(8, 8)) * 0.4
    QKV = rng.normal(size=(3, 2, 2)) * 0.6

    def attention(x):
        Q, K, V = (anp.dot(anp.reshape(x, (4, 2)), A) for A in QKV)
        rows = [softmax(anp.dot(K, q) / math.sqrt(2)) for q in Q]
        return anp.concatenate([anp.dot(row, V) for row in rows])

    def convolution(x):
        padded = anp.concatenate([np.zeros(1), x, np.zeros(1)])
        return 0.5 * padded[:-2] + padded[1:-1] - 0.7 * padded[2:]

    def recurrent(x):
        h = [0.0]
        for k in range(8):
            h.append(anp.tanh(0.9 * h[-1] + 0.6 * x[k]))
        return anp.array(h[1:])

    kept = np.array([1, 0, 1, 1, 0, 1, 0, 1])
    return {
        "dense, Wx + b": lambda x: anp.dot(W, x),
        "ReLU": lambda x: anp.maximum(x, 0),
        "residual, x + tanh(Wx)": lambda x: x + anp.tanh(anp.dot(W, x)),
        "dropout": lambda x: 2 * x * kept,
        "embedding": lambda x: anp.concatenate([x[4:6], x[0:2], x[4:6], x[6:8]]),
        "max of three": lambda x: anp.array([anp.max(x[max(k - 1, 0) : k + 2]) for k in range(8)]),
        "convolution": convolution,
        "softmax": softmax,
        "layer normalisation": lambda x: (x - anp.mean(x)) / anp.sqrt(anp.var(x) + 1e-5),
        "attention, four tokens": attention,
        "recurrent, eight steps": recurrent,
    }


def test_layers(explorer_page):
    page = explorer_page(CHAPTER, "layers")
    functions = eleven()
    assert list(page.texts("layer")) == list(functions)
    places = positions(1, 25, layer=list(functions), x3=grid(-2, 2, 0.25))
    for at in [*places, *({"layer": name, "x3": 0.25} for name in functions)]:
        page.set(**at)
        x = np.array([0.5, -1.0, at["x3"] + 1e-4, 1.5, -0.5, 0.25, -1.6, 1.0])
        J = jacobian(functions[at["layer"]])(x)
        entries, outputs, _, back = numbers(
            page.sentence().split(": ")[1].replace("the 64", "").replace("x₃", "")
        )
        assert entries == np.count_nonzero(np.abs(J) > 1e-7)
        assert outputs == np.count_nonzero(np.abs(J[:, 2]) > 1e-7)
        assert back == shown(J[:, 2].sum(), 3)


W1 = np.array([[0.9, -0.6], [0.4, 0.8], [-0.7, 0.5]])
B1 = np.array([[0.1], [-0.3], [0.2]])


def test_tape(explorer_page):
    page = explorer_page(CHAPTER, "tape")
    x_all = np.array([[1.0, 0.5, -1.0, 2.0, 0.2], [0.5, -1.0, 0.3, 1.0, -0.4]])
    for m in range(2, 6):
        x = x_all[:, :m]
        z = W1 @ x + B1
        a = np.tanh(z)
        delta = a * (1 - a**2) / m
        values = {
            "W": W1,
            "b": B1,
            "u": W1 @ x,
            "z": z,
            "a": a,
            "q": a**2,
            "s": (a**2).sum(),
            "C": (a**2).sum() / 2 / m,
        }
        deltas = {
            "W": delta @ x.T,
            "b": delta.sum(axis=1, keepdims=True),
            "u": delta,
            "z": delta,
            "a": a / m,
            "q": np.full(z.shape, 0.5 / m),
            "s": np.array(0.5 / m),
            "C": np.array(1.0),
        }  # fmt: skip
        for step in (1, 5, 8, 10, 13, 14):
            page.set(step=step, m=m)
            sentence = page.sentence()
            assert f"Step {step} of 14" in sentence
            for name, shape, first in re.findall(
                r"δ of (\w) has the shape (\([\d, ]*\)) and begins with (−?\d+\.\d+)", sentence
            ):
                assert eval(shape) == np.shape(deltas[name])
                assert float(first.replace("−", "-")) == shown(np.ravel(deltas[name])[0], 4)
            for k, (name, shape, first, slope) in enumerate(page.rows()):
                assert bool(shape) == bool(first) == (step > k)
                if first:
                    assert eval(shape) == np.shape(values[name])
                    assert float(first.replace("−", "-")) == shown(np.ravel(values[name])[0], 4)
                if slope:
                    assert float(slope.replace("−", "-")) == shown(np.ravel(deltas[name])[0], 4)
        assert all(row[3] for row in page.rows())


def ratio_of_deltas(f, kind, g):
    """Layer 1's mean |δ| over layer 10's, with BP2 and the rules of the chapter's text written out."""
    from bplib import Network  # the digits and the random weights have no formula
    from bplib.datasets import digits

    functions = {
        "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
        "tanh": (np.tanh, lambda a: 1 - a**2),
        "ReLU": (lambda z: np.maximum(z, 0), lambda a: 1.0 * (a > 0)),
    }
    function, slope = functions[f]
    data = digits()
    sizes = [64, *[32] * 9, 10]
    net = Network(sizes, "tanh", "identity", init="normal", seed=0)
    W = {l: net.W[l] * g / math.sqrt(sizes[l - 1]) for l in net.W}
    norm, add = kind in ("layer normalisation", "both"), kind in ("residual", "both")
    stream, kept = data.x_train[:100].T, {}
    for l in range(1, 11):
        inner, into, s = 2 <= l <= 9, stream, None
        if inner and norm:
            s = np.sqrt(stream.var(axis=0) + 1e-5)
            into = (stream - stream.mean(axis=0)) / s
        z = W[l] @ into
        out = z if l == 10 else function(z)
        kept[l] = (into, s, out)
        stream = stream + out if inner and add else out
    p = np.exp(stream - stream.max(axis=0))
    delta = p / p.sum(axis=0) - np.eye(10)[data.y_train[:100]].T
    sizes_of = {10: np.abs(delta).mean()}
    back = W[10].T @ delta
    for l in range(9, 0, -1):
        into, s, out = kept[l]
        delta = back * slope(out)
        sizes_of[l] = np.abs(delta).mean()
        share = W[l].T @ delta
        if s is not None:
            share = (share - share.mean(axis=0) - into * (share * into).mean(axis=0)) / s
        back = share + back if 2 <= l <= 9 and add else share
    return sizes_of[1] / sizes_of[10]


def test_fading(explorer_page):
    page = explorer_page(CHAPTER, "fading")
    kinds = ("plain", "residual", "layer normalisation", "both")
    assert list(page.texts("kind")) == list(kinds)
    scales = [float(f"{0.25 * 32 ** (i / 10):.3g}") for i in range(11)]
    for at in positions(2, 16, f=("sigmoid", "tanh", "ReLU"), kind=kinds, g=scales):
        page.set(**at)
        said = [said_power(n) for n in re.findall(r"([\d.]+(?:·10[⁻⁰¹²³⁴-⁹]+)?) times", page.sentence())]
        expected = [ratio_of_deltas(**at)]
        if at["kind"] != "plain":
            expected.append(ratio_of_deltas(at["f"], "plain", at["g"]))
        assert said == [pytest.approx(value, rel=0.06) for value in expected]


def test_cancelling(explorer_page):
    page = explorer_page(CHAPTER, "cancelling")
    offsets = [float(f"{1e8 ** (i / 16):.3g}") for i in range(17)]
    ways = page.texts("way")
    seen = []
    for at in positions(3, 30, offset=offsets, way=ways, numbers=("float32", "float64")):
        page.set(**at)
        kind = getattr(np, at["numbers"])
        x = [kind(k) + kind(at["offset"]) for k in (1, 2, 3, 4)]  # number by number, each step rounded
        mean = (x[0] + x[1] + x[2] + x[3]) / kind(4)
        if at["way"] == ways[0]:
            squares = [(v - mean) * (v - mean) for v in x]
            variance = (squares[0] + squares[1] + squares[2] + squares[3]) / kind(4)
        else:
            squares = [v * v for v in x]
            variance = (squares[0] + squares[1] + squares[2] + squares[3]) / kind(4) - mean * mean
            variance = max(variance, kind(0))
        y = [(v - mean) / np.sqrt(variance + kind(1e-6)) for v in x]
        said = numbers(page.sentence().split("comes out as ")[1])
        assert said[:2] == [shown(variance, 4), 1.25]
        assert said[2:] == [shown(v, 3) for v in y]
        seen.append(max(np.abs(y)))
    assert max(seen) > 1000


def test_sliding(explorer_page):
    page = explorer_page(CHAPTER, "sliding")
    x, delta = (1.0, 0.5, 2.0, -1.0, 1.5, 3.0, -2.0), (1.0, -1.0, 2.0, 0.5, -0.5)
    asks = list(page.texts("ask"))
    assert asks == ["x₁", "x₂", "x₃", "x₄", "x₅", "x₆", "x₇", "w₁", "w₂", "w₃"]
    for at in [*positions(4, 20, ask=asks, w2=grid(-2, 2, 0.5)), *({"ask": ask, "w2": -1.5} for ask in asks)]:
        page.set(**at)
        w, k = (0.5, at["w2"], -1.0), "₁₂₃₄₅₆₇".index(at["ask"][1])
        if at["ask"][0] == "x":
            terms = [w[k - i] * delta[i] for i in range(5) if 0 <= k - i < 3]
        else:
            terms = [delta[i] * x[i + k] for i in range(5)]
        sentence = page.sentence()
        assert sentence.startswith("1 path from" if len(terms) == 1 else f"{len(terms)} paths from")
        assert numbers(sentence)[-1] == shown(sum(terms), 2)
        assert len(re.findall("·", sentence)) == len(terms)


def test_remembering(explorer_page):
    page = explorer_page(CHAPTER, "remembering")
    x = np.random.default_rng(5).normal(size=41) * 0.5
    for at in positions(5, 20, U=grid(0.25, 2, 0.25), b=grid(-2, 6, 0.5)):
        page.set(**at)
        h, states = 0.0, []
        for value in x:
            h = math.tanh(at["U"] * h + value)
            states.append(h)
        left = math.prod(at["U"] * (1 - h * h) for h in states[1:])
        gate = 1 / (1 + math.exp(-at["b"]))
        sentence = page.sentence()
        said = [said_power(n) for n in re.findall(r"has ([\d.]+(?:·10[⁻⁰¹²³⁴-⁹]+)?)", sentence)]
        assert said == [pytest.approx(left, rel=0.06), pytest.approx(gate**40, rel=0.06)]
        assert f"= {gate:.3f}" in sentence
