#!/bin/sh
# Max pooling of equal numbers: Flax gives the whole gradient to the first, MLX a share to each.
#
# A window of zeros after a ReLU is the usual case. Two trainings part there.
#
# Seen on 2026-11-27 (Python 3.11.7; flax 0.12.8, jax 0.10.2, mlx 0.32.4, CPU), gradient by four ones:
#   flax [1.0, 0.0, 0.0, 0.0]
#   mlx  [0.25, 0.25, 0.25, 0.25]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check flax==0.12.8 jax==0.10.2 jaxlib==0.10.2 'mlx[cpu]==0.32.4'
JAX_PLATFORMS=cpu .venv/bin/python - <<'EOF'
import jax
import jax.numpy as jnp
import mlx.core as mx
import mlx.nn
from flax import nnx

mx.set_default_device(mx.cpu)
one = jax.grad(lambda x: nnx.max_pool(x, (2, 2), (2, 2)).sum())(jnp.ones((1, 2, 2, 1))).ravel().tolist()
two = mx.grad(lambda x: mlx.nn.MaxPool2d(2)(x).sum())(mx.ones((1, 2, 2, 1))).flatten().tolist()
print("flax", one)
print("mlx ", two)
assert one == [1, 0, 0, 0] and two == [0.25] * 4
EOF
