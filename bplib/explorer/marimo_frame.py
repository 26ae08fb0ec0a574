"""An explorer in marimo, which has no widgets of Jupyter's: the recorded page, in a frame of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bplib.explorer.page import document

if TYPE_CHECKING:
    from bplib.explorer.figure import Explorer


def is_at_hand() -> bool:
    """Whether a cell of marimo is running."""
    return "marimo" in sys.modules and bool(sys.modules["marimo"].running_in_notebook())


def show(explorer: Explorer) -> None:
    """Add the explorer to what the cell shows."""
    marimo = sys.modules["marimo"]
    marimo.output.append(marimo.iframe(document(explorer), height=f"{explorer.size[1] + 200}px"))
