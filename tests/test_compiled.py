"""The same lines with other arrays than numpy's: JAX's, compiled, and those of a library that is strict."""

import builtins
import copy
import re

import numpy as np
import pytest

import bplib.compiled
from bplib import (
    Activation,
    AdaGrad,
    Adam,
    AdamW,
    DivergenceError,
    GradientDescent,
    Momentum,
    Nesterov,
    Network,
    RMSProp,
    backward,
    get_loss,
    train,
)
from bplib.activations import ACTIVATIONS
from bplib.datasets import digits, xor
from bplib.losses import LOSSES
from bplib.network import feedforward
from bplib.schedules import cosine, warm_up

jax = pytest.importorskip("jax")
jnp = jax.numpy


# Compiled as readers have it; all else without XLA's optimisations, which takes three quarters of the time.
OPTIMISED = {"test_digits_in_batches", "test_xor_in_full_batch"}


@pytest.fixture(autouse=True)
def x64(request):
    jax.config.update("jax_disable_most_optimizations", request.node.originalname not in OPTIMISED)
    with jax.enable_x64(True):
        yield
    jax.config.update("jax_disable_most_optimizations", False)


SIZES = {1: (3, 2), 2: (3, 4, 2), 3: (3, 5, 4, 2)}
RULES = [GradientDescent, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW]
KINDS = [(f, C, depth) for f in ACTIVATIONS for C in LOSSES for depth in SIZES]


def case(f, C, depth, dtype=np.float64):
    """A network, and examples as columns."""
    output = "identity" if get_loss(C).logits else f
    network = Network(SIZES[depth], f, output, seed=depth, dtype=dtype)
    rng = np.random.default_rng(0)
    y = rng.dirichlet(np.ones(2), 7)
    return network, rng.normal(size=(3, 7)).astype(dtype), y.T.astype(dtype), get_loss(C)


def with_weights(network, W, b):
    twin = copy.copy(network)
    twin.W, twin.b = dict(W), dict(b)
    return twin


def one_pass(network, x, y, C):
    """The loss, the gradients and the classes."""
    z, a = feedforward(network, x)
    _, grad_W, grad_b = backward(network, z, a, y, C)
    return C(a[network.L], y), (grad_W, grad_b), C.classify(a[network.L], axis=0)


RULES = [GradientDescent, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW]


# -- the four equations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_numpy_jit_and_jax_grad_agree(dtype, rtol):
    """For every activation, loss and depth; JAX differentiates the forward pass by itself.

    A type that is not kept shows in every depth: of float32 one is enough.
    """
    kinds = [kind for kind in KINDS if dtype == np.float64 or kind[2] == 2]
    cases = [case(*kind, dtype) for kind in kinds]

    def cost(weights, network, x, y, C):
        twin = with_weights(network, *weights)
        _, a = feedforward(twin, x)
        return C(a[twin.L], y)

    @jax.jit
    def both(given):
        ours, theirs = [], []
        for (W, b, x, y), (network, _, _, C) in zip(given, cases, strict=True):
            ours.append(one_pass(with_weights(network, W, b), x, y, C))
            theirs.append(jax.grad(cost)((W, b), network, x, y, C))
        return ours, theirs

    compiled, independent = both([(n.W, n.b, x, y) for n, x, y, _ in cases])
    for kind, (network, x, y, C), (loss, grads, classes), other in zip(
        kinds, cases, compiled, independent, strict=True
    ):
        expected, right, right_classes = one_pass(network, x, y, C)
        np.testing.assert_allclose(loss, expected, rtol=rtol, err_msg=str(kind))
        assert (np.asarray(classes) == right_classes).all()
        assert loss.dtype == dtype
        for p, q, r in zip(*map(jax.tree.leaves, (grads, other, right)), strict=True):
            assert p.dtype == q.dtype == r.dtype == dtype
            np.testing.assert_allclose(p, r, rtol=rtol, atol=rtol, err_msg=str(kind))
            np.testing.assert_allclose(q, r, rtol=rtol, atol=rtol, err_msg=str(kind))


