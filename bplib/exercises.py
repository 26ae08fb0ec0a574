"""Exercises that check an answer at once, and after some common mistakes say what is wrong.

A chapter makes an `Exercise` from the right answer and from the answers that common mistakes give. The reader
writes a number, an array or a function in place of three dots, and `check` answers in a sentence.

On a page there is no Python. There `check` shows a field, and gives it what there is to say, each sentence with its
numbers, their tolerances and the shapes that fit: assets/answers.js compares, and decides nothing else.
"""

from __future__ import annotations

import inspect
import itertools
import json
import linecache
import math
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dis import get_instructions
from html import escape
from traceback import walk_tb
from typing import Any

import numpy as np

UNANSWERED = "Write your answer in place of the three dots, then run the cell again."
FUNCTION = (
    "A function is asked for: in a notebook this cell checks it. On paper, compare yours with the solution."
)
RIGHT = "Right."
OTHER = "Not yet."
SIGN = "Not yet: the size is right, the sign is not."
RESHAPED = "Not yet: the numbers are right, but in the shape {got}, expected {wanted}."
MISSHAPED = "Not yet: the shape is {got}, expected {wanted}."
HOW_NUMBERS = "A number is written as 0.25, 0,25, 1/4, −3, 2·10^-6 or π/2."
HOW_ROWS = "A line for each row, as 1 0 or 1, 0; or all rows in brackets, as [[1, 0], [0, 1]]."
NOTHING = "the function returns None. Let it end with `return` and the result; to print that is not enough."


