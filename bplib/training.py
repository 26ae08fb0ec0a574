"""Training: the algorithm in eight steps, with a record of how it went."""

from __future__ import annotations

import math
import sys
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ._checks import generator, real, whole
from .backprop import backward, door
from .network import Network, feedforward
from .optimizers import GradientDescent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from ._checks import Array, Labels, Layers
    from .losses import Loss
    from .optimizers import Optimizer

BLOCK = 1024  # examples whose z, a and delta are in memory at once


@dataclass(repr=False)
class History:
    """How a training went. Epochs count from 0: `loss[epoch]`.

    Attributes
    ----------
    loss, accuracy
        Of the training data, one number an epoch; accuracy only where the targets are classes.
    validation_loss, validation_accuracy
        The same for the validation data, where given.
    best
        A copy of the network with the weights of the best epoch.
    best_epoch
        Its number: that of the least validation loss where given, else of the least loss. None, and `best`
        has the weights from before the training, until an epoch is complete.
    stopped
        "threshold", "epochs" or "interrupted"; "diverged" in the history that a DivergenceError carries;
        "" while the training goes on.

    """

    best: Network
    best_epoch: int | None = None
    stopped: str = ""
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)

    def __repr__(self) -> str:
        course = f", loss {self.loss[0]:.4g} to {self.loss[-1]:.4g}" if self.loss else ""
        return f"<History of {len(self.loss)} epochs{course}, best_epoch={self.best_epoch}, {self.stopped!r}>"


class DivergenceError(ArithmeticError):
    """The loss or the weights are no longer finite. `history` holds the epochs before."""

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


