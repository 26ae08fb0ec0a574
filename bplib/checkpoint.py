"""Checkpoints: all that a training is, in one file, so that it can go on after whatever ended it, to the bit.

The file is a saved network with more in it: `Network.load` reads the weights. Nothing in it is ever executed.
"""

from __future__ import annotations

import os
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from .network import Network, contents, is_finite, write

if TYPE_CHECKING:
    from .losses import Loss
    from .optimizers import Optimizer
    from .training import Record

FORMAT = "bplib checkpoint 1"
LISTS = "loss", "accuracy", "validation_loss", "validation_accuracy"


class Checkpoint:
    """Where `train` keeps a training, and how often it writes it there.

    `about` says what the training must be again to go on from the file, by the names of `train`'s arguments.
    """

    def __init__(
        self, path: str | os.PathLike[str], every: int, about: dict[str, Any], rng: np.random.Generator
    ) -> None:
        self.path, self.every, self.about, self.rng = os.fsdecode(path), every, about, rng
        self.writes = True  # False in all processes but the first, where there are several

    def begin(self, content: bytes | None, record: Record) -> None:
        """Go on from what is in the file; or begin, and write that, which shows whether it can be written."""
        if content is None:
            self.save(record)
        else:
            self.resume(content, record)

    def epoch(self, record: Record) -> None:
        """An epoch, or several, are complete: write them if it is time."""
        due = record.complete % self.every == 0 or record.history.stopped
        if due and is_finite(
            record.network
        ):  # else the next epoch finds that it diverged, and the file stays whole
            self.save(record)

    def save(self, record: Record) -> None:
        """Write all that the training is now. OSError if that cannot be done."""
        if self.writes:
            write(self.path, self._contents(record))

    def _contents(self, record: Record) -> dict[str, Any]:
        import json  # here, because importing bplib should cost next to nothing

        history, arrays = record.history, contents(record.network)
        for name, weights in (("before", record.before), ("best", history.best)):
            for letter, parameters in (("W", weights.W), ("b", weights.b)):
                arrays |= {f"{name} {letter}{l}": array for l, array in parameters.items()}
        arrays |= {name: np.array(getattr(history, name), np.float64) for name in LISTS}
        optimizer = {
            name: _pack(value, arrays, record.network)
            for name, value in getattr(record.optimizer, "__dict__", {}).items()
        }
        training = {
            "format": FORMAT,
            "about": self.about,
            "complete": record.complete,
            "stopped": history.stopped,
            "best_epoch": history.best_epoch,
            "least": record.least,
            "optimizer": optimizer,
            "random": _pack(self.rng.bit_generator.state, arrays, record.network),
        }
        return arrays | {"training": np.array(json.dumps(training))}

    def keep(self, record: Record) -> None:
        """Write what is complete, if the file is behind: something has broken off all the rest."""
        import json

        content, complete = self.read(), -1
        if content is not None:
            with np.load(BytesIO(content), allow_pickle=False) as file:
                complete = json.loads(str(file["training"]))["complete"]
        if complete < record.complete:
            write(self.path, self._contents(record))

    def read(self) -> bytes | None:
        """What is in the file, or None where there is none. OSError if it cannot be read."""
        if not os.path.exists(self.path):
            return None
        with open(self.path, "rb") as file:
            return file.read()

    def resume(self, content: bytes, record: Record) -> None:
        """Make the training what the file says. ValueError if that is another training, or damaged."""
        import json

        try:
            with np.load(BytesIO(content), allow_pickle=False) as file:
                arrays = dict(file)
            training = json.loads(str(arrays["training"]))
            if training["format"] != FORMAT:
                raise ValueError(f"its format is {training['format']!r}, expected {FORMAT!r}")
            about: dict[str, Any] = training["about"]
            other = next((name for name, here in self.about.items() if about.get(name) != here), None)
            if other is None:
                networks = [_network(record.network, arrays, name) for name in ("", "before ", "best ")]
            lists = {name: arrays[name].tolist() for name in LISTS}
            optimizer = {
                name: _unpack(value, arrays, record.network)
                for name, value in training["optimizer"].items()
                if value != GIVEN
            }
            random = _unpack(training["random"], arrays, record.network)
            complete, least, stopped = training["complete"], training["least"], training["stopped"]
            best_epoch = training["best_epoch"]
        except Exception as error:  # a damaged zip file raises nearly anything
            raise ValueError(f"{self.path!r} is damaged or not a checkpoint: {error}") from error
        if other is not None:
            raise ValueError(
                f"{self.path!r} is of a training with {other} {about.get(other)}, and here it is "
                f"{self.about[other]}: make it the same, or begin anew at another path"
            )
        if complete > record.epochs:
            raise ValueError(f"{self.path!r} has {complete} epochs already, and epochs is {record.epochs}")
        if stopped == "threshold" and not (
            record.threshold is not None and lists["loss"][-1] < record.threshold
        ):
            raise ValueError(
                f"the training in {self.path!r} met its threshold and is over: to train on from its weights, "
                "network = Network.load(path) and a new training"
            )

        for name in ("W", "b"):
            for l, array in getattr(networks[0], name).items():
                getattr(record.network, name)[l][...] = array
        for name, value in optimizer.items():
            setattr(record.optimizer, name, value)
        self.rng.bit_generator.state = random
        record.before, record.complete, record.least = networks[1], complete, least
        history = record.history
        history.best, history.best_epoch = networks[2], best_epoch
        for name in LISTS:
            getattr(history, name)[:] = lists[name]
        history.stopped = stopped if stopped == "threshold" else "epochs" if complete == record.epochs else ""