class Exercise:
    """One exercise.

    Parameters
    ----------
    right
        The right answer: a number, an array, or a function if `inputs` are given. A number may be answered in any
        array of one entry, and a list in a row or a column; what is right with two axes has a shape to be met.
    mistakes
        What to say: the answer that the mistake gives, of the kind of `right`, perhaps of another shape. The first
        that fits is said. A function may raise on some of the inputs, or give what is not finite.
    inputs
        For a function: tuples of arguments that it is tried on. It gets copies. One that returns nothing and
        changes an argument, as ``W -= eta * grad`` does, is judged by what it leaves there.
    rtol
        How far from the right answer is still right, relative to each entry. Without it, whole numbers must be met,
        other numbers to 1e-3, and what a function gives to 1e-5.

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
        rtol: float | None = None,
    ) -> None:
        if inputs is not None and not (inputs and all(isinstance(arguments, tuple) for arguments in inputs)):
            raise ValueError(f"inputs are {inputs!r}; expected at least one tuple of arguments")
        if rtol is None and inputs is not None:
            rtol = 1e-5  # float32 is good enough
        self.right, self.mistakes, self.inputs, self.rtol = right, dict(mistakes or {}), inputs, rtol
        self._right: list[Any] = []
        self._wrong: dict[str, list[Any]] = {}
        self._right = self._author("the right answer", right)
        if problem := self._problem(self._right):
            raise ValueError(f"the right answer cannot be compared: {problem}")
        for text, value in self.mistakes.items():
            values = self._wrong[text] = self._author(f"the mistake {text!r}", value)
            if all(isinstance(value, _Unusable) for value in values):
                raise ValueError(f"the mistake {text!r} cannot be compared: {self._problem(values)}")
            # Each must be told apart from the right answer, or the check would call a right answer wrong.
            if self._same(values, self._right):
                raise ValueError(f"the mistake {text!r} gives the right answer")

    def check(self, answer: Any = ...) -> None:
        """Print whether the answer is right, or what a known mistake is told; on a page, ask for the answer."""
        if os.environ.get("EXPLORER_RECORD"):
            from bplib.explorer import page

            if page.is_at_hand():
                page.display({"text/html": self.html(page.running_cell()), "text/plain": UNANSWERED})
                return
        verdict = self.verdict(answer)
        if here := sys.modules.get(
            "page_python"
        ):  # Python in the page, which keeps the verdict with the answers
            here.tell("verdict", verdict)
        else:
            print(verdict)

    def html(self, cell: str = "") -> str:
        """The field of a page, for the cell that checks: its comment says what is asked, its name makes the id."""
        if self.inputs is not None:
            return f'<p class="exercise-function">{FUNCTION}</p>'
        name = re.search(r"(\w+)\.check\(", cell)
        asked = re.search(r"#\s*(.+)", cell)
        id = f"exercise-{name[1] if name else 'answer'}".replace("_", "-")
        label = f"Your answer: {asked[1]}" if asked else "Your answer"
        what = f'id="{id}-field" autocomplete="off" autocapitalize="off" spellcheck="false"'
        if self._right[0].ndim < 2:
            field, how = f'<input type="text" {what}>', ""
        else:
            rows = len(self._right[0])
            field = f'<textarea rows="{rows}" {what} aria-describedby="{id}-how"></textarea>'
            how = f'<small id="{id}-how">{HOW_ROWS}</small>'
        said = json.dumps(self.page_data(), ensure_ascii=False, separators=(",", ":"))
        return (
            f'<form class="exercise" id="{id}" data-said="{escape(_hidden(said))}">'
            f'<label for="{id}-field">{escape(label, quote=False)}</label>{how}'
            f'<div class="exercise-row">{field}<button type="submit">Check</button></div>'
            f'<output for="{id}-field"></output></form>'
        )

    def page_data(self) -> dict[str, Any]:
        """What a page needs to say of any numbers what `verdict` says of them.

        `known` has, in the order in which they are tried, what is said, the numbers of which it is said, how far from
        each is near enough, and which of `shapes` fit, as Python writes them. What is none of these is `reshaped` or
        `misshaped` in a shape that does not fit the right answer, else it is `other`.
        """
        right = self._right[0]
        known = [(RIGHT, right), *((f"Not yet: {text}", values[0]) for text, values in self._wrong.items())]
        if not self._is_count():
            known.append((SIGN, -right))
        entries: list[list[Any]] = []
        shapes: list[list[str]] = []
        for text, value in known:
            if np.isfinite(value).all():  # nobody writes inf into a field
                if (fitting := _fitting(value)) not in shapes:
                    shapes.append(fitting)
                near = _nearness(value, self.rtol)
                entries.append([text, value.ravel().tolist(), near.ravel().tolist(), shapes.index(fitting)])
        expected = _described(right.shape)
        return {
            "shapes": shapes,
            "known": entries,
            "reshaped": RESHAPED.format(got="{got}", wanted=expected),
            "misshaped": MISSHAPED.format(got="{got}", wanted=expected),
            "other": OTHER,
            "unread": f"This cannot be read as {_asked(right.shape)}. {HOW_NUMBERS}",
        }

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
        if self._same(given, self._right):
            return RIGHT
        for text, values in self._wrong.items():
            if self._same(given, values):
                return f"Not yet: {text}"
        if problem := self._problem(given, answer):
            return f"Not yet: {problem}"
        if self.inputs is None and _has_commas(answer, self._right[0]):
            numbers = ",".join(map(str, answer))
            return (
                f"Not yet: Python reads {numbers} as {len(answer)} numbers. Write a decimal point, not a comma, "
                "and nothing between thousands."
            )
        for k, (got, wanted) in enumerate(zip(given, self._right, strict=True)):
            if not _fits(got, wanted):
                same = got.size == wanted.size and self._same([got.reshape(wanted.shape)], [wanted])
                said = (RESHAPED if same else MISSHAPED).format(
                    got=got.shape, wanted=_described(wanted.shape)
                )
                if self.inputs is not None:
                    said = said.replace(": ", f": for {_listed(self.inputs[k], answer)}, ", 1)
                return said
        if not self._is_count() and self._same([-got for got in given], self._right):
            return SIGN
        if self.inputs is None:
            return OTHER
        k = next(k for k in range(len(given)) if not self._same([given[k]], [self._right[k]]))
        return f"Not yet: for {_listed(self.inputs[k], answer)} it gives {_short(given[k])}."

    def _is_count(self) -> bool:
        """Whether a whole number above 0 is asked for: of a count or a choice, the sign is not to be spoken of."""
        right = self._right[0]
        return (
            self.inputs is None and right.size == 1 and bool((right == np.round(right)).all() and right > 0)
        )

    def _author(self, name: str, answer: Any) -> list[Any]:
        """The values of an answer that the chapter gives."""
        if callable(answer) != (self.inputs is not None):
            raise TypeError(
                f"{name} is {_short(answer)}; expected a function where there are inputs, and only there"
            )
        try:
            return self._values(answer)
        except _Unanswered:
            raise ValueError(f"{name} is a function whose body is three dots") from None

    def _values(self, answer: Any) -> list[Any]:
        """The answer, or what the function gives for each input: arrays, or an `_Unusable` in the place of one."""
        if self.inputs is None:
            return [_array(answer, "this")]
        tried = [deepcopy(arguments) for arguments in self.inputs]
        values = [_call(answer, *both) for both in zip(tried, self.inputs, strict=True)]
        if any(value is ... for value in values):
            raise _Unanswered
        if any(value is None for value in values):
            if _is_empty(answer):
                raise _Unanswered
            if changed := self._changed(tried):
                return changed
        return [_Unusable(NOTHING) if value is None else value for value in values]

    def _changed(self, tried: Sequence[tuple[Any, ...]]) -> list[Any] | None:
        """What a function that returns nothing has left in one of its arguments, if that is right or a mistake."""
        assert self.inputs is not None
        for place in range(len(self.inputs[0])):
            before, after = ([_array(given[place], "") for given in each] for each in (self.inputs, tried))
            known = [values for values in (self._right, *self._wrong.values()) if values]
            if not self._same(after, before) and any(self._same(after, values) for values in known):
                return after
        return None

    def _problem(self, given: Sequence[Any], answer: Any = None) -> str:
        """What makes one of the values no answer at all, or nothing."""
        for k, value in enumerate(given):
            if isinstance(value, _Unusable):
                return value.problem
            if not np.isfinite(value).all():
                start = (
                    "this is" if self.inputs is None else f"for {_listed(self.inputs[k], answer)} it gives"
                )
                return f"{start} {_short(value)}, which is not finite."
        return ""

    def _same(self, given: Sequence[Any], right: Sequence[Any]) -> bool:
        return all(_is_near(got, wanted, self.rtol) for got, wanted in zip(given, right, strict=True))


class _Unanswered(Exception):
    """A function whose body is still three dots."""


class _Unusable:
    """Stands for an answer that cannot be compared; `problem` says why, to the reader."""

    def __init__(self, problem: str) -> None:
        self.problem = problem


def _call(function: Callable[..., Any], arguments: tuple[Any, ...], before: tuple[Any, ...]) -> Any:
    """What the function returns: None and three dots as they are, else an array or an `_Unusable`."""
    try:
        with np.errstate(all="ignore"):  # what overflows is said in the verdict
            value = function(*arguments)
    except Exception as error:
        return _Unusable(f"the function raised {type(error).__name__}: {_raised(error, function, before)}")
    # An array at once: the next call may fill it anew.
    return value if value is None or value is ... else _array(value, "what the function returns")


# numpy's words for arrays that do not fit, and a teacher's.
MISFITS = {
    r".*\(size (?P<rows>\d+) is different from (?P<columns>\d+)\)": (
        "A @ B needs as many columns in A as rows in B, and here they are {columns} and {rows}"
    ),
    r"shapes .* not aligned: (?P<columns>\d+) .*!= (?P<rows>\d+) .*": (
        "A @ B needs as many columns in A as rows in B, and here they are {columns} and {rows}"
    ),
    r"operands could not be broadcast .* shapes (?P<one>\([\d,]*\)) (?P<other>\([\d,]*\)) ?": (
        "entry by entry, arrays need equal lengths along each axis, or 1, and here the shapes are {one} and {other}"
    ),
}


def _raised(error: Exception, function: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    """What a reader's function raised, in words: in which of its lines, and with which arrays."""
    what, names = str(error), _names(function)
    if names is not None and len(names) != len(arguments):
        count = f"{len(names)} argument{'s' * (len(names) != 1)}"
        return f"it takes {count}, and is called with {len(arguments)}: {_listed(arguments, function)}."
    for pattern, words in MISFITS.items():
        if found := re.fullmatch(pattern, what):
            what = words.format_map(found.groupdict())
    file = getattr(getattr(inspect.unwrap(function), "__code__", None), "co_filename", None)
    lines = [place for place in walk_tb(error.__traceback__) if place[0].f_code.co_filename == file]
    is_always = isinstance(error, NameError | AttributeError)  # whatever the function gets
    told = f"{what}." if is_always else f"{what}, for {_listed(arguments, function)}."
    if lines:
        frame, number = lines[-1]
        line = linecache.getline(str(file), number).strip()
        known = {**frame.f_globals, **frame.f_locals}
        arrays = {name: known.get(name) for name in re.findall(r"[^\W\d]\w*", line)}
        shapes = ", ".join(
            f"{name} {value.shape}" for name, value in arrays.items() if isinstance(value, np.ndarray)
        )
        there = f"In line {number}, `{line}`" if line else f"In line {number}"
        if isinstance(error, ValueError | IndexError) and shapes:
            told = f"{what}. {there}, the shapes are: {shapes}."
        else:
            told += f" {there}."
    # what an exercise without an answer gives to one that calls it, in Python's and numpy's words
    if "NoneType" in what or "ellipsis" in what:
        told += " Does it call a function that is still to be written, or that returns nothing?"
    return told


