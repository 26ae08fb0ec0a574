"""MLX, on the CPU: see common.py."""

from __future__ import annotations

from typing import Any

import common
import mlx.core as mx
import mlx.optimizers

mx.set_default_device(mx.cpu)


def optimizers() -> dict[str, Any]:
    def entry(kind: type, call: str, **options: Any) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            w = {"w": mx.ones(1, dtype=mx.float64)}
            optimizer = kind(learning_rate=rates[0], **options)
            weights = []
            for g, rate in zip(gradients, rates, strict=True):
                optimizer.state["learning_rate"] = mx.array(rate, dtype=mx.float64)
                w = optimizer.apply_gradients({"w": mx.full(1, g, dtype=mx.float64)}, w)
                weights.append(w["w"].item())
            return weights

        found = common.optimizer(f"mlx.optimizers.{call}", walk, common.defaults(kind))
        if "momentum" in options:
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    o = mlx.optimizers
    return {
        "SGD": entry(o.SGD, "SGD(0.1)"),
        "momentum": entry(o.SGD, "SGD(0.1, momentum=0.9)", momentum=0.9),
        "Nesterov": entry(o.SGD, "SGD(0.1, momentum=0.9, nesterov=True)", momentum=0.9, nesterov=True),
        "AdaGrad": entry(o.Adagrad, "Adagrad(0.1)"),
        "RMSprop": entry(o.RMSprop, "RMSprop(0.1)"),
        "Adam": entry(o.Adam, "Adam(0.1)"),
        "AdamW": entry(o.AdamW, "AdamW(0.1)"),
        "Adadelta": entry(o.AdaDelta, "AdaDelta(0.1)"),
        "Adamax": entry(o.Adamax, "Adamax(0.1)"),
        "Lion": entry(o.Lion, "Lion(0.1)"),
    }


if __name__ == "__main__":
    common.run(["mlx"], optimizers=optimizers)
