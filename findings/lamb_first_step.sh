#!/bin/sh
# pytorch_optimizer 4.1.0: LAMB's first step is ten times as long as the rate says, and the next four are over twice.
#
# LAMB's step has the length rate times the weights' norm, whatever the gradient is: that is its point. The docstring says
# "without bias correction", and the means have none, but the rate is divided by Adam's 1 - 0.9^t all the same; the
# trust ratio had already taken care of the means' size. At a rate of 0.1 the first step takes the weights to 0. Keras's
# and optax's LAMB step by the rate.
#
# Seen on 2026-11-28 (Python 3.11.7; pytorch_optimizer 4.1.0, torch 2.13.0+cpu, optax 0.2.8, jax 0.10.2), weights 1, 1,
# gradient 1, 1, rate 0.01: length of each step / (rate * norm of the weights before it)
#   pytorch_optimizer: 10.00, 5.26, 3.69, 2.91, 2.44
#   optax:             1.00, 1.00, 1.00, 1.00, 1.00
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check pytorch-optimizer==4.1.0 torch==2.13.0 optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy
.venv/bin/python - <<'EOF'
import jax.numpy as jnp
import numpy as np
import optax
import torch
from pytorch_optimizer import Lamb

assert "without bias correction" in Lamb.__doc__
rate = 0.01
w = torch.nn.Parameter(torch.ones(2))
lamb = Lamb([w], lr=rate)
walk = [np.ones(2)]
for _ in range(5):
    w.grad = torch.ones(2)
    lamb.step()
    walk.append(w.detach().numpy().copy())
v, theirs = jnp.ones(2), optax.lamb(rate)
state, other = theirs.init(v), [np.ones(2)]
for _ in range(5):
    update, state = theirs.update(jnp.ones(2), state, v)
    v = optax.apply_updates(v, update)
    other.append(np.asarray(v))
for name, way, expected in (("pytorch_optimizer", walk, [1 / (1 - 0.9**t) for t in range(1, 6)]), ("optax", other, [1] * 5)):
    lengths = [np.linalg.norm(b - a) / (rate * np.linalg.norm(a)) for a, b in zip(way, way[1:])]
    print(f"{name}: {', '.join(f'{length:.2f}' for length in lengths)}")
    assert np.allclose(lengths, expected, rtol=1e-3)
EOF
