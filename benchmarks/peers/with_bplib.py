"""bplib itself, in the environment of the book: see common.py. tests/test_peers.py runs it again and compares."""

from __future__ import annotations

from typing import Any

import common
import numpy as np

import bplib


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
        if kind is bplib.Momentum:
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    return {
        "SGD": entry(bplib.GradientDescent, "GradientDescent(0.1)"),
        "momentum": entry(bplib.Momentum, "Momentum(0.1)"),
        "RMSprop": entry(bplib.RMSProp, "RMSProp(0.1)"),
        "Adam": entry(bplib.Adam, "Adam(0.1)"),
    }


if __name__ == "__main__":
    common.run(["backpropagation-hands-on", "numpy"], optimizers=optimizers)
