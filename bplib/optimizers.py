"""Optimizers: how a gradient changes the weights.

Gradient descent is taught in the chapter on loss, momentum in that on the full algorithm, the others in the chapter on
optimisers.

`step` works in place: W[l] and b[l] stay the same arrays, of the same dtype. The optimizers that remember
gradients do it for all weights and biases at once, as one long vector θ: their equations do not know of layers,
and many small arrays take longer than a single large one. What they remember belongs to one network.

The `learning_rate` of each is a positive number, or a schedule: a function that gives the rate of step t = 0, 1, 2 ...,
as those of `bplib.schedules` do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from ._checks import is_masked, namespace, numbers, real

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from ._checks import Array, Layers
    from .network import Network

    Rate: TypeAlias = float | Callable[[int], float]


class Optimizer(Protocol):
    """Anything with a learning rate and a `step`, which changes a network in place."""

    learning_rate: Rate

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """Change network.W and network.b in place."""


class GradientDescent:
    """W ← W - η grad: against the gradient, downhill (Cauchy 1847).

    `learning_rate` η is a positive number or a schedule, else a ValueError.
    """

    def __init__(self, learning_rate: Rate) -> None:
        self.learning_rate = _rate(learning_rate)
        self.t = 0

    def __repr__(self) -> str:
        return f"GradientDescent(learning_rate={self.learning_rate})"

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        _check(network, grad_W, grad_b)
        eta = _eta(self)
        for l in network.W:
            network.W[l] -= eta * grad_W[l]
            network.b[l] -= eta * grad_b[l]


class Momentum:
    """v ← β v + grad; θ ← θ - η v: a heavy ball, which keeps its way (Polyak 1964).

    This is PyTorch's convention: η multiplies the velocity. Sutskever, Martens, Dahl and Hinton (2013) have
    η inside it, v ← β v - η grad; θ ← θ + v, which is the same as long as η does not change. On a steady
    slope the steps grow to 1 / (1 - β) times those of gradient descent.

    `learning_rate` η is a positive number or a schedule, `beta` from 0 to below 1, else a ValueError. The
    velocities belong to one network: make a new Momentum for another.
    """

    def __init__(self, learning_rate: Rate, beta: float = 0.9) -> None:
        self.learning_rate = _rate(learning_rate)
        self.beta = _decay("beta", beta)
        self.v: Array | float = 0.0
        self.t = 0
        self.network: Network | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(learning_rate={self.learning_rate}, beta={self.beta})"

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        grad = _flat(self, network, grad_W, grad_b)
        self.v = self.beta * self.v + grad
        _descend(network, _eta(self) * self.v)


class Nesterov(Momentum):
    """v ← β v + grad; θ ← θ - η (grad + β v): momentum with a look ahead (Nesterov 1983).

    Nesterov takes the gradient where the velocity alone would carry the weights. Written for the weights at that
    place, which is where `train` has its gradient, the rule becomes the one above (Sutskever, Martens, Dahl and Hinton
    2013 have it with η in the velocity). On a steady slope it steps as far as Momentum.

    Arguments and errors are Momentum's.
    """

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        grad = _flat(self, network, grad_W, grad_b)
        self.v = self.beta * self.v + grad
        _descend(network, _eta(self) * (grad + self.beta * self.v))


class AdaGrad:
    """v ← v + grad²; θ ← θ - η grad / (√v + ε): a rate for each weight, which only falls.

    v is the sum of all squares so far: a weight whose gradients were large takes small steps (Duchi, Hazan and Singer
    2011). It begins at 0, so that the first step is η for every weight; set `v` before it to begin elsewhere.

    `learning_rate` η is a positive number or a schedule, `epsilon` a positive number, else a ValueError. The sums
    belong to one network: make a new AdaGrad for another.
    """

    def __init__(self, learning_rate: Rate, epsilon: float = 1e-8) -> None:
        self.learning_rate = _rate(learning_rate)
        self.epsilon = _positive("epsilon", epsilon)
        self.v: Array | float = 0.0
        self.t = 0
        self.network: Network | None = None

    def __repr__(self) -> str:
        return f"AdaGrad(learning_rate={self.learning_rate}, epsilon={self.epsilon})"

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        grad = _flat(self, network, grad_W, grad_b)
        self.v = self.v + grad**2
        _descend(network, _eta(self) * grad / (namespace(grad).sqrt(self.v) + self.epsilon))


class RMSProp:
    """v ← β v + (1 - β) grad²; θ ← θ - η grad / (√v + ε): each weight with a rate of its own.

    v is a running mean of the squared gradient, so each gradient is divided by its usual size (Tieleman and
    Hinton 2012, lecture 6.5). ε keeps a weight without a gradient from being divided by zero.

    `learning_rate` η is a positive number or a schedule, `epsilon` a positive number, `beta` from 0 to below 1, else
    a ValueError. The means belong to one network: make a new RMSProp for another.
    """

    def __init__(self, learning_rate: Rate, beta: float = 0.9, epsilon: float = 1e-8) -> None:
        self.learning_rate = _rate(learning_rate)
        self.beta = _decay("beta", beta)
        self.epsilon = _positive("epsilon", epsilon)
        self.v: Array | float = 0.0
        self.t = 0
        self.network: Network | None = None

    def __repr__(self) -> str:
        return f"RMSProp(learning_rate={self.learning_rate}, beta={self.beta}, epsilon={self.epsilon})"

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        grad = _flat(self, network, grad_W, grad_b)
        self.v = self.beta * self.v + (1 - self.beta) * grad**2
        _descend(network, _eta(self) * grad / (namespace(grad).sqrt(self.v) + self.epsilon))


class Adam:
    """Momentum over RMSProp, each without the pull of its start at zero (Kingma and Ba 2015, algorithm 1).

    - m ← β₁ m + (1 - β₁) grad, a running mean of the gradient
    - v ← β₂ v + (1 - β₂) grad², and of its square
    - m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ) in step t, since both means begin at 0, and are too small at first
    - θ ← θ - η m̂ / (√v̂ + ε)

    `learning_rate` η is a positive number or a schedule, `epsilon` a positive number, `beta1` and `beta2` from 0 to
    below 1, else a ValueError. The means belong to one network: make a new Adam for another.
    """

    def __init__(
        self, learning_rate: Rate = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        self.learning_rate = _rate(learning_rate)
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
        _descend(network, _eta(self) * self._direction(grad))

    def _direction(self, grad: Array) -> Array:
        """m̂ / (√v̂ + ε), with the means as they are after this gradient; `_eta` has counted the step."""
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        direction: Array = m_hat / (namespace(grad).sqrt(v_hat) + self.epsilon)
        return direction


class AdamW(Adam):
    """Adam, and a pull of the weights towards 0 that Adam does not divide (Loshchilov and Hutter 2019).

    - m̂ and v̂ as in Adam, of the gradient alone
    - θ ← θ - η (m̂ / (√v̂ + ε) + λ θ)

    An L2 penalty ½ λ ‖θ‖² in the loss would add λ θ to the gradient, and Adam would divide it by √v̂ with the rest: a
    weight with large gradients would hardly be pulled. Here all weights and biases shrink by the same part ηλ in a
    step.

    `decay` λ is a number of at least 0; the other arguments and the errors are Adam's.
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        decay: float = 0.01,
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon)
        self.decay = real("decay", decay, "a number of at least 0", lambda v: v >= 0)

    def __repr__(self) -> str:
        return f"AdamW{super().__repr__()[len('Adam') : -1]}, decay={self.decay})"

    def step(self, network: Network, grad_W: Layers, grad_b: Layers) -> None:
        """One step. Raises ValueError if a gradient has another shape than its weights."""
        grad, theta = _flat(self, network, grad_W, grad_b), _vector(network.W, network.b)
        _descend(network, _eta(self) * (self._direction(grad) + self.decay * theta))


