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

In a notebook the controls are ipywidgets and the picture is drawn anew. When the environment variable
EXPLORER_RECORD is set (the Sphinx extension sets it), every position is drawn once, and what is shown is plain
HTML with the recorded pictures in it, moved by explorer.js.
"""

from __future__ import annotations

import asyncio
import base64
import io
import itertools
import json
import math
import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

from bplib.explorer import palette
from bplib.explorer.controls import Control, Play, Slider, Toggle, Value
from bplib.explorer.recording import Stage

# The most positions an explorer may have: each costs some 40 bytes compressed where lines move, and some
# 600 where an image does.
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
    *, size: tuple[int, int] = (480, 360), columns: Sequence[str] | None = None, **controls: Control
) -> Callable[[Callable[[Figure], Update]], Explorer]:
    """Make a function that draws a figure into an `Explorer`, and show it where there is a notebook.

    Parameters
    ----------
    size: width and height of the picture in CSS pixels; a wider one has labels too small for a phone
    columns: the heading of a table of numbers; `update` then returns (sentence, rows)
    **controls: what the reader can move, by the name of `update`'s argument; none for a picture that rests

    The function gets an empty figure, draws on it what stands still and, with ``animated=True``, what moves,
    and returns `update`. Its docstring names the figure.

    """

    def decorate(build: Callable[[Figure], Update]) -> Explorer:
        made = Explorer(build, controls, size=size, columns=columns)
        if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
            # Not display(made): IPython prints what goes wrong in a formatter, and calls the cell a success.
            sys.modules["IPython"].display.display(made._repr_mimebundle_(), raw=True)
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
    ) -> None:
        self.name = build.__name__
        for name, option in {"size": size, "columns": columns}.items():
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
        self.build, self.controls, self.size, self.columns = build, controls, size, columns
        self.title = (build.__doc__ or self.name.replace("_", " ")).strip().splitlines()[0].rstrip(".")
        self.n_states = math.prod(len(control.values) for control in controls.values())
        self._check_size(MOST_STATES, "")
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
        stage = self.stage
        with mpl.rc_context(STYLE), self._errors_at(position):
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

    def _check_size(self, most: int, why: str) -> None:
        if self.n_states > most:
            counts = " × ".join(f"{name}: {len(c.values)}" for name, c in self.controls.items())
            raise ExplorerError(
                f"explorer '{self.name}' has {self.n_states} positions ({counts}); at most {most} can be "
                f"recorded{why}. Take larger steps, or fewer controls."
            )

    # In a page.

    def html(self) -> str:
        """The recorded explorer: the first picture, its controls, and every other picture as data."""
        stage = self.stage
        start = [control.index for control in self.controls.values()]
        frames, first = [], 0
        for n, place in enumerate(itertools.product(*(range(len(c.values)) for c in self.controls.values()))):
            position = {name: c.values[i] for (name, c), i in zip(self.controls.items(), place, strict=True)}
            frames.append(self._draw(position))
            if any("<image" in piece for piece in frames[-1].moving):
                self._check_size(MOST_STATES_WITH_IMAGES, " when an image moves")
            if list(place) == start:
                first = n
            # What stands still must: a picture that forgot animated=True would be wrong at every position.
            if n in {1, self.n_states // 2, self.n_states - 1} and n:
                with mpl.rc_context(STYLE), self._errors_at(position):
                    if stage.draw_still() != stage.still:
                        raise ValueError("update changed an artist that was not made with animated=True")
        tracks = [_track(pieces) for pieces in zip(*(frame.moving for frame in frames), strict=True)]
        tracks.append(_track([escape(frame.sentence, quote=False) for frame in frames]))
        tracks.append(_track([_table_body(frame.rows) for frame in frames]))
        data = json.dumps(tracks, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
        controls = "".join(
            _control_html(f"{self.id}.{name}", c.label or name, c) for name, c in self.controls.items()
        )
        table = ""
        if self.columns:
            heading = "".join(f'<th scope="col">{escape(column)}</th>' for column in self.columns)
            table = (
                f'<details class="explorer-table"><summary>The numbers</summary><table><thead><tr>{heading}'
                f"</tr></thead><tbody>{_table_body(frames[first].rows)}</tbody></table></details>"
            )
        live = ' aria-live="polite"' if self.controls else ""
        return (
            f'<figure class="explorer" id="{self.id}" aria-label="{escape(self.title)}">'
            f'<div class="explorer-picture">{stage.svg(frames[first].moving)}</div>'
            + (f'<div class="explorer-controls">{controls}</div>' if controls else "")
            + f"<figcaption{live}>{escape(frames[first].sentence, quote=False)}</figcaption>"
            + (SHARE if controls else "")
            + table
            + (
                f'<script type="application/json" data-explorer="{self.id}">{data}</script>'
                if controls
                else ""
            )
            + "</figure>"
        )

    # In a kernel.

    def widget(self) -> Any:
        """The live explorer as an ipywidget: a box with the picture, its controls and its sentence."""
        import ipywidgets

        widgets = {name: control.widget() for name, control in self.controls.items()}
        picture, sentence = ipywidgets.HTML(), ipywidgets.HTML()
        table = ipywidgets.HTML()
        style = f"<style>{stylesheet()}</style>"
        waiting = False

        def draw() -> None:
            nonlocal waiting
            waiting = False
            try:
                frame = self._draw({n: c.value_of(widgets[n].value) for n, c in self.controls.items()})
            except (ExplorerError, ValueError) as error:
                sentence.value = f'<p role="alert">{escape(str(error))}</p>'
                return
            picture.value = f'{style}<div class="explorer">{self.stage.svg(frame.moving)}</div>'
            sentence.value = f'<p role="status">{escape(frame.sentence)}</p>'
            if self.columns:
                heading = "".join(f"<th>{escape(column)}</th>" for column in self.columns)
                table.value = f"<table><tr>{heading}</tr>{_table_body(frame.rows)}</table>"

        def moved(_: Any) -> None:
            # Events can come faster than pictures: draw once, a moment later, for the newest position.
            nonlocal waiting
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                draw()
                return
            if not waiting:
                waiting = True
                loop.call_later(0.002, draw)

        rows = []
        for name, widget in widgets.items():
            widget.description = self.controls[name].label or name
            widget.style = {"description_width": "initial"}
            widget.observe(moved, "value")
            player = getattr(widget, "player", None)
            rows.append(widget if player is None else ipywidgets.VBox([player, widget]))
        draw()
        side_by_side = ipywidgets.Layout(display="flex", flex_flow="row wrap", align_items="center")
        parts = [ipywidgets.Box([picture, ipywidgets.VBox(rows)], layout=side_by_side), sentence]
        if self.columns:
            parts.append(ipywidgets.Accordion([table], titles=["The numbers"]))
        box = ipywidgets.VBox(parts)
        box.controls = widgets
        return box

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

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle = {"text/plain": self.at().sentence}  # else IPython would add an address in memory
        if os.environ.get("EXPLORER_RECORD"):
            return bundle | {"text/html": self.html()}
        bundle["image/png"] = base64.b64encode(self.png()).decode()
        if self.controls:
            view = "application/vnd.jupyter.widget-view+json"
            bundle[view] = self.widget()._repr_mimebundle_()[view]
        return bundle


# What copies the address of the picture's position; the script makes it work.
SHARE = (
    '<div class="explorer-share"><button type="button" aria-label="Copy link to this position" '
    'title="Copy link to this position">Link</button><output></output></div>'
)


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


def stylesheet() -> str:
    """The explorer's style sheet, its colours for both themes included."""
    return palette.css_variables() + Path(__file__).with_name("explorer.css").read_text(encoding="utf-8")