def _names(function: Callable[..., Any]) -> list[str] | None:
    """The names of the arguments that a function must get, where that is known and all."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    if any(
        p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) or p.default is not p.empty
        for p in parameters
    ):
        return None
    return [p.name for p in parameters]


def _is_empty(function: Callable[..., Any]) -> bool:
    """Whether the body is that of ``def f(x): ...``, which returns None as a forgotten return does."""
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    nothing = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
    if code is None or not {step.opname for step in get_instructions(code)} <= nothing:
        return False
    try:
        return "..." in inspect.getsource(function) or bool(function.__doc__)
    except (OSError, TypeError):  # whether it is three dots or `pass` is not known
        return True


def _array(value: Any, what: str) -> Any:
    """The value as an array of float64, or an `_Unusable`."""
    if value is None:
        return _Unusable(f"{what} is None, as `print` gives, or a function without `return`.")
    if np.ma.is_masked(value):
        return _Unusable(f"{what} is {_short(value)}, which has masked entries.")
    try:
        # First as it is: told to make floats at once, numpy would read "0.5" and drop the imaginary part of 1j.
        array = np.asarray(value)
        if array.dtype.kind not in "biufO":
            raise TypeError
        return np.array(array, dtype=np.float64)
    except Exception:  # a reader's object may raise anything
        return _Unusable(f"{what} is {_short(value)}, and a number or an array is asked for.")


def _fits(got: Any, wanted: Any) -> bool:
    """Whether a shape is as good as the wanted one. Two axes have a shape to be met; less is a list or a number."""
    if wanted.ndim < 2:
        return bool(got.squeeze().shape == wanted.squeeze().shape)
    shapes = [got.shape, wanted.shape]  # (2,) for (1, 2) is well: numpy reads a list as one row
    for k, shape in enumerate(shapes):
        while shape[:1] == (1,):
            shape = shape[1:]
        shapes[k] = shape
    return bool(shapes[0] == shapes[1])


def _is_near(got: Any, wanted: Any, rtol: float | None) -> bool:
    if isinstance(got, _Unusable) or isinstance(wanted, _Unusable):
        return isinstance(got, _Unusable) and isinstance(wanted, _Unusable)
    if not _fits(got, wanted):
        return False
    got = got.reshape(wanted.shape)
    finite = np.isfinite(wanted)
    if (np.isfinite(got) != finite).any():
        return False
    got, wanted = got[finite], wanted[finite]
    return bool((np.abs(got - wanted) <= _nearness(wanted, rtol)).all())


def _nearness(wanted: Any, rtol: float | None) -> Any:
    """How far from each entry is near enough."""
    if rtol is None:
        rtol = 1e-9 if (wanted == np.round(wanted)).all() else 1e-3
    # Where an entry is nearly 0 beside larger ones, rounding leaves an error of their size.
    return rtol * np.abs(wanted) + max(rtol / 100 * np.abs(wanted).max(initial=0), 1e-15)


def _fitting(wanted: Any) -> list[str]:
    """The shapes of up to three axes that fit, as Python writes them."""
    n = wanted.size
    lengths = [k for k in range(1, n + 1) if n % k == 0]
    shapes = [shape for axes in range(4) for shape in itertools.product(lengths, repeat=axes)]
    return [str(shape) for shape in shapes if math.prod(shape) == n and _fits(np.empty(shape), wanted)]


def _described(shape: tuple[int, ...]) -> str:
    """A shape, and in words what has it."""
    if len(shape) < 3:
        return f"{shape}: {_asked(shape)}"
    return str(shape)


def _asked(shape: tuple[int, ...]) -> str:
    if len(shape) == 2:
        return f"{shape[0]} row{'s' * (shape[0] > 1)} of {shape[1]}"
    return f"{shape[0]} numbers" if shape and shape[0] > 1 else "one number"


def _hidden(text: str) -> str:
    """The text, out of sight of those who look at a page's source: rot47, which undoes itself."""
    return re.sub("[!-~]", lambda sign: chr(33 + (ord(sign[0]) - 33 + 47) % 94), text)


def _has_commas(answer: Any, right: Any) -> bool:
    """Whether this is what Python makes of 0,36 or, where whole numbers are asked for, of 12,960."""
    if not (isinstance(answer, tuple) and len(answer) == 2 * right.size):
        return False
    whole = bool((right == np.round(right)).all())
    return all(isinstance(n, int) for n in answer) and (not whole or all(99 < n < 1000 for n in answer[1::2]))


def _listed(arguments: tuple[Any, ...], function: Any) -> str:
    """Arguments, with the names that the function gives them; of long arrays the shape."""
    names = _names(function) or []
    starts = [f"{name} = " for name in names] if len(names) == len(arguments) else [""] * len(arguments)
    texts = [_short(value) for value in arguments]
    for k, value in enumerate(arguments):
        if isinstance(value, np.ndarray) and (len(texts[k]) > 40 or value.size > 9):
            starts[k] = starts[k].replace(" = ", " ") or "an array "
            texts[k] = f"of shape {value.shape}"
    return ", ".join(map(str.__add__, starts, texts))


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
