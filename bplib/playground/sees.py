"""What each neuron sees: for points its activation over the plane, for digits the pixels that would raise it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bplib.network import feedforward

if TYPE_CHECKING:
    from bplib._checks import Array

    from .run import Run

MOST_DIGITS = 64  # over which the mean is taken


def sees(run: Run, size: int) -> dict[str, Any]:
    """A picture of each neuron of each layer, layer 0 included.

    layers[l] has n^l pictures of size·size bytes, row after row from the top, one neuron after the other; a byte goes
    linearly from low (0) to high (255), the pair in ranges[l][j].
    """
    if run.data.view is None:
        return _pixels(run)
    left, right, low, high = run.data.view
    at = (np.arange(size) + 0.5) / size
    x = np.empty((2, size * size))
    x[0] = np.tile(left + at * (right - left), size)
    x[1] = np.repeat(high - at * (high - low), size)
    _, a = feedforward(run.network, x)
    L = run.network.L
    layers, ranges = [], []
    for l in range(L + 1):
        values = run.C.probabilities(a[l]) if l == L and run.C.logits else a[l]
        if l == 0:
            spans = [(left, right), (low, high)]
        elif l == L:
            spans = [(0.0, 1.0)] * len(values)
        else:
            f = run.network.activation[l]
            if np.isfinite(f.range).all():
                spans = [f.range] * len(values)
            else:
                most = np.abs(values).max(axis=1)
                spans = [(-v, v) for v in np.where(most > 0, most, 1.0).tolist()]
        layers.append(_bytes(values, spans))
        ranges.append([list(span) for span in spans])
    return {"kind": "plane", "size": size, "layers": layers, "ranges": ranges}


def _pixels(run: Run) -> dict[str, Any]:
    """For digits: dC/dx turned to each neuron, da/dx, as the mean over some of the training digits.

    In layer 1 these are the incoming weights, each neuron's times the mean of its f'. In deeper layers the chain rule
    carries them back to the pixels. The output layer's are those of its weighted sums, the logits. Layer 0 has the
    mean digit.
    """
    x = run.data.x[:MOST_DIGITS].T
    network = run.network
    z, _ = feedforward(network, x)
    mean = x.mean(axis=1)
    layers, ranges = [_bytes(mean[None], [(0.0, 1.0)])], [[[0.0, 1.0]]]
    slope: Array | None = None  # dz^l/dx of each example, (m, n^l, 64)
    for l in range(1, network.L + 1):
        W = network.W[l]
        if slope is None:
            values = W if l == network.L else network.activation[l].prime(z[l]).mean(axis=1)[:, None] * W
            slope = np.broadcast_to(W, (x.shape[1], *W.shape))
        else:
            slope = W @ slope
            values = slope.mean(axis=0) if l == network.L else None
        if l < network.L:
            slope = network.activation[l].prime(z[l]).T[:, :, None] * slope
            values = slope.mean(axis=0)
        assert values is not None
        most = np.abs(values).max(axis=1)
        spans = [(-v, v) for v in np.where(most > 0, most, 1.0).tolist()]
        layers.append(_bytes(values, spans))
        ranges.append([list(span) for span in spans])
    return {"kind": "pixels", "size": 8, "layers": layers, "ranges": ranges}


def _bytes(values: Array, spans: list[tuple[float, float]]) -> bytes:
    low, high = np.array(spans).T[:, :, None]
    scaled = (values - low) * (255 / (high - low)) + 0.5
    picture: bytes = np.minimum(np.maximum(scaled, 0), 255).astype(np.uint8).tobytes()
    return picture
