"""Figures with sliders for notebooks and for the pages made of them.

Nothing here knows what a picture shows: any Jupyter Book can use it.
"""

from bplib.explorer.controls import Choice, Play, Slider, Toggle
from bplib.explorer.figure import Explorer, ExplorerError, Frame, explorer
from bplib.explorer.prediction import Prediction

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
