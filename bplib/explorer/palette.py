"""Colours that follow the page's theme.

A picture is drawn with the light colour; wherever it is shown, the colour becomes a CSS variable, so that the
same recorded picture is right on a light and on a dark page. Black is the ink of the page, white its paper.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import ListedColormap, to_rgb

# name: (on a light page, on a dark page). Each has a contrast of at least 4.5 to the page behind it; the five hues
# stay apart for colour-blind eyes too (tests/test_palette.py measures both).
PALETTE = {
    "ink": ("#000000", "#e4e6eb"),
    "paper": ("#ffffff", "#121212"),
    "grey": ("#5f6670", "#a3abb6"),
    "blue": ("#0064be", "#00a6f8"),
    "orange": ("#b74e07", "#fc9a55"),
    "green": ("#007157", "#06d1a5"),
    "purple": ("#9d3783", "#d696c5"),
    "red": ("#ac0020", "#ff6975"),
}

INK, PAPER, GREY, BLUE, ORANGE, GREEN, PURPLE, RED = (light for light, _ in PALETTE.values())

_NAMES = {light: name for name, (light, _) in PALETTE.items()}

# A dark page is known by what its program says of itself, not by what the system prefers: a reader can choose
# light in one and dark in the other. In order: the book's theme, JupyterLab, VS Code.
_DARK = ("html[data-theme=dark]", "body[data-jp-theme-light=false]", "body.vscode-dark")


def _fade(*colours: str) -> ListedColormap:
    """A colour map of 33 steps that fades from opaque to nothing: what is nothing shows the page."""
    alpha = np.abs(np.linspace(-1, 1, 33)) if len(colours) == 2 else np.linspace(0, 1, 33)
    half = np.linspace(-1, 1, 33) < 0
    return ListedColormap(
        [(*to_rgb(colours[0] if low else colours[-1]), a) for low, a in zip(half, alpha, strict=True)]
    )


# For images, which cannot follow a variable. DIVERGING goes from orange through nothing to blue, in tones that
# stand out on white and on black; INK_MAP from nothing to ink, which the style sheet turns on a dark page.
DIVERGING = _fade("#d9722e", "#2f86d0")
INK_MAP = _fade("#000000")


def css_colour(colour: str) -> str:
    """The CSS for a colour '#rrggbb' of a picture: a variable for the palette's own, any other as it is."""
    name = _NAMES.get(colour)
    return colour if name is None else f"var(--x-{name})"


def css_variables(of: str = ".explorer") -> str:
    """The style sheet that gives every palette colour its value in each theme, in what a selector chooses."""
    light = " ".join(f"--x-{name}: {colours[0]};" for name, colours in PALETTE.items())
    dark = " ".join(f"--x-{name}: {colours[1]};" for name, colours in PALETTE.items())
    on_dark = ", ".join(f"{page} {of}" for page in _DARK)
    ink = ", ".join(f"{page} {of} .x-ink" for page in _DARK)
    return f"{of} {{ {light} }}\n@media not print {{\n{on_dark} {{ {dark} }}\n{ink} {{ filter: invert(1); }}\n}}\n"
