"""Keras, on the backend that KERAS_BACKEND names: see common.py."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import common

os.environ.setdefault("KERAS_BACKEND", "jax")
if os.environ["KERAS_BACKEND"] == "jax":
    import jax

    jax.config.update("jax_enable_x64", True)
import keras
import numpy as np
from keras import layers as kl
from keras import ops

BACKEND = os.environ["KERAS_BACKEND"]
if BACKEND == "torch":
    import torch
OPTIONS = ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum", "name", "amsgrad",
           "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps")  # fmt: skip


def optimizers() -> dict[str, Any]:
    keras.config.set_floatx("float64")

    def entry(kind: type, call: str, **options: Any) -> dict[str, Any]:
        def walk(gradients: list[float], rates: list[float]) -> list[float]:
            w = keras.Variable(np.ones(1), dtype="float64")
            optimizer = kind(learning_rate=rates[0], **options)
            weights = []
            for g, rate in zip(gradients, rates, strict=True):
                optimizer.learning_rate = rate
                optimizer.apply([keras.ops.full((1,), g, dtype="float64")], [w])
                weights.append(float(keras.ops.convert_to_numpy(w)[0]))
            return weights

        skip = OPTIONS if kind is not keras.optimizers.AdamW else OPTIONS[1:]
        found = common.optimizer(f"keras.optimizers.{call}", walk, common.defaults(kind, *skip))
        if "momentum" in options:
            found["rates"] = walk([1.0] * len(common.RATES), common.RATES)
        return found

    o = keras.optimizers
    return {
        "SGD": entry(o.SGD, "SGD(0.1)"),
        "momentum": entry(o.SGD, "SGD(0.1, momentum=0.9)", momentum=0.9),
        "Nesterov": entry(o.SGD, "SGD(0.1, momentum=0.9, nesterov=True)", momentum=0.9, nesterov=True),
        "AdaGrad": entry(o.Adagrad, "Adagrad(0.1)"),
        "RMSprop": entry(o.RMSprop, "RMSprop(0.1)"),
        "Adam": entry(o.Adam, "Adam(0.1)"),
        "AdamW": entry(o.AdamW, "AdamW(0.1)"),
        "NAdam": entry(o.Nadam, "Nadam(0.1)"),
        "Adadelta": entry(o.Adadelta, "Adadelta(0.1)"),
        "Adamax": entry(o.Adamax, "Adamax(0.1)"),
        "Lion": entry(o.Lion, "Lion(0.1)"),
    }


LOGITS = [[1.0, 2.0, 3.0], [1.0, 0.0, 0.0]]
QUERY, KEYS, VALUES = [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[1.0, 2.0], [3.0, 4.0], [5.0, 9.0]]


def array(values: Any) -> Any:
    return ops.convert_to_tensor(np.array(values, dtype=keras.config.floatx()))


def numbers(tensor: Any) -> Any:
    return ops.convert_to_numpy(tensor).astype(float).tolist()


def gradient(f: Any, x: Any) -> Any:
    """The gradient of the sum of f at x, by the backend's own means."""
    if BACKEND == "torch":
        x = torch.tensor(np.array(x, dtype=keras.config.floatx()), requires_grad=True)
        f(x).sum().backward()
        return numbers(x.grad)
    return numbers(jax.grad(lambda x: ops.sum(f(x)))(array(x)))


def derivatives() -> dict[str, Any]:
    keras.config.set_floatx("float64")
    return common.derivatives(
        gradient,
        SimpleNamespace(
            zero=array(0.0), relu=ops.relu, maximum=ops.maximum, minimum=ops.minimum, where=ops.where,
            clip=lambda x: ops.clip(x, 0.0, 1.0), leaky=lambda x: ops.leaky_relu(x, 0.01), relu6=ops.relu6, elu=ops.elu,
            hard_tanh=ops.hard_tanh, hard_sigmoid=ops.hard_sigmoid, abs=ops.abs, round=ops.round, max=ops.max,
            max_axis=lambda x: ops.max(x, axis=0), median=ops.median, prod=ops.prod, sqrt=ops.sqrt,
            norm=ops.norm, std=ops.std, atan2=ops.arctan2, sinc=ops.sinc, log=ops.log,
            sigmoid=ops.sigmoid, softmax=ops.softmax, log_softmax=ops.log_softmax, logsumexp=ops.logsumexp,
        ),
    )  # fmt: skip