def _rate(value: Rate) -> Rate:
    """A learning rate as it was given, checked; of a schedule its first value."""
    if not callable(value):
        return _positive("learning_rate", value)
    real("learning_rate(0), the first of the schedule,", value(0), "a number of at least 0", lambda v: v >= 0)
    return value


def _eta(optimizer: GradientDescent | Momentum | AdaGrad | RMSProp | Adam) -> float:
    """η of the step that is being made, which is counted here: t becomes 1 in the first step."""
    optimizer.t += 1
    if not callable(optimizer.learning_rate):
        return optimizer.learning_rate
    eta = optimizer.learning_rate(optimizer.t - 1)
    # numpy's own numbers would widen float32 weights
    return float(eta) if isinstance(eta, np.generic) else eta


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


def _flat(
    optimizer: Momentum | AdaGrad | RMSProp | Adam, network: Network, grad_W: Layers, grad_b: Layers
) -> Array:
    """The gradient as one vector, for an optimizer that has not met another network before."""
    _check(network, grad_W, grad_b)
    owned(optimizer, network)
    return _vector(grad_W, grad_b)


def _vector(of_W: Layers, of_b: Layers) -> Array:
    """Weights and biases, or their gradients, as one vector: θ, in the order in which `_descend` takes it."""
    xp = namespace(of_W[1])
    vector: Array = xp.concat([xp.reshape(part[l], (-1,)) for part in (of_W, of_b) for l in sorted(part)])
    return vector


def owned(optimizer: Momentum | AdaGrad | RMSProp | Adam, network: Network) -> None:
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
        for l in sorted(parameters):
            size, shape = parameters[l].size, parameters[l].shape
            parameters[l] -= step[start : start + size].reshape(shape)
            start += size
