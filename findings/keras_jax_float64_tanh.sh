#!/usr/bin/env bash
# Keras 3.15.1 on JAX 0.10.2: in a model of float64, a tanh layer computes in float32, and says nothing.
#
# With JAX's 64 bits switched on and every layer of dtype="float64", Dense(activation="sigmoid") and "relu" give float64.
# "tanh" gives float32, as keras.ops.sin, cosh and floor do; exp, sqrt and log1p do not. After a tanh layer the rest of
# the model goes on with numbers that are good to 1e-7 only, so a gradient check of a float64 model fails at that size.
# On PyTorch the same Keras keeps float64.
#
# Seen: the dtype of the output of one Dense layer of float64, and its distance from numpy's float64.
#     sigmoid float64 below 1e-15
#     relu    float64 below 1e-15
#     tanh    float32 above 1e-9
#     ops: exp float64, sqrt float64, log1p float64, tanh float32, sin float32, cosh float32, floor float32
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu JAX_ENABLE_X64=1 "$folder/venv/bin/python" - >"$folder/seen" <<'PY'
import keras
import numpy as np

x = np.array([[0.3, -1.2]])
W, b = np.array([[0.5, -0.7, 1.1], [0.2, 0.9, -0.4]]), np.array([0.1, 0.2, 0.3])
z = x @ W + b
for name, expected in (("sigmoid", 1 / (1 + np.exp(-z))), ("relu", np.maximum(z, 0)), ("tanh", np.tanh(z))):
    model = keras.Sequential([keras.Input((2,), dtype="float64"), keras.layers.Dense(3, name, dtype="float64")])
    model.set_weights([W, b])
    a = keras.ops.convert_to_numpy(model(x))
    error = abs(a - expected).max()
    print(name, a.dtype, "below 1e-15" if error < 1e-15 else "above 1e-9" if error > 1e-9 else error)
t = keras.ops.convert_to_tensor(np.array([0.5]), dtype="float64")
names = ("exp", "sqrt", "log1p", "tanh", "sin", "cosh", "floor")
print("ops:", ", ".join(f"{n} {keras.backend.standardize_dtype(getattr(keras.ops, n)(t).dtype)}" for n in names))
PY
cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
sigmoid float64 below 1e-15
relu float64 below 1e-15
tanh float32 above 1e-9
ops: exp float64, sqrt float64, log1p float64, tanh float32, sin float32, cosh float32, floor float32
EXPECTED
