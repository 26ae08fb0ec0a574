"""What the scripts of this folder share. Each runs one library, in an environment of its own, where bplib is not.

python with_LIBRARY.py GROUP ...    prints what it found, as one line of JSON: {GROUP: ...}
"""

from __future__ import annotations

import inspect
import json
import math
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

RATE = 0.1
STEPS = 5
GRADIENTS = {
    "1": [1.0] * STEPS,
    "1e-8": [1e-8] * STEPS,
    "1, -1": [1.0, -1.0] * (STEPS // 2) + [1.0],
}
RATES = [
    0.1,
    0.1,
    0.1,
    0.01,
]  # for optimizers with momentum, where it shows whether the rate is in the velocity

Walk = Callable[..., list[float]]


def run(packages: Sequence[str], **groups: Callable[[], Any]) -> None:
    """Run the groups that the command line asks for, and print them with the versions of these packages."""
    result: dict[str, Any] = {"versions": {p: version(p) for p in packages}}
    result["versions"]["Python"] = sys.version.split()[0]
    for name in sys.argv[1:]:
        if name in groups:
            result[name] = groups[name]()
    print(json.dumps(plain(result)))


def defaults(f: Callable[..., Any], *leave_out: str) -> dict[str, Any]:
    """The defaults of the arguments that are numbers, and which ones have to be given."""
    found = {}
    for name, p in inspect.signature(f).parameters.items():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or name in ("self", "params", *leave_out):
            continue
        if p.default is p.empty:
            found[name] = "required"
        elif isinstance(p.default, bool | int | float | tuple | list | None):
            found[name] = p.default
    return found


def optimizer(call: str, walk: Walk, options: dict[str, Any], dtype: str = "float64") -> dict[str, Any]:
    """An optimizer's first steps from w = 1. `walk(gradients, rates)` gives the weight after each."""
    return {
        "call": call,
        "defaults": options,
        "dtype": dtype,
        "weights": {name: walk(g, [RATE] * len(g)) for name, g in GRADIENTS.items()},
    }


def plain(value: Any) -> Any:
    """As JSON can hold it; what is not finite becomes a word, for JSON has no number for it."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan")
    if isinstance(value, float):
        return float(f"{value:.12g}")  # the rest is noise that differs from one processor to the next
    return value
