#!/usr/bin/env bash
# onnxruntime 1.32.0, CPU: the Sigmoid of float32 is exactly 0 from z = -18 down, where the true value is 1.5e-8.
#
# float32 holds numbers down to 1e-38 (and 1e-45), and the sigmoid of -18 is 1.5229980e-08: numpy's 1 / (1 + exp(-z)) has
# it to 7 digits. onnxruntime's vector code gives 0.0, and from about -10 on its values are off by more than a per cent:
# 8.94e-08 for 4.14e-08 at -17, and not even falling there. In float64 it is exact. So a probability that was small
# where the network was trained is impossible where it runs, and the log of it is -inf.
#
# Seen, Sigmoid at -5, -10, -15, -16, -17, -18, -20: float32, then float64
#     6.693e-03 4.539e-05 3.576e-07 5.960e-08 8.941e-08 0.000e+00 0.000e+00
#     6.693e-03 4.540e-05 3.059e-07 1.125e-07 4.140e-08 1.523e-08 2.061e-09
#     Log(Sigmoid(-20)) in float32: -inf
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
"$folder/venv/bin/python" - >"$folder/seen" <<'PY'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper


def run(kind, z, *operators):
    nodes = [helper.make_node(op, [f"t{i}"], [f"t{i + 1}"]) for i, op in enumerate(operators)]
    first, last = (helper.make_tensor_value_info(f"t{i}", kind, [None]) for i in (0, len(operators)))
    graph = helper.make_graph(nodes, "g", [first], [last])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"t0": z})[0]


z = np.array([-5, -10, -15, -16, -17, -18, -20])
for kind, dtype in ((TensorProto.FLOAT, np.float32), (TensorProto.DOUBLE, np.float64)):
    print(*(f"{a:.3e}" for a in run(kind, z.astype(dtype), "Sigmoid")))
print("Log(Sigmoid(-20)) in float32:", run(TensorProto.FLOAT, z[-1:].astype(np.float32), "Sigmoid", "Log").item())
PY
cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
6.693e-03 4.539e-05 3.576e-07 5.960e-08 8.941e-08 0.000e+00 0.000e+00
6.693e-03 4.540e-05 3.059e-07 1.125e-07 4.140e-08 1.523e-08 2.061e-09
Log(Sigmoid(-20)) in float32: -inf
EXPECTED
