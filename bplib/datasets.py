"""Data to learn from: toy sets drawn from a seed, 1,797 embedded 8x8 digits, and MNIST.

Examples are rows throughout: `x.shape == (m, n)`. Targets of a regression and of xor are columns of floats,
`y.shape == (m, 1)`; labels of classes are integers 0, 1, ..., `y.shape == (m,)`.

`seed` is an integer of at least 0, which gives the same set each time, or a `numpy.random.Generator`, which
moves on. `noise` is the standard deviation of the normal noise added to the points; 0 leaves the bare shape.
An argument of the wrong type raises `TypeError`, one of a wrong value `ValueError`. Every call returns new
arrays: writing into them changes nothing else.
"""

from __future__ import annotations  # or numpy.random would be loaded at import

import errno
import gzip
import math
import os
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bplib._checks import float_type, generator, lacking, real, whole

__all__ = ["Split", "circles", "digits", "mnist", "moons", "noisy_sine", "read_idx", "spirals", "xor"]

Float64s = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


class Split(NamedTuple):
    """Labelled images, apart for training and for testing: `x_train, y_train, x_test, y_test = digits()`.

    `x_train` (m, n) and `x_test` hold one image a row, pixels scaled to 0..1; `y_train` (m,) and `y_test`
    hold the integer that each image shows.
    """

    x_train: npt.NDArray[np.floating[Any]]
    y_train: Labels
    x_test: npt.NDArray[np.floating[Any]]
    y_test: Labels


def xor() -> tuple[Float64s, Float64s]:
    """The four rows of exclusive or: x (4, 2) and y (4, 1), which is 1 where exactly one input is 1."""
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return x, np.array([[0.0], [1.0], [1.0], [0.0]])


def moons(m: int, noise: float, *, seed: int | np.random.Generator) -> tuple[Float64s, Labels]:
    """Two half circles of radius 1 that reach into each other; the points lie uniformly along them.

    Label 0 is the upper half circle around (0, 0), label 1 the lower one around (1, 0.5). The labels
    alternate, so the classes are equal in size, or differ by one. Returns x (m, 2) and labels (m,); m is at
    least 2.
    """
    rng, y = generator("seed", seed), _alternate(m, 2)
    angle = rng.uniform(0, np.pi, m)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    return _scatter(np.where(y[:, None] == 0, upper, [1.0, 0.5] - upper), noise, rng), y


def circles(
    m: int, noise: float, *, seed: int | np.random.Generator, ratio: float = 0.5
) -> tuple[Float64s, Labels]:
    """Two circles around (0, 0); the points lie uniformly along them.

    Label 0 is the outer circle, of radius 1, label 1 the inner one, of radius `ratio` (above 0, below 1).
    The labels alternate, so the classes are equal in size, or differ by one. Returns x (m, 2) and labels
    (m,); m is at least 2.
    """
    rng, y = generator("seed", seed), _alternate(m, 2)
    ratio = real("ratio", ratio, "a number above 0 and below 1", lambda value: 0 < value < 1)
    angle = rng.uniform(0, 2 * np.pi, m)
    radius = np.where(y == 0, 1.0, ratio)
    return _scatter(_polar(radius, angle), noise, rng), y


def spirals(
    m: int, classes: int, noise: float, *, seed: int | np.random.Generator, turns: float = 0.75
) -> tuple[Float64s, Labels]:
    """Arms that wind out from near (0, 0) to radius 1, one for each class.

    A point's radius is uniform from 0.1 to 1; its angle grows by `turns` full turns a unit of radius, and
    for label k it starts at k / classes of a turn. The labels go round, so the classes are equal in size, or
    differ by one. Returns x (m, 2) and labels (m,); classes is at least 2 and m at least as large.
    """
    rng, y = generator("seed", seed), _alternate(m, whole("classes", classes, 2))
    radius = rng.uniform(0.1, 1, m)
    turns = real("turns", turns, "a finite number", lambda value: True)
    angle = 2 * np.pi * (turns * radius + y / classes)
    return _scatter(_polar(radius, angle), noise, rng), y


def noisy_sine(m: int, noise: float, *, seed: int | np.random.Generator) -> tuple[Float64s, Float64s]:
    """One period of a sine with noise on y: x (m, 1) uniform from -1 to 1, y (m, 1) = sin(pi x) + noise."""
    rng = generator("seed", seed)
    x = rng.uniform(-1, 1, (whole("m", m, 1), 1))
    return x, _scatter(np.sin(np.pi * x), noise, rng)


