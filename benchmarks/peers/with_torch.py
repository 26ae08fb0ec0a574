"""PyTorch: see common.py."""

from __future__ import annotations

from typing import Any

import common
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)

HOW = ("foreach", "maximize", "capturable", "differentiable", "fused", "decoupled_weight_decay")  # not what


def optimizers() -> dict[str, Any]:
    def entry(kind: type, call: str, **options: Any) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            w = torch.ones(1, requires_grad=True)
            optimizer = kind([w], lr=rates[0], **options)
            weights = []
            for g, rate in zip(gradients, rates, strict=True):
                optimizer.param_groups[0]["lr"] = rate
                w.grad = torch.full((1,), g)
                optimizer.step()
                weights.append(w.item())
            return weights

        found = common.optimizer(f"torch.optim.{call}", walk, common.defaults(kind, *HOW))
        if "momentum" in options:
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    o = torch.optim
    return {
        "SGD": entry(o.SGD, "SGD(w, lr=0.1)"),
        "momentum": entry(o.SGD, "SGD(w, lr=0.1, momentum=0.9)", momentum=0.9),
        "Nesterov": entry(o.SGD, "SGD(w, lr=0.1, momentum=0.9, nesterov=True)", momentum=0.9, nesterov=True),
        "AdaGrad": entry(o.Adagrad, "Adagrad(w, lr=0.1)"),
        "RMSprop": entry(o.RMSprop, "RMSprop(w, lr=0.1)"),
        "Adam": entry(o.Adam, "Adam(w, lr=0.1)"),
        "AdamW": entry(o.AdamW, "AdamW(w, lr=0.1)"),
        "NAdam": entry(o.NAdam, "NAdam(w, lr=0.1)"),
        "Adadelta": entry(o.Adadelta, "Adadelta(w, lr=0.1)"),
        "Adamax": entry(o.Adamax, "Adamax(w, lr=0.1)"),
    }


if __name__ == "__main__":
    common.run(["torch"], optimizers=optimizers)
