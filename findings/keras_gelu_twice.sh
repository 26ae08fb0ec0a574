#!/bin/sh
# Keras 3.15.1 has two functions under the name gelu: the layers' activation and keras.ops.gelu differ.
#
# Activation("gelu"), and Dense(activation="gelu") with it, is the exact x Φ(x); keras.ops.gelu is the approximation with
# tanh unless told approximate=False. A layer that is written again with ops differs in the fourth digit.
#
# Seen on 2026-11-27 (Python 3.11.7, keras 3.15.1, jax 0.10.2, CPU), at 1:
#   layers.Activation("gelu") 0.841345, keras.activations.gelu 0.841345, keras.ops.gelu 0.841192
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2
KERAS_BACKEND=jax KERAS_HOME=$folder JAX_PLATFORMS=cpu .venv/bin/python - <<'EOF'
import keras
import numpy as np

one = np.ones((1, 1), np.float32)
layer = float(keras.layers.Activation("gelu")(one)[0, 0])
activation = float(keras.activations.gelu(one)[0, 0])
op = float(keras.ops.gelu(one)[0, 0])
print(f'layers.Activation("gelu") {layer:.6f}, keras.activations.gelu {activation:.6f}, keras.ops.gelu {op:.6f}')
assert abs(layer - 0.841345) < 1e-5 and layer == activation and abs(op - 0.841192) < 1e-5
EOF