def digits(*, dtype: npt.DTypeLike = np.float64) -> Split:
    """The 1,797 handwritten digits of 8x8 pixels that come with bplib: 1,442 to train with, 355 to test.

    Images are rows (m, 64) of 0 to 1 in steps of 1/16, in `dtype` (float64 or float32). Of each digit every
    fifth example, in the source's order, is for testing; no random number is involved. All 13 writers are in
    both parts, so this test asks for new images, not for new hands.

    Source: Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, https://doi.org/10.24432/C50P49, CC BY 4.0; of it the test set, as in scikit-learn's
    `load_digits`. `bplib/data/README.md` says how the embedded file was written.
    """
    scale = float_type(dtype).type(16)
    with np.load(Path(__file__).with_name("data") / "digits.npz") as file:
        x, y = file["pixels"] / scale, file["labels"].astype(np.int64)
    nth_of_its_digit = np.cumsum(y[:, None] == np.arange(10), axis=0)[np.arange(y.size), y]
    test = nth_of_its_digit % 5 == 0
    return Split(x[~test], y[~test], x[test], y[test])


_MNIST = {  # stem of the name: SHA-256 of the gzipped file
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


def mnist(
    folder: str | os.PathLike[str] | None = None, *, dtype: npt.DTypeLike = np.float32, progress: bool = True
) -> Split:
    """MNIST: 60,000 handwritten digits to train with and 10,000 to test, 28x28 pixels each.

    Images are rows (m, 784) of 0 to 1 in steps of 1/255, in `dtype` (float32, 220 MB in all, or float64).

    With a `folder`, its four files are read as they are, gzipped or not, under their usual names
    (`train-images-idx3-ubyte` or `train-images.idx3-ubyte`, with or without `.gz`), and no network is used.
    Each may also lie in a folder of its own name, as some programs unpack it. Other data of the same form, such
    as Fashion-MNIST, can be read so too; EMNIST and QMNIST, whose files are otherwise, with `read_idx` (asked
    for a folder of theirs, `mnist` says how).

    Without one, the files (11.6 MB) are downloaded by pooch into the user's cache folder, from two mirrors
    in turn, with a progress bar if tqdm is there and `progress` is true. A file counts only when its SHA-256
    sum is right, and is then not fetched again. So a download that broke off goes on with the first file that
    is missing; of that file nothing is kept, it starts anew. Who may open the folder may read the files in it.

    Raises `FileNotFoundError` when the folder lacks a file, `ValueError` when a file is not what it should
    be, `ModuleNotFoundError` without pooch, `OSError` when no mirror gave the right files, or when the cache
    folder, which it names, cannot be used.

    Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits.
    """
    scale = float_type(dtype).type(255)
    paths = _download(progress) if folder is None else _in_folder(Path(folder).expanduser())
    train_images, train_labels, test_images, test_labels = (
        _read_bytes_of_shape(path, dimensions) for path, dimensions in zip(paths, (3, 1, 3, 1), strict=True)
    )
    for images, labels, path in (
        (train_images, train_labels, paths[1]),
        (test_images, test_labels, paths[3]),
    ):
        if len(images) != len(labels):
            raise ValueError(
                f"{path}: expected a label for each of {len(images)} images, found {len(labels)} labels"
            )
    if train_images.shape[1:] != test_images.shape[1:]:
        raise ValueError(
            f"{paths[2]}: expected images of {train_images.shape[1:]} pixels as for training, "
            f"found {test_images.shape[1:]}"
        )
    return Split(
        train_images.reshape(len(train_images), -1) / scale,
        train_labels.astype(np.int64),
        test_images.reshape(len(test_images), -1) / scale,
        test_labels.astype(np.int64),
    )


_IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """Read an array from an IDX file, MNIST's format, gzipped or not; its shape and type are the file's.

    The format: two zero bytes, a byte for the type, a byte for the number of dimensions, the dimensions as
    big-endian 32-bit integers, then the values, big-endian, last dimension fastest.

    Raises `ValueError` for a file that is anything else, broken, too short or too long, `OSError` for one
    that cannot be read.
    """
    data = Path(path).read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path}: expected a whole gzip file, found a broken one ({error})") from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _IDX_TYPES or data[3] == 0:
        raise ValueError(
            f"{path}: expected an IDX file, which begins with 00 00, a type (08, 09, 0b to 0e) and a number "
            f"of dimensions; found {data[:4].hex(' ') or 'nothing'}"
        )
    kind, header = np.dtype(_IDX_TYPES[data[2]]), 4 + 4 * data[3]
    if len(data) < header:
        raise ValueError(f"{path}: expected a header of {header} bytes, found {len(data)} bytes in all")
    shape = tuple(np.frombuffer(data, ">u4", data[3], offset=4).tolist())
    expected = header + kind.itemsize * math.prod(shape)
    if len(data) != expected:
        raise ValueError(
            f"{path}: expected {expected} bytes for {shape} values of {kind.name}, found {len(data)}"
        )
    try:
        return np.frombuffer(data, kind, offset=header).reshape(shape).astype(kind.newbyteorder("="))
    except ValueError as error:
        raise ValueError(
            f"{path}: expected a shape that numpy can have, found {len(shape)} dimensions"
        ) from error


