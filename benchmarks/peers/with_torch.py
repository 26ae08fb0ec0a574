"""PyTorch: see common.py."""

from __future__ import annotations

import io
import math
from types import SimpleNamespace
from typing import Any

import common
import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)

HOW = ("foreach", "maximize", "capturable", "differentiable", "fused", "decoupled_weight_decay")  # not what


def optimizers() -> dict[str, Any]:
    def entry(kind: type, call: str, **options: Any) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            w = torch.ones(1, requires_grad=True)
            optimizer = kind([w], lr=rates[0], **options)
            weights = []
            for g, rate in zip(gradients, rates, strict=True):
                optimizer.param_groups[0]["lr"] = rate
                w.grad = torch.full((1,), g)
                optimizer.step()
                weights.append(w.item())
            return weights

        found = common.optimizer(f"torch.optim.{call}", walk, common.defaults(kind, *HOW))
        if "momentum" in options:
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    o = torch.optim
    return {
        "SGD": entry(o.SGD, "SGD(w, lr=0.1)"),
        "momentum": entry(o.SGD, "SGD(w, lr=0.1, momentum=0.9)", momentum=0.9),
        "Nesterov": entry(o.SGD, "SGD(w, lr=0.1, momentum=0.9, nesterov=True)", momentum=0.9, nesterov=True),
        "AdaGrad": entry(o.Adagrad, "Adagrad(w, lr=0.1)"),
        "RMSprop": entry(o.RMSprop, "RMSprop(w, lr=0.1)"),
        "Adam": entry(o.Adam, "Adam(w, lr=0.1)"),
        "AdamW": entry(o.AdamW, "AdamW(w, lr=0.1)"),
        "NAdam": entry(o.NAdam, "NAdam(w, lr=0.1)"),
        "Adadelta": entry(o.Adadelta, "Adadelta(w, lr=0.1)"),
        "Adamax": entry(o.Adamax, "Adamax(w, lr=0.1)"),
    }


def derivatives() -> dict[str, Any]:
    def grad(f: Any, x: Any) -> Any:
        x = torch.tensor(x, requires_grad=True)
        f(x).sum().backward()
        return x.grad.tolist()

    return common.derivatives(
        grad,
        SimpleNamespace(
            zero=torch.tensor(0.0), relu=F.relu, maximum=torch.maximum, minimum=torch.minimum, where=torch.where,
            clip=lambda x: x.clip(0, 1), leaky=lambda x: F.leaky_relu(x, 0.01), relu6=F.relu6, elu=F.elu,
            hard_tanh=F.hardtanh, hard_sigmoid=F.hardsigmoid, abs=torch.abs, round=torch.round, max=torch.max,
            max_axis=lambda x: x.max(0).values, median=lambda x: x.quantile(0.5), prod=torch.prod, sqrt=torch.sqrt,
            norm=torch.linalg.norm, std=torch.std, atan2=torch.atan2, sinc=torch.sinc, log=torch.log,
            sigmoid=torch.sigmoid, softmax=lambda x: x.softmax(0), log_softmax=lambda x: x.log_softmax(0),
            logsumexp=lambda x: x.logsumexp(0),
        ),
    )  # fmt: skip


def losses() -> dict[str, Any]:
    torch.set_default_dtype(torch.float32)
    t = torch.tensor

    def slope(f: Any, x: Any) -> Any:
        x = t(x, requires_grad=True)
        value = f(x)
        value.backward()
        return value.item(), x.grad.tolist()

    found = common.losses(
        slope,
        SimpleNamespace(
            mse=lambda p, y: nn.MSELoss()(p, t(y)),
            bce_logits=lambda p, y: nn.BCEWithLogitsLoss()(p, t(y)),
            bce=lambda p, y: nn.BCELoss()(p, t(y)),
            ce=lambda p, y: nn.CrossEntropyLoss()(p, t(y)),
            l1=lambda p, y: nn.L1Loss()(p, t(y)),
            huber=lambda p, y: nn.HuberLoss()(p, t(y)),
            softmax=lambda x: x.softmax(1),
            sigmoid=torch.sigmoid,
        ),
    )
    log_p, y = torch.full((2, 3), 1 / 3).log(), t([[1.0, 0, 0]] * 2)
    found |= common.cases(
        kl=lambda: nn.KLDivLoss()(log_p, y).item(),
        kl_batch=lambda: nn.KLDivLoss(reduction="batchmean")(log_p, y).item(),
        no_variance=lambda: common.flat(slope(lambda v: nn.GaussianNLLLoss()(t([1.0]), t([0.0]), v), [0.0])),
    )
    torch.set_default_dtype(torch.float64)
    return found


