"""An explorer as plain HTML: every position recorded, native controls, moved by explorer.js.

So it is shown where the environment variable EXPLORER_RECORD is set; the Sphinx extension sets it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bplib.explorer import palette
from bplib.explorer.controls import Control, Play, Slider, Toggle

if TYPE_CHECKING:
    from bplib.explorer.figure import Explorer, Frame

HERE = Path(__file__).parent

# What copies the address of the picture's position; the script makes it work.
SHARE = (
    '<div class="explorer-share"><button type="button" aria-label="Copy link to this position" '
    'title="Copy link to this position">Link</button><output></output></div>'
)


def is_at_hand() -> bool:
    """Whether a page is being made."""
    return in_ipython() and bool(os.environ.get("EXPLORER_RECORD"))


def show(explorer: Explorer) -> None:
    """Display what a page takes from the notebook."""
    display({"text/plain": explorer.at().sentence, "text/html": html(explorer)})


def in_ipython() -> bool:
    """Whether there is a notebook, or a terminal, of IPython."""
    return "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None


def display(data: dict[str, Any], **metadata: Any) -> None:
    """One output, by MIME type. Each needs a text/plain, or IPython would add an address in memory."""
    sys.modules["IPython"].display.display(data, metadata=metadata, raw=True)


def running_cell() -> str:
    """The source of the cell that is running."""
    return str(sys.modules["IPython"].get_ipython().user_ns["In"][-1])


def html(explorer: Explorer) -> str:
    """The first picture, its controls, and every other picture as data."""
    frames = explorer.record()
    first = 0
    for control in explorer.controls.values():
        first = first * len(control.values) + control.index
    if not explorer.controls:
        return figure(explorer, frames[first])
    tracks = [_track(track) for track in zip(*map(pieces, frames), strict=True)]
    data = json.dumps(tracks, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return figure(
        explorer,
        frames[first],
        f'<script type="application/json" data-explorer="{explorer.id}">{data}</script>',
    )


def pieces(frame: Frame) -> list[str]:
    """What a frame writes into each moving place of its figure, into the sentence's and into the table's."""
    return [*frame.moving, escape(frame.sentence, quote=False), table_body(frame.rows)]


def figure(explorer: Explorer, frame: Frame, more: str = "") -> str:
    """One picture, its sentence and table, and the controls, which stand where they start; `more` ends it."""
    id, controls = explorer.id, explorer.controls
    moved_by = "".join(_control_html(f"{id}.{name}", c.label or name, c) for name, c in controls.items())
    *_, sentence, rows = pieces(frame)
    table = ""
    if explorer.columns:
        heading = "".join(f'<th scope="col">{escape(column)}</th>' for column in explorer.columns)
        table = (
            f'<details class="explorer-table"><summary>The numbers</summary>'
            f'<table aria-label="{escape(explorer.title)}: the numbers"><thead><tr>{heading}'
            f"</tr></thead><tbody>{rows}</tbody></table></details>"
        )
    live = ' aria-live="polite"' if controls else ""
    return (
        f'<figure class="explorer" id="{id}" aria-label="{escape(explorer.title)}">'
        f'<div class="explorer-picture">{explorer.stage.svg(frame.moving)}</div>'
        + _question(explorer)
        + (
            f'<div class="explorer-controls"{" hidden" * bool(explorer.predict)}>{moved_by}</div>'
            if controls
            else ""
        )
        + f"<figcaption{live}>{sentence}</figcaption>"
        + (SHARE if controls else "")
        + ('<p class="explorer-said" role="status"></p>' if explorer.predict else "")
        + f"{table}{more}</figure>"
    )


def _question(explorer: Explorer) -> str:
    """What is asked before the controls are there, with what its script will have to say."""
    asked, controls = explorer.predict, explorer.controls
    if not asked:
        return ""
    at = {f"{explorer.id}.{name}": place for name, place in asked.places(controls).items()}
    choices = "".join(f'<button type="button">{escape(choice)}</button>' for choice in asked.choices)
    return (
        f'<fieldset class="explorer-question" data-at="{escape(json.dumps(at))}" '
        f'data-task="{escape(asked.task(controls))}" data-outcome="{escape(asked.outcome)}">'
        f"<legend>{escape(asked.question)}</legend>{choices}"
        '<button type="button" class="explorer-skip" aria-keyshortcuts="Escape">Skip</button></fieldset>'
    )


def document(explorer: Explorer) -> str:
    """A page with nothing but this explorer, which asks for no other file."""
    # The script loads the frames of a figure from the address that it names. Here they are in the page already.
    figure = html(explorer).replace(
        '<figure class="explorer"', '<figure class="explorer" data-frames="data:,"', 1
    )
    figure = figure.replace(
        f'<script type="application/json" data-explorer="{explorer.id}">',
        f'<script>(window.explorerFrames ??= {{}})["{explorer.id}"] = ',
    )
    style = f"{stylesheet()} body {{ background: var(--x-paper); }} .explorer-share {{ display: none; }}"
    script = HERE.joinpath("explorer.js").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(explorer.title)}</title>'
        f"<style>{style}</style>{figure}<script>{script}</script></html>"
    )


def stylesheet() -> str:
    """The explorer's style sheet, its colours for both themes included."""
    return palette.css_variables() + HERE.joinpath("explorer.css").read_text(encoding="utf-8")


def _track(pieces: Sequence[str]) -> Any:
    """The pieces of one place in the page: 0 if it never changes, else what differs and which is when."""
    different = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    if len(different) == 1:
        return 0
    return [list(different), [different[piece] for piece in pieces]]


def table_body(rows: list[list[str]]) -> str:
    """A table's rows as HTML."""
    return "".join(
        "<tr>" + "".join(f"<td>{escape(cell, quote=False)}</td>" for cell in row) + "</tr>" for row in rows
    )


def _control_html(id: str, label: str, control: Control) -> str:
    """One control as native HTML; its value is the position on it."""
    name = f'<label for="{id}" id="{id}.label">{escape(label)}</label>'
    if isinstance(control, Slider):
        texts = escape(json.dumps(control.texts, ensure_ascii=False, separators=(",", ":")))
        now = escape(control.texts[control.index])
        player = (
            # Its name is "Play step": a page has several.
            f'<button type="button" id="{id}.play" aria-labelledby="{id}.play {id}.label" '
            f'data-interval="{control.interval}">Play</button>'
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
