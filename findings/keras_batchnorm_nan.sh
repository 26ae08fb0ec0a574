#!/bin/sh
# Keras 3.15.1 on PyTorch: batch normalisation in training gives nan for ordinary numbers that are far from 0.
#
# For the column 10001, 10002, 10003, 10004, in float32, keras.ops.moments has the variance -8 where it is 1.25: a
# difference of two large squares. Its root is nan, and so is all that comes after. torch.nn.BatchNorm1d, in the same
# process, gives the right numbers, and Keras's own keras.ops.var the right variance.
#
# Seen on 2026-11-27 (Python 3.11.7, keras 3.15.1, torch 2.13.0+cpu):
#   ops.moments: variance [-8.0]; ops.var: 1.25
#   keras: [nan, nan, nan, nan]
#   torch: [-1.341, -0.447, 0.448, 1.342]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check keras==3.15.1 torch==2.13.0 numpy==2.4.6
KERAS_BACKEND=torch KERAS_HOME=$folder CUDA_VISIBLE_DEVICES= .venv/bin/python - <<'EOF'
import keras
import numpy as np
import torch

x = torch.tensor([[10001.0], [10002.0], [10003.0], [10004.0]])
variance = keras.ops.moments(x, axes=[0])[1].tolist()
with torch.no_grad():
    ours = keras.layers.BatchNormalization()(x, training=True).flatten().tolist()
    theirs = torch.nn.BatchNorm1d(1)(x).flatten().tolist()
print(f"ops.moments: variance {variance}; ops.var: {float(keras.ops.var(x)):.2f}")
print("keras:", ours)
print("torch:", [round(v, 3) for v in theirs])
assert variance[0] <= 0 and np.isnan(ours).all() and np.allclose(theirs, [-1.341, -0.447, 0.447, 1.341], atol=2e-3)
EOF
