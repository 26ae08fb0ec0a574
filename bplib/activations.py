"""Activation functions: what a neuron makes of its weighted sum, a = f(z), and the slope f'(z).

Taught in the chapter on activations. All work element by element, keep the dtype (float32 in, float32 out)
and take z of any shape. z may be an array of any library that speaks the Python array API standard, such as JAX:
`xp` is its namespace, numpy's for numpy's arrays, for numbers and for lists.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from ._checks import known, namespace, real

if TYPE_CHECKING:
    from ._checks import Array


class Activation(ABC):
    """An activation function: `f(z)` and its derivative `f.prime(z)`. Subclass it to write your own."""

    name: ClassVar[str]
    range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)  # of f
    kinks: ClassVar[tuple[float, ...]] = ()  # the z at which f' jumps, for the gradient check to look at

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"

    @abstractmethod
    def __call__(self, z: Array) -> Array:
        """The activation a = f(z), of the shape of z."""

    @abstractmethod
    def prime(self, z: Array) -> Array:
        """The derivative f'(z), of the shape of z."""


class Sigmoid(Activation):
    """f(z) = 1 / (1 + exp(-z)), from 0 to 1 (Rumelhart, Hinton and Williams 1986, Nature 323)."""

    name: ClassVar[str] = "sigmoid"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __call__(self, z: Array) -> Array:
        """f(z), written with exp of negative numbers only: it cannot overflow, and is exact at both ends."""
        xp = namespace(z)
        a: Array = xp.exp(xp.minimum(z, 0)) / (1 + xp.exp(-xp.abs(z)))
        return a

    def prime(self, z: Array) -> Array:
        """f'(z) = f(z) (1 - f(z)), written without the difference, which is 0 from z = 37 on."""
        xp = namespace(z)
        e: Array = xp.exp(-xp.abs(z))
        return e / (1 + e) ** 2


class Tanh(Activation):
    """f(z) = tanh(z), from -1 to 1 (LeCun, Bottou, Orr and Müller 1998, Efficient BackProp)."""

    name: ClassVar[str] = "tanh"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def __call__(self, z: Array) -> Array:
        """f(z) = tanh(z)."""
        a: Array = namespace(z).tanh(z)
        return a

    def prime(self, z: Array) -> Array:
        """f'(z) = 1 - tanh(z)², written without the difference, which is 0 from z = 19 on."""
        xp = namespace(z)
        e: Array = xp.exp(-2 * xp.abs(z))
        return 4 * e / (1 + e) ** 2


class ReLU(Activation):
    """f(z) = max(z, 0), the rectified linear unit (Nair and Hinton 2010; Glorot, Bordes and Bengio 2011)."""

    name: ClassVar[str] = "relu"
    range: ClassVar[tuple[float, float]] = (0.0, math.inf)
    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    def __call__(self, z: Array) -> Array:
        """f(z) = max(z, 0)."""
        a: Array = namespace(z).maximum(z, 0)
        return a

    def prime(self, z: Array) -> Array:
        """f'(z) = 1 for z > 0, else 0.

        At z = 0 there is no derivative; as is usual it is taken as 0 (Bertoin, Bolte, Gerchinovitz and
        Pauwels 2021 study what this choice does).
        """
        xp = namespace(z)
        slope: Array = xp.where(xp.greater(z, 0), xp.ones_like(z), 0)
        return slope


relu = ReLU()


class LeakyReLU(Activation):
    """f(z) = z for z > 0, else slope·z, so that no neuron is ever quite dead (Maas, Hannun and Ng 2013).

    `slope` is from 0 to below 1, else a ValueError.
    """

    name: ClassVar[str] = "leaky_relu"
    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = real("slope", slope, "a number from 0 to below 1", lambda s: 0 <= s < 1)

    def __call__(self, z: Array) -> Array:
        """f(z) = max(z, slope·z)."""
        xp = namespace(z)
        a: Array = xp.maximum(z, xp.multiply(self.slope, z))
        return a

    def prime(self, z: Array) -> Array:
        """f'(z) = 1 for z > 0, else `slope`, at z = 0 too."""
        slope: Array = namespace(z).maximum(relu.prime(z), self.slope)
        return slope


class Identity(Activation):
    """f(z) = z: the output of a regression, and of a cross-entropy, which takes logits."""

    name: ClassVar[str] = "identity"

    def __call__(self, z: Array) -> Array:
        """f(z) = z itself, not a copy."""
        return z

    def prime(self, z: Array) -> Array:
        """f'(z) = 1."""
        slope: Array = namespace(z).ones_like(z)
        return slope


ACTIVATIONS: dict[str, type[Activation]] = {f.name: f for f in (Sigmoid, Tanh, ReLU, LeakyReLU, Identity)}


def get_activation(f: str | Activation) -> Activation:
    """The activation of that name, or `f` itself if it is one already.

    Raises ValueError for an unknown name (with the nearest known one), TypeError for anything else.
    """
    if isinstance(f, Activation):
        return f
    if isinstance(f, str):
        if f.lower() == "softmax":
            raise ValueError(
                f"unknown activation {f!r}: here softmax is part of the loss. "
                'Make the network with output="identity", and train it with "softmax_cross_entropy"'
            )
        return known("activation", f, ACTIVATIONS)()
    hint = f"; write {f.__name__}()" if isinstance(f, type) and issubclass(f, Activation) else ""
    raise TypeError(f"activation must be a name or an Activation, got {f!r}{hint}")
