"""optax, JAX's library of optimizers and losses: see common.py."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import common
import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)


def optimizers() -> dict[str, Any]:
    def entry(kind: Callable[..., Any], call: str, *leave_out: str, **options: Any) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            schedule = jnp.array(rates)
            optimizer = kind(lambda step: schedule[step], **options)
            w = jnp.ones(1)
            state = optimizer.init(w)
            weights = []
            for g in gradients:
                updates, state = optimizer.update(jnp.full(1, g), state, w)
                w = optax.apply_updates(w, updates)
                weights.append(float(w[0]))
            return weights

        found = common.optimizer(f"optax.{call}", walk, common.defaults(kind, "mask", *leave_out))
        if "momentum" in options:
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    o = optax
    return {
        "SGD": entry(o.sgd, "sgd(0.1)"),
        "momentum": entry(o.sgd, "sgd(0.1, momentum=0.9)", momentum=0.9),
        "Nesterov": entry(o.sgd, "sgd(0.1, momentum=0.9, nesterov=True)", momentum=0.9, nesterov=True),
        "AdaGrad": entry(o.adagrad, "adagrad(0.1)"),
        "RMSprop": entry(o.rmsprop, "rmsprop(0.1)"),
        "Adam": entry(o.adam, "adam(0.1)"),
        "AdamW": entry(o.adamw, "adamw(0.1)"),
        "NAdam": entry(o.nadam, "nadam(0.1)"),
        "Adadelta": entry(o.adadelta, "adadelta(0.1)"),
        "Adamax": entry(o.adamax, "adamax(0.1)"),
        "Lion": entry(o.lion, "lion(0.1)"),
    }


def losses() -> dict[str, Any]:
    f32 = jnp.float32

    def slope(f: Any, x: Any) -> Any:
        value, found = jax.value_and_grad(f)(jnp.array(x, f32))
        return float(value), np.asarray(found).astype(float).tolist()

    def mean(loss: Any) -> Any:  # there is no default: each loss gives one number for each entry or example
        return lambda p, y: loss(p, jnp.array(y, f32)).mean()

    return common.losses(
        slope,
        SimpleNamespace(
            mse=mean(optax.l2_loss), bce_logits=mean(optax.sigmoid_binary_cross_entropy),
            ce=mean(optax.softmax_cross_entropy), huber=mean(optax.huber_loss), hinge=mean(optax.hinge_loss),
            softmax=jax.nn.softmax, sigmoid=jax.nn.sigmoid,
        ),
    )  # fmt: skip


if __name__ == "__main__":
    common.run(["optax", "jax"], optimizers=optimizers, losses=losses)
