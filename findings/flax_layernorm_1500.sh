#!/bin/sh
# Flax 0.12.8: LayerNorm and BatchNorm give numbers a thousand times too large where the inputs are far from 0.
#
# Both take the variance as the mean of the squares minus the square of the mean, in float32 (use_fast_variance=True is
# the default). For 10001 to 10004 nothing is left of it, and the division is by √ε.
#
# Seen on 2026-11-27 (Python 3.11.7, flax 0.12.8, jax 0.10.2, CPU):
#   LayerNorm of 1 to 4:                               [-1.342, -0.447, 0.447, 1.342]
#   of 10001 to 10004:                                 [-1500.0, -500.0, 500.0, 1500.0]
#   of 10001 to 10004, use_fast_variance=False:        [-1.342, -0.447, 0.447, 1.342]
#   BatchNorm of the column 10001 to 10004, training:  [-474.342, -158.114, 158.114, 474.342]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check flax==0.12.8 jax==0.10.2 jaxlib==0.10.2
JAX_PLATFORMS=cpu .venv/bin/python - <<'EOF'
import jax.numpy as jnp
import numpy as np
from flax import nnx

near, far = jnp.arange(1.0, 5), jnp.arange(10001.0, 10005)
fast = nnx.LayerNorm(4, rngs=nnx.Rngs(0))
slow = nnx.LayerNorm(4, use_fast_variance=False, rngs=nnx.Rngs(0))
batch = nnx.BatchNorm(1, use_running_average=False, rngs=nnx.Rngs(0))
right = np.array([-1.342, -0.447, 0.447, 1.342])
for words, found, expected in (
    ("LayerNorm of 1 to 4:", fast(near), right),
    ("of 10001 to 10004:", fast(far), [-1500, -500, 500, 1500]),
    ("of 10001 to 10004, use_fast_variance=False:", slow(far), right),
    ("BatchNorm of the column 10001 to 10004, training:", batch(far[:, None])[:, 0], right * 353.5),
):
    print(f"{words:50} {[round(float(v), 3) for v in found]}")
    assert np.allclose(found, expected, rtol=5e-3)
EOF
