"""Optimizers: how a gradient changes the weights.

Gradient descent is taught in the chapter on loss, momentum in that on the full algorithm; RMSProp and Adam are what
readers meet in other libraries.

`step` works in place: W[l] and b[l] stay the same arrays, of the same dtype. The optimizers that remember
gradients do it for all weights and biases at once, as one long vector θ: their equations do not know of layers,
and many small arrays take longer than a single large one. What they remember belongs to one network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from ._checks import is_masked, namespace, numbers, real

if TYPE_CHECKING:
    from ._checks import Array, Layers
    from .network import Network


class Optimizer(Protocol):
    """Anything with a learning rate and a `step`, which changes a network in place."""

    learning_rate: float

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """Change network.W and network.b in place."""


class GradientDescent:
    """W ← W - η grad: against the gradient, downhill (Cauchy 1847).

    `learning_rate` η is a positive number, else a ValueError.
    """

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = _positive("learning_rate", learning_rate)

    def __repr__(self) -> str:
        return f"GradientDescent(learning_rate={self.learning_rate})"

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        _check(network, grad_W, grad_b)
        for l in network.W:
            network.W[l] -= self.learning_rate * grad_W[l]
            network.b[l] -= self.learning_rate * grad_b[l]


class Momentum:
    """v ← β v + grad; θ ← θ - η v: a heavy ball, which keeps its way (Polyak 1964).

    This is PyTorch's convention: η multiplies the velocity. Sutskever, Martens, Dahl and Hinton (2013) have
    η inside it, v ← β v - η grad; θ ← θ + v, which is the same as long as η does not change. On a steady
    slope the steps grow to 1 / (1 - β) times those of gradient descent.

    `learning_rate` η is a positive number, `beta` from 0 to below 1, else a ValueError. The velocities belong
    to one network: make a new Momentum for another.
    """

    def __init__(self, learning_rate: float, beta: float = 0.9) -> None:
        self.learning_rate = _positive("learning_rate", learning_rate)
        self.beta = _decay("beta", beta)
        self.v: Array | float = 0.0
        self.network: Network | None = None

    def __repr__(self) -> str:
        return f"Momentum(learning_rate={self.learning_rate}, beta={self.beta})"

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        grad = _flat(self, network, grad_W, grad_b)
        self.v = self.beta * self.v + grad
        _descend(network, self.learning_rate * self.v)


class RMSProp:
    """v ← β v + (1 - β) grad²; θ ← θ - η grad / (√v + ε): each weight with a rate of its own.

    v is a running mean of the squared gradient, so each gradient is divided by its usual size (Tieleman and
    Hinton 2012, lecture 6.5). ε keeps a weight without a gradient from being divided by zero.

    `learning_rate` η and `epsilon` are positive numbers, `beta` from 0 to below 1, else a ValueError. The
    means belong to one network: make a new RMSProp for another.
    """

    def __init__(self, learning_rate: float, beta: float = 0.9, epsilon: float = 1e-8) -> None:
        self.learning_rate = _positive("learning_rate", learning_rate)
        self.beta = _decay("beta", beta)
        self.epsilon = _positive("epsilon", epsilon)
        self.v: Array | float = 0.0
        self.network: Network | None = None

    def __repr__(self) -> str:
        return f"RMSProp(learning_rate={self.learning_rate}, beta={self.beta}, epsilon={self.epsilon})"

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        grad = _flat(self, network, grad_W, grad_b)
        self.v = self.beta * self.v + (1 - self.beta) * grad**2
        _descend(network, self.learning_rate * grad / (namespace(grad).sqrt(self.v) + self.epsilon))


class Adam:
    """Momentum over RMSProp, each without the pull of its start at zero (Kingma and Ba 2015, algorithm 1).

    - m ← β₁ m + (1 - β₁) grad, a running mean of the gradient
    - v ← β₂ v + (1 - β₂) grad², and of its square
    - m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ) in step t, since both means begin at 0, and are too small at first
    - θ ← θ - η m̂ / (√v̂ + ε)

    `learning_rate` η and `epsilon` are positive numbers, `beta1` and `beta2` from 0 to below 1, else a
    ValueError. The means belong to one network: make a new Adam for another.
    """

    def __init__(
        self, learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        self.learning_rate = _positive("learning_rate", learning_rate)
        self.beta1, self.beta2 = _decay("beta1", beta1), _decay("beta2", beta2)
        self.epsilon = _positive("epsilon", epsilon)
        self.m: Array | float = 0.0
        self.v: Array | float = 0.0
        self.t = 0
        self.network: Network | None = None

    def __repr__(self) -> str:
        return (
            f"Adam(learning_rate={self.learning_rate}, beta1={self.beta1}, beta2={self.beta2}, "
            f"epsilon={self.epsilon})"
        )

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        grad = _flat(self, network, grad_W, grad_b)
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        _descend(network, self.learning_rate * m_hat / (namespace(grad).sqrt(v_hat) + self.epsilon))


def _positive(name: str, value: float) -> float:
    return real(name, value, "a positive number", lambda v: v > 0)


def _decay(name: str, value: float) -> float:
    return real(name, value, "a number from 0 to below 1", lambda v: 0 <= v < 1)


def _check(network: Network, grad_W: Layers, grad_b: Layers) -> None:
    if not grad_W.keys() == grad_b.keys() == network.W.keys():
        got, expected = f"{list(grad_W)}, {list(grad_b)}", list(network.W)
        raise ValueError(f"grad_W and grad_b have layers {got}, expected {expected}")
    for letter, grad, parameters in (("W", grad_W, network.W), ("b", grad_b, network.b)):
        for l, theta in parameters.items():
            if is_masked(grad[l]):
                numbers(f"grad_{letter}[{l}]", grad[l])  # which says what to do
            if np.shape(grad[l]) != theta.shape:  # else it might be broadcast by mistake
                raise ValueError(f"grad_{letter}[{l}] has shape {np.shape(grad[l])}, expected {theta.shape}")
            if isinstance(theta, np.ndarray) and not theta.flags.writeable:
                name = f"network.{letter}[{l}]"
                raise ValueError(
                    f"{name} is read-only, and a step changes it in place: give it {name}.copy()"
                )


def _flat(optimizer: Momentum | RMSProp | Adam, network: Network, grad_W: Layers, grad_b: Layers) -> Array:
    """The gradient as one vector, for an optimizer that has not met another network before."""
    _check(network, grad_W, grad_b)
    owned(optimizer, network)
    xp = namespace(grad_W[1])
    flat: Array = xp.concat([xp.reshape(grad[l], (-1,)) for grad in (grad_W, grad_b) for l in network.W])
    return flat


def owned(optimizer: Momentum | RMSProp | Adam, network: Network) -> None:
    """The memory of the optimizer is that of this network from now on; ValueError if it is another's."""
    if optimizer.network is None:
        optimizer.network = network
    elif optimizer.network is not network:
        kind = type(optimizer).__name__
        raise ValueError(
            f"this {kind} remembers the gradients of another network, {optimizer.network!r}: make a new {kind}"
        )


def _descend(network: Network, step: Array) -> None:
    """θ ← θ - step, in place."""
    start = 0
    for parameters in (network.W, network.b):
        for l, theta in parameters.items():
            parameters[l] -= step[start : start + theta.size].reshape(theta.shape)
            start += theta.size