@pytest.mark.parametrize(("f", "C", "depth"), KINDS)
def test_a_library_that_is_strict_gives_the_same_bits(f, C, depth):
    """array_api_strict has nothing that the standard has not; inside it is numpy."""
    strict = pytest.importorskip("array_api_strict")
    network, x, y, C = case(f, C, depth)
    W, b = ({l: strict.asarray(w) for l, w in p.items()} for p in (network.W, network.b))
    ours = one_pass(network, x, y, C)
    theirs = one_pass(with_weights(network, W, b), strict.asarray(x), strict.asarray(y), C)
    for p, q in zip(*map(jax.tree.leaves, (ours, theirs)), strict=True):
        assert (np.asarray(p) == np.asarray(q)).all()


@pytest.mark.parametrize("C", ["quadratic", "binary_cross_entropy"])
def test_the_side_that_one_output_is_on(C):
    strict = pytest.importorskip("array_api_strict")
    for asarray in (np.asarray, strict.asarray, jnp.asarray):
        classes = get_loss(C).classify(asarray([[-1.0, 0.2, 0.7]]), axis=0)
        assert np.asarray(classes).tolist() == ([0, 0, 1] if C == "quadratic" else [0, 1, 1])
        assert np.asarray(classes).dtype == np.int64


@pytest.mark.parametrize("kind", RULES)
def test_the_rules_of_the_optimizers_work_on_arrays_that_cannot_be_written_into(kind):
    network, x, y, C = case("tanh", "quadratic", 2)
    twin = with_weights(
        network, *jax.tree.map(jnp.array, (network.W, network.b))
    )  # copies: device_put may not copy
    ours, theirs = kind(0.1), kind(0.1)
    for _ in range(3):
        for n, optimizer in ((network, ours), (twin, theirs)):
            optimizer.step(n, *one_pass(n, x, y, C)[1])
    for p, q in zip(*map(jax.tree.leaves, ((network.W, network.b), (twin.W, twin.b))), strict=True):
        assert isinstance(q, jax.Array)
        np.testing.assert_allclose(p, q, rtol=1e-12)


# -- training ------------------------------------------------------------------------------------------------------


def parameters(network):
    return [*network.W.values(), *network.b.values()]


def both(make, x, y, loss, optimizer, rtol=1e-9, **how):
    """Train with and without compiling; assert that all came out alike; give the compiled one's network, history."""
    networks, optimizers, histories, errors = [make(), make()], [optimizer(), optimizer()], [], []
    rngs = np.random.default_rng(3), np.random.default_rng(3)
    for compiled in (False, True):
        arrays = parameters(networks[compiled])
        try:
            histories.append(
                train(
                    networks[compiled], x, y, loss,
                    optimizer=optimizers[compiled], seed=rngs[compiled], compiled=compiled, **how,
                )
            )  # fmt: skip
        except DivergenceError as error:
            errors.append(str(error))
            histories.append(error.history)
        assert all(p is q for p, q in zip(arrays, parameters(networks[compiled]), strict=True))
    one, other = histories
    assert len(errors) in (0, 2)
    assert len(set(errors)) <= 1
    assert (one.stopped, one.best_epoch) == (other.stopped, other.best_epoch)
    assert one.accuracy == other.accuracy
    assert one.validation_accuracy == other.validation_accuracy
    np.testing.assert_allclose(one.loss, other.loss, rtol=rtol)
    np.testing.assert_allclose(one.validation_loss, other.validation_loss, rtol=rtol)
    assert {type(v) for v in (*other.loss, *other.accuracy, *other.validation_loss)} <= {float}
    for pair in (networks, (one.best, other.best)):
        for p, q in zip(*map(parameters, pair), strict=True):
            assert p.dtype == q.dtype
            assert q.flags.writeable
            np.testing.assert_allclose(p, q, rtol=rtol, atol=rtol)
    for name, value in vars(optimizers[0]).items():
        if callable(value):  # a schedule
            continue
        if name != "network":
            other_value = getattr(optimizers[1], name)
            assert type(value) is type(other_value)
            assert np.asarray(value).dtype == np.asarray(other_value).dtype
            np.testing.assert_allclose(value, other_value, rtol=max(rtol, 1e-6), atol=rtol)
    assert rngs[0].bit_generator.state == rngs[1].bit_generator.state
    return networks[1], other


@pytest.mark.parametrize("kind", RULES)
def test_xor_in_full_batch(kind):
    both(lambda: Network((2, 4, 1), seed=0), *xor(), "quadratic", lambda: kind(0.1), epochs=100)


