#!/bin/sh
# Keras 3.15.1: after the learning rate is lowered, momentum goes on with the old one; in optax it stops at once.
#
# Keras has v = 0.9 v - rate * gradient, w = w + v: the velocity holds the rates that were. optax multiplies the velocity
# by the rate of the moment. With a constant rate they agree, with a schedule they part.
#
# Seen on 2026-11-27 (Python 3.11.7; keras 3.15.1, optax 0.2.8, jax 0.10.2, CPU), w from 1, gradient 1, rates 0.1, 0.1,
# 0.1, 0.01:
#   Keras 0.9000 0.7100 0.4390 0.1851
#   optax 0.9000 0.7100 0.4390 0.4046
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check keras==3.15.1 optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
KERAS_BACKEND=jax KERAS_HOME=$folder JAX_PLATFORMS=cpu .venv/bin/python - <<'EOF'
import jax.numpy as jnp
import keras
import numpy as np
import optax

rates = [0.1, 0.1, 0.1, 0.01]
w = keras.Variable(np.ones(1, np.float32))
optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
ours = []
for rate in rates:
    optimizer.learning_rate = rate
    optimizer.apply([jnp.ones(1)], [w])
    ours.append(float(w.value[0]))
optimizer = optax.sgd(lambda step: jnp.array(rates)[step], momentum=0.9)
w, theirs = jnp.ones(1), []
state = optimizer.init(w)
for _ in rates:
    step, state = optimizer.update(jnp.ones(1), state)
    w = w + step
    theirs.append(float(w[0]))
print("Keras", *(f"{v:.4f}" for v in ours))
print("optax", *(f"{v:.4f}" for v in theirs))
assert np.allclose(ours, [0.9, 0.71, 0.439, 0.1851], atol=1e-5)
assert np.allclose(theirs, [0.9, 0.71, 0.439, 0.40461], atol=1e-5)
EOF
