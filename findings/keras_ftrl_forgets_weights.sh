#!/bin/sh
# Keras 3.15.1: the first step of Ftrl throws away the weights that were there.
#
# FTRL keeps no weights but two sums, and computes the weights from them. Keras begins the sums as if all weights were 0,
# with 0.1 in that of the squares, whatever the weights are: what is left of one is w (1 - √(0.1 / (0.1 + g²))). A weight
# whose gradient is 0 (an embedding's row that is not in the batch, a unit that is off) becomes 0, one with a gradient of
# 0.01 keeps 0.05% of itself. So the initial values, or a pretrained network, are gone after one step of any rate.
# (Known for TensorFlow's since 2021, tensorflow issue 50118.)
#
# Seen on 2026-11-28 (Python 3.11.7, keras 3.15.1, jax 0.10.2, CPU), five weights of 1, rate 1e-6, after one step:
#   gradient 0:    Ftrl 0.00000, SGD 1.00000
#   gradient 0.01: Ftrl 0.00050, SGD 1.00000
#   gradient 0.1:  Ftrl 0.04654, SGD 1.00000
#   gradient 1:    Ftrl 0.69849, SGD 1.00000
#   an embedding of three rows, 1 each, after a batch with row 0 alone (gradient 1): [0.698, 0.0, 0.0]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy
.venv/bin/python - <<'EOF'
import os

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np

for gradient, expected in ((0, 0), (0.01, 0.0005), (0.1, 0.0465), (1, 0.6985)):
    left = {}
    for name in ("Ftrl", "SGD"):
        w = keras.Variable(np.ones(1, "float32"))
        getattr(keras.optimizers, name)(1e-6).apply([keras.ops.full((1,), gradient, "float32")], [w])
        left[name] = float(np.asarray(w)[0])
    print(f"gradient {gradient}: Ftrl {left['Ftrl']:.5f}, SGD {left['SGD']:.5f}")
    assert abs(left["Ftrl"] - expected) < 1e-4 and abs(left["SGD"] - 1) < 1e-5

embedding = keras.layers.Embedding(3, 1, embeddings_initializer="ones")
model = keras.Sequential([embedding, keras.layers.Flatten()])
model.compile(optimizer=keras.optimizers.Ftrl(1e-6), loss="mse")
model.fit(np.array([[0]]), np.array([[0.5]]), epochs=1, verbose=0)
rows = np.asarray(embedding.embeddings).ravel()
print("embedding:", [round(float(row), 3) for row in rows])
assert rows[1] == rows[2] == 0 and 0 < rows[0] < 0.9
EOF
