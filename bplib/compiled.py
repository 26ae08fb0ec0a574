"""The same training, compiled by JAX: many epochs in one program, on all the devices that JAX sees.

`descend` does what `training.descend` does, with the same equations: it gives `feedforward`, `backward` and the
optimizer's `step` arrays of JAX's in place of numpy's, and JAX makes one program of what they do with them. Nothing
here knows an activation, a loss or an optimizer.

On several devices, of one process or of many, each has its share of the examples, and step 6 is a mean over all of
them: that sum, which JAX makes, is all that the devices tell one another.
"""

from __future__ import annotations

import copy
import math
import signal
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .backprop import backward
from .network import feedforward
from .optimizers import AdaGrad, Adam, Momentum, RMSProp, owned
from .shares import AXIS, Shares, gather, gone
from .training import restore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._checks import Array
    from .losses import Loss
    from .network import Network
    from .optimizers import Optimizer
    from .training import Batches, Record

AHEAD = 2**20  # examples that are put in order ahead of a run of the program
EPOCHS = 4096  # in a run, at most
SECONDS = 0.2  # that a run should take, so that Ctrl-C is heard

GOES_ON, THRESHOLD, LOSS, WEIGHTS, VALIDATION = range(5)  # how a run ends; the last three are divergence


class _State(NamedTuple):
    """What the program hands from epoch to epoch."""

    weights: Any
    memory: Any  # what the optimizer remembers
    before: Any  # the weights before the last step: their loss was finite
    best: Any  # the weights of the best epoch,
    best_epoch: Any  # if it was in this run; else -1
    least: Any  # its loss
    epoch: Any  # how many are complete in this run
    ending: Any
    step: Any  # the last of the epoch
    value: Any  # the last loss, not finite if the ending says so
    course: Any  # a row for each epoch: loss, which share is right, and the same of the validation data
    told: Any  # the greatest of what the devices were told


