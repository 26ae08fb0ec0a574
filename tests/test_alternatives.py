"""Each alternative to backpropagation is held to what its theory promises."""

import numpy as np
import pytest

from bplib import (
    GradientDescent,
    Network,
    backprop,
    backward,
    forward,
    get_loss,
    numerical_gradient,
    one_hot,
    relative_error,
    train,
)
from bplib import alternatives as alt
from bplib.alternatives import ESTIMATORS, angle, layers, learn, vector
from bplib.datasets import digits, spirals
from bplib.network import feedforward

C = get_loss("softmax_cross_entropy")
STOCHASTIC = [name for name in ESTIMATORS if name not in ("backpropagation", "finite differences")]


def task(sizes=(3, 4, 2), m=5, seed=0, f="tanh"):
    """A network, examples as rows and labels, and the same as columns."""
    rng = np.random.default_rng(seed)
    network = Network(sizes, f, "identity", seed=seed)
    for l in network.b:
        network.b[l][...] = rng.normal(size=network.b[l].shape)
    x, labels = rng.normal(size=(m, sizes[0])), rng.integers(0, sizes[-1], m)
    return network, x, labels, x.T, one_hot(labels, sizes[-1]).T


def gradient(network, x, labels):
    g = backprop(network, x, labels, C)
    return vector(g.grad_W, g.grad_b)


def apart(u, v):
    """The length of the difference of two gradients, relative to the second."""
    u, v = (w if isinstance(w, np.ndarray) else vector(*w) for w in (u, v))
    return np.linalg.norm(u - v) / np.linalg.norm(v)


# -- estimates of the gradient -------------------------------------------------------------------------------------


def test_a_vector_of_all_parameters_comes_back_as_it_was():
    network, *_ = task((3, 4, 2))
    v = vector(network.W, network.b)
    assert v.shape == (network.n_parameters,)
    assert v[:3].tolist() == network.W[1][0].tolist()
    W, b = layers(network, v)
    for l in network.W:
        assert (W[l] == network.W[l]).all()
        assert (b[l] == network.b[l]).all()


def test_finite_differences_are_the_gradient():
    network, x, labels, *_ = task((3, 4, 3, 2))
    theirs = alt.finite_differences(network, x, labels, C)
    assert apart(theirs, gradient(network, x, labels)) < 1e-7
    # and of some parameters the mean over all of them
    n = network.n_parameters
    for samples in (1, 5):
        some = vector(*alt.finite_differences(network, x, labels, C, samples=samples, seed=3))
        asked = np.flatnonzero(some)
        assert len(asked) == samples
        np.testing.assert_allclose(some[asked] * samples / n, vector(*theirs)[asked], rtol=1e-12)


def test_a_tangent_has_the_exact_slope_along_every_basis_vector():
    network, x, labels, columns, y = task((3, 4, 3, 2))
    slopes = [alt.tangent_slope(network, columns, y, C, e) for e in np.eye(network.n_parameters)]
    np.testing.assert_allclose(slopes, gradient(network, x, labels), rtol=1e-12, atol=1e-16)


def test_a_tangent_is_what_jax_says():
    jax = pytest.importorskip("jax")
    network, _, _, columns, y = task((3, 4, 2))
    v = np.random.default_rng(1).normal(size=network.n_parameters)

    def loss(theta):
        W, b = layers(network, theta)
        a = jax.numpy.tanh(W[1] @ columns + b[1])
        a = W[2] @ a + b[2]
        return -(y * jax.nn.log_softmax(a, axis=0)).sum() / y.shape[1]

    with jax.enable_x64(True):
        _, slope = jax.jvp(loss, (vector(network.W, network.b),), (v,))
    assert alt.tangent_slope(network, columns, y, C, v) == pytest.approx(float(slope), rel=1e-12)
    assert alt.difference_slope(network, columns, y, C, v, 1e-5) == pytest.approx(float(slope), rel=1e-7)