@pytest.mark.parametrize("kind", [GradientDescent, AdamW])
def test_a_schedule_goes_on_over_epochs_and_batches(kind):
    both(
        lambda: Network((2, 4, 1), seed=0),
        *xor(),
        "quadratic",
        lambda: kind(lambda t: warm_up(t, 5) * cosine(t, 0.5, 60)),
        epochs=25,
        batch_size=3,
    )


@pytest.mark.parametrize(
    ("drop_last", "dtype", "rtol"), [(False, np.float64, 1e-9), (True, np.float32, 2e-3)]
)
def test_digits_in_batches(drop_last, dtype, rtol):
    data = digits()
    _, history = both(
        lambda: Network((64, 32, 10), "relu", "identity", "he", seed=0, dtype=dtype),
        data.x_train,
        data.y_train,
        "softmax_cross_entropy",
        Adam,
        rtol,
        epochs=3,
        batch_size=64,
        drop_last=drop_last,
        validation=(data.x_test, data.y_test),
    )
    assert len(history.validation_accuracy) == 3


def test_the_threshold_stops_it_with_the_weights_that_met_it():
    _, history = both(
        lambda: Network((2, 4, 1), seed=0),
        *xor(),
        "quadratic",
        lambda: GradientDescent(5),
        epochs=20_000,
        threshold=0.005,
    )
    assert history.stopped == "threshold"
    assert len(history.loss) == 395


def test_a_threshold_met_in_the_midst_leaves_the_generator_where_it_was():
    _, history = both(
        lambda: Network((2, 4, 1), "tanh", seed=0),
        *xor(),
        "quadratic",
        lambda: Momentum(0.1),
        epochs=900,
        batch_size=3,
        threshold=0.01,
    )
    assert 20 < len(history.loss) < 900


def test_the_optimizer_goes_on_where_it_was():
    network, optimizer = Network((2, 4, 1), seed=0), Adam(0.01)
    once = Network((2, 4, 1), seed=0)
    for _ in range(2):
        train(network, *xor(), "quadratic", optimizer=optimizer, epochs=5, compiled=True)
    train(once, *xor(), "quadratic", optimizer=Adam(0.01), epochs=10)
    assert type(optimizer.t) is int
    assert optimizer.t == 10
    assert optimizer.network is network
    for p, q in zip(parameters(network), parameters(once), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-12)
    with pytest.raises(ValueError, match="remembers the gradients of another network"):
        train(once, *xor(), "quadratic", optimizer=optimizer, epochs=5, compiled=True)


@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergence_is_found_in_the_same_step(dtype, batch_size):
    _, history = both(
        lambda: Network((2, 4, 1), "relu", "identity", seed=0, dtype=dtype),
        *xor(),
        "quadratic",
        lambda: GradientDescent(10.0),
        rtol=1e-4,
        epochs=1000,
        batch_size=batch_size,
    )
    assert history.stopped == "diverged"


def test_a_validation_loss_that_is_not_finite_is_divergence_too():
    _, history = both(
        lambda: Network((1, 1), output="identity", seed=0),
        [[1.0]],
        [0.0],
        "quadratic",
        lambda: GradientDescent(0.1),
        epochs=3,
        validation=([[1e200]], [0.0]),
    )
    assert history.loss == []


def test_without_improvement_the_first_best_stays():
    def zero():
        network = Network((1, 1), output="identity", seed=0)
        network.W[1][...] = 0
        return network

    _, history = both(zero, [[1.0]], [0.0], "quadratic", lambda: GradientDescent(0.1), epochs=3)
    assert history.loss == [0, 0, 0]
    assert history.best_epoch == 0


@pytest.mark.parametrize("batch_size", [None, 1])
def test_weights_that_become_infinite_in_the_last_update_are_found(batch_size):
    _, history = both(
        lambda: Network((1, 1), output="identity", seed=0),
        [[1e150], [1e150]],
        [0.0, 0.0],
        "quadratic",
        lambda: GradientDescent(1e10),
        epochs=1,
        batch_size=batch_size,
    )
    assert history.stopped == "diverged"


def test_a_callback_sees_every_epoch_and_can_change_the_learning_rate():
    def halved(compiled):
        network, optimizer, seen = Network((2, 4, 1), seed=0), Momentum(0.5), []

        def callback(epoch, n, history):
            assert n is network
            optimizer.learning_rate /= 2
            seen.append((epoch, len(history.loss), history.stopped, n.W[1][0, 0]))

        train(
            network, *xor(), "quadratic", optimizer=optimizer, epochs=4, callback=callback, compiled=compiled
        )
        return seen

    for one, other in zip(halved(False), halved(True), strict=True):
        assert one[:3] == other[:3]
        assert one[3] == pytest.approx(other[3], rel=1e-12)


