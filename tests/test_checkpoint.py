"""A training that was broken off, anywhere and by anything, goes on as if it had not been: to the bit."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from bplib import (
    Activation,
    AdaGrad,
    Adam,
    DivergenceError,
    GradientDescent,
    Momentum,
    Network,
    RMSProp,
    train,
)

KILLS = int(os.environ.get("KILLS", "100"))
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)
LOSS = "softmax_cross_entropy"


def fresh():
    return Network((3, 5, 3), "tanh", "identity", seed=0)


def parameters(network):
    return [*network.W.values(), *network.b.values()]


def same(one, other):
    return all((p == q).all() for p, q in zip(parameters(one), parameters(other), strict=True))


class Broken(Exception):
    """What breaks a training off."""


def break_at(epoch):
    def callback(now, network, history):
        if now == epoch:
            raise Broken

    return callback


class Keeps:
    """An optimizer of one's own, whose memory is in layers; and a function, which no file holds."""

    def __init__(self, learning_rate):
        self.learning_rate, self.v, self.size = learning_rate, {}, np.float32(1)
        self.change = lambda v: self.learning_rate * v

    def step(self, network, grad_W, grad_b):
        for l in grad_W:
            for name, grad, theta in (("W", grad_W[l], network.W[l]), ("b", grad_b[l], network.b[l])):
                self.v[f"{name}{l}"] = 0.9 * self.v.get(f"{name}{l}", 0) + grad
                theta -= self.change(self.v[f"{name}{l}"])


OPTIMIZERS = {
    "GradientDescent": lambda: GradientDescent(0.3),
    "Momentum": lambda: Momentum(0.1),
    "AdaGrad": lambda: AdaGrad(0.1),
    "RMSProp": lambda: RMSProp(0.01),
    "Adam": lambda: Adam(0.01),
    "schedule": lambda: Adam(lambda t: 0.05 / (1 + t)),
    "own": lambda: Keeps(0.1),
}


def run(optimizer, network=None, compiled=False, **how):
    network = fresh() if network is None else network
    how = {"epochs": 9, "batch_size": 8, "seed": 3, "validation": (X[:9], Y[:9]), "progress": False, **how}
    return network, train(network, X, Y, LOSS, optimizer=optimizer, compiled=compiled, **how)


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_goes_on_to_the_bit(name, batch_size, tmp_path):
    how = {"batch_size": batch_size, "checkpoint": tmp_path / "c.npz", "every": 2}
    whole, history = run(OPTIMIZERS[name](), batch_size=batch_size)
    for epoch in (0, 4, 7):  # of the two epochs since the file was written, nothing is kept
        with pytest.raises(Broken):
            run(OPTIMIZERS[name](), resume=True, callback=break_at(epoch), **how)
    network, resumed = run(OPTIMIZERS[name](), resume=True, **how)
    assert same(network, whole)
    assert resumed == history
    assert same(resumed.best, history.best)
    assert same(Network.load(tmp_path / "c.npz"), whole)


def test_compiled_it_goes_on_too_and_from_the_other_engines_file(tmp_path):
    pytest.importorskip("jax")
    how = {"checkpoint": tmp_path / "c.npz", "every": 3}
    whole, history = run(Adam(0.01))
    with pytest.raises(Broken):
        run(Adam(0.01), callback=break_at(4), **how)
    with pytest.raises(Broken):
        run(Adam(0.01), compiled=True, resume=True, callback=break_at(7), **how)
    network, resumed = run(Adam(0.01), compiled=True, resume=True, **how)
    for p, q in zip(parameters(network), parameters(whole), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-12)
    np.testing.assert_allclose(resumed.validation_loss, history.validation_loss, rtol=1e-12)
    assert resumed.accuracy == history.accuracy


def test_what_a_callback_changed_is_kept_and_more_epochs_go_on(tmp_path):
    def halve(epoch, network, history):
        optimizer.learning_rate /= 2

    optimizer = Momentum(0.5)
    whole, history = run(optimizer, epochs=6, callback=halve)
    for epochs in (3, 6):
        optimizer = Momentum(0.5)
        network, resumed = run(
            optimizer, epochs=epochs, callback=halve, checkpoint=tmp_path / "c", resume=True
        )
        assert optimizer.network is network
        assert optimizer.learning_rate == 0.5 / 2**epochs
    assert same(network, whole)
    assert resumed == history


