"""Keras, on PyTorch. A kernel is the transposed W: (in, out)."""

import json
import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from keras import layers

keras.config.set_floatx("float64")
results = {}
for name, task in json.loads(Path(sys.argv[1]).read_text()).items():
    running = name == "running"
    sizes = [len(W) for W in task["W"]]
    model = keras.Sequential([keras.Input((len(task["W"][0][0]),))])
    for n in sizes[:-1]:
        model.add(layers.Dense(n, activation="sigmoid"))
    model.add(layers.Dense(sizes[-1], activation="sigmoid" if running else None))
    for layer, W, b in zip(model.layers, task["W"], task["b"], strict=True):
        layer.set_weights([np.transpose(W), np.array(b)])
    C = (
        keras.losses.MeanSquaredError()
        if running
        else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    loss = C(keras.ops.array(task["y"]), model(keras.ops.array(task["x"])))
    loss.backward()  # of PyTorch; on JAX it would be jax.grad of model.stateless_call
    results[name] = {
        "loss": loss.item(),
        "W": [layer.kernel.value.grad.tolist() for layer in model.layers],
        "b": [layer.bias.value.grad.tolist() for layer in model.layers],
    }
print(json.dumps(results))
