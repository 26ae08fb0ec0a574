"""The same training, compiled by JAX: many epochs in one program, on a GPU where JAX sees one.

`descend` does what `training.descend` does, with the same equations: it gives `feedforward`, `backward` and the
optimizer's `step` arrays of JAX's in place of numpy's, and JAX makes one program of what they do with them. Nothing
here knows an activation, a loss or an optimizer.
"""

from __future__ import annotations

import copy
import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .backprop import backward
from .network import feedforward
from .optimizers import AdaGrad, Adam, Momentum, RMSProp, owned
from .training import restore

if TYPE_CHECKING:
    from collections.abc import Callable

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
    course: Any  # a row for each epoch: loss, how many are right, and the same of the validation data


def descend(
    network: Network, x: Array, y: Array, C: Loss, optimizer: Optimizer, batches: Batches, record: Record
) -> None:
    """Steps 2 to 8, as `training.descend` does them, with the same arguments."""
    try:
        import jax
    except ImportError as error:
        raise ImportError("compiled=True needs JAX, which is not installed: pip install jax") from error
    if isinstance(optimizer, Momentum | AdaGrad | RMSProp | Adam):
        owned(optimizer, network)
    # On a GPU, JAX multiplies float32 in the shorter TF32 unless told otherwise; without x64 it has no float64.
    precision = jax.config.jax_default_matmul_precision or "highest"
    with jax.enable_x64(True), jax.default_matmul_precision(precision):
        run, trial = _program(network, C, optimizer, batches.full)
        data, held_out = jax.device_put(((x, y, record.labels), record.held_out))
        most = min(EPOCHS, record.epochs)
        if not batches.full:
            most = max(1, min(most, AHEAD // batches.used))
        threshold = -math.inf if record.threshold is None else record.threshold
        shapes: dict[str, Any] | None = None
        n, goes_on = 1, True
        while goes_on:
            start, drawn = time.perf_counter(), batches.rng.bit_generator.state
            orders = _orders(batches, n, most)
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
                    weights, before, memory, numbers, record.least, data, held_out, orders, n, last, threshold
                )  # fmt: skip
            except jax.errors.JAXTypeError as error:
                raise TypeError(
                    f"compiled=True cannot compile {network!r}, {C!r} and {optimizer!r}: one of them does more than "
                    f"arithmetic with its arrays ({type(error).__name__}); leave compiled=True out"
                ) from error
            state = jax.device_get(state)
            if state.epoch < n:  # the generator moves on as far as without compiling
                batches.rng.bit_generator.state = drawn
                _orders(batches, int(state.epoch) + (state.ending > THRESHOLD), most)
            goes_on = _tell(record, optimizer, batches, state)
            if record.callback is None and time.perf_counter() - start < SECONDS / 4:
                n *= 4
            n = min(n, most, max(1, record.epochs - record.complete))


def _orders(batches: Batches, n: int, most: int) -> tuple[Array, Array]:
    """The order of the examples in the next n epochs: in whole batches, and what is left for a smaller last one."""
    length = 2 ** math.ceil(math.log2(most))  # of few different lengths, because each is compiled anew
    orders = np.zeros((length, 0 if batches.full else batches.used), np.int32)
    if not batches.full:
        for i in range(n):
            orders[i] = batches.order()
    whole = orders.shape[1] - orders.shape[1] % batches.batch_size
    return orders[:, :whole].reshape(length, -1, batches.batch_size), orders[:, whole:]


def _numbers(optimizer: Optimizer) -> dict[str, Any]:
    """Settings and memory of an optimizer: what its step may calculate with."""
    kinds = int | float | np.ndarray | np.generic
    return {k: v for k, v in vars(optimizer).items() if isinstance(v, kinds) and not isinstance(v, bool)}


def _tell(record: Record, optimizer: Optimizer, batches: Batches, state: _State) -> bool:
    """What a run did, to the optimizer, the network and the record; the answer is whether another follows."""
    for name, value in state.memory.items():
        setattr(optimizer, name, value if value.ndim else value.item())
    n, history, before = int(state.epoch), record.history, _with(record.network, state.before)
    losses, right, validation_losses, validation_right = state.course[:n].T
    history.loss += losses.tolist()
    if record.labels is not None:
        history.accuracy += (right / batches.used).tolist()
    if record.held_out is not None:
        history.validation_loss += validation_losses.tolist()
        if record.held_out[2] is not None:
            history.validation_accuracy += (validation_right / len(record.held_out[2])).tolist()
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
    network: Network, C: Loss, optimizer: Optimizer, full: bool
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """What `_compiled` gives; for a kind of training that stands in `_programs`, nothing is compiled again."""
    numbers = _numbers(optimizer)
    kinds: list[tuple[object, dict[str, Any]]] = [(f, vars(f)) for f in (*network.activation.values(), C)]
    kinds.append(
        (optimizer, {k: v for k, v in vars(optimizer).items() if k not in numbers and k != "network"})
    )
    key: Any
    key = full, network.sizes, tuple(numbers), *((type(f), *sorted(known.items())) for f, known in kinds)
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
    _programs[key] = _compiled(blank, C, idle, full)
    return _programs[key]


def _compiled(
    network: Network, C: Loss, optimizer: Optimizer, full: bool
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The program, and a trial of one step, which tells the numbers of the optimizer that a step changes."""
    import jax
    import jax.numpy as jnp
    from jax.flatten_util import ravel_pytree

    def with_weights(weights: Any) -> Network:
        twin = copy.copy(network)
        twin.W, twin.b = map(dict, weights)
        return twin

    def score(a: Any, y: Any, labels: Any) -> tuple[Any, Any]:
        """The loss, and how many are right."""
        right = 0 if labels is None else jnp.sum(C.classify(a, axis=0) == labels)
        return jnp.asarray(C(a, y), jnp.float64), right

    def step(weights: Any, numbers: Any, x: Any, y: Any, labels: Any) -> Any:
        """Steps 2 to 7 with a batch of columns: its score, the new weights, and all numbers of the optimizer."""
        twin, steps = with_weights(weights), copy.copy(optimizer)
        vars(steps).update(numbers)
        z, a = feedforward(twin, x)
        _, grad_W, grad_b = backward(twin, z, a, y, C)
        steps.step(twin, grad_W, grad_b)
        new = jax.tree.map(lambda w, old: w.astype(old.dtype), (twin.W, twin.b), weights)  # as in place
        return score(a[twin.L], y, labels), new, {name: vars(steps)[name] for name in numbers}

    def trial(weights: Any, numbers: Any, x: Any, y: Any, labels: Any) -> dict[str, Any]:
        _, _, after = step(weights, numbers, x, y, labels)
        return {name: jnp.asarray(a) for name, a in after.items() if a is not numbers[name]}

    def run(
        weights: Any, before: Any, memory: Any, settings: Any, least: Any, data: Any, held_out: Any, orders: Any,
        n: Any, last: Any, threshold: Any,
    ) -> _State:  # fmt: skip
        x, y, labels = data
        batches, rest = orders
        # One long vector each: fewer and longer operations.
        (weights, shaped), (before, _) = ravel_pytree(weights), ravel_pytree(before)
        examples = len(x) if full else batches[0].size + rest[0].size

        def batch(carry: Any, rows: Any) -> tuple[Any, None]:
            weights, memory, before, total, right, ok, at, value = carry
            xb, yb, lb = (
                data if rows is None else (x[rows], y[rows], None if labels is None else labels[rows])
            )
            (C, hits), new_weights, after = step(shaped(weights), settings | memory, xb.T, yb.T, lb)
            new_memory = {name: after[name] for name in memory}
            at, value = jnp.where(ok, at + 1, at), jnp.where(ok, C, value)
            ok &= jnp.isfinite(C)
            return (
                jnp.where(ok, ravel_pytree(new_weights)[0], weights),
                jax.tree.map(lambda new, old: jnp.where(ok, new, old), new_memory, memory),
                jnp.where(ok, weights, before),
                jnp.where(ok, total + C * len(xb), total),
                right + hits,
                ok,
                at,
                value,
            ), None

        def epoch(state: _State) -> _State:
            orders = batches[state.epoch], rest[state.epoch]
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
                carry, _ = jax.lax.scan(batch, carry, orders[0])
                if orders[1].size:
                    carry, _ = batch(carry, orders[1])
            weights, memory, before, total, right, ok, at, value = carry
            judged, loss = before if full else weights, total / examples

            finite = jnp.isfinite(weights).all()
            ending = jnp.where(ok, GOES_ON, LOSS)
            ending = jnp.where(ok & ~finite & ((not full) | (state.epoch == last)), WEIGHTS, ending)
            validation_loss, validation_right, judgement = jnp.float64(0), 0, loss
            if held_out is not None:
                network = with_weights(shaped(judged))
                _, a = feedforward(network, held_out[0])
                validation_loss, validation_right = score(a[network.L], held_out[1], held_out[2])
                judgement = validation_loss
                bad = (ending == GOES_ON) & ~jnp.isfinite(validation_loss)
                ending, value = jnp.where(bad, VALIDATION, ending), jnp.where(bad, validation_loss, value)
            complete = ending == GOES_ON
            best = complete & (judgement < state.least)
            scores = jnp.stack(
                [jnp.asarray(v, jnp.float64) for v in (loss, right, validation_loss, validation_right)]
            )
            return _State(
                weights, memory, before,
                jnp.where(best, judged, state.best),
                jnp.where(best, state.epoch, state.best_epoch),
                jnp.where(best, judgement, state.least),
                state.epoch + complete,
                jnp.where(complete & (loss < threshold), THRESHOLD, ending),
                at, value,
                state.course.at[state.epoch].set(scores),
            )  # fmt: skip

        course = jnp.zeros((len(batches), 4), jnp.float64)
        state = _State(weights, memory, before, weights, -1, least, 0, GOES_ON, -1, jnp.nan, course)
        state = jax.tree.map(jnp.asarray, state)
        final: _State = jax.lax.while_loop(lambda s: (s.ending == GOES_ON) & (s.epoch < n), epoch, state)
        return final._replace(
            **{name: shaped(getattr(final, name)) for name in ("weights", "before", "best")}
        )

    return jax.jit(run), trial