GIVEN = {"given": True}  # not in the file: functions, and whatever else is no number


def about(network: Network, loss: Loss, optimizer: Optimizer, **others: Any) -> dict[str, Any]:
    """What a training must be again to go on, by the names of `train`'s arguments.

    Of an optimizer that is what it was made with, as far as it has kept it under the same names.
    """
    import inspect

    known = getattr(optimizer, "__dict__", {})
    made_with = {name: known[name] for name in inspect.signature(type(optimizer)).parameters if name in known}
    return {
        "sizes": list(network.sizes),
        "activations": [repr(f) for f in network.activation.values()],
        "dtype": str(network.dtype),
        "loss": repr(loss),
        "optimizer": type(optimizer).__qualname__,
        **{f"optimizer.{name}": _plain(value) for name, value in made_with.items()},
        **others,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, int | float | str | None):
        return value
    text = repr(value)  # of a schedule, say; with an address in it, it says nothing
    return f"a {type(value).__name__}" if " at 0x" in text else text


def _network(network: Network, arrays: dict[str, Any], name: str) -> Network:
    """A copy of the network with the weights of that name."""
    twin = network.copy()
    for letter, parameters in (("W", twin.W), ("b", twin.b)):
        for l, here in parameters.items():
            array = arrays[f"{name}{letter}{l}"]
            if array.shape != here.shape or array.dtype != here.dtype:
                raise ValueError(f"{name}{letter}[{l}] is {array.dtype}{array.shape}")
            here[...] = array
    return twin


def _pack(value: Any, arrays: dict[str, Any], network: Network) -> Any:
    """As JSON; arrays go into `arrays`, and get a name there. numpy's numbers stay numpy's: their dtype counts."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf":
        name = f"array {len(arrays)}"
        arrays[name] = value
        return {"array": name, "scalar": isinstance(value, np.generic)}
    if isinstance(value, bool | int | float | str | None):
        return value
    if type(value) in (list, tuple, dict):
        parts = [_pack(part, arrays, network) for part in (value.values() if type(value) is dict else value)]
        if GIVEN in parts or (type(value) is dict and not all(isinstance(key, int | str) for key in value)):
            return GIVEN
        return {type(value).__name__: [list(value), parts] if type(value) is dict else parts}
    return {"network": True} if value is network else GIVEN


def _unpack(value: Any, arrays: dict[str, Any], network: Network) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = arrays[value["array"]]
        return array[()] if value["scalar"] else array
    if "dict" in value:
        keys, parts = value["dict"]
        return {key: _unpack(part, arrays, network) for key, part in zip(keys, parts, strict=True)}
    for kind in (list, tuple):
        if kind.__name__ in value:
            return kind(_unpack(part, arrays, network) for part in value[kind.__name__])
    return network
