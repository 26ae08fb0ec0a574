#!/bin/sh
# Muon in Keras is not Muon in PyTorch and optax: for the same rate a layer 784 to 16 steps 5.6 times as far, one of 16 to
# 784 less far.
#
# All three turn the momentum into a matrix whose singular values are about 1. PyTorch and optax multiply it by
# √(outputs/inputs) where that is above 1, Keras always by 0.2 √(the larger of the two), so that its steps are as
# large as Adam's. So there is not one factor by which to change the rate: it depends on the layer. PyTorch decays the
# weights besides, by 0.1 unless told otherwise, Keras by 0.004, optax by 0.
#
# Seen on 2026-11-28 (Python 3.11.7; torch 2.13.0+cpu, optax 0.2.8, jax 0.10.2, keras 3.15.1, CPU), no decay, rate 1:
# size of the first step's typical singular value, Keras's / PyTorch's
#   784 to 16: torch 0.74, optax 0.74, Keras 4.15; 5.58
#   16 to 784: torch 5.09, optax 5.09, Keras 4.07; 0.80
#   16 to 16:  torch 0.92, optax 0.92, Keras 0.73; 0.80
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 optax==0.2.8 jax==0.10.2 \
    jaxlib==0.10.2 keras==3.15.1 numpy
.venv/bin/python - <<'EOF'
import os

os.environ["KERAS_BACKEND"] = "jax"
import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch


def size(step):  # the root of the mean square of the singular values
    return float(np.linalg.norm(step) / min(step.shape) ** 0.5)


for inputs, outputs, ratio in ((784, 16, 0.2 * 28), (16, 784, 0.2 * 28 / 7), (16, 16, 0.2 * 4)):
    gradient = np.random.default_rng(0).normal(size=(inputs, outputs)).astype("float32")
    w = torch.nn.Parameter(torch.zeros(outputs, inputs))
    w.grad = torch.tensor(gradient.T.copy())
    torch.optim.Muon([w], lr=1.0, weight_decay=0.0).step()
    rule = optax.contrib.muon(1.0)
    v = jnp.zeros((inputs, outputs))
    by_optax, _ = rule.update(jnp.asarray(gradient), rule.init(v), v)
    u = keras.Variable(np.zeros((inputs, outputs), "float32"), name="kernel")
    keras.optimizers.Muon(1.0, weight_decay=None).apply([jnp.asarray(gradient)], [u])
    sizes = [size(w.detach().numpy()), size(np.asarray(by_optax)), size(np.asarray(u))]
    print(f"{inputs} to {outputs}: torch {sizes[0]:.2f}, optax {sizes[1]:.2f}, Keras {sizes[2]:.2f}; {sizes[2] / sizes[0]:.2f}")
    assert abs(sizes[0] / sizes[1] - 1) < 0.05 and abs(sizes[2] / sizes[0] / ratio - 1) < 0.05
EOF