@pytest.mark.parametrize("kind", [np.random.PCG64, np.random.MT19937, np.random.SFC64, np.random.Philox])
def test_any_generator_goes_on(kind, tmp_path):
    whole, _ = run(Adam(0.01), seed=np.random.Generator(kind(1)), epochs=4)
    run(Adam(0.01), seed=np.random.Generator(kind(1)), epochs=2, checkpoint=tmp_path / "c")
    network, _ = run(
        Adam(0.01), seed=np.random.Generator(kind(9)), epochs=4, checkpoint=tmp_path / "c", resume=True
    )
    assert same(network, whole)
    other = np.random.SFC64 if kind is np.random.PCG64 else np.random.PCG64
    with pytest.raises(ValueError, match=f"with seed {kind.__name__}, and here it is {other.__name__}"):
        run(Adam(0.01), seed=np.random.Generator(other()), epochs=4, checkpoint=tmp_path / "c", resume=True)


def test_float32_stays_float32(tmp_path):
    def small():
        return Network((3, 5, 3), "tanh", "identity", seed=0, dtype=np.float32)

    whole, _ = run(Adam(0.01), small())
    run(Adam(0.01), small(), epochs=4, checkpoint=tmp_path / "c")
    network, _ = run(Adam(0.01), small(), checkpoint=tmp_path / "c", resume=True)
    assert same(network, whole)
    with pytest.raises(ValueError, match="with dtype float32, and here it is float64"):
        run(Adam(0.01), checkpoint=tmp_path / "c", resume=True)


def test_a_training_that_was_over_is_returned(tmp_path):
    path = tmp_path / "c"
    how = {"checkpoint": path, "batch_size": None}
    threshold = run(Adam(0.01), **how)[1].loss[4] + 1e-9
    network, history = run(Adam(0.01), threshold=threshold, **how)
    assert history.stopped == "threshold"
    again, returned = run(Adam(0.01), threshold=threshold, resume=True, **how)
    assert same(again, network)
    assert returned == history
    with pytest.raises(ValueError, match="met its threshold and is over"):
        run(Adam(0.01), threshold=threshold / 2, resume=True, **how)
    network, history = run(Adam(0.01), checkpoint=path)
    again, returned = run(Adam(0.01), checkpoint=path, resume=True)
    assert same(again, network)
    assert returned == history
    with pytest.raises(ValueError, match="has 9 epochs already, and epochs is 5"):
        run(Adam(0.01), checkpoint=path, resume=True, epochs=5)


@pytest.mark.parametrize(
    ("optimizer", "how", "what"),
    [
        (Adam(0.02), {}, r"optimizer\.learning_rate 0\.01, and here it is 0\.02"),
        (Adam(0.01, beta1=0.5), {}, r"optimizer\.beta1 0\.9, and here it is 0\.5"),
        (Momentum(0.01), {}, "optimizer Adam, and here it is Momentum"),
        (Adam(0.01), {"batch_size": 4}, "batch_size 8, and here it is 4"),
        (Adam(0.01), {"drop_last": True}, "drop_last False, and here it is True"),
        (Adam(0.01), {"validation": None}, "validation_examples 9, and here it is 0"),
        (Adam(0.01), {"network": Network((3, 4, 3), "tanh", "identity", seed=0)}, r"sizes \[3, 5, 3\], and"),
        (Adam(0.01), {"network": Network((3, 5, 3), "relu", "identity", seed=0)}, r"activations \['Tanh"),
    ],
)
def test_another_training_is_refused_and_nothing_changed(optimizer, how, what, tmp_path):
    run(Adam(0.01), epochs=2, checkpoint=tmp_path / "c")
    network = how.pop("network", None) or fresh()
    before = network.copy()
    with pytest.raises(ValueError, match=what):
        run(optimizer, network, checkpoint=tmp_path / "c", resume=True, **how)
    assert same(network, before)
    assert not getattr(optimizer, "t", 0)


