"""What a network says about examples: their classes, and how probable it thinks each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .backprop import fitting
from .network import forward

if TYPE_CHECKING:
    from ._checks import Array, Labels
    from .losses import Loss
    from .network import Network


def predict(network: Network, x: Any, loss: str | Loss) -> Labels:
    """The class that the network gives each example x: integers, shape (m,), as in the labels it learnt from.

    x are examples as rows (m, n^0). `loss` says what the outputs mean, by its `classify`: the largest of
    several outputs, and which side of the boundary where there is one. Errors as in `forward`, and ValueError
    for a loss that does not fit the network's output.
    """
    network, C = fitting(network, loss)
    _, a = forward(network, x)
    return C.classify(a[network.L], axis=0)


def probabilities(network: Network, x: Any, loss: str | Loss) -> Array:
    """The probabilities that the network gives each example x, as rows (m, n^L).

    With "softmax_cross_entropy" a row has one for each class, and sums to 1; with "binary_cross_entropy" each
    output has its own, σ(a). Such a network's own outputs, `network(x)`, are logits, not probabilities. Errors
    as in `predict`, and ValueError for a loss that takes no logits: there is nothing to convert.
    """
    network, C = fitting(network, loss)
    _, a = forward(network, x)
    return C.probabilities(a[network.L]).T
