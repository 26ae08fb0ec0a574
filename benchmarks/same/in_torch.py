"""PyTorch. Its weight is the book's W; its gradient is already the mean over the examples."""

import json
import sys
from pathlib import Path

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
results = {}
for name, task in json.loads(Path(sys.argv[1]).read_text()).items():
    layers = []
    for W, b in zip(task["W"], task["b"], strict=True):
        linear = nn.Linear(len(W[0]), len(W))
        linear.load_state_dict({"weight": torch.tensor(W), "bias": torch.tensor(b)})
        layers += [linear, nn.Sigmoid()]
    if name == "running":
        net, C = nn.Sequential(*layers), nn.MSELoss()
    else:  # logits: the softmax is in the loss
        net, C = nn.Sequential(*layers[:-1]), nn.CrossEntropyLoss()
    loss = C(net(torch.tensor(task["x"])), torch.tensor(task["y"]))
    loss.backward()
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    results[name] = {
        "loss": loss.item(),
        "W": [layer.weight.grad.tolist() for layer in linear],
        "b": [layer.bias.grad.tolist() for layer in linear],
    }
print(json.dumps(results))
