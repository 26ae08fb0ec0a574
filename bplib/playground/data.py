"""The data that the settings ask for, the reader's own points, and what a pasted table is read as."""

from __future__ import annotations

import csv
import functools
import io
import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bplib import datasets
from bplib._text import figure

from .settings import MOST_CLASSES, PlaygroundError

if TYPE_CHECKING:
    from bplib._checks import Array, Labels

    from .settings import Value

MOST_POINTS = 500
MOST_LETTERS = 40  # of a class's or a column's name
EDGE = 1.5  # the plane of the reader's own points goes from -EDGE to EDGE
FEWEST_FOR_A_TEST = 12

Point = tuple[float, float, int]  # x1, x2 and the class


class Input(NamedTuple):
    """A column of a pasted table: its name, "" if it had none, and how it was scaled.

    The network's number is (the table's − middle) / half.
    """

    name: str
    middle: float = 0.0
    half: float = 1.0

    @property
    def scaled(self) -> bool:
        """Whether the network gets other numbers than the table has."""
        return (self.middle, self.half) != (0, 1)


NAMELESS = [Input(""), Input("")]


class Data(NamedTuple):
    """Examples as rows, for training and for testing, and how many classes there are.

    `view` is (left, right, low, high), the part of the plane that is drawn; None for the digits.
    """

    x: Array
    y: Labels
    x_test: Array
    y_test: Labels
    classes: int
    view: tuple[float, float, float, float] | None


_digits = functools.cache(datasets.digits)


def made(settings: dict[str, Value], points: list[Point]) -> Data:
    """The data of these settings. `program.data_lines` writes the same as a program."""
    kind, m, noise, seed = settings["data"], settings["examples"], settings["noise"], settings["seed"]
    assert isinstance(m, int)
    assert isinstance(noise, float)
    assert isinstance(seed, int)
    if kind == "digits":
        x, y, x_test, y_test = _digits()
        return Data(x[:m], y[:m], x_test, y_test, 10, None)
    if kind == "own":
        table = np.array(points, float).reshape(-1, 3)
        order = np.random.default_rng(seed).permutation(len(table))
        x, y = table[order, :2], table[order, 2].astype(int)
        m = own_examples(len(table))
        view = (-EDGE, EDGE, -EDGE, EDGE)
        classes = max(2, max((point[2] for point in points), default=0) + 1)
    elif kind == "xor" and noise == 0:
        corners, target = datasets.xor()
        x, y = corners, target[:, 0].astype(int)
        return Data(x, y, x[:0], y[:0], 2, _square(x))
    else:
        total = m + m // 2
        if kind == "xor":
            corners, target = datasets.xor()
            rng = np.random.default_rng(seed)
            corner = np.arange(total) % 4
            x = corners[corner] + noise * rng.standard_normal((total, 2))
            y = target[corner, 0].astype(int)
        elif kind == "spirals":
            x, y = datasets.spirals(total, 2, noise, seed=seed)
        else:
            x, y = getattr(datasets, str(kind))(total, noise, seed=seed)
        classes, view = 2, _square(x)
    return Data(x[:m], y[:m], x[m:], y[m:], classes, view)


def own_examples(points: int) -> int:
    """How many of the reader's own points are learnt from; the others are the test."""
    return points - points // 4 if points >= FEWEST_FOR_A_TEST else points


def _square(x: Array) -> tuple[float, float, float, float]:
    """The square around these points, with some room."""
    low, high = x.min(axis=0), x.max(axis=0)
    half = math.ceil(5.5 * float((high - low).max())) / 10
    middle = [round(float(v), 1) for v in (low + high) / 2]
    return middle[0] - half, middle[0] + half, middle[1] - half, middle[1] + half