DRAWN = {  # the directions of each estimator, and the slope along them
    "SPSA": (alt.signs, lambda *a: alt.difference_slope(*a, 1e-3)),
    "evolution strategy": (alt.normals, lambda *a: alt.difference_slope(*a, 0.01)),
    "forward gradient": (alt.normals, alt.tangent_slope),
}


@pytest.mark.parametrize("name", STOCHASTIC)
def test_an_estimate_is_the_mean_of_slope_times_direction(name):
    network, x, labels, columns, y = task()
    draw, slope = DRAWN[name]
    v = draw(network.n_parameters, 3, 7)
    expected = np.mean([slope(network, columns, y, C, u) * u for u in v], axis=0)
    np.testing.assert_allclose(vector(*ESTIMATORS[name](network, x, labels, C, samples=3, seed=7)), expected)


@pytest.mark.parametrize("name", STOCHASTIC)
def test_an_estimate_is_unbiased_and_has_the_variance_that_theory_says(name):
    draws = 10_000
    network, x, labels, columns, y = task((2, 1, 2), m=1)
    g, n = gradient(network, x, labels), network.n_parameters
    draw, slope = DRAWN[name]
    v = draw(n, draws, 5)
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):  # the same lines for all draws at once
        slopes = np.asarray(jax.jit(jax.vmap(lambda u: slope(network, columns, y, C, u)))(v))
    assert slopes[0] == pytest.approx(float(slope(network, columns, y, C, v[0])), rel=1e-9)
    estimates = slopes[:, None] * v
    error = estimates.std(axis=0, ddof=1) / np.sqrt(draws)
    assert (np.abs(estimates.mean(axis=0) - g) < 3 * error).all()
    times = np.sum(estimates.var(axis=0)) / np.sum(g**2)
    assert times == pytest.approx(n - 1 if name == "SPSA" else n + 1, rel=0.05)


