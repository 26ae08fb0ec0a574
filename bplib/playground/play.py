"""The playground itself: messages in, answers out."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from bplib._text import figure, number, symbol
from bplib.backprop import backprop
from bplib.gradient_check import check_gradient

from . import address as addresses
from .address import LARGEST_WEIGHT, MOST_CHANGES, MOST_UPDATES, Change, State
from .data import MOST_POINTS, NAMELESS, Input, Point, checked_point, made, read_csv
from .program import program
from .run import Diverged, Key, Run, Update
from .sees import sees
from .settings import SETTINGS, PlaygroundError, Value, fitted
from .trace import trace

MOST_CHECKED = 50_000  # parameters times examples in a gradient check: a second or less, in a page too
PACE = 20  # updates between two pictures, or a pass: with many more all would be over before it is seen
GRID = 40  # places to a side of a picture of what a neuron sees, if nothing is said


class Playground:
    """A network under training, driven by messages as `bplib.playground` lists them.

    `address` is a state to begin with, as an answer's "address" holds one. Its updates are made at once, unless
    `milliseconds` says for how long at most; "train" then makes the rest.
    """

    start: dict[str, Value]  # the settings before the first update
    changes: list[Change]  # made since
    coming: list[Change]  # and those still to come of an address that is being opened, up to so many updates:
    goal: int
    run: Run
    last: Update | None  # that "step" has just made
    notes: list[str]
    inputs: list[Input]  # the columns of the reader's own points

    def __init__(self, address: str = "", milliseconds: float | None = None) -> None:
        self._open(address, milliseconds)
        self.untold = self.notes  # until the first answer

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to a message. One that cannot be done is answered {"error": sentence} and changes nothing."""
        do = message.get("do") if isinstance(message, dict) else None
        method = getattr(self, f"_do_{do}", None) if isinstance(do, str) else None
        try:
            if method is None:
                known = ", ".join(name[4:] for name in dir(self) if name.startswith("_do_"))
                raise PlaygroundError(f"do is one of {known}; got {do!r}")
            self._also(message)
            self.notes, self.untold = self.untold, []
            with np.errstate(all="ignore"):
                answer: dict[str, Any] = method(message)
                return answer
        except PlaygroundError as error:
            return {"error": f"{str(error)[0].upper()}{str(error)[1:]}."}

    def _ipython_display_(self) -> None:
        from .widget import show

        show(self)

    def _display_(self) -> Any:
        """What marimo shows: the widget, or the sentence that says what is missing."""
        from .widget import widget

        try:
            return widget(self)
        except ModuleNotFoundError as error:
            return str(error)

    # -- state -----------------------------------------------------------------------------------------------------

    def _open(self, address: str, milliseconds: float | None) -> None:
        state, self.notes = addresses.read(address)
        self.start = state.settings
        self.points, self.classes, self.inputs = list(state.points), list(state.classes), list(state.inputs)
        self._begin()
        for change in state.changes:
            try:
                self._check_change(change[1], change[2])
                self.coming.append(change)
            except PlaygroundError as error:
                self.notes.append(f"A change after {change[0]} updates was left out: {error}.")
        self.goal = state.updates
        if self.goal and not len(self.run.data.x):
            self.notes.append("There are no points to learn from, so that no updates were made.")
            self.goal = 0
        with np.errstate(all="ignore"):
            self._replay(milliseconds)

    def _begin(self) -> None:
        """A new start from `start`; what was trained and edited is gone."""
        self.changes, self.coming, self.goal = [], [], 0
        self.last = None
        self.run = Run(self.start, made(self.start, self.points))
        self.data_number = getattr(self, "data_number", 0) + 1

    def _replay(self, milliseconds: float | None) -> None:
        """Do what the address tells, for so long at most."""
        end = math.inf if milliseconds is None else time.perf_counter() + milliseconds / 1000
        run = self.run
        while True:
            while self.coming and self.coming[0][0] <= run.updates:
                self._record(*self.coming.pop(0))
            if run.updates >= self.goal:
                break
            try:
                run.update()
            except Diverged:
                self.goal, self.coming = run.updates, []
                break
            if time.perf_counter() > end:
                break
        if run.updates >= self.goal and self.coming:
            self.notes.append("Changes after the last update were left out.")
            self.coming = []

    def _live(self) -> None:
        """From here on the reader goes on alone: what was still to come of an address is given up."""
        self.coming, self.goal = [], self.run.updates

    def _record(self, at: int, key: Key, value: Any) -> None:
        """Make a change, and write it down; one of the same thing at the same update takes the former's place."""
        self.last = None
        self.run.change(key, value)
        self.changes = [change for change in self.changes if change[:2] != (at, key)] + [(at, key, value)]

    def _change(self, key: Key, value: Any) -> None:
        self._live()
        self._record(self.run.updates, key, value)

    def _room_for(self, keys: list[Key]) -> None:
        """PlaygroundError if so many changes more are too many for an address."""
        kept = [change for change in self.changes if change[0] != self.run.updates or change[1] not in keys]
        if len(kept) + len(keys) > MOST_CHANGES:
            raise PlaygroundError(
                f"{MOST_CHANGES} changes while training are as many as an address holds; reset to begin anew with "
                "the settings as they are"
            )

    def _check_change(self, key: Key, value: Any) -> None:
        if isinstance(key, str):
            SETTINGS[key].checked(value)
            return
        self._place(*key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_WEIGHT:
            raise PlaygroundError(
                f"a weight is a number from −{LARGEST_WEIGHT} to {LARGEST_WEIGHT}; got {value!r}"
            )

    def _place(self, l: Any, j: Any, k: Any) -> tuple[int, int, int | None]:
        """Indices of a weight, checked."""
        sizes = self.run.network.sizes
        numbers = [int(n) if isinstance(n, float) and n.is_integer() else n for n in (l, j, k)]
        limits = [(1, len(sizes) - 1)]
        for name, n in zip("ljk", numbers, strict=True):
            if name == "k" and n is None:
                break
            low, high = limits[-1]
            if isinstance(n, bool) or not isinstance(n, int) or not low <= n <= high:
                raise PlaygroundError(
                    f"{name} of a weight is an integer from {low} to {high} here; got {n!r}"
                )
            limits.append((0, sizes[numbers[0]] - 1) if name == "l" else (0, sizes[numbers[0] - 1] - 1))
        return numbers[0], numbers[1], numbers[2]

    def state(self) -> State:
        """What the address holds: all of an address that is still being opened."""
        changes = self.changes + self.coming
        updates = max(self.goal, self.run.updates)
        return State(self.start, self.points, self.classes, self.inputs, changes, updates)

    # -- messages --------------------------------------------------------------------------------------------------

    def _do_look(self, message: dict[str, Any]) -> dict[str, Any]:
        return self._answer(message)

    def _do_table(self, message: dict[str, Any]) -> dict[str, Any]:
        return {"settings": [setting.told() for setting in SETTINGS.values()]}

    def _do_open(self, message: dict[str, Any]) -> dict[str, Any]:
        address = message.get("address", "")
        if not isinstance(address, str):
            raise PlaygroundError(f"address is a text; got {address!r}")
        self._open(address, self._milliseconds(message))
        return self._answer(message)

    def _do_set(self, message: dict[str, Any]) -> dict[str, Any]:
        values = message.get("values")
        if not isinstance(values, dict):
            raise PlaygroundError(f'values is what to set, such as {{"rate": 0.1}}; got {values!r}')
        unknown = [name for name in values if name not in SETTINGS]
        if unknown:
            raise PlaygroundError(f"there is no setting {unknown[0]!r}; there are {', '.join(SETTINGS)}")
        now = self.run.settings
        given = {name: SETTINGS[name].checked(value) for name, value in values.items()}
        wanted, notes = fitted({**now, **given}, set(given), self._own_classes())
        self.notes = notes
        if wanted == now:
            return self._answer(message)
        if all(SETTINGS[name].live for name, value in wanted.items() if value != now[name]) and (
            self.run.updates or any(isinstance(key, tuple) for _, key, _ in self.changes)
        ):
            changed: list[Key] = [name for name in SETTINGS if wanted[name] != now[name]]
            self._room_for(changed)
            for name in changed:
                self._change(name, wanted[str(name)])
        else:
            trained = self.run.updates > 0
            self.start = wanted
            self._begin()
            if trained:
                notes.append("The training has begun anew, with new weights.")
        return self._answer(message)

    def _do_train(self, message: dict[str, Any]) -> dict[str, Any]:
        run = self.run
        milliseconds = self._milliseconds(message)
        if self.goal > run.updates:
            self._replay(20 if milliseconds is None else milliseconds)
            return self._answer(message)
        updates = message.get("updates", 1 if milliseconds is None else max(PACE, run.steps))
        if isinstance(updates, float) and updates.is_integer():
            updates = int(updates)
        if isinstance(updates, bool) or not isinstance(updates, int) or not 1 <= updates <= MOST_UPDATES:
            raise PlaygroundError(f"updates is an integer from 1 to {MOST_UPDATES}; got {updates!r}")
        self._train(updates, milliseconds)
        return self._answer(message)

    def _train(self, updates: int, milliseconds: float | None) -> None:
        run = self.run
        self._room()
        end = math.inf if milliseconds is None else time.perf_counter() + milliseconds / 1000
        goal = min(run.updates + updates, MOST_UPDATES)
        self.last = None
        try:
            while run.updates < goal:
                run.update()
                if time.perf_counter() > end:
                    break
        except Diverged:
            pass
        self.goal = run.updates

    def _room(self) -> None:
        if self.run.updates >= MOST_UPDATES:
            raise PlaygroundError(
                f"{MOST_UPDATES} updates are as many as an address holds; reset to begin anew"
            )

    def _do_step(self, message: dict[str, Any]) -> dict[str, Any]:
        self._room()
        self._live()
        try:
            self.last = self.run.update(keep=True)
        except Diverged:
            self.last = None
        self.goal = self.run.updates
        answer = self._answer(message)
        if self.last is not None:
            answer["batch"] = self.last.rows.tolist()
        return answer

    def _do_trace(self, message: dict[str, Any]) -> dict[str, Any]:
        l, j, k = self._place(message.get("l"), message.get("j"), message.get("k"))
        update, when = self._current()
        return {"when": when, **trace(update, self.run.C, l, j, k, update.rows.tolist())}

    def _current(self) -> tuple[Update, str]:
        """The update that "step" has just made, or else the one that comes next."""
        if self.last is not None:
            return self.last, "last"
        try:
            return self.run.next(), "next"
        except Diverged:
            raise PlaygroundError(
                "there is no next update: its numbers would not be finite; take a smaller learning rate"
            ) from None

    def _do_weight(self, message: dict[str, Any]) -> dict[str, Any]:
        l, j, k = self._place(message.get("l"), message.get("j"), message.get("k"))
        value = message.get("value")
        self._check_change((l, j, k), value)
        self._room_for([(l, j, k)])
        self._change((l, j, k), float(value))  # type: ignore[arg-type]
        return self._answer(message)

    def _do_check(self, message: dict[str, Any]) -> dict[str, Any]:
        run = self.run
        update, when = self._current()
        network = update.before
        of = len(update.rows)
        m = max(1, min(of, MOST_CHECKED // network.n_parameters))
        x, y = update.x[:m], update.y[:m]
        try:
            found = check_gradient(network, x, y, run.C)
            g = backprop(network, x, y, run.C)
        except OverflowError:
            raise PlaygroundError(
                "the gradient cannot be checked: with so large weights a number overflows"
            ) from None
        errors = {(letter, l): of[l] for letter, of in (("W", found.W), ("b", found.b)) for l in of}
        letter, l = max(errors, key=lambda place: errors[place])
        worst = errors[letter, l]
        at_kinks = sum(found.kinks.values())
        examples = f"the {of} example{'s' * (of != 1)}" if m == of else f"{m} of the {of} examples"
        parts = (
            f"The largest relative error of backpropagation against finite differences is {figure(worst)}, "
            f"over {network.n_parameters} weights and biases, on {examples} of the {when} batch: "
        )
        size = float(np.abs((g.grad_W if letter == "W" else g.grad_b)[l]).max())
        if worst < 1e-6:
            verdict = "the gradient is right."
        elif at_kinks:
            verdict = (
                f"{at_kinks} weighted sum{'s come' if at_kinks > 1 else ' comes'} to a corner of the activation, "
                "where a finite difference reaches across it and is wrong itself, not the gradient."
            )
        elif size < 1e-4:
            verdict = (
                f"that is in layer {l}, where no part of the gradient is larger than {figure(size)}, so that the "
                "finite differences are hardly more than rounding errors."
            )
        else:
            verdict = "that is too much."
        return {
            "W": [None, *(found.W[l] for l in sorted(found.W))],
            "b": [None, *(found.b[l] for l in sorted(found.b))],
            "kinks": [None, *(found.kinks[l] for l in sorted(found.kinks))],
            "worst": worst,
            "when": when,
            "sentence": parts + verdict,
        }

    def _do_code(self, message: dict[str, Any]) -> dict[str, Any]:
        if not len(self.run.data.x):
            raise PlaygroundError("there are no points yet to write a program for: add some")
        return {"program": program(self.state()._replace(updates=self.run.updates), self.run)}

    def _do_reset(self, message: dict[str, Any]) -> dict[str, Any]:
        self.start = dict(self.run.settings)
        self._begin()
        return self._answer(message)

    def _do_seed(self, message: dict[str, Any]) -> dict[str, Any]:
        now = self.run.settings
        old = now["seed"]
        assert isinstance(old, int)
        seed = message.get("seed", (old + 1) % 100_000)
        self.start = {**now, "seed": SETTINGS["seed"].checked(seed)}
        self._begin()
        return self._answer(message)

    def _do_points(self, message: dict[str, Any]) -> dict[str, Any]:
        """Add a point, take away the nearest, or all."""
        points = list(self.points)
        classes, inputs = list(self.classes), list(self.inputs)
        if "add" in message:
            given = message["add"]
            if not isinstance(given, list | tuple) or len(given) != 3:
                raise PlaygroundError(f"add is a point [x1, x2, class]; got {given!r}")
            if len(points) >= MOST_POINTS:
                raise PlaygroundError(f"{MOST_POINTS} points are as many as an address holds")
            points.append(checked_point(*given))
        elif "remove" in message:
            given = message["remove"]
            if not isinstance(given, list | tuple) or len(given) != 2:
                raise PlaygroundError(f"remove is a place [x1, x2]; got {given!r}")
            x1, x2, _ = checked_point(given[0], given[1], 0)
            if points:
                del points[min(range(len(points)), key=lambda i: math.dist(points[i][:2], (x1, x2)))]
        elif message.get("clear") is True:
            points, classes, inputs = [], [], NAMELESS
        else:
            raise PlaygroundError('points takes "add": [x1, x2, class], "remove": [x1, x2] or "clear": true')
        self._own(points, classes, inputs)
        return self._answer(message)

    def _do_csv(self, message: dict[str, Any]) -> dict[str, Any]:
        table = read_csv(message.get("text"))
        self._own(table.points, table.classes, table.inputs)
        self.notes.insert(0, table.sentence)
        return self._answer(message)

    def _own(self, points: list[Point], classes: list[str], inputs: list[Input]) -> None:
        """Take these points as the data; the training begins anew."""
        given = set() if self.run.settings["data"] == "own" else {"data"}
        n = 1 + max((label for _, _, label in points), default=1)
        self.start, self.notes = fitted({**self.run.settings, "data": "own"}, given, n)
        self.points, self.classes, self.inputs = points, classes, list(inputs)
        self._begin()

    def _own_classes(self) -> int:
        return 1 + max((label for _, _, label in self.points), default=1)

    # -- answers ---------------------------------------------------------------------------------------------------

    @staticmethod
    def _milliseconds(message: dict[str, Any]) -> float | None:
        value = message.get("milliseconds")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10_000:
            raise PlaygroundError(f"milliseconds is a number from 0 to 10000; got {value!r}")
        return float(value)

    @staticmethod
    def _also(message: dict[str, Any]) -> tuple[list[str], int]:
        """What the answer should have beside the rest, and the size of its pictures."""
        also, size = message.get("also", []), message.get("size", GRID)
        if not isinstance(also, list | tuple) or any(name not in ("sees", "points") for name in also):
            raise PlaygroundError(f'also is a list of "sees" and "points"; got {also!r}')
        if isinstance(size, bool) or not isinstance(size, int) or not 4 <= size <= 200:
            raise PlaygroundError(f"size is an integer from 4 to 200; got {size!r}")
        return list(also), size

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        run = self.run
        network = run.network
        loss, right = run.evaluate()
        test_loss, test_right = run.evaluate(test=True)
        m = len(run.data.x)
        history = run.history
        if history[-1][0] != run.updates:
            history = [*history, (run.updates, loss, test_loss)]
        answer: dict[str, Any] = {
            "settings": {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in run.settings.items()
            },
            "address": addresses.written(self.state()),
            "sizes": list(network.sizes),
            "W": [None, *(network.W[l].tolist() for l in range(1, network.L + 1))],
            "b": [None, *(network.b[l][:, 0].tolist() for l in range(1, network.L + 1))],
            "updates": run.updates,
            "remaining": max(0, self.goal - run.updates),
            "epoch": run.used / m if m else 0.0,
            "loss": loss,
            "test_loss": test_loss,
            "right": right,
            "test_right": test_right,
            "history": {
                "updates": [record[0] for record in history],
                "loss": [record[1] for record in history],
                "test_loss": [record[2] for record in history],
            },
            "stopped": run.stopped,
            "silent": run.silent,
            "data": self.data_number,
            "notes": self.notes,
        }
        answer["sentence"] = self._sentence(answer, m)
        also, size = self._also(message)
        if "sees" in also:
            answer["sees"] = sees(run, size)
        if "points" in also:
            answer["points"] = self._points()
        return answer

    def _points(self) -> dict[str, Any]:
        data = self.run.data
        plane = data.view is not None
        own = self.start["data"] == "own"
        names = self.classes if own else []
        return {
            "view": list(data.view) if data.view is not None else None,
            "classes": [names[i] if i < len(names) else str(i) for i in range(data.classes)],
            "inputs": [
                {"name": name or symbol("x", None, i + 1), "middle": middle, "half": half}
                for i, (name, middle, half) in enumerate(self.inputs if own else NAMELESS)
            ],
            "x": data.x.tolist() if plane else (16 * data.x).astype(np.uint8).tobytes(),
            "y": data.y.tolist(),
            "x_test": data.x_test.tolist() if plane else (16 * data.x_test).astype(np.uint8).tobytes(),
            "y_test": data.y_test.tolist(),
        }

    def _sentence(self, answer: dict[str, Any], m: int) -> str:
        run = self.run
        if m == 0:
            return "There are no points yet. Click some, of two classes, or paste a table."
        what = "digits" if run.data.view is None else "points"
        n = run.updates
        epoch = answer["epoch"]
        passes = figure(epoch, 3) if epoch < 100 else number(epoch, 0)
        when = (
            "Before the first update"
            if n == 0
            else f"After {n} update{'s' * (n != 1)} ({passes} pass{'es' * (passes != '1')} through {m} {what})"
        )
        if answer["loss"] is None:
            text = f"{when} the loss is too large for a number."
        else:
            text = f"{when} the loss is {figure(answer['loss'])} and {share(answer['right'])} of the {what} are right"
            if answer["test_loss"] is not None:
                text += f"; in the test, loss {figure(answer['test_loss'])} and {share(answer['test_right'])}"
            text += "."
            if run.silent:
                hidden = sum(run.network.sizes[1:-1])
                text += (
                    f" {run.silent} of {hidden} hidden neuron{'s' * (hidden != 1)} "
                    f"{'is' if run.silent == 1 else 'are'} 0 for every one of the {what}, and so "
                    f"{'is its delta' if run.silent == 1 else 'are their deltas'}."
                )
        if run.stopped == "diverged":
            rate = run.settings["rate"]
            assert isinstance(rate, float)
            text += (
                " The training has stopped: with one more update a number would be too large for the computer. The "
                f"learning rate {figure(rate)} is too large here; take a smaller one, and reset."
            )
        return text


def share(right: float) -> str:
    """A share in percent, as the front writes it: to a tenth, where there is one."""
    return f"{right:.1%}".replace(".0%", "%")