def _read_bytes_of_shape(path: Path, dimensions: int) -> npt.NDArray[np.uint8]:
    array = read_idx(path)
    if array.dtype != np.uint8 or array.ndim != dimensions:
        raise ValueError(
            f"{path}: expected uint8 values in {dimensions} dimension(s), "
            f"found {array.dtype} values in {array.ndim}"
        )
    return array


def _in_folder(folder: Path) -> list[Path]:
    """The four files of MNIST in a folder, under whichever of their names they have."""
    found = []
    for stem in _MNIST:
        names = [name + end for name in (stem, stem.replace("-idx", ".idx")) for end in ("", ".gz")]
        places = [folder, *(folder / name for name in names)]
        paths = [place / name for place in places for name in names if (place / name).is_file()]
        if not paths:
            hints = [hint for start, hint in _RELATIVES.items() if any(folder.glob(f"**/{start}*"))]
            raise FileNotFoundError(
                f"folder {str(folder)!r} must hold the four files of MNIST: no {stem}[.gz]{''.join(hints)}"
            )
        found.append(paths[0])
    return found


_RELATIVES = {  # what the files' names begin with: how to read them
    "emnist-": "; what it holds is EMNIST, whose images are stored transposed: "
    "x = read_idx(images).transpose(0, 2, 1).reshape(-1, 784) / 255 and y = read_idx(labels), "
    "which for its letters count from 1",
    "qmnist-": "; what it holds is QMNIST, whose labels have the digit and seven numbers more: "
    "x = read_idx(images).reshape(-1, 784) / 255 and y = read_idx(labels)[:, 0]",
}


def _download(progress: bool) -> list[Path]:
    """The four files of MNIST in the user's cache folder, fetched where they are missing."""
    by_hand = f"put {', '.join(f'{stem}.gz' for stem in _MNIST)} into a folder and call mnist(folder)"
    import importlib.util

    try:
        import pooch
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"mnist() downloads with pooch, {lacking('pooch tqdm')}, or {by_hand}"
        ) from error
    cache = pooch.os_cache("bplib") / "mnist"
    bar = progress and importlib.util.find_spec("tqdm") is not None
    failures = []
    for mirror in _MIRRORS:  # from the second on, what an earlier one gave is there already
        downloader = pooch.HTTPDownloader(progressbar=bar, chunk_size=2**16, timeout=(10, 30))
        try:
            return [
                Path(
                    pooch.retrieve(
                        f"{mirror}{stem}.gz",
                        f"sha256:{checksum}",
                        fname=f"{stem}.gz",
                        path=cache,
                        downloader=downloader,
                        processor=_share,
                    )
                )
                for stem, checksum in _MNIST.items()
            ]
        except ValueError:
            failures.append(f"{mirror}: wrong checksum")
        except OSError as error:  # every error of requests is one, but those have no number
            if isinstance(error, PermissionError) or (
                error.errno is not None and not isinstance(error, ConnectionError | TimeoutError)
            ):  # of this machine's disk: another mirror does not help
                what = f"the cache folder {str(cache)!r} cannot be used: {error.strerror or error}"
                raise OSError(error.errno or errno.EACCES, f"{what}. Mend that, or {by_hand}") from error
            failures.append(f"{mirror}: {type(error).__name__}")
    raise OSError(
        f"MNIST could not be downloaded ({'; '.join(failures)}): try again with a network, or {by_hand}"
    )


def _share(path: str, action: str, _: object) -> str:
    """Let everybody read a fetched file who may look into its folder: pooch makes it its owner's alone."""
    if action != "fetch":
        os.chmod(path, os.stat(os.path.dirname(path)).st_mode & 0o666)
    return path


def _alternate(m: int, classes: int) -> Labels:
    return np.arange(whole("m", m, classes), dtype=np.int64) % classes


def _polar(radius: Float64s, angle: Float64s) -> Float64s:
    points: Float64s = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return points


def _scatter(points: Float64s, noise: float, rng: np.random.Generator) -> Float64s:
    noise = real("noise", noise, "a number of at least 0", lambda value: value >= 0)
    scattered: Float64s = points + noise * rng.standard_normal(points.shape)
    return scattered
