"""bplib itself, in the environment of the book: see common.py. tests/test_peers.py runs it again and compares."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import common
import numpy as np

import bplib
import bplib.losses


def optimizers() -> dict[str, Any]:
    def entry(kind: type, call: str) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            network = bplib.Network([1, 1], seed=0)
            network.W[1][:] = 1
            optimizer = kind(rates[0])
            weights = []
            for g, rate in zip(gradients, rates, strict=True):
                optimizer.learning_rate = rate
                optimizer.step(network, {1: np.array([[g]])}, {1: np.zeros((1, 1))})
                weights.append(float(network.W[1][0, 0]))
            return weights

        found = common.optimizer(f"bplib.{call}", walk, common.defaults(kind))
        if issubclass(kind, bplib.Momentum):
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    return {
        "SGD": entry(bplib.GradientDescent, "GradientDescent(0.1)"),
        "momentum": entry(bplib.Momentum, "Momentum(0.1)"),
        "Nesterov": entry(bplib.Nesterov, "Nesterov(0.1)"),
        "AdaGrad": entry(bplib.AdaGrad, "AdaGrad(0.1)"),
        "RMSprop": entry(bplib.RMSProp, "RMSProp(0.1)"),
        "Adam": entry(bplib.Adam, "Adam(0.1)"),
        "AdamW": entry(bplib.AdamW, "AdamW(0.1)"),
    }


def derivatives() -> dict[str, Any]:
    from bplib import activations, losses

    return {
        "relu": float(activations.ReLU().prime(np.zeros(1))[0]),
        "leaky": float(activations.LeakyReLU().prime(np.zeros(1))[0]),
        # Of softmax with cross-entropy, where the right class is the second one.
        "log_softmax": (
            -losses.SoftmaxCrossEntropy().grad(np.array([[0.0], [-800]]), np.array([[0.0], [1]]))[:, 0]
        ).tolist(),
    }


def losses() -> dict[str, Any]:
    """With examples as rows, as the others have them; the gradients are δ, for each example."""

    def slope(f: Any, x: Any) -> Any:
        C, y = f(x)
        columns, targets = np.array(x).T, np.array(y).T
        return float(C(columns, targets)), C.grad(columns, targets).T.tolist()

    def of(C: Any) -> Any:
        return lambda p, y: (C(), y)

    named = bplib.losses
    return common.losses(
        slope,
        SimpleNamespace(
            mse=of(named.Quadratic), bce_logits=of(named.BinaryCrossEntropy), ce=of(named.SoftmaxCrossEntropy)
        ),
    )


def weights() -> dict[str, Any]:
    def of(
        init: str, activation: str = "relu", n: int = 16, n_in: int = 784, part: str = "W"
    ) -> dict[str, Any]:
        drawn = [
            getattr(bplib.Network([n_in, n], activation, init=init, seed=seed), part)[1].ravel()
            for seed in range(20)
        ]
        return common.spread(np.concatenate(drawn), n_in, n)

    return {
        "dense": of("xavier"),
        "dense_shape": list(bplib.Network([784, 16], seed=0).W[1].shape),
        "dense_bias": of("xavier", part="b"),
        "dense_sigmoid": of("xavier", "sigmoid"),
        "he": of("he", n=64, n_in=600),
        "xavier": of("xavier", n=64, n_in=600),
    }


if __name__ == "__main__":
    common.run(
        ["backpropagation-hands-on", "numpy"],
        optimizers=optimizers,
        derivatives=derivatives,
        losses=losses,
        weights=weights,
    )
