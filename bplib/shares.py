"""Shares: which examples each device has, where several train one network together.

JAX's distributed runtime joins the processes and adds their gradients up; nothing of that is built here. Each process
has rows of its own, which are divided among its devices. JAX wants equal shares, so smaller ones are filled up with
rows that count for nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ._checks import lacking

if TYPE_CHECKING:
    from ._checks import Labels
    from .checkpoint import Checkpoint
    from .training import Record

AXIS = "examples"


class Shares:
    """The rows of each device. Rows are numbered through: first those of process 0, then those of process 1 ..."""

    def __init__(self, m: int) -> None:
        """For a process with m rows of its own; each must have at least one."""
        import jax
        from jax.sharding import Mesh, NamedSharding, PartitionSpec

        devices = sorted(jax.devices(), key=lambda device: (device.process_index, device.id))
        self.mesh, self._sharding, self._spec = Mesh(np.array(devices), AXIS), NamedSharding, PartitionSpec
        self.rows = [int(n) for n in gather(np.array(m))]  # of each process
        self.m, self.me = sum(self.rows), jax.process_index()
        sizes: list[int] = []  # of each device
        for process, n in enumerate(self.rows):
            count = sum(device.process_index == process for device in devices)
            whole = math.ceil(n / count)
            sizes += [max(0, min(whole, n - i * whole)) for i in range(count)]
        self.sizes = np.array(sizes)
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.owner = np.repeat(np.arange(len(sizes)), self.sizes)  # of each row
        self.mine = [i for i, device in enumerate(devices) if device.process_index == self.me]
        self.most = max(sizes)
        self.room: dict[int, int] = {}  # in a batch of so many examples, for those of one device

    def placed(self, mine: Any, axis: int) -> Any:
        """What this process has for its devices, one after the other along that axis, as part of one array."""
        import jax

        shape = list(mine.shape)
        shape[axis] = shape[axis] // len(self.mine) * len(self.sizes)
        places = self._sharding(self.mesh, self._spec(*[None] * axis, AXIS))
        return jax.make_array_from_process_local_data(places, mine, tuple(shape))

    def spread(self, rows: Any) -> Any:
        """The rows of this process, on its devices, filled up with zeros."""
        length = len(self.mine) * self.most
        if len(rows) < length:
            filled = np.zeros((length, *rows.shape[1:]), rows.dtype)
            done = 0
            for i, device in enumerate(self.mine):
                n = self.sizes[device]
                filled[i * self.most : i * self.most + n] = rows[done : done + n]
                done += n
            rows = filled
        return self.placed(rows, 0)

    def real(self) -> Any:
        """Which of the rows on the devices are examples."""
        return self.placed(np.concatenate([np.arange(self.most) < self.sizes[i] for i in self.mine]), 0)

    def divide(self, order: Labels) -> Any:
        """For each device, which of its own rows are in each batch, and -1 where it has fewer than room for.

        `order` are rows by their numbers, the batches along the last axis.
        """
        batches = order.reshape(-1, order.shape[-1])
        n, size = batches.shape
        devices = len(self.sizes)
        owner = self.owner[batches]
        here = np.bincount((np.arange(n)[:, None] * devices + owner).ravel(), minlength=n * devices).max(
            initial=0
        )
        if here > self.room.get(size, -1):
            # Seldom more than the mean and four times its spread; each other length is compiled anew.
            part = self.most / self.m
            usual = math.ceil(size * part + 4 * math.sqrt(size * part * (1 - part)))
            self.room[size] = min(size, self.most, max(int(here), usual))
        mine = np.full((n, len(self.mine), self.room[size]), -1, np.int32)
        for i, device in enumerate(self.mine):
            batch, at = np.nonzero(owner == device)
            first = np.searchsorted(batch, np.arange(n))
            mine[batch, i, np.arange(len(batch)) - first[batch]] = batches[batch, at] - self.starts[device]
        return self.placed(mine.reshape(*order.shape[:-1], -1), order.ndim - 1)


def gone(when: str, checkpoint: Checkpoint | None = None) -> ConnectionError:
    """The error to raise where another process has ended."""
    again = "start all of them again"
    if checkpoint is not None:
        again += f" with resume=True, and they go on from {checkpoint.path!r}"
    return ConnectionError(
        f"another process of this training has ended, {when}, and the others cannot go on without it: {again}"
    )


def gather(mine: Any) -> Any:
    """An array of each process, stacked: the first is that of process 0."""
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    if jax.process_count() == 1:
        return mine[None]
    # One device of each process; JAX's own process_allgather wants as many devices in each.
    first = {device.process_index: device for device in reversed(jax.devices())}
    mesh = Mesh(np.array([first[process] for process in sorted(first)]), AXIS)
    each, same = NamedSharding(mesh, PartitionSpec(AXIS)), NamedSharding(mesh, PartitionSpec())
    try:
        with jax.enable_x64(True):
            placed = jax.make_array_from_process_local_data(each, mine[None])
            stacked = jax.jit(lambda rows: rows, out_shardings=same)(placed)
            return np.asarray(jax.block_until_ready(stacked))
    except jax.errors.JaxRuntimeError as error:
        raise gone("before the first epoch") from error


def from_first(content: bytes | None) -> bytes | None:
    """What process 0 has, for all."""
    length = int(gather(np.array(-1 if content is None else len(content)))[0])
    if length < 0:
        return None
    mine = np.zeros(length, np.uint8)
    if content is not None and len(content) == length:
        mine[:] = np.frombuffer(content, np.uint8)
    return bytes(gather(mine)[0])


def totals(*mine: int) -> tuple[int, ...]:
    """The sums over all processes. ImportError without JAX."""
    try:
        import jax  # noqa: F401
    except ImportError as error:
        raise ImportError(f"compiled=True needs JAX, {lacking('jax')}") from error
    return tuple(int(total) for total in gather(np.array(mine)).sum(axis=0))


def agreed(record: Record, kind: dict[str, Any], rng: np.random.Generator, resume: bool) -> None:
    """ValueError, in all processes, if one has other arguments than process 0; of all only the first writes."""
    import hashlib

    import jax

    keeps = record.checkpoint
    given = kind | {
        "network": [array.tobytes() for p in (record.network.W, record.network.b) for array in p.values()],
        "epochs": record.epochs,
        "threshold": record.threshold,
        "validation": record.held_out is None,
        "seed": rng.bit_generator.state,
        "checkpoint": keeps is None,
        "every": keeps and keeps.every,
        "resume": resume,
    }
    digests = [hashlib.sha256(f"{name} {value!r}".encode()).digest() for name, value in given.items()]
    everyones = gather(np.frombuffer(b"".join(digests), np.uint8).reshape(len(digests), -1))
    for process, theirs in enumerate(everyones):
        for name, equal in zip(given, (theirs == everyones[0]).all(axis=1), strict=True):
            if not equal:
                raise ValueError(
                    f"{name} must be the same in every process; that of process {process} is not that of process 0"
                )
    if keeps is not None:
        keeps.writes = jax.process_index() == 0
