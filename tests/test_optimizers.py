import numpy as np
import pytest

from bplib import Adam, GradientDescent, Momentum, Network, RMSProp


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


def test_rmsprop_by_hand():
    network, grad_W, grad_b = setup()
    optimizer = RMSProp(0.5, beta=0.75, epsilon=1)
    optimizer.step(network, grad_W, grad_b)
    # W: v = ¼·2² = 1, a step of ½·2/(1 + 1). b: v = ¼·4² = 4, a step of ½·4/(2 + 1)
    assert network.W[1] == 10 - 0.5
    assert network.b[1] == pytest.approx(-1 - 2 / 3, rel=1e-15)
    grad_W[1][...] = 0
    optimizer.step(network, grad_W, grad_b)
    # W: without a gradient no step, v = ¾; b: v = ¾·4 + 4 = 7
    assert network.W[1] == 9.5
    assert network.b[1] == pytest.approx(-1 - 2 / 3 - 2 / (1 + 7**0.5), rel=1e-15)


def test_adam_by_hand():
    network, grad_W, grad_b = setup()
    optimizer = Adam(0.5, beta1=0.5, beta2=0.75, epsilon=1)
    optimizer.step(network, grad_W, grad_b)
    # The corrected means are the gradient and its square at first: steps of ½·2/(2 + 1) and ½·4/(4 + 1)
    assert network.W[1] == pytest.approx(10 - 1 / 3, rel=1e-15)
    assert network.b[1] == pytest.approx(-1 - 2 / 5, rel=1e-15)
    grad_W[1][...] = -4
    optimizer.step(network, grad_W, grad_b)
    # m = ½·1 - ½·4 = -1.5 over 1 - ½² is -2; v = ¾·1 + ¼·16 = 4.75 over 1 - ¾² is 76/7
    assert network.W[1] == pytest.approx(10 - 1 / 3 + 1 / (1 + (76 / 7) ** 0.5), rel=1e-15)


def test_rmsprop_and_adam_against_autograds_optimizers():
    optimizers = pytest.importorskip("autograd.misc.optimizers")
    rng = np.random.default_rng(0)
    network = Network((3, 4, 2), seed=0)
    A = rng.normal(size=(30, network.n_parameters))  # the gradient of ½‖A θ‖²/30, in the order of W and b

    def theta(network):
        return np.concatenate([p.ravel() for p in (*network.W.values(), *network.b.values())])

    def grad(theta, step):
        return A.T @ (A @ theta) / 30

    rmsprop = RMSProp(0.01)
    rmsprop.v = 1.0  # where autograd's starts
    for ours, theirs in ((rmsprop, optimizers.rmsprop), (Adam(0.01), optimizers.adam)):
        trained = network.copy()
        for step in range(40):
            g = iter(np.split(grad(theta(trained), step), np.cumsum([12, 8, 4])))
            grad_W = {l: next(g).reshape(W.shape) for l, W in trained.W.items()}
            grad_b = {l: next(g).reshape(b.shape) for l, b in trained.b.items()}
            ours.step(trained, grad_W, grad_b)
        expected = theirs(grad, theta(network), num_iters=40, step_size=0.01)
        np.testing.assert_allclose(theta(trained), expected, rtol=1e-9)


KINDS = [GradientDescent, Momentum, RMSProp, Adam]


@pytest.mark.parametrize("kind", KINDS)
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
    assert repr(RMSProp(1)) == "RMSProp(learning_rate=1.0, beta=0.9, epsilon=1e-08)"
    assert repr(Adam()) == "Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08)"
