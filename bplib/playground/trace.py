"""The numbers of one update for one weight, in the book's notation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bplib import optimizers
from bplib._text import SUPERSCRIPT, apart, figure, plus, symbol

from .program import weight_name

if TYPE_CHECKING:
    from bplib.losses import Loss
    from bplib.network import Network

    from .run import Update

EXAMPLES = 3  # whose terms are written out
FUNCTIONS = {"sigmoid": "σ", "tanh": "tanh", "relu": "ReLU", "leaky_relu": "leaky ReLU", "identity": ""}


def _in(value: float) -> str:
    """The number as a factor: in brackets when it is negative."""
    text = figure(value)
    return f"({text})" if text.startswith("−") else text


def _root(value: float) -> str:
    text = figure(value)
    return f"√({text})" if "·" in text else f"√{text}"


def trace(update: Update, C: Loss, l: int, j: int, k: int | None, names: list[int]) -> dict[str, Any]:
    """The numbers of this update for weight W[l][j, k], or bias b[l][j] where k is None.

    `names` are the numbers of the batch's examples in the data.
    """
    before, after = update.before, update.after
    w = weight_name(l, j, k)
    old = float(before.b[l][j, 0] if k is None else before.W[l][j, k])
    new = float(after.b[l][j, 0] if k is None else after.W[l][j, k])
    grad = float(update.g.grad_b[l][j, 0] if k is None else update.g.grad_W[l][j, k])
    pull = update.decay * old if k is not None else 0.0
    z, a, delta = update.g.z[l][j], update.g.a[l][j], update.g.delta[l][j]
    inputs = np.ones_like(delta) if k is None else update.g.a[l - 1][k]
    m = len(delta)
    examples = [
        {
            "example": int(names[i]),
            "a_before": float(inputs[i]),
            "z": float(z[i]),
            "a": float(a[i]),
            "delta": float(delta[i]),
            "product": float(delta[i] * inputs[i]),
        }
        for i in range(min(m, EXAMPLES))
    ]
    return {
        "weight": w,
        "l": l,
        "j": j,
        "k": k,
        "m": m,
        "examples": examples,
        "grad": grad,
        "pull": pull,
        "rate": float(update.optimizer.learning_rate),  # type: ignore[arg-type]
        "old": old,
        "new": new,
        "lines": [
            _forward(before, update, l, j),
            _delta(before, update, C, l, j),
            _mean(update, w, l, j, k, grad),
            *(
                [f"with λ: {figure(grad)} + {figure(update.decay)}·{_in(old)} = {figure(grad + pull)}"]
                if pull
                else []
            ),
            *_step(update, w, l, j, k, old, new, grad + pull),
        ],
    }


def _forward(network: Network, update: Update, l: int, j: int) -> str:
    """The weighted sum and the activation of the first example."""
    z, a = symbol("z", l, j + 1), symbol("a", l, j + 1)
    inputs, W = update.g.a[l - 1][:, 0], network.W[l][j]
    f = FUNCTIONS[network.activation[l].name]
    if len(W) <= 8:
        terms = [f"{figure(w)}·{_in(v)}" for w, v in zip(W, inputs, strict=True)]
        total = plus(*terms, figure(network.b[l][j, 0]))
    else:
        total = f"{plus(*(f'{figure(w)}·{_in(v)}' for w, v in zip(W[:2], inputs[:2], strict=True)))} + …"
    value = figure(update.g.a[l][j, 0])
    end = f", {a} = {f}({z}) = {value}" if f else ""
    return f"{z} = {total} = {figure(update.g.z[l][j, 0])}{end}"


def _delta(network: Network, update: Update, C: Loss, l: int, j: int) -> str:
    """BP1 or BP2 for the first example."""
    name, value = symbol("δ", l, j + 1), figure(update.g.delta[l][j, 0])
    z = float(update.g.z[l][j, 0])
    if l == network.L:
        target = float(update.y[0, j])
        y = figure(target)
        if C.logits:
            p = float(C.probabilities(update.g.a[l][:, :1])[j, 0])
            return f"{name} = p − y = {figure(p, apart(p, target))} − {y} = {value}"
        slope = float(network.activation[l].prime(update.g.z[l][j : j + 1, :1])[0, 0])
        a, output = symbol("a", l, j + 1), float(update.g.a[l][j, 0])
        answer = figure(output, apart(output, target))
        return f"{name} = ({a} − y) f′({symbol('z', l, j + 1)}) = ({answer} − {y})·{figure(slope)} = {value}"
    slope = float(network.activation[l].prime(np.array([z]))[0])
    W, delta = network.W[l + 1][:, j], update.g.delta[l + 1][:, 0]
    if len(W) <= 8:
        total = plus(*(f"{figure(w)}·{_in(d)}" for w, d in zip(W, delta, strict=True)))
    else:
        total = f"{plus(*(f'{figure(w)}·{_in(d)}' for w, d in zip(W[:2], delta[:2], strict=True)))} + …"
    return f"{name} = ({total})·f′({symbol('z', l, j + 1)}) = {figure(float(W @ delta))}·{figure(slope)} = {value}"


def _mean(update: Update, w: str, l: int, j: int, k: int | None, grad: float) -> str:
    """BP3 or BP4, the mean over the batch."""
    delta = update.g.delta[l][j]
    m, d = len(delta), symbol("δ", l, j + 1)
    what = d if k is None else f"{d} {symbol('a', l - 1, k + 1)}"
    if k is None:
        terms = [figure(v) for v in delta[:EXAMPLES]]
    else:
        terms = [
            f"{figure(v)}·{_in(u)}" for v, u in zip(delta[:EXAMPLES], update.g.a[l - 1][k], strict=False)
        ]
    total = plus(*terms, *(["…"] if m > EXAMPLES else []))
    if m == 1:
        return (
            f"∂C/∂{w} = {what} = {figure(grad)}"
            if k is None
            else f"∂C/∂{w} = {what} = {total} = {figure(grad)}"
        )
    return f"∂C/∂{w} = mean of {what} over {m} examples = ({total}) / {m} = {figure(grad)}"


def _step(
    update: Update, w: str, l: int, j: int, k: int | None, old: float, new: float, grad: float
) -> list[str]:
    """What the optimizer makes of the gradient, in its own rule."""
    before, after = update.optimizer_before, update.optimizer
    eta = float(after.learning_rate)  # type: ignore[arg-type]
    figures = apart(old, new)  # a step that is small beside its weight is seen as well
    end = f"{w} ← {figure(old, figures)} − {figure(eta)}"
    after_step = figure(new, figures)
    at = place(update.before, l, j, k)

    def memory(optimizer: Any, name: str) -> float:
        value = getattr(optimizer, name)
        return float(value if isinstance(value, float) else value[at])

    if isinstance(after, optimizers.Adam):
        m0, v0, m, v = (memory(o, name) for o in (before, after) for name in "mv")
        b1, b2, t = after.beta1, after.beta2, after.t
        m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
        pull = after.decay if isinstance(after, optimizers.AdamW) else 0.0
        ratio = f"{_in(m_hat)} / ({_root(v_hat)} + ε)"
        if pull:
            ratio = f"({ratio} + {figure(pull)}·{_in(old)})"
        return [
            f"m ← {b1:g}·{_in(m0)} + {1 - b1:g}·{_in(grad)} = {figure(m)}",
            f"v ← {b2:g}·{figure(v0)} + {1 - b2:g}·{_in(grad)}² = {figure(v)}",
            f"m̂ = m / (1 − {b1:g}{_power(t)}) = {figure(m_hat)}, v̂ = v / (1 − {b2:g}{_power(t)}) = {figure(v_hat)}",
            f"{end}·{ratio} = {after_step}",
        ]
    if isinstance(after, optimizers.RMSProp):
        v0, v = memory(before, "v"), memory(after, "v")
        return [
            f"v ← {after.beta:g}·{figure(v0)} + {1 - after.beta:g}·{_in(grad)}² = {figure(v)}",
            f"{end}·{_in(grad)} / ({_root(v)} + ε) = {after_step}",
        ]
    if isinstance(after, optimizers.AdaGrad):
        v0, v = memory(before, "v"), memory(after, "v")
        return [
            f"v ← {figure(v0)} + {_in(grad)}² = {figure(v)}",
            f"{end}·{_in(grad)} / ({_root(v)} + ε) = {after_step}",
        ]
    if isinstance(after, optimizers.Momentum):
        v0, v = memory(before, "v"), memory(after, "v")
        first = f"v ← {after.beta:g}·{_in(v0)} + {_in(grad)} = {figure(v)}"
        if isinstance(after, optimizers.Nesterov):
            return [first, f"{end}·({figure(grad)} + {after.beta:g}·{_in(v)}) = {after_step}"]
        return [first, f"{end}·{_in(v)} = {after_step}"]
    return [f"{end}·{_in(grad)} = {after_step}"]


def _power(t: int) -> str:
    return "" if t == 1 else str(t).translate(SUPERSCRIPT)


def place(network: Network, l: int, j: int, k: int | None) -> int:
    """Where the weight stands in θ, the optimizers' one vector: all W[1], W[2] ..., then all b[1], b[2] ..."""
    if k is not None:
        return sum(network.W[i].size for i in range(1, l)) + j * network.sizes[l - 1] + k
    weights = network.n_parameters - sum(b.size for b in network.b.values())
    return weights + sum(network.sizes[1:l]) + j
