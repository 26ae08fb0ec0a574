#!/bin/sh
# Adam's first step for a small gradient: the same name, the same rate of 0.1, steps that differ by a factor of 160.
#
# Kingma and Ba's algorithm 1 adds ε = 1e-8 to the root of the corrected mean: at a gradient of 1e-8 the step is half the
# rate. scikit-learn and Keras add it to the root before the correction, Keras with 1e-7. MLX does not correct its means
# unless told to, so that its first step for any usual gradient is 3.16 times the rate.
#
# Seen on 2026-11-27 (Python 3.11.7; optax 0.2.8, jax 0.10.2, keras 3.15.1, mlx 0.32.4, scikit-learn 1.9.1, CPU), from 1,
# for a gradient of 1e-8 and of 1:
#   optax        0.050000, 0.100
#   MLX          0.009693, 0.316
#   scikit-learn 0.003065, 0.100
#   Keras        0.000315, 0.100
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 keras==3.15.1 'mlx[cpu]==0.32.4' scikit-learn==1.9.1 numpy==2.4.6
KERAS_BACKEND=jax KERAS_HOME=$folder JAX_PLATFORMS=cpu .venv/bin/python - <<'EOF'
import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)
import keras
import mlx.core as mx
import mlx.optimizers
import numpy as np
import optax
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

mx.set_default_device(mx.cpu)


def with_optax(g):
    optimizer = optax.adam(0.1)
    return -float(optimizer.update(jnp.array(g), optimizer.init(jnp.ones(())))[0])


def with_mlx(g):
    w = {"w": mx.ones(1, dtype=mx.float64)}
    gradient = {"w": mx.full(1, g, dtype=mx.float64)}
    return 1 - mlx.optimizers.Adam(0.1).apply_gradients(gradient, w)["w"].item()


def with_sklearn(g):
    w = [np.ones(1)]
    AdamOptimizer(w, 0.1).update_params(w, [np.full(1, g)])
    return 1 - float(w[0][0])


def with_keras(g):
    w = keras.Variable(np.ones(1), dtype="float64")
    keras.optimizers.Adam(0.1).apply([jnp.full(1, g)], [w])
    return 1 - float(w.value[0])


keras.config.set_floatx("float64")
for name, step, small, usual in (
    ("optax", with_optax, 0.05, 0.1),
    ("MLX", with_mlx, 0.009693, 0.316),
    ("scikit-learn", with_sklearn, 0.003065, 0.1),
    ("Keras", with_keras, 0.000315, 0.1),
):
    a, b = step(1e-8), step(1.0)
    print(f"{name:12} {a:.6f}, {b:.3f}")
    assert abs(a - small) < 2e-6 and abs(b - usual) < 1e-3
EOF