def losses() -> dict[str, Any]:
    keras.config.set_floatx("float32")
    l = keras.losses

    def slope(f: Any, x: Any) -> Any:
        return numbers(f(array(x))), gradient(f, x)

    return common.losses(
        slope,
        SimpleNamespace(
            mse=lambda p, y: l.MeanSquaredError()(array(y), p),
            bce_logits=lambda p, y: l.BinaryCrossentropy(from_logits=True)(array(y), p),
            bce=lambda p, y: l.BinaryCrossentropy()(array(y), p),
            ce=lambda p, y: l.CategoricalCrossentropy(from_logits=True)(array(y), p),
            ce_p=lambda p, y: l.CategoricalCrossentropy()(array(y), p),
            l1=lambda p, y: l.MeanAbsoluteError()(array(y), p),
            huber=lambda p, y: l.Huber()(array(y), p),
            hinge=lambda p, y: l.Hinge()(array(y), p),
            softmax=lambda x: ops.softmax(x, axis=1),
            sigmoid=ops.sigmoid,
        ),
    ) | common.cases(kl=lambda: numbers(l.KLDivergence()(array([[1.0, 0, 0]] * 2), ops.full((2, 3), 1 / 3))))


def weights() -> dict[str, Any]:
    keras.config.set_floatx("float32")
    keras.utils.set_random_seed(0)
    made = [kl.Dense(16) for _ in range(20)]
    for layer in made:
        layer.build((None, 784))
    init = keras.initializers
    return {
        "dense": common.spread(np.concatenate([np.ravel(numbers(l.kernel)) for l in made]), 784, 16),
        "dense_shape": list(made[0].kernel.shape),
        "dense_bias": common.spread(np.concatenate([numbers(l.bias) for l in made]), 784, 16),
        "he": common.spread(np.ravel(numbers(init.HeNormal(0)((600, 64)))), 600, 64),
        "xavier": common.spread(np.ravel(numbers(init.GlorotUniform(0)((600, 64)))), 600, 64),
    }


def elsewhere() -> dict[str, Any]:
    import zipfile

    keras.config.set_floatx("float32")

    def names() -> list[str]:
        import h5py

        model = keras.Sequential([keras.Input((4,)), kl.Dense(3, name="hidden"), kl.Dense(2, name="out")])
        model.save("network.keras")
        with zipfile.ZipFile("network.keras") as bundle, bundle.open("model.weights.h5") as file:
            return list(h5py.File(file)["layers"])

    return common.cases(names=names)


def layers() -> dict[str, Any]:
    keras.utils.set_random_seed(0)
    keras.config.set_floatx("float32")
    return common.cases(**norms(), **parts(), **attention(), **recurrent(), **training())


def norms() -> dict[str, Any]:
    def batch(rows: list[float]) -> tuple[Any, Any]:
        layer = kl.BatchNormalization()
        return layer, numbers(layer(array(rows)[:, None], training=True)[:, 0])

    layer, y = batch([1.0, 3.0])
    row = array([1.0, 2, 3, 4])
    return {
        "batchnorm": lambda: y,
        "batchnorm_mean": lambda: numbers(layer.moving_mean)[0],
        "batchnorm_var": lambda: numbers(layer.moving_variance)[0],
        "batchnorm_momentum": lambda: layer.momentum,
        "batchnorm_eps": lambda: layer.epsilon,
        "batchnorm_one": lambda: batch([2.0])[1],
        "batchnorm_offset": lambda: batch([10001.0, 10002.0, 10003.0, 10004.0])[1],
        "layernorm": lambda: numbers(kl.LayerNormalization()(row[None])[0]),
        "layernorm_eps": lambda: kl.LayerNormalization().epsilon,
        "layernorm_offset": lambda: numbers(kl.LayerNormalization()(row[None] + 10000)[0]),
        "layernorm_same": lambda: gradient(lambda x: kl.LayerNormalization()(x[None])[0, 0], [5.0, 5.0, 5.0]),
        "rmsnorm_zero": lambda: gradient(lambda x: kl.RMSNormalization()(x[None]), [0.0, 0.0, 0.0]),
    }


