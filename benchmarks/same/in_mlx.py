"""MLX. Linear's weight is the book's W; gradients come as the tree of the parameters."""

import json
import sys
from pathlib import Path

import mlx.core as mx
from mlx import nn

mx.set_default_device(mx.cpu)  # where float64 is


def outputs(parameters, x):
    *hidden, (W, b) = parameters
    for V, c in hidden:
        x = mx.sigmoid(x @ V.T + c)
    return x @ W.T + b


def quadratic(parameters, x, y):
    return nn.losses.mse_loss(mx.sigmoid(outputs(parameters, x)), y)


def cross_entropy(parameters, x, y):
    return nn.losses.cross_entropy(outputs(parameters, x), y, reduction="mean")


def array(values):
    return mx.array(values, dtype=mx.float64)


results = {}
for name, task in json.loads(Path(sys.argv[1]).read_text()).items():
    parameters = [(array(W), array(b)) for W, b in zip(task["W"], task["b"], strict=True)]
    running = name == "running"
    y = array(task["y"]) if running else mx.array(task["y"])
    loss, gradient = mx.value_and_grad(quadratic if running else cross_entropy)(
        parameters, array(task["x"]), y
    )
    results[name] = {
        "loss": loss.item(),
        "W": [W.tolist() for W, _ in gradient],
        "b": [b.tolist() for _, b in gradient],
    }
print(json.dumps(results))
