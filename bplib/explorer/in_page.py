"""An explorer where Python runs in the page itself: the page's worker draws each position when it is asked for it.

The page's Python side (assets/python/page_python.py of the book) shows what this hands to its `tell`, and answers the
page out of `handlers`. This module needs no matplotlib, so that the page is answered before that is loaded.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bplib.explorer.figure import Explorer

# What the page can ask for, by name. Answers are what JSON can hold.
handlers: dict[str, Callable[..., Any]] = {}

DRAWN = '<p class="explorer-drawn" role="status">Drawn by Python in this page.</p>'

_shown: dict[str, Explorer] = {}
_cells: dict[str, str] = {}  # the cell that each figure of the page belongs to, by the figure's id
_runs: dict[str, int] = {}  # and the run of a cell that has shown it


def is_at_hand() -> bool:
    """Whether this Python runs in a page."""
    return sys.platform == "emscripten" and "page_python" in sys.modules


def show(explorer: Explorer) -> None:
    """Display the first picture and its controls; `frame` draws the others."""
    from bplib.explorer import page

    page_python = sys.modules["page_python"]
    if page_python.quiet:
        return  # it runs because another cell needs it
    name, cell, run = explorer.name.replace("_", "-"), page_python.cell, page_python.runs
    ids = (f"{name}-{n}" if n > 1 else name for n in count(1))
    # A cell that runs again puts its figure in the place of the one that it has shown before.
    id = next(id for id in ids if _cells.get(id, cell) == cell and _runs.get(id) != run)
    own = copy.copy(explorer)  # with that id, and so a stage, of its own: it may be shown in two places
    own.id, own._stage = id, None
    frame = own.at()
    page_python.tell("html", page.figure(own, frame, DRAWN))
    _shown[id], _cells[id], _runs[id] = own, cell, run


def frame(id: str, places: Sequence[int]) -> dict[str, Any]:
    """What a figure shows with its controls at these places, in pieces as the recorded tracks have them.

    Where drawing fails there is the error's sentence instead.
    """
    from bplib.explorer import page
    from bplib.explorer.figure import ExplorerError

    explorer = _shown[id]
    at = zip(explorer.controls.items(), places, strict=True)
    try:
        drawn = explorer.at(**{name: control.values[place] for (name, control), place in at})
    except ExplorerError as error:
        return {"error": str(error)}
    return {"pieces": page.pieces(drawn), "defs": explorer.stage.defs}


def figures(cells: dict[str, str]) -> None:
    """The page says which figures the book has put into it, and in which cells they stand."""
    _cells.update(cells)


handlers.update(frame=frame, figures=figures)