def test_an_interrupt_leaves_the_best_weights():
    def callback(epoch, network, history):
        if epoch == 4:
            raise KeyboardInterrupt

    def run(compiled):
        network = Network((2, 4, 1), seed=0)
        history = train(
            network, *xor(), "quadratic", learning_rate=0.5, epochs=99, callback=callback, compiled=compiled
        )
        assert all((p == q).all() for p, q in zip(parameters(network), parameters(history.best), strict=True))
        return history

    one, other = run(False), run(True)
    assert other.stopped == "interrupted"
    assert len(other.accuracy) == len(other.loss) == 5
    np.testing.assert_allclose(one.loss, other.loss)


def test_runs_become_longer_and_are_compiled_once(monkeypatch):
    traces, runs = [], []
    monkeypatch.setattr(bplib.compiled, "_programs", {})
    monkeypatch.setattr(bplib.compiled, "feedforward", lambda *a: (traces.append(1), feedforward(*a))[1])
    tell = bplib.compiled._tell
    monkeypatch.setattr(bplib.compiled, "_tell", lambda *a: (runs.append(int(a[-1].epoch)), tell(*a))[1])
    for rate in (0.1, 0.2):
        train(Network((2, 2, 1), seed=0), *xor(), "quadratic", learning_rate=rate, epochs=9000, compiled=True)
    assert sum(runs) == 18_000
    assert max(runs) == 4096
    assert len(runs) < 60
    assert len(traces) <= 3  # the trial of each training, and the program
    assert len(bplib.compiled._programs) == 1


class Sine(Activation):
    name = "sine"

    def __call__(self, z):
        return z.__array_namespace__().sin(z)

    def prime(self, z):
        precisions.append(jax.config.jax_default_matmul_precision)
        return z.__array_namespace__().cos(z)


precisions = []


def test_an_activation_of_ones_own_is_compiled_and_products_are_in_full_precision():
    both(
        lambda: Network((2, 4, 1), Sine(), seed=0),
        *xor(),
        "quadratic",
        lambda: GradientDescent(0.5),
        epochs=9,
    )
    assert precisions[-1] == "highest"
    with jax.default_matmul_precision("tensorfloat32"):
        train(
            Network((2, 3, 1), Sine(), seed=0), *xor(), "quadratic", learning_rate=1, epochs=1, compiled=True
        )
    assert precisions[-1] == "tensorfloat32"


class Looks(Activation):
    name = "looks"

    def __call__(self, z):
        return np.sin(np.asarray(z))

    def prime(self, z):
        return np.cos(np.asarray(z))


class Counts(GradientDescent):
    def __init__(self, learning_rate):
        super().__init__(learning_rate)
        self.steps = 0

    def step(self, network, grad_W, grad_b):
        self.steps += 1
        if self.steps > 3:
            self.learning_rate /= 2
        super().step(network, grad_W, grad_b)


@pytest.mark.parametrize(("f", "optimizer"), [(Looks(), GradientDescent(0.1)), ("tanh", Counts(0.1))])
def test_what_cannot_be_compiled_is_refused_and_nothing_changed(f, optimizer):
    network = Network((2, 4, 1), f, seed=0)
    before = network.copy()
    with pytest.raises(
        TypeError, match=r"^compiled=True cannot compile <Network 2-4-1: .*leave compiled=True out$"
    ):
        train(network, *xor(), "quadratic", optimizer=optimizer, epochs=9, compiled=True)
    assert all((p == q).all() for p, q in zip(parameters(network), parameters(before), strict=True))
    train(network, *xor(), "quadratic", optimizer=optimizer, epochs=9)


def test_without_jax_there_is_a_sentence(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **how):
        if name.split(".")[0] == "jax":
            raise ModuleNotFoundError("No module named 'jax'", name="jax")
        return real(name, *args, **how)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        ImportError, match=re.escape("compiled=True needs JAX, which is not installed: pip install")
    ):
        train(Network((2, 1), seed=0), *xor(), "quadratic", learning_rate=1, epochs=1, compiled=True)
