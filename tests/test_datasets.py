import errno
import gzip
import hashlib
import importlib.util
import math
import os
import re
import socket
import struct
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pooch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bplib import datasets

# -- toy sets ------------------------------------------------------------------------------------------------

MAKERS = {
    "moons": lambda m=30, noise=0.1, seed=0: datasets.moons(m, noise, seed=seed),
    "circles": lambda m=30, noise=0.1, seed=0: datasets.circles(m, noise, seed=seed),
    "spirals": lambda m=30, noise=0.1, seed=0: datasets.spirals(m, 3, noise, seed=seed),
    "noisy_sine": lambda m=30, noise=0.1, seed=0: datasets.noisy_sine(m, noise, seed=seed),
}
every_maker = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def test_xor_is_one_where_exactly_one_input_is_one():
    x, y = datasets.xor()
    assert x.shape == (4, 2)
    assert y.shape == (4, 1)
    assert x.dtype == y.dtype == np.float64
    assert {tuple(row) for row in x} == {(0, 0), (0, 1), (1, 0), (1, 1)}
    np.testing.assert_array_equal(y[:, 0], x[:, 0] != x[:, 1])


@every_maker
def test_same_seed_same_set_other_seed_other_set(make):
    x, y = make(seed=3)
    x_again, y_again = make(seed=3)
    np.testing.assert_array_equal(x, x_again)
    np.testing.assert_array_equal(y, y_again)
    assert not np.array_equal(x, make(seed=4)[0])
    np.testing.assert_array_equal(x, make(seed=np.int32(3))[0])


@every_maker
def test_a_generator_is_drawn_from_and_moves_on(make):
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(make(seed=rng)[0], make(seed=3)[0])
    assert not np.array_equal(make(seed=rng)[0], make(seed=3)[0])


@every_maker
def test_a_caller_cannot_change_the_next_set(make):
    x, y = make()
    x_before, y_before = x.copy(), y.copy()
    x[:], y[:] = -9, -9
    x_after, y_after = make()
    np.testing.assert_array_equal(x_after, x_before)
    np.testing.assert_array_equal(y_after, y_before)


@pytest.mark.parametrize("m", [2, 3, 100, 101])
@pytest.mark.parametrize("name", ["moons", "circles"])
def test_two_classes_differ_in_size_by_at_most_one(name, m):
    x, y = getattr(datasets, name)(m, 0.2, seed=1)
    assert x.shape == (m, 2)
    assert x.dtype == np.float64
    assert y.shape == (m,)
    assert y.dtype == np.int64
    assert sorted(np.bincount(y)) == [m // 2, m - m // 2]


def test_moons_without_noise_lie_on_their_half_circles():
    x, y = datasets.moons(500, 0, seed=1)
    upper, lower = x[y == 0], x[y == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    np.testing.assert_allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1)
    assert upper[:, 1].min() >= 0
    assert lower[:, 1].max() <= 0.5
    for part, centre in ((upper, 0), (lower, 1)):  # both ends are reached
        np.testing.assert_allclose([part[:, 0].min(), part[:, 0].max()], [centre - 1, centre + 1], atol=0.01)


def test_circles_without_noise_have_their_radii_and_go_all_the_way_round():
    x, y = datasets.circles(500, 0, seed=1, ratio=0.3)
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 0, 1, 0.3))
    for k in (0, 1):
        assert set(np.sign(x[y == k, 0]) + 3 * np.sign(x[y == k, 1])) == {-4, -2, 2, 4}  # four quadrants


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_spirals_without_noise_are_one_arm_turned_by_a_share_of_a_turn(classes):
    x, y = datasets.spirals(400, classes, 0, seed=1, turns=1.25)
    assert x.shape == (400, 2)
    assert np.ptp(np.bincount(y, minlength=classes)) <= 1
    radius = np.hypot(*x.T)
    assert 0.1 <= radius.min() < 0.12
    assert 0.98 < radius.max() <= 1
    unwound = np.exp(-2j * np.pi * (1.25 * radius + y / classes)) * (x[:, 0] + 1j * x[:, 1])
    np.testing.assert_allclose(unwound, radius, atol=1e-12)


