import copy

import numpy as np
import pytest

from bplib import Activation, Loss, Network, backprop, check_gradient, numerical_gradient, relative_error
from bplib.datasets import xor
from bplib.gradient_check import GradientErrors

X = np.array([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])
Y = np.array([0, 1, 1])


@pytest.fixture
def network():
    return Network((2, 3, 4, 2), "tanh", seed=0)


def test_numerical_gradient_of_a_line_by_hand():
    # One example x = 3, C = ½ (w x + b - y)² with w = 2, b = 1, y = 5: the error is 2, dC/dw = 2·3, dC/db = 2.
    network = Network((1, 1), output="identity", seed=0)
    network.W[1][...] = 2
    network.b[1][...] = 1
    grad_W, grad_b = numerical_gradient(network, [[3]], [5], "quadratic")
    assert grad_W[1] == pytest.approx(6, rel=1e-9)
    assert grad_b[1] == pytest.approx(2, rel=1e-9)


def test_numerical_gradient_has_an_error_of_order_h_squared(network):
    exact = backprop(network, X, Y, "quadratic").grad_W[2]

    def error(h):
        return relative_error(numerical_gradient(network, X, Y, "quadratic", h)[0][2], exact)

    assert error(1e-2) / error(1e-3) == pytest.approx(100, rel=0.05)


def test_large_weights_do_not_swallow_the_step():
    network = Network((1, 1), output="identity", seed=0)
    network.W[1][...] = 1e13  # 1e13 + 1e-5 is 1e13
    grad_W, _ = numerical_gradient(network, [[1]], [0], "quadratic")
    assert grad_W[1] == pytest.approx(1e13, rel=1e-6)


def test_float32_networks_are_differentiated_in_float64(network):
    network = network.copy(np.float32)
    grad_W, grad_b = numerical_gradient(network, X, Y, "quadratic")
    exact = backprop(network.copy(np.float64), X.astype(np.float32), Y, "quadratic")
    for l in network.W:
        assert relative_error(grad_W[l], exact.grad_W[l]) < 1e-8
        assert relative_error(grad_b[l], exact.grad_b[l]) < 1e-8


class Fails(Loss):
    """A loss that gives up after a few calls."""

    name = "fails"
    calls = 0

    def __call__(self, a, y):
        self.calls += 1
        if self.calls == 5:
            raise RuntimeError("gave up")
        return 0.0

    def grad(self, a, y):
        return a - y


def test_the_network_is_left_as_it_was_also_on_an_exception(network):
    before, arrays = copy.deepcopy((network.W, network.b)), [*network.W.values(), *network.b.values()]
    numerical_gradient(network, X, Y, "quadratic")
    with pytest.raises(RuntimeError, match="gave up"):
        numerical_gradient(network, X, Y, Fails())
    for now, then in zip((network.W, network.b), before, strict=True):
        for l in then:
            assert now[l].tobytes() == then[l].tobytes()
    assert all(p is q for p, q in zip(arrays, [*network.W.values(), *network.b.values()], strict=True))


def test_relative_error():
    assert relative_error([3, 4], [3, 4]) == 0
    assert relative_error([0, 0], [0, 0]) == 0
    assert relative_error([0, 0], [0, 2]) == 1
    assert relative_error([1, 0], [-1, 0]) == 1
    assert relative_error([3, 0], [0, 4]) == pytest.approx(5 / 7, rel=1e-15)
    assert relative_error([3e200, 0], [0, 4e200]) == pytest.approx(5 / 7, rel=1e-15)
    assert relative_error([3e-200, 0], [0, 4e-200]) == pytest.approx(5 / 7, rel=1e-15)
    assert relative_error(1.0, 1.0 + 1e-9) == pytest.approx(0.5e-9, rel=1e-6)


def test_check_gradient(network):
    errors = check_gradient(network, X, Y, "quadratic")
    assert isinstance(errors, GradientErrors)
    for of in (errors.W, errors.b):
        assert list(of) == [1, 2, 3]
        assert all(0 < e < 1e-7 for e in of.values())


def test_a_bug_shows_in_its_layer_and_before_it(network):
    W, f, L = network.W, network.activation, network.L
    g = backprop(network, X, Y, "quadratic")
    delta = {L: g.delta[L]}
    for l in range(L - 1, 0, -1):
        delta[l] = W[l + 1].T @ delta[l + 1]
        if l != 2:  # the planted bug: f' is forgotten in layer 2
            delta[l] = delta[l] * f[l].prime(g.z[l])
    grad_W = {l: delta[l] @ g.a[l - 1].T / len(X) for l in delta}
    grad_b = {l: delta[l].mean(axis=1, keepdims=True) for l in delta}
    errors = check_gradient(network, X, Y, "quadratic", grad_W, grad_b)
    for of in (errors.W, errors.b):
        assert of[3] < 1e-7
        assert of[2] > 1e-3
        assert of[1] > 1e-3


