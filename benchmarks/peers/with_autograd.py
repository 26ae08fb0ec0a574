"""autograd, which differentiates numpy code: see common.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import autograd
import autograd.numpy as np
import common
from autograd.scipy.special import expit, logsumexp


def derivatives() -> dict[str, Any]:
    def grad(f: Any, x: Any) -> Any:
        return np.asarray(autograd.grad(lambda x: np.sum(f(x)))(np.array(x))).tolist()

    return common.derivatives(
        grad,
        SimpleNamespace(
            zero=0.0, relu=lambda x: np.maximum(x, 0.0), maximum=np.maximum, minimum=np.minimum, where=np.where,
            clip=lambda x: np.clip(x, 0, 1), leaky=lambda x: np.maximum(x, 0.01 * x), abs=np.abs, round=np.round,
            max=np.max, max_axis=lambda x: np.max(x, axis=0), prod=np.prod, sqrt=np.sqrt, norm=np.linalg.norm,
            std=np.std, atan2=np.arctan2, sinc=np.sinc, log=np.log, sigmoid=expit,
            softmax=lambda x: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x))),
            log_softmax=lambda x: x - logsumexp(x), logsumexp=logsumexp,
        ),
    )  # fmt: skip


if __name__ == "__main__":
    common.run(["autograd", "numpy"], derivatives=derivatives)
