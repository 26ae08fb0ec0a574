"""What every door of bplib checks: one short message that names the argument, what came and what was due."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:  # numpy.typing, which costs a millisecond, is for the type checker alone
    from typing import TypeAlias

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.floating[Any]]
    Labels: TypeAlias = NDArray[np.integer[Any]]
    Layers: TypeAlias = dict[int, NDArray[Any]]  # keyed by layer
T = TypeVar("T")


def namespace(array: Any) -> Any:
    """The functions that work on `array`, by the Python array API standard; numpy's for numbers and lists."""
    if type(array) is np.ndarray or not hasattr(array, "__array_namespace__"):  # at once for numpy's own
        return np
    return array.__array_namespace__()


def real(name: str, value: object, expected: str, ok: Callable[[float], bool]) -> float:
    """A finite number for which `ok` holds, as a Python float (which never widens a float32 array)."""
    if isinstance(value, bool | np.bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be {expected}, got {value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and ok(number)):
        raise ValueError(f"{name} must be {expected}, got {value!r}")
    return number


def whole(name: str, value: object, low: int, high: int | None = None) -> int:
    """An integer from `low` to `high`."""
    expected = f"an integer of at least {low}" if high is None else f"an integer from {low} to {high}"
    if isinstance(value, bool | np.bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be {expected}, got {value!r}")
    if value < low or (high is not None and value > high):
        raise ValueError(f"{name} must be {expected}, got {value!r}")
    return int(value)


def generator(name: str, seed: object) -> np.random.Generator:
    """A random generator from a seed, or the generator itself."""
    if isinstance(seed, np.random.Generator):
        return seed
    if isinstance(seed, bool | np.bool) or not isinstance(seed, int | np.integer):
        raise TypeError(f"{name} must be an integer or a numpy.random.Generator, got {seed!r}")
    return np.random.default_rng(whole(name, seed, 0))


def known(kind: str, name: str, table: Mapping[str, T]) -> T:
    """The entry of that name; the error for an unknown name gives the nearest one."""
    if name in table:
        return table[name]
    from difflib import get_close_matches  # here, because importing bplib should cost next to nothing

    nearest = get_close_matches(name.lower(), table, n=1, cutoff=0.4)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    raise ValueError(f"unknown {kind} {name!r}: {hint}Known: {', '.join(map(repr, table))}")


def numbers(name: str, value: object, hint: str = "") -> NDArray[Any]:
    """An array of real numbers, of whatever shape and dtype it came in; `hint` is what to do with words."""
    if any(is_masked(part) for part in (value if isinstance(value, list | tuple) else [value])):
        raise TypeError(
            f"{name} is a masked array, and bplib knows no missing values: leave these examples out, "
            "or put numbers in their places, as filled(...) does"
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be an array of numbers, its rows equally long: {error}") from error
    if array.dtype.kind not in "buif":
        fix = hint or f"; if they are numbers in writing, np.asarray({_short(name)}, float)"
        raise TypeError(
            f"{name} must hold real numbers, got dtype {array.dtype}{fix if array.dtype.kind in 'OSTU' else ''}"
        )
    return array


def is_masked(value: object) -> bool:
    """Whether it is a numpy.ma.MaskedArray, asked without importing numpy.ma."""
    return isinstance(value, np.ndarray) and hasattr(value, "mask")


def finite(name: str, value: object, dtype: Any) -> Array:
    """An array of finite numbers in `dtype`, copied only where it has another one."""
    given = numbers(name, value)
    # What does not fit becomes infinite, and is found below.
    with np.errstate(over="ignore", invalid="ignore"):
        array = given.astype(dtype, copy=False)
        total = array.sum()  # finite only if every number is: no need to look at each, in an array of its own
    if not (np.isfinite(total) or np.isfinite(array).all()):
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        where = f"{name}[{', '.join(map(str, first))}]" if first else name
        raise ValueError(f"{where} is {given[first]}, expected finite numbers that fit {array.dtype}")
    return array


def rows(name: str, value: object, n: int, dtype: Any) -> Array:
    """Examples as rows: a finite array of shape (m, n), m at least 1."""
    array = numbers(name, value)
    if array.ndim != 2 or array.shape[1] != n:
        hint = _as_rows(_short(name), array.shape, n)
        raise ValueError(f"{name} has shape {array.shape}, expected (m, {n}): one example a row{hint}")
    if len(array) == 0:
        raise ValueError(f"{name} is empty: it has shape {array.shape}, expected (m, {n}) with m at least 1")
    return finite(name, array, dtype)


def _as_rows(x: str, shape: tuple[int, ...], n: int) -> str:
    """What makes rows of n numbers of an array of that shape, where that can be guessed."""
    if len(shape) == 1 and n == 1:
        return f"; with one number an example, {x}[:, None]"
    if shape == (n,):
        return f"; a single example is {x}[None, :]"
    if len(shape) == 2 and shape[0] == n:
        return f"; if its columns are the examples, {x}.T"
    if len(shape) > 2 and math.prod(shape[1:]) == n:
        return f"; as one row each, {x}.reshape(len({x}), -1)"
    if len(shape) > 1 and math.prod(shape) == n:
        return f"; a single example is {x}.reshape(1, -1)"
    return ""


def _short(name: str) -> str:
    """The variable that an argument's name stands for: y of 'validation y'."""
    return name.split()[-1]


def lacking(package: str) -> str:
    """What to do about a package that is not there, in the middle of a sentence."""
    if sys.platform == "emscripten":
        return "which the Python of a web page does not have: run this on a computer"
    return f"which is not installed: pip install {package}"


def float_type(dtype: Any) -> np.dtype[Any]:
    """float64 or float32 as a numpy.dtype."""
    with suppress(Exception):  # numpy raises what it likes for what is no dtype
        for known_dtype in (np.dtype(np.float64), np.dtype(np.float32)):
            if dtype is not None and np.dtype(dtype) == known_dtype:
                return known_dtype
    raise ValueError(f"dtype must be numpy.float64 or numpy.float32, got {dtype!r}")


def like(name: str, value: object, parameter: Array) -> Array:
    """A gradient for `parameter`: of the same shape, so that nothing is broadcast by mistake."""
    array = numbers(name, value)
    if array.shape != parameter.shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {parameter.shape}")
    return array
