#!/bin/sh
# NAdam: three libraries, three rules. The first step for a gradient of 1 and a rate of 0.1 is 0.1056, 0.1474 or 0.1063.
#
# No two agree, although the coefficients by name are the same: 0.9 and 0.999.
#
# Seen on 2026-11-27 (Python 3.11.7; torch 2.13.0+cpu, optax 0.2.8, jax 0.10.2, keras 3.15.1, CPU):
#   torch 0.1056, optax 0.1474, Keras 0.1063
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

w = torch.ones(1, requires_grad=True)
w.grad = torch.ones(1)
torch.optim.NAdam([w], lr=0.1).step()
optimizer = optax.nadam(0.1)
v = keras.Variable(np.ones(1, np.float32))
keras.optimizers.Nadam(0.1).apply([jnp.ones(1)], [v])
steps = [1 - w.item(), -float(optimizer.update(jnp.ones(()), optimizer.init(jnp.ones(())))[0]), 1 - float(v.value[0])]
print("torch {:.4f}, optax {:.4f}, Keras {:.4f}".format(*steps))
assert np.allclose(steps, [0.1056, 0.1474, 0.1063], atol=1e-4)
EOF
