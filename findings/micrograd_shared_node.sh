#!/bin/sh
# micrograd 0.1.0: two losses that share a part of the network give the shared part's gradient more than once.
#
# A second backward() begins with what the first left in the nodes between, and sends that down again. With b = a² and the
# losses b + 1 and 3 b at a = 2 the gradients are 4 and 12, together 16, as PyTorch adds them up; micrograd has 20. Adding
# the losses first, or building the graph anew for each, is right. The same call twice on one loss: three times, not twice.
#
# Seen on 2026-11-28 (Python 3.11.7, micrograd 0.1.0, torch 2.13.0+cpu), gradient by a after
#   both losses in turn: micrograd 20.0, torch 16.0
#   their sum:           micrograd 16.0, torch 16.0
#   one loss, twice:     micrograd 12.0, torch 8.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check micrograd==0.1.0 torch==2.13.0 numpy
.venv/bin/python - <<'EOF'
import torch
from micrograd.engine import Value


def in_turn(a, *options):
    b = a * a
    (b + 1).backward(*options)
    (b * 3).backward()


def of_sum(a, *options):
    b = a * a
    ((b + 1) + b * 3).backward()


def twice(a, *options):
    loss = a * a + 1
    loss.backward(*options)
    loss.backward()


for words, run, expected in (
    ("both losses in turn", in_turn, (20, 16)),
    ("their sum", of_sum, (16, 16)),
    ("one loss, twice", twice, (12, 8)),
):
    ours, theirs = Value(2.0), torch.tensor(2.0, requires_grad=True)
    run(ours)
    run(theirs, None, True)
    print(f"{words}: micrograd {ours.grad}, torch {theirs.grad.item()}")
    assert theirs.grad == expected[1] and ours.grad == expected[0]
EOF