@pytest.mark.parametrize("name", STOCHASTIC)
def test_the_variance_grows_with_the_number_of_parameters(name):
    n, variance = [], []
    for width in (1, 8, 64):
        network, x, labels, *_ = task((3, width, 2), m=2)
        g = gradient(network, x, labels)
        rng = np.random.default_rng(1)
        squares = [
            np.sum((vector(*ESTIMATORS[name](network, x, labels, C, samples=1, seed=rng)) - g) ** 2)
            for _ in range(150)
        ]
        n.append(network.n_parameters)
        variance.append(np.mean(squares) / np.sum(g**2))
    slope = np.polyfit(np.log(n), np.log(variance), 1)[0]
    assert slope == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"x": [[1.0, 2.0]]}, ValueError, "x has shape (1, 2), expected (m, 3)"),
        ({"C": "softmax"}, ValueError, "unknown loss 'softmax'"),
        ({"network": None}, TypeError, "network must be a Network"),
    ],
)
def test_what_does_not_fit_is_said(name, wrong, error, message):
    network, x, labels, *_ = task()
    given = {"network": network, "x": x, "y": labels, "C": C} | wrong
    with pytest.raises(error) as raised:
        ESTIMATORS[name](**given, samples=1, seed=0)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("SPSA", {"samples": 0}, "samples must be an integer of at least 1, got 0"),
        ("SPSA", {"h": 0.0}, "h must be a positive number, got 0.0"),
        ("finite differences", {"samples": 99}, "samples must be an integer from 1 to 26, got 99"),
        ("finite differences", {"h": -1}, "h must be a positive number, got -1"),
        ("evolution strategy", {"sigma": -0.1}, "sigma must be a positive number, got -0.1"),
        ("forward gradient", {"samples": -2}, "samples must be an integer of at least 1, got -2"),
        ("forward gradient", {"seed": 1.5}, "seed must be an integer or a numpy.random.Generator, got 1.5"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(name, wrong, message):
    network, x, labels, *_ = task()
    with pytest.raises((TypeError, ValueError)) as raised:
        ESTIMATORS[name](network, x, labels, C, **({"seed": 0} | wrong))
    assert str(raised.value) == message


# -- other ways to send the error back -----------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(3, 4, 2), (3, 4, 5, 4, 2)])
def test_with_the_transposed_weights_feedback_is_backpropagation(sizes):
    network, _, _, x, y = task(sizes)
    z, a = feedforward(network, x)
    ours, theirs = backward(network, z, a, y, C), alt.feed_back(network, z, a, y, C, alt.transposed(network))
    for right, given in zip(ours, theirs, strict=True):
        for l in right:
            np.testing.assert_allclose(given[l], right[l], rtol=1e-13)


def test_direct_feedback_sends_the_delta_of_the_output_to_every_layer():
    network, _, _, x, y = task((3, 4, 5, 2))
    B = alt.random_feedback(network, seed=1, direct=True)
    assert {l: m.shape for l, m in B.items()} == {1: (4, 2), 2: (5, 2)}
    z, a = feedforward(network, x)
    delta, *_ = alt.feed_back(network, z, a, y, C, B, direct=True)
    for l in (1, 2):
        np.testing.assert_allclose(delta[l], (B[l] @ delta[3]) * (1 - a[l] ** 2))
    # layer after layer it is another; with one hidden layer it is the same
    B = alt.random_feedback(network, seed=1)
    assert {l: m.shape for l, m in B.items()} == {1: (4, 5), 2: (5, 2)}
    chained, *_ = alt.feed_back(network, z, a, y, C, B)
    np.testing.assert_allclose(chained[1], (B[1] @ chained[2]) * (1 - a[1] ** 2))


def test_sign_symmetry_knows_the_signs_alone():
    network, *_ = task((3, 4, 5, 2))
    for l, B in alt.sign_feedback(network).items():
        assert (np.sign(B) == np.sign(network.W[l + 1].T)).all()
        np.testing.assert_allclose(np.abs(B), np.abs(network.W[l + 1]).mean())


def test_feedback_aligns_while_it_learns():
    data = digits()
    x, y = data.x_train.T, one_hot(data.y_train, 10).T
    start, end = [], []
    for seed in range(3):
        network = Network([64, 32, 10], "tanh", "identity", seed=seed)
        B = alt.random_feedback(network, seed=100 + seed)

        def deltas(network=network, B=B):
            z, a = feedforward(network, x)
            return backward(network, z, a, y, C)[0][1], alt.feed_back(network, z, a, y, C, B)[0][1]

        def step(network, x, y, B=B):
            return alt.feed_back(network, *feedforward(network, x), y, C, B)[1:]

        start.append(angle(*deltas()))
        learn(network, x, y, step, learning_rate=0.3, epochs=6, batch_size=32, seed=seed)
        end.append(angle(*deltas()))
    assert min(start) > 80
    assert max(end) < 60


def test_angles():
    assert angle([1, 0], [0, 2]) == 90
    assert angle([[1, 2], [3, 4]], [[2, 4], [6, 8]]) == pytest.approx(0, abs=1e-5)
    assert angle([1, 0], [-3, 0]) == 180
    assert angle([1, 0], [1, 1]) == pytest.approx(45)


def test_difference_targets_with_one_hidden_layer_are_backpropagation():
    network, _, _, x, y = task((3, 4, 2))
    z, a = feedforward(network, x)
    _, *theirs = alt.difference_targets(network, alt.random_inverses(network, seed=0), z, a, y, C)
    assert apart(theirs, backward(network, z, a, y, C)[1:]) < 1e-14


def test_difference_targets_with_exact_inverses_of_turns_are_backpropagation():
    network, _, _, x, y = task((4, 4, 4, 4, 3), f="identity")
    rng = np.random.default_rng(0)
    for l in (2, 3):
        network.W[l] = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    inverses = alt.Inverses(
        {l: network.W[l + 1].T for l in (1, 2)}, {l: -network.W[l + 1].T @ network.b[l + 1] for l in (1, 2)}
    )
    z, a = feedforward(network, x)
    np.testing.assert_allclose(inverses.back(network, 1, a[2]), a[1])
    for step in (0.01, 1.0):
        _, *theirs = alt.difference_targets(network, inverses, z, a, y, C, step)
        assert apart(theirs, backward(network, z, a, y, C)[1:]) < 1e-12


def test_the_difference_takes_out_what_an_inverse_gets_wrong():
    network, _, _, x, y = task((3, 4, 5, 2))
    inverses = alt.random_inverses(network, seed=1)  # untaught
    z, a = feedforward(network, x)
    delta, *_ = alt.difference_targets(network, inverses, z, a, y, C, step=1e-6)
    guess = inverses.back(network, 1, a[2])
    assert np.abs(guess - a[1]).max() > 0.1
    through = inverses.V[1] @ (network.W[3].T @ delta[3]) * (1 - guess**2)
    np.testing.assert_allclose(delta[1], through * (1 - a[1] ** 2), rtol=1e-4, atol=1e-6)


def test_the_gradient_by_which_inverses_learn():
    network, _, _, x, _ = task((3, 4, 5, 2))
    inverses = alt.random_inverses(network, seed=1)
    _, a = feedforward(network, x)
    noise = {1: np.random.default_rng(2).normal(0, 0.1, a[1].shape)}
    # the same as a network 4-5-4 whose second layer is the inverse
    twin = Network([4, 5, 4], "tanh", "tanh", seed=0)
    twin.W, twin.b = {1: network.W[2], 2: inverses.V[1]}, {1: network.b[2], 2: inverses.c[1]}
    true = (a[1] + noise[1]).T
    grad_W, grad_b = numerical_gradient(twin, true, true, "quadratic")
    grad_V, grad_c = alt.inverse_gradients(network, inverses, a, noise)
    assert relative_error(grad_V[1], grad_W[2]) < 1e-7
    assert relative_error(grad_c[1], grad_b[2]) < 1e-7


# -- networks that settle ------------------------------------------------------------------------------------------


def slope_of(errors, betas):
    return np.polyfit(np.log(betas), np.log(errors), 1)[0]


@pytest.mark.parametrize(("two_sided", "power"), [(True, 2), (False, 1)])
def test_equilibrium_propagation_tends_to_backpropagation(two_sided, power):
    network, x, labels, columns, y = task((3, 6, 2))
    g, betas = gradient(network, x, labels), [0.4, 0.2, 0.1, 0.05]
    errors = [
        apart(
            alt.equilibrium_propagation(network, columns, y, C, beta=beta, steps=80, two_sided=two_sided), g
        )
        for beta in betas
    ]
    assert slope_of(errors, betas) == pytest.approx(power, abs=0.1)
    assert errors[-1] < 0.05


def test_equilibrium_propagation_finds_the_gradient_of_the_settled_network():
    network, _, _, x, y = task((3, 4, 3, 2))
    for l in network.W:
        network.W[l] *= 0.5  # so that it settles soon
    theta = vector(network.W, network.b)

    def loss(theta):
        return C(alt.settled(alt.with_parameters(network, *layers(network, theta)), x, steps=100), y)

    h = 1e-5
    right = np.array(
        [(loss(theta + h * e) - loss(theta - h * e)) / (2 * h) for e in np.eye(network.n_parameters)]
    )
    ours = alt.equilibrium_propagation(network, x, y, C, beta=0.01, steps=100)
    assert apart(ours, right) < 1e-4
    plain = vector(*backward(network, *feedforward(network, x), y, C)[1:])
    assert apart(plain, right) > 0.05  # of another network than the forward pass


def test_a_settled_network_rests():
    network, _, _, x, _ = task((3, 4, 3, 2))
    for l in network.W:
        network.W[l] *= 0.5
    s = alt.settle(network, x, steps=100)
    W, b = network.W, network.b
    np.testing.assert_allclose(s[1], np.tanh(W[1] @ x + b[1] + W[2].T @ s[2]), atol=1e-12)
    np.testing.assert_allclose(s[2], np.tanh(W[2] @ s[1] + b[2]), atol=1e-12)
    assert s[0] is x


def test_predictive_coding_tends_to_backpropagation():
    network, x, labels, columns, y = task((3, 5, 4, 2))
    g, betas = gradient(network, x, labels), [0.4, 0.2, 0.1, 0.05]
    errors = [apart(alt.predictive_coding(network, columns, y, C, beta=beta, steps=400), g) for beta in betas]
    assert slope_of(errors, betas) == pytest.approx(1, abs=0.15)
    small = alt.predictive_coding(network, columns, y, C, beta=1e-4, steps=400)
    assert apart(small, g) < 1e-3
    # with a full pull it is something else
    assert apart(alt.predictive_coding(network, columns, y, C, beta=1.0, steps=400), g) > 0.1


# -- goodness ------------------------------------------------------------------------------------------------------


def layer_losses(network, right, wrong, threshold=2.0):
    """The loss of each layer of forward-forward, from the definition."""
    losses = {}
    for l in network.W:
        right, wrong = (np.maximum(network.W[l] @ a + network.b[l], 0) for a in (right, wrong))
        good, bad = (np.mean(a**2, axis=0) for a in (right, wrong))
        losses[l] = np.mean(np.log1p(np.exp(threshold - good)) + np.log1p(np.exp(bad - threshold)))
        right, wrong = (a / np.sqrt(np.mean(a**2, axis=0) + 1e-8) for a in (right, wrong))
    return losses


def test_every_layer_of_forward_forward_goes_down_its_own_loss():
    network = Network([5, 4, 3], "relu", "relu", init="he", seed=1)
    right, wrong = np.random.default_rng(0).normal(size=(2, 5, 6))
    grad_W, grad_b = alt.forward_forward(network, right, wrong)
    for l in network.W:
        for part, grad in ((network.W[l], grad_W[l]), (network.b[l], grad_b[l])):
            for place in np.ndindex(part.shape):
                here, h, C_at = part[place], 1e-6, []
                for side in (1, -1):
                    part[place] = here + side * h
                    C_at.append(layer_losses(network, right, wrong)[l])
                part[place] = here
                assert grad[place] == pytest.approx((C_at[0] - C_at[1]) / (2 * h), rel=1e-5, abs=1e-8)


def test_goodness_rises_for_right_labels_and_falls_for_wrong_ones():
    data, rng = digits(), np.random.default_rng(0)
    x, y = data.x_train.T, one_hot(data.y_train, 10).T
    network = Network([74, 30, 30], "relu", "relu", init="he", seed=0)

    def step(network, x, y):
        wrong = one_hot(alt.other_labels(y.argmax(axis=0), 10, seed=rng), 10).T
        return alt.forward_forward(network, alt.labelled(x, y), alt.labelled(x, wrong))

    def mean_goodness():
        g = alt.label_goodness(network, x, 10) / network.L
        right = np.sum(g * y) / x.shape[1]
        return right, (g.sum() / x.shape[1] - right) / 9

    # at the threshold, where both have as far to go
    network.W[1] *= np.sqrt(2 / alt.goodness(feedforward(network, alt.labelled(x, y))[1][1]).mean())
    network.W[2] *= np.sqrt(2)
    right, wrong = mean_goodness()
    assert abs(right - wrong) < 0.05
    learn(network, x, y, step, learning_rate=1.0, epochs=5, batch_size=32, seed=0)
    right_after, wrong_after = mean_goodness()
    assert right_after > right + 0.1
    assert wrong_after < wrong - 0.1
    said = alt.label_goodness(network, data.x_test.T, 10).argmax(axis=0)
    assert np.mean(said == data.y_test) > 0.6


def test_a_wrong_label_is_never_the_right_one():
    labels = np.arange(3000) % 3
    wrong = alt.other_labels(labels, 3, seed=0)
    assert (wrong != labels).all()
    assert set(wrong) == {0, 1, 2}
    for label in range(3):
        counts = np.bincount(wrong[labels == label], minlength=3)
        assert counts[label] == 0
        assert sorted(counts)[1] > 430


def test_what_goes_on_to_the_next_layer_has_no_length():
    a = np.random.default_rng(0).random((4, 6))
    np.testing.assert_allclose(alt.goodness(alt.normalised(a)), 1, rtol=1e-6)
    np.testing.assert_allclose(alt.normalised(3 * a), alt.normalised(a), rtol=1e-6)


# -- training ------------------------------------------------------------------------------------------------------


def test_learning_by_backpropagation_is_what_train_does():
    data = digits()
    x, labels = data.x_train[:100], data.y_train[:100]
    ours, theirs = (Network([64, 8, 10], "tanh", "identity", seed=0) for _ in range(2))
    train(
        ours, x, labels, C, learning_rate=0.3, batch_size=32, drop_last=True, epochs=3, seed=5, progress=False
    )

    def step(network, x, y):
        return backward(network, *feedforward(network, x), y, C)[1:]

    learn(theirs, x.T, one_hot(labels, 10).T, step, learning_rate=0.3, epochs=3, batch_size=32, seed=5)
    for l in ours.W:
        np.testing.assert_allclose(theirs.W[l], ours.W[l], rtol=1e-12, atol=1e-15)


def test_a_layer_without_a_gradient_is_frozen():
    network, _, _, x, y = task((3, 4, 2), m=8)
    before = network.copy()

    def last(network, x, y):
        _, a = feedforward(network, x)
        return alt.gradients({2: C.grad(a[2], y)}, a)

    learn(network, x, y, last, learning_rate=0.5, epochs=2, batch_size=4, seed=0)
    assert (network.W[1] == before.W[1]).all()
    assert (network.b[1] == before.b[1]).all()
    assert (network.W[2] != before.W[2]).any()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimate_is_a_step_for_an_optimizer_and_changes_nothing_itself(name):
    network, x, labels, *_ = task()
    before = network.copy()
    grad_W, grad_b = ESTIMATORS[name](network, x, labels, C, samples=1, seed=0)
    for l in network.W:
        assert (network.W[l] == before.W[l]).all()
    GradientDescent(0.1).step(network, grad_W, grad_b)
    assert forward(network, x)


def test_the_upper_layers_of_forward_forward_fall_silent_at_a_large_rate():
    """What the chapter says of the hidden spirals, where 30 was the best rate: one epoch is enough."""
    rng = np.random.default_rng(0)
    x, labels = spirals(960, 3, 0.02, seed=0, turns=1.0)
    turn, _ = np.linalg.qr(rng.normal(size=(8, 8)))
    x, y = (np.column_stack([x, rng.normal(0, 0.3, (960, 6))]) @ turn).T, one_hot(labels, 3).T
    network = Network([11, 32, 32, 32], "relu", "relu", init="he", seed=0)

    def step(network, x, y):
        wrong = alt.other_labels(y.argmax(axis=0), 3, seed=rng)
        return alt.forward_forward(network, alt.labelled(x, y), alt.labelled(x, one_hot(wrong, 3).T))

    alt.learn(network, x, y, step, learning_rate=30.0, epochs=1, batch_size=32, seed=0)
    a, speak = alt.labelled(x, y), []
    for l in network.W:
        a = network.activation[l](network.W[l] @ a + network.b[l])
        speak.append(int((a > 0).any(axis=1).sum()))
        a = alt.normalised(a)
    assert speak[0] > 5
    assert speak[1:] == [0, 0]
