"""The state as the fragment of an address, readable where it can be: data=circles&layers=4,4&rate=0.1&updates=400.

What follows from the rest, or is as in `DEFAULTS`, is left out. Settings are those at the start; a change while it
trained is written with the update at which it was made, 120:rate=0.1 or 120:w2.1.3=-0.7 (the book's w²₁₃, so j and k
count from 1; 120:b2.1 for a bias). A point of the reader's own is x1,x2,class; an input is the name of its column and,
where it was scaled, the two numbers with which.

Opened again on the same machine a state has the same weights to the bit. Between two machines, or a kernel and a page,
exp and tanh may differ in their last bit, and what is trained from them in its last figures.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

from .data import MOST_LETTERS, MOST_POINTS, NAMELESS, Input, Point, checked_point, short
from .settings import DEFAULTS, MOST_CLASSES, SETTINGS, PlaygroundError, Value, fitted

if TYPE_CHECKING:
    from .run import Key

MOST_UPDATES = 100_000
MOST_CHANGES = 200
LARGEST_WEIGHT = 1000

Change = tuple[int, "Key", Any]  # update, what, value


class State(NamedTuple):
    """All that decides what the playground shows."""

    settings: dict[str, Value]
    points: list[Point]
    classes: list[str]
    inputs: list[Input]
    changes: list[Change]
    updates: int


def written(state: State) -> str:
    """The fragment of this state, without the #."""
    given: dict[str, Value] = {}
    for name, value in state.settings.items():
        # what `read` would make of the settings that stand there so far
        settings, _ = fitted({**DEFAULTS, **given}, set(given), _classes(state.points))
        if settings[name] != value:
            given[name] = value
    parts = [f"{name}={_text(value)}" for name, value in given.items()]
    if state.points:
        parts.append("points=" + ";".join(",".join(map(_text, point)) for point in state.points))
    if state.classes:
        parts.append("classes=" + ",".join(quote(name, safe="", errors="replace") for name in state.classes))
    if state.inputs != NAMELESS:
        parts.append("inputs=" + ";".join(map(_input, state.inputs)))
    parts += [f"{at}:{_key(key)}={_text(value)}" for at, key, value in state.changes]
    if state.updates:
        parts.append(f"updates={state.updates}")
    return "&".join(parts)


def read(address: str) -> tuple[State, list[str]]:
    """The state of a fragment, and a sentence for each part of it that could not be read and was left out."""
    given: dict[str, Value] = {}
    points: list[Point] = []
    classes: list[str] = []
    inputs = NAMELESS
    changes: list[Change] = []
    updates, problems = 0, []
    for part in filter(None, address.lstrip("#").split("&")):
        name, _, text = part.partition("=")
        name = unquote(name).removeprefix("amp;")  # as a link comes out of some programs
        try:
            if name == "points":
                points = _points(unquote(text))
            elif name == "classes":
                classes = [unquote(piece)[:MOST_LETTERS] for piece in text.split(",")][:MOST_CLASSES]
            elif name == "inputs":
                inputs = _inputs(text)
            elif name == "updates":
                updates = _updates(unquote(text))
            elif ":" in name:
                changes.append(_change(name, unquote(text)))
            elif name in SETTINGS:
                given[name] = SETTINGS[name].checked(_value(name, unquote(text)))
            else:
                raise PlaygroundError("there is no such setting")
        except PlaygroundError as error:
            shown = part if len(part) <= 60 else f"{part[:57]}..."
            problems.append(f"{shown} was left out: {error}.")
    settings = {**DEFAULTS, **given}
    try:
        # An address that a reader wrote may leave out what goes with the rest.
        settings, _ = fitted(settings, set(given), _classes(points))
    except PlaygroundError as error:
        problems.append(f"What does not go together was left out: {error}.")
        for name in ("loss", "layers"):
            settings[name] = DEFAULTS[name]
        settings, _ = fitted(settings, {"data"}, _classes(points))
    if len(changes) > MOST_CHANGES:
        problems.append(f"Of {len(changes)} changes the first {MOST_CHANGES} were made.")
        del changes[MOST_CHANGES:]
    changes.sort(key=lambda change: change[0])
    return State(settings, points, classes, inputs, changes, updates), problems


def _classes(points: list[Point]) -> int:
    return 1 + max((label for _, _, label in points), default=1)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _value(name: str, text: str) -> Any:
    kind = SETTINGS[name].kind
    if kind == "choice":
        return text
    if kind == "layers":
        return [_number(piece) for piece in text.split(",") if piece]
    return _number(text)


def _number(text: str) -> float | int:
    if re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    if re.fullmatch(r"-?[0-9]*\.?[0-9]+(e[-+]?[0-9]{1,3})?", text, re.ASCII | re.IGNORECASE):
        value = float(text)
        if math.isfinite(value):
            return value
    raise PlaygroundError(f"{text[:30]!r} is no number")


def _updates(text: str) -> int:
    value = _number(text)
    if not isinstance(value, int) or not 0 <= value <= MOST_UPDATES:
        raise PlaygroundError(f"updates is an integer from 0 to {MOST_UPDATES}")
    return value


def _points(text: str) -> list[Point]:
    pieces = [piece.split(",") for piece in text.split(";") if piece]
    if len(pieces) > MOST_POINTS:
        raise PlaygroundError(f"at most {MOST_POINTS} points, got {len(pieces)}")
    if any(len(piece) != 3 for piece in pieces):
        raise PlaygroundError("a point is x1,x2,class")
    return [checked_point(*map(_number, piece)) for piece in pieces]


def _input(column: Input) -> str:
    return ",".join([quote(column.name, safe=""), *(map(_text, column[1:]) if column.scaled else [])])


def _inputs(text: str) -> list[Input]:
    inputs = []
    for piece in text.split(";"):
        name, *scale = piece.split(",")
        middle, half = map(_number, map(unquote, scale)) if len(scale) == 2 else (0.0, 1.0)
        if len(scale) not in (0, 2) or not half > 0:
            raise PlaygroundError("an input is its name, or name,middle,half with half above 0")
        inputs.append(Input(short(unquote(name)), float(middle), float(half)))
    if len(inputs) != 2:
        raise PlaygroundError(f"there are two inputs, got {len(inputs)}")
    return inputs


def _key(key: Key) -> str:
    if isinstance(key, str):
        return key
    l, j, k = key
    return f"b{l}.{j + 1}" if k is None else f"w{l}.{j + 1}.{k + 1}"


def _change(name: str, text: str) -> Change:
    at, _, what = name.partition(":")
    update = _updates(at)
    weight = re.fullmatch(
        r"w([0-9]{1,2})\.([0-9]{1,3})\.([0-9]{1,3})|b([0-9]{1,2})\.([0-9]{1,3})", what, re.ASCII
    )
    if weight:
        value = float(_number(text))
        l, j, k, of_bias, bias = (None if group is None else int(group) for group in weight.groups())
        key: Key
        if l is None:
            assert of_bias is not None
            assert bias is not None
            key = (of_bias, bias - 1, None)
        else:
            assert j is not None
            assert k is not None
            key = (l, j - 1, k - 1)
        return update, key, value
    if what in SETTINGS and SETTINGS[what].live:
        return update, what, SETTINGS[what].checked(_value(what, text))
    raise PlaygroundError("while it trains, optimizer, rate, batch, decay and weights can change")
