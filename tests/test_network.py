import os
import subprocess
import sys
import time

import numpy as np
import pytest

from bplib import LeakyReLU, Network, Sigmoid, backprop, forward
from bplib.datasets import digits


def same(one, other):
    assert one.sizes == other.sizes
    assert one.dtype == other.dtype
    assert repr(one.activation) == repr(other.activation)
    for l in range(1, one.L + 1):
        for p, q in ((one.W[l], other.W[l]), (one.b[l], other.b[l])):
            assert p.dtype == q.dtype
            assert p.tobytes() == q.tobytes()
            assert not np.shares_memory(p, q)


@pytest.fixture
def network():
    """A network in which nothing is as it was made."""
    network = Network((3, 4, 2, 2), LeakyReLU(0.2), "identity", seed=1)
    for l in network.b:
        network.b[l] += np.random.default_rng(l).normal(size=network.b[l].shape)
    return network


def test_what_a_network_is():
    network = Network([784, 16, 16, 10], "relu", "identity", seed=0)
    assert network.sizes == (784, 16, 16, 10)
    assert network.L == 3
    assert network.n_parameters == 13_002  # 784·16 + 16 + 16·16 + 16 + 16·10 + 10
    assert {l: W.shape for l, W in network.W.items()} == {1: (16, 784), 2: (16, 16), 3: (10, 16)}
    assert {l: b.shape for l, b in network.b.items()} == {1: (16, 1), 2: (16, 1), 3: (10, 1)}
    assert [f.name for f in network.activation.values()] == ["relu", "relu", "identity"]
    assert repr(network) == "<Network 784-16-16-10: relu, relu, identity; 13002 parameters, float64>"
    for container in (network.W, network.b, network.activation):
        assert type(container) is dict
        with pytest.raises(KeyError):
            container[0]


def test_the_defaults():
    network = Network((2, 3, 1), seed=0)
    assert [f.name for f in network.activation.values()] == ["sigmoid", "sigmoid"]
    assert network.dtype == np.float64


def test_the_seed_decides_and_a_generator_goes_on():
    same(Network((2, 3, 1), seed=5), Network((2, 3, 1), seed=5))
    same(Network((2, 3, 1), seed=np.random.default_rng(5)), Network((2, 3, 1), seed=np.int64(5)))
    rng = np.random.default_rng(5)
    assert (Network((2, 3), seed=rng).W[1] != Network((2, 3), seed=rng).W[1]).all()
    assert (Network((2, 3), seed=5).W[1] != Network((2, 3), seed=6).W[1]).all()


def test_the_same_seed_in_float32_is_the_float64_network_rounded():
    one, other = Network((2, 3, 1), seed=5), Network((2, 3, 1), seed=5, dtype=np.float32)
    same(one.copy(np.float32), other)


@pytest.mark.parametrize(
    ("init", "variance", "largest"),
    [
        # uniform in ±√(6 / (300 + 200)): variance 2 / 500
        ("xavier", 2 / 500, np.sqrt(6 / 500)),
        ("he", 2 / 300, None),
        ("normal", 1, None),
    ],
)
def test_initialisation(init, variance, largest):
    network = Network((300, 200), init=init, seed=0)
    W = network.W[1]
    # 60,000 draws: the variance of a normal sample scatters by √(2 / 60,000) = 0.6 %
    assert W.var() == pytest.approx(variance, rel=0.02)
    assert abs(W.mean()) < 4 * np.sqrt(variance / W.size)
    if largest is not None:
        assert 0.999 * largest < np.abs(W).max() <= largest
    else:
        assert np.abs(W).max() > 3.5 * np.sqrt(variance)  # a normal distribution has tails
    assert (network.b[1] == 0).all()


def test_forward_by_hand():
    network = Network((2, 2, 1), "relu", "identity", seed=0)
    network.W[1][...] = [[1, 2], [3, -4]]
    network.b[1][...] = [[0.5], [1]]
    network.W[2][...] = [[2, 5]]
    network.b[2][...] = [[-1]]
    x = np.array([[1.0, 1], [2, 1]])
    z, a = forward(network, x)
    # x = (1, 1): z = (1 + 2 + ½, 3 - 4 + 1) = (3½, 0), a = (3½, 0), out 2·3½ - 1 = 6
    # x = (2, 1): z = (2 + 2 + ½, 6 - 4 + 1) = (4½, 3), a = (4½, 3), out 9 + 15 - 1 = 23
    assert z[1].tolist() == [[3.5, 4.5], [0, 3]]
    assert a[1].tolist() == [[3.5, 4.5], [0, 3]]
    assert z[2].tolist() == a[2].tolist() == [[6, 23]]
    assert sorted(z) == [1, 2]
    assert sorted(a) == [0, 1, 2]
    assert network(x).tolist() == [[6], [23]]