def checked_point(x1: Any, x2: Any, label: Any) -> Point:
    """A point of the reader's, rounded to three decimals."""
    for name, value in (("x1", x1), ("x2", x2)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= EDGE:
            raise PlaygroundError(f"{name} of a point is a number from −{EDGE} to {EDGE}; got {value!r}")
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    if isinstance(label, bool) or not isinstance(label, int) or not 0 <= label < MOST_CLASSES:
        raise PlaygroundError(
            f"the class of a point is an integer from 0 to {MOST_CLASSES - 1}; got {label!r}"
        )
    return round(float(x1), 3) + 0.0, round(float(x2), 3) + 0.0, label


class Table(NamedTuple):
    """What a pasted text holds: points, the names of their classes and columns, and what was done to them."""

    points: list[Point]
    classes: list[str]
    inputs: list[Input]
    sentence: str


def read_csv(text: Any) -> Table:
    """Points from a pasted table of three columns: two numbers and a class.

    The first line may be a header, which names the inputs. Columns are parted by ";", tabs or ","; with the first two,
    numbers may have a decimal comma. A column that goes beyond -1.5 to 1.5 is scaled to -1 to 1. PlaygroundError, with
    the line's number, for what is no such table.
    """
    if not isinstance(text, str) or not text.strip("\ufeff").strip():
        raise PlaygroundError(
            "paste a table with three columns: two numbers and a class, such as 0.5, 1.2, blue"
        )
    text = text.lstrip("\ufeff")
    bare = re.sub('"[^"]*"', "x", text)  # what is quoted parts nothing
    first = next(line for line in bare.splitlines() if line.strip())
    mark = next((mark for mark in ";\t" if mark in first), ",")
    reader = csv.reader(io.StringIO(text), delimiter=mark, skipinitialspace=True)
    header: list[str] | None = None
    rows: list[tuple[float, float, str]] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            line = f"line {reader.line_num}"
            cells = [cell.strip() for cell in cells]
            if len(cells) != 3:
                commas = mark == "," and len(cells) == 5
                hint = "; with decimal commas, part the columns with ; or tabs" if commas else ""
                raise PlaygroundError(
                    f"{line} has {len(cells)} column{'s' * (len(cells) != 1)}, and three are due: two numbers and "
                    f"a class{hint}"
                )
            values = [_number(cell, mark) for cell in cells[:2]]
            if not rows and header is None and values == [None, None]:
                header = cells
                continue
            for cell, value in zip(cells, values, strict=False):
                if value is None:
                    raise PlaygroundError(f"{line}: {cell!r} is no finite number")
            if len(cells[2]) > MOST_LETTERS:
                raise PlaygroundError(
                    f"{line}: a class has at most {MOST_LETTERS} letters; got {cells[2][:MOST_LETTERS]!r} ..."
                )
            if not cells[2]:
                raise PlaygroundError(f"{line}: the class is missing")
            rows.append((*[value or 0.0 for value in values], cells[2]))  # type: ignore[arg-type]
            if len(rows) > MOST_POINTS:
                raise PlaygroundError(
                    f"{line} is point {len(rows)}: at most {MOST_POINTS} fit into an address"
                )
    except csv.Error as error:
        raise PlaygroundError(f"line {reader.line_num} cannot be read: {error}") from error
    if not rows:
        raise PlaygroundError("the table has a header and no points")
    names = _classes([row[2] for row in rows])
    columns, inputs, done = [], [], []
    for i in (0, 1):
        column = np.array([row[i] for row in rows], float)
        low, high = float(column.min()), float(column.max())
        made = Input(short(header[i]) if header else "")
        if low < -EDGE or high > EDGE:
            half = high / 2 - low / 2
            made = Input(made.name, low + half, half if half > 0 else 1.0)
            column = (column - made.middle) / made.half
            name = made.name or f"column {i + 1}"
            done.append(f"{name}, from {figure(low, 6)} to {figure(high, 6)}, was scaled to −1 to 1")
        columns.append(column)
        inputs.append(made)
    points = [
        checked_point(float(x1), float(x2), names.index(row[2]))
        for x1, x2, row in zip(*columns, rows, strict=True)
    ]
    many = f"{len(points)} point{'s' * (len(points) != 1)} in {len(names)} class{'es' * (len(names) != 1)}"
    return Table(points, names, inputs, f"{many}: {', '.join(names)}{'; '.join(['', *done])}.")


def short(name: str) -> str:
    """A name as it is kept: on one line, without what cannot be seen, and of no more than MOST_LETTERS letters."""
    name = "".join(letter for letter in " ".join(name.split()) if letter.isprintable())
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"


def _classes(labels: list[str]) -> list[str]:
    """The names of the classes: numbers in their order, words in that of their first appearance."""
    names = list(dict.fromkeys(labels))
    if len(names) > MOST_CLASSES:
        raise PlaygroundError(
            f"the third column has {len(names)} different values, and it should be the class: at most {MOST_CLASSES}"
        )
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def _number(cell: str, mark: str) -> float | None:
    if mark != ",":
        cell = cell.replace(",", ".")
    try:
        value = float(cell.replace("−", "-").replace("_", "?"))  # which Python alone would read
    except ValueError:
        return None
    return value if math.isfinite(value) else None
