#!/bin/sh
# Keras 3.15.1: a softmax layer with categorical cross-entropy learns nothing from an example that is badly wrong.
#
# Keras keeps probabilities at 1e-7 or above. Once the right class is 17 behind in the logits, the loss is -ln(1e-7),
# 16.118, whatever the logits are, and its gradient is exactly 0: no step, no warning. From logits, without the softmax
# layer, the loss is the distance and the step is a whole one.
#
# Seen on 2026-11-27 (Python 3.11.7, keras 3.15.1, jax 0.10.2, CPU):
#   behind by 15: loss 15.000, bias moves by 1.000; from logits: loss 15.000, bias moves by 1.000
#   behind by 16: loss 16.000, bias moves by 1.000; from logits: loss 16.000, bias moves by 1.000
#   behind by 17: loss 16.118, bias moves by 0.000; from logits: loss 17.000, bias moves by 1.000
#   behind by 20: loss 16.118, bias moves by 0.000; from logits: loss 20.000, bias moves by 1.000
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2
KERAS_BACKEND=jax KERAS_HOME=$folder JAX_PLATFORMS=cpu .venv/bin/python - <<'EOF'
import keras
import numpy as np


def step(behind, logits):
    """The loss, and how far one step of rate 1 moves the bias of the right class, the second."""
    layer = keras.layers.Dense(2, activation=None if logits else "softmax")
    model = keras.Sequential([keras.Input((1,)), layer])
    model.set_weights([np.zeros((1, 2)), np.array([0.0, -behind])])
    model.compile(keras.optimizers.SGD(1.0), keras.losses.CategoricalCrossentropy(from_logits=logits))
    loss = float(model.train_on_batch(np.zeros((1, 1)), np.array([[0.0, 1.0]])))
    return loss, float(model.get_weights()[1][1]) + behind


for behind in (15, 16, 17, 20):
    (loss, moved), (right, whole) = step(behind, False), step(behind, True)
    print(f"behind by {behind}: loss {loss:.3f}, bias moves by {moved:.3f}; "
          f"from logits: loss {right:.3f}, bias moves by {whole:.3f}")
    assert abs(right - behind) < 1e-3 and abs(whole - 1) < 1e-3
    assert (abs(loss - 16.118) < 1e-3 and moved == 0) if behind > 16 else abs(moved - 1) < 1e-3
EOF