def _track(pieces: Sequence[str]) -> Any:
    """The pieces of one place in the page: 0 if it never changes, else what differs and which is when."""
    different = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    if len(different) == 1:
        return 0
    return [list(different), [different[piece] for piece in pieces]]


def _cell(cell: str | float) -> str:
    return cell if isinstance(cell, str) else f"{cell:.4g}".replace("-", "−")


def _table_body(rows: list[list[str]]) -> str:
    return "".join(
        "<tr>" + "".join(f"<td>{escape(cell, quote=False)}</td>" for cell in row) + "</tr>" for row in rows
    )


def _control_html(id: str, label: str, control: Control) -> str:
    """One control as native HTML; its value is the position on it."""
    name = f'<label for="{id}">{escape(label)}</label>'
    if isinstance(control, Slider):
        texts = escape(json.dumps(control.texts, ensure_ascii=False, separators=(",", ":")))
        now = escape(control.texts[control.index])
        player = (
            f'<button type="button" data-interval="{control.interval}">Play</button>'
            if isinstance(control, Play)
            else ""
        )
        return (
            f'<div class="explorer-control">{name}'
            f'<span class="explorer-value" aria-hidden="true">{now}</span>{player}'
            f'<input type="range" id="{id}" min="0" max="{len(control.values) - 1}" value="{control.index}" '
            f'autocomplete="off" aria-valuetext="{now}" data-texts="{texts}"></div>'
        )
    if isinstance(control, Toggle):
        checked = " checked" if control.index else ""
        box = f'<input type="checkbox" id="{id}" autocomplete="off"{checked}>'
        return f'<div class="explorer-control explorer-toggle">{box}{name}</div>'
    options = "".join(
        f"<option{' selected' if i == control.index else ''}>{escape(text)}</option>"
        for i, text in enumerate(control.texts)
    )
    return (
        f'<div class="explorer-control">{name}<select id="{id}" autocomplete="off">{options}</select></div>'
    )
