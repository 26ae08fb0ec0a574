"""The network: weights W[l], biases b[l] and activations f[l] of layers l = 1..L, and the forward pass."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from ._checks import finite, float_type, generator, known, rows, whole
from .activations import ACTIVATIONS, Activation, get_activation

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._checks import Array, Layers


class Network:
    """A fully connected network. Taught in the chapter on weights.

    Parameters
    ----------
    sizes
        The number of neurons in each layer, the input's first: (784, 16, 16, 10).
    activation
        Name or `Activation` of the hidden layers 1..L-1.
    output
        Name or `Activation` of layer L. The cross-entropies need "identity".
    init
        How the weights are drawn. The biases start at zero: random weights already make the neurons of a
        layer differ, which is all that starting at random is for.

        - "xavier": uniform in ±√(6 / (n_in + n_out)), so that neither the activations nor the deltas grow or
          fade much from layer to layer, if f(0) = 0 and f'(0) = 1. For tanh (Glorot and Bengio 2010, equation
          16). With one or two hidden layers it serves the sigmoid too; over ten, deltas fade to 2e-6 (tanh:
          0.25 to 0.5), as its slope is at most ¼ and its mean ½. Four times these weights, and biases of
          -½ Σ_k W_ik, make up for both.
        - "he": normal with variance 2 / n_in; the 2 makes up for the half that ReLU sets to zero (He,
          Zhang, Ren and Sun 2015, equation 10).
        - "normal": normal with variance 1, the plain choice. A neuron with many inputs then starts
          saturated (Nielsen 2015, chapter 3): here to be seen, not to be recommended.
    seed
        An integer or a `numpy.random.Generator`. The same seed gives the same network.
    dtype
        numpy.float64 or numpy.float32, of all weights and of all that is computed with them.

    Attributes
    ----------
    sizes
        Tuple of the n^l.
    L
        Number of layers that have weights.
    W, b, activation
        Dicts keyed by layer 1..L. W[l] has shape (n^l, n^(l-1)), b[l] has (n^l, 1). There is no W[0]:
        layer 0 is the input.
    dtype
        Of all W[l] and b[l], as a numpy.dtype.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what was given and what was expected, before anything is drawn.

    """

    sizes: tuple[int, ...]
    W: Layers
    b: Layers
    activation: dict[int, Activation]

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str | Activation = "sigmoid",
        output: str | Activation = "sigmoid",
        init: str = "xavier",
        *,
        seed: int | np.random.Generator,
        dtype: Any = np.float64,
    ) -> None:
        self.sizes = n = _sizes(sizes)
        self.dtype = float_type(dtype)
        f, f_L = get_activation(activation), get_activation(output)
        if not isinstance(init, str):
            raise TypeError(f"init must be one of {', '.join(map(repr, INITS))}, got {init!r}")
        draw, rng = known("init", init, INITS), generator("seed", seed)
        self.W, self.b, self.activation = {}, {}, {}
        for l in range(1, self.L + 1):
            self.W[l] = draw(rng, n[l], n[l - 1]).astype(self.dtype)
            self.b[l] = np.zeros((n[l], 1), self.dtype)
            self.activation[l] = f if l < self.L else f_L

    @property
    def L(self) -> int:
        """The number of layers that have weights, and so the number of the last layer."""
        return len(self.sizes) - 1

    @property
    def n_parameters(self) -> int:
        """The number of weights and biases: Σ n^l n^(l-1) + n^l. It is 13,002 for 784-16-16-10."""
        return sum(self.W[l].size + self.b[l].size for l in self.W)

    def __call__(self, x: Any) -> Array:
        """The outputs for examples x as rows (m, n^0), as rows (m, n^L). Errors as in `forward`.

        With an output for a cross-entropy these are logits: `probabilities` and `predict` read them.
        """
        _, a = forward(self, x)
        return a[self.L].T

    def __repr__(self) -> str:
        n, f = "-".join(map(str, self.sizes)), ", ".join(f.name for f in self.activation.values())
        return f"<Network {n}: {f}; {self.n_parameters} parameters, {self.dtype}>"

    def copy(self, dtype: Any = None) -> Network:
        """A network of its own with the same weights, biases and activations, in another dtype if given."""
        twin = Network.__new__(Network)
        twin.sizes, twin.dtype = self.sizes, self.dtype if dtype is None else float_type(dtype)
        twin.W = {l: W.astype(twin.dtype) for l, W in self.W.items()}
        twin.b = {l: b.astype(twin.dtype) for l, b in self.b.items()}
        twin.activation = dict(self.activation)
        return twin

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to `path`, as a numpy .npz without pickle.

        The file is written beside `path` first and then put in its place in one step, so that a failure
        leaves an older file whole, and the new one gets its permissions. What a save that was killed left
        beside it, as `path`.xxxxxxxx.tmp, is removed by the next one an hour later. Raises ValueError for an
        activation that is not one of bplib's own, OSError if the file cannot be written.
        """
        write(path, contents(checked(self)))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """The network that `save` wrote, identical to the bit.

        Raises ValueError naming the file if it is damaged, cut short or not a network, OSError if it cannot
        be read. Nothing in the file is ever executed.
        """
        import json

        name = os.fsdecode(path)
        with open(name, "rb") as file:
            content = file.read()
        try:
            with np.load(BytesIO(content), allow_pickle=False) as arrays:
                about = json.loads(str(arrays["about"]))
                if about["format"] != FORMAT:
                    raise ValueError(f"its format is {about['format']!r}, expected {FORMAT!r}")
                network = cls.__new__(cls)
                network.sizes = _sizes(about["sizes"])
                layers = range(1, network.L + 1)
                network.W = {l: arrays[f"W{l}"] for l in layers}
                network.b = {l: arrays[f"b{l}"] for l in layers}
            network.dtype = float_type(network.W[1].dtype)
            f = [ACTIVATIONS[name](**parameters) for name, parameters in about["activation"]]
            network.activation = dict(zip(layers, f, strict=True))
            return checked(network)
        except Exception as error:  # a damaged zip file raises nearly anything
            raise ValueError(f"{name!r} is damaged or not a saved network: {error}") from error


