"""A figure with sliders, from one cell: live in a kernel, recorded in a page.

    @explorer(w=Slider(-4, 4, step=0.25, value=1), f=Choice("sigmoid", "tanh"))
    def neuron(fig):
        "One neuron."                              # names the figure for a screen reader
        ax = fig.subplots()                        # drawn once
        curve, = ax.plot([], [], animated=True)    # moves

        def update(w, f):                          # called for every position of the sliders
            curve.set_data(x, ...)
            return f"a = {a:.3f}"                  # what the picture now shows
        return update

This file has the figure and its positions. Each way to drive it is a file of its own, which knows the figure and no
other way: `page` draws every position once, for explorer.js to move; `widgets` draws anew in a kernel;
`in_page` draws anew where Python runs in the page, for the same explorer.js; `marimo_frame` is the page in marimo.
"""

from __future__ import annotations

import io
import itertools
import math
import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

from bplib.explorer import in_page, marimo_frame, page, palette, widgets
from bplib.explorer.controls import Control, Value
from bplib.explorer.prediction import Prediction
from bplib.explorer.recording import Stage

# The ways to drive a figure: the first that is at hand does. Each has is_at_hand() and show(explorer).
WAYS = (page, widgets, in_page, marimo_frame)

# The most positions that a page can hold: each costs some 40 bytes compressed where lines move, and some 600 where an
# image does. Where each is drawn when it is asked for, there may be more.
MOST_STATES = 2000
MOST_STATES_WITH_IMAGES = 200

DPI = 100  # a figure's inch is 100 CSS pixels

# 11 pt is 15 CSS pixels, and 11 on a phone that shows 480 pixels in 358.
STYLE = {
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "figure.dpi": DPI,
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "text.color": palette.INK,
    "axes.labelcolor": palette.INK,
    "axes.titlecolor": palette.INK,
    "xtick.color": palette.GREY,
    "ytick.color": palette.GREY,
    "xtick.labelcolor": palette.INK,
    "ytick.labelcolor": palette.INK,
    "axes.edgecolor": palette.GREY,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(
        color=[palette.BLUE, palette.ORANGE, palette.GREEN, palette.PURPLE, palette.RED]
    ),
    "lines.linewidth": 2,
    "lines.solid_capstyle": "butt",
    "image.interpolation": "none",
    "image.cmap": "gray",
    "savefig.facecolor": palette.PAPER,
    "savefig.dpi": DPI,
}

Row = Sequence[str | float]
Update = Callable[..., str | tuple[str, Sequence[Row]]]


class ExplorerError(Exception):
    """An explorer could not be made or drawn; the message names it, and the position of its controls."""


class Frame(NamedTuple):
    """What one position of the controls shows."""

    moving: list[str]  # the SVG of each moving artist
    sentence: str
    rows: list[list[str]]  # the table under the picture, if the explorer has one


def explorer(
    *,
    size: tuple[int, int] = (480, 360),
    columns: Sequence[str] | None = None,
    predict: Prediction | None = None,
    **controls: Control,
) -> Callable[[Callable[[Figure], Update]], Explorer]:
    """Make a function that draws a figure into an `Explorer`, and show it where there is a notebook.

    Parameters
    ----------
    size: width and height of the picture in CSS pixels; a wider one has labels too small for a phone
    columns: the heading of a table of numbers; `update` then returns (sentence, rows)
    predict: what the reader is asked before the controls can be moved
    **controls: what the reader can move, by the name of `update`'s argument; none for a picture that rests

    The function gets an empty figure, draws on it what stands still and, with ``animated=True``, what moves,
    and returns `update`. Its docstring names the figure.

    """

    def decorate(build: Callable[[Figure], Update]) -> Explorer:
        made = Explorer(build, controls, size=size, columns=columns, predict=predict)
        made._ipython_display_()  # not display(made), which prints what goes wrong and calls the cell a success
        return made

    return decorate


