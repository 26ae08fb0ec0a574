"""How the book writes numbers and symbols in plain text; for pictures, sentences and formulas alike."""

from __future__ import annotations

import math

import numpy as np

SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def symbol(letter: str, l: int | None = None, i: int | None = None) -> str:
    """Name a quantity in plain text, layer above and neuron below: a²₁ is symbol("a", 2, 1)."""
    above = "" if l is None else str(l).translate(SUPERSCRIPT)
    below = "" if i is None else str(i).translate(SUBSCRIPT)
    return f"{letter}{above}{below}"


def number(value: float, decimals: int = 2) -> str:
    """A number as the pictures and sentences write it: with a true minus sign, and no minus before zero."""
    text = f"{value:.{decimals}f}"
    return text.replace("-", "") if float(text) == 0 else text.replace("-", "−")


def figure(value: float, figures: int = 4) -> str:
    """A number with so many significant figures, whatever its size: 0.0312, −1.5, 2.1·10⁻⁷."""
    value = float(value)
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e5:
        text = np.format_float_positional(value, precision=figures, fractional=False, unique=False, trim="-")
        return text.replace("-", "−")
    mantissa, _, power = f"{value:.{figures - 1}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa.replace('-', '−')}·10{str(int(power)).translate(SUPERSCRIPT)}"


def apart(one: float, other: float) -> int:
    """How many figures it takes to see two numbers differ, two of the difference included; 4 to 15."""
    difference = abs(one - other)
    most = max(abs(one), abs(other))
    if not 0 < difference < math.inf:
        return 4
    return min(15, max(4, 2 + math.floor(math.log10(most)) - math.floor(math.log10(difference))))


def factor(value: float, decimals: int = 2) -> str:
    """A number as it stands after a multiplication dot: in brackets when it is negative."""
    text = number(value, decimals)
    return f"({text})" if text.startswith("−") else text


def plus(*terms: str) -> str:
    """The terms as a sum, with − for + before a term that is negative."""
    return " + ".join(terms).replace("+ −", "− ")