def test_the_input_is_turned_as_a_view(network):
    x = np.ones((5, 3))
    _, a = forward(network, x)
    assert a[0].shape == (3, 5)
    assert np.shares_memory(a[0], x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("given", [np.uint8, bool, np.float16, np.float32, np.float64, int])
def test_data_is_converted_to_the_dtype_of_the_network(dtype, given):
    network = Network((3, 4, 2), "relu", "tanh", seed=0, dtype=dtype)
    z, a = forward(network, np.ones((5, 3), given))
    assert {v.dtype for v in (*z.values(), *a.values())} == {np.dtype(dtype)}
    assert network([[1, 1, 1]]).dtype == dtype


def test_a_copy_is_its_own(network):
    same(network, network.copy())
    twin = network.copy(np.float32)
    assert {p.dtype for p in (*twin.W.values(), *twin.b.values())} == {np.dtype(np.float32)}
    assert twin.dtype == np.float32
    twin.activation[1] = Sigmoid()
    assert network.activation[1].name == "leaky_relu"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_save_and_load(network, dtype, tmp_path):
    network = network.copy(dtype)
    path = tmp_path / "any name, any.ending"
    network.save(path)
    same(Network.load(path), network)
    network.save(str(path))  # over the old file
    same(Network.load(str(path)), network)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize(
    "f", ["sigmoid", "tanh", "relu", "leaky_relu", "identity", LeakyReLU(0.125)], ids=str
)
def test_every_activation_is_saved(f, tmp_path):
    network = Network((1, 1, 1), f, f, seed=0)
    network.save(tmp_path / "n.npz")
    same(Network.load(tmp_path / "n.npz"), network)


def test_an_activation_of_the_readers_own_is_not_saved(tmp_path):
    class Mine(Sigmoid):
        """By its name one of bplib's own, but not by its type."""

    network = Network((1, 1), output=Mine(), seed=0)
    with pytest.raises(ValueError, match=r"network.activation\[1\] is Mine\(\)"):
        network.save(tmp_path / "n.npz")
    assert os.listdir(tmp_path) == []


def test_every_cut_and_every_flipped_byte_is_refused_or_harmless(tmp_path):
    network = Network((2, 2, 1), "tanh", seed=3)
    path = tmp_path / "network.npz"
    network.save(path)
    whole = path.read_bytes()
    for n in range(0, len(whole), 7):
        path.write_bytes(whole[:n])
        with pytest.raises(ValueError, match=r"network\.npz' is damaged or not a saved network"):
            Network.load(path)
    refused = 0
    for i in range(0, len(whole), 3):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 0x41]) + whole[i + 1 :])
        try:
            loaded = Network.load(path)
        except ValueError:
            refused += 1
        else:
            same(loaded, network)  # the byte was of a time stamp, say
    assert refused > len(whole) / 3 / 2


def npz(path, **arrays):
    with open(path, "wb") as file:
        np.savez(file, **arrays)