def elsewhere() -> dict[str, Any]:
    far = torch.tensor([-17.0, -18, -20], dtype=torch.float32)

    def saved(rows: Any) -> int:
        file = io.BytesIO()
        torch.save(rows, file)
        return file.tell()

    def view() -> bool:
        """Does one row of a matrix take as much as the matrix?"""
        matrix = torch.zeros(100, 1000)
        return saved(matrix[0]) > saved(matrix) / 2

    return {
        "sigmoid": torch.sigmoid(far).tolist(),
        "log_sigmoid": torch.sigmoid(far).log()[-1].item(),
        "maxpool_nan": F.max_pool1d(torch.tensor([[[math.nan, 1.0]]]), 2).item(),
        "view": view(),
        "view_copy": saved(torch.zeros(100, 1000)[0].clone()) > saved(torch.zeros(100, 1000)) / 2,
    }


def weights() -> dict[str, Any]:
    layers = [nn.Linear(784, 16) for _ in range(20)]
    return {
        "dense": common.spread(torch.cat([l.weight.flatten() for l in layers]).tolist(), 784, 16),
        "dense_shape": list(layers[0].weight.shape),
        "dense_bias": common.spread(torch.cat([l.bias for l in layers]).tolist(), 784, 16),
        "he": common.spread(nn.init.kaiming_normal_(torch.empty(64, 600)).flatten().tolist(), 600, 64),
        "xavier": common.spread(nn.init.xavier_uniform_(torch.empty(64, 600)).flatten().tolist(), 600, 64),
    }


LOGITS = [[1.0, 2.0, 3.0], [1.0, 0.0, 0.0]]
QUERY, KEYS, VALUES = [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[1.0, 2.0], [3.0, 4.0], [5.0, 9.0]]


def layers() -> dict[str, Any]:
    torch.set_default_dtype(torch.float32)
    found = common.cases(**norms(), **parts(), **attention(), **recurrent(), **training())
    torch.set_default_dtype(torch.float64)
    return found


def gradient(f: Any, *start: Any) -> Any:
    """The gradient of the sum of f, by its first argument."""
    x = [torch.tensor(v, requires_grad=True) for v in start]
    f(*x).sum().backward()
    return x[0].grad.tolist()


def norms() -> dict[str, Any]:
    def batch(rows: list[float]) -> tuple[Any, Any]:
        layer = nn.BatchNorm1d(1)
        return layer, layer(torch.tensor(rows)[:, None])

    layer, y = batch([1.0, 3.0])
    row = torch.arange(1.0, 5)
    return {
        "batchnorm": lambda: y.flatten().tolist(),
        "batchnorm_mean": layer.running_mean.item,
        "batchnorm_var": layer.running_var.item,
        "batchnorm_momentum": lambda: layer.momentum,
        "batchnorm_eps": lambda: layer.eps,
        "batchnorm_one": lambda: batch([2.0])[1].flatten().tolist(),
        "batchnorm_offset": lambda: batch([10001.0, 10002.0, 10003.0, 10004.0])[1].flatten().tolist(),
        "layernorm": lambda: nn.LayerNorm(4)(row).tolist(),
        "layernorm_eps": lambda: nn.LayerNorm(4).eps,
        "layernorm_offset": lambda: nn.LayerNorm(4)(row + 10000).tolist(),
        "layernorm_same": lambda: gradient(lambda x: nn.LayerNorm(3)(x)[0], [5.0, 5.0, 5.0]),
        "rmsnorm_zero": lambda: gradient(nn.RMSNorm(3), [0.0, 0.0, 0.0]),
    }


def parts() -> dict[str, Any]:
    def conv(x: list[float], kernel: list[float], **options: Any) -> list[float]:
        k, x = torch.tensor(kernel)[None, None], torch.tensor(x)[None, None]
        return F.conv1d(x, k, **options).flatten().tolist()

    def repeated() -> list[Any]:
        layer = nn.Embedding(4, 2)
        layer(torch.tensor([1, 1, 2])).sum().backward()
        return layer.weight.grad.tolist()

    convs = [nn.Conv2d(3, 8, 3) for _ in range(100)]
    return {
        "dropout": lambda: sorted({*nn.Dropout(0.5)(torch.ones(100)).tolist()}),
        "dropout_all": lambda: nn.Dropout(1.0)(torch.ones(3)).tolist(),
        "gelu": lambda: nn.GELU()(torch.tensor(1.0)).item(),
        "gelu_function": lambda: F.gelu(torch.tensor(1.0)).item(),
        "leaky": lambda: nn.LeakyReLU()(torch.tensor(-1.0)).item(),
        "prelu": lambda: nn.PReLU()(torch.tensor([-1.0])).item(),
        "hard_sigmoid": lambda: nn.Hardsigmoid()(torch.tensor(1.0)).item(),
        "embedding_init": lambda: common.spread(nn.Embedding(1000, 64).weight.flatten(), 1000, 64),
        "embedding_repeated": repeated,
        "conv_turned": lambda: conv([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, -1.0]),
        "conv_default": lambda: nn.Conv1d(1, 1, 3)(torch.ones(1, 1, 5)).numel(),
        "conv_shape": lambda: list(nn.Conv1d(2, 4, 3).weight.shape),
        "conv_same": lambda: conv([1.0] * 6, [1.0] * 3, stride=2, padding="same"),
        "conv_padding_1": lambda: conv([1.0] * 6, [1.0] * 3, stride=2, padding=1),
        "conv_init": lambda: common.spread(torch.cat([c.weight.flatten() for c in convs]), 27, 72),
        "conv_bias": lambda: common.spread(torch.cat([c.bias for c in convs]), 27, 72),
        "maxpool_tie": lambda: gradient(lambda x: F.max_pool2d(x[None, None], 2), [[1.0, 1.0], [1.0, 1.0]]),
        "avgpool_corner": lambda: F.avg_pool2d(torch.ones(1, 1, 2, 2), 2, padding=1)[0, 0, 0, 0].item(),
    }


