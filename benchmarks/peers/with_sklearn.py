"""scikit-learn: see common.py."""

from __future__ import annotations

from typing import Any

import common
import numpy as np
from sklearn.neural_network import MLPRegressor
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer


def optimizers() -> dict[str, Any]:
    # An MLP cannot be given a gradient, so its optimizers are run by themselves, with the MLP's defaults.
    of_mlp = common.defaults(MLPRegressor)

    def entry(kind: type, call: str, names: list[str], **options: Any) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            w = [np.ones(1)]
            optimizer = kind(w, rates[0], **options)
            weights = []
            for g, rate in zip(gradients, rates, strict=True):
                optimizer.learning_rate = rate
                optimizer.update_params(w, [np.full(1, g)])
                weights.append(float(w[0][0]))
            return weights

        names = ["learning_rate_init", *names, "alpha"]
        found = common.optimizer(f"MLPRegressor({call}, learning_rate_init=0.1, alpha=0)", walk,
                                 {name: of_mlp[name] for name in names})  # fmt: skip
        if options.get("momentum"):
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    momentum = ["momentum", "nesterovs_momentum"]
    adam = ["beta_1", "beta_2", "epsilon"]
    return {
        "SGD": entry(SGDOptimizer, "solver='sgd', momentum=0", momentum, momentum=0, nesterov=False),
        "momentum": entry(
            SGDOptimizer, "solver='sgd', nesterovs_momentum=False", momentum, momentum=0.9, nesterov=False
        ),
        "Nesterov": entry(SGDOptimizer, "solver='sgd'", momentum, momentum=0.9, nesterov=True),
        "Adam": entry(AdamOptimizer, "solver='adam'", adam, **{n: of_mlp[n] for n in adam}),
    }


if __name__ == "__main__":
    common.run(["scikit-learn", "numpy"], optimizers=optimizers)
