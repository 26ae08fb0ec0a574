"""What a reader can move: sliders, choices, toggles, and a slider that can run.

A control is a short list of values with the text of each; how it is shown is the matter of what drives the figure.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import Any, ClassVar

Value = float | int | str | bool
MOST_POSITIONS = 2000  # as many as an explorer with one slider may have


class Control:
    """A name, the values it can take and the text for each, in the order of the slider.

    Attributes
    ----------
    values, texts : the values, and each as a reader sees it, unit included
    index : the position at the start
    label : the name shown; the name of `update`'s argument unless given

    """

    kind: ClassVar[str]
    values: Sequence[Value]
    texts: Sequence[str]
    index: int
    label: str | None = None

    @property
    def value(self) -> Value:
        """The value at the start."""
        return self.values[self.index]

    def value_of(self, widget_value: Any) -> Value:
        """The control's own value that a widget's value stands for."""
        return self.values[self.index_of(widget_value)]

    def index_of(self, value: Any) -> int:
        """The position of a value; ValueError when it is not one of the control's."""
        for i, own in enumerate(self.values):
            if own == value and isinstance(own, bool) == isinstance(value, bool):
                return i
        raise ValueError(f"{value!r} is not on the {self.kind}: it has {_summary(self.texts)}")


class Slider(Control):
    """A number between `min` and `max` in steps of `step`, or in `steps` equal ratios when `log` is true.

    Whole-number arguments make a slider of whole numbers.

    Parameters
    ----------
    min, max : the ends, both reached
    step : the distance of two positions (linear)
    steps : the number of ratios between the ends (logarithmic)
    value : the start; it must be one of the positions; `min` unless given
    log : equal ratios instead of equal distances; the ends must be positive
    unit : said after the number, "epochs" or "%"
    label : the name shown, where the argument's own name is not what a reader should see

    """

    kind = "slider"

    def __init__(
        self,
        min: float,
        max: float,
        *,
        step: float | None = None,
        steps: int | None = None,
        value: float | None = None,
        log: bool = False,
        unit: str = "",
        label: str | None = None,
    ) -> None:
        min, max = _number("min", min), _number("max", max)
        step, steps = (
            step if step is None else _number("step", step),
            steps if steps is None else _number("steps", steps),
        )
        value = value if value is None else _number("value", value)
        if not isinstance(log, bool):
            raise ValueError(f"log is {log!r}; expected True or False")
        if not isinstance(unit, str):
            raise ValueError(f"unit is {unit!r}; expected a text")
        if not min < max:
            raise ValueError(f"min is {min} and max is {max}; expected min < max")
        if log:
            if step is not None or not isinstance(steps, int) or steps < 1:
                raise ValueError(
                    f"step is {step} and steps is {steps}; a logarithmic slider takes steps, a whole number"
                )
            if min <= 0:
                raise ValueError(f"min is {min}; a logarithmic slider needs a positive one")
            _few(steps + 1, f"steps is {steps}")
            # Three digits are what the page shows, so they are what update gets.
            ratios = [float(f"{min * (max / min) ** (i / steps):.3g}") for i in range(steps + 1)]
            if (ratios[0], ratios[-1]) != (min, max) or len(set(ratios)) <= steps:
                raise ValueError(
                    f"min is {min}, max is {max} and steps is {steps}; with the three digits that a logarithmic "
                    "slider's positions have, these do not reach the ends or do not stay apart"
                )
            self.values = ratios
            self.texts = [_with_unit(f"{v:.9g}" if 1e-4 <= v < 1e6 else _power(v), unit) for v in ratios]
        else:
            if steps is not None or step is None or step <= 0:
                raise ValueError(
                    f"step is {step} and steps is {steps}; a linear slider takes step, a positive number"
                )
            count = (max - min) / step
            _few(count + 1, f"step is {step}")
            if abs(count - round(count)) > 1e-9 * count:
                raise ValueError(f"step is {step}, which does not divide {max} - {min} evenly")
            self.step, self.decimals = step, _decimals(step, min)
            values = [round(min + i * step, self.decimals) for i in range(round(count) + 1)]
            whole = all(isinstance(number, int) for number in (min, max, step))
            self.values = [int(v) for v in values] if whole else [float(v) for v in values]
            self.texts = [_with_unit(f"{v:.{self.decimals}f}".replace("-", "−"), unit) for v in self.values]
        self.log, self.unit, self.label = log, unit, _label(label)
        self.index = 0 if value is None else self.index_of(value)

    def index_of(self, value: Any) -> int:
        """The position of a number, however a widget has rounded it."""
        if _is_finite(value):
            slack = 1e-9 * (float(self.values[1]) - float(self.values[0]))
            for i, own in enumerate(self.values):
                if math.isclose(float(own), value, rel_tol=1e-9, abs_tol=slack):
                    return i
        return super().index_of(value)


