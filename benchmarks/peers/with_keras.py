"""Keras, on the backend that KERAS_BACKEND names: see common.py."""

from __future__ import annotations

import os
from typing import Any

import common

os.environ.setdefault("KERAS_BACKEND", "jax")
if os.environ["KERAS_BACKEND"] == "jax":
    import jax

    jax.config.update("jax_enable_x64", True)
import keras
import numpy as np

keras.config.set_floatx("float64")

OPTIONS = ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum", "name", "amsgrad",
           "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps")  # fmt: skip


def optimizers() -> dict[str, Any]:
    def entry(kind: type, call: str, **options: Any) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            w = keras.Variable(np.ones(1), dtype="float64")
            optimizer = kind(learning_rate=rates[0], **options)
            weights = []
            for g, rate in zip(gradients, rates, strict=True):
                optimizer.learning_rate = rate
                optimizer.apply([keras.ops.full((1,), g, dtype="float64")], [w])
                weights.append(float(keras.ops.convert_to_numpy(w)[0]))
            return weights

        skip = OPTIONS if kind is not keras.optimizers.AdamW else OPTIONS[1:]
        found = common.optimizer(f"keras.optimizers.{call}", walk, common.defaults(kind, *skip))
        if "momentum" in options:
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    o = keras.optimizers
    return {
        "SGD": entry(o.SGD, "SGD(0.1)"),
        "momentum": entry(o.SGD, "SGD(0.1, momentum=0.9)", momentum=0.9),
        "Nesterov": entry(o.SGD, "SGD(0.1, momentum=0.9, nesterov=True)", momentum=0.9, nesterov=True),
        "AdaGrad": entry(o.Adagrad, "Adagrad(0.1)"),
        "RMSprop": entry(o.RMSprop, "RMSprop(0.1)"),
        "Adam": entry(o.Adam, "Adam(0.1)"),
        "AdamW": entry(o.AdamW, "AdamW(0.1)"),
        "NAdam": entry(o.Nadam, "Nadam(0.1)"),
        "Adadelta": entry(o.Adadelta, "Adadelta(0.1)"),
        "Adamax": entry(o.Adamax, "Adamax(0.1)"),
        "Lion": entry(o.Lion, "Lion(0.1)"),
    }


if __name__ == "__main__":
    common.run(["keras", os.environ["KERAS_BACKEND"]], optimizers=optimizers)
