"""Training: the algorithm in eight steps, with a record of how it went."""

from __future__ import annotations

import math
import sys
import warnings
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ._checks import generator, real, whole
from .backprop import backward, door
from .checkpoint import Checkpoint, about
from .network import Network, feedforward, is_finite
from .optimizers import GradientDescent
from .predict import predict

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from ._checks import Array, Labels, Layers
    from .losses import Loss
    from .optimizers import Optimizer, Rate

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

    best: Network = field(compare=False)  # equal histories have equal records
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

    def __reduce__(self) -> tuple[Any, ...]:  # else pickle would call it with the message alone
        return type(self), (*self.args, self.history)


def train(
    network: Network,
    x: Any,
    y: Any,
    loss: str | Loss,
    *,
    learning_rate: Rate | None = None,
    optimizer: Optimizer | None = None,
    epochs: int,
    batch_size: int | None = None,
    drop_last: bool = False,
    compiled: bool = False,
    threshold: float | None = None,
    validation: tuple[Any, Any] | None = None,
    seed: int | np.random.Generator = 0,
    progress: bool = True,
    callback: Callable[[int, Network, History], object] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    every: int = 1,
    resume: bool = False,
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
        One of the two. A learning rate η means `GradientDescent(η)`. It may be a schedule, a function that gives
        the rate of step t = 0, 1, 2 ..., as those of `bplib.schedules` do.
    epochs
        How often, at most, each example is used.
    batch_size
        Examples to a step, from 1 to m; the last batch of an epoch may be smaller. None, or m, is full
        batch: one step an epoch.
    drop_last
        Leave out the last batch of an epoch where it is smaller than the others. Each batch takes a whole step,
        however small it is, so the few examples of a small one count for more than the others, and their gradient
        is less sure: at a large learning rate this step alone can undo many. The order is drawn anew for every
        epoch, so that it is not always the same examples that are left out.
    compiled
        Let JAX compile the training (`pip install jax`), for a GPU where it sees one: the same equations, the same
        batches and the same record, in one program for many epochs. The first training of its kind is compiled
        for some tenths of a second or more; then small networks train many times as fast. Activations, loss and
        optimizer may be your own if they only do arithmetic with the functions of their arrays' namespace. float32
        is multiplied in full, also on a GPU; `jax.default_matmul_precision` chooses otherwise. A callback makes
        each epoch a run of its own, and an interrupt is heard between runs, after about 0.2 s or one epoch.

        Where JAX sees several devices, each takes its share of the examples. In processes that
        `jax.distributed.initialize` has joined, each gives `train` its own rows of x, y and validation, and all other
        arguments alike; `batch_size` counts the examples of all of them. The weights and the history that each gets
        are those of one process with all rows, first those of process 0, then those of process 1 and so on, but for
        rounding. Only process 0 writes the checkpoint, and reads it for all.
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
    checkpoint, every
        A file in which the training is kept: at its start, after every so many epochs (an integer of at least 1), and
        at its end. Network, optimizer, random state and record are written beside it first and put in its place in one
        step, so that there is a whole file whatever happens; one that was there before is replaced. `Network.load`
        reads its weights. Activations must be bplib's own.
    resume
        Go on from the checkpoint, if there is one, else begin. The arguments are those of the training in the file,
        but for `epochs`, which may grow, `threshold`, `callback`, `every` and `compiled`; the network's weights, the
        optimizer's memory and the generator's state are taken from the file. The training then ends with the weights
        and the history that it would have had without the break: to the bit in numpy, if the callback keeps no memory
        of its own. A training that was over is returned as it was.

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
    OSError
        When the checkpoint cannot be written or read. ConnectionError, which is one, when another process of the
        training has ended: all that was complete is in the checkpoint.

    Warns
    -----
    UserWarning
        When there are targets that the output layer cannot reach, such as 3 for a sigmoid.

    Notes
    -----
    No forward pass is spent on the record. In full batch an epoch's loss and accuracy come from its own
    forward pass, with the weights from before its update. These are the weights that the validation loss,
    the best epoch and the threshold are about, and where the threshold stops the training, the network has
    them. With mini-batches an epoch's loss and accuracy are the mean over the examples as they were met
    while the weights moved; validation loss and best weights are those at the end of the epoch.

    An interrupt (Ctrl-C, or the notebook's stop button) ends the training without a traceback: the network
    gets the weights of the best epoch so far, and the history says "interrupted". The checkpoint stays as the last
    whole epoch in it left it, and `resume` goes on from there.

    """
    columns, y_columns, loss = door(network, x, y, loss)
    x, y = columns.T, y_columns.T
    m = len(x)
    if (learning_rate is None) == (optimizer is None):
        raise ValueError("give one of learning_rate and optimizer, and not both")
    if learning_rate is not None:
        optimizer = GradientDescent(learning_rate)
    if optimizer is None or not callable(getattr(optimizer, "step", None)):
        raise TypeError(f"optimizer must have a step(network, grad_W, grad_b), got {optimizer!r}")
    epochs = whole("epochs", epochs, 1)
    batch_size = None if batch_size is None else whole("batch_size", batch_size, 1)
    if not isinstance(drop_last, bool | np.bool):
        raise TypeError(f"drop_last must be True or False, got {drop_last!r}")
    if not isinstance(compiled, bool | np.bool):
        raise TypeError(f"compiled must be True or False, got {compiled!r}")
    if threshold is not None:
        threshold = real("threshold", threshold, "None or a positive number", lambda t: t > 0)
    held_out = None if validation is None else _held_out(network, validation, loss)
    rng = generator("seed", seed)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable as callback(epoch, network, history), got {callback!r}")
    every = whole("every", every, 1)
    if not isinstance(resume, bool | np.bool):
        raise TypeError(f"resume must be True or False, got {resume!r}")
    if resume and checkpoint is None:
        raise ValueError("resume=True goes on from a checkpoint: give checkpoint=path too")
    counts: tuple[int, ...] = m, 0 if held_out is None else held_out[0].shape[1]
    engine = descend
    if compiled:
        from .compiled import descend as engine
        from .shares import agreed, from_first, totals

        counts = totals(*counts)  # of all processes
    m = counts[0]
    batch_size = m if batch_size is None else whole("batch_size", batch_size, 1, m)
    _warn_of_targets_out_of_reach(network, y)

    batches = Batches(m, batch_size, drop_last, rng)
    record = Record(network, y, loss, optimizer, batch_size == m, epochs, threshold, held_out, callback)
    kind = about(
        network, loss, optimizer,
        examples=m, batch_size=batch_size, drop_last=bool(drop_last), validation_examples=counts[1],
        seed=type(rng.bit_generator).__name__,
    )  # fmt: skip
    content = None
    if checkpoint is not None:
        record.checkpoint = Checkpoint(checkpoint, every, kind, rng)
        content = record.checkpoint.read() if resume else None
    if compiled:
        agreed(record, kind, rng, resume)
        content = from_first(content)
    if record.checkpoint is not None:
        record.checkpoint.begin(content, record)
    if record.history.stopped:
        return record.history
    done, total = record.complete * batches.steps, epochs * batches.steps
    try:
        # errstate, twice: an interrupt can come where numpy's error state is about to be put back.
        with np.errstate(), np.errstate(all="ignore"), _bar(progress, done, total) as record.bar:
            engine(network, x, y, loss, optimizer, batches, record)
    except KeyboardInterrupt:
        record.interrupted()
    except DivergenceError:
        record.forget_what_is_not_complete()
        raise
    return record.history


def descend(
    network: Network, x: Array, y: Array, C: Loss, optimizer: Optimizer, batches: Batches, record: Record
) -> None:
    """The loop of the algorithm, steps 2 to 8. Step 1, to draw the weights and biases at random, is Network's.

    x and y have one example a row. Large batches come in blocks of rows, each with its share of the batch: z, a
    and delta of one block stay in the processor's cache, and are gone before the next, so that the memory that a
    gradient takes does not grow with the batch. Nor do many short sums lose what one long sum does in float32.
    `record` is told what happened, and says when to stop.
    """
    goes_on = True
    while goes_on:
        for batch in batches:
            mean_W: Layers = {}
            mean_b: Layers = {}
            for rows, share in batch:
                x_block, y_block = x[rows].T, y[rows].T
                # 2. Forward: z and a of every layer, for all examples of the block at once.
                z, a = feedforward(network, x_block)
                # 3. The deltas of the output layer, by BP1. 4. Propagated back through the layers, by BP2.
                # 5. The gradients, by BP3 and BP4.
                _, grad_W, grad_b = backward(network, z, a, y_block, C)
                # 6. Their mean over the examples of the batch.
                mean_W, mean_b = _add(mean_W, share, grad_W), _add(mean_b, share, grad_b)
                record.block(a[network.L], y_block, rows, share)
            record.batch()
            # 7. Update the weights and biases, against the gradient.
            optimizer.step(network, mean_W, mean_b)
        # 8. Repeat, until the loss is below the threshold or the epochs are over.
        goes_on = record.epoch()


def _add(total: Layers, share: float, grad: Layers) -> Layers:
    return grad if share == 1 else {l: total.get(l, 0) + share * grad[l] for l in grad}


class Batches:
    """Which rows of the data make each step of an epoch, in blocks with their share. The data is never moved."""

    def __init__(self, m: int, batch_size: int, drop_last: bool, rng: np.random.Generator) -> None:
        self.m, self.batch_size, self.rng, self.full = m, batch_size, rng, batch_size == m
        self.used = m - m % batch_size if drop_last else m
        self.steps = math.ceil(self.used / batch_size)  # to an epoch

    def order(self) -> Labels:
        """The rows of the next epoch."""
        return self.rng.permutation(self.m)[: self.used]

    def __iter__(self) -> Iterator[list[tuple[Any, float]]]:
        """The batches of an epoch, which draws its own order."""
        if self.full:
            yield [(slice(i, i + BLOCK), min(BLOCK, self.m - i) / self.m) for i in range(0, self.m, BLOCK)]
            return
        order = self.order()
        for i in range(0, self.used, self.batch_size):
            n = min(self.batch_size, self.used - i)
            yield [
                (order[j : min(j + BLOCK, i + n)], min(BLOCK, i + n - j) / n) for j in range(i, i + n, BLOCK)
            ]


class Record:
    """What `train` keeps while `descend` runs: the history, the best weights, and the last that were finite.

    With a `checkpoint` it also writes them down. The other arguments are `train`'s, checked.
    """

    def __init__(
        self,
        network: Network,
        y: Array,
        C: Loss,
        optimizer: Optimizer,
        full_batch: bool,
        epochs: int,
        threshold: float | None,
        held_out: tuple[Array, Array, Labels | None] | None,
        callback: Callable[[int, Network, History], object] | None,
    ) -> None:
        self.network, self.C, self.optimizer, self.full_batch = network, C, optimizer, full_batch
        self.epochs, self.threshold, self.held_out, self.callback = epochs, threshold, held_out, callback
        self.labels = _classes(y)
        self.errors = np.geterr()  # in which the callback runs
        self.bar: Any = None
        self.checkpoint: Checkpoint | None = None
        self.before = network.copy()
        self.history = History(best=self.before)
        self.least = math.inf
        self.complete = 0  # epochs
        self._begin()

    def _begin(self) -> None:
        """A new epoch."""
        self.step, self.examples, self.total, self.right = -1, 0, 0.0, 0
        self.batch_examples, self.batch_loss = 0, 0.0

    def block(self, a: Array, y: Array, rows: Any, share: float) -> None:
        """The outputs a of a block, in the batch that is under way."""
        self.batch_examples += a.shape[1]
        self.batch_loss += share * float(self.C(a, y))
        if self.labels is not None:
            self.right += int(np.count_nonzero(self.C.classify(a, axis=0) == self.labels[rows]))

    def batch(self) -> None:
        """The batch has its gradient, and its step comes next."""
        self.step += 1
        if not math.isfinite(self.batch_loss):
            raise self.diverged(f"the loss became {self.batch_loss}")
        self.total += self.batch_loss * self.batch_examples
        self.examples += self.batch_examples
        self.batch_examples, self.batch_loss = 0, 0.0
        self.before = self.network.copy()
        if self.bar is not None:
            self.bar.update()

    def epoch(self) -> bool:
        """An epoch is over; the answer is whether another follows."""
        network, history, epoch = self.network, self.history, self.complete
        last = epoch == self.epochs - 1  # of the full-batch epochs, the only one without a next to find it
        if (not self.full_batch or last) and not is_finite(network):
            raise self.diverged("the weights became infinite or nan")
        judged = self.before if self.full_batch else network.copy()  # the weights that the record is about
        history.loss.append(self.total / self.examples)
        if self.labels is not None:
            history.accuracy.append(self.right / self.examples)
        value = history.loss[-1]
        if self.held_out is not None:
            value, share = _evaluate(judged, *self.held_out, self.C)
            if not math.isfinite(value):
                raise self.diverged(f"the validation loss became {value}")
            history.validation_loss.append(value)
            history.validation_accuracy.extend(share)
        self.complete += 1
        if value < self.least:
            self.least, history.best_epoch, history.best = value, epoch, judged
        self._begin()
        return self.goes_on(judged)

    def goes_on(self, judged: Network) -> bool:
        """Whether another epoch follows the one that is complete."""
        network, history = self.network, self.history
        if self.bar is not None:
            self.bar.set_postfix_str(f"loss {history.loss[-1]:.4g}", refresh=False)
        if self.threshold is not None and history.loss[-1] < self.threshold:
            restore(network, judged)
            history.stopped = "threshold"
        elif self.complete == self.epochs:
            history.stopped = "epochs"
        if self.callback is not None:
            with np.errstate(**self.errors):
                self.callback(self.complete - 1, network, history)
        if self.checkpoint is not None:
            self.checkpoint.epoch(self)
        return not history.stopped

    def interrupted(self) -> None:
        """The network gets the weights of the best epoch so far."""
        restore(self.network, self.history.best)
        self.forget_what_is_not_complete()
        self.history.stopped = "interrupted"

    def diverged(self, what: str) -> DivergenceError:
        """The error to raise; the network gets the last weights whose loss was finite."""
        restore(self.network, self.before)
        self.history.stopped = "diverged"
        rate = getattr(self.optimizer, "learning_rate", "unknown")
        if callable(rate):  # a schedule
            rate = rate(max(0, getattr(self.optimizer, "t", 0) - 1))
        where = f"in epoch {self.complete}, step {self.step}, at learning rate {rate}"
        return DivergenceError(f"{what} {where}", self.history)

    def forget_what_is_not_complete(self) -> None:
        """Drop what was recorded of an epoch that is not complete, so that all lists are equally long."""
        history = self.history
        for record in (history.loss, history.accuracy, history.validation_loss, history.validation_accuracy):
            del record[self.complete :]


def accuracy(network: Network, x: Any, labels: Any, loss: str | Loss) -> float:
    """The share of the examples x that the network puts in the right class, from 0 to 1.

    `loss` says what the outputs mean, by its `classify`. labels are integers (m,), or one-hot rows (m, n^L);
    0 and 1 for a network with one output. Errors as in `backprop`, and ValueError for other labels.
    """
    columns, y, C = door(network, x, labels, loss, y_name="labels")
    right = _classes(y.T)
    if right is None:
        raise ValueError("labels must be classes: integers, one-hot rows, or 0 and 1 for one output")
    return float(np.mean(predict(network, columns.T, C) == right))


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
    right = [] if labels is None else [float(np.mean(loss.classify(output, axis=0) == labels))]
    return float(loss(output, y)), right


def restore(network: Network, weights: Network) -> None:
    """Give the network the weights of another, in its own arrays."""
    for l in network.W:
        network.W[l][...] = weights.W[l]
        network.b[l][...] = weights.b[l]


def _warn_of_targets_out_of_reach(network: Network, y: Array) -> None:
    f = network.activation[network.L]
    low, high = f.range
    if y.min() < low or y.max() > high:
        warnings.warn(
            f"targets go from {y.min():g} to {y.max():g}, and the {f.name} output layer only from {low:g} to "
            f'{high:g}: for a regression, make the network with Network(..., output="identity")',
            stacklevel=3,
        )


def _bar(progress: bool, done: int, total: int) -> AbstractContextManager[Any]:
    """A progress bar; none without tqdm, or where nobody would see it move. Python in the page has its own."""
    if progress and (here := sys.modules.get("page_python")):
        own: AbstractContextManager[Any] = here.Bar(done, total)
        return own
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)
    seen = hasattr(get_ipython(), "kernel") or (sys.stderr is not None and sys.stderr.isatty())
    if progress and seen:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return nullcontext()
        bar: AbstractContextManager[Any] = tqdm(initial=done, total=total, unit=" steps")
        return bar
    return nullcontext()