class Explorer:
    """A figure with controls; made by the decorator `explorer`."""

    _names: ClassVar[Counter[str]] = Counter()

    def __init__(
        self,
        build: Callable[[Figure], Update],
        controls: dict[str, Control],
        *,
        size: tuple[int, int] = (480, 360),
        columns: Sequence[str] | None = None,
        predict: Prediction | None = None,
    ) -> None:
        self.name = build.__name__
        for name, option in {"size": size, "columns": columns, "predict": predict}.items():
            if isinstance(option, Control):
                raise TypeError(
                    f"explorer '{self.name}': {name} is an option of every explorer; give the control another name, "
                    f"and label={name!r}"
                )
        for name, control in controls.items():
            if not isinstance(control, Control):
                raise TypeError(
                    f"explorer '{self.name}': {name} is {control!r}; expected a Slider, Choice, Toggle or Play"
                )
        if predict is not None and not isinstance(predict, Prediction):
            raise TypeError(f"explorer '{self.name}': predict is {predict!r}; expected a Prediction")
        if predict:
            try:
                predict.places(controls)
            except ValueError as error:
                raise ValueError(f"explorer '{self.name}': {error}") from None
        self.build, self.controls, self.size, self.columns = build, controls, size, columns
        self.predict = predict
        self.title = (build.__doc__ or self.name.replace("_", " ")).strip().splitlines()[0].rstrip(".")
        self.n_states = math.prod(len(control.values) for control in controls.values())
        # Ids in a page are made of the name: two of one name on a page must differ. The parts of an explorer have
        # ids with a dot, which no other explorer's, and no heading's, has.
        Explorer._names[self.name] += 1
        nth = Explorer._names[self.name]
        self.id = self.name.replace("_", "-") + (f"-{nth}" if nth > 1 else "")
        self._stage: Stage | None = None
        self._update: Update

    def at(self, **position: Value) -> Frame:
        """What the explorer shows at a position; a control that is not named stands where it starts.

        Raises ExplorerError, naming the position, where drawing raises, warns or meets NaN.
        """
        for name in position:
            if name not in self.controls:
                raise TypeError(f"{name} is no control of '{self.name}'; it has {', '.join(self.controls)}")
        start = {name: control.value for name, control in self.controls.items()}
        with mpl.rc_context(STYLE):
            return self._draw(start | {name: self.controls[name].value_of(v) for name, v in position.items()})

    def svg(self, **position: Value) -> str:
        """The whole picture at a position, as SVG."""
        frame = self.at(**position)
        return self.stage.svg(frame.moving)

    @property
    def stage(self) -> Stage:
        """The figure, drawn on first use."""
        if self._stage is None:
            with mpl.rc_context(STYLE), self._errors_at({}):
                width, height = self.size
                figure = Figure(figsize=(width / DPI, height / DPI))
                self._update = self.build(figure)
                if not callable(self._update):
                    raise TypeError(f"it returned {self._update!r}; expected its function update")
            start = {name: control.value for name, control in self.controls.items()}
            with mpl.rc_context(STYLE), self._errors_at(start):
                self._told(self._update(**start))  # before the layout, which must see what moves
                self._stage = Stage(figure, self.id)
        return self._stage

    def _draw(self, position: dict[str, Value]) -> Frame:
        """To be called in the book's style, which takes longer to set than some pictures to draw."""
        stage = self.stage
        with self._errors_at(position):
            sentence, rows = self._told(self._update(**position))
            return Frame(stage.draw_moving(), sentence, rows)

    def _told(self, answer: Any) -> tuple[str, list[list[str]]]:
        """What `update` returned, checked: the sentence, and the table's rows as text."""
        sentence, rows = answer if isinstance(answer, tuple) else (answer, [])
        if not isinstance(sentence, str) or not sentence.strip():
            raise TypeError(f"update returned {answer!r}; expected the sentence that says what is shown")
        if bool(rows) != bool(self.columns):
            raise TypeError("a table takes both: columns=... above, and (sentence, rows) from update")
        for row in rows:
            if len(row) != len(self.columns or ()):
                raise ValueError(f"the table's row {row!r} has {len(row)} cells; expected {self.columns!r}")
        return sentence, [[_cell(c) for c in row] for row in rows]

    def _errors_at(self, position: dict[str, Value]) -> _Errors:
        return _Errors(self.name, position)

    def too_many(self, frame: Frame) -> str:
        """Why a page cannot hold all positions of an explorer that shows such frames; nothing if it can."""
        moves_image = any("<image" in piece for piece in frame.moving)
        most = MOST_STATES_WITH_IMAGES if moves_image else MOST_STATES
        if self.n_states <= most:
            return ""
        counts = " × ".join(f"{name}: {len(c.values)}" for name, c in self.controls.items())
        return (
            f"explorer '{self.name}' has {self.n_states} positions ({counts}); at most {most} can be "
            f"recorded{' when an image moves' * moves_image}. Take larger steps, or fewer controls."
        )

    def record(self) -> list[Frame]:
        """What the explorer shows at each of its positions; the last control moves fastest.

        Raises ExplorerError where drawing fails, where what stands still has moved, and where there are too many.
        """
        with mpl.rc_context(STYLE):
            return list(self._record())

    def _record(self) -> Iterator[Frame]:
        still = self.stage.still
        every = itertools.product(*(control.values for control in self.controls.values()))
        for n, values in enumerate(every):
            position = dict(zip(self.controls, values, strict=True))
            frame = self._draw(position)
            if why := self.too_many(frame):
                raise ExplorerError(why)
            # A picture that forgot animated=True would be wrong at every position.
            if n in {1, self.n_states // 2, self.n_states - 1} and n:
                with self._errors_at(position):
                    if self.stage.draw_still() != still:
                        raise ValueError("update changed an artist that was not made with animated=True")
            yield frame

    def png(self) -> bytes:
        """The first picture as PNG, for where neither a kernel nor the page's script is."""
        self.at()
        buffer = io.BytesIO()
        with mpl.rc_context(STYLE):
            self.stage.figure.savefig(buffer, format="png")
        # 64 colours are enough for lines, and a third of the bytes in every notebook.
        small = io.BytesIO()
        Image.open(buffer).convert("RGB").quantize(64).save(small, "PNG", optimize=True)
        return small.getvalue()

    def html(self) -> str:
        """The recorded explorer, as it stands in a page."""
        return page.html(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recorded explorer as a page of its own, for any browser; raises OSError where it cannot."""
        text = page.document(self)
        beside = Path(f"{os.fspath(path)}.tmp")
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)

    def widget(self) -> Any:
        """The live explorer, as an ipywidget."""
        return widgets.widget(self)

    def __repr__(self) -> str:
        at = ", ".join(f"{name}={control.value!r}" for name, control in self.controls.items())
        return (
            f"{self.name} is a picture for a notebook. Here, {self.name}.save({self.name + '.html'!r}) makes a page of "
            f"it for a browser, and {self.name}.at({at}).sentence says what it shows."
        )

    def _ipython_display_(self) -> None:
        for way in WAYS:
            if way.is_at_hand():
                way.show(self)
                break
        else:  # a script, or Python's own prompt
            print(self, file=sys.stderr)


class _Errors:
    """Makes every warning an error, and tells with every error where it happened."""

    def __init__(self, name: str, position: dict[str, Value]) -> None:
        self.name, self.position = name, position
        self.warnings = warnings.catch_warnings()

    def __enter__(self) -> None:
        self.warnings.__enter__()
        warnings.simplefilter("error")

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self.warnings.__exit__(kind, error, trace)
        if isinstance(error, Exception):
            where = ", ".join(f"{name} = {value}" for name, value in self.position.items())
            raise ExplorerError(
                f"explorer '{self.name}'{' at ' if where else ''}{where}: {type(error).__name__}: {error}"
            ) from error


def _cell(cell: str | float) -> str:
    return cell if isinstance(cell, str) else f"{cell:.4g}".replace("-", "−")
