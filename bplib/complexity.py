"""What a gradient takes: operations and bytes, for layers of any sizes and any number of examples.

Taught in the chapter on cost. "How many operations" has no answer without a convention that says which are counted, so
`operations` counts each kind apart, step by step, and `total` adds up what a convention asks for. All counts are
Python's integers: numpy's are of 32 bits in the Python of a web page, where 48,000 x 60,000 is a wrong number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from ._checks import known, whole
from .network import _sizes


class Operations(NamedTuple):
    """How many operations of each kind. In a convention: how much one of each kind counts.

    products are the multiplications in matrix products, entrywise those of ⊙ and of η with a gradient; additions are
    subtractions too. f and f_prime are evaluations of an activation function and of its derivative, one for each
    neuron and example: what is in them depends on how they are written.
    """

    products: int = 0
    entrywise: int = 0
    additions: int = 0
    divisions: int = 0
    f: int = 0
    f_prime: int = 0


# Where f and f' are counted, they are the sigmoid's as one writes them: 1 / (1 + exp(-z)), four operations, and
# a (1 - a), one multiplication and one subtraction.
CONVENTIONS = {
    "multiply-adds": Operations(products=1),
    "multiplications": Operations(products=1, entrywise=1, f_prime=1),
    "multiplications and additions": Operations(products=1, entrywise=1, additions=1, f_prime=2),
    "with activations": Operations(1, 1, 1, 1, f=4, f_prime=2),
}


def operations(sizes: Sequence[int], m: int = 1) -> dict[str, Operations]:
    """The operations of one step of gradient descent with m examples, for the quadratic loss.

    Keys, in order: "forward", all z[l] and a[l]; "backward", the deltas (BP1, BP2) and each example's own gradient
    (BP3, BP4); "accumulation", the sum of these over the examples; "averaging", its division by m; "update". They
    are those of `feedforward` and `backward`, number by number: W a has n^l n^(l-1) multiplications and an addition
    less in each row, which that of b makes up for. The loss itself is not computed: no gradient needs it.

    Raises TypeError or ValueError, naming the argument, for sizes that are no layers and m below 1.
    """
    n, m = _sizes(sizes), whole("m", m, 1)
    L, neurons = len(n) - 1, sum(n[1:])
    weights = sum(n[l] * n[l - 1] for l in range(1, L + 1))
    between = sum(n[l + 1] * n[l] for l in range(1, L))  # the weights that BP2 goes back through
    hidden = neurons - n[L]
    parameters = weights + neurons
    return {
        "forward": Operations(products=m * weights, additions=m * weights, f=m * neurons),
        "backward": Operations(
            products=m * (between + weights),
            entrywise=m * neurons,
            additions=m * (n[L] + between - hidden),
            f_prime=m * neurons,
        ),
        "accumulation": Operations(additions=(m - 1) * parameters),
        "averaging": Operations(divisions=parameters),
        "update": Operations(entrywise=parameters, additions=parameters),
    }


def total(counts: Mapping[str, Operations], convention: str = "multiply-adds") -> int:
    """The number of operations in all the steps of `counts`, by the convention of that name in `CONVENTIONS`.

    "multiply-adds" are those of the matrix products, each a multiplication with its addition, as is usual where
    networks are large. ValueError for an unknown name, with the nearest known one.
    """
    weight = known("convention", convention, CONVENTIONS)
    return sum(w * k for count in counts.values() for w, k in zip(weight, count, strict=True))


def differences(sizes: Sequence[int], *, central: bool = False, local: bool = False) -> int:
    """The multiply-adds that finite differences take for the gradient of one example.

    A forward pass for each parameter, or two if they are `central`; else one more for the loss with nothing moved.
    With `local`, each pass redoes only what its parameter touches: its neuron's z, one product in each neuron of the
    next layer, and all the layers after that. It starts from the pass with nothing moved.

    Errors as in `operations`.
    """
    n, ways = _sizes(sizes), 2 if central else 1
    L = len(n) - 1
    layer = {l: n[l] * n[l - 1] for l in range(1, L + 1)}
    one_pass = sum(layer.values())
    if not local:
        parameters = one_pass + sum(n[1:])
        return (ways * parameters + (not central)) * one_pass
    moved = 0
    for l in range(1, L + 1):
        onwards = n[l + 1] if l < L else 0
        after = onwards + sum(layer[j] for j in range(l + 2, L + 1))
        moved += layer[l] * (1 + after) + n[l] * after  # a bias is added, with no product
    return one_pass + ways * moved


def memory(sizes: Sequence[int], m: int, dtype: Any = np.float64) -> dict[str, int]:
    """The bytes of what `backprop` holds at its end, with m examples in that dtype.

    Keys: "parameters" and "gradient", as many numbers each; "kept", the z[l] and a[l] of all layers, which wait for
    the way back, the inputs a[0] not among them; "deltas". (A layer whose activation is Identity keeps its z alone,
    which is its a.) `train` holds this for a block of at most 1,024 examples.

    ValueError for a dtype that is not one of numpy's floats, other errors as in `operations`.
    """
    n, m = _sizes(sizes), whole("m", m, 1)
    size = _bytes(dtype)
    neurons = sum(n[1:])
    parameters = size * (sum(n[l] * n[l - 1] for l in range(1, len(n))) + neurons)
    return {
        "parameters": parameters,
        "gradient": parameters,
        "kept": 2 * size * m * neurons,
        "deltas": size * m * neurons,
    }


def _bytes(dtype: Any) -> int:
    with suppress(Exception):  # numpy raises what it likes for what is no dtype
        if dtype is not None and np.dtype(dtype).kind == "f":
            return int(np.dtype(dtype).itemsize)
    raise ValueError(f"dtype must be one of numpy's floats, such as numpy.float32, got {dtype!r}")
