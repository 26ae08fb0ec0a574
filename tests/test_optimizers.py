import numpy as np
import pytest

from bplib import GradientDescent, Momentum, Network


def setup(dtype=np.float64):
    network = Network((1, 1), seed=0, dtype=dtype)
    network.W[1][...] = 10
    network.b[1][...] = -1
    return network, {1: np.array([[2]], dtype)}, {1: np.array([[4]], dtype)}


def test_gradient_descent_by_hand():
    network, grad_W, grad_b = setup()
    GradientDescent(0.5).step(network, grad_W, grad_b)
    assert network.W[1] == 9  # 10 - ½·2
    assert network.b[1] == -3  # -1 - ½·4


def test_momentum_by_hand():
    network, grad_W, grad_b = setup()
    optimizer = Momentum(0.5, beta=0.75)
    # v = 2, then ¾·2 + 2 = 3.5, then ¾·3.5 + 2 = 4.625; W falls by half of each
    for W in (9, 7.25, 4.9375):
        optimizer.step(network, grad_W, grad_b)
        assert network.W[1] == W
    assert network.b[1] == -1 - (4 + 7 + 9.25) / 2
    assert grad_W[1] == 2  # the gradient itself is not changed


def test_momentum_without_beta_is_gradient_descent():
    one, grad_W, grad_b = setup()
    other, _, _ = setup()
    plain, ball = GradientDescent(0.3), Momentum(0.3, beta=0)
    for _ in range(3):
        plain.step(one, grad_W, grad_b)
        ball.step(other, grad_W, grad_b)
    assert one.W[1] == other.W[1]


def test_momentum_is_0_9_by_default_and_grows_tenfold_on_a_steady_slope():
    network, grad_W, grad_b = setup()
    optimizer = Momentum(0.5)
    assert optimizer.beta == 0.9
    for _ in range(400):
        optimizer.step(network, grad_W, grad_b)
    before = network.W[1].copy()
    optimizer.step(network, grad_W, grad_b)
    assert before - network.W[1] == pytest.approx(10 * 0.5 * 2, rel=1e-12)


@pytest.mark.parametrize("kind", [GradientDescent, Momentum])
def test_arrays_keep_identity_and_dtype(kind):
    network, grad_W, grad_b = setup(np.float32)
    W, b = network.W[1], network.b[1]
    optimizer = kind(np.float64(0.5))  # a numpy scalar that would widen float32
    for _ in range(2):
        optimizer.step(network, grad_W, grad_b)
    assert network.W[1] is W
    assert network.b[1] is b
    assert W.dtype == b.dtype == np.float32
    assert W < 10


def test_repr():
    assert repr(GradientDescent(0.5)) == "GradientDescent(learning_rate=0.5)"
    assert repr(Momentum(1)) == "Momentum(learning_rate=1.0, beta=0.9)"
