"""tinygrad: see common.py. It runs on its PYTHON device, which needs no compiler.

Tensors are made of numpy arrays, which makes buffers of them, as a network's weights are: a constant is another thing.
"""

from __future__ import annotations

from typing import Any

import common
import numpy as np
from tinygrad import Context, Tensor, nn


def optimizers() -> dict[str, Any]:
    def entry(kind: Any, call: str, **options: Any) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            # float32: the optimizers keep their state in it, and SGD with momentum refuses weights of float64.
            w = Tensor(np.ones(1, np.float32)).realize()
            optimizer = kind([w], lr=rates[0], **options)
            weights = []
            with Context(TRAINING=1):
                for g, rate in zip(gradients, rates, strict=True):
                    optimizer.lr.assign(Tensor([rate])).realize()
                    w.grad = Tensor(np.full(1, g, np.float32)).realize()
                    optimizer.step()
                    weights.append(float(w.numpy()[0]))
            return weights

        found = common.optimizer(
            f"tinygrad.nn.optim.{call}", walk, common.defaults(kind, "fused", "device"), "float32"
        )
        if "momentum" in options:
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    o = nn.optim
    return {
        "SGD": entry(o.SGD, "SGD(w, lr=0.1)"),
        "momentum": entry(o.SGD, "SGD(w, lr=0.1, momentum=0.9)", momentum=0.9),
        "Nesterov": entry(o.SGD, "SGD(w, lr=0.1, momentum=0.9, nesterov=True)", momentum=0.9, nesterov=True),
        "Adam": entry(o.Adam, "Adam(w, lr=0.1)"),
        "AdamW": entry(o.AdamW, "AdamW(w, lr=0.1)"),
    }


if __name__ == "__main__":
    common.run(["tinygrad"], optimizers=optimizers)
