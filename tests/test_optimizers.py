import numpy as np
import pytest

from bplib import AdaGrad, Adam, AdamW, GradientDescent, Momentum, Nesterov, Network, RMSProp
from bplib.schedules import cosine, inverse_time


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


def test_nesterov_by_hand():
    network, grad_W, grad_b = setup()
    optimizer = Nesterov(0.5, beta=0.75)
    # v = 2, 3.5, 4.625 as momentum's; a step is ½(2 + ¾ v) = ½·3.5, ½·4.625, ½·5.46875
    for W in (8.25, 5.9375, 3.203125):
        optimizer.step(network, grad_W, grad_b)
        assert network.W[1] == W
    assert network.b[1] == -1 - (7 + 9.25 + 10.9375) / 2
    assert optimizer.v[0] == 4.625


def test_nesterov_takes_the_gradient_where_the_velocity_would_lead():
    """The rule in the form of the paper: from θ, look ahead along the velocity, and take the gradient there."""
    network = Network((1, 1), seed=0)
    network.W[1][...], network.b[1][...] = 10, 0
    optimizer, theta, velocity = Nesterov(0.1, beta=0.5), 10.0, 0.0
    for _ in range(20):  # of the loss W²
        optimizer.step(network, {1: 2 * network.W[1]}, {1: np.zeros((1, 1))})
        velocity = 0.5 * velocity - 0.1 * 2 * (theta + 0.5 * velocity)
        theta += velocity
        assert network.W[1].item() == pytest.approx(theta + 0.5 * velocity, rel=1e-12)


def test_adagrad_by_hand():
    network, grad_W, grad_b = setup()
    optimizer = AdaGrad(0.5, epsilon=1)
    # W: v = 4, 8, 12 and steps of ½·2/(√v + 1); b: v = 16, 32, 48 and steps of ½·4/(√v + 1)
    for k in (1, 2, 3):
        optimizer.step(network, grad_W, grad_b)
        assert optimizer.v.tolist() == [4 * k, 16 * k]
    W = sum(1 / (2 * k**0.5 + 1) for k in (1, 2, 3))
    assert network.W[1] == pytest.approx(10 - W, rel=1e-15)
    assert network.b[1] == pytest.approx(-1 - sum(2 / (4 * k**0.5 + 1) for k in (1, 2, 3)), rel=1e-15)


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


def test_adamw_by_hand():
    network, grad_W, grad_b = setup()
    optimizer = AdamW(0.5, beta1=0.5, beta2=0.75, epsilon=1, decay=0.1)
    # Adam's step of ½·2/(2 + 1), and ½·0.1 of the weight as it was before
    optimizer.step(network, grad_W, grad_b)
    assert network.W[1] == pytest.approx(10 - 1 / 3 - 0.5, rel=1e-15)
    assert network.b[1] == pytest.approx(-1 - 2 / 5 + 0.05, rel=1e-15)
    # The means of a gradient that stays are the gradient: the same step of Adam's again, twice
    W = network.W[1].item()
    for _ in range(2):
        optimizer.step(network, grad_W, grad_b)
        W = W - 1 / 3 - 0.05 * W
        assert network.W[1] == pytest.approx(W, rel=1e-14)


def test_adamw_without_decay_is_adam_and_its_decay_asks_no_gradient():
    pairs = []
    for optimizer in (Adam(0.1), AdamW(0.1, decay=0)):
        network, grad_W, grad_b = setup()
        for _ in range(3):
            optimizer.step(network, grad_W, grad_b)
        pairs.append((network.W[1].item(), network.b[1].item()))
    assert pairs[0] == pairs[1]
    network, grad_W, grad_b = setup()
    optimizer = AdamW(0.1)
    optimizer.step(network, {1: 0 * grad_W[1]}, {1: 0 * grad_b[1]})
    assert optimizer.decay == 0.01
    assert network.W[1] == pytest.approx(10 * (1 - 0.1 * 0.01), rel=1e-15)


