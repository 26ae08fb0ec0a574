"""A short quiz that answers at once, in the rendered page, in a notebook and on no kernel at all.

Plain HTML: radio buttons and text fields, and a style sheet that shows the feedback that belongs to what is
chosen. There is no script, so nothing must be loaded, and a keyboard and a screen reader work as in any form. Its
text form, which a plain viewer shows, has the questions and choices, not the answers.

A notebook that is not trusted, such as a fresh copy in JupyterLab, Notebook or nbclassic, is shown without the style
sheets of its stored outputs, and JupyterLab disables their fields; the `style` of an element stays. So each feedback
is hidden by its own `style`, and the style sheet shows it: without the sheet no answer stands open, nothing answers
either, and a line says what to do. What one ran oneself is trusted.

A number is a text field with a pattern. Nothing is said of it while it has the focus, as each first digit would be
wrong; on the book's pages assets/answers.js checks it at Enter too, and tells apart what is no number.
`<input type="number">` reads by the browser's language: in an English
Chromium "0,36" is 36, in an English WebKit it is nothing, and neither takes the minus sign that a book prints.

jupyterquiz 2.9.6 was tried for this. Its output has other random names at each run, so nbval finds a difference in
every quiz; it needs 38 kB of inline script in each, which a strict Content-Security-Policy and an untrusted notebook
forbid; its number fields and groups of choices have no name, and its feedback is in no live region.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

STYLE = """
.quiz fieldset { border: 1px solid currentColor; border-radius: 0.4rem; margin: 0 0 1rem; padding: 0.4rem 1rem 0.8rem; }
.quiz legend { float: left; width: 100%; font-size: inherit; font-weight: 600; margin: 0; padding: 0.3rem 0; }
.quiz legend + * { clear: both; }
.quiz label { display: inline; margin: 0; cursor: pointer; }
.quiz-choice { display: grid; grid-template-columns: 1.75rem 1fr; align-items: start; padding: 0.2rem 0; }
.quiz input[type="radio"] { width: 1.25rem; height: 1.25rem; margin: 0.15rem 0 0; }
.quiz input[type="text"] { width: 9rem; min-height: 2rem; margin: 0.3rem 0 0 0.5rem; font: inherit; }
.quiz-feedback { grid-column: 2; margin: 0.2rem 0; padding-left: 0.7rem; border-left: 3px solid currentColor; }
.quiz-how { display: block; }
.quiz-unstyled { display: none; }
.quiz input[type="radio"]:checked ~ .quiz-feedback > *,
.quiz input[type="text"]:not(:placeholder-shown, :focus:not(.quiz-told)):valid ~ .quiz-feedback > .quiz-right,
.quiz input[type="text"]:not(:placeholder-shown, :focus:not(.quiz-told)):invalid ~ .quiz-feedback > .quiz-wrong
{ display: inline !important; }
.quiz-choice:not(:has(:checked)) .quiz-feedback,
.quiz-number:has(:placeholder-shown, :focus:not(.quiz-told)) .quiz-feedback { border: none; }
@media print { .quiz-how, .quiz-feedback { display: none; } }
"""


HIDDEN = 'style="display:none"'  # and not in the style sheet, which an untrusted notebook does not get
HOW = "For example 0.75, 3/4 or 7.5e-1. It is checked when you leave the field."
UNSTYLED = "Nothing answers here yet: run all cells, or trust the notebook."


@dataclass(frozen=True)
class Choices:
    """A question with choices, one of them right.

    `choices` maps each choice to its feedback. The right one's begins with "Right"; `text` and choices may have
    <sub>, <sup>, <code> and <em>.
    """

    text: str
    choices: dict[str, str]

    def __post_init__(self) -> None:
        right = [choice for choice, feedback in self.choices.items() if feedback.startswith("Right")]
        if len(self.choices) < 2 or len(right) != 1:
            raise ValueError(
                f"{self.text!r} has {len(self.choices)} choices, {len(right)} of which begin with 'Right'; "
                "expected at least two choices, and one that is right"
            )


@dataclass(frozen=True)
class Number:
    """A question for a number. An answer within `tolerance` of `right` is right.

    It is read as people write it: 0.36 or 0,36 or .36, with more digits, with + or one of the minus signs - and −, as
    9/25, 3.6e-1, 3.6·10^-1 or 3.6·10⁻¹.
    """

    text: str
    right: float
    tolerance: float
    if_right: str
    if_wrong: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.right):
            raise ValueError(f"right is {self.right!r}; expected a finite number")
        if not 0 < self.tolerance < math.inf:
            raise ValueError(f"tolerance is {self.tolerance!r}; expected a positive number")
        _pattern(self.right, self.tolerance)


Question = Choices | Number


class Quiz:
    """Some questions; the last value of a cell shows them. `name` opens the ids: one of each to a page."""

    def __init__(self, name: str, *questions: Question) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
            raise ValueError(f"name is {name!r}; expected small letters, digits and hyphens")
        if not questions or not all(isinstance(q, Choices | Number) for q in questions):
            raise ValueError(f"questions are {questions!r}; expected at least one Choices or Number")
        self.name, self.questions = name, questions

    def __repr__(self) -> str:
        lines = []
        for n, question in enumerate(self.questions, start=1):
            lines.append(f"{n}. {_plain(question.text)}")
            if isinstance(question, Choices):
                lines += [f"   - {_plain(choice)}" for choice in question.choices]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        fields = "".join(self._field(n, question) for n, question in enumerate(self.questions, start=1))
        unstyled = f'<p class="quiz-unstyled">{UNSTYLED}</p>'
        return f'<style>{STYLE}</style><div class="quiz" id="quiz-{self.name}">{unstyled}{fields}</div>'

    def _field(self, n: int, question: Question) -> str:
        group = f"quiz-{self.name}-{n}"
        if isinstance(question, Choices):
            body = "".join(
                f'<div class="quiz-choice"><input type="radio" name="{group}" id="{group}-{k}" autocomplete="off">'
                f'<label for="{group}-{k}">{_rich(choice)}</label>'
                f'<div class="quiz-feedback" role="status"><span {HIDDEN}>{_rich(feedback)}</span></div></div>'
                for k, (choice, feedback) in enumerate(question.choices.items(), start=1)
            )
        else:
            # No inputmode: the keyboards of phones for "decimal" have no minus.
            body = (
                f'<div class="quiz-number"><label for="{group}-1">Your answer</label>'
                f'<input type="text" id="{group}-1" pattern="{_pattern(question.right, question.tolerance)}" '
                f'placeholder=" " autocomplete="off" spellcheck="false" aria-describedby="{group}-how">'
                f'<small class="quiz-how" id="{group}-how">{HOW}</small>'
                f'<div class="quiz-feedback" role="status">'
                f'<span class="quiz-right" {HIDDEN}>{_rich(question.if_right)}</span>'
                f'<span class="quiz-wrong" {HIDDEN}>{_rich(question.if_wrong)}</span></div></div>'
            )
        return f"<fieldset><legend>{n}. {_rich(question.text)}</legend>{body}</fieldset>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


DENOMINATORS = (*range(2, 13), 15, 16, 20, 25, 40, 50, 100, 125, 200, 250, 500, 1000)
MINUS = "(?:-|−|–)"
TIMES_10 = r"[*x×·]\s*10"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _pattern(right: float, tolerance: float) -> str:
    """A regular expression, for Python and for browsers, of the numbers within `tolerance` of `right`.

    Decimals, with a power of ten (2.5e-1, 2.5·10^-1, 2.5·10⁻¹) near that of the number, and fractions.
    """
    low, high = (Decimal(f"{right + side * tolerance:.9g}") for side in (-1, 1))
    ways = []
    if high > 0:
        ways.append(r"\+?\s*" + _unsigned(max(low, Decimal()), high))
    if low < 0:
        ways.append(rf"{MINUS}\s*" + _unsigned(max(-high, Decimal()), -low))
    return rf"\s*(?:{'|'.join(ways)})\s*"


def _unsigned(low: Decimal, high: Decimal) -> str:
    """The pattern of the ways to write the numbers from `low` to `high`, neither below 0, without their sign."""
    ways = [_between(low, high)]
    # as 6e-3, 60e-4, 600e-5 and 0.6e-2
    for exponent in range((low or high).adjusted() - 2, high.adjusted() + 2):
        sign = MINUS if exponent < 0 else r"\+?"
        written, raised = rf"\s*{sign}0*{abs(exponent)}", f"{exponent}".translate(SUPERSCRIPTS)
        power = rf"(?:(?:\^|\*\*){written}|{raised})"
        mantissa = _between(low.scaleb(-exponent), high.scaleb(-exponent))
        ways.append(rf"{mantissa}\s*(?:[eE]{written}|{TIMES_10}{power})")
        if low <= Decimal(1).scaleb(exponent) <= high:
            ways.append(f"10{power}")
    for denominator in DENOMINATORS:
        first, last = math.ceil(low * denominator), math.floor(high * denominator)
        if first <= last:
            ways.append(rf"{_between(Decimal(first), Decimal(last), point=False)}\s*/\s*{denominator}")
    return rf"(?=[.,]?\d)(?:{'|'.join(ways)})"  # looks ahead for a digit: a point alone is no zero


def _between(low: Decimal, high: Decimal, *, point: bool = True) -> str:
    """The pattern of the decimal numbers from `low` to `high`, or of the whole ones, neither below 0."""
    (low_whole, low_part), (high_whole, high_part) = (f"{bound:f}.".split(".")[:2] for bound in (low, high))
    low_whole, high_whole = low_whole.lstrip("0"), high_whole.lstrip("0")
    ways = []
    for length in range(len(low_whole), len(high_whole) + 1):
        lowest = low_whole + low_part if length == len(low_whole) else "1"
        highest = high_whole + high_part if length == len(high_whole) else None
        ways.append(_whole(lowest.rstrip("0"), highest and highest.rstrip("0"), length, point))
    return f"0*{_any_of(ways)}"


# Below, `low` and `high` are the digits of a bound that are still to come, without the last zeros. A `high` of None
# bounds nothing: the digits before were less than those of the bound.


def _whole(low: str, high: str | None, length: int, point: bool) -> str:
    """The pattern of `length` digits, and of what follows a point, from `low` to `high`."""
    if length == 0 or (high is None and not low):
        part = f"[.,]{_part(low, high)}" if point else ""
        return r"\d" * length + (part if low or not part else f"(?:{part})?")
    return _any_of(_digit(low, high, lambda low, high: _whole(low, high, length - 1, point)))


def _part(low: str, high: str | None) -> str:
    """The pattern of the digits after the point, any number of them, from `low` to `high`."""
    if high is None and not low:
        return r"\d*"
    if high == "":
        return "0*"
    ways = _digit(low, high, _part)
    return _any_of(ways) if low else f"(?:{'|'.join(ways)})?"


def _digit(low: str, high: str | None, rest: Callable[[str, str | None], str]) -> list[str]:
    """The ways to go on with a digit, those digits together after which the same may follow."""
    first, last = int(low[:1] or 0), 9 if high is None else int(high[:1] or 0)
    ways: dict[str, list[int]] = {}
    for digit in range(first, last + 1):
        then = rest(
            low[1:] if digit == first else "", high[1:] if high is not None and digit == last else None
        )
        ways.setdefault(then, []).append(digit)
    return [f"{_class(digits)}{then}" for then, digits in ways.items()]


def _class(digits: list[int]) -> str:
    return str(digits[0]) if len(digits) == 1 else rf"[{digits[0]}-{digits[-1]}]"


def _any_of(ways: list[str]) -> str:
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


def _rich(text: str) -> str:
    """The text as HTML, with the few elements that a question may have."""
    return re.sub(r"&lt;(/?(?:sub|sup|code|em))&gt;", r"<\1>", escape(text, quote=False))


def _plain(text: str) -> str:
    return re.sub(r"</?(?:sub|sup|code|em)>", "", text)
