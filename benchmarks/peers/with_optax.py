"""optax, JAX's library of optimizers and losses: see common.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import common
import jax
import jax.numpy as jnp
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


if __name__ == "__main__":
    common.run(["optax", "jax"], optimizers=optimizers)
