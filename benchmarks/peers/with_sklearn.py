"""scikit-learn: see common.py."""

from __future__ import annotations

from typing import Any

import common
import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor
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


def mlp(kind: type = MLPRegressor, rate: float = 1e-300, **options: Any) -> Any:
    """A small MLP for one step of plain gradient descent; the default rate is too small to move anything."""
    usual = {
        "solver": "sgd",
        "momentum": 0,
        "alpha": 0,
        "activation": "tanh",
        "shuffle": False,
        "batch_size": 8,
    }
    usual |= {"hidden_layer_sizes": (5,), "random_state": 0, "max_iter": 1}
    return kind(learning_rate_init=rate, **usual | options)


def losses() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 4)), rng.normal(size=(8, 3))

    def factor(outputs: int) -> float:
        """By how much the step is more than the rate times the derivative of `loss_`, for the first output's bias."""
        t = y[:, :outputs].squeeze()
        model = mlp().fit(x, t)
        b, rate, h = model.intercepts_[1][0], 1e-3, 1e-5
        step = b - mlp(rate=rate).fit(x, t).intercepts_[1][0]

        def loss(bias: float) -> float:
            model.set_params(warm_start=True)
            model.intercepts_[1][0] = bias
            return model.fit(x, t).loss_

        return round(step / (rate * (loss(b + h) - loss(b - h)) / (2 * h)), 3)

    def squared() -> list[float]:
        """The network's outputs are 2 at targets of 0: half the square is 2."""
        model = mlp(warm_start=True).fit(x[:4], np.zeros((4, 3)))
        model.coefs_[1][:], model.intercepts_[1][:] = 0, 2
        return [model.fit(x[:4], np.zeros((4, 3))).loss_]

    def penalty(batch: int) -> float:
        """By what the half square of the weights is divided in `loss_`, at alpha = 1."""
        plain = mlp(batch_size=batch).fit(x, y).loss_
        model = mlp(batch_size=batch, alpha=1.0).fit(x, y)
        return round(0.5 * sum((w**2).sum() for w in model.coefs_) / (model.loss_ - plain), 3)

    def clipped(dtype: type) -> list[float]:
        """Two classes, seven of eight surely wrong: their loss, and how far they move the output's bias."""
        model = mlp(MLPClassifier, rate=1.0, warm_start=True).fit(x.astype(dtype), np.arange(8) % 2)
        model.coefs_[1][:], model.intercepts_[1][:] = 0, 2000
        model.fit(x.astype(dtype), np.zeros(8, int) + (np.arange(8) == 0))
        return [
            model.loss_ * 8 / 7,
            (2000 - float(model.intercepts_[1][0])) * 8 / 7,
        ]  # of the seven that are wrong

    return common.cases(
        squared=squared,
        steps=lambda: [factor(k) for k in (1, 2, 3)],
        penalty=lambda: [penalty(8), penalty(2)],
        clipped=lambda: clipped(np.float64),
        clipped_32=lambda: clipped(np.float32),
    )


def weights() -> dict[str, Any]:
    x, y = np.random.default_rng(0).normal(size=(8, 784)), np.arange(8) % 2

    def of(activation: str, part: str) -> dict[str, Any]:
        made = [
            mlp(MLPClassifier, activation=activation, hidden_layer_sizes=(16,), random_state=seed).fit(x, y)
            for seed in range(20)
        ]
        return common.spread(np.concatenate([np.ravel(getattr(m, part)[0]) for m in made]), 784, 16)

    return {
        "dense": of("relu", "coefs_"),
        "dense_shape": list(mlp(MLPClassifier, hidden_layer_sizes=(16,)).fit(x, y).coefs_[0].shape),
        "dense_bias": of("relu", "intercepts_"),
        "dense_sigmoid": of("logistic", "coefs_"),
    }


if __name__ == "__main__":
    common.run(["scikit-learn", "numpy"], optimizers=optimizers, losses=losses, weights=weights)