def train(
    network: Network,
    x: Any,
    y: Any,
    loss: str | Loss,
    *,
    learning_rate: float | None = None,
    optimizer: Optimizer | None = None,
    epochs: int,
    batch_size: int | None = None,
    threshold: float | None = None,
    validation: tuple[Any, Any] | None = None,
    seed: int | np.random.Generator = 0,
    progress: bool = True,
    callback: Callable[[int, Network, History], object] | None = None,
) -> History:
    """Train the network, in place, by gradient descent. Taught in the chapter on the full algorithm.

    The steps are those of Rumelhart, Hinton and Williams (1986), with the mini-batches of LeCun, Bottou, Orr
    and Müller (1998).

    Parameters
    ----------
    network
        The network; its arrays W[l] and b[l] stay the same objects.
    x, y
        Examples as rows, and their targets in any form that `backprop` takes. They are not changed.
    loss
        Name or `Loss`. The cross-entropies need a network with output="identity".
    learning_rate, optimizer
        One of the two. A learning rate η means `GradientDescent(η)`.
    epochs
        How often, at most, each example is used.
    batch_size
        Examples to a step, from 1 to m; the last batch of an epoch may be smaller. None, or m, is full
        batch: one step an epoch.
    threshold
        Stop as soon as the loss of an epoch is below it.
    validation
        (x, y) that are not trained on. The best epoch is then judged by their loss.
    seed
        An integer or a `numpy.random.Generator`, for the order of the examples, which is drawn anew for
        every epoch (not used in full batch).
    progress
        Show a progress bar, if tqdm is installed, in a terminal or a notebook.
    callback
        Called as callback(epoch, network, history) after each epoch.

    Returns
    -------
    History
        The network has the weights of the last step; `history.best` has those of the best epoch.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what was given and what was expected, before anything is changed.
    DivergenceError
        When the loss or the weights become infinite or nan: it says where, and the network keeps the last
        weights whose loss was finite.

    Notes
    -----
    No forward pass is spent on the record. In full batch an epoch's loss and accuracy come from its own
    forward pass, with the weights from before its update. These are the weights that the validation loss,
    the best epoch and the threshold are about, and where the threshold stops the training, the network has
    them. With mini-batches an epoch's loss and accuracy are the mean over its examples as they were met
    while the weights moved; validation loss and best weights are those at the end of the epoch.

    An interrupt (Ctrl-C, or the notebook's stop button) ends the training without a traceback: the network
    gets the weights of the best epoch so far, and the history says "interrupted".

    """
    columns, y_columns, loss = door(network, x, y, loss)
    x, y = columns.T, y_columns.T
    m, labels = len(x), _classes(y)
    if (learning_rate is None) == (optimizer is None):
        raise ValueError("give one of learning_rate and optimizer, and not both")
    if learning_rate is not None:
        optimizer = GradientDescent(learning_rate)
    if optimizer is None or not callable(getattr(optimizer, "step", None)):
        raise TypeError(f"optimizer must have a step(network, grad_W, grad_b), got {optimizer!r}")
    epochs = whole("epochs", epochs, 1)
    batch_size = m if batch_size is None else whole("batch_size", batch_size, 1, m)
    full_batch = batch_size == m
    if threshold is not None:
        threshold = real("threshold", threshold, "None or a positive number", lambda t: t > 0)
    held_out = None if validation is None else _held_out(network, validation, loss)
    rng = generator("seed", seed)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable as callback(epoch, network, history), got {callback!r}")

    def diverged(what: str, epoch: int, step: int) -> DivergenceError:
        _restore(network, before)
        history.stopped = "diverged"
        rate = getattr(optimizer, "learning_rate", "unknown")
        return DivergenceError(f"{what} in epoch {epoch}, step {step}, at learning rate {rate}", history)

    # 1. Initialise the weights and biases at random: Network(...) did.
    before = network.copy()
    history, least, complete = History(best=before), math.inf, 0
    try:
        # errstate: an interrupt can come where numpy's error state is about to be put back.
        with np.errstate(), _bar(progress, epochs * math.ceil(m / batch_size)) as bar:
            for epoch in range(epochs):
                total, right = 0.0, 0
                with np.errstate(all="ignore"):
                    for step, (n, blocks) in enumerate(_batches(m, batch_size, rng)):
                        C, hits, grad_W, grad_b = _gradient(network, x, y, labels, loss, n, blocks)
                        if not math.isfinite(C):
                            raise diverged(f"the loss became {C}", epoch, step)
                        total, right = total + C * n, right + hits
                        before = network.copy()
                        # 7. Update the weights and biases, against the gradient.
                        optimizer.step(network, grad_W, grad_b)
                        if bar is not None:
                            bar.update()
                if (not full_batch or epoch == epochs - 1) and not _is_finite(network):
                    raise diverged("the weights became infinite or nan", epoch, step)

                judged = before if full_batch else network.copy()  # the weights that the record is about
                history.loss.append(total / m)
                if labels is not None:
                    history.accuracy.append(right / m)
                value = history.loss[-1]
                if held_out is not None:
                    with np.errstate(all="ignore"):
                        value, share = _evaluate(judged, *held_out, loss)
                    if not math.isfinite(value):
                        raise diverged(f"the validation loss became {value}", epoch, step)
                    history.validation_loss.append(value)
                    history.validation_accuracy.extend(share)
                complete = epoch + 1
                if value < least:
                    least, history.best_epoch, history.best = value, epoch, judged
                if bar is not None:
                    bar.set_postfix_str(f"loss {history.loss[-1]:.4g}", refresh=False)

                # 8. Repeat, until the loss is below the threshold or the epochs are over.
                if threshold is not None and history.loss[-1] < threshold:
                    _restore(network, judged)
                    history.stopped = "threshold"
                elif complete == epochs:
                    history.stopped = "epochs"
                if callback is not None:
                    callback(epoch, network, history)
                if history.stopped:
                    break
    except KeyboardInterrupt:
        _restore(network, history.best)
        _forget_after(complete, history)
        history.stopped = "interrupted"
    except DivergenceError:
        _forget_after(complete, history)
        raise
    return history


def accuracy(network: Network, x: Any, labels: Any, loss: str | Loss) -> float:
    """The share of the examples x that the network puts in the right class, from 0 to 1.

    `loss` says what the outputs mean, by its `classify`. labels are integers (m,), or one-hot rows (m, n^L);
    0 and 1 for a network with one output. Errors as in `backprop`, and ValueError for other labels.
    """
    x, y, C = door(network, x, labels, loss, y_name="labels")
    right = _classes(y.T)
    if right is None:
        raise ValueError("labels must be classes: integers, one-hot rows, or 0 and 1 for one output")
    _, a = feedforward(network, x)
    return float(np.mean(C.classify(a[network.L]) == right))


