#!/bin/sh
# Opacus 1.6.0, BackPACK 1.7.1: the gradients of single examples are wrong in a convolution that pads otherwise than by 0.
#
# Their mean (BackPACK: their sum) must be the gradient of the batch. For padding_mode="circular", "reflect" and
# "replicate" both take the padding for zeros, and BackPACK pads padding="same" on one side; the forward pass and
# `.grad` are right, so the loss shows nothing. Opacus steps along the gradients of single examples: even without noise
# and clipping it takes another step than PyTorch. Its validator finds nothing to say.
#
# Seen on 2026-11-28 (Python 3.11.7; opacus 1.6.0, backpack-for-pytorch 1.7.1, torch 2.13.0+cpu), a Conv1d of 3 weights:
#   opacus   zeros     [6.0, 8.0, 5.2], by single examples [6.0, 8.0, 5.2]: right
#   opacus   same      [6.0, 8.0, 5.2], by single examples [6.0, 8.0, 5.2]: right
#   opacus   circular  [11.2, 9.0, 8.0], by single examples [6.0, 9.0, 7.2]: wrong
#   opacus   reflect   [6.8, 8.4, 9.2], by single examples [6.0, 8.4, 6.0]: wrong
#   opacus   replicate [6.2, 8.2, 9.6], by single examples [6.0, 8.2, 5.6]: wrong
#   backpack zeros     [6.0, 8.0, 5.2], by single examples [6.0, 8.0, 5.2]: right
#   backpack same      [6.0, 8.0, 5.2], by single examples [4.0, 6.0, 8.0]: wrong
#   backpack circular, reflect, replicate: as opacus
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check opacus==1.6.0 backpack-for-pytorch==1.7.1 torch==2.13.0 numpy
.venv/bin/python - <<'EOF'
import copy
import warnings

import torch
from backpack import backpack, extend
from backpack.extensions import BatchGrad
from opacus import GradSampleModule
from opacus.validators import ModuleValidator
from torch import nn

warnings.simplefilter("ignore")
x = torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0]], [[0.0, 0.0, 0.0, 0.0, 1.0]]])
y = torch.zeros(2, 5)
kinds = {"zeros": {"padding": 1}, "same": {"padding": "same"}}
for mode in ("circular", "reflect", "replicate"):
    kinds[mode] = {"padding": 1, "padding_mode": mode}


def by_opacus(network):
    assert ModuleValidator.validate(network, strict=False) == []
    module = GradSampleModule(network)
    nn.MSELoss()(module(x), y).backward()
    return network[0].weight.grad_sample.mean(0)


def by_backpack(network):
    network, loss = extend(network), extend(nn.MSELoss())
    with backpack(BatchGrad()):
        loss(network(x), y).backward()
    return network[0].weight.grad_batch.sum(0)


seen = {}
for name, per_example in (("opacus", by_opacus), ("backpack", by_backpack)):
    for kind, options in kinds.items():
        network = nn.Sequential(nn.Conv1d(1, 1, 3, bias=False, **options), nn.Flatten())
        network[0].weight.data = torch.tensor([[[1.0, 0.0, 0.0]]])
        plain = copy.deepcopy(network)
        nn.MSELoss()(plain(x), y).backward()
        gradient, single = plain[0].weight.grad, per_example(network)
        seen[name, kind] = torch.allclose(gradient, single)
        verdict = "right" if seen[name, kind] else "wrong"
        numbers = [[round(value, 1) for value in tensor.flatten().tolist()] for tensor in (gradient, single)]
        print(f"{name:8} {kind:9} {numbers[0]}, by single examples {numbers[1]}: {verdict}")
right = {pair for pair, good in seen.items() if good}
assert right == {("opacus", "zeros"), ("opacus", "same"), ("backpack", "zeros")}, right
EOF
