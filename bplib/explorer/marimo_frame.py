"""An explorer in marimo, which has no widgets of Jupyter's: the recorded page, in a frame of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bplib.explorer.page import HERE, html, stylesheet

if TYPE_CHECKING:
    from bplib.explorer.figure import Explorer


def is_at_hand() -> bool:
    """Whether a cell of marimo is running."""
    return "marimo" in sys.modules and bool(sys.modules["marimo"].running_in_notebook())


def show(explorer: Explorer) -> None:
    """Add the explorer to what the cell shows."""
    marimo = sys.modules["marimo"]
    marimo.output.append(marimo.iframe(document(explorer), height=f"{explorer.size[1] + 200}px"))


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
        f'<!doctype html><html data-theme="light"><meta charset="utf-8"><title>{explorer.id}</title>'
        f"<style>{style}</style>{figure}<script>{script}</script></html>"
    )
