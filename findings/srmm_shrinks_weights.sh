#!/bin/sh
# pytorch_optimizer 4.1.0: the first step of SRMM multiplies all weights by 0.7071, with a gradient of 0 too.
#
# SRMM sets the weights to an average over its steps, the newest with the weight 1/√n. The average begins at 0, and the
# counter at 2 where it should be at 1 (for which the newest is all): what was initialised, or loaded, is scaled down by
# 1/√2 in every layer before anything is learned, at any rate.
#
# Seen on 2026-11-28 (Python 3.11.7, pytorch_optimizer 4.1.0, torch 2.13.0+cpu), from 1 and -2, gradient 0:
#   rate 0.01: [0.7071, -1.4142], then [0.7071, -1.4142]
#   rate 1e-08: [0.7071, -1.4142], then [0.7071, -1.4142]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check pytorch-optimizer==4.1.0 torch==2.13.0 numpy
.venv/bin/python - <<'EOF'
import torch
from pytorch_optimizer import SRMM

for rate in (0.01, 1e-8):
    w = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer = SRMM([w], lr=rate)
    seen = []
    for _ in range(2):
        w.grad = torch.zeros(2)
        optimizer.step()
        seen.append([round(value, 4) for value in w.tolist()])
    print(f"rate {rate}: {seen[0]}, then {seen[1]}")
    assert seen == [[0.7071, -1.4142]] * 2
EOF