def test_every_rule_over_1000_steps_is_optaxs():
    """On a random quadratic. By default optax has AdaGrad's and RMSProp's ε inside the root."""
    optax, jax = pytest.importorskip("optax"), pytest.importorskip("jax")
    rng = np.random.default_rng(0)
    A, start = rng.normal(size=(30, 20)), rng.normal(size=20)
    H = A.T @ A / 30
    tiny = 1e-300  # outside the root or inside, it makes no difference
    with jax.enable_x64(True):
        pairs = [
            (GradientDescent(0.1), optax.sgd(0.1)),
            (Momentum(0.05), optax.sgd(0.05, momentum=0.9)),
            (Nesterov(0.05), optax.sgd(0.05, momentum=0.9, nesterov=True)),
            (AdaGrad(0.1, tiny), optax.adagrad(0.1, initial_accumulator_value=0.0, eps=tiny)),
            # with an ε beside which the root is small: without, it jumps to and fro at the bottom, and rounding grows
            (RMSProp(0.05, 0.9, 1), optax.rmsprop(0.05, decay=0.9, eps=1, eps_in_sqrt=False)),
            (Adam(0.01), optax.adam(0.01)),
            (AdamW(0.01), optax.adamw(0.01, weight_decay=0.01)),
            (
                AdamW(lambda t: cosine(t, 0.01, 1000)),
                optax.adamw(optax.cosine_decay_schedule(0.01, 1000), weight_decay=0.01),
            ),
        ]

        # In one program, unoptimised, which halves the time that it takes to compile.
        def run(theirs, theta):
            def one_step(carry, _):
                theta, state = carry
                update, state = theirs.update(H @ theta, state, theta)
                return (optax.apply_updates(theta, update), state), None

            return jax.lax.scan(one_step, (theta, theirs.init(theta)), length=1000)[0][0]

        quickly = {"xla_backend_optimization_level": 0}
        program = jax.jit(lambda theta: [run(theirs, theta) for _, theirs in pairs], compiler_options=quickly)
        expected = program(jax.numpy.asarray(start))
    for (ours, _), theta in zip(pairs, expected, strict=True):
        network = Network((20, 1), seed=0)
        network.W[1][...] = start
        for _ in range(1000):
            ours.step(network, {1: network.W[1] @ H}, {1: np.zeros((1, 1))})
        np.testing.assert_allclose(network.W[1][0], theta, rtol=1e-12, atol=1e-12, err_msg=repr(ours))


RAVINES = [4, 25, 100, 900]


def slowest(optimizer, kappa, steps):
    """By what a step of the optimizer shortens the way to the bottom of ½ (κ W² + b²), in the end."""
    network = Network((1, 1), seed=0)
    network.W[1][...], network.b[1][...] = 1, 1
    sizes = []
    for _ in range(steps):
        optimizer.step(network, {1: kappa * network.W[1]}, {1: network.b[1].copy()})
        sizes.append(np.hypot(network.W[1], network.b[1]).item())
    # Momentum's way swings: the mean over the second half of the steps, by its logarithms.
    half = steps // 2
    return (max(sizes[-half // 4 :]) / max(sizes[: half // 4])) ** (1 / (steps - half // 4))


@pytest.mark.parametrize("kappa", RAVINES)
def test_the_steps_through_a_ravine_are_those_of_the_theory(kappa):
    root = kappa**0.5
    plain = slowest(GradientDescent(2 / (1 + kappa)), kappa, 20 * kappa)
    assert np.log(plain) == pytest.approx(np.log((kappa - 1) / (kappa + 1)), rel=0.05)
    momentum = Momentum(4 / (1 + root) ** 2, ((root - 1) / (root + 1)) ** 2)
    # Its matrix has a double eigenvalue: the length is that factor to the power t, times something that grows with t.
    ball = slowest(momentum, kappa, int(150 * root))
    assert np.log(ball) == pytest.approx(np.log((root - 1) / (root + 1)), rel=0.05)


def test_a_schedule_is_asked_for_every_step():
    asked = []

    def rate(t):
        asked.append(t)
        return np.float64(0.5) / (1 + t)

    for kind in (GradientDescent, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW):
        network, grad_W, grad_b = setup(np.float32)
        optimizer = kind(rate)
        asked.clear()
        for _ in range(3):
            optimizer.step(network, grad_W, grad_b)
        assert asked == [0, 1, 2]
        assert optimizer.t == 3
        assert network.W[1].dtype == np.float32
    network, grad_W, grad_b = setup()
    optimizer = GradientDescent(lambda t: inverse_time(t, 0.5, 1))
    for W in (9, 8.5, 8.5 - 1 / 3):  # rates ½, ¼, ⅙ for the gradient 2
        optimizer.step(network, grad_W, grad_b)
        assert network.W[1] == pytest.approx(W, rel=1e-15)


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


KINDS = [GradientDescent, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW]


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
    assert repr(Nesterov(1)) == "Nesterov(learning_rate=1.0, beta=0.9)"
    assert repr(AdaGrad(1)) == "AdaGrad(learning_rate=1.0, epsilon=1e-08)"
    assert repr(AdamW()) == "AdamW(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08, decay=0.01)"
    assert repr(RMSProp(1)) == "RMSProp(learning_rate=1.0, beta=0.9, epsilon=1e-08)"
    assert repr(Adam()) == "Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08)"


def test_a_rate_of_numpys_widens_no_step(monkeypatch):
    steps = []
    monkeypatch.setattr("bplib.optimizers._descend", lambda network, step: steps.append(step.dtype))
    for kind in (Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW):
        network, grad_W, grad_b = setup(np.float32)
        kind(lambda t: np.float64(0.1)).step(network, grad_W, grad_b)
    assert set(steps) == {np.dtype(np.float32)}
