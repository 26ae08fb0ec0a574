"""Flax (nnx), JAX's library of layers, with optax for what is not a layer: see common.py."""

from __future__ import annotations

from typing import Any

import common
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

LOGITS = [[1.0, 2.0, 3.0], [1.0, 0.0, 0.0]]
QUERY, KEYS, VALUES = [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[1.0, 2.0], [3.0, 4.0], [5.0, 9.0]]


def numbers(a: Any) -> Any:
    return np.asarray(a).astype(float).tolist()


def gradient(f: Any, x: Any) -> Any:
    return numbers(jax.grad(lambda x: f(x).sum())(jnp.array(x)))


def weights() -> dict[str, Any]:
    made = [nnx.Linear(784, 16, rngs=nnx.Rngs(i)) for i in range(20)]
    init, key = jax.nn.initializers, jax.random.key(0)
    return {
        "dense": common.spread(np.concatenate([np.ravel(l.kernel[...]) for l in made]), 784, 16),
        "dense_shape": list(made[0].kernel[...].shape),
        "dense_bias": common.spread(np.concatenate([l.bias[...] for l in made]), 784, 16),
        "he": common.spread(np.ravel(init.he_normal()(key, (600, 64))), 600, 64),
        "xavier": common.spread(np.ravel(init.xavier_uniform()(key, (600, 64))), 600, 64),
    }


def layers() -> dict[str, Any]:
    return common.cases(**norms(), **parts(), **attention(), **recurrent(), **training())


def norms() -> dict[str, Any]:
    def batch(rows: list[float]) -> tuple[Any, Any]:
        layer = nnx.BatchNorm(1, rngs=nnx.Rngs(0))
        return layer, numbers(layer(jnp.array(rows)[:, None])[:, 0])

    def layer(**options: Any) -> Any:
        return nnx.LayerNorm(4, rngs=nnx.Rngs(0), **options)

    norm, y = batch([1.0, 3.0])
    row = jnp.arange(1.0, 5)
    three = nnx.LayerNorm(3, rngs=nnx.Rngs(0))
    return {
        "batchnorm": lambda: y,
        "batchnorm_mean": lambda: numbers(norm.mean[...])[0],
        "batchnorm_var": lambda: numbers(norm.var[...])[0],
        "batchnorm_momentum": lambda: norm.momentum,
        "batchnorm_eps": lambda: norm.epsilon,
        "batchnorm_one": lambda: batch([2.0])[1],
        "batchnorm_offset": lambda: batch([10001.0, 10002.0, 10003.0, 10004.0])[1],
        "layernorm": lambda: numbers(layer()(row)),
        "layernorm_eps": lambda: layer().epsilon,
        "layernorm_offset": lambda: numbers(layer()(row + 10000)),
        "layernorm_offset_slow": lambda: numbers(layer(use_fast_variance=False)(row + 10000)),
        "layernorm_same": lambda: gradient(lambda x: three(x)[0], [5.0, 5.0, 5.0]),
        "rmsnorm_zero": lambda: gradient(nnx.RMSNorm(3, rngs=nnx.Rngs(0)), [0.0, 0.0, 0.0]),
    }


def parts() -> dict[str, Any]:
    def conv(x: list[float], kernel: list[float], **options: Any) -> list[float]:
        layer = nnx.Conv(1, 1, 3, use_bias=False, rngs=nnx.Rngs(0), **options)
        layer.kernel[...] = jnp.array(kernel)[:, None, None]
        return numbers(layer(jnp.array(x)[None, :, None])[0, :, 0])

    def repeated() -> Any:
        layer = nnx.Embed(4, 2, rngs=nnx.Rngs(0))
        found = nnx.grad(lambda m: m(jnp.array([1, 1, 2])).sum())(layer)
        return numbers(found["embedding"][...])

    def flat(name: str) -> Any:
        made = [nnx.Conv(3, 8, (3, 3), rngs=nnx.Rngs(i)) for i in range(100)]
        return common.spread(np.concatenate([np.ravel(getattr(c, name)[...]) for c in made]), 27, 72)

    def pooled(x: Any) -> Any:
        return nnx.max_pool(x[None, :, :, None], (2, 2), (2, 2))

    ones = jnp.ones((1, 2, 2, 1))
    padded = {"strides": (2, 2), "padding": ((1, 1), (1, 1))}
    return {
        "dropout": lambda: sorted({*numbers(nnx.Dropout(0.5, rngs=nnx.Rngs(0))(jnp.ones(100)))}),
        "dropout_all": lambda: numbers(nnx.Dropout(1.0, rngs=nnx.Rngs(0))(jnp.ones(3))),
        "gelu": lambda: numbers(nnx.gelu(jnp.array(1.0))),
        "gelu_function": lambda: numbers(jax.nn.gelu(jnp.array(1.0))),
        "leaky": lambda: numbers(nnx.leaky_relu(jnp.array(-1.0))),
        "prelu": lambda: numbers(nnx.PReLU()(jnp.array(-1.0))),
        "hard_sigmoid": lambda: numbers(nnx.hard_sigmoid(jnp.array(1.0))),
        "embedding_init": lambda: common.spread(
            np.ravel(nnx.Embed(1000, 64, rngs=nnx.Rngs(0)).embedding[...]), 1000, 64
        ),
        "embedding_repeated": repeated,
        "conv_turned": lambda: conv([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, -1.0], padding="VALID"),
        "conv_default": lambda: len(conv([1.0] * 5, [1.0] * 3)),
        "conv_shape": lambda: list(nnx.Conv(2, 4, 3, rngs=nnx.Rngs(0)).kernel[...].shape),
        "conv_same": lambda: conv([1.0] * 6, [1.0] * 3, strides=2, padding="SAME"),
        "conv_padding_1": lambda: conv([1.0] * 6, [1.0] * 3, strides=2, padding=((1, 1),)),
        "conv_init": lambda: flat("kernel"),
        "conv_bias": lambda: flat("bias"),
        "maxpool_tie": lambda: gradient(pooled, [[1.0, 1.0], [1.0, 1.0]]),
        "avgpool_corner": lambda: numbers(nnx.avg_pool(ones, (2, 2), **padded)[0, 0, 0, 0]),
    }