def descend(
    network: Network, x: Array, y: Array, C: Loss, optimizer: Optimizer, batches: Batches, record: Record
) -> None:
    """Steps 2 to 8, as `training.descend` does them, with the same arguments."""
    import jax

    if isinstance(optimizer, Momentum | AdaGrad | RMSProp | Adam):
        owned(optimizer, network)
    # On a GPU, JAX multiplies float32 in the shorter TF32 unless told otherwise; without x64 it has no float64.
    precision = jax.config.jax_default_matmul_precision or "highest"
    with jax.enable_x64(True), jax.default_matmul_precision(precision), _interrupts() as interrupted:
        shares = Shares(len(x)) if jax.device_count() > 1 else None
        run, trial = _program(network, C, optimizer, batches.full, shares)
        data, held_out, examples = _placed(x, y, record, shares)
        sizes = np.array(
            [batches.batch_size, batches.used % batches.batch_size, batches.used, examples], float
        )
        told = np.zeros(2)  # how long the last run took, and whether to stop
        most = min(EPOCHS, record.epochs)
        if not batches.full:
            most = max(1, min(most, AHEAD // batches.used))
        threshold = -math.inf if record.threshold is None else record.threshold
        shapes: dict[str, Any] | None = None
        n, goes_on = 1, True
        while goes_on:
            start, drawn = time.perf_counter(), batches.rng.bit_generator.state
            orders = _orders(batches, n, most, shares)
            told[1] = shares is not None and len(interrupted) > 0
            weights, before = (network.W, network.b), (record.before.W, record.before.b)
            last, numbers = record.epochs - record.complete - 1, _numbers(optimizer)
            try:
                if shapes is None:
                    one = x[:1].T, y[:1].T, None if record.labels is None else record.labels[:1]
                    shapes = jax.eval_shape(trial, weights, numbers, *one)
                memory = {name: numbers.pop(name) for name in shapes}
                for name, after in shapes.items():
                    if (
                        after.shape
                    ):  # a memory that is still the number 0; others stay numbers, which widen nothing
                        memory[name] = np.broadcast_to(memory[name], after.shape).astype(after.dtype)
                state = run(
                    weights, before, memory, numbers, record.least, data, held_out, orders, n, last, threshold,
                    sizes, told[None] if shares is None else shares.placed(np.tile(told, (len(shares.mine), 1)), 0),
                )  # fmt: skip
                state = _fetched(state)
            except jax.errors.JAXTypeError as error:
                raise TypeError(
                    f"compiled=True cannot compile {network!r}, {C!r} and {optimizer!r}: one of them does more than "
                    f"arithmetic with its arrays ({type(error).__name__}); leave compiled=True out"
                ) from error
            except jax.errors.JaxRuntimeError as error:
                if shares is None or len(shares.rows) == 1:
                    raise
                if record.checkpoint is not None:
                    record.checkpoint.keep(record)
                raise gone(f"after epoch {record.complete - 1}", record.checkpoint) from error
            if state.epoch < n:  # the generator moves on as far as without compiling
                batches.rng.bit_generator.state = drawn
                for _ in range(0 if batches.full else int(state.epoch) + (state.ending > THRESHOLD)):
                    batches.order()
            goes_on = _tell(record, optimizer, batches, state)
            told[0] = time.perf_counter() - start
            # All processes must run as many epochs: what they know of all their times is that of the run before.
            short = told[0] < SECONDS / 4 if shares is None else 0 < state.told[0] < SECONDS / 16
            if record.callback is None and short:
                n *= 4
            n = min(n, most, max(1, record.epochs - record.complete))
            if record.checkpoint is not None:
                n = min(n, record.checkpoint.every - record.complete % record.checkpoint.every)
            if goes_on and (state.told[1] or (shares is None and interrupted)):
                raise KeyboardInterrupt


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Ctrl-C, in a list, where several processes must stop together: after the run that one of them was told it in."""
    import jax

    heard: list[int] = []
    if jax.process_count() == 1 or threading.current_thread() is not threading.main_thread():
        yield heard
        return

    def hear(number: int, _: object) -> None:
        if heard:  # again: the others are perhaps gone
            raise KeyboardInterrupt
        heard.append(number)

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, before)


def _fetched(state: Any) -> Any:
    """The state as numpy's arrays. Where a process is gone, what JAX raises depends on where it noticed."""
    import jax

    jax.block_until_ready(state)
    return jax.device_get(state)


def _placed(x: Array, y: Array, record: Record, shares: Shares | None) -> tuple[Any, Any, int]:
    """The data and the validation data, on the devices; and how many examples the latter has in all."""
    import jax

    x_held_out: Any
    y_held_out: Any
    x_held_out, y_held_out, others = record.held_out or (None, None, None)
    if shares is None:
        data, held_out = jax.device_put(((x, y, record.labels), (x_held_out, y_held_out, others)))
        if x_held_out is None:
            return (*data, None), None, 0
        return (*data, None), (held_out[0].T, held_out[1].T, held_out[2], None), x_held_out.shape[1]
    # Targets are classes if they are in every process.
    mine = np.array([record.labels is not None, others is not None])
    classes, other_classes = gather(mine).all(axis=0).tolist()
    record.labels = record.labels if classes else None
    data = [None if part is None else shares.spread(part) for part in (x, y, record.labels)]
    if x_held_out is None:
        return (*data, shares.real()), None, 0
    record.held_out = x_held_out, y_held_out, others if other_classes else None
    held = Shares(x_held_out.shape[1])
    parts = x_held_out.T, y_held_out.T, others if other_classes else None
    held_out = [None if part is None else held.spread(part) for part in parts]
    return (*data, shares.real()), (*held_out, held.real()), held.m


def _orders(batches: Batches, n: int, most: int, shares: Shares | None) -> tuple[Any, Any]:
    """The order of the examples in the next n epochs: in whole batches, and what is left for a smaller last one."""
    length = 2 ** math.ceil(math.log2(most))  # of few different lengths, because each is compiled anew
    orders = np.zeros((length, 0 if batches.full else batches.used), np.int32)
    if not batches.full:
        for i in range(n):
            orders[i] = batches.order()
    whole = orders.shape[1] - orders.shape[1] % batches.batch_size
    parts = orders[:, :whole].reshape(length, -1, batches.batch_size), orders[:, whole:]
    if shares is None:
        return parts
    if batches.full:  # an axis that has a place for each device
        return shares.placed(np.zeros((length, 0, len(shares.mine)), np.int32), 2), None
    rest = shares.divide(parts[1]) if parts[1].size else None
    return shares.divide(parts[0]), rest


def _numbers(optimizer: Optimizer) -> dict[str, Any]:
    """Settings and memory of an optimizer: what its step may calculate with."""
    kinds = int | float | np.ndarray | np.generic
    return {k: v for k, v in vars(optimizer).items() if isinstance(v, kinds) and not isinstance(v, bool)}


def _tell(record: Record, optimizer: Optimizer, batches: Batches, state: _State) -> bool:
    """What a run did, to the optimizer, the network and the record; the answer is whether another follows."""
    for name, value in state.memory.items():
        setattr(optimizer, name, value if value.ndim else value.item())
    n, history, before = int(state.epoch), record.history, _with(record.network, state.before)
    losses, accuracy, validation_losses, validation_accuracy = state.course[:n].T
    history.loss += losses.tolist()
    if record.labels is not None:
        history.accuracy += accuracy.tolist()
    if record.held_out is not None:
        history.validation_loss += validation_losses.tolist()
        if record.held_out[2] is not None:
            history.validation_accuracy += validation_accuracy.tolist()
    if state.best_epoch >= 0:
        history.best_epoch = record.complete + int(state.best_epoch)
        history.best, record.least = _with(record.network, state.best), float(state.least)
    record.before, record.step = before, int(state.step)
    record.complete += n
    restore(record.network, _with(record.network, state.weights))
    if state.ending == WEIGHTS:
        raise record.diverged("the weights became infinite or nan")
    if state.ending > THRESHOLD:
        loss = "loss" if state.ending == LOSS else "validation loss"
        raise record.diverged(f"the {loss} became {state.value}")
    if record.bar is not None:
        record.bar.update(n * batches.steps)
    return record.goes_on(record.before if batches.full else record.network)


def _with(network: Network, weights: Any) -> Network:
    """A network of its own, with these weights."""
    twin = network.copy()
    for l in twin.W:
        twin.W[l][...], twin.b[l][...] = weights[0][l], weights[1][l]
    return twin


_programs: dict[
    Any, tuple[Callable[..., Any], Callable[..., Any]]
] = {}  # kept compiled for the next training of the same kind


def _program(
    network: Network, C: Loss, optimizer: Optimizer, full: bool, shares: Shares | None
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """What `_compiled` gives; for a kind of training that stands in `_programs`, nothing is compiled again."""
    numbers = _numbers(optimizer)
    kinds: list[tuple[object, dict[str, Any]]] = [(f, vars(f)) for f in (*network.activation.values(), C)]
    kinds.append(
        (optimizer, {k: v for k, v in vars(optimizer).items() if k not in numbers and k != "network"})
    )
    key: Any
    mesh = None if shares is None else shares.mesh
    key = (
        full,
        mesh,
        network.sizes,
        tuple(numbers),
        *((type(f), *sorted(known.items())) for f, known in kinds),
    )
    try:
        if key in _programs:
            return _programs[key]
    except TypeError:  # something in it cannot be hashed
        key = object()
    if len(_programs) >= 16:
        _programs.pop(next(iter(_programs)))
    blank, idle = copy.copy(network), copy.copy(optimizer)  # without the arrays
    blank.W, blank.b = {}, {}
    vars(idle).update(dict.fromkeys(numbers), **({"network": None} if hasattr(idle, "network") else {}))
    _programs[key] = _compiled(blank, C, idle, full, mesh)
    return _programs[key]


def _compiled(
    network: Network, C: Loss, optimizer: Optimizer, full: bool, mesh: Any
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The program, and a trial of one step, which tells the numbers of the optimizer that a step changes."""
    import jax
    import jax.numpy as jnp
    from jax.flatten_util import ravel_pytree

    def with_weights(weights: Any) -> Network:
        twin = copy.copy(network)
        twin.W, twin.b = map(dict, weights)
        return twin

    def over_all(share: Any) -> Any:
        """The sum over all devices."""
        return share if mesh is None else jax.lax.psum(share, AXIS)

    def score(a: Any, y: Any, labels: Any, real: Any, m: Any) -> tuple[Any, Any]:
        """The loss and how many are right, of a batch of m examples: this device's part of them."""
        hits = jnp.zeros(a.shape[1], bool) if labels is None else C.classify(a, axis=0) == labels
        if real is None:
            return jnp.asarray(C(a, y), jnp.float64), jnp.sum(hits)
        losses = jax.vmap(lambda a, y: C(a[:, None], y[:, None]), in_axes=1)(a, y)
        return jnp.sum(jnp.where(real, losses, 0), dtype=jnp.float64) / m, jnp.sum(hits & real)

    def step(weights: Any, numbers: Any, x: Any, y: Any, labels: Any, real: Any = None, m: Any = 1) -> Any:
        """Steps 2 to 7 with a batch of columns: its score, the new weights, and all numbers of the optimizer.

        m counts the batch on all devices; `real` says which of the columns here are examples. The score is the whole
        loss, and what this device adds to it and to the right answers.
        """
        twin, steps = with_weights(weights), copy.copy(optimizer)
        vars(steps).update(numbers)
        z, a = feedforward(twin, x)
        loss, right = score(a[twin.L], y, labels, real, m)
        whole = loss
        if real is None:
            _, grad_W, grad_b = backward(twin, z, a, y, C)
        else:
            mine: Any = SimpleNamespace(grad=lambda a, y: jnp.where(real, C.grad(a, y), 0))
            _, grad_W, grad_b = backward(twin, z, a, y, mine)
            # One sum over the devices, and the loss goes with it: all must see where one has a loss that is infinite.
            flat, shaped = ravel_pytree((grad_W, grad_b))
            part = (x.shape[1] / m).astype(flat.dtype)
            sums = over_all(jnp.append(flat * part, loss.astype(flat.dtype)))
            (grad_W, grad_b), whole = shaped(sums[:-1]), sums[-1].astype(jnp.float64)
        steps.step(twin, grad_W, grad_b)
        new = jax.tree.map(lambda w, old: w.astype(old.dtype), (twin.W, twin.b), weights)  # as in place
        return (whole, loss, right), new, {name: vars(steps)[name] for name in numbers}

    def trial(weights: Any, numbers: Any, x: Any, y: Any, labels: Any) -> dict[str, Any]:
        _, _, after = step(weights, numbers, x, y, labels)
        return {name: jnp.asarray(a) for name, a in after.items() if a is not numbers[name]}

    def run(
        weights: Any, before: Any, memory: Any, settings: Any, least: Any, data: Any, held_out: Any, orders: Any,
        n: Any, last: Any, threshold: Any, sizes: Any, told: Any,
    ) -> _State:  # fmt: skip
        x, y, labels, real = data
        batches, rest = orders
        m, m_rest, examples, held_out_examples = sizes
        # One long vector each: fewer and longer operations.
        (weights, shaped), (before, _) = ravel_pytree(weights), ravel_pytree(before)

        def batch(carry: Any, rows: Any, m: Any = m) -> tuple[Any, None]:
            weights, memory, before, total, right, ok, at, value = carry
            xb, yb, lb, rb = data
            if rows is not None:
                xb, yb, lb = x[rows], y[rows], None if labels is None else labels[rows]
                rb = None if real is None else rows >= 0  # -1, the last row, only fills up
            (C, part, hits), new_weights, after = step(
                shaped(weights), settings | memory, xb.T, yb.T, lb, rb, m
            )
            new_memory = {name: after[name] for name in memory}
            at, value = jnp.where(ok, at + 1, at), jnp.where(ok, C, value)
            ok &= jnp.isfinite(C)
            return (
                jnp.where(ok, ravel_pytree(new_weights)[0], weights),
                jax.tree.map(lambda new, old: jnp.where(ok, new, old), new_memory, memory),
                jnp.where(ok, weights, before),
                jnp.where(ok, total + part * m, total),
                right + hits,
                ok,
                at,
                value,
            ), None

        def epoch(state: _State) -> _State:
            carry = (
                state.weights,
                state.memory,
                state.before,
                jnp.float64(0),
                0,
                jnp.bool(True),
                -1,
                jnp.nan,
            )
            carry = jax.tree.map(jnp.asarray, carry)
            if full:
                carry, _ = batch(carry, None)
            else:
                carry, _ = jax.lax.scan(batch, carry, batches[state.epoch])
                if rest is not None and rest.size:
                    carry, _ = batch(carry, rest[state.epoch], m_rest)
            weights, memory, before, total, right, ok, at, value = carry
            loss, right = over_all(jnp.stack([total, right.astype(jnp.float64)])) / examples
            judged = before if full else weights

            finite = jnp.isfinite(weights).all()
            ending = jnp.where(ok, GOES_ON, LOSS)
            ending = jnp.where(ok & ~finite & ((not full) | (state.epoch == last)), WEIGHTS, ending)
            validation_loss, validation_right, judgement = jnp.float64(0), jnp.float64(0), loss
            if held_out is not None:
                xh, yh, lh, rh = held_out
                network = with_weights(shaped(judged))
                _, a = feedforward(network, xh.T)
                found, hits = score(a[network.L], yh.T, lh, rh, held_out_examples)
                validation_loss, hits = over_all(jnp.stack([found, hits.astype(jnp.float64)]))
                validation_right = hits / held_out_examples
                judgement = validation_loss
                bad = (ending == GOES_ON) & ~jnp.isfinite(validation_loss)
                ending, value = jnp.where(bad, VALIDATION, ending), jnp.where(bad, validation_loss, value)
            complete = ending == GOES_ON
            best = complete & (judgement < state.least)
            scores = jnp.stack([loss, right, validation_loss, validation_right])
            return _State(
                weights, memory, before,
                jnp.where(best, judged, state.best),
                jnp.where(best, state.epoch, state.best_epoch),
                jnp.where(best, judgement, state.least),
                state.epoch + complete,
                jnp.where(complete & (loss < threshold), THRESHOLD, ending),
                at, value,
                state.course.at[state.epoch].set(scores),
                state.told,
            )  # fmt: skip

        course = jnp.zeros((len(batches), 4), jnp.float64)
        told = told.max(axis=0)
        if mesh is not None:
            told = jax.lax.pmax(told, AXIS)
        state = _State(weights, memory, before, weights, -1, least, 0, GOES_ON, -1, jnp.nan, course, told)
        state = jax.tree.map(jnp.asarray, state)
        final: _State = jax.lax.while_loop(lambda s: (s.ending == GOES_ON) & (s.epoch < n), epoch, state)
        return final._replace(
            **{name: shaped(getattr(final, name)) for name in ("weights", "before", "best")}
        )

    if mesh is None:
        return jax.jit(run), trial
    same, mine = jax.P(), jax.P(AXIS)
    orders = jax.P(None, None, AXIS), jax.P(None, AXIS)
    places = same, same, same, same, same, mine, mine, orders, same, same, same, same, mine
    return jax.jit(jax.shard_map(run, mesh=mesh, in_specs=places, out_specs=same, check_vma=False)), trial
