"""Backpropagation: the four equations, one line each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._checks import namespace, rows
from .activations import Identity
from .losses import Loss, get_loss, targets
from .network import Network, checked, feedforward, refuse_overflow

if TYPE_CHECKING:
    from ._checks import Array, Layers


def backward(network: Network, z: Layers, a: Layers, y: Array, C: Loss) -> tuple[Layers, Layers, Layers]:
    """The backward pass: delta[l] = dC/dz^l for each example, and the mean gradients dC/dW^l, dC/db^l.

    Taught in the chapters on the chain rule (BP1), deltas (BP2) and the full algorithm; the names BP1 to BP4
    are Nielsen's (2015, chapter 2), the algorithm is that of Rumelhart, Hinton and Williams (1986).

    z and a come from the forward pass; y are the targets as columns (n^L, m). delta[l] has shape (n^l, m),
    grad_W[l] that of W[l], grad_b[l] that of b[l]. This is the textbook's page: it trusts its caller, and
    `backprop` is the door that checks.
    """
    W, f, L, m = network.W, network.activation, network.L, y.shape[1]
    xp = namespace(y)  # numpy, for numpy's arrays
    delta, grad_W, grad_b = {}, {}, {}

    delta[L] = C.grad(a[L], y) * f[L].prime(z[L])  # (BP1)
    for l in range(L - 1, 0, -1):
        delta[l] = (W[l + 1].T @ delta[l + 1]) * f[l].prime(z[l])  # (BP2)
    for l in range(1, L + 1):
        grad_b[l] = xp.sum(delta[l], axis=1, keepdims=True) / m  # (BP3)
        grad_W[l] = delta[l] @ a[l - 1].T / m  # (BP4)
    return delta, grad_W, grad_b


class Gradient(NamedTuple):
    """All that one forward and one backward pass know. Every dict is keyed by layer.

    C is the mean loss; grad_W and grad_b are its derivatives; delta[l], z[l] and a[l] have shape (n^l, m),
    one column for each example. Layer 0 is in a only: a[0] are the inputs.
    """

    C: float
    grad_W: Layers
    grad_b: Layers
    delta: Layers
    z: Layers
    a: Layers


def backprop(network: Network, x: Any, y: Any, C: str | Loss) -> Gradient:
    """The loss and its gradient for the examples x, by one forward and one backward pass.

    Parameters
    ----------
    network
        The network. It is not changed.
    x
        Examples as rows (m, n^0), converted once to the network's dtype.
    y
        Targets as rows (m, n^L); or integer labels (m,), made one-hot, if n^L > 1; or values (m,) if n^L = 1.
    C
        Name or `Loss`. The cross-entropies need a network with output="identity".

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what was given and what was expected.
    OverflowError
        Where the numbers are beyond the network's dtype, with the name of the first.

    """
    x, y, C = door(network, x, y, C)
    with np.errstate(over="ignore", invalid="ignore"):
        z, a = feedforward(network, x)
        delta, grad_W, grad_b = backward(network, z, a, y, C)
        mean = C(a[network.L], y)
    refuse_overflow(network.dtype, z=z, a=a, grad_W=grad_W, grad_b=grad_b)
    if not math.isfinite(mean):
        raise OverflowError(f"the loss is {mean}: the outputs are too far from y for {network.dtype}")
    return Gradient(mean, grad_W, grad_b, delta, z, a)


def door(
    network: Network, x: Any, y: Any, C: str | Loss, x_name: str = "x", y_name: str = "y"
) -> tuple[Array, Array, Loss]:
    """Check everything once and turn it: x, y as columns in the network's dtype, and the loss itself."""
    network, C = fitting(network, C)
    x = rows(x_name, x, network.sizes[0], network.dtype)
    y = targets(y, len(x), network.sizes[-1], network.dtype, C, y_name)
    return x.T, y.T, C


def fitting(network: Network, C: str | Loss) -> tuple[Network, Loss]:
    """The network and the loss itself, if they are what they should be and go together."""
    network, C = checked(network), get_loss(C)
    output = network.activation[network.L]
    if C.logits and not isinstance(output, Identity):
        raise ValueError(
            f"{C.name} takes logits, but the network's output is {output.name!r}: "
            'make it with Network(..., output="identity")'
        )
    return network, C
