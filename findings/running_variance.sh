#!/bin/sh
# The same layer, the same batch, two running variances, and a momentum that means its opposite.
#
# PyTorch's BatchNorm1d stores the variance with m - 1, Keras's BatchNormalization that with m, although PyTorch
# normalises the batch itself with m, too. And momentum=0.1 is the weight of the new value in PyTorch, that of the old one
# in Keras. A layer that is moved from one to the other with its statistics answers alike as long as it is not trained.
#
# Seen on 2026-11-27 (Python 3.11.7, keras 3.15.1, torch 2.13.0+cpu), batch 1 and 3 (variance 1, with m - 1: 2), from 1:
#   torch, momentum 0.1: running variance 1.1
#   keras, momentum 0.9: running variance 1.0
#   running mean, momentum 0.1 in both: keras 1.8, torch 0.2
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check keras==3.15.1 torch==2.13.0
KERAS_BACKEND=torch KERAS_HOME=$folder CUDA_VISIBLE_DEVICES= .venv/bin/python - <<'EOF'
import keras
import torch

x = torch.tensor([[1.0], [3.0]])
theirs = torch.nn.BatchNorm1d(1, momentum=0.1)
theirs(x)
same, opposite = (keras.layers.BatchNormalization(momentum=m) for m in (0.9, 0.1))
for layer in (same, opposite):
    layer(x, training=True)
t, k = theirs.running_var.item(), same.moving_variance.value.item()
means = opposite.moving_mean.value.item(), theirs.running_mean.item()
print(f"torch, momentum 0.1: running variance {t:.1f}")
print(f"keras, momentum 0.9: running variance {k:.1f}")
print("running mean, momentum 0.1 in both: keras {:.1f}, torch {:.1f}".format(*means))
assert abs(t - 1.1) < 1e-5 and abs(k - 1) < 1e-5 and abs(means[0] - 1.8) < 1e-5 and abs(means[1] - 0.2) < 1e-5
EOF
