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
            result[name] = plain(groups[name](), 12 if name == "optimizers" else 6)
    print(json.dumps(result))


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


def cases(**found: Callable[[], Any]) -> dict[str, Any]:
    """What each case gives; an error is a result, too."""
    result = {}
    for name, f in found.items():
        try:
            result[name] = f()
        except Exception as error:
            words = str(error).strip().splitlines() or [""]
            result[name] = f"error: {type(error).__name__}: {words[0][:120]}"
    return result


def derivatives(grad: Callable[..., Any], f: Any) -> dict[str, Any]:
    """Derivatives where there is none, with the functions f that the library has. `grad(g, x)` is the sum's of g."""
    inf = math.inf
    found: dict[str, Callable[[], Any]] = {}

    def case(name: str, needs: str, g: Callable[[Any], Any], *points: Any) -> None:
        if all(hasattr(f, function) for function in needs.split()):
            found[name] = lambda: [grad(g, x) for x in points] if len(points) > 1 else grad(g, points[0])

    case("relu", "relu", lambda x: f.relu(x), 0.0)
    case("maximum_x0", "maximum", lambda x: f.maximum(x, f.zero), 0.0)
    case("maximum_0x", "maximum", lambda x: f.maximum(f.zero, x), 0.0)
    case("minimum_x0", "minimum", lambda x: f.minimum(x, f.zero), 0.0)
    case("where", "where", lambda x: f.where(x > 0, x, f.zero), 0.0)
    case("clip", "clip", lambda x: f.clip(x), 0.0, 1.0)
    case("leaky", "leaky", lambda x: f.leaky(x), 0.0)
    case("relu6", "relu6", lambda x: f.relu6(x), 0.0, 6.0)
    case("elu", "elu", lambda x: f.elu(x), 0.0)
    case("hard_tanh", "hard_tanh", lambda x: f.hard_tanh(x), -1.0, 1.0)
    case("hard_sigmoid", "hard_sigmoid", lambda x: f.hard_sigmoid(x), -3.0, 3.0)
    case("abs", "abs", lambda x: f.abs(x), 0.0)
    case("round", "round", lambda x: f.round(x), 0.5)
    case("max_tie", "max", lambda x: f.max(x), [3.0, 3.0, 1.0])
    case("max_axis", "max_axis", lambda x: f.max_axis(x), [3.0, 3.0, 1.0])
    case("median", "median", lambda x: f.median(x), [1.0, 2.0, 2.0, 3.0])
    case("prod_zero", "prod", lambda x: f.prod(x), [0.0, 2.0, 3.0])
    case("prod_zeros", "prod", lambda x: f.prod(x), [0.0, 0.0, 3.0])
    case("power_0", "zero", lambda x: x**0, 0.0)
    case("power_0f", "zero", lambda x: x**0.0, 0.0)
    case("sqrt", "sqrt", lambda x: f.sqrt(x), 0.0)
    case("where_sqrt", "where sqrt", lambda x: f.where(x > 0, f.sqrt(x), f.zero), 0.0)
    case("norm", "norm", lambda x: f.norm(x), [0.0, 0.0])
    case("norm_by_hand", "sqrt", lambda x: f.sqrt((x * x).sum()), [0.0, 0.0])
    case("std", "std", lambda x: f.std(x), [2.0, 2.0, 2.0])
    case("atan2", "atan2", lambda x: f.atan2(x[0], x[1]), [0.0, 0.0])
    case("sinc", "sinc", lambda x: f.sinc(x), 0.0)
    case("log_sigmoid", "sigmoid log", lambda x: f.log(f.sigmoid(x)), -800.0)
    case("log_softmax_by_hand", "softmax log", lambda x: f.log(f.softmax(x))[1], [0.0, -800.0])
    case("log_softmax", "log_softmax", lambda x: f.log_softmax(x)[1], [0.0, -800.0])
    case("logsumexp", "logsumexp", lambda x: f.logsumexp(x), [-inf, -inf])
    return cases(**found)


