"""JAX: see common.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import common
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)


def derivatives() -> dict[str, Any]:
    def grad(f: Any, x: Any) -> Any:
        return np.asarray(jax.grad(lambda x: f(x).sum())(jnp.array(x))).tolist()

    n = jax.nn
    return common.derivatives(
        grad,
        SimpleNamespace(
            zero=jnp.array(0.0), relu=n.relu, maximum=jnp.maximum, minimum=jnp.minimum, where=jnp.where,
            clip=lambda x: jnp.clip(x, 0, 1), leaky=n.leaky_relu, relu6=n.relu6, elu=n.elu, hard_tanh=n.hard_tanh,
            hard_sigmoid=n.hard_sigmoid, abs=jnp.abs, round=jnp.round, max=jnp.max, max_axis=lambda x: x.max(0),
            median=jnp.median, prod=jnp.prod, sqrt=jnp.sqrt, norm=jnp.linalg.norm, std=jnp.std, atan2=jnp.arctan2,
            sinc=jnp.sinc, log=jnp.log, sigmoid=n.sigmoid, softmax=n.softmax, log_softmax=n.log_softmax,
            logsumexp=n.logsumexp,
        ),
    )  # fmt: skip


if __name__ == "__main__":
    common.run(["jax"], derivatives=derivatives)