def parts() -> dict[str, Any]:
    def conv(x: list[float], kernel: list[float], **options: Any) -> list[float]:
        return numbers(ops.conv(array(x)[None, :, None], array(kernel)[:, None, None], **options)[0, :, 0])

    def convs() -> list[Any]:
        made = [kl.Conv2D(8, 3) for _ in range(100)]
        for layer in made:
            layer.build((None, 8, 8, 3))
        return made

    def repeated() -> Any:
        rows = ops.convert_to_tensor(np.array([1, 1, 2]))
        layer = kl.Embedding(4, 2)
        layer.build()
        if BACKEND == "torch":
            layer(rows).sum().backward()
            return numbers(layer.trainable_variables[0].value.grad)
        table = [v.value for v in layer.trainable_variables]
        return numbers(jax.grad(lambda t: layer.stateless_call(t, [], rows)[0].sum())(table)[0])

    def embedding() -> Any:
        layer = kl.Embedding(1000, 64)
        layer.build()
        return common.spread(np.ravel(numbers(layer.embeddings)), 1000, 64)

    def shape() -> list[int]:
        layer = kl.Conv1D(4, 3)
        layer.build((None, 8, 2))
        return list(layer.kernel.shape)

    def flat(name: str) -> Any:
        return common.spread(np.concatenate([np.ravel(numbers(getattr(c, name))) for c in convs()]), 27, 72)

    def pooled(x: Any) -> Any:
        return kl.MaxPooling2D()(x[None, :, :, None])

    return {
        "dropout": lambda: sorted({*numbers(kl.Dropout(0.5)(ops.ones((100,)), training=True))}),
        "dropout_all": lambda: numbers(kl.Dropout(1.0)(ops.ones((3,)), training=True)),
        "gelu": lambda: numbers(kl.Activation("gelu")(array([1.0])))[0],
        "gelu_function": lambda: numbers(ops.gelu(array([1.0])))[0],
        "leaky": lambda: numbers(kl.LeakyReLU()(array([-1.0])))[0],
        "prelu": lambda: numbers(kl.PReLU()(array([[-1.0]])))[0][0],
        "hard_sigmoid": lambda: numbers(ops.hard_sigmoid(array([1.0])))[0],
        "embedding_init": embedding,
        "embedding_repeated": repeated,
        "conv_turned": lambda: conv([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, -1.0]),
        "conv_default": lambda: kl.Conv1D(1, 3)(ops.ones((1, 5, 1))).shape[1],
        "conv_shape": shape,
        "conv_same": lambda: conv([1.0] * 6, [1.0] * 3, strides=2, padding="same"),
        "conv_init": lambda: flat("kernel"),
        "conv_bias": lambda: flat("bias"),
        "maxpool_tie": lambda: gradient(pooled, [[1.0, 1.0], [1.0, 1.0]]),
    }


