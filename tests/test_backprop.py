import inspect
import math

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bplib import (
    Gradient,
    LeakyReLU,
    Network,
    backprop,
    backward,
    get_loss,
    numerical_gradient,
    one_hot,
    relative_error,
    train,
)

ACTIVATIONS = ["sigmoid", "tanh", "relu", "leaky_relu", "identity"]
# every loss with every output layer that it takes
HEADS = [("quadratic", output) for output in ACTIVATIONS]
HEADS += [("binary_cross_entropy", "identity"), ("softmax_cross_entropy", "identity")]


# An independent implementation: examples as rows, autograd's derivatives, losses from their definitions.

AUTOGRAD_F = {
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: z * (z > 0),
    "leaky_relu": lambda z: z * (z > 0) + 0.01 * z * (z <= 0),
    "identity": lambda z: z,
}


def autograd_softmax_cross_entropy(a, y):
    p = anp.exp(a) / anp.sum(anp.exp(a), axis=1, keepdims=True)
    return -anp.sum(y * anp.log(p), axis=1)


AUTOGRAD_C = {
    "quadratic": lambda a, y: anp.sum((a - y) ** 2, axis=1) / 2,
    "binary_cross_entropy": lambda a, y: anp.sum(anp.logaddexp(0, a) - y * a, axis=1),
    "softmax_cross_entropy": autograd_softmax_cross_entropy,
}


def by_autograd(network, x, y, loss):
    names = [f.name for f in network.activation.values()]

    def C(parameters):
        rows = x
        for name, (W, b) in zip(names, parameters, strict=True):
            rows = AUTOGRAD_F[name](anp.dot(rows, W.T) + b.T)
        return anp.mean(AUTOGRAD_C[loss](rows, y))

    parameters = [(network.W[l], network.b[l]) for l in network.W]
    return C(parameters), grad(C)(parameters)


def make(sizes, hidden, output, loss, m, seed):
    """A network with biases, and data for its loss, all of moderate size."""
    rng = np.random.default_rng(seed)
    network = Network(sizes, hidden, output, seed=rng)
    for b in network.b.values():
        b += rng.normal(scale=0.5, size=b.shape)
    x = rng.normal(size=(m, sizes[0]))
    y = rng.uniform(size=(m, sizes[-1]))
    return network, x, y / y.sum(axis=1, keepdims=True) if loss == "softmax_cross_entropy" else y


def away_from_kinks(network, gradient, distance=1e-3):
    return all(
        np.abs(gradient.z[l]).min() > distance
        for l, f in network.activation.items()
        if f.name in ("relu", "leaky_relu")
    )


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
@pytest.mark.parametrize(("loss", "output"), HEADS)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_against_central_differences(hidden, loss, output, layers):
    sizes = (*(3, 5, 4, 3)[:layers], 2)
    for seed in range(100):
        network, x, y = make(sizes, hidden, output, loss, 6, seed)
        ours = backprop(network, x, y, loss)
        if away_from_kinks(network, ours) and all(np.abs(g).max() > 1e-3 for g in ours.grad_W.values()):
            break
    else:
        pytest.fail("no data away from the kinks with a gradient in every layer")
    grad_W, grad_b = numerical_gradient(network, x, y, loss)
    for l in range(1, layers + 1):
        assert relative_error(ours.grad_W[l], grad_W[l]) < 1e-7
        assert relative_error(ours.grad_b[l], grad_b[l]) < 1e-7


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_against_autograd_and_central_differences_for_whatever_is_drawn(data):
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=5), label="sizes")
    loss, output = data.draw(st.sampled_from(HEADS), label="head")
    if loss == "softmax_cross_entropy":
        sizes[-1] += 1
    hidden = data.draw(st.sampled_from(ACTIVATIONS), label="hidden")
    m = data.draw(st.integers(1, 5), label="m")
    network, _, y = make(sizes, hidden, output, loss, m, data.draw(st.integers(0, 2**32), label="seed"))
    x = data.draw(arrays(np.float64, (m, sizes[0]), elements=st.floats(-3, 3)), label="x")

    ours = backprop(network, x, y, loss)
    assume(away_from_kinks(network, ours))
    grad_W, grad_b = numerical_gradient(network, x, y, loss)
    C, theirs = by_autograd(network, x, y, loss)

    assert relative_error(ours.C, C) < 1e-12
    for l, (W, b) in enumerate(theirs, start=1):
        for our, their, numerical in ((ours.grad_W, W, grad_W), (ours.grad_b, b, grad_b)):
            scale = np.abs(their).max()
            np.testing.assert_allclose(our[l], their, rtol=1e-12, atol=1e-12 * scale + 1e-16)
            if scale > 1e-3:  # below it the rounding of C shows
                assert relative_error(our[l], numerical[l]) < 1e-7


