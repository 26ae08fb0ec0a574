#!/usr/bin/env bash
# ONNX 1.23.2, onnxruntime 1.32.0 (CPU): a float64 network with leaky ReLU has not the slope that it was given, and runs
# or not by the opset that the file names, though the operator is the same.
#
# An ONNX attribute holds its numbers in float32: LeakyRelu's slope of 0.01 is stored as 0.009999999776482582, in a graph
# that is exact to 1e-16 everywhere else. onnxruntime has no LeakyRelu for float64 (it has Relu, Sigmoid and Tanh), so it
# needs the operator's definition as a function. LeakyRelu changed last in opset 16. With opset 16 to 18 the model runs;
# with 19 and later, the same operator and a valid model for onnx.checker, the session is refused. max(z, slope z), with
# the slope as a tensor, is exact and runs with all of them.
#
# Seen (opset: LeakyRelu at -3; max(z, slope z) at -3):
#     slope kept: 0.009999999776482582
#     15 NotImplemented; -0.03
#     16 -0.029999999329447746; -0.03
#     17 -0.029999999329447746; -0.03
#     18 -0.029999999329447746; -0.03
#     19 NotImplemented; -0.03
#     22 NotImplemented; -0.03
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
"$folder/venv/bin/python" - >"$folder/seen" <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def model(opset, *nodes):
    ends = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["m", 1]) for name in ("z", "a")]
    slope = [numpy_helper.from_array(np.array(0.01), "slope")] if len(nodes) > 1 else []
    graph = helper.make_graph(list(nodes), "g", ends[:1], ends[1:], slope)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made


def run(made):
    try:
        return onnxruntime.InferenceSession(made.SerializeToString()).run(None, {"z": np.array([[-3.0]])})[0].item()
    except Exception as error:
        return type(error).__name__


leaky = helper.make_node("LeakyRelu", ["z"], ["a"], alpha=0.01)
by_max = helper.make_node("Mul", ["z", "slope"], ["leak"]), helper.make_node("Max", ["z", "leak"], ["a"])
print("slope kept:", leaky.attribute[0].f)
for opset in (15, 16, 17, 18, 19, 22):
    print(f"{opset} {run(model(opset, leaky))}; {run(model(opset, *by_max))}")
PY
cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
slope kept: 0.009999999776482582
15 NotImplemented; -0.03
16 -0.029999999329447746; -0.03
17 -0.029999999329447746; -0.03
18 -0.029999999329447746; -0.03
19 NotImplemented; -0.03
22 NotImplemented; -0.03
EXPECTED