def attention() -> dict[str, Any]:
    def attend(mask: Any = None, by: str = "") -> Any:
        q, k, v = (np.array(a, "float32")[None, :, None] for a in (QUERY, KEYS, VALUES))
        options: dict[str, Any] = {}
        if mask is not None and isinstance(mask[0], bool):
            options["mask"] = ops.convert_to_tensor(np.array(mask)[None, None, None])
        elif mask is not None:
            options["bias"] = array(mask)[None, None, None]

        def y(v: Any) -> Any:
            return ops.dot_product_attention(array(q), array(k), v, **options)

        if not by:
            return numbers(ops.ravel(y(array(v))))
        return [row[0] for row in gradient(y, v)[0]]

    def module() -> Any:
        layer = kl.MultiHeadAttention(1, 2)
        x = array(VALUES)[None]
        mask = ops.convert_to_tensor(np.array([[[True, False, False]]]))
        return np.ravel(
            numbers(layer(x[:, :1], x, attention_mask=mask, return_attention_scores=True)[1])
        ).tolist()

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
        cell = kl.LSTMCell(1)
        cell.build((None, 1))
        cell.set_weights([np.zeros_like(w) for w in cell.get_weights()])
        bias = np.zeros(4)
        bias[block] = 20
        cell.set_weights([*cell.get_weights()[:2], bias])
        _, (h, c) = cell(ops.zeros((1, 1)), [ops.zeros((1, 1)), ops.full((1, 1), 2.0)])
        return numbers(h)[0][0], numbers(c)[0][0]

    def gru() -> list[float]:
        cell = kl.GRUCell(2)
        cell.build((None, 1))
        kernel, recurrent, bias = (np.zeros_like(w) for w in cell.get_weights())
        bias[0, :4] = [-20, -20, 20, -20]  # z, then r
        recurrent[:, 4:] = [[0, 1], [1, 0]]
        cell.set_weights([kernel, recurrent, bias])
        return numbers(cell(ops.zeros((1, 1)), [array([[0.1, 0.2]])])[0])[0]

    cell = kl.LSTMCell(16)
    cell.build((None, 4))
    forget = cell.get_weights()[2][16:32].tolist()
    return {
        "lstm_gates": lambda: common.gates(lstm),
        "lstm_forget": lambda: common.spread(forget, 4, 16),
        "lstm_biases": lambda: sum(w.ndim == 1 for w in cell.get_weights()),
        "gru_reset": lambda: common.reset(gru()),
    }


def training() -> dict[str, Any]:
    def clip(values: list[float]) -> list[float]:
        w = keras.Variable(np.zeros(2), dtype="float32")
        optimizer = keras.optimizers.SGD(1.0, global_clipnorm=1.0)
        optimizer.apply([array(values)], [w])
        return [-v + 0.0 for v in numbers(w)]

    def decay() -> list[float]:
        model = keras.Sequential([keras.Input((1,)), kl.Dense(1), kl.LayerNormalization()])
        model.set_weights([np.ones_like(w) for w in model.get_weights()])
        variables = model.trainable_variables
        keras.optimizers.AdamW(0.1).apply([ops.zeros_like(v.value) for v in variables], variables)
        return [numbers(ops.ravel(v.value))[0] for v in variables]

    def weights(**options: Any) -> float:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, **options)
        return numbers(loss(np.array([0, 0]), array(LOGITS), sample_weight=array([3.0, 3.0])))

    def ignored() -> float:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2)
        return numbers(loss(np.array([2, 2]), array(LOGITS)))

    four = array([0.0, 1, 2, 3])
    return {
        "clip": lambda: clip([3.0, 4.0]),
        "clip_inf": lambda: clip([float("inf"), 1.0]),
        "decay_all": decay,
        "ignored": ignored,
        "class_weights": weights,
        "shapes": lambda: numbers(keras.losses.MeanSquaredError()(four, four[:, None])),
        "shapes_bce": lambda: numbers(
            keras.losses.BinaryCrossentropy(from_logits=True)(ops.zeros((4,)), ops.zeros((4, 1)))
        ),
    }


if __name__ == "__main__":
    common.run(
        ["keras", os.environ["KERAS_BACKEND"]],
        layers=layers,
        derivatives=derivatives,
        losses=losses,
        weights=weights,
        elsewhere=elsewhere,
        optimizers=optimizers,
    )
