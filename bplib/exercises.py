"""Exercises that check an answer at once, and say what is probably wrong with it.

A chapter makes an `Exercise` from the right answer and from the answers that common mistakes give. The reader
writes a number, an array or a function in place of three dots, and `check` answers in a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

UNANSWERED = "Write your answer in place of the three dots, then run the cell again."


class Exercise:
    """One exercise.

    Parameters
    ----------
    right
        The right answer: a number, an array, or a function if `inputs` are given.
    mistakes
        What to say: the answer that the mistake gives, of the kind of `right`, perhaps of another shape. The first
        that fits is said.
    inputs
        For a function: tuples of arguments that it is tried on. It gets copies.
    rtol
        How far from the right answer is still right, relative to its largest entry.

    Raises
    ------
    TypeError, ValueError
        For a right answer or a mistake that cannot be compared, or a mistake that gives the right answer.

    """

    def __init__(
        self,
        right: Any,
        mistakes: Mapping[str, Any] | None = None,
        *,
        inputs: Sequence[tuple[Any, ...]] | None = None,
        rtol: float = 1e-3,
    ) -> None:
        if inputs is not None and not (inputs and all(isinstance(arguments, tuple) for arguments in inputs)):
            raise ValueError(f"inputs are {inputs!r}; expected at least one tuple of arguments")
        self.right, self.mistakes, self.inputs, self.rtol = right, dict(mistakes or {}), inputs, rtol
        self._right = self._author("the right answer", right)
        self._wrong = {
            text: self._author(f"the mistake {text!r}", value) for text, value in self.mistakes.items()
        }
        for text, values in self._wrong.items():
            # Each must be told apart from the right answer, or the check would call a right answer wrong.
            if self._same(values, self._right):
                raise ValueError(f"the mistake {text!r} gives the right answer")

    def check(self, answer: Any = ...) -> None:
        """Print whether the answer is right, or what is probably wrong with it."""
        print(self.verdict(answer))

    def verdict(self, answer: Any = ...) -> str:
        """What `check` prints."""
        if answer is ...:
            return UNANSWERED
        if self.inputs is None and callable(answer):
            return "Not yet: this is a function, and a number or an array is asked for. Call it?"
        if self.inputs is not None and not callable(answer):
            return f"Not yet: a function is asked for, and this is {_short(answer)}."
        try:
            given = self._values(answer)
        except _Unanswered:
            return UNANSWERED
        except _Unusable as problem:
            return f"Not yet: {problem}"
        right = self._right
        if self._same(given, right):
            return "Right."
        for text, values in self._wrong.items():
            if self._same(given, values):
                return f"Not yet: {text}"
        for got, wanted in zip(given, right, strict=True):
            if got.shape != wanted.shape:
                return f"Not yet: the shape is {got.shape}, expected {wanted.shape}."
        if self._same([-got for got in given], right):
            return "Not yet: the size is right, the sign is not."
        if self.inputs is None:
            return "Not yet."
        k = next(k for k in range(len(right)) if not self._same([given[k]], [right[k]]))
        return f"Not yet: for {', '.join(map(_short, self.inputs[k]))} it gives {_short(given[k])}."

    def _author(self, name: str, answer: Any) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
        """The values of an answer that the chapter gives; it is told of what a reader would be told of."""
        if callable(answer) != (self.inputs is not None):
            raise TypeError(
                f"{name} is {_short(answer)}; expected a function where there are inputs, and only there"
            )
        try:
            return self._values(answer)
        except _Unanswered:
            raise ValueError(f"{name} is a function that returns None") from None
        except _Unusable as problem:
            raise ValueError(f"{name} cannot be compared: {problem}") from problem

    def _values(self, answer: Any) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
        """The answer as arrays: the one that it is, or what the function gives for each input."""
        if self.inputs is None:
            return [_array(answer, "this")]
        values = []
        for arguments in self.inputs:
            try:
                value = answer(*deepcopy(arguments))
            except Exception as error:
                given = ", ".join(map(_short, arguments))
                problem = f"the function raised {type(error).__name__}: {error}, for {given}."
                # what an exercise without an answer gives to one that calls it, in Python's and numpy's words
                if "NoneType" in str(error) or "ellipsis" in str(error):
                    problem += (
                        " Does it call a function that is still to be written, or that returns nothing?"
                    )
                raise _Unusable(problem) from error
            if value is None or value is ...:  # def f(x): ...
                raise _Unanswered
            values.append(_array(value, "what the function returns"))
        return values

    def _same(self, given: Sequence[Any], right: Sequence[Any]) -> bool:
        return all(
            got.shape == wanted.shape
            and np.allclose(got, wanted, rtol=0, atol=self.rtol * max(np.abs(wanted).max(initial=0), 1e-12))
            for got, wanted in zip(given, right, strict=True)
        )


class _Unanswered(Exception):
    """A function whose body is still three dots."""


class _Unusable(Exception):
    """An answer that cannot be compared; the message says why, to the reader."""


def _array(value: Any, what: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        # First as it is: told to make floats at once, numpy would read "0.5" and drop the imaginary part of 1j.
        array = np.asarray(value)
        if array.dtype.kind not in "biufO" or value is None:
            raise TypeError
        array = np.array(array, dtype=np.float64)
    except Exception:  # a reader's object may raise anything
        raise _Unusable(f"{what} is {_short(value)}, and a number or an array is asked for.") from None
    if not np.isfinite(array).all():
        raise _Unusable(f"{what} is {_short(value)}, which is not finite.")
    return array


def _short(value: Any) -> str:
    """A value in one line of at most 80 characters."""
    try:
        if isinstance(value, np.ndarray):
            text = np.array2string(value, precision=4, separator=", ").removesuffix(
                "."
            )  # 1., of a lone number
        else:
            text = repr(value)
    except Exception:  # an integer of 5,000 digits, say
        text = f"a {type(value).__name__} that cannot be shown"
    text = " ".join(text.split())
    return text if len(text) <= 80 else f"{text[:77]}..."