def test_a_damaged_file_is_refused_and_nothing_changed(tmp_path):
    path = tmp_path / "c.npz"
    run(Adam(0.01), epochs=2, checkpoint=path)
    content = path.read_bytes()
    with np.load(path) as file:
        arrays = dict(file)
    fresh().save(path)
    damaged = [path.read_bytes(), b"", b"no zip", *(content[: len(content) * k // 9] for k in range(1, 9))]
    for name, changed in (("best W1", arrays["best W1"][:1]), ("training", np.array('{"format": "other"}'))):
        np.savez(path, **arrays | {name: changed})
        damaged.append(path.read_bytes())
    for bad in damaged:
        path.write_bytes(bad)
        network = fresh()
        with pytest.raises(ValueError, match=r"c\.npz' is damaged or not a checkpoint"):
            run(Adam(0.01), network, checkpoint=path, resume=True)
        assert same(network, fresh())
        assert path.read_bytes() == bad


def test_arguments(tmp_path):
    path = tmp_path / "c"
    with pytest.raises(ValueError, match="resume=True goes on from a checkpoint: give checkpoint=path too"):
        run(Adam(0.01), resume=True)
    with pytest.raises(TypeError, match="resume must be True or False, got 1"):
        run(Adam(0.01), checkpoint=path, resume=1)
    with pytest.raises(ValueError, match="every must be an integer of at least 1, got 0"):
        run(Adam(0.01), checkpoint=path, every=0)

    class Own(Activation):
        name = "own"

        def __call__(self, z):
            return z

        def prime(self, z):
            return np.ones_like(z)

    with pytest.raises(ValueError, match="only bplib's own can be saved"):
        run(Adam(0.01), Network((3, 2, 3), Own(), "identity", seed=0), checkpoint=path)
    network = fresh()
    with pytest.raises(OSError, match="no such folder"):
        run(Adam(0.01), network, checkpoint=tmp_path / "no such folder" / "c")
    assert same(network, fresh())
    assert not path.exists()


def test_weights_that_are_not_finite_do_not_reach_the_file(tmp_path):
    """In full batch the next epoch's loss is the first to show them; the file has the epoch before."""

    class Breaks(GradientDescent):
        def step(self, network, grad_W, grad_b):
            super().step(network, grad_W, grad_b)
            if self.t == 4:
                network.b[2][...] = np.inf

    with pytest.raises(DivergenceError):
        run(Breaks(0.1), batch_size=None, checkpoint=tmp_path / "c")
    three, _ = run(GradientDescent(0.1), batch_size=None, epochs=3)
    assert same(Network.load(tmp_path / "c"), three)


def test_an_interrupt_leaves_the_file_of_the_last_whole_epoch(tmp_path):
    def interrupt(epoch, network, history):
        if epoch == 5:
            raise KeyboardInterrupt

    _, history = run(Adam(0.01), checkpoint=tmp_path / "c", callback=interrupt)
    assert history.stopped == "interrupted"
    network, resumed = run(Adam(0.01), checkpoint=tmp_path / "c", resume=True)
    whole, history = run(Adam(0.01))
    assert same(network, whole)
    assert resumed == history


def test_the_bar_begins_where_the_training_does(tmp_path, monkeypatch, capsys):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    run(Adam(0.01), epochs=4, checkpoint=tmp_path / "c")
    run(Adam(0.01), checkpoint=tmp_path / "c", resume=True, progress=True)
    assert "20/45" in capsys.readouterr().err.replace(" ", "")


def be_killed(path, kills):
    """In a process of its own, without threads: be forked and killed again and again, then go on to the end."""
    chance = random.Random(0)
    start = time.perf_counter()
    run(Adam(0.01), epochs=12, checkpoint=path.parent / "warm")
    epoch = (time.perf_counter() - start) / 12
    longest, written = 3 * epoch, None
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            run(Adam(0.01), epochs=10**6, checkpoint=path, resume=True)
            os._exit(1)
        time.sleep(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        before, written = written, path.stat().st_mtime_ns if path.exists() else None
        longest *= 1.2 if written == before else 0.95  # a busy machine takes longer to get on
    left = len(list(path.parent.glob("c.npz.*.tmp")))
    with np.load(path) as file:
        epochs = len(file["loss"]) + 2
    network, history = run(Adam(0.01), epochs=epochs, checkpoint=path, resume=True)
    whole, other = run(Adam(0.01), epochs=epochs)
    print(epochs, left, same(network, whole), history == other, same(history.best, other.best))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_killed_again_and_again_it_goes_on_to_the_bit(tmp_path):
    """At random moments, most of them while the file is being written: `KILLS=1000` for more of them."""
    done = subprocess.run(
        [sys.executable, __file__, tmp_path / "c.npz", str(KILLS)],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    epochs, left, *equal = done.stdout.split()
    assert equal == ["True"] * 3
    assert int(epochs) > KILLS / 4
    assert int(left) > 0  # some were killed in the midst of writing


if __name__ == "__main__":
    from pathlib import Path

    be_killed(Path(sys.argv[1]), int(sys.argv[2]))
