"""How the book writes numbers and symbols in plain text; for pictures, sentences and formulas alike."""

from __future__ import annotations

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


def factor(value: float, decimals: int = 2) -> str:
    """A number as it stands after a multiplication dot: in brackets when it is negative."""
    text = number(value, decimals)
    return f"({text})" if text.startswith("−") else text


def plus(*terms: str) -> str:
    """The terms as a sum, with − for + before a term that is negative."""
    return " + ".join(terms).replace("+ −", "− ")