def losses(slope: Callable[..., Any], f: Any) -> dict[str, Any]:
    """Losses and their derivatives, with the functions f(prediction, target) that the library has.

    `slope(g, x)` is the value of g at x and its gradient; g is the mean over what the library's loss gives.
    """
    found: dict[str, Callable[[], Any]] = {}

    def case(name: str, needs: str, g: Callable[[Any], Any], x: Any) -> None:
        if all(hasattr(f, function) for function in needs.split()):
            found[name] = lambda: first(slope(g, x))

    def first(pair: tuple[float, Any]) -> list[Any]:
        """The value, and of equal derivatives the first."""
        value, g = pair
        while isinstance(g, list) and (len(g) == 1 or all(row == g[0] for row in g)):
            g = g[0]
        return [value, g]

    zeros, ones = [[0.0] * 3] * 4, [[1.0] * 3] * 4
    case("squared", "mse", lambda x: f.mse(x, zeros), [[2.0] * 3] * 4)
    case("binary", "bce_logits", lambda x: f.bce_logits(x, ones), zeros)
    case("binary_far", "bce_logits", lambda x: f.bce_logits(x, [[1.0]]), [[-1000.0]])
    case("softmax", "ce", lambda x: f.ce(x, [[1.0, 0, 0]] * 2), [[2.0, 0, 0]] * 2)
    case("softmax_twice", "ce softmax", lambda x: f.ce(f.softmax(x), [[1.0, 0, 0]]), [[4.0, 0, 0]])
    case("p_wrong", "bce", lambda x: f.bce(x, [[1.0]]), [[0.0]])
    case("p_small", "bce", lambda x: f.bce(x, [[1.0]]), [[1e-8]])
    case("p_right", "bce", lambda x: f.bce(x, [[1.0]]), [[1.0]])
    case("p_sigmoid", "bce sigmoid", lambda x: f.bce(f.sigmoid(x), [[1.0]]), [[-20.0]])
    case("p_softmax", "ce_p softmax", lambda x: f.ce_p(f.softmax(x), [[0.0, 1]]), [[0.0, -20]])
    case("p_sum", "ce_p", lambda x: f.ce_p(x, [[1.0, 0]]), [[0.5, 1.5]])
    case("l1", "l1", lambda x: f.l1(x, [[0.0]]), [[0.0]])
    case("huber", "huber", lambda x: f.huber(x, [[0.0]]), [[1.0]])
    case("hinge", "hinge", lambda x: f.hinge(x, [[1.0]]), [[1.0]])
    return cases(**found)


def flat(pair: tuple[float, list[float]]) -> list[float]:
    """A value with its derivative by one number."""
    return [pair[0], *pair[1]]


def spread(numbers: Any, n_in: int, n_out: int) -> dict[str, Any]:
    """How initial weights are spread: what they look like, and which usual rule it is."""
    values = [float(v) for v in numbers]
    if len(set(values)) == 1:
        return {"rule": f"all {values[0]:g}"}
    n = len(values)
    mean = sum(values) / n
    std = (sum((v - mean) ** 2 for v in values) / n) ** 0.5
    fourth = sum((v - mean) ** 4 for v in values) / n / std**4
    limit = max(map(abs, values))
    scales = {
        "1/√n_in": n_in**-0.5,
        "1/√n_out": n_out**-0.5,
        "√(2/n_in)": (2 / n_in) ** 0.5,
        "√(2/(n_in + n_out))": (2 / (n_in + n_out)) ** 0.5,
        "√(6/(n_in + n_out))": (6 / (n_in + n_out)) ** 0.5,
    } | {f"{c:g}": c for c in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 1.0)}

    def name(scale: float) -> str:
        near = min(scales, key=lambda k: abs(scales[k] / scale - 1))
        return near if abs(scales[near] / scale - 1) < 0.015 else f"{scale:.3g}"

    if fourth < 2.1:  # 1.8 is the uniform distribution's, 3 the normal one's
        rule = f"uniform within ±{name(limit)}"
    elif fourth < 2.7:  # a normal one that is cut at two standard deviations has 0.88 of its width
        cut = name(limit / 2)
        rule = f"normal, cut at ±2·{cut}" if cut in scales else f"normal, cut, of width {name(std)}"
    else:
        rule = f"normal of width {name(std)}"
    rough = {"low": min(values), "high": max(values), "std": std}
    return {"rule": rule} | {k: float(f"{v:.4g}") for k, v in rough.items()}


def gates(lstm: Callable[[int], tuple[float, float]]) -> str:
    """The order of an LSTM's gates, found out: h and c from c = 2, all else 0, but one quarter of the bias 20."""
    tanh, seen = math.tanh, []
    for block in range(4):
        h, c = lstm(block)
        by = {"i": (tanh(1) / 2, 1), "f": (tanh(2) / 2, 2), "g": (tanh(1.5) / 2, 1.5), "o": (tanh(1), 1)}
        seen.append(min(by, key=lambda gate: math.dist(by[gate], (h, c))))
    return ", ".join(seen)


def reset(h: list[float]) -> str:
    """Where a GRU resets, from h = 0.1, 0.2 where r = 1, 0, z = 0, and its matrix swaps the two."""
    return "after the product" if h[0] > 0.1 and abs(h[1]) < 1e-3 else "before the product"


def plain(value: Any, digits: int = 12) -> Any:
    """As JSON can hold it; what is not finite becomes a word, for JSON has no number for it.

    Of the digits are kept those that do not differ from one processor to the next: 12 of float64, 6 of float32.
    """
    if isinstance(value, dict):
        return {str(k): plain(v, digits) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v, digits) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan")
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") + 0.0
    return value