def test_foreign_files_are_refused(network, tmp_path):
    def refused(name):
        with pytest.raises(ValueError, match=f"{name}' is damaged or not a saved network"):
            Network.load(tmp_path / name)

    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("W = 1")
    np.save(tmp_path / "one.npy", np.ones(3))
    npz(tmp_path / "other.npz", W1=np.ones((2, 2)), b1=np.ones((2, 1)))
    npz(tmp_path / "format.npz", about=np.array('{"format": "another 7"}'))
    for name in ("empty", "text", "one.npy", "other.npz", "format.npz"):
        refused(name)

    network.save(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as file:
        good = dict(file)
    npz(tmp_path / "again.npz", **good)
    same(Network.load(tmp_path / "again.npz"), network)
    broken = {
        "missing": {k: v for k, v in good.items() if k != "b2"},
        "shape": {**good, "W2": good["W2"].T},
        "nan": {**good, "W2": good["W2"] * np.nan},
        "dtypes": {**good, "b2": good["b2"].astype(np.float32)},
        "integers": {k: v if k == "about" else v.astype(int) for k, v in good.items()},
        "activation": {**good, "about": np.array(str(good["about"]).replace("identity", "idontity"))},
        "fewer": {**good, "about": np.array(str(good["about"]).replace(', ["identity", {}]', ""))},
    }
    for name, arrays in broken.items():
        npz(tmp_path / name, **arrays)
        refused(name)


class Trap:
    """Unpickling it would write a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_a_pickle_is_never_loaded(network, tmp_path):
    network.save(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as file:
        good = dict(file)
    trap = np.array([Trap(tmp_path / "trapped")], dtype=object)
    for name in ("about", "W1"):
        npz(tmp_path / "bad.npz", **{**good, name: trap})
        with pytest.raises(ValueError, match=r"bad\.npz' is damaged or not a saved network"):
            Network.load(tmp_path / "bad.npz")
    assert not (tmp_path / "trapped").exists()


def test_a_missing_file_is_the_systems_own_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such"):
        Network.load(tmp_path / "no such")


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=repr)
def test_a_failing_write_leaves_the_old_file_whole(network, tmp_path, monkeypatch, error):
    path = tmp_path / "n.npz"
    network.save(path)
    before = path.read_bytes()

    def half(file, **arrays):
        file.write(before[: len(before) // 2])
        raise error

    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(type(error)):
        Network((1, 1), seed=0).save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["n.npz"]


def test_the_new_file_takes_the_place_of_the_old_in_one_step(network, tmp_path, monkeypatch):
    path = tmp_path / "n.npz"
    network.save(path)
    before = path.read_bytes()

    def refuse(beside, there):
        assert os.path.dirname(beside) == os.path.dirname(there)  # across file systems it is not one step
        same(Network.load(beside), network.copy(np.float32))  # the new file is complete
        raise OSError("refused")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="refused"):
        network.copy(np.float32).save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["n.npz"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right there that few have")
def test_a_link_stays_a_link(network, tmp_path):
    (tmp_path / "there").mkdir()
    there, link = tmp_path / "there" / "n.npz", tmp_path / "n.npz"
    link.symlink_to(there)
    for _ in range(2):  # where the link points to nothing yet, and where a file is
        network.save(link)
        assert link.is_symlink()
        same(Network.load(there), network)
    assert os.listdir(there.parent) == ["n.npz"]


@pytest.mark.skipif(os.name == "nt", reason="no such permissions there")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_file_keeps_its_permissions(network, tmp_path, mode):
    path = tmp_path / "n.npz"
    network.save(path)
    fresh = tmp_path / "fresh"
    fresh.touch()
    assert path.stat().st_mode == fresh.stat().st_mode  # as any new file
    path.chmod(mode)
    network.save(path)
    assert path.stat().st_mode & 0o777 == mode


def test_what_a_killed_save_left_is_cleared_an_hour_later(network, tmp_path):
    path = tmp_path / "n[1].npz"
    code = (
        "import os, sys, numpy, bplib\n"
        "numpy.savez = lambda file, **arrays: (file.write(b'half'), file.flush(), os._exit(9))\n"
        "bplib.Network((1, 1), seed=0).save(sys.argv[1])"
    )
    for _ in range(2):
        assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == 9
    old, young = sorted(tmp_path.iterdir())
    others = [
        tmp_path / name for name in ("n[1].npz.mine.tmp", "n1.npz.0123abcd.tmp", "n[1].npz.0123abcd.txt")
    ]
    for other in others:
        other.touch()
    hour = 3600
    for file, age in ((old, hour + 60), (young, hour - 60), *((other, 2 * hour) for other in others)):
        os.utime(file, (time.time() - age,) * 2)
    network.save(path)
    assert set(tmp_path.iterdir()) == {path, young, *others}


def test_an_error_names_the_file_that_was_asked_for(network, tmp_path):
    for path, error in ((tmp_path / "no such folder" / "n.npz", FileNotFoundError), (tmp_path, OSError)):
        with pytest.raises(error) as info:
            network.save(path)
        assert info.value.filename == os.path.realpath(path)
        assert info.value.strerror
        assert ".tmp" not in str(info.value)
    assert os.listdir(tmp_path) == []


def test_import_needs_numpy_alone():
    # nothing that only one function needs, either: `make bench` prints what the import takes
    code = (
        "import sys, numpy; before = set(sys.modules); import bplib; new = set(sys.modules) - before\n"
        "print(*sorted({m.split('.')[0] for m in new} - sys.stdlib_module_names - {'org'}))\n"  # org: Jython's, by copy
        "print(*sorted(new & {'difflib', 'json', 'numpy.typing', 'tqdm', 'zipfile'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["bplib", ""]


def test_what_xavier_keeps_over_ten_layers():
    # as the docstring says: the deltas of tanh; those of the sigmoid only with four times the weights, centred
    data = digits()

    def kept(f, scale=1.0, centre=0.0, seed=0):
        network = Network([64, *[32] * 9, 10], f, "identity", init="xavier", seed=seed)
        for l in network.W:
            network.W[l] *= scale
            network.b[l] -= centre * network.W[l].sum(axis=1, keepdims=True) * (l > 1)
        delta = backprop(network, data.x_train[:100], data.y_train[:100], "softmax_cross_entropy").delta
        return np.abs(delta[1]).mean() / np.abs(delta[10]).mean()

    for seed in range(3):
        assert 0.25 <= kept("tanh", seed=seed) < 0.5
        assert 1.5e-6 < kept("sigmoid", seed=seed) < 2.5e-6
        assert kept("sigmoid", scale=4, seed=seed) < 0.02
        assert kept("sigmoid", centre=0.5, seed=seed) < 1e-5
        assert 0.1 < kept("sigmoid", scale=4, centre=0.5, seed=seed) < 0.3
        assert (
            kept("sigmoid", scale=32, seed=seed) > 2
        )  # larger weights: nearly all saturated, and they explode
