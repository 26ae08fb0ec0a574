"""A training that goes one update at a time, and that a few lines of bplib can do again to the bit."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from bplib.backprop import Gradient, backward
from bplib.losses import LOSSES, targets
from bplib.network import Network, feedforward
from bplib.optimizers import AdamW

from .settings import OPTIMIZERS, PlaygroundError

if TYPE_CHECKING:
    from bplib._checks import Array, Labels, Layers
    from bplib.optimizers import Optimizer

    from .data import Data
    from .settings import Value

Key: TypeAlias = (
    "str | tuple[int, int, int | None]"  # a live setting, or a weight l, j, k: k is None for a bias
)

HISTORY = 256  # records that are kept at most
# Multiplications in a product up to which OpenBLAS, numpy's own, starts no second thread. On two busy cores the threads
# wait for one another, and a product takes a thousand times as long.
ONE_THREAD = 2**18


class Diverged(Exception):
    """The numbers are no longer finite. The run has the last weights whose loss was, and stays there."""


class Update(NamedTuple):
    """All that one update knows: the batch as rows, both passes, the weights and the optimizer before and after."""

    rows: Labels
    x: Array
    y: Array
    g: Gradient
    before: Network
    after: Network
    optimizer_before: Optimizer
    optimizer: Optimizer
    decay: float


class Run:
    """Network, optimizer and data under way.

    A pass through the data draws a new order, and so does the first update after `change`.
    """

    def __init__(self, settings: dict[str, Value], data: Data) -> None:
        self.settings, self.data = dict(settings), data
        loss = str(settings["loss"])
        self.C = LOSSES[loss]()
        outputs = data.classes if data.classes > 2 or loss == "softmax_cross_entropy" else 1
        layers = settings["layers"]
        assert isinstance(layers, tuple)
        self.network = Network(
            (data.x.shape[1], *layers, outputs),
            str(settings["activation"]),
            "identity" if self.C.logits else "sigmoid",
            str(settings["init"]),
            seed=_int(settings["seed"]),
        )
        self.y, self.y_test = (
            targets(labels, len(labels), outputs, np.float64, self.C)
            if len(labels)
            else np.zeros((0, outputs))
            for labels in (data.y, data.y_test)
        )
        self.rng = np.random.default_rng(_int(settings["seed"]))
        self.updates = self.used = 0  # used: examples, each as often as it was
        self.order: Labels = np.arange(0)
        self.position = 0  # in the order
        self.silent = 0  # ReLUs that are 0 for every example to learn from
        self.stopped = ""
        self._back: tuple[Any, ...] | None = None
        self._optimizer()
        self.history: list[tuple[int, float | None, float | None]] = []
        self.every = 1  # so many updates between two records
        self._remember()

    def _optimizer(self) -> None:
        kind, _, _, _ = OPTIMIZERS[str(self.settings["optimizer"])]
        self.optimizer: Optimizer = kind(self.settings["rate"])
        if isinstance(self.optimizer, AdamW):
            self.optimizer.decay = _float(self.settings["decay"])

    @property
    def decay(self) -> float:
        """λ of the L2 penalty, which AdamW does in its own way."""
        return 0.0 if isinstance(self.optimizer, AdamW) else _float(self.settings["decay"])

    @property
    def steps(self) -> int:
        """Updates in a pass through the data."""
        return -(-len(self.data.x) // _int(self.settings["batch"]))

    def change(self, key: Key, value: Any) -> None:
        """Change a live setting, or the weight of a key such as (2, 0, 3), whose last is None for a bias."""
        if isinstance(key, tuple):
            l, j, k = key
            if k is None:
                self.network.b[l][j, 0] = value
            else:
                self.network.W[l][j, k] = value
        else:
            self.settings[key] = value
            if key == "optimizer":
                self._optimizer()
            elif key == "rate":
                self.optimizer.learning_rate = value
            elif key == "decay" and isinstance(self.optimizer, AdamW):
                self.optimizer.decay = value
        self.position = len(self.order)
        self.stopped = ""
        self._back = None
        if self.history and self.history[-1][0] == self.updates:
            del self.history[-1]
            self._remember()

    def update(self, keep: bool = False) -> Update | None:
        """One forward, one backward, one update, with the next batch; all its numbers if they are to be kept.

        Diverged if a number on the way is not finite: then the weights are those before the last update.
        """
        m = len(self.data.x)
        if m == 0:
            raise PlaygroundError("there are no points yet to learn from: add some, of two classes")
        if self.stopped:
            raise Diverged
        rng = None
        if self.position >= len(self.order):
            rng = self.rng.bit_generator.state
            self.order, self.position = self.rng.permutation(m), 0
        rows = self.order[self.position : self.position + _int(self.settings["batch"])]
        # As backprop does, without its checks of what cannot be wrong here: they take as long as the mathematics.
        network, x, y = self.network, self.data.x[rows], self.y[rows]
        z, a = feedforward(network, x.T)
        delta, grad_W, grad_b = backward(network, z, a, y.T, self.C)
        loss = self.C(a[network.L], y.T)
        if not (math.isfinite(loss) and _finite(z, a, grad_W, grad_b)):
            if rng is not None:
                self.rng.bit_generator.state = rng
            self._restore()
            raise Diverged
        decay = self.decay
        step_W = {l: grad_W[l] + decay * network.W[l] for l in grad_W} if decay else grad_W
        before = network.copy()
        self._back = (before, dict(vars(self.optimizer)), rng, self.used)
        memory = copy.copy(self.optimizer) if keep else self.optimizer
        self.optimizer.step(network, step_W, grad_b)
        self.position += len(rows)
        self.used += len(rows)
        self.updates += 1
        if not _finite(network.W, network.b):
            self._restore()
            raise Diverged
        if self.updates % self.every == 0:
            self._remember()
        if not keep:
            return None
        g = Gradient(loss, grad_W, grad_b, delta, z, a)
        return Update(rows, x, y, g, before, network.copy(), memory, copy.copy(self.optimizer), decay)

    def next(self) -> Update:
        """The update that would come next, made on a copy."""
        twin = copy.copy(self)
        twin.network, twin.optimizer, twin.rng = copy.deepcopy((self.network, self.optimizer, self.rng))
        twin.history, twin.every = [], self.updates + 2  # no record
        update = twin.update(keep=True)
        assert update is not None
        return update

    def _restore(self) -> None:
        """Back to before the last update, for good: until something is changed."""
        self.stopped = "diverged"
        if self._back is None:
            return
        before, memory, rng, self.used = self._back
        self._back = None
        self.network.W, self.network.b = before.W, before.b
        vars(self.optimizer).update(memory)
        if rng is not None:
            self.rng.bit_generator.state = rng
        self.updates -= 1
        while self.history and self.history[-1][0] > self.updates:
            del self.history[-1]

    def evaluate(self, test: bool = False) -> tuple[float | None, float | None]:
        """The loss on all examples and the share that is right. None where there are no examples, or no such number."""
        x, y, labels = (
            (self.data.x_test, self.y_test, self.data.y_test) if test else (self.data.x, self.y, self.data.y)
        )
        if not len(x):
            return None, None
        network = self.network
        m = ONE_THREAD // max(W.size for W in network.W.values())
        parts = [feedforward(network, x[i : i + m].T)[1] for i in range(0, len(x), m)]
        output = np.concatenate([a[network.L] for a in parts], axis=1)
        if not test and self.settings["activation"] == "relu":
            self.silent = sum(
                len(network.b[l]) - int(np.any([a[l].any(axis=1) for a in parts], axis=0).sum())
                for l in range(1, network.L)
            )
        loss = self.C(output, y.T)
        right = float(np.mean(self.C.classify(output, axis=0) == labels))
        return (loss, right) if math.isfinite(loss) else (None, None)

    def _remember(self) -> None:
        self.history.append((self.updates, self.evaluate()[0], self.evaluate(test=True)[0]))
        if len(self.history) > HISTORY:
            self.history = self.history[::2]
            self.every *= 2


def _finite(*of: Layers) -> bool:
    """Whether the sum of each array is a number; then all in it are."""
    return all(math.isfinite(np.add.reduce(array, None)) for layers in of for array in layers.values())


def _int(value: Value) -> int:
    assert isinstance(value, int)
    return value


def _float(value: Value) -> float:
    assert isinstance(value, float)
    return value