def test_an_example_worked_by_hand():
    # A 2-2-1 network of sigmoids and two examples. Every weight is a multiple of t = ln 3, so that every
    # activation is a fraction: σ(-t) = 1/4, σ(0) = 1/2, σ(t) = 3/4, and σ' = σ (1 - σ) = 3/16, 1/4, 3/16.
    t = math.log(3)
    network = Network((2, 2, 1), seed=0)
    network.W[1][...] = [[t, -t], [2 * t, -t]]
    network.b[1][...] = [[2 * t], [0]]
    network.W[2][...] = [[8 * t, -4 * t]]
    network.b[2][...] = [[-4 * t]]
    x = [[1, 2], [0, 1]]
    y = [1, 0]

    # Forward, first example x = (1, 2):      second example x = (0, 1):
    #   z1 = t - 2t + 2t = t,  a = 3/4          z1 = -t + 2t = t,  a = 3/4
    #   z2 = 2t - 2t     = 0,  a = 1/2          z2 = -t,           a = 1/4
    #   z  = 6t - 2t - 4t = 0, a = 1/2          z  = 6t - t - 4t = t, a = 3/4
    #   C  = 1/2 (1/2 - 1)² = 1/8               C  = 1/2 (3/4 - 0)² = 9/32
    # The mean of 4/32 and 9/32 is 13/64.
    z = {1: [[t, t], [0, -t]], 2: [[0, t]]}
    a = {0: [[1, 0], [2, 1]], 1: [[3 / 4, 3 / 4], [1 / 2, 1 / 4]], 2: [[1 / 2, 3 / 4]]}
    C = 13 / 64

    # BP1: (1/2 - 1) 1/4 = -1/8               (3/4 - 0) 3/16 = 9/64
    # BP2: 8t (-1/8) 3/16 = -3t/16            8t (9/64) 3/16 = 27t/128
    #      -4t (-1/8) 1/4 = t/8               -4t (9/64) 3/16 = -27t/256
    delta = {1: [[-3 * t / 16, 27 * t / 128], [t / 8, -27 * t / 256]], 2: [[-1 / 8, 9 / 64]]}

    # BP3, the mean of both:
    #   layer 2: 1/2 (-8/64 + 9/64) = 1/128
    #   layer 1: 1/2 (-24t/128 + 27t/128) = 3t/256,  1/2 (32t/256 - 27t/256) = 5t/512
    grad_b = {1: [[3 * t / 256], [5 * t / 512]], 2: [[1 / 128]]}

    # BP4, the mean of both:
    #   layer 2: 1/2 (-1/8 · 3/4 + 9/64 · 3/4) = 1/2 (-24 + 27)/256 = 3/512
    #            1/2 (-1/8 · 1/2 + 9/64 · 1/4) = 1/2 (-16 + 9)/256 = -7/512
    #   layer 1: 1/2 (-3t/16 · 1 + 27t/128 · 0) = -3t/32
    #            1/2 (-3t/16 · 2 + 27t/128 · 1) = 1/2 (-48t + 27t)/128 = -21t/256
    #            1/2 (t/8 · 1 - 27t/256 · 0) = t/16
    #            1/2 (t/8 · 2 - 27t/256 · 1) = 1/2 (64t - 27t)/256 = 37t/512
    grad_W = {1: [[-3 * t / 32, -21 * t / 256], [t / 16, 37 * t / 512]], 2: [[3 / 512, -7 / 512]]}

    ours = backprop(network, x, y, "quadratic")
    assert relative_error(ours.C, C) < 1e-14
    for expected, got in (
        (z, ours.z),
        (a, ours.a),
        (delta, ours.delta),
        (grad_b, ours.grad_b),
        (grad_W, ours.grad_W),
    ):
        assert expected.keys() == got.keys()
        for l in expected:
            np.testing.assert_allclose(got[l], expected[l], rtol=1e-13, atol=1e-15)