def test_noisy_sine_is_one_period_with_noise_on_y_alone():
    x, y = datasets.noisy_sine(400, 0, seed=1)
    assert x.shape == y.shape == (400, 1)
    assert -1 <= x.min() < -0.98
    assert 0.98 < x.max() <= 1
    np.testing.assert_allclose(y, np.sin(np.pi * x))
    x_noisy, y_noisy = datasets.noisy_sine(400, 0.1, seed=1)
    np.testing.assert_array_equal(x_noisy, x)
    assert np.std(y_noisy - y) == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("name", ["moons", "circles", "spirals"])
def test_noise_is_a_standard_deviation_of_each_coordinate(name):
    bare, noisy = (MAKERS[name](m=4000, noise=noise)[0] for noise in (0, 0.25))
    np.testing.assert_allclose((noisy - bare).std(axis=0), 0.25, rtol=0.05)
    np.testing.assert_allclose((noisy - bare).mean(axis=0), 0, atol=0.02)


@given(st.integers(2, 60), st.floats(0, 1e6), st.integers(0, 2**64))
def test_every_set_is_finite_and_of_its_shape(m, noise, seed):
    for name, make in MAKERS.items():
        m_here = max(m, 3)
        x, y = make(m=m_here, noise=noise, seed=seed)
        assert len(x) == len(y) == m_here, name
        assert np.isfinite(x).all(), name


@every_maker
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"m": 0}, ValueError, r"m must be an integer of at least \d, got 0"),
        ({"m": -5}, ValueError, r"m must be an integer of at least \d, got -5"),
        ({"m": 10.0}, TypeError, r"m must be an integer of at least \d, got 10.0"),
        ({"m": "10"}, TypeError, r"m must be an integer of at least \d, got '10'"),
        ({"m": True}, TypeError, r"m must be an integer of at least \d, got True"),
        ({"noise": -0.1}, ValueError, "noise must be a number of at least 0, got -0.1"),
        ({"noise": math.nan}, ValueError, "noise must be a number of at least 0, got nan"),
        ({"noise": math.inf}, ValueError, "noise must be a number of at least 0, got inf"),
        ({"noise": "much"}, TypeError, "noise must be a number of at least 0, got 'much'"),
        ({"noise": None}, TypeError, "noise must be a number of at least 0, got None"),
        ({"seed": None}, TypeError, "seed must be an integer or a numpy.random.Generator, got None"),
        ({"seed": 1.0}, TypeError, "seed must be an integer or a numpy.random.Generator, got 1.0"),
        ({"seed": True}, TypeError, "seed must be an integer or a numpy.random.Generator, got True"),
        ({"seed": -1}, ValueError, "seed must be an integer of at least 0, got -1"),
    ],
)
def test_bad_arguments_are_named(make, arguments, error, message):
    with pytest.raises(error, match=message):
        make(**arguments)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: datasets.moons(1, 0, seed=0), ValueError, "m must be an integer of at least 2, got 1"),
        (lambda: datasets.spirals(3, 4, 0, seed=0), ValueError, "m must be an integer of at least 4, got 3"),
        (
            lambda: datasets.spirals(9, 1, 0, seed=0),
            ValueError,
            "classes must be an integer of at least 2, got 1",
        ),
        (
            lambda: datasets.spirals(9, 2.5, 0, seed=0),
            TypeError,
            "classes must be an integer of at least 2, got 2.5",
        ),
        (
            lambda: datasets.spirals(9, 3, 0, seed=0, turns=math.inf),
            ValueError,
            "turns must be a finite number, got inf",
        ),
        (
            lambda: datasets.circles(9, 0, seed=0, ratio=1),
            ValueError,
            "ratio must be a number above 0 and below 1, got 1",
        ),
        (
            lambda: datasets.circles(9, 0, seed=0, ratio=0),
            ValueError,
            "ratio must be a number above 0 and below 1, got 0",
        ),
        (lambda: datasets.digits(dtype=int), ValueError, "dtype must be .* got <class 'int'>"),
        (lambda: datasets.mnist(dtype="f2"), ValueError, "dtype must be .* got 'f2'"),
        (lambda: datasets.digits(dtype=None), ValueError, "dtype must be .* got None"),
        (lambda: datasets.digits(dtype="no such"), ValueError, "dtype must be .* got 'no such'"),
    ],
)
def test_bad_arguments_of_one_function_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


