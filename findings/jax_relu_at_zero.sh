#!/bin/sh
# JAX 0.10.2: one function, three slopes at 0. Each line below is max(x, 0) for every x, with equal values, yet
# jax.grad gives 0, 0.5 or 1 at x = 0, as the line is written. JAX's own check against finite differences, which give
# 0.5 there at every step size, passes `jnp.maximum(x, 0)` and fails `jax.nn.relu(x)`. So a gradient check that fails
# where a z is exactly 0 (an input of zeros, biases of zeros) need not have found a bug, and one that passes there
# does not say that two programs step alike.
#
# Seen (Python 3.11.7, jax and jaxlib 0.10.2, CPU, float64):
#   jax.nn.relu(x)             slope at 0: 0.0   check_grads: fails
#   jnp.where(x > 0, x, 0)     slope at 0: 0.0   check_grads: fails
#   jnp.maximum(x, 0)          slope at 0: 0.5   check_grads: passes
#   jnp.clip(x, 0)             slope at 0: 0.5   check_grads: passes
#   (x + jnp.abs(x)) / 2       slope at 0: 1.0   check_grads: fails
#   jnp.where(x >= 0, x, 0)    slope at 0: 1.0   check_grads: fails
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2
cd "$folder"
JAX_PLATFORMS=cpu venv/bin/python - <<'PYTHON'
import jax
import jax.numpy as jnp
from jax.test_util import check_grads

jax.config.update("jax_enable_x64", True)
forms = {
    "jax.nn.relu(x)": (jax.nn.relu, 0.0, "fails"),
    "jnp.where(x > 0, x, 0)": (lambda x: jnp.where(x > 0, x, 0), 0.0, "fails"),
    "jnp.maximum(x, 0)": (lambda x: jnp.maximum(x, 0), 0.5, "passes"),
    "jnp.clip(x, 0)": (lambda x: jnp.clip(x, 0), 0.5, "passes"),
    "(x + jnp.abs(x)) / 2": (lambda x: (x + jnp.abs(x)) / 2, 1.0, "fails"),
    "jnp.where(x >= 0, x, 0)": (lambda x: jnp.where(x >= 0, x, 0), 1.0, "fails"),
}
for text, (f, slope, verdict) in forms.items():
    assert [float(f(x)) for x in (-2.0, 0.0, 3.0)] == [0.0, 0.0, 3.0]
    found = float(jax.grad(f)(0.0))
    try:
        check_grads(f, (0.0,), order=1, modes=["rev"])
        checked = "passes"
    except AssertionError:
        checked = "fails"
    print(f"{text:25}  slope at 0: {found}   check_grads: {checked}")
    assert (found, checked) == (slope, verdict)
PYTHON
