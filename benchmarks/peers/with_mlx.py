"""MLX, on the CPU: see common.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import common
import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers

mx.set_default_device(mx.cpu)


def optimizers() -> dict[str, Any]:
    def entry(kind: type, call: str, **options: Any) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            w = {"w": mx.ones(1, dtype=mx.float64)}
            optimizer = kind(learning_rate=rates[0], **options)
            weights = []
            for g, rate in zip(gradients, rates, strict=True):
                optimizer.state["learning_rate"] = mx.array(rate, dtype=mx.float64)
                w = optimizer.apply_gradients({"w": mx.full(1, g, dtype=mx.float64)}, w)
                weights.append(w["w"].item())
            return weights

        found = common.optimizer(f"mlx.optimizers.{call}", walk, common.defaults(kind))
        if "momentum" in options:
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    o = mlx.optimizers
    return {
        "SGD": entry(o.SGD, "SGD(0.1)"),
        "momentum": entry(o.SGD, "SGD(0.1, momentum=0.9)", momentum=0.9),
        "Nesterov": entry(o.SGD, "SGD(0.1, momentum=0.9, nesterov=True)", momentum=0.9, nesterov=True),
        "AdaGrad": entry(o.Adagrad, "Adagrad(0.1)"),
        "RMSprop": entry(o.RMSprop, "RMSprop(0.1)"),
        "Adam": entry(o.Adam, "Adam(0.1)"),
        "AdamW": entry(o.AdamW, "AdamW(0.1)"),
        "Adadelta": entry(o.AdaDelta, "AdaDelta(0.1)"),
        "Adamax": entry(o.Adamax, "Adamax(0.1)"),
        "Lion": entry(o.Lion, "Lion(0.1)"),
    }


def derivatives() -> dict[str, Any]:
    def grad(f: Any, x: Any) -> Any:
        return mx.grad(lambda x: f(x).sum())(mx.array(x, dtype=mx.float64)).tolist()

    return common.derivatives(
        grad,
        SimpleNamespace(
            zero=mx.array(0.0, dtype=mx.float64), relu=nn.relu, maximum=mx.maximum, minimum=mx.minimum, where=mx.where,
            clip=lambda x: mx.clip(x, 0, 1), leaky=nn.leaky_relu, relu6=nn.relu6, elu=nn.elu,
            hard_tanh=nn.HardTanh(), abs=mx.abs, round=mx.round, max=mx.max, max_axis=lambda x: x.max(0),
            median=mx.median, prod=mx.prod, sqrt=mx.sqrt, norm=mx.linalg.norm, std=mx.std, log=mx.log,
            sigmoid=mx.sigmoid, softmax=mx.softmax, log_softmax=nn.log_softmax, logsumexp=mx.logsumexp,
        ),
    )  # fmt: skip


def losses() -> dict[str, Any]:
    l, m = nn.losses, mx.array

    def slope(f: Any, x: Any) -> Any:
        value, found = mx.value_and_grad(lambda x: f(x).mean())(m(x))
        return value.item(), found.tolist()

    return common.losses(
        slope,
        SimpleNamespace(
            mse=lambda p, y: l.mse_loss(p, m(y)), bce_logits=lambda p, y: l.binary_cross_entropy(p, m(y)),
            bce=lambda p, y: l.binary_cross_entropy(p, m(y), with_logits=False),
            ce=lambda p, y: l.cross_entropy(p, m(y)), l1=lambda p, y: l.l1_loss(p, m(y)),
            huber=lambda p, y: l.huber_loss(p, m(y)), hinge=lambda p, y: l.hinge_loss(p, m(y)),
            softmax=lambda x: mx.softmax(x, axis=1), sigmoid=mx.sigmoid,
        ),
    ) | common.cases(
        no_variance=lambda: common.flat(slope(lambda v: l.gaussian_nll_loss(m([1.0]), m([0.0]), v), [0.0])),
    )  # fmt: skip


def weights() -> dict[str, Any]:
    mx.random.seed(0)
    made = [nn.Linear(784, 16) for _ in range(20)]
    he, glorot = nn.init.he_normal(), nn.init.glorot_uniform()
    return {
        "dense": common.spread(mx.concatenate([l.weight.flatten() for l in made]).tolist(), 784, 16),
        "dense_shape": list(made[0].weight.shape),
        "dense_bias": common.spread(mx.concatenate([l.bias for l in made]).tolist(), 784, 16),
        "he": common.spread(he(mx.zeros((64, 600))).flatten().tolist(), 600, 64),
        "xavier": common.spread(glorot(mx.zeros((64, 600))).flatten().tolist(), 600, 64),
    }


LOGITS = [[1.0, 2.0, 3.0], [1.0, 0.0, 0.0]]
QUERY, KEYS, VALUES = [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[1.0, 2.0], [3.0, 4.0], [5.0, 9.0]]


def gradient(f: Any, x: Any) -> Any:
    return mx.grad(lambda x: f(x).sum())(mx.array(x)).tolist()


def layers() -> dict[str, Any]:
    mx.random.seed(0)
    return common.cases(**norms(), **parts(), **attention(), **recurrent(), **training())


def norms() -> dict[str, Any]:
    def batch(rows: list[float]) -> tuple[Any, Any]:
        layer = nn.BatchNorm(1)
        return layer, layer(mx.array(rows)[:, None]).flatten().tolist()

    layer, y = batch([1.0, 3.0])
    row = mx.array([1.0, 2, 3, 4])
    return {
        "batchnorm": lambda: y,
        "batchnorm_mean": lambda: layer.running_mean.item(),
        "batchnorm_var": lambda: layer.running_var.item(),
        "batchnorm_momentum": lambda: layer.momentum,
        "batchnorm_eps": lambda: layer.eps,
        "batchnorm_one": lambda: batch([2.0])[1],
        "batchnorm_offset": lambda: batch([10001.0, 10002.0, 10003.0, 10004.0])[1],
        "layernorm": lambda: nn.LayerNorm(4)(row).tolist(),
        "layernorm_eps": lambda: nn.LayerNorm(4).eps,
        "layernorm_offset": lambda: nn.LayerNorm(4)(row + 10000).tolist(),
        "layernorm_same": lambda: gradient(lambda x: nn.LayerNorm(3)(x)[0], [5.0, 5.0, 5.0]),
        "rmsnorm_zero": lambda: gradient(nn.RMSNorm(3), [0.0, 0.0, 0.0]),
    }


def parts() -> dict[str, Any]:
    def conv(x: list[float], kernel: list[float], **options: Any) -> list[float]:
        layer = nn.Conv1d(1, 1, 3, bias=False, **options)
        layer.weight = mx.array(kernel)[None, :, None]
        return layer(mx.array(x)[None, :, None]).flatten().tolist()

    def repeated() -> Any:
        layer = nn.Embedding(4, 2)
        return nn.value_and_grad(layer, lambda: layer(mx.array([1, 1, 2])).sum())()[1]["weight"].tolist()

    def flat(name: str) -> Any:
        made = [getattr(nn.Conv2d(3, 8, 3), name).flatten() for _ in range(100)]
        return common.spread(mx.concatenate(made).tolist(), 27, 72)

    def pooled(x: Any) -> Any:
        return nn.MaxPool2d(2)(x[None, :, :, None])

    return {
        "dropout": lambda: sorted({*nn.Dropout(0.5)(mx.ones(100)).tolist()}),
        "dropout_all": lambda: nn.Dropout(1.0)(mx.ones(3)).tolist(),
        "gelu": lambda: nn.GELU()(mx.array(1.0)).item(),
        "gelu_function": lambda: nn.gelu(mx.array(1.0)).item(),
        "leaky": lambda: nn.LeakyReLU()(mx.array(-1.0)).item(),
        "prelu": lambda: nn.PReLU()(mx.array([-1.0])).item(),
        "embedding_init": lambda: common.spread(nn.Embedding(1000, 64).weight.flatten().tolist(), 1000, 64),
        "embedding_repeated": repeated,
        "conv_turned": lambda: conv([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, -1.0]),
        "conv_default": lambda: len(conv([1.0] * 5, [1.0] * 3)),
        "conv_shape": lambda: list(nn.Conv1d(2, 4, 3).weight.shape),
        "conv_padding_1": lambda: conv([1.0] * 6, [1.0] * 3, stride=2, padding=1),
        "conv_init": lambda: flat("weight"),
        "conv_bias": lambda: flat("bias"),
        "maxpool_tie": lambda: gradient(pooled, [[1.0, 1.0], [1.0, 1.0]]),
        "avgpool_corner": lambda: nn.AvgPool2d(2, 2, 1)(mx.ones((1, 2, 2, 1)))[0, 0, 0, 0].item(),
    }


def attention() -> dict[str, Any]:
    def attend(mask: Any = None, by: str = "") -> Any:
        q, k = (mx.array(a)[None, None] for a in (QUERY, KEYS))
        if mask is not None:
            mask = mx.array(mask)[None, None, None]

        def y(v: Any) -> Any:
            return mx.fast.scaled_dot_product_attention(q, k, v[None, None], scale=2**-0.5, mask=mask)

        return gradient(y, VALUES) if by else y(mx.array(VALUES)).flatten().tolist()

    return {
        "attention": attend,
        "attention_keep": lambda: attend([True, False, False]),
        "attention_masked": lambda: attend([False] * 3),
        "attention_large": lambda: attend([-1e9] * 3),
        "attention_large_grad": lambda: attend([-1e9] * 3, "v"),
    }


def recurrent() -> dict[str, Any]:
    def lstm(block: int) -> tuple[float, float]:
        layer = nn.LSTM(1, 1)
        layer.Wx, layer.Wh = mx.zeros((4, 1)), mx.zeros((4, 1))
        layer.bias = mx.array([20.0 * (i == block) for i in range(4)])
        h, c = layer(mx.zeros((1, 1)), mx.zeros(1), mx.full((1,), 2.0))
        return h[-1].item(), c[-1].item()

    def gru() -> list[float]:
        layer = nn.GRU(1, 2)
        layer.Wx = mx.zeros((6, 1))
        layer.Wh = mx.array([[0.0, 0], [0, 0], [0, 0], [0, 0], [0, 1], [1, 0]])
        layer.b, layer.bhn = mx.array([20.0, -20, -20, -20, 0, 0]), mx.zeros(2)  # r, z, n
        return layer(mx.zeros((1, 1)), mx.array([0.1, 0.2]))[-1].tolist()

    layer = nn.LSTM(4, 16)
    forget = mx.concatenate([nn.LSTM(4, 16).bias[16:32] for _ in range(50)])
    return {
        "lstm_gates": lambda: common.gates(lstm),
        "lstm_forget": lambda: common.spread(forget.tolist(), 4, 16),
        "lstm_biases": lambda: sum(v.ndim == 1 for v in layer.parameters().values()),
        "gru_reset": lambda: common.reset(gru()),
    }


def training() -> dict[str, Any]:
    def clip(values: list[float]) -> list[float]:
        return mlx.optimizers.clip_grad_norm({"w": mx.array(values)}, 1.0)[0]["w"].tolist()

    def decay() -> list[float]:
        w = {k: mx.ones(1) for k in "Wbgh"}
        w = mlx.optimizers.AdamW(0.1).apply_gradients({k: mx.zeros(1) for k in w}, w)
        return [v.item() for v in w.values()]

    four, zeros = mx.arange(4.0), mx.zeros(4)
    weights = mx.array([3.0, 3.0])  # of the examples: there are none for classes
    return {
        "clip": lambda: clip([3.0, 4.0]),
        "clip_inf": lambda: clip([float("inf"), 1.0]),
        "decay_all": decay,
        "class_weights": lambda: nn.losses.cross_entropy(
            mx.array(LOGITS), mx.array([0, 0]), weights=weights, reduction="mean"
        ).item(),
        "shapes": lambda: nn.losses.mse_loss(four[:, None], four).item(),
        "shapes_bce": lambda: nn.losses.binary_cross_entropy(zeros[:, None], zeros).item(),
    }


if __name__ == "__main__":
    common.run(
        ["mlx"], optimizers=optimizers, layers=layers, derivatives=derivatives, losses=losses, weights=weights
    )
