"""Learning-rate schedules: plain functions of the step t = 0, 1, 2 ...

An optimizer takes one in place of a learning rate: ``Adam(lambda t: cosine(t, 0.01, steps=900))``. `warm_up` is a
factor for any of them: ``lambda t: warm_up(t, 50) * cosine(t, 0.01, 900)``. t may also be an array, or a number of
JAX's in a compiled training. Taught in the chapter on optimisers.

`eta` is the learning rate η at the start, a positive number; ValueError for other settings.
"""

from __future__ import annotations

import math
from typing import Any

from ._checks import namespace, real


def constant(t: Any, eta: float) -> Any:
    """η: the rate that does not change."""
    return _positive("eta", eta) + 0.0 * t


def step_decay(t: Any, eta: float, every: float, factor: float = 0.1) -> Any:
    """η · factor^⌊t / every⌋: after `every` steps only a part of it, `factor`, from above 0 to 1."""
    factor = real("factor", factor, "a number above 0, to 1", lambda v: 0 < v <= 1)
    return _positive("eta", eta) * factor ** (t // _positive("every", every))


def inverse_time(t: Any, eta: float, steps: float) -> Any:
    """η / (1 + t / steps): half of η after `steps` steps, a third after twice as many (Robbins and Monro 1951).

    It falls slowly enough for the rates to add up to infinity, so that no place is too far away, and fast enough for
    the sum of their squares to be finite, so that the noise dies away.
    """
    return _positive("eta", eta) / (1 + t / _positive("steps", steps))


def cosine(t: Any, eta: float, steps: float) -> Any:
    """½ η (1 + cos(π t / steps)): slowly at first, fast in the midst, to 0 at `steps`, and 0 from there on.

    From Loshchilov and Hutter (2017), without their restarts.
    """
    steps = _positive("steps", steps)
    xp = namespace(t)
    return _positive("eta", eta) / 2 * (1 + xp.cos(math.pi * xp.minimum(t, steps) / steps))


def warm_up(t: Any, steps: float) -> Any:
    """min(1, (t + 1) / steps): a factor that grows evenly in the first `steps` steps, and is 1 from there on.

    Goyal and others (2017) begin so where large batches allow a large rate, but not yet at the start.
    """
    return namespace(t).minimum(1.0, (t + 1) / _positive("steps", steps))


def _positive(name: str, value: float) -> float:
    return real(name, value, "a positive number", lambda v: v > 0)
