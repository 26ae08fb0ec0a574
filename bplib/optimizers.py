"""Optimizers: how a gradient changes the weights. Taught in the chapter on the full algorithm.

`step` works in place: W[l] and b[l] stay the same arrays, of the same dtype.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from ._checks import like, real

if TYPE_CHECKING:
    from ._checks import Layers
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
        self.learning_rate = real("learning_rate", learning_rate, "a positive number", lambda r: r > 0)

    def __repr__(self) -> str:
        return f"GradientDescent(learning_rate={self.learning_rate})"

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        _check(network, grad_W, grad_b)
        for l in network.W:
            network.W[l] -= self.learning_rate * grad_W[l]
            network.b[l] -= self.learning_rate * grad_b[l]


class Momentum:
    """v ← β v + grad; W ← W - η v: a heavy ball, which keeps its way (Polyak 1964).

    This is PyTorch's convention: η multiplies the velocity. Sutskever, Martens, Dahl and Hinton (2013) have
    η inside it, v ← β v - η grad; W ← W + v, which is the same as long as η does not change. On a steady
    slope the steps grow to 1 / (1 - β) times those of gradient descent.

    `learning_rate` η is a positive number, `beta` from 0 to below 1, else a ValueError. The velocities belong
    to one network: make a new Momentum for another.
    """

    def __init__(self, learning_rate: float, beta: float = 0.9) -> None:
        self.learning_rate = real("learning_rate", learning_rate, "a positive number", lambda r: r > 0)
        self.beta = real("beta", beta, "a number from 0 to below 1", lambda b: 0 <= b < 1)
        self.v_W: Layers = {}
        self.v_b: Layers = {}

    def __repr__(self) -> str:
        return f"Momentum(learning_rate={self.learning_rate}, beta={self.beta})"

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        _check(network, grad_W, grad_b)
        if not self.v_W:
            self.v_W = {l: np.zeros_like(W) for l, W in network.W.items()}
            self.v_b = {l: np.zeros_like(b) for l, b in network.b.items()}
        _check(network, self.v_W, self.v_b, "the Momentum of another network: v_")
        for l in network.W:
            for w, v, grad in ((network.W, self.v_W, grad_W), (network.b, self.v_b, grad_b)):
                v[l] *= self.beta
                v[l] += grad[l]
                w[l] -= self.learning_rate * v[l]


def _check(network: Network, W: Layers, b: Layers, of: str = "grad_") -> None:
    if not W.keys() == b.keys() == network.W.keys():
        raise ValueError(f"{of}W and {of}b have layers {list(W)}, {list(b)}, expected {list(network.W)}")
    for l in network.W:
        like(f"{of}W[{l}]", W[l], network.W[l])
        like(f"{of}b[{l}]", b[l], network.b[l])
