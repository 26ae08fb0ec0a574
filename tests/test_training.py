import _thread
import copy
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import tracemalloc
import types

import numpy as np
import pytest

import bplib.training
from bplib import (
    AdaGrad,
    Adam,
    AdamW,
    DivergenceError,
    GradientDescent,
    History,
    LeakyReLU,
    Momentum,
    Nesterov,
    Network,
    RMSProp,
    accuracy,
    backprop,
    one_hot,
    train,
)

XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])


def parameters(network):
    return [*network.W.values(), *network.b.values()]


def same(one, other):
    return all((p == q).all() for p, q in zip(parameters(one), parameters(other), strict=True))


def blobs(m=60, seed=0):
    """Three classes of points in the plane, easily told apart."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, m)
    return np.array([[0, 2], [-2, -1], [2, -1]])[labels] + rng.normal(scale=0.3, size=(m, 2)), labels


@pytest.mark.parametrize(
    ("loss", "output"),
    [("quadratic", "sigmoid"), ("quadratic", "tanh"), ("binary_cross_entropy", "identity")],
)
@pytest.mark.parametrize("seed", range(10))
def test_xor_is_learnt_from_every_seed(seed, loss, output):
    network = Network((2, 4, 1), "tanh", output, seed=seed)
    history = train(network, *XOR, loss, learning_rate=0.5, epochs=5000, threshold=0.01)
    assert history.stopped == "threshold"
    assert history.loss[-1] < 0.01 <= history.loss[-2]
    assert accuracy(network, *XOR, loss) == 1
    assert history.loss[-1] == backprop(network, *XOR, loss).C  # the weights are those the threshold saw


class TurnsBack(GradientDescent):
    """Downhill for n steps, then uphill: the last epoch is not the best."""

    def __init__(self, n, learning_rate=0.5):
        super().__init__(learning_rate)
        self.n = n

    def step(self, network, grad_W, grad_b):
        super().step(network, grad_W, grad_b)
        self.n -= 1
        if self.n == 0:
            self.learning_rate *= -1


# The record, against a loop that knows nothing of train's.


def test_full_batch_against_a_loop_by_hand():
    x, y = blobs(30)
    x_val, y_val = blobs(12, seed=1)
    network = Network((2, 4, 3), "tanh", "identity", seed=0)
    by_hand, losses, validation, right = network.copy(), [], [], []
    for _ in range(6):
        g = backprop(by_hand, x, y, "softmax_cross_entropy")
        losses.append(g.C)
        right.append((g.a[2].argmax(axis=0) == y).mean())
        validation.append(backprop(by_hand, x_val, y_val, "softmax_cross_entropy").C)
        for l in (1, 2):
            by_hand.W[l] = by_hand.W[l] - 0.3 * g.grad_W[l]
            by_hand.b[l] = by_hand.b[l] - 0.3 * g.grad_b[l]

    history = train(
        network, x, y, "softmax_cross_entropy", learning_rate=0.3, epochs=6, validation=(x_val, y_val)
    )
    assert same(network, by_hand)
    assert history.loss == losses
    assert history.accuracy == right
    assert history.validation_loss == validation
    assert len(history.validation_accuracy) == 6
    assert history.validation_accuracy[-1] > history.validation_accuracy[0]
    assert history.stopped == "epochs"


@pytest.mark.parametrize("batch_size", [1, 4, 7, 29])
def test_mini_batches_against_a_loop_by_hand(batch_size):
    x, y = blobs(30)
    network = Network((2, 4, 3), "tanh", "identity", seed=0)
    by_hand, losses = network.copy(), []
    rng = np.random.default_rng(9)
    for _ in range(3):
        order, total = rng.permutation(30), 0
        while len(order):
            batch, order = order[:batch_size], order[batch_size:]
            g = backprop(by_hand, x[batch], y[batch], "softmax_cross_entropy")
            total += g.C * len(batch)
            for l in (1, 2):
                by_hand.W[l] = by_hand.W[l] - 0.3 * g.grad_W[l]
                by_hand.b[l] = by_hand.b[l] - 0.3 * g.grad_b[l]
        losses.append(total / 30)

    history = train(
        network, x, y, "softmax_cross_entropy", learning_rate=0.3, epochs=3, batch_size=batch_size, seed=9
    )
    for p, q in zip(parameters(network), parameters(by_hand), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-12)
    np.testing.assert_allclose(history.loss, losses, rtol=1e-12)
    assert len(history.accuracy) == 3


class Keeps(GradientDescent):
    """Keeps the gradient that it is given, and does not move."""

    def __init__(self):
        super().__init__(1)

    def step(self, network, grad_W, grad_b):
        self.gradient = grad_W, grad_b


@pytest.mark.parametrize("batch_size", [None, 29])
def test_the_blocks_of_a_batch_give_its_mean_gradient(batch_size, monkeypatch):
    monkeypatch.setattr(bplib.training, "BLOCK", 8)
    blocks, feedforward = [], bplib.training.feedforward
    monkeypatch.setattr(
        bplib.training, "feedforward", lambda n, x: (blocks.append(x.shape[1]), feedforward(n, x))[1]
    )
    x, y = blobs(30)
    network, keeps = Network((2, 4, 3), "tanh", "identity", seed=0), Keeps()
    history = train(network, x, y, "softmax_cross_entropy", optimizer=keeps, epochs=1, batch_size=batch_size)
    whole = backprop(network, x, y, "softmax_cross_entropy")
    assert history.loss[0] == pytest.approx(whole.C, rel=1e-14)
    if batch_size is None:
        assert blocks == [8, 8, 8, 6]
    else:
        assert blocks == [8, 8, 8, 5, 1]
        last = np.random.default_rng(0).permutation(30)[29:]
        whole = backprop(network, x[last], y[last], "softmax_cross_entropy")
    for ours, expected in zip(keeps.gradient, (whole.grad_W, whole.grad_b), strict=True):
        for l in (1, 2):
            np.testing.assert_allclose(ours[l], expected[l], rtol=1e-13, atol=1e-16)
    assert history.accuracy == [accuracy(network, x, y, "softmax_cross_entropy")]


def test_the_memory_of_a_gradient_does_not_grow_with_the_examples():
    def peak(m, batch_size):
        rng = np.random.default_rng(0)
        x, y = rng.random((m, 4)), rng.random((m, 2))
        peaks = []

        def callback(*_):
            now, most = tracemalloc.get_traced_memory()
            peaks.append(most - now)
            tracemalloc.reset_peak()

        tracemalloc.start()
        try:
            train(
                Network((4, 32, 2), seed=0),
                x,
                y,
                "quadratic",
                learning_rate=0.1,
                epochs=2,
                batch_size=batch_size,
                callback=callback,
            )
        finally:
            tracemalloc.stop()
        return peaks[1]  # the first epoch's has what is checked once

    few, many = peak(5 * 1024, None), peak(20 * 1024, None)  # whole blocks: the last is there in the callback
    assert many < 1.05 * few
    order = 8 * 20 * 1024  # of the rows: the one thing that mini-batches need for every example
    assert peak(20 * 1024, 10 * 1024) - order < 1.1 * few


def test_a_batch_of_all_is_full_batch():
    one, other = Network((2, 4, 1), seed=0), Network((2, 4, 1), seed=0)
    first = train(one, *XOR, "quadratic", learning_rate=0.5, epochs=5)
    second = train(other, *XOR, "quadratic", learning_rate=0.5, epochs=5, batch_size=4)
    assert same(one, other)
    assert first.loss == second.loss


def test_the_last_batch_can_be_left_out():
    x, y = blobs(30)
    network = Network((2, 4, 3), "tanh", "identity", seed=0)
    by_hand, losses, right = network.copy(), [], []
    rng = np.random.default_rng(9)
    for _ in range(3):
        order, total, hits = rng.permutation(30), 0, 0
        for batch in (order[:7], order[7:14], order[14:21], order[21:28]):
            g = backprop(by_hand, x[batch], y[batch], "softmax_cross_entropy")
            total += g.C * 7
            hits += (g.a[2].argmax(axis=0) == y[batch]).sum()
            for l in (1, 2):
                by_hand.W[l] = by_hand.W[l] - 0.3 * g.grad_W[l]
                by_hand.b[l] = by_hand.b[l] - 0.3 * g.grad_b[l]
        losses.append(total / 28)
        right.append(hits / 28)

    def run(network, batch_size, drop_last):
        how = {"learning_rate": 0.3, "epochs": 3, "seed": 9, "batch_size": batch_size, "drop_last": drop_last}
        return train(network, x, y, "softmax_cross_entropy", **how)

    kept = network.copy()
    history = run(network, 7, True)
    assert same(network, by_hand)
    assert history.loss == losses
    assert history.accuracy == right
    assert not same(kept, by_hand)
    run(kept, 7, False)
    assert not same(kept, by_hand)
    for batch_size in (6, 30, None):  # nothing is left over
        one, other = kept.copy(), kept.copy()
        assert run(one, batch_size, True) == run(other, batch_size, False)
        assert same(one, other)


def test_the_seed_orders_the_examples():
    def trained(seed):
        network = Network((2, 4, 3), "tanh", "identity", seed=0)
        train(network, *blobs(), "quadratic", learning_rate=0.1, epochs=2, batch_size=8, seed=seed)
        return network

    assert same(trained(1), trained(1))
    assert same(trained(1), trained(np.random.default_rng(1)))
    assert not same(trained(1), trained(2))


@pytest.mark.parametrize("batch_size", [None, 4])
def test_no_forward_pass_is_spent_on_the_record(batch_size, monkeypatch):
    seen, feedforward = [], bplib.training.feedforward
    monkeypatch.setattr(
        bplib.training, "feedforward", lambda n, x: (seen.append(x.shape[1]), feedforward(n, x))[1]
    )
    x, y = blobs(10)
    train(
        Network((2, 3), seed=0),
        x,
        y,
        "quadratic",
        learning_rate=0.1,
        epochs=5,
        batch_size=batch_size,
        threshold=1e-9,
    )
    assert sum(seen) == 5 * 10


@pytest.mark.parametrize("batch_size", [None, 8])
@pytest.mark.parametrize("held_out", [False, True])
def test_the_best_weights_belong_to_the_best_loss(batch_size, held_out):
    x, y = blobs(40)
    validation = blobs(20, seed=1) if held_out else None
    network, ends = Network((2, 5, 3), "tanh", "identity", seed=0), []
    history = train(
        network,
        x,
        y,
        "softmax_cross_entropy",
        optimizer=TurnsBack(10 if batch_size is None else 50),
        epochs=20,
        batch_size=batch_size,
        validation=validation,
        callback=lambda e, n, h: ends.append(n.copy()),
    )
    judged = history.validation_loss if held_out else history.loss
    assert history.best_epoch in range(8, 13)
    assert judged[history.best_epoch] == min(judged)
    assert not same(history.best, network)
    if held_out:
        assert min(judged) == backprop(history.best, *validation, "softmax_cross_entropy").C
    elif batch_size is None:
        assert min(judged) == backprop(history.best, x, y, "softmax_cross_entropy").C
    at = history.best_epoch if batch_size else history.best_epoch - 1  # full batch: from before the update
    assert same(history.best, ends[at])


def test_the_best_is_a_copy():
    network = Network((2, 4, 1), seed=0)
    history = train(network, *XOR, "quadratic", learning_rate=0.5, epochs=3)
    for p, q in zip(parameters(network), parameters(history.best), strict=True):
        assert not np.shares_memory(p, q)


def test_without_improvement_the_first_best_stays():
    network = Network((1, 1), output="identity", seed=0)
    network.W[1][...] = 0
    history = train(network, [[1.0]], [0.0], "quadratic", learning_rate=0.1, epochs=3)  # all is right at once
    assert history.loss == [0, 0, 0]
    assert history.best_epoch == 0


@pytest.mark.parametrize(
    ("sizes", "y", "counts"),
    [
        ((2, 1), [0, 1, 1, 0], True),
        ((2, 1), [0.0, 1.0, 1.0, 0.0], True),
        ((2, 1), [[0], [1], [1], [0]], True),
        ((2, 1), [False, True, True, False], True),
        ((2, 1), [0, 1, 2, 0], False),
        ((2, 1), [0.5, 1, 1, 0], False),
        ((2, 3), [0, 1, 2, 0], True),
        ((2, 3), one_hot([0, 1, 2, 0], 3), True),
        ((2, 2), [[1, 1], [0, 1], [1, 0], [0, 0]], False),
        ((2, 2), [[0.5, 0.5]] * 4, False),
    ],
)
def test_accuracy_is_recorded_where_the_targets_are_classes(sizes, y, counts):
    network = Network(sizes, output="identity", seed=0)
    history = train(
        network, XOR[0], y, "quadratic", learning_rate=0.1, epochs=2, batch_size=2, validation=(XOR[0], y)
    )
    assert len(history.loss) == len(history.validation_loss) == 2
    assert len(history.accuracy) == len(history.validation_accuracy) == (2 if counts else 0)


def test_accuracy_by_hand():
    network = Network((1, 1), output="identity", seed=0)
    network.W[1][...] = 1  # the output is the input
    x = [[-1.0], [0.2], [0.7], [2.0]]
    assert accuracy(network, x, [0, 0, 1, 0], "quadratic") == 0.75  # above 0.5: no, no, yes, yes
    assert accuracy(network, x, [0, 0, 1, 0], "binary_cross_entropy") == 0.5  # above 0: no, yes, yes, yes
    pair = Network((1, 2), output="identity", seed=0)
    pair.W[1][...] = [[1], [-1]]
    assert accuracy(pair, x, [1, 0, 0, 1], "softmax_cross_entropy") == 0.75
    assert accuracy(pair, x, one_hot([1, 0, 0, 1], 2), "softmax_cross_entropy") == 0.75


def test_in_place_and_without_touching_the_data():
    x, y = blobs(20)
    x.flags.writeable = y.flags.writeable = False
    network = Network((2, 4, 3), "relu", "identity", seed=0)
    before = parameters(network)
    start = [p.copy() for p in before]
    for optimizer in (
        GradientDescent(0.1),
        Momentum(0.1),
        Nesterov(0.1),
        AdaGrad(0.1),
        RMSProp(0.01),
        AdamW(),
    ):
        train(network, x, y, "softmax_cross_entropy", optimizer=optimizer, epochs=2, batch_size=3)
    assert all(p is q for p, q in zip(parameters(network), before, strict=True))
    assert not any((p == q).all() for p, q in zip(before, start, strict=True))
    assert (x == blobs(20)[0]).all()


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        (GradientDescent, [0.1]),
        (Momentum, [0.1, 0.9]),
        (RMSProp, [0.01, 0.9, 1e-8]),
        (Adam, [0.001, 0.9, 0.999, 1e-8]),
        (AdaGrad, [0.01, 1e-8]),
        (AdamW, [0.001, 0.9, 0.999, 1e-8, 0.01]),
    ],
)
def test_float32_throughout(kind, numbers, batch_size, monkeypatch):
    optimizer = kind(*map(np.float64, numbers))
    seen, backward = set(), bplib.training.backward

    def spy(network, z, a, y, C):
        delta, grad_W, grad_b = backward(network, z, a, y, C)
        for layers in (z, a, {0: y}, delta, grad_W, grad_b):
            seen.update(v.dtype for v in layers.values())
        return delta, grad_W, grad_b

    monkeypatch.setattr(bplib.training, "backward", spy)
    network = Network((2, 4, 4, 3), LeakyReLU(), "identity", seed=0, dtype=np.float32)
    x, y = blobs(20)  # float64 and integers
    history = train(
        network,
        x,
        y,
        "softmax_cross_entropy",
        optimizer=optimizer,
        epochs=3,
        batch_size=batch_size,
        validation=(x, y),
    )
    assert seen == {np.dtype(np.float32)}
    assert {v.dtype for v in vars(optimizer).values() if isinstance(v, np.ndarray)} <= {np.dtype(np.float32)}
    assert {p.dtype for p in parameters(network) + parameters(history.best)} == {np.dtype(np.float32)}


def test_momentum_arrives_earlier():
    def epochs(**how):
        network = Network((2, 4, 1), "tanh", seed=0)
        return len(train(network, *XOR, "quadratic", epochs=5000, threshold=0.01, **how).loss)

    assert epochs(optimizer=Momentum(0.1)) < epochs(learning_rate=0.1) / 5


def test_the_callback_sees_every_epoch():
    network, seen = Network((2, 4, 1), seed=0), []

    def callback(epoch, n, history):
        assert n is network
        seen.append((epoch, len(history.loss), history.stopped, n.W[1][0, 0]))

    history = train(network, *XOR, "quadratic", learning_rate=0.5, epochs=3, callback=callback)
    assert [s[:3] for s in seen] == [(0, 1, ""), (1, 2, ""), (2, 3, "epochs")]
    assert len({s[3] for s in seen}) == 3  # after each update
    assert history.stopped == "epochs"


def test_the_callback_sees_the_weights_that_met_the_threshold():
    network, seen = Network((2, 4, 1), "tanh", seed=0), []
    train(
        network,
        *XOR,
        "quadratic",
        learning_rate=0.5,
        epochs=5000,
        threshold=0.05,
        callback=lambda e, n, h: seen.append((backprop(n, *XOR, "quadratic").C, h.loss[-1], h.stopped)),
    )
    assert seen[-1][0] == seen[-1][1] < 0.05
    assert seen[-1][2] == "threshold"


def test_repr_of_a_history_is_short():
    history = train(Network((2, 1), seed=0), *XOR, "quadratic", learning_rate=0.5, epochs=300)
    assert repr(history).startswith(
        f"<History of 300 epochs, loss {history.loss[0]:.4g} to {history.loss[-1]:.4g}, "
    )
    assert repr(history.loss[-1]) != repr(history.loss[-2])
    assert len(repr(history)) < 100
    assert repr(History(best=Network((1, 1), seed=0))).startswith("<History of 0 epochs, best")


# Interrupted.


def interrupted_at(epoch, interrupt):
    return lambda e, network, history: interrupt() if e == epoch else None


def raise_it():
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "interrupt", [raise_it, lambda: signal.raise_signal(signal.SIGINT)], ids=["raise", "signal"]
)
@pytest.mark.parametrize("batch_size", [None, 2])
def test_an_interrupt_leaves_the_best_weights(interrupt, batch_size):
    network = Network((2, 4, 1), seed=0)
    arrays = parameters(network)
    history = train(
        network,
        *XOR,
        "quadratic",
        optimizer=TurnsBack(20),
        epochs=10_000,
        batch_size=batch_size,
        callback=interrupted_at(30, interrupt),
    )
    assert history.stopped == "interrupted"
    assert len(history.loss) == len(history.accuracy) == 31
    assert history.best_epoch < 30
    assert same(network, history.best)
    assert all(p is q for p, q in zip(parameters(network), arrays, strict=True))
    if batch_size is None:
        assert min(history.loss) == backprop(network, *XOR, "quadratic").C


@pytest.mark.parametrize("batch_size", [None, 2])
def test_an_interrupt_at_any_moment_leaves_the_best_weights(batch_size):
    for attempt in range(5):
        network = Network((2, 4, 1), seed=0)
        timer = threading.Timer(0.02 + 0.013 * attempt, _thread.interrupt_main)
        history = train(
            network,
            *XOR,
            "quadratic",
            learning_rate=0.5,
            epochs=10**7,
            batch_size=batch_size,
            validation=XOR,
            callback=lambda epoch, n, h, timer=timer: epoch == 0 and timer.start(),  # not before it has begun
        )
        timer.join()
        assert history.stopped == "interrupted"
        assert same(network, history.best)
        n = len(history.loss)
        assert (
            n == len(history.accuracy) == len(history.validation_loss) == len(history.validation_accuracy) > 0
        )
        assert history.best_epoch < n
        assert history.validation_loss[history.best_epoch] == backprop(network, *XOR, "quadratic").C


def test_an_interrupt_in_the_middle_of_an_update_leaves_whole_weights():
    class Torn(GradientDescent):
        def step(self, network, grad_W, grad_b):
            network.W[1][...] = np.nan
            raise KeyboardInterrupt

    network = Network((2, 4, 1), seed=0)
    before = network.copy()
    history = train(network, *XOR, "quadratic", optimizer=Torn(0.1), epochs=5)
    assert history.stopped == "interrupted"
    assert history.best_epoch is None
    assert history.loss == history.accuracy == []
    assert same(network, before)
    assert same(history.best, before)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_ctrl_c_in_a_terminal_shows_no_traceback():
    code = (
        "import bplib\n"
        "n = bplib.Network((2, 4, 1), seed=0)\n"
        "say = lambda e, n, h: print('training', flush=True) if e == 100 else None\n"
        "h = bplib.train(n, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], 'quadratic', learning_rate=1,\n"
        "                epochs=10**8, callback=say)\n"
        "print(h.stopped, len(h.loss) > 100, (n.W[1] == h.best.W[1]).all())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "training\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert out == "interrupted True True\n"
    assert err == ""
    assert process.returncode == 0


# Diverged.


@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergence_says_where_and_keeps_finite_weights(dtype, batch_size):
    network = Network((2, 4, 1), "relu", "identity", seed=0, dtype=dtype)
    with pytest.raises(
        DivergenceError,
        match=r"^the (validation )?loss became (inf|nan) in epoch \d+, step \d, at learning rate 1000\.0$",
    ) as info:
        train(
            network, *XOR, "quadratic", learning_rate=1000, epochs=1000, batch_size=batch_size, validation=XOR
        )
    assert isinstance(info.value, ArithmeticError)
    history = info.value.history
    epoch = int(str(info.value).split("epoch ")[1].split(",")[0])
    assert history.stopped == "diverged"
    for record in (history.loss, history.accuracy, history.validation_loss, history.validation_accuracy):
        assert len(record) == epoch
        assert all(map(math.isfinite, record))
    assert all(np.isfinite(p).all() for p in parameters(network))
    with np.errstate(all="ignore"):
        C = backprop(network, *XOR, "quadratic").C
    if batch_size is None:
        assert history.loss[-1] == C  # the last weights whose loss was finite


class Breaks(GradientDescent):
    """Makes the weights infinite in its n-th step."""

    def __init__(self, n):
        super().__init__(0.1)
        self.n = n

    def step(self, network, grad_W, grad_b):
        super().step(network, grad_W, grad_b)
        self.n -= 1
        if self.n == 0:
            network.b[2][...] = np.inf


def test_in_batches_broken_weights_are_found_at_the_end_of_their_epoch():
    network = Network((2, 4, 1), seed=0)
    with pytest.raises(DivergenceError, match=r"^the weights became infinite or nan in epoch 1, step 1, at"):
        train(network, *XOR, "quadratic", optimizer=Breaks(4), epochs=3, batch_size=2)


def test_an_optimizer_without_a_learning_rate_can_diverge_too():
    class Leaps:
        def step(self, network, grad_W, grad_b):
            network.b[1][...] = np.inf

    with pytest.raises(DivergenceError, match=r"in epoch 0, step 0, at learning rate unknown$"):
        train(Network((2, 1), seed=0), *XOR, "quadratic", optimizer=Leaps(), epochs=1)


@pytest.mark.parametrize(("batch_size", "epoch", "step"), [(None, 2, 0), (2, 2, 1)])
def test_weights_that_break_in_the_last_update_are_found(batch_size, epoch, step):
    network = Network((2, 4, 1), seed=0)
    seen = []
    with pytest.raises(
        DivergenceError, match=f"^the weights became infinite or nan in epoch {epoch}, step {step}, at"
    ) as info:
        train(
            network,
            *XOR,
            "quadratic",
            optimizer=Breaks(3 if batch_size is None else 6),
            epochs=3,
            batch_size=batch_size,
            callback=lambda e, n, h: seen.append(n.copy()),
        )
    assert len(info.value.history.loss) == 2
    assert all(np.isfinite(p).all() for p in parameters(network))
    if batch_size is None:
        assert same(network, seen[-1])


def test_a_validation_loss_that_is_not_finite_is_divergence_too():
    network = Network((1, 1), output="identity", seed=0)
    with pytest.raises(DivergenceError, match=r"^the validation loss became inf in epoch 0") as info:
        train(
            network, [[1.0]], [0.0], "quadratic", learning_rate=0.1, epochs=3, validation=([[1e200]], [0.0])
        )
    assert info.value.history.loss == info.value.history.validation_loss == []


def test_divergence_in_the_first_step_leaves_the_network_alone():
    network = Network((1, 1), output="identity", seed=0)
    before = network.copy()
    with pytest.raises(DivergenceError, match="the loss became inf in epoch 0, step 0"):
        train(network, [[1e200]], [0.0], "quadratic", learning_rate=0.1, epochs=3)
    assert same(network, before)


def test_the_callbacks_own_warnings_are_not_hushed():
    with pytest.raises(RuntimeWarning):
        train(
            Network((2, 1), seed=0),
            *XOR,
            "quadratic",
            learning_rate=0.1,
            epochs=1,
            callback=lambda *_: np.float64(1) / np.float64(0),
        )


def test_an_interrupt_leaves_numpys_error_state_as_it_was():
    def leave_it_changed(*_):  # as an interrupt does that comes while `errstate` is being left
        np.seterr(all="ignore")
        raise KeyboardInterrupt

    before = np.geterr()
    history = train(
        Network((2, 1), seed=0), *XOR, "quadratic", learning_rate=0.1, epochs=2, callback=leave_it_changed
    )
    assert history.stopped == "interrupted"
    assert np.geterr() == before


# Histories and errors, elsewhere.


def test_a_history_equals_its_copy_and_no_other():
    def history(seed):
        return train(Network((2, 4, 1), seed=seed), *XOR, "quadratic", learning_rate=0.5, epochs=3)

    assert history(0) == copy.deepcopy(history(0)) == pickle.loads(pickle.dumps(history(0)))
    assert history(0) != history(1)


def test_an_error_of_divergence_crosses_from_one_process_to_another():
    with pytest.raises(DivergenceError) as info:
        train(Network((2, 1), "relu", "identity", seed=0), *XOR, "quadratic", learning_rate=1e9, epochs=99)
    twin = pickle.loads(pickle.dumps(info.value))
    assert type(twin) is DivergenceError
    assert str(twin) == str(info.value)
    assert twin.history == info.value.history
    assert len(twin.history.loss) > 0
    assert same(twin.history.best, info.value.history.best)


# Targets that the output layer cannot reach.


@pytest.mark.parametrize(
    ("output", "y", "low", "high"),
    [
        ("sigmoid", [3, 4, 5, 7], 0, 1),
        ("sigmoid", [-0.1, 0, 1, 1], 0, 1),
        ("tanh", [0, 1, 0, 1.5], -1, 1),
        ("relu", [0, 1, 9, -0.5], 0, "inf"),
    ],
)
def test_targets_out_of_reach_are_told_of(output, y, low, high):
    what = (
        rf"^targets go from {min(y)} to {max(y)}, and the {output} output layer only from {low} to {high}: "
    )
    with pytest.warns(UserWarning, match=what + r'.*Network\(\.\.\., output="identity"\)$') as told:
        train(Network((2, 2, 1), output=output, seed=0), XOR[0], y, "quadratic", learning_rate=0.1, epochs=3)
    assert len(told) == 1
    assert told[0].filename == __file__


@pytest.mark.parametrize(
    ("output", "y"),
    [
        ("sigmoid", [0, 1, 0.5, 1]),
        ("tanh", [-1, 1, 0, 1]),
        ("relu", [0, 99, 1, 1]),
        ("identity", [-9, 9, 1, 1]),
        ("leaky_relu", [-9, 9, 1, 1]),
    ],
)
def test_targets_in_reach_are_not(output, y):  # a warning is an error here
    train(Network((2, 2, 1), output=output, seed=0), XOR[0], y, "quadratic", learning_rate=0.001, epochs=1)


# The progress bar.


class Bar:
    made: list["Bar"] = []  # noqa: RUF012

    def __init__(self, total, **_):
        self.total, self.n, self.postfix, self.closed = total, 0, [], False
        Bar.made.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def update(self):
        self.n += 1

    def set_postfix_str(self, text, refresh):
        self.postfix.append(text)


@pytest.fixture
def bars(monkeypatch):
    """The bars that train makes in a terminal."""
    monkeypatch.setattr(Bar, "made", [])
    auto = types.ModuleType("tqdm.auto")
    auto.tqdm = Bar
    monkeypatch.setitem(sys.modules, "tqdm.auto", auto)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    return Bar.made


def short(**how):
    return train(
        Network((2, 4, 1), seed=0),
        *XOR,
        "quadratic",
        **{"learning_rate": 0.5, "epochs": 3, "batch_size": 3, **how},
    )


def test_the_bar_counts_steps_and_shows_the_loss(bars):
    history = short()
    (bar,) = bars
    assert bar.total == bar.n == 6  # three epochs of two batches
    assert bar.postfix == [f"loss {C:.4g}" for C in history.loss]
    assert bar.closed


def test_the_bar_is_closed_when_the_training_breaks_off(bars):
    short(callback=interrupted_at(1, raise_it))
    with pytest.raises(DivergenceError):
        short(optimizer=Breaks(1), learning_rate=None)
    with pytest.raises(RuntimeError):
        short(callback=lambda *_: (_ for _ in ()).throw(RuntimeError()))
    assert [bar.closed for bar in bars] == [True] * 3


def test_no_bar_where_nobody_asked_or_looks(bars, monkeypatch):
    short(progress=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    short()
    monkeypatch.setattr(sys, "stderr", None)
    short()
    assert bars == []


def test_a_bar_in_a_notebook(bars, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    short()
    assert len(bars) == 1


def test_without_tqdm_training_is_quiet(bars, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)  # importing it fails
    assert len(short().loss) == 3
    assert capsys.readouterr() == ("", "")


def test_the_real_bar(monkeypatch, capsys):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    short()
    assert "6/6" in capsys.readouterr().err