def attention() -> dict[str, Any]:
    def attend(mask: Any = None, by: str = "") -> Any:
        t = {k: torch.tensor(v, requires_grad=True) for k, v in (("q", QUERY), ("k", KEYS), ("v", VALUES))}
        mask = None if mask is None else torch.tensor(mask)[None]
        y = F.scaled_dot_product_attention(*(t[n][None, None] for n in "qkv"), attn_mask=mask)
        if not by:
            return y.flatten().tolist()
        y.sum().backward()
        return t[by].grad.tolist()

    def module() -> Any:
        layer = nn.MultiheadAttention(2, 1, batch_first=True)
        x = torch.tensor(VALUES)[None]
        return (
            layer(x[:, :1], x, x, key_padding_mask=torch.tensor([[True, False, False]]))[1].flatten().tolist()
        )

    return {
        "attention": attend,
        "attention_keep": lambda: attend([True, False, False]),
        "attention_module_keep": module,
        "attention_masked": lambda: attend([False] * 3),
        "attention_large": lambda: attend([-1e9] * 3),
        "attention_large_grad": lambda: attend([-1e9] * 3, "v"),
    }


def recurrent() -> dict[str, Any]:
    def lstm(block: int) -> tuple[float, float]:
        layer = nn.LSTM(1, 1)
        with torch.no_grad():
            for p in layer.parameters():
                p.zero_()
            layer.bias_ih_l0[block] = 20
            _, (h, c) = layer(torch.zeros(1, 1, 1), (torch.zeros(1, 1, 1), torch.full((1, 1, 1), 2.0)))
        return h.item(), c.item()

    def gru() -> list[float]:
        layer = nn.GRU(1, 2)
        with torch.no_grad():
            for p in layer.parameters():
                p.zero_()
            layer.bias_ih_l0[:4] = torch.tensor([20.0, -20, -20, -20])  # r, then z
            layer.weight_hh_l0[4:] = torch.tensor([[0.0, 1], [1, 0]])
            return layer(torch.zeros(1, 1, 1), torch.tensor([[[0.1, 0.2]]]))[0].flatten().tolist()

    layer = nn.LSTM(4, 16)
    return {
        "lstm_gates": lambda: common.gates(lstm),
        "lstm_forget": lambda: common.spread(
            torch.cat([nn.LSTM(4, 16).bias_ih_l0[16:32] for _ in range(50)]), 4, 16
        ),
        "lstm_biases": lambda: sum(p.ndim == 1 for p in layer.parameters()),
        "gru_reset": lambda: common.reset(gru()),
    }


def training() -> dict[str, Any]:
    def clip(values: list[float]) -> list[float]:
        w = torch.zeros(2, requires_grad=True)
        w.grad = torch.tensor(values)
        nn.utils.clip_grad_norm_([w], 1.0)
        return w.grad.tolist()

    def decay() -> list[float]:
        layers = nn.Sequential(nn.Linear(1, 1), nn.LayerNorm(1))
        for p in layers.parameters():
            nn.init.ones_(p)
            p.grad = torch.zeros_like(p)
        torch.optim.AdamW(layers.parameters(), lr=0.1).step()
        return [p.item() for p in layers.parameters()]

    logits, four = torch.tensor(LOGITS), torch.arange(4.0)
    return {
        "clip": lambda: clip([3.0, 4.0]),
        "clip_inf": lambda: clip([float("inf"), 1.0]),
        "decay_all": decay,
        "ignored": lambda: F.cross_entropy(logits, torch.tensor([-100, -100])).item(),
        "class_weights": lambda: F.cross_entropy(
            logits, torch.tensor([0, 0]), weight=torch.tensor([3.0, 1, 1])
        ).item(),
        "shapes": lambda: F.mse_loss(four[:, None], four).item(),
        "shapes_bce": lambda: F.binary_cross_entropy_with_logits(torch.zeros(4, 1), torch.zeros(4)).item(),
    }


if __name__ == "__main__":
    common.run(
        ["torch"],
        optimizers=optimizers,
        layers=layers,
        derivatives=derivatives,
        losses=losses,
        weights=weights,
        elsewhere=elsewhere,
    )
