#!/usr/bin/env bash
# Keras 3.15.1: a model of float64 computes in float32, in its products on PyTorch and in its tanh on JAX, unsaid.
#
# Everywhere but on TensorFlow Keras's rule of promotion says that float64 with float64 is float32. On PyTorch
# keras.ops.matmul goes by it: Dense(dtype="float64") has weights and outputs of float64, and between them a product in
# float32. On JAX, with its 64 bits switched on, matmul keeps float64, but tanh, sin, cosh and floor give float32; exp and
# sigmoid do not. keras.config.set_floatx("float64") changes nothing in this. So weights that came from elsewhere give
# outputs that agree to 7 digits, and a gradient check of a float64 model fails by that.
#
# Seen: the dtype of the output of a Dense layer of float64, its distance from numpy's float64, dtypes of operations
#     torch sigmoid: float64, off by more than 1e-9
#     torch tanh:    float64, off by more than 1e-9
#     torch ops: matmul float32, tanh float64, sin float64, exp float64
#     jax sigmoid:   float64, off by less than 1e-15
#     jax tanh:      float32, off by more than 1e-9
#     jax ops: matmul float64, tanh float32, sin float32, exp float64
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    keras==3.15.1 torch==2.13.0 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cat >"$folder/run.py" <<'PY'
import keras
import numpy as np

keras.config.set_floatx("float64")
backend = keras.backend.backend()
x = np.array([[0.3, -1.2]])
W, b = np.array([[0.5, -0.7, 1.1], [0.2, 0.9, -0.4]]), np.array([0.1, 0.2, 0.3])
z = x @ W + b
for name, expected in (("sigmoid", 1 / (1 + np.exp(-z))), ("tanh", np.tanh(z))):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name)])
    model.set_weights([W, b])
    a = keras.ops.convert_to_numpy(model(x))
    error = abs(a - expected).max()
    far = "more than 1e-9" if error > 1e-9 else "less than 1e-15" if error < 1e-15 else error
    print(f"{backend} {name}: {a.dtype}, off by {far}")
t = keras.ops.convert_to_tensor(np.array([[0.5]]))
seen = {"matmul": keras.ops.matmul(t, t)} | {n: getattr(keras.ops, n)(t) for n in ("tanh", "sin", "exp")}
print(f"{backend} ops:", ", ".join(f"{n} {keras.backend.standardize_dtype(y.dtype)}" for n, y in seen.items()))
PY
for backend in torch jax; do
    KERAS_HOME="$folder" KERAS_BACKEND=$backend CUDA_VISIBLE_DEVICES= JAX_PLATFORMS=cpu JAX_ENABLE_X64=1 \
        "$folder/venv/bin/python" "$folder/run.py"
done >"$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
torch sigmoid: float64, off by more than 1e-9
torch tanh: float64, off by more than 1e-9
torch ops: matmul float32, tanh float64, sin float64, exp float64
jax sigmoid: float64, off by less than 1e-15
jax tanh: float32, off by more than 1e-9
jax ops: matmul float64, tanh float32, sin float32, exp float64
EXPECTED