def _gradient(
    network: Network, x: Array, y: Array, labels: Labels | None, loss: Loss, m: int, blocks: list[Any]
) -> tuple[float, int, Layers, Layers]:
    """Steps 2 to 6 for a batch of m rows of x, in blocks: its mean loss, how many it has right, its mean gradient.

    z, a and delta of one block stay in the processor's cache, and are gone before the next: the memory that a
    gradient takes does not grow with the batch. Nor do many short sums lose what one long sum does in float32.
    """
    C, right = 0.0, 0
    mean_W: Layers = {}
    mean_b: Layers = {}
    for block in blocks:
        x_block, y_block = x[block].T, y[block].T
        # 2. Forward: z and a of every layer, for all examples of the block at once.
        z, a = feedforward(network, x_block)
        # 3. The deltas of the output layer, by BP1. 4. Propagated back through the layers, by BP2.
        # 5. The gradients, by BP3 and BP4, 6. as the mean over the examples.
        _, grad_W, grad_b = backward(network, z, a, y_block, loss)
        share = x_block.shape[1] / m
        C += share * loss(a[network.L], y_block)
        if labels is not None:
            right += int(np.count_nonzero(loss.classify(a[network.L]) == labels[block]))
        if share == 1:
            return C, right, grad_W, grad_b
        for l in network.W:
            mean_W[l] = mean_W.get(l, 0) + share * grad_W[l]
            mean_b[l] = mean_b.get(l, 0) + share * grad_b[l]
    return C, right, mean_W, mean_b


def _batches(m: int, batch_size: int, rng: np.random.Generator) -> Iterator[tuple[int, list[Any]]]:
    """Which rows of the data make each step of an epoch: how many, and in blocks. The data is never moved."""
    if batch_size == m:
        yield m, [slice(i, i + BLOCK) for i in range(0, m, BLOCK)]
        return
    order = rng.permutation(m)
    for i in range(0, m, batch_size):
        batch = order[i : i + batch_size]
        yield len(batch), [batch[j : j + BLOCK] for j in range(0, len(batch), BLOCK)]


def _classes(y: Array) -> Labels | None:
    """The class of each example, if the targets (m, n) are classes: one-hot, or 0 and 1 for one output."""
    if not ((y == 0) | (y == 1)).all():
        return None
    if y.shape[1] == 1:
        return y[:, 0].astype(np.intp)
    return y.argmax(axis=1) if (y.sum(axis=1) == 1).all() else None


def _held_out(network: Network, validation: Any, loss: Loss) -> tuple[Array, Array, Labels | None]:
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise TypeError(f"validation must be None or a pair (x, y), got {type(validation).__name__}")
    x_held_out, y_held_out = validation
    x, y, _ = door(network, x_held_out, y_held_out, loss, "validation x", "validation y")
    return x, y, _classes(y.T)


def _evaluate(
    network: Network, x: Array, y: Array, labels: Labels | None, loss: Loss
) -> tuple[float, list[float]]:
    """The loss, and the accuracy in a list that is empty where there are no classes."""
    _, a = feedforward(network, x)
    output = a[network.L]
    right = [] if labels is None else [float(np.mean(loss.classify(output) == labels))]
    return loss(output, y), right


def _is_finite(network: Network) -> bool:
    return all(np.isfinite(w).all() for p in (network.W, network.b) for w in p.values())


def _restore(network: Network, weights: Network) -> None:
    for l in network.W:
        network.W[l][...] = weights.W[l]
        network.b[l][...] = weights.b[l]


def _forget_after(epochs: int, history: History) -> None:
    """Drop what was recorded of an epoch that is not complete, so that all lists are equally long."""
    for record in (history.loss, history.accuracy, history.validation_loss, history.validation_accuracy):
        del record[epochs:]


def _bar(progress: bool, total: int) -> AbstractContextManager[Any]:
    """A progress bar; none without tqdm, or where nobody would see it move."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)
    seen = hasattr(get_ipython(), "kernel") or (sys.stderr is not None and sys.stderr.isatty())
    if progress and seen:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return nullcontext()
        bar: AbstractContextManager[Any] = tqdm(total=total, unit=" steps")
        return bar
    return nullcontext()
