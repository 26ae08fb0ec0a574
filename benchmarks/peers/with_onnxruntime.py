"""ONNX files, written by PyTorch and by hand, run by onnxruntime: see common.py."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import common
import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper
from torch import nn

warnings.simplefilter("ignore")  # of the exporter, that an axis of 1 becomes fixed
torch.manual_seed(0)
Array = np.ndarray


def session(model: Any) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def exported(network: Any, x: Any, path: str = "network.onnx", **options: Any) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # what the exporter tells of its progress
        torch.onnx.export(network, (x,), path, dynamo=True, verbose=False, **options)
    return session(path)


def run(model: Any, *inputs: Any) -> Array:
    return model.run(None, {i.name: np.asarray(x) for i, x in zip(model.get_inputs(), inputs, strict=True)})[
        0
    ]


def operator(kind: str, *inputs: Any, outputs: int = 1, **attributes: Any) -> list[Array]:
    """What one operator gives for these inputs."""
    arrays = [np.asarray(x) for x in inputs]
    types = {np.dtype("float32"): TensorProto.FLOAT, np.dtype("float64"): TensorProto.DOUBLE}
    names = [f"x{i}" for i in range(len(arrays))]
    made = [f"y{i}" for i in range(outputs)]
    graph = helper.make_graph(
        [helper.make_node(kind, names, made, **attributes)],
        "one",
        [
            helper.make_tensor_value_info(n, types[a.dtype], a.shape)
            for n, a in zip(names, arrays, strict=True)
        ],
        [helper.make_tensor_value_info(n, types[arrays[0].dtype], None) for n in made],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    model.ir_version = 10
    return session(model.SerializeToString()).run(None, dict(zip(names, arrays, strict=True)))


def f32(*values: Any) -> Array:
    return np.array(values, np.float32)


def layers() -> dict[str, Any]:
    def lstm(block: int) -> tuple[float, float]:
        bias = np.zeros((1, 8), np.float32)
        bias[0, block] = 20
        zero = np.zeros((1, 4, 1), np.float32)
        graph = helper.make_graph(
            [helper.make_node("LSTM", ["x", "w", "r", "b", "", "h", "c"], ["", "hn", "cn"], hidden_size=1)],
            "one",
            [
                helper.make_tensor_value_info(n, TensorProto.FLOAT, s)
                for n, s in {
                    "x": (1, 1, 1), "w": (1, 4, 1), "r": (1, 4, 1), "b": (1, 8), "h": (1, 1, 1), "c": (1, 1, 1)
                }.items()
            ],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("hn", "cn")],
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
        model.ir_version = 10
        one = np.zeros((1, 1, 1), np.float32)
        given = {"x": one, "w": zero, "r": zero, "b": bias, "h": one, "c": one + 2}
        h, c = session(model.SerializeToString()).run(None, given)
        return float(h.ravel()[0]), float(c.ravel()[0])

    return common.cases(
        gelu=lambda: float(operator("Gelu", f32(1))[0][0]),
        leaky=lambda: float(operator("LeakyRelu", f32(-1))[0][0]),
        hard_sigmoid=lambda: float(operator("HardSigmoid", f32(1))[0][0]),
        lstm_gates=lambda: common.gates(lstm),
    )


def elsewhere() -> dict[str, Any]:
    network = nn.Sequential(nn.Linear(64, 32), nn.Sigmoid(), nn.Linear(32, 10)).eval()
    x = torch.randn(1000, 64)
    batch = {"dynamic_shapes": ({0: "batch"},)}

    def alone() -> Any:
        exported(network, x[:1], "two.onnx")
        os.makedirs("other", exist_ok=True)
        shutil.copy("two.onnx", "other")
        return len(session("other/two.onnx").get_inputs())

    def files() -> list[str]:
        exported(network, x[:1], "files.onnx")
        return sorted(p.name.replace("files", "network") for p in Path(".").glob("files.onnx*"))

    def twice() -> bool:
        torn = nn.Sequential(nn.Linear(64, 10), nn.Dropout(0.5)).train()
        with warnings.catch_warnings():
            model = exported(torn, x[:1], "torn.onnx", training=torch.onnx.TrainingMode.PRESERVE)
        return bool(np.array_equal(run(model, x[:1]), run(model, x[:1])))

    many = exported(network, x[:2], "many.onnx", **batch)
    theirs = network(x).detach().numpy()
    return common.cases(
        batch=lambda: run(exported(network, x[:1]), x[:3]).shape[0],
        batch_dynamic=lambda: run(many, x[:3]).shape[0],
        files=files,
        alone=alone,
        dropout_twice=twice,
        difference=lambda: bool(np.abs(run(many, x) - theirs).max() < 1e-6),
        equal_bits=lambda: bool(np.array_equal(run(many, x), theirs)),
        sigmoid=lambda: operator("Sigmoid", f32(-17, -18, -20))[0].tolist(),
        log_sigmoid=lambda: float(np.log(operator("Sigmoid", f32(-20))[0][0])),
        sigmoid_64=lambda: float(operator("Sigmoid", np.array([-20.0]))[0][0]),
        maxpool_nan=lambda: operator("MaxPool", f32(np.nan, 1)[None, None], kernel_shape=[2])[0].item(),
        wrong_dtype=lambda: run(many, x.double()).shape[0],
    )


if __name__ == "__main__":
    common.run(["onnx", "onnxruntime", "onnxscript", "torch"], layers=layers, elsewhere=elsewhere)
