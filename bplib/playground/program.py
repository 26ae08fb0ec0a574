"""The bplib program that makes the same weights as the playground has, to the bit."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from bplib._text import symbol
from bplib.optimizers import AdamW

from .address import State
from .data import own_examples
from .settings import OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .run import Key, Run


def program(state: State, run: Run) -> str:
    """A program for this state; `run` is where it has led."""
    settings, changes = (
        dict(state.settings),
        [change for change in state.changes if change[0] <= state.updates],
    )
    kinds = {OPTIMIZERS[str(value)][0].__name__ for _, key, value in changes if key == "optimizer"}
    kinds.add(OPTIMIZERS[str(settings["optimizer"])][0].__name__)
    names = ", ".join(
        sorted({*kinds, "Network", "accuracy", "backprop"}, key=lambda name: (name.islower(), name))
    )
    data, tested = data_lines(state)
    # L2, at some time, by an optimizer that leaves it to the gradient
    penalty = _penalty(settings, changes)
    lines = ["import numpy as np", "", f"from bplib import {names}", *data, ""]
    network = run.network
    lines += [
        f'network = Network({list(network.sizes)}, "{settings["activation"]}", '
        f'"{network.activation[network.L].name}", "{settings["init"]}", seed={settings["seed"]})',
        f"optimizer = {_optimizer(settings)}",
        f'loss = "{settings["loss"]}"',
        f"batch = {settings['batch']}",
    ]
    if penalty:
        lines.append(f"decay = {_l2(settings)}")
    lines += [
        f"rng = np.random.default_rng({settings['seed']})  # draws the order of the examples",
        "",
        "",
        "def descend(updates):",
        '    """So many updates; each pass through the data has an order of its own."""',
        "    steps = -(-len(x) // batch)  # to a pass",
        "    for t in range(updates):",
        "        if t % steps == 0:",
        "            order = rng.permutation(len(x))",
        "        rows = order[t % steps * batch :][:batch]",
        "        g = backprop(network, x[rows], y[rows], loss)",
    ]
    if penalty:
        lines += [
            "        for l in network.W:  # the gradient of ½ λ ‖W‖²",
            "            g.grad_W[l] += decay * network.W[l]",
        ]
    lines += ["        optimizer.step(network, g.grad_W, g.grad_b)", "", ""]
    done = 0
    for at, group in groupby(changes, key=lambda change: change[0]):
        if at > done:
            lines.append(f"descend({at - done})")
            done = at
        made = {key: value for _, key, value in group}
        settings.update({key: value for key, value in made.items() if isinstance(key, str)})
        lines += _changes(made, settings, penalty)
    if state.updates > done:
        lines.append(f"descend({state.updates - done})")
    lines += [
        "",
        'print(f"loss: {backprop(network, x, y, loss).C:.4g}")',
        'print(f"right: {accuracy(network, x, y, loss):.1%}")',
    ]
    if tested:
        lines.append('print(f"test loss: {backprop(network, x_test, y_test, loss).C:.4g}")')
        lines.append('print(f"right in the test: {accuracy(network, x_test, y_test, loss):.1%}")')
    return "\n".join(lines) + "\n"


def data_lines(state: State) -> tuple[list[str], bool]:
    """The lines that make x, y and, where there is one, the test. `data.made` makes the same."""
    settings = state.settings
    kind, m, noise, seed = settings["data"], settings["examples"], settings["noise"], settings["seed"]
    assert isinstance(m, int)
    if kind == "digits":
        return [
            "from bplib.datasets import digits", "",
            "x, y, x_test, y_test = digits()",
            f"x, y = x[:{m}], y[:{m}]",
        ], True  # fmt: skip
    if kind == "own":
        rows = [f"[{x1!r}, {x2!r}, {label}]," for x1, x2, label in state.points]
        table = [f"    {' '.join(rows[i : i + 4])}" for i in range(0, len(rows), 4)]
        points, n = len(state.points), own_examples(len(state.points))
        names = [column.name or f"x{i}" for i, column in enumerate(state.inputs, 1)]
        lines = [
            "", f"points = np.array([  # {names[0]}, {names[1]}, class", *table, "])",
            *(
                f"# {name} is scaled: ({name} − {column.middle!r}) / {column.half!r}"
                for name, column in zip(names, state.inputs, strict=True) if column.scaled
            ),
            f"order = np.random.default_rng({seed}).permutation(len(points))",
            "x, y = points[order, :2], points[order, 2].astype(int)",
        ]  # fmt: skip
        if n < points:
            lines.append(_split(n))
        return lines, n < points
    if kind == "xor" and noise == 0:
        return ["from bplib.datasets import xor", "", "x, y = xor()", "y = y[:, 0].astype(int)"], False
    total = m + m // 2
    if kind == "xor":
        return [
            "from bplib.datasets import xor", "",
            "corners, target = xor()",
            f"rng = np.random.default_rng({seed})",
            f"corner = np.arange({total}) % 4",
            f"x = corners[corner] + {noise!r} * rng.standard_normal(({total}, 2))",
            "y = target[corner, 0].astype(int)",
            _split(m),
        ], True  # fmt: skip
    classes = "2, " if kind == "spirals" else ""
    return [
        f"from bplib.datasets import {kind}", "",
        f"x, y = {kind}({total}, {classes}noise={noise!r}, seed={seed})",
        _split(m),
    ], True  # fmt: skip


def _split(m: int) -> str:
    return f"x, y, x_test, y_test = x[:{m}], y[:{m}], x[{m}:], y[{m}:]"


def _penalty(settings: Mapping[str, object], changes: Sequence[tuple[int, Key, object]]) -> bool:
    now = dict(settings)
    penalty = _l2(now) != 0
    for _, key, value in changes:
        if isinstance(key, str):
            now[key] = value
        penalty = penalty or _l2(now) != 0
    return penalty


def _l2(settings: Mapping[str, object]) -> float:
    decay = settings["decay"]
    assert isinstance(decay, float)
    return 0.0 if OPTIMIZERS[str(settings["optimizer"])][0] is AdamW else decay


def _optimizer(settings: Mapping[str, object]) -> str:
    kind = OPTIMIZERS[str(settings["optimizer"])][0]
    decay = f", decay={settings['decay']!r}" if kind is AdamW else ""
    return f"{kind.__name__}({settings['rate']!r}{decay})"


def _changes(made: Mapping[Key, object], settings: Mapping[str, object], penalty: bool) -> list[str]:
    """What was changed between two updates; `settings` are those after it."""
    lines = []
    if "optimizer" in made:
        lines.append(f"optimizer = {_optimizer(settings)}")
    else:
        if "rate" in made:
            lines.append(f"optimizer.learning_rate = {settings['rate']!r}")
        if "decay" in made and settings["optimizer"] == "adamw":
            lines.append(f"optimizer.decay = {settings['decay']!r}")
    if penalty and ("optimizer" in made or "decay" in made):
        lines.append(f"decay = {_l2(settings)!r}")
    if "batch" in made:
        lines.append(f"batch = {settings['batch']!r}")
    for key, value in made.items():
        if isinstance(key, tuple):
            l, j, k = key
            place = f"b[{l}][{j}, 0]" if k is None else f"W[{l}][{j}, {k}]"
            lines.append(f"network.{place} = {value!r}  # {weight_name(l, j, k)}, by hand")
    return lines


def weight_name(l: int, j: int, k: int | None) -> str:
    """w²₁₃ for W[2][0, 2], b²₁ for b[2][0]; w²₁₂,₃ with a comma where a number has two figures."""
    if k is None:
        return symbol("b", l, j + 1)
    comma = "," if max(j, k) >= 9 else ""
    return f"{symbol('w', l, j + 1)}{comma}{symbol('', None, k + 1)}"
