#!/bin/sh
# AdamW without a word about decay: 0.01 in PyTorch, 0.0001 in optax, 0.004 in Keras, and the biases decay too.
#
# With a gradient of 0 all that moves is the decay, rate times decay. The same program, moved from PyTorch to optax with
# the learning rate as its only argument, regularises a hundred times less.
#
# Seen on 2026-11-27 (Python 3.11.7; torch 2.13.0+cpu, optax 0.2.8, jax 0.10.2, keras 3.15.1, CPU), rate 0.1, bias from 1:
#   torch 0.00100, optax 0.00001, Keras 0.00040
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 keras==3.15.1 numpy==2.4.6
KERAS_BACKEND=jax KERAS_HOME=$folder JAX_PLATFORMS=cpu CUDA_VISIBLE_DEVICES= .venv/bin/python - <<'EOF'
import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch

layer = torch.nn.Linear(1, 1)
for p in layer.parameters():
    torch.nn.init.ones_(p)
    p.grad = torch.zeros_like(p)
torch.optim.AdamW(layer.parameters(), lr=0.1).step()
optimizer = optax.adamw(0.1)
state = optimizer.init({"b": jnp.ones(())})
theirs = -float(optimizer.update({"b": jnp.zeros(())}, state, {"b": jnp.ones(())})[0]["b"])
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, bias_initializer="ones")])
variables = model.trainable_variables
keras.optimizers.AdamW(0.1).apply([jnp.zeros(v.shape) for v in variables], variables)
steps = [1 - layer.bias.item(), theirs, 1 - float(variables[1].value[0])]
print("torch {:.5f}, optax {:.5f}, Keras {:.5f}".format(*steps))
assert np.allclose(steps, [1e-3, 1e-5, 4e-4], atol=1e-6)
EOF
