"""Pictures that several chapters draw, on matplotlib axes, in the book's colours.

A colour means the same through the whole book (chapters/notation.md): blue is positive and orange negative, for
weights and for what a network answers; green is an activation, purple a delta, red the loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from contourpy import contour_generator
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Circle
from matplotlib.path import Path

from bplib._checks import numbers
from bplib._text import SUBSCRIPT as SUBSCRIPT
from bplib._text import SUPERSCRIPT as SUPERSCRIPT
from bplib._text import factor as factor
from bplib._text import number as number
from bplib._text import plus as plus
from bplib._text import symbol as symbol
from bplib.explorer import palette

POSITIVE, NEGATIVE = palette.BLUE, palette.ORANGE
ACTIVATION, DELTA, LOSS = palette.GREEN, palette.PURPLE, palette.RED
QUIET = palette.GREY


def whole_figure(fig: Figure) -> Axes:
    """Axes with no frame that fill the figure, one unit a CSS pixel, the origin at the lower left."""
    fig.set_layout_engine("none")  # nothing is left to lay out
    width, height = fig.get_size_inches() * fig.dpi
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return ax


class NetworkPicture:
    """A small network, drawn with its numbers: a weight on each edge, a value in each neuron, a note under it.

    Everything in it moves: call `weights`, `values`, `notes` and `highlight` from `update`.

    Parameters
    ----------
    ax : axes in pixels, as `whole_figure` makes them.
    sizes : neurons in each layer, the input's first; up to four a layer are readable.
    top, bottom : pixels kept free above and below.

    """

    def __init__(self, ax: Axes, sizes: Sequence[int], *, top: float = 30, bottom: float = 30) -> None:
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        margin = 36.0  # half the width of a note
        x = np.linspace(left + margin, right - margin, len(sizes))
        most = max(sizes)
        step = (high - top - low - bottom) / most
        middle = (high - top + low + bottom) / 2
        self.sizes = tuple(sizes)
        # Two neurons beside three stand 1.4 steps apart: then no two numbers between the layers touch.
        self.at = {
            (l, i): (float(x[l]), middle + step * min(1 + 0.4 * (most - n), most / n) * ((n - 1) / 2 - i))
            for l, n in enumerate(sizes)
            for i in range(n)
        }
        self.edges, self.edge_numbers = {}, {}
        box = {"facecolor": palette.PAPER, "edgecolor": "none", "pad": 1.2}
        centred: dict[str, Any] = {"ha": "center", "va": "center", "animated": True}
        for l in range(1, len(sizes)):
            for i in range(sizes[l]):
                for k in range(sizes[l - 1]):
                    (x0, y0), (x1, y1) = self.at[l - 1, k], self.at[l, i]
                    (self.edges[l, i, k],) = ax.plot([x0, x1], [y0, y1], zorder=1, animated=True)
                    x_text, y_text = x0 + 0.32 * (x1 - x0), y0 + 0.32 * (y1 - y0)
                    self.edge_numbers[l, i, k] = ax.text(x_text, y_text, "", zorder=2, bbox=box, **centred)
        self.circles, self.texts, self.note_texts = {}, {}, {}
        for (l, i), (cx, cy) in self.at.items():
            circle = Circle((cx, cy), 25, facecolor=palette.PAPER, lw=2, zorder=3, animated=True)
            self.circles[l, i] = ax.add_patch(circle)
            self.texts[l, i] = ax.text(cx, cy, "", zorder=4, **centred)
            self.note_texts[l, i] = ax.text(cx, cy - 37, "", zorder=4, bbox=box, **centred)
        self.highlight()

    def weights(self, W: Mapping[int, Any], decimals: int = 2) -> None:
        """Write each weight on its edge; its sign gives the colour, its size the width."""
        for (l, i, k), edge in self.edges.items():
            w = float(W[l][i, k])
            colour = POSITIVE if w >= 0 else NEGATIVE
            edge.set(color=colour, linewidth=0.8 + 2 * min(abs(w), 2.5))
            self.edge_numbers[l, i, k].set(text=number(w, decimals), color=colour)

    def values(self, a: Mapping[int, Any], decimals: int = 2) -> None:
        """Write a value into each neuron of the layers in `a`, nothing into the others."""
        for (l, i), text in self.texts.items():
            text.set_text(number(float(a[l][i, 0]), decimals) if l in a else "")

    def notes(self, notes: Mapping[tuple[int, int], str], color: str = QUIET) -> None:
        """Write a note under each neuron (l, i) named, nothing under the others; i counts from 0."""
        for place, text in self.note_texts.items():
            text.set(text=notes.get(place, ""), color=color)

    def highlight(self, layers: Sequence[int] = (), color: str = ACTIVATION) -> None:
        """Ring the neurons of some layers in a colour and a heavier line, the others in grey."""
        for (l, _), circle in self.circles.items():
            circle.set(edgecolor=color if l in layers else QUIET, linewidth=3.5 if l in layers else 1.5)


def plane(extent: tuple[float, float, float, float], n: int = 40) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The centres of n x n cells over extent = (x0, x1, y0, y1), as rows (n*n, 2), from the lower left."""
    x0, x1, y0, y1 = extent
    part = (np.arange(n) + 0.5) / n
    x, y = np.meshgrid(x0 + part * (x1 - x0), y0 + part * (y1 - y0))
    return np.column_stack([x.ravel(), y.ravel()])


def field(
    ax: Axes, extent: tuple[float, float, float, float], *, n: int = 40, animated: bool = True
) -> AxesImage:
    """An image over the plane for values between -1 (orange) and 1 (blue); set it with `set_field`."""
    return ax.imshow(
        np.zeros((n, n)),
        extent=extent,
        origin="lower",
        cmap=palette.DIVERGING,
        vmin=-1,
        vmax=1,
        aspect="auto",
        zorder=0,
        animated=animated,
    )


def set_field(image: AxesImage, values: Any) -> None:
    """Show values at the points of `plane`, in its order. ValueError for another number of values."""
    image.set_data(_on_plane(values, image.get_array().shape[0]))


def contour(extent: tuple[float, float, float, float], values: Any, level: float) -> Path:
    """The curve where values at the points of `plane` pass a level, as a path for a `PathPatch`."""
    n = math.isqrt(np.size(values))
    x, y = plane(extent, n).reshape(n, n, 2).transpose(2, 0, 1)
    lines = contour_generator(x, y, _on_plane(values, n).astype(float)).lines(level)
    return Path.make_compound_path(*(Path(np.asarray(line)) for line in lines))


def _on_plane(values: Any, n: int) -> np.ndarray[Any, np.dtype[Any]]:
    array = numbers("values", values)
    if array.size != n * n:
        expected = f"one for each of the {n} x {n} points of a plane"
        raise ValueError(f"values are {array.size} numbers of shape {array.shape}, expected {expected}")
    return array.reshape(n, n)