def attention() -> dict[str, Any]:
    def attend(mask: Any = None, by: str = "") -> Any:
        q, k, v = (jnp.array(a)[None, :, None] for a in (QUERY, KEYS, VALUES))
        options = {}
        if mask is not None:
            options["mask" if isinstance(mask[0], bool) else "bias"] = jnp.array(mask)[None, None, None]

        def y(v: Any) -> Any:
            return nnx.dot_product_attention(q, k, v, **options)

        return [row[0] for row in gradient(y, v)[0]] if by else numbers(y(v).ravel())

    return {
        "attention": attend,
        "attention_keep": lambda: attend([True, False, False]),
        "attention_masked": lambda: attend([False] * 3),
        "attention_large": lambda: attend([-1e9] * 3),
        "attention_large_grad": lambda: attend([-1e9] * 3, "v"),
    }


def recurrent() -> dict[str, Any]:
    def gru() -> list[float]:
        # Its gates stand in one matrix each for inputs and for the state: r, z, n. Only n has a bias of the state.
        cell = nnx.GRUCell(1, 2, rngs=nnx.Rngs(0))
        for part in (cell.dense_i, cell.dense_h):
            part.kernel[...] = jnp.zeros_like(part.kernel[...])
        cell.dense_i.bias[...] = jnp.array([20.0, -20, -20, -20, 0, 0])
        cell.dense_h.kernel[...] = cell.dense_h.kernel[...].at[:, 4:].set(jnp.array([[0.0, 1], [1, 0]]))
        return numbers(cell(jnp.array([[0.1, 0.2]]), jnp.zeros((1, 1)))[0][0])

    def lstm(block: int) -> tuple[float, float]:
        # LSTMCell has a matrix for each gate, with a name; this one has them side by side.
        cell = nnx.OptimizedLSTMCell(1, 1, rngs=nnx.Rngs(0))
        for part in (cell.dense_i, cell.dense_h):
            part.kernel[...] = jnp.zeros_like(part.kernel[...])
        cell.dense_h.bias[...] = jnp.zeros(4).at[block].set(20)
        (c, h), _ = cell((jnp.full((1, 1), 2.0), jnp.zeros((1, 1))), jnp.zeros((1, 1)))
        return float(h[0, 0]), float(c[0, 0])

    cell = nnx.LSTMCell(4, 16, rngs=nnx.Rngs(0))
    return {
        "lstm_gates": lambda: common.gates(lstm),
        "lstm_forget": lambda: common.spread(cell.hf.bias[...], 4, 16),
        "lstm_biases": lambda: sum(p.bias is not None for p in (cell.hf, cell.if_)),
        "gru_reset": lambda: common.reset(gru()),
    }


def training() -> dict[str, Any]:
    def clip(values: list[float]) -> list[float]:
        found, _ = optax.clip_by_global_norm(1.0).update(jnp.array(values), optax.EmptyState())
        return numbers(found)

    def decay() -> list[float]:
        w = jnp.ones(4)
        optimizer = optax.adamw(0.1)
        return numbers(w + optimizer.update(jnp.zeros(4), optimizer.init(w), w)[0])

    four = jnp.arange(4.0)
    zeros = jnp.zeros(4)
    return {
        "clip": lambda: clip([3.0, 4.0]),
        "clip_inf": lambda: clip([float("inf"), 1.0]),
        "decay_all": decay,
        "shapes": lambda: numbers(optax.l2_loss(four[:, None], four).mean() * 2),
        "shapes_bce": lambda: numbers(optax.sigmoid_binary_cross_entropy(zeros[:, None], zeros).mean()),
    }


if __name__ == "__main__":
    common.run(["flax", "optax", "jax"], layers=layers, weights=weights)