def test_one_of_both_gradients_may_be_given(network):
    g = backprop(network, X, Y, "quadratic")
    wrong = {l: 2 * v for l, v in g.grad_b.items()}
    errors = check_gradient(network, X, Y, "quadratic", grad_b=wrong)
    assert all(e < 1e-7 for e in errors.W.values())
    assert all(e == pytest.approx(1 / 3, rel=1e-6) for e in errors.b.values())


@pytest.mark.parametrize("f", ["relu", "leaky_relu"])
@pytest.mark.parametrize("h", [1e-3, 1e-5, 1e-7])
def test_a_weighted_sum_of_exactly_0_is_told_at_every_h(f, h):
    # The row (0, 0) with zero biases: z is 0 in all four hidden neurons.
    network = Network((2, 4, 1), f, "sigmoid", "he", seed=0)
    errors = check_gradient(network, *xor(), "quadratic", h=h)
    assert errors.kinks == {1: 4, 2: 0}
    assert errors.b[1] > 0.19
    assert max(errors.W[1], errors.W[2], errors.b[2]) < 1e-6
    network.b[1] += 0.01  # off the kink the same gradient is right
    errors = check_gradient(network, *xor(), "quadratic")
    assert errors.kinks == {1: 0, 2: 0}
    assert max(*errors.W.values(), *errors.b.values()) < 1e-7


def test_without_kinks_none_are_told(network):
    assert check_gradient(network, X, Y, "quadratic").kinks == {1: 0, 2: 0, 3: 0}
    zeros = np.zeros((2, 2))
    assert check_gradient(Network((2, 2), seed=0), zeros, zeros, "quadratic").kinks == {1: 0}


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(
    ("w", "x", "distance", "kinks"),
    [
        (0.5, 0.1, 0.9e-5, 1),  # the bias alone moves z by h = 1e-5
        (0.5, 0.1, 1.1e-5, 0),
        (0.5, 100, 0.9e-3, 1),  # the weight moves it by h x
        (0.5, 100, 1.1e-3, 0),
        (0.5, -100, 0.9e-3, 1),
        (7.0, 100, 6.9e-3, 1),  # by h |w| x, where |w| is beyond 1
        (7.0, 100, 7.1e-3, 0),
    ],
)
def test_a_kink_is_told_as_far_as_the_step_moves_z(w, x, distance, kinks, side):
    network = Network((1, 1), output="relu", seed=0)
    network.W[1][...], network.b[1][...] = w, side * distance - w * x
    assert check_gradient(network, [[x]], [[1.0]], "quadratic").kinks == {1: kinks}


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(("h", "kinks"), [(2**-10, 1), (2**-10 * (1 - 2**-40), 0)])
def test_to_come_to_a_kink_is_told_as_to_cross_it_is(h, kinks, side):
    network = Network((1, 1), output="relu", seed=0)
    network.W[1][...], network.b[1][...] = 0, side * 2**-10
    assert check_gradient(network, [[0.5]], [[1.0]], "quadratic", h=h).kinks == {1: kinks}


def test_the_smallest_step_is_one_that_still_moves_a_weight():
    network = Network((1, 1), output="identity", seed=0)
    network.W[1][...] = 1
    grad_W, _ = numerical_gradient(network, [[1.0]], [[0.0]], "quadratic", np.finfo(float).eps)
    assert grad_W[1] == pytest.approx(1, rel=0.5)


def test_a_kink_is_told_in_its_own_layer_also_when_one_before_it_moves():
    network = Network((1, 1, 1), "identity", "relu", seed=0)
    network.W[1][...], network.W[2][...], network.b[2][...] = 1.0, 0.5, -0.5 + 0.9e-3
    # z² = ½ · a¹ - ½ + 0.0009 is 0.0009 at x = 1; only W¹ with x = 200 would move it so far.
    assert check_gradient(network, [[1.0]], [[1.0]], "quadratic").kinks == {1: 0, 2: 0}
    network.W[1][...] = 1 / 200
    assert check_gradient(network, [[200.0]], [[1.0]], "quadratic").kinks == {1: 0, 2: 1}


class HardTanh(Activation):
    """A reader's own, with two kinks."""

    name = "hard_tanh"
    kinks = (-1.0, 1.0)

    def __call__(self, z):
        return np.clip(z, -1, 1)

    def prime(self, z):
        return (np.abs(z) < 1).astype(z.dtype)


def test_kinks_of_an_activation_of_ones_own():
    network = Network((1, 1), output=HardTanh(), seed=0, dtype=np.float32)
    network.W[1][...] = 1
    x = [[-1.0], [0.0], [1.0], [2.0]]
    assert check_gradient(network, x, np.zeros((4, 1)), "quadratic").kinks == {1: 2}
