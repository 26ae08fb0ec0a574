"""mygrad, whose tensors are numpy arrays that remember: see common.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import common
import mygrad as mg
from mygrad.nnet import activations as act


def derivatives() -> dict[str, Any]:
    def grad(f: Any, x: Any) -> Any:
        x = mg.tensor(x)
        f(x).sum().backward()
        return x.grad.tolist()

    return common.derivatives(
        grad,
        SimpleNamespace(
            zero=mg.tensor(0.0, constant=True), relu=act.relu, maximum=mg.maximum, minimum=mg.minimum, where=mg.where,
            clip=lambda x: mg.clip(x, 0, 1), leaky=lambda x: act.leaky_relu(x, 0.01),
            elu=lambda x: act.elu(x, 1.0), hard_tanh=act.hard_tanh, abs=mg.abs, max=mg.max,
            max_axis=lambda x: mg.max(x, axis=0), prod=mg.prod, sqrt=mg.sqrt, norm=mg.linalg.norm, std=mg.std,
            atan2=mg.arctan2, sinc=mg.sinc, log=mg.log, sigmoid=act.sigmoid,
            softmax=act.softmax, log_softmax=act.logsoftmax,
        ),
    )  # fmt: skip


if __name__ == "__main__":
    common.run(["mygrad", "numpy"], derivatives=derivatives)