def test_a_published_example():
    # Matt Mazur, A Step by Step Backpropagation Example, 2015. He does not update the biases.
    network = Network((2, 2, 2), seed=0)
    network.W[1][...] = [[0.15, 0.20], [0.25, 0.30]]
    network.b[1][...] = 0.35
    network.W[2][...] = [[0.40, 0.45], [0.50, 0.55]]
    network.b[2][...] = 0.60
    x, y = [[0.05, 0.10]], [[0.01, 0.99]]

    class WeightsOnly:
        learning_rate = 0.5

        def step(self, network, grad_W, grad_b):
            for l in grad_W:
                network.W[l] -= self.learning_rate * grad_W[l]

    first = backprop(network, x, y, "quadratic")
    assert abs(first.C - 0.298371109) < 5e-10
    np.testing.assert_allclose(first.a[1].ravel(), [0.593269992, 0.596884378], atol=5e-10)
    np.testing.assert_allclose(first.a[2].ravel(), [0.75136507, 0.772928465], atol=5e-9)
    assert first.delta[2][0, 0] == pytest.approx(0.138498562, abs=5e-10)
    assert first.grad_W[2][0, 0] == pytest.approx(0.082167041, abs=5e-10)
    assert first.grad_W[1][0, 0] == pytest.approx(0.000438568, abs=5e-10)

    train(network, x, y, "quadratic", optimizer=WeightsOnly(), epochs=1)
    after_2 = [[0.35891648, 0.408666186], [0.511301270, 0.561370121]]
    after_1 = [[0.149780716, 0.19956143], [0.24975114, 0.29950229]]
    np.testing.assert_allclose(network.W[2], after_2, atol=5e-9)
    np.testing.assert_allclose(network.W[1], after_1, atol=5e-9)
    # His error after the update, 0.291027924, is not that of his weights, which he gives to nine digits and
    # which are ours: these have 0.291027774. It is that of a hidden layer whose deltas were propagated
    # through W² after its update, against which his own text warns; so are his numbers for 10,000 updates.
    assert abs(backprop(network, x, y, "quadratic").C - 0.291027774) < 5e-10
    late = (network.W[2].T @ first.delta[2]) * network.activation[1].prime(first.z[1])
    mistaken = network.copy()
    mistaken.W[1][...] = [[0.15, 0.20], [0.25, 0.30]] - 0.5 * late @ np.array(x)
    assert abs(backprop(mistaken, x, y, "quadratic").C - 0.291027924) < 5e-10


@pytest.mark.parametrize(("loss", "output"), HEADS)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_float32_throughout(hidden, loss, output):
    network = Network((3, 4, 4, 2), hidden, output, seed=0, dtype=np.float32)
    network.activation[2] = LeakyReLU(np.float64(0.1))
    x = np.random.default_rng(0).normal(size=(5, 3))  # float64, converted at the door
    g = backprop(network, x, [0, 1, 1, 0, 1], loss)
    for layers in (g.grad_W, g.grad_b, g.delta, g.z, g.a):
        assert {v.dtype for v in layers.values()} == {np.dtype(np.float32)}
    exact = backprop(network.copy(np.float64), x, [0, 1, 1, 0, 1], loss)
    for l in network.W:
        assert relative_error(g.grad_W[l], exact.grad_W[l]) < 1e-5


def test_the_forms_of_targets():
    three = Network((2, 3), "sigmoid", "identity", seed=0)
    x, labels = [[1.0, 2], [3, 4]], [2, 0]
    expected = backprop(three, x, [[0, 0, 1], [1, 0, 0]], "quadratic")
    for y in (labels, np.array(labels, np.uint8), one_hot(labels, 3)):
        got = backprop(three, x, y, "quadratic")
        assert got.C == expected.C
        assert (got.grad_W[1] == expected.grad_W[1]).all()

    one = Network((2, 1), "sigmoid", "identity", seed=0)
    expected = backprop(one, x, [[1], [0]], "quadratic")
    for y in ([1, 0], [1.0, 0.0], [True, False], np.array([[1], [0]], np.float32)):
        assert backprop(one, x, y, "quadratic").C == expected.C


