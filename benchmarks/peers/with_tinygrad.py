"""tinygrad: see common.py. It runs on its PYTHON device, which needs no compiler.

Tensors are made of numpy arrays, which makes buffers of them, as a network's weights are: a constant is another thing.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import common
import numpy as np
from tinygrad import Context, Tensor, nn


def optimizers() -> dict[str, Any]:
    def entry(kind: Any, call: str, **options: Any) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            # float32: the optimizers keep their state in it, and SGD with momentum refuses weights of float64.
            w = Tensor(np.ones(1, np.float32)).realize()
            optimizer = kind([w], lr=rates[0], **options)
            weights = []
            with Context(TRAINING=1):
                for g, rate in zip(gradients, rates, strict=True):
                    optimizer.lr.assign(Tensor([rate])).realize()
                    w.grad = Tensor(np.full(1, g, np.float32)).realize()
                    optimizer.step()
                    weights.append(float(w.numpy()[0]))
            return weights

        found = common.optimizer(
            f"tinygrad.nn.optim.{call}", walk, common.defaults(kind, "fused", "device"), "float32"
        )
        if "momentum" in options:
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    o = nn.optim
    return {
        "SGD": entry(o.SGD, "SGD(w, lr=0.1)"),
        "momentum": entry(o.SGD, "SGD(w, lr=0.1, momentum=0.9)", momentum=0.9),
        "Nesterov": entry(o.SGD, "SGD(w, lr=0.1, momentum=0.9, nesterov=True)", momentum=0.9, nesterov=True),
        "Adam": entry(o.Adam, "Adam(w, lr=0.1)"),
        "AdamW": entry(o.AdamW, "AdamW(w, lr=0.1)"),
    }


def derivatives() -> dict[str, Any]:
    def grad(f: Any, x: Any) -> Any:
        one = not isinstance(x, list)
        x = tensor([x] if one else x, np.float64)
        found = (
            f(x).sum().gradient(x)[0] + tensor(np.zeros(x.shape), np.float64)
        ).tolist()  # no bare constant
        return found[0] if one else found

    T = Tensor
    return common.derivatives(
        grad,
        SimpleNamespace(
            zero=tensor([0.0], np.float64), relu=T.relu, maximum=T.maximum, minimum=T.minimum, where=T.where,
            clip=lambda x: x.clip(0, 1), leaky=T.leaky_relu, relu6=T.relu6, elu=T.elu, hard_tanh=T.hardtanh,
            hard_sigmoid=T.hardsigmoid, abs=T.abs, round=T.round, max=T.max, max_axis=lambda x: x.max(0), prod=T.prod,
            sqrt=T.sqrt, std=T.std, log=T.log, sigmoid=T.sigmoid, softmax=lambda x: x.softmax(0),
            log_softmax=lambda x: x.log_softmax(0), logsumexp=lambda x: x.logsumexp(0),
        ),
    )  # fmt: skip


def losses() -> dict[str, Any]:
    def slope(f: Any, x: Any) -> Any:
        x = tensor(x)
        value = f(x)
        return value.item(), (value.gradient(x)[0] + tensor(np.zeros(x.shape))).tolist()

    return common.losses(
        slope,
        SimpleNamespace(
            bce_logits=lambda p, y: p.binary_crossentropy_logits(tensor(y)),
            bce=lambda p, y: p.binary_crossentropy(tensor(y)),
            ce=lambda p, y: p.cross_entropy(tensor(y)),
            softmax=lambda x: x.softmax(1), sigmoid=Tensor.sigmoid,
        ),
    )  # fmt: skip


def weights() -> dict[str, Any]:
    Tensor.manual_seed(0)
    layer = nn.Linear(784, 16)
    biases = [nn.Linear(784, 16).bias.tolist() for _ in range(20)]
    return {
        "dense": common.spread(layer.weight.flatten().tolist(), 784, 16),
        "dense_shape": list(layer.weight.shape),
        "dense_bias": common.spread(np.concatenate(biases), 784, 16),
        "he": common.spread(Tensor.kaiming_normal(64, 600).flatten().tolist(), 600, 64),
        "xavier": common.spread(Tensor.glorot_uniform(64, 600).flatten().tolist(), 600, 64),
    }


LOGITS = [[1.0, 2.0, 3.0], [1.0, 0.0, 0.0]]
QUERY, KEYS, VALUES = [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[1.0, 2.0], [3.0, 4.0], [5.0, 9.0]]


def tensor(values: Any, dtype: Any = np.float32) -> Tensor:
    return Tensor(np.array(values, dtype)).realize()


def gradient(f: Any, x: Any) -> Any:
    x = tensor(x)
    return f(x).sum().gradient(x)[0].tolist()


def layers() -> dict[str, Any]:
    Tensor.manual_seed(0)
    with Context(TRAINING=1):
        return common.cases(**norms(), **parts(), **attention(), **recurrent(), **training())


def norms() -> dict[str, Any]:
    def batch(rows: list[float]) -> tuple[Any, Any]:
        layer = nn.BatchNorm(1)
        return layer, layer(tensor(rows)[:, None]).flatten().tolist()

    layer, y = batch([1.0, 3.0])
    row = tensor([1.0, 2, 3, 4])
    return {
        "batchnorm": lambda: y,
        "batchnorm_mean": lambda: layer.running_mean.tolist()[0],
        "batchnorm_var": lambda: layer.running_var.tolist()[0],
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
        layer.weight = tensor(kernel)[None, None]
        return layer(tensor(x)[None, None]).flatten().tolist()

    def repeated() -> Any:
        layer = nn.Embedding(4, 2)
        layer.weight.realize()
        return layer(tensor([1, 1, 2], np.int32)).sum().gradient(layer.weight)[0].tolist()

    def flat(name: str) -> Any:
        made = [getattr(nn.Conv2d(3, 8, 3), name).flatten().tolist() for _ in range(20)]
        return common.spread(np.concatenate(made), 27, 72)

    embedding = nn.Embedding(100, 64)
    return {
        "dropout": lambda: sorted({*tensor(np.ones(100)).dropout(0.5).tolist()}),
        "dropout_all": lambda: (tensor(np.ones(3)).dropout(1.0) + tensor(np.zeros(3))).tolist(),
        "gelu": lambda: tensor([1.0]).gelu().item(),
        "leaky": lambda: tensor([-1.0]).leaky_relu().item(),
        "hard_sigmoid": lambda: tensor([1.0]).hardsigmoid().item(),
        "embedding_init": lambda: common.spread(embedding.weight.flatten().tolist(), 100, 64),
        "embedding_repeated": repeated,
        "conv_turned": lambda: conv([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, -1.0]),
        "conv_default": lambda: len(conv([1.0] * 5, [1.0] * 3)),
        "conv_shape": lambda: list(nn.Conv1d(2, 4, 3).weight.shape),
        "conv_same": lambda: conv([1.0] * 6, [1.0] * 3, stride=2, padding="same"),
        "conv_padding_1": lambda: conv([1.0] * 6, [1.0] * 3, stride=2, padding=1),
        "conv_init": lambda: flat("weight"),
        "conv_bias": lambda: flat("bias"),
        "maxpool_tie": lambda: gradient(lambda x: x[None, None].max_pool2d((2, 2)), [[1.0, 1.0], [1.0, 1.0]]),
        "avgpool_corner": lambda: (
            tensor(np.ones((1, 1, 2, 2))).avg_pool2d((2, 2), padding=1)[0, 0, 0, 0].item()
        ),
    }


def attention() -> dict[str, Any]:
    def attend(mask: Any = None, by: str = "") -> Any:
        q, k = (tensor(a)[None, None] for a in (QUERY, KEYS))
        if mask is not None:
            mask = tensor(mask, bool if isinstance(mask[0], bool) else np.float32)[None]

        def y(v: Any) -> Any:
            return q.scaled_dot_product_attention(k, v[None, None], attn_mask=mask)

        return gradient(y, VALUES) if by else y(tensor(VALUES)).flatten().tolist()

    return {
        "attention": attend,
        "attention_keep": lambda: attend([True, False, False]),
        "attention_masked": lambda: attend([False] * 3),
        "attention_large": lambda: attend([-1e9] * 3),
        "attention_large_grad": lambda: attend([-1e9] * 3, "v"),
    }


def recurrent() -> dict[str, Any]:
    def lstm(block: int) -> tuple[float, float]:
        cell = nn.LSTMCell(1, 1)
        cell.weight_ih, cell.weight_hh = tensor(np.zeros((4, 1))), tensor(np.zeros((4, 1)))
        cell.bias_ih, cell.bias_hh = tensor(20.0 * (np.arange(4) == block)), tensor(np.zeros(4))
        h, c = cell(tensor([[0.0]]), (tensor([[0.0]]), tensor([[2.0]])))
        return h.item(), c.item()

    cell = nn.LSTMCell(4, 16)
    return {
        "lstm_gates": lambda: common.gates(lstm),
        "lstm_forget": lambda: common.spread(cell.bias_ih[16:32].tolist(), 4, 16),
        "lstm_biases": lambda: sum(b is not None for b in (cell.bias_ih, cell.bias_hh)),
    }


def training() -> dict[str, Any]:
    def decay() -> list[float]:
        linear, norm = nn.Linear(1, 1), nn.LayerNorm(1)
        ones = [tensor(np.ones(p.shape)) for p in (linear.weight, linear.bias, norm.weight, norm.bias)]
        for p in ones:
            p.grad = tensor(np.zeros(p.shape))
        nn.optim.AdamW(ones, lr=0.1).step()
        return [p.item() for p in ones]

    logits, four = tensor(LOGITS), tensor(np.arange(4.0))
    last = tensor([2, 2], np.int32)
    zeros = tensor(np.zeros(4))
    return {
        "decay_all": decay,
        "ignored": lambda: logits.sparse_categorical_crossentropy(last, ignore_index=2).item(),
        "class_weights": lambda: (
            logits.log_softmax().nll_loss(tensor([0, 0], np.int32), weight=tensor([3.0, 1, 1])).item()
        ),
        "shapes": lambda: (four[:, None] - four).square().mean().item(),
        "shapes_bce": lambda: zeros[:, None].binary_crossentropy_logits(zeros).item(),
    }


if __name__ == "__main__":
    common.run(
        ["tinygrad"],
        optimizers=optimizers,
        layers=layers,
        derivatives=derivatives,
        losses=losses,
        weights=weights,
    )