# -- digits --------------------------------------------------------------------------------------------------

# How many of each digit the source's description counts in its test set.
COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def embedded():
    with np.load(Path(datasets.__file__).with_name("data") / "digits.npz", allow_pickle=False) as file:
        return file["pixels"], file["labels"]


def test_embedded_digits_are_the_source_s():
    # The sums are of scikit-learn's load_digits().data and .target as uint8.
    pixels, labels = embedded()
    assert pixels.shape == (1797, 64)
    assert pixels.dtype == labels.dtype == np.uint8
    assert pixels.max() == 16
    assert np.bincount(labels).tolist() == COUNTS
    assert (
        hashlib.sha256(pixels.tobytes()).hexdigest()
        == "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
    )
    assert (
        hashlib.sha256(labels.tobytes()).hexdigest()
        == "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0"
    )


def test_digits_first_image_is_a_nought():
    # The first line of the source, optdigits.tes, as it stands there.
    line = """0,0,5,13,9,1,0,0, 0,0,13,15,10,15,5,0, 0,3,15,2,0,11,8,0, 0,4,12,0,0,8,8,0,
              0,5,8,0,0,9,8,0, 0,4,11,0,1,12,7,0, 0,2,14,5,10,12,0,0, 0,0,6,13,10,0,0,0"""
    split = datasets.digits()
    np.testing.assert_array_equal(split.x_train[0] * 16, [int(pixel) for pixel in line.split(",")])
    assert split.y_train[0] == 0


def test_digits_split_takes_every_fifth_of_each_digit():
    pixels, labels = embedded()
    seen, test = [0] * 10, []
    for label in labels:
        seen[label] += 1
        test.append(seen[label] % 5 == 0)
    test = np.array(test)
    split = datasets.digits()
    np.testing.assert_array_equal(split.x_train, pixels[~test] / 16)
    np.testing.assert_array_equal(split.y_train, labels[~test])
    np.testing.assert_array_equal(split.x_test, pixels[test] / 16)
    np.testing.assert_array_equal(split.y_test, labels[test])


