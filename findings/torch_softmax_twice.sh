#!/bin/sh
# PyTorch 2.13.0: a network that ends in a softmax, with CrossEntropyLoss, trains slowly and nothing is said.
#
# CrossEntropyLoss puts a log_softmax in front, so that probabilities are taken for logits. Between 0 and 1 they are all
# nearly equal: the gradient is small, and the loss cannot fall below ln(1 + 9/e), 1.461 for ten classes.
#
# Seen on 2026-11-27 (Python 3.11.7, torch 2.13.0+cpu, one thread), loss and accuracy after 50, 200 and 2,000 steps:
#   logits:  0.568 (0.89), 0.093 (1.00), 0.003 (1.00)
#   softmax: 2.259 (0.21), 1.928 (0.57), 1.533 (0.94)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy
CUDA_VISIBLE_DEVICES= .venv/bin/python - <<'EOF'
import math
import warnings

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(0)
x, way = torch.randn(512, 20), torch.randn(20, 10)
y = (x @ way).argmax(1)


def train(*last):
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 10), *last)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5)
    found = []
    for step in range(2001):
        loss = nn.CrossEntropyLoss()(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step in (50, 200, 2000):
            found.append((loss.item(), (network(x).argmax(1) == y).float().mean().item()))
    return found


warnings.simplefilter("error")
right, twice = train(), train(nn.Softmax(1))
for words, found in (("logits: ", right), ("softmax:", twice)):
    print(words, ", ".join(f"{loss:.3f} ({accuracy:.2f})" for loss, accuracy in found))
assert right[-1][0] < 0.05 and twice[1][1] < 0.8 < right[1][1]
assert all(loss > math.log(1 + 9 / math.e) for loss, _ in twice)
EOF