class Play(Slider):
    """A slider of whole numbers that can also run by itself: epochs, steps.

    Parameters
    ----------
    max, min, step, value, unit, label : as Slider's
    interval : milliseconds from one position to the next while it runs

    """

    kind = "play"

    def __init__(
        self,
        max: int,
        *,
        min: int = 0,
        step: int = 1,
        value: int | None = None,
        interval: int = 200,
        unit: str = "",
        label: str | None = None,
    ) -> None:
        super().__init__(min, max, step=step, value=value, unit=unit, label=label)
        if not all(isinstance(v, int) for v in self.values):
            raise ValueError(f"min, max and step are {min}, {max}, {step}; expected whole numbers")
        self.interval = _number("interval", interval)
        if not isinstance(self.interval, int) or not 20 <= self.interval <= 60_000:
            raise ValueError(
                f"interval is {interval!r}; expected a whole number of 20 to 60,000 milliseconds"
            )


class Choice(Control):
    """One of several names.

    Parameters
    ----------
    *options : the names
    value : the start; the first unless given
    label : the name shown

    """

    kind = "choice"

    def __init__(self, *options: str, value: str | None = None, label: str | None = None) -> None:
        if len(options) < 2 or not all(isinstance(option, str) and option for option in options):
            raise ValueError(f"options are {options!r}; expected at least two names")
        if len(set(options)) != len(options):
            raise ValueError(f"options are {options!r}; a name stands there twice")
        self.values = self.texts = options
        self.label = _label(label)
        self.index = 0 if value is None else self.index_of(value)


class Toggle(Control):
    """On or off.

    Parameters
    ----------
    value : the start
    label : the name shown; a short phrase that is true when it is on

    """

    kind = "toggle"
    values = (False, True)
    texts = ("off", "on")

    def __init__(self, value: bool = False, *, label: str | None = None) -> None:
        if not isinstance(value, bool):
            raise ValueError(f"value is {value!r}; expected True or False")
        self.index = int(value)
        self.label = _label(label)


def _is_finite(value: Any) -> bool:
    """Whether it is a number that a float can hold; True and False are none."""
    try:
        return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # an int beyond every float
        return False


def _number(name: str, value: Any) -> Any:
    """The number as Python's own int or float, whatever kind it came in."""
    if not _is_finite(value):
        raise ValueError(f"{name} is {value!r}; expected a finite number")
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def _few(positions: float, what: str) -> None:
    if positions > MOST_POSITIONS:
        raise ValueError(
            f"{what}, which makes more than {MOST_POSITIONS} positions: too many to move through"
        )


def _label(label: Any) -> str | None:
    if label is not None and not isinstance(label, str):
        raise ValueError(f"label is {label!r}; expected a name, or None for the argument's own")
    return label


def _decimals(step: float, min: float) -> int:
    """The digits after the point that write both numbers in full."""
    for digits in range(13):
        if all(math.isclose(round(n, digits), n, rel_tol=1e-14) for n in (step, min)):
            return digits
    raise ValueError(f"step is {step} and min is {min}; expected at most 12 digits after the point")


def _power(number: float) -> str:
    mantissa, exponent = f"{number:.2e}".split("e")
    power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"10{power}" if mantissa == "1" else f"{mantissa}·10{power}"


def _with_unit(number: str, unit: str) -> str:
    return f"{number} {unit}" if unit else number


def _summary(texts: Sequence[str]) -> str:
    return ", ".join(texts) if len(texts) <= 6 else f"{texts[0]}, {texts[1]}, ... {texts[-1]}"