def test_digits_split_is_stratified_and_whole():
    split = datasets.digits()
    assert [array.shape for array in split] == [(1442, 64), (1442,), (355, 64), (355,)]
    assert np.bincount(split.y_test).tolist() == [count // 5 for count in COUNTS]
    assert np.bincount(split.y_train).tolist() == [count - count // 5 for count in COUNTS]
    assert split.y_train.dtype == split.y_test.dtype == np.int64
    assert split.x_train.min() == split.x_test.min() == 0
    assert split.x_train.max() == split.x_test.max() == 1
    train, test = ({row.tobytes() for row in x} for x in (split.x_train, split.x_test))
    assert not train & test  # no image is in both parts


@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float32"])
def test_digits_come_in_the_type_asked_for(dtype):
    split = datasets.digits(dtype=dtype)
    assert split.x_train.dtype == split.x_test.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(split.x_train, datasets.digits().x_train)  # sixteenths are exact in both
    assert datasets.digits().x_train.dtype == np.float64


def test_a_caller_cannot_corrupt_the_digits():
    before = [array.copy() for array in datasets.digits()]
    for array in datasets.digits():
        array[:] = 7
    for array, expected in zip(datasets.digits(), before, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_embedded_file_is_small():
    assert (Path(datasets.__file__).with_name("data") / "digits.npz").stat().st_size < 50_000


# -- IDX files -----------------------------------------------------------------------------------------------


def idx(array):
    """The bytes of an IDX file, put together from the format's description and not from the reader."""
    code, form = {
        "uint8": (8, "B"),
        "int8": (9, "b"),
        "int16": (11, "h"),
        "int32": (12, "i"),
        "float32": (13, "f"),
        "float64": (14, "d"),
    }[array.dtype.name]
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    return header + struct.pack(f">{array.size}{form}", *array.ravel().tolist())


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (0, 3)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_read_idx_gives_back_what_was_written(tmp_path, dtype, shape, pack):
    array = (np.arange(math.prod(shape)).reshape(shape) * 5 - 20).astype(dtype)
    path = tmp_path / "a file"
    path.write_bytes(pack(idx(array)))
    for given_path in (path, str(path)):
        result = datasets.read_idx(given_path)
        np.testing.assert_array_equal(result, array)
        assert result.dtype == np.dtype(dtype)
        assert result.dtype.isnative
        result += 1  # a new array, writable


GOOD = idx(np.arange(24, dtype="uint8").reshape(2, 3, 4))
PACKED = gzip.compress(GOOD)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "expected an IDX file, .* found nothing", id="empty"),
        pytest.param(b"\0\0\x08", "expected an IDX file, .* found 00 00 08", id="cut in the magic number"),
        pytest.param(b"PK\x03\x04" + GOOD, "expected an IDX file, .* found 50 4b 03 04", id="zip"),
        pytest.param(b"<!DOCTYPE html>", "expected an IDX file, .* found 3c 21 44 4f", id="web page"),
        pytest.param(b"\0\0\x0a" + GOOD[3:], "expected an IDX file, .* found 00 00 0a 03", id="no such type"),
        pytest.param(b"\0\0\x08\0\x05", "expected an IDX file, .* found 00 00 08 00", id="no dimension"),
        pytest.param(GOOD[:10], "expected a header of 16 bytes, found 10 bytes", id="cut in the header"),
        pytest.param(
            GOOD[:-1], r"expected 40 bytes for \(2, 3, 4\) values of uint8, found 39", id="truncated"
        ),
        pytest.param(
            GOOD + b"\0", r"expected 40 bytes for \(2, 3, 4\) values of uint8, found 41", id="over-long"
        ),
        pytest.param(
            b"\0\0\x0e\x03" + b"\xff" * 12 + b"\0" * 99,
            rf"expected {16 + 8 * (2**32 - 1) ** 3} bytes",
            id="dimensions beyond any memory",
        ),
        pytest.param(
            b"\0\0\x08\x41" + b"\0\0\0\1" * 65 + b"\7",
            "expected a shape that numpy can have, found 65 dimensions",
            id="more dimensions than numpy knows",
        ),
        pytest.param(
            b"\0\0\x08\4" + b"\0\0\0\0" + b"\xff" * 12,
            "expected a shape that numpy can have, found 4 dimensions",
            id="nothing of a size beyond any memory",
        ),
        pytest.param(PACKED[:-1], "expected a whole gzip file, found a broken one", id="gzip truncated"),
        pytest.param(PACKED[:12], "expected a whole gzip file, found a broken one", id="gzip cut early"),
        pytest.param(
            PACKED[:-6] + b"\0" + PACKED[-5:],
            "expected a whole gzip file, found a broken one",
            id="gzip checksum",
        ),
        pytest.param(
            PACKED[:10] + b"\xff" * 9 + PACKED[19:],
            "expected a whole gzip file, found a broken one",
            id="gzip data",
        ),
        pytest.param(gzip.compress(GOOD[:-3]), "expected 40 bytes .* found 37", id="truncated inside gzip"),
        pytest.param(
            gzip.compress(b"hello"), "expected an IDX file, .* found 68 65 6c 6c", id="foreign in gzip"
        ),
    ],
)
def test_read_idx_refuses_and_names_the_file(tmp_path, data, message):
    path = tmp_path / "images-idx3-ubyte"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}: {message}"):
        datasets.read_idx(path)