def contents(network: Network) -> dict[str, Any]:
    """The arrays that a saved network is made of. ValueError for an activation that is not one of bplib's own."""
    import json

    for l, f in network.activation.items():
        if ACTIVATIONS.get(f.name) is not type(f):
            raise ValueError(f"network.activation[{l}] is {f!r}, and only bplib's own can be saved")
    about = {
        "format": FORMAT,
        "sizes": network.sizes,
        "activation": [[f.name, vars(f)] for f in network.activation.values()],
    }
    arrays: dict[str, Any] = {"about": np.array(json.dumps(about))}
    for l in network.W:
        arrays[f"W{l}"], arrays[f"b{l}"] = network.W[l], network.b[l]
    return arrays


def write(path: str | os.PathLike[str], arrays: dict[str, Any]) -> None:
    """Put the arrays into a .npz at `path`, all of them or none, as `Network.save` tells."""
    import glob
    import time

    path = os.path.realpath(os.fsdecode(path))
    for left in glob.iglob(f"{glob.escape(path)}.{'[0-9a-f]' * 8}.tmp"):
        with suppress(OSError):  # of somebody else, or gone already
            if time.time() - os.path.getmtime(left) > 3600:
                os.remove(left)
    beside = f"{path}.{os.urandom(4).hex()}.tmp"
    try:
        with open(beside, "xb") as file:
            if os.path.exists(path):
                os.chmod(beside, os.stat(path).st_mode & 0o777)  # before there is anything to read in it
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:  # in the name of the file that was asked for
        raise OSError(error.errno, error.strerror or str(error), path) from error
    finally:
        if os.path.exists(beside):
            os.remove(beside)


