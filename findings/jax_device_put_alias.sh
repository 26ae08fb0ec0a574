#!/usr/bin/env bash
# JAX 0.10.2, CPU: whether an "immutable" JAX array changes when its numpy source does, depends on where malloc put it.
#
# jax.device_put and jax.numpy.from_dlpack share the memory of a numpy array that begins at a multiple of 64 bytes, and
# copy one that does not; jax.numpy.asarray and jax.numpy.array copy both. So after
#     weights = jax.device_put(w); w -= 0.1 * grad
# the weights have moved, or not, with nothing but the address of w to tell: an in-place update of numpy's that is
# compared with JAX's is compared with itself in some runs. from_dlpack, whose point is to share, copies silently.
#
# Seen (offset from 64 bytes: entry of the JAX array after the numpy array, of zeros, got 1 added in place):
#     0  device_put 1.0  from_dlpack 1.0  asarray 0.0  array 0.0
#     8  device_put 0.0  from_dlpack 0.0  asarray 0.0  array 0.0
#     32 device_put 0.0  from_dlpack 0.0  asarray 0.0  array 0.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
JAX_PLATFORMS=cpu "$folder/venv/bin/python" - >"$folder/seen" <<'PY'
import jax
import jax.numpy as jnp
import numpy as np


def zeros_at(offset):
    """256 float32 zeros, so many bytes after a multiple of 64."""
    raw = np.zeros(4 * 256 + 128, np.uint8)
    start = -raw.ctypes.data % 64 + offset
    return raw[start : start + 4 * 256].view(np.float32)


for offset in (0, 8, 32):
    seen = []
    for to_jax in (jax.device_put, jnp.from_dlpack, jnp.asarray, jnp.array):
        w = zeros_at(offset)
        weights = jax.block_until_ready(to_jax(w))
        w += 1
        seen.append(f"{to_jax.__name__} {float(weights[0])}")
    print(offset, *seen)
PY
cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
0 device_put 1.0 from_dlpack 1.0 asarray 0.0 array 0.0
8 device_put 0.0 from_dlpack 0.0 asarray 0.0 array 0.0
32 device_put 0.0 from_dlpack 0.0 asarray 0.0 array 0.0
EXPECTED
