"""L-BFGS: a step that also knows how the gradient changes, by SciPy. Taught in the chapter on optimisers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._checks import whole
from .backprop import backprop

if TYPE_CHECKING:
    from ._checks import Array
    from .losses import Loss
    from .network import Network


def lbfgs(
    network: Network, x: Any, y: Any, loss: str | Loss, *, iterations: int, memory: int = 10
) -> list[float]:
    """Train the network, in place, by the L-BFGS method (Liu and Nocedal 1989) in SciPy's hands.

    It keeps the last `memory` steps, and how much the gradient changed in each, and from these it knows something of
    the curvature. Each iteration tries a length or more along its line, and each trial costs a gradient of all
    examples: there are no mini-batches, because a change of the gradient must come from the step and not from other
    examples.

    Parameters are those of `backprop`; `iterations` is how many, at most, an integer of at least 1, and so is `memory`.

    Returns
    -------
    list of float
        The loss at each gradient that was asked for, trials included: the first is that of the start. The network has
        the weights of the last iteration.

    Raises
    ------
    ImportError
        When SciPy is missing.
    TypeError, ValueError
        As `backprop`, before anything is changed.

    """
    iterations, memory = whole("iterations", iterations, 1), whole("memory", memory, 1)
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise ImportError("lbfgs needs SciPy, which is not installed: pip install scipy") from error
    twin, losses = network.copy(), []

    def flat(of_W: Any, of_b: Any) -> Array:
        """Weights and biases, or their gradients, as one vector; SciPy wants float64."""
        parts = [part[l].ravel() for part in (of_W, of_b) for l in network.W]
        return np.concatenate(parts).astype(np.float64)

    def give(vector: Array, to: Network) -> None:
        start = 0
        for part in (to.W, to.b):
            for l in network.W:
                part[l][...] = vector[start : start + part[l].size].reshape(part[l].shape)
                start += part[l].size

    def loss_and_gradient(vector: Array) -> tuple[float, Array]:
        give(vector, twin)
        g = backprop(twin, x, y, loss)
        losses.append(float(g.C))
        return losses[-1], flat(g.grad_W, g.grad_b)

    backprop(network, x, y, loss)  # says what is wrong, before SciPy does
    start = flat(network.W, network.b)
    settings = {"maxiter": iterations, "maxcor": memory, "maxfun": 100 * iterations}
    found = minimize(loss_and_gradient, start, jac=True, method="L-BFGS-B", options=settings)
    give(found.x, network)
    return losses