def forward(network: Network, x: Any) -> tuple[Layers, Layers]:
    """The forward pass: the weighted sums z[l] and activations a[l] of every layer.

    Taught in the chapter on weights. x are examples as rows (m, n^0); inside, columns are examples:
    z[l] and a[l] have shape (n^l, m), and a[0] is x.T (a view, when x has the network's dtype).

    Raises TypeError or ValueError for a network or an x that is not as expected, naming shapes; OverflowError
    where the weights and x are so large that a z or a is beyond the network's dtype.
    """
    network = checked(network)
    x = rows("x", x, network.sizes[0], network.dtype).T
    with np.errstate(over="ignore", invalid="ignore"):
        z, a = feedforward(network, x)
    refuse_overflow(network.dtype, z=z, a=a)
    return z, a


def refuse_overflow(dtype: np.dtype[Any], **of: Layers) -> None:
    """OverflowError for the first of these that is not finite, where numpy has only a warning or not even that."""
    for name, layers in of.items():
        for l, array in layers.items():
            if not np.isfinite(array).all():
                raise OverflowError(
                    f"{name}[{l}] is beyond what {dtype} holds, with these weights and this x: make them smaller"
                )


def feedforward(network: Network, x: Array) -> tuple[Layers, Layers]:
    """The textbook's forward pass, x as columns (n^0, m). It trusts its caller; `forward` checks."""
    W, b, f = network.W, network.b, network.activation
    z, a = {}, {0: x}
    for l in range(1, network.L + 1):
        z[l] = W[l] @ a[l - 1] + b[l]
        a[l] = f[l](z[l])
    return z, a


def checked(network: Any) -> Network:
    """The network, if its weights, biases and activations are as its sizes say; a reader may change them."""
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, got {network!r}")
    n = network.sizes
    for name in ("W", "b", "activation"):
        if not isinstance(getattr(network, name), dict):
            kind = type(getattr(network, name)).__name__
            raise TypeError(
                f"network.{name} must be a dict with the layers {list(range(1, network.L + 1))}, got {kind}"
            )
    for letter, parameters in (("W", network.W), ("b", network.b)):
        for l in range(1, network.L + 1):
            name, expected = f"network.{letter}[{l}]", (n[l], n[l - 1] if letter == "W" else 1)
            if l not in parameters:
                raise ValueError(f"{name} is missing, expected an array of shape {expected}")
            array = parameters[l]
            # Not of a subclass either: a masked array hides numbers, to a matrix * is another product.
            if type(array) is not np.ndarray or array.dtype != network.dtype:
                what = f"dtype {array.dtype}" if type(array) is np.ndarray else type(array).__name__
                raise TypeError(f"{name} is {what}, expected an array of {network.dtype}")
            if array.shape != expected:
                raise ValueError(f"{name} has shape {array.shape}, expected {expected}")
            finite(name, array, network.dtype)
    for l in range(1, network.L + 1):
        if not isinstance(network.activation.get(l), Activation):
            got = network.activation.get(l)
            raise TypeError(f"network.activation[{l}] must be an Activation, got {got!r}")
    return network


def is_finite(network: Network) -> bool:
    """Whether no weight and no bias is infinite or nan."""
    return all(np.isfinite(w).all() for p in (network.W, network.b) for w in p.values())


def _sizes(sizes: Any) -> tuple[int, ...]:
    if (
        isinstance(sizes, str | bytes)
        or not isinstance(sizes, Sequence | np.ndarray)
        or getattr(sizes, "ndim", 1) == 0
    ):
        raise TypeError(f"sizes must be a sequence of integers such as (2, 4, 1), got {sizes!r}")
    n = tuple(whole(f"sizes[{l}]", size, 1) for l, size in enumerate(sizes))
    if len(n) < 2:
        raise ValueError(f"sizes must name at least two layers, input and output, got {sizes!r}")
    return n


def _xavier(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    limit = math.sqrt(6 / (n_in + n_out))
    return rng.uniform(-limit, limit, (n_out, n_in))


def _he(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    return math.sqrt(2 / n_in) * rng.standard_normal((n_out, n_in))


def _normal(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    return rng.standard_normal((n_out, n_in))


INITS: dict[str, Callable[[np.random.Generator, int, int], Array]] = {
    "xavier": _xavier,
    "he": _he,
    "normal": _normal,
}
FORMAT = "bplib network 1"
