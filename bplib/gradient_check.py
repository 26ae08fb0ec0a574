"""Is the gradient right? Compare it with finite differences, which know nothing of backpropagation.

Taught in the chapters on the chain rule and on deltas.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._checks import finite, like, real
from .backprop import backprop, door
from .network import feedforward, forward

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._checks import Array, Layers
    from .losses import Loss
    from .network import Network


def numerical_gradient(
    network: Network, x: Any, y: Any, C: str | Loss, h: float = 1e-5
) -> tuple[Layers, Layers]:
    """grad_W, grad_b by central differences, (C(w + h) - C(w - h)) / 2h, for every weight and bias.

    The error is of order h² from the curvature and 1/h from rounding; the sum is least near h = 1e-5 in
    float64 (Press, Teukolsky, Vetterling and Flannery 2007, Numerical Recipes, 5.7). For weights w beyond 1
    the step is h·|w|. Two forward passes for each parameter: for small networks only.

    The work is done on a float64 copy, whatever the network's dtype; the network itself is not touched.
    Arguments and errors are those of `backprop`; h is at least 2.2e-16, which still changes a weight of 1.
    """
    grad_W, grad_b, _ = _differences(network, x, y, C, h)
    return grad_W, grad_b


def relative_error(u: Any, v: Any) -> float:
    """‖u - v‖ / (‖u‖ + ‖v‖): 0 when u = v, 1 when one is zero or both are opposed; 0 when both are zero.

    Below 1e-7 in float64 a gradient is right, above 1e-3 it is wrong; unless a weighted sum stands so near to a
    kink of ReLU that the difference reaches across it. Then a right gradient has any error up to 1, and a
    smaller h helps only where no weighted sum is exactly 0: `check_gradient` counts them. Raises ValueError if
    the shapes differ or a number is not finite.
    """
    u = finite("u", u, np.float64)
    v = finite("v", v, np.float64)
    if u.shape != v.shape:
        raise ValueError(f"v has shape {v.shape}, expected that of u, {u.shape}")
    scale = max(np.abs(u).max(initial=0), np.abs(v).max(initial=0))
    if scale == 0:
        return 0.0
    u, v = (u / scale).ravel(), (v / scale).ravel()  # no square overflows or vanishes
    return float(np.linalg.norm(u - v) / (np.linalg.norm(u) + np.linalg.norm(v)))


class GradientErrors(NamedTuple):
    """What `check_gradient` found, keyed by layer.

    W[l] and b[l] are the relative errors of the weights' and the biases' gradient. kinks[l] is how many of the
    layer's n^l m weighted sums stand on a kink of its activation, or come to one between the two points of a
    difference. Where it is not 0, the errors of this layer and of those before it may come from the finite
    differences, and not from a bug.
    """

    W: dict[int, float]
    b: dict[int, float]
    kinks: dict[int, int]


def check_gradient(
    network: Network,
    x: Any,
    y: Any,
    C: str | Loss,
    grad_W: Layers | None = None,
    grad_b: Layers | None = None,
    *,
    h: float = 1e-5,
) -> GradientErrors:
    """Relative errors, layer by layer, of a gradient against central differences.

    The gradient is that of `backprop`, or `grad_W` and `grad_b` where given, say from a backward pass of your
    own. A mistake shows in its layer and in those before it, which it reaches by BP2.

    So does a kink: ReLU and LeakyReLU have no derivative at z = 0, and a difference that reaches across it gives
    a slope between the two. `check_gradient(...).kinks[l]` is the number of weighted sums in layer l to which
    this happens when a weight or bias moves by its step h. A smaller h makes it less, except where z is exactly
    0: an input of zeros with biases of zero stands there for every h. Move the biases a little, and check again.

    Raises ValueError if a given gradient lacks a layer, or has another shape than its weights; otherwise the
    arguments and errors are those of `numerical_gradient`.
    """
    right_W, right_b, kinks = _differences(network, x, y, C, h)
    ours = backprop(network, x, y, C)
    return GradientErrors(
        _errors("grad_W", ours.grad_W if grad_W is None else grad_W, right_W),
        _errors("grad_b", ours.grad_b if grad_b is None else grad_b, right_b),
        kinks,
    )


def _differences(
    network: Network, x: Any, y: Any, C: str | Loss, h: float
) -> tuple[Layers, Layers, dict[int, int]]:
    """The numerical gradient, and how many weighted sums of each layer had a kink in their way."""
    least = sys.float_info.epsilon  # a smaller step leaves a weight of 1 as it is
    h = real("h", h, f"a number of at least {least:.2g}", lambda h: h >= least)
    columns, y, C = door(network, x, y, C)
    twin = network.copy(np.float64)
    columns, y = columns.astype(np.float64), y.astype(np.float64)
    kinks = [(l, kink) for l, f in twin.activation.items() for kink in f.kinks]
    here, _ = forward(twin, columns.T)
    crossed = {l: np.zeros(z.shape, bool) for l, z in here.items()}

    def cost() -> float:
        z, a = feedforward(twin, columns)
        for l, kink in kinks:
            crossed[l] |= np.sign(z[l] - kink) != np.sign(here[l] - kink)
        value = float(C(a[twin.L], y))
        if not math.isfinite(value):
            raise OverflowError(
                f"the loss is {value} within h = {h} of these weights: float64 does not hold it"
            )
        return value

    with np.errstate(over="ignore", invalid="ignore"):
        grad_W = {l: _central_differences(cost, twin.W[l], h) for l in twin.W}
        grad_b = {l: _central_differences(cost, twin.b[l], h) for l in twin.b}
    return grad_W, grad_b, {l: int(np.count_nonzero(crossed[l])) for l in crossed}


def _central_differences(cost: Callable[[], float], w: Array, h: float) -> Array:
    slope = np.empty_like(w)
    for i in np.ndindex(w.shape):
        here = float(w[i])
        step = h * max(1.0, abs(here))
        w[i] = above = here + step
        C_above = cost()
        w[i] = below = here - step
        C_below = cost()
        w[i] = here
        slope[i] = (C_above - C_below) / (above - below)
    return slope


def _errors(name: str, given: Any, right: Layers) -> dict[int, float]:
    if not isinstance(given, dict) or given.keys() != right.keys():
        got = list(given) if isinstance(given, dict) else repr(given)
        raise ValueError(f"{name} must be a dict with the layers {list(right)}, got {got}")
    checked = {l: finite(f"{name}[{l}]", like(f"{name}[{l}]", given[l], right[l]), np.float64) for l in right}
    return {l: relative_error(checked[l], right[l]) for l in right}