@pytest.mark.parametrize("m", [1, 3])
def test_shapes(m):
    network = Network((2, 4, 3), seed=0)
    g = backprop(network, np.ones((m, 2)), [1] * m, "quadratic")
    assert isinstance(g, Gradient)
    assert isinstance(g.C, float)
    assert {l: v.shape for l, v in g.a.items()} == {0: (2, m), 1: (4, m), 2: (3, m)}
    for layers in (g.z, g.delta):
        assert {l: v.shape for l, v in sorted(layers.items())} == {1: (4, m), 2: (3, m)}
    assert {l: v.shape for l, v in g.grad_W.items()} == {1: (4, 2), 2: (3, 4)}
    assert {l: v.shape for l, v in g.grad_b.items()} == {1: (4, 1), 2: (3, 1)}


def test_the_gradient_of_many_is_the_mean_of_the_gradients_of_each():
    network, x, y = make((3, 4, 2), "tanh", "sigmoid", "quadratic", 5, 0)
    together = backprop(network, x, y, "quadratic")
    each = [backprop(network, x[i : i + 1], y[i : i + 1], "quadratic") for i in range(5)]
    for l in (1, 2):
        np.testing.assert_allclose(together.grad_W[l], sum(g.grad_W[l] for g in each) / 5, rtol=1e-13)
        np.testing.assert_allclose(together.grad_b[l], sum(g.grad_b[l] for g in each) / 5, rtol=1e-13)
        np.testing.assert_allclose(together.delta[l], np.hstack([g.delta[l] for g in each]), rtol=1e-13)


def test_nothing_is_changed():
    network, x, y = make((3, 4, 2), "relu", "identity", "softmax_cross_entropy", 5, 0)
    before, x0, y0 = network.copy(), x.copy(), y.copy()
    backprop(network, x, y, "softmax_cross_entropy")
    assert (x == x0).all()
    assert (y == y0).all()
    for l in network.W:
        assert (network.W[l] == before.W[l]).all()
        assert (network.b[l] == before.b[l]).all()


def test_far_out_nothing_overflows():
    x = np.array([[1000.0], [-1000.0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for hidden in ACTIVATIONS:
            for loss, output in HEADS:
                network = Network((1, 2, 2), hidden, output, seed=0)
                network.W[1][...] = 1
                network.W[2][...] = [[1, 1], [-1, -1]]
                g = backprop(network, x, [0, 1], loss)
                assert math.isfinite(g.C)
                assert all(np.isfinite(v).all() for v in (*g.grad_W.values(), *g.grad_b.values()))


def test_the_four_equations_stand_as_in_the_book():
    lines = [line.strip() for line in inspect.getsource(backward).splitlines()]
    for equation in (
        "delta[L] = C.grad(a[L], y) * f[L].prime(z[L])  # (BP1)",
        "delta[l] = (W[l + 1].T @ delta[l + 1]) * f[l].prime(z[l])  # (BP2)",
        "grad_b[l] = xp.sum(delta[l], axis=1, keepdims=True) / m  # (BP3)",
        "grad_W[l] = delta[l] @ a[l - 1].T / m  # (BP4)",
    ):
        assert equation in lines


def test_a_loss_of_the_readers_own():
    class Absolute(type(get_loss("quadratic"))):
        name = "absolute"

        def __call__(self, a, y):
            return float(np.abs(a - y).sum() / a.shape[1])

        def grad(self, a, y):
            return np.sign(a - y)

    network, x, y = make((2, 3, 1), "tanh", "identity", "quadratic", 4, 0)
    ours = backprop(network, x, y, Absolute())
    grad_W, _ = numerical_gradient(network, x, y, Absolute())
    assert relative_error(ours.grad_W[1], grad_W[1]) < 1e-7