def test_read_idx_of_no_file_is_the_usual_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        datasets.read_idx(tmp_path / "none")


# -- MNIST from a folder -------------------------------------------------------------------------------------

STEMS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def small_mnist():
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (count, 28, 28), dtype=np.uint8) for count in (7, 3)]
    images[0][0, 0, :2] = 0, 255
    return [images[0], np.arange(7, dtype=np.uint8), images[1], np.arange(3, dtype=np.uint8)]


def put(folder, arrays, name=lambda stem: stem, pack=bytes):
    folder.mkdir(parents=True, exist_ok=True)
    for stem, array in zip(STEMS, arrays, strict=True):
        (folder / name(stem)).write_bytes(pack(idx(array)))


def check(split, arrays, dtype=np.float32):
    images, labels, test_images, test_labels = arrays
    for x, source in ((split.x_train, images), (split.x_test, test_images)):
        assert x.shape == (len(source), 784)
        assert x.dtype == dtype
        np.testing.assert_allclose(x, source.reshape(len(source), -1) / 255, rtol=1e-6)
    for y, source in ((split.y_train, labels), (split.y_test, test_labels)):
        assert y.dtype == np.int64
        np.testing.assert_array_equal(y, source)


@pytest.fixture
def no_download(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a local folder must not lead to a download")

    monkeypatch.setattr(pooch, "retrieve", refuse)


@pytest.mark.usefixtures("no_download")
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("dot", [False, True])
def test_mnist_reads_a_folder_under_every_usual_name(tmp_path, pack, end, dot):
    # .gz files that are not gzipped, and the reverse, are common too: browsers unpack, and keep the name.
    arrays = small_mnist()
    put(tmp_path, arrays, lambda stem: (stem.replace("-idx", ".idx") if dot else stem) + end, pack)
    check(datasets.mnist(tmp_path), arrays)
    check(datasets.mnist(str(tmp_path), dtype=np.float64), arrays, np.float64)


@pytest.mark.usefixtures("no_download")
@pytest.mark.parametrize("name", ["{}", "{}.gz"])
def test_mnist_reads_files_in_folders_of_their_own_name(tmp_path, name):
    arrays = small_mnist()
    for stem, array in zip(STEMS, arrays, strict=True):
        folder = tmp_path / stem.replace("-idx", ".idx")
        folder.mkdir()
        (folder / name.format(stem)).write_bytes(idx(array))
    check(datasets.mnist(tmp_path), arrays)
    put(
        tmp_path, small := [*arrays[:1], arrays[1][::-1].copy(), *arrays[2:]]
    )  # what lies beside them is first
    check(datasets.mnist(tmp_path), small)


@pytest.mark.usefixtures("no_download")
@pytest.mark.parametrize(
    ("relative", "labels", "says"),
    [
        ("emnist-letters", "idx1-ubyte", ["EMNIST", "transposed", "read_idx(images).transpose(0, 2, 1)"]),
        ("qmnist", "idx2-int", ["QMNIST", "read_idx(labels)[:, 0]"]),
    ],
)
@pytest.mark.parametrize("inside", ["", "gzip"])
def test_mnist_of_its_relatives_says_how_to_read_them(tmp_path, relative, labels, says, inside):
    folder = tmp_path / inside
    folder.mkdir(exist_ok=True)
    images = np.arange(2 * 28 * 28).reshape(2, 28, 28).astype("uint8")
    (folder / f"{relative}-train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
    eight = np.arange(16).reshape(2, 8).astype("int32")
    (folder / f"{relative}-train-labels-{labels}.gz").write_bytes(gzip.compress(idx(eight)))
    with pytest.raises(FileNotFoundError, match="no train-images-idx3-ubyte") as caught:
        datasets.mnist(tmp_path)
    assert all(part in str(caught.value) for part in says)
    # what it says, done
    read_images = datasets.read_idx(folder / f"{relative}-train-images-idx3-ubyte.gz")
    assert read_images.transpose(0, 2, 1).reshape(-1, 784)[1, 1] == images[1, 1, 0]
    assert datasets.read_idx(folder / f"{relative}-train-labels-{labels}.gz")[:, 0].tolist() == [0, 8]


@pytest.mark.usefixtures("no_download")
def test_mnist_scales_to_0_to_1(tmp_path):
    put(tmp_path, small_mnist())
    x = datasets.mnist(tmp_path).x_train
    assert x[0, 0] == x.min() == 0
    assert x[0, 1] == x.max() == 1


@pytest.mark.usefixtures("no_download")
@pytest.mark.parametrize("missing", STEMS)
def test_mnist_says_which_file_a_folder_lacks(tmp_path, missing):
    put(tmp_path, small_mnist())
    (tmp_path / missing).unlink()
    with pytest.raises(FileNotFoundError, match=rf"{re.escape(repr(str(tmp_path)))}.*no {missing}\[\.gz\]"):
        datasets.mnist(tmp_path)


@pytest.mark.usefixtures("no_download")
def test_mnist_of_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere.*must hold the four files"):
        datasets.mnist(tmp_path / "nowhere")


@pytest.mark.usefixtures("no_download")
@pytest.mark.parametrize(
    ("which", "array", "message"),
    [
        (1, np.zeros(6, "uint8"), "expected a label for each of 7 images, found 6 labels"),
        (3, np.zeros(4, "uint8"), "expected a label for each of 3 images, found 4 labels"),
        (0, np.zeros(7, "uint8"), r"expected uint8 values in 3 dimension\(s\), found uint8 values in 1"),
        (
            1,
            np.zeros((7, 1, 1), "uint8"),
            r"expected uint8 values in 1 dimension\(s\), found uint8 values in 3",
        ),
        (2, np.zeros((3, 28, 28), "float32"), r"expected uint8 values .* found float32 values in 3"),
        (2, np.zeros((3, 14, 14), "uint8"), r"expected images of \(28, 28\) pixels .* found \(14, 14\)"),
    ],
)
def test_mnist_refuses_files_that_do_not_fit(tmp_path, which, array, message):
    arrays = small_mnist()
    arrays[which] = array
    put(tmp_path, arrays)
    with pytest.raises(ValueError, match=rf"{STEMS[which]}: {message}"):
        datasets.mnist(tmp_path)


# -- MNIST from the network ----------------------------------------------------------------------------------


@pytest.fixture
def web(tmp_path, monkeypatch):
    """Mirrors of a small MNIST, without a network: what each serves, and the log of what was asked for."""

    web = SimpleNamespace(
        asked=[],  # every URL asked for
        broken={},  # a URL, or a start of it: the error or the bytes that come instead
        files={
            f"{stem}.gz": gzip.compress(idx(a), mtime=0) for stem, a in zip(STEMS, small_mnist(), strict=True)
        },
    )

    class Downloader:
        def __init__(self, progressbar=False, **_):
            web.progressbar = progressbar

        def __call__(self, url, output_file, pooch, check_only=False):
            web.asked.append(url)
            answer = next((what for start, what in web.broken.items() if url.startswith(start)), None)
            if isinstance(answer, BaseException):
                Path(output_file).write_bytes(b"the first few bytes")
                raise answer
            Path(output_file).write_bytes(web.files[url.rsplit("/", 1)[1]] if answer is None else answer)

    web.real_downloader = pooch.HTTPDownloader
    monkeypatch.setattr(pooch, "HTTPDownloader", Downloader)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    sums = {stem: hashlib.sha256(web.files[f"{stem}.gz"]).hexdigest() for stem in STEMS}
    monkeypatch.setattr(datasets, "_MNIST", sums)
    pooch.get_logger().setLevel("ERROR")
    yield web
    pooch.get_logger().setLevel("NOTSET")


FIRST, SECOND = datasets._MIRRORS


def names(urls):
    return [url.rsplit("/", 1)[1] for url in urls]


def test_mnist_checksums_are_the_published_ones():
    assert tuple(datasets._MNIST) == STEMS
    for checksum in datasets._MNIST.values():
        assert re.fullmatch("[0-9a-f]{64}", checksum)
    assert len(set(datasets._MNIST.values())) == 4
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in datasets._MIRRORS)


def test_mnist_downloads_each_file_once(web):
    check(datasets.mnist(), small_mnist())
    assert web.asked == [f"{FIRST}{stem}.gz" for stem in STEMS]
    check(datasets.mnist(dtype=np.float64), small_mnist(), np.float64)
    assert len(web.asked) == 4


def test_mnist_goes_on_with_the_next_mirror_where_the_first_stopped(web):
    web.broken[f"{FIRST}t10k-images"] = ConnectionResetError("reset")
    check(datasets.mnist(), small_mnist())
    assert web.asked == [
        *(f"{FIRST}{stem}.gz" for stem in STEMS[:3]),
        *(f"{SECOND}{stem}.gz" for stem in STEMS[2:]),
    ]


def test_mnist_resumes_with_the_files_that_are_missing(web, tmp_path):
    web.broken = {f"{mirror}t10k-images": ConnectionResetError("reset") for mirror in (FIRST, SECOND)}
    with pytest.raises(OSError, match="could not be downloaded"):
        datasets.mnist()
    kept = sorted(path.name for path in (tmp_path / "cache" / "bplib" / "mnist").iterdir())
    assert kept == [f"{stem}.gz" for stem in STEMS[:2]]  # nothing half-done is left
    web.asked, web.broken = [], {}
    check(datasets.mnist(), small_mnist())
    assert names(web.asked) == [f"{stem}.gz" for stem in STEMS[2:]]


def test_mnist_interrupted_by_hand_is_not_another_mirror_s_turn(web):
    web.broken[f"{FIRST}train-labels"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        datasets.mnist()
    assert len(web.asked) == 2
    web.broken = {}
    check(datasets.mnist(), small_mnist())


def test_mnist_takes_no_file_with_a_wrong_checksum(web, tmp_path):
    web.broken[FIRST] = b"not MNIST"
    check(datasets.mnist(), small_mnist())
    assert [url.startswith(SECOND) for url in web.asked] == [False, True, True, True, True]
    # a file that went bad in the cache is fetched again
    (tmp_path / "cache" / "bplib" / "mnist" / f"{STEMS[3]}.gz").write_bytes(b"bad")
    web.asked, web.broken = [], {}
    check(datasets.mnist(), small_mnist())
    assert names(web.asked) == [f"{STEMS[3]}.gz"]


def test_mnist_without_any_mirror_says_what_to_do(web):
    web.broken = {FIRST: ConnectionRefusedError("refused"), SECOND: b"a login page"}
    with pytest.raises(OSError, match="MNIST could not be downloaded") as caught:
        datasets.mnist()
    message = str(caught.value)
    assert f"{FIRST}: ConnectionRefusedError" in message
    assert f"{SECOND}: wrong checksum" in message
    assert "call mnist(folder)" in message
    assert all(f"{stem}.gz" in message for stem in STEMS)
    assert "\n" not in message


@pytest.mark.parametrize("progress", [True, False])
def test_mnist_progress_bar_is_a_choice(web, progress):
    datasets.mnist(progress=progress)
    assert web.progressbar is progress


def test_mnist_without_tqdm_has_no_progress_bar(web, monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tqdm" else find_spec(name))
    check(datasets.mnist(), small_mnist())
    assert web.progressbar is False


def test_mnist_without_pooch_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ModuleNotFoundError, match=r"pooch, which is not installed.*call mnist\(folder\)"):
        datasets.mnist()
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(
        ModuleNotFoundError, match=r"pooch, which the Python of a web page does not have: run"
    ):
        datasets.mnist()


@pytest.mark.parametrize(
    ("error", "kind", "cause"),
    [
        (
            PermissionError("Pooch could not"),
            PermissionError,
            "Pooch could not",
        ),  # pooch's own, without a number
        (PermissionError(errno.EACCES, "Permission denied", "x"), PermissionError, "Permission denied"),
        (OSError(errno.EROFS, "Read-only file system", "x"), OSError, "Read-only file system"),
        (OSError(errno.ENOSPC, "No space left on device"), OSError, "No space left on device"),
    ],
)
def test_mnist_whose_cache_cannot_be_written_is_no_network_error(web, tmp_path, error, kind, cause):
    web.broken["https://"] = error
    with pytest.raises(kind) as caught:
        datasets.mnist()
    assert len(web.asked) == 1
    message = str(caught.value)
    folder = str(tmp_path / "cache" / "bplib" / "mnist")
    assert f"the cache folder {folder!r} cannot be used: {cause}. Mend that" in message
    assert "call mnist(folder)" in message
    assert caught.value.errno == (error.errno or errno.EACCES)


def test_mnist_whose_cache_folder_is_a_file(web, tmp_path):
    (tmp_path / "cache").touch()
    with pytest.raises(OSError, match=r"the cache folder .* cannot be used"):
        datasets.mnist()
    assert web.asked == []


@pytest.mark.parametrize("error", [TimeoutError(errno.ETIMEDOUT, "late"), ConnectionResetError(104, "reset")])
def test_mnist_whose_network_fails_with_a_number_is_no_disk_error(web, error):
    web.broken[FIRST] = error
    check(datasets.mnist(), small_mnist())


@pytest.mark.skipif(os.name == "nt", reason="no such permissions there")
@pytest.mark.parametrize(("folder", "file"), [(0o755, 0o644), (0o700, 0o600), (0o2770, 0o660)])
def test_mnist_in_a_cache_is_for_everybody_who_may_open_the_folder(web, tmp_path, folder, file):
    cache = tmp_path / "cache" / "bplib" / "mnist"
    cache.mkdir(parents=True)
    cache.chmod(folder)
    datasets.mnist()
    paths = sorted(cache.iterdir())
    assert [path.stat().st_mode & 0o777 for path in paths] == [file] * 4
    paths[0].chmod(0o400)  # what its owner decides later stays
    datasets.mnist()
    assert paths[0].stat().st_mode & 0o777 == 0o400


def test_mnist_with_refused_connections(tmp_path, monkeypatch):
    # pooch's own downloader, and a port where nobody listens.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setattr(datasets, "_MIRRORS", (f"http://127.0.0.1:{port}/a/", f"http://127.0.0.1:{port}/b/"))
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / project)
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(
        OSError, match=r"/a/: ConnectionError; .*/b/: ConnectionError\): try again with a network"
    ):
        datasets.mnist()
    assert list((tmp_path / "bplib" / "mnist").iterdir()) == []


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder; what lies under /short/ with the right length in the header and half of the bytes."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        if not self.path.startswith("/short/"):
            super().do_GET()
            return
        data = (Path(self.directory) / Path(self.path).name).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])


def test_mnist_over_http_with_a_first_mirror_that_breaks_off(web, tmp_path, monkeypatch, capsys):
    # pooch's own downloader and progress bar against a server on this machine.
    monkeypatch.setattr(pooch, "HTTPDownloader", web.real_downloader)
    monkeypatch.setenv("NO_PROXY", "*")
    served = tmp_path / "served"
    put(served, small_mnist(), "{}.gz".format, partial(gzip.compress, mtime=0))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(datasets, "_MIRRORS", (f"{base}/short/", f"{base}/missing/", f"{base}/"))
        try:
            check(datasets.mnist(), small_mnist())
            assert "100%" in capsys.readouterr().err
        finally:
            server.shutdown()
    check(datasets.mnist(), small_mnist())  # from the cache: nobody serves any more


# -- imports -------------------------------------------------------------------------------------------------


def test_importing_datasets_loads_neither_pooch_nor_tqdm():
    code = (
        "import sys, bplib.datasets; print([name in sys.modules for name in ('pooch', 'tqdm', 'requests')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[0] == "[False, False, False]"
