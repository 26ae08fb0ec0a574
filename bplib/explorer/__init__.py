"""Figures with sliders for notebooks and for the pages made of them.

Nothing here knows what a picture shows: any Jupyter Book can use it.
"""

from typing import TYPE_CHECKING, Any

from bplib.explorer.controls import Choice, Play, Slider, Toggle
from bplib.explorer.prediction import Prediction

if TYPE_CHECKING:
    from bplib.explorer.figure import Explorer, ExplorerError, Frame, explorer

__all__ = [
    "Choice",
    "Explorer",
    "ExplorerError",
    "Frame",
    "Play",
    "Prediction",
    "Slider",
    "Toggle",
    "explorer",
]


def __getattr__(name: str) -> Any:
    # What draws needs matplotlib, which Python in the page loads last: `in_page.handlers` are there before it.
    if name in __all__:
        from bplib.explorer import figure

        return getattr(figure, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
