#!/bin/sh
# PyTorch 2.13.0, CPU: attention has a wrong gradient where every key of a query carries the same large negative mask.
#
# Masking by -1e9 is usual, and a row of padding masks every key. The output is right: all weights equal, the mean of the
# values. The gradient by each value should be its weight, a third, and is 1. No warning. The backend MATH gives the right
# one, and so does the same formula written out.
#
# Seen on 2026-11-27 (Python 3.11.7, torch 2.13.0+cpu), 3 keys, gradient of the sum by the first value:
#   mask -1e9, default backend: output [3.0, 5.0], gradient [1.0, 1.0]
#   mask -1e9, MATH:            output [3.0, 5.0], gradient [0.333, 0.333]
#   mask -1e9, written out:     output [3.0, 5.0], gradient [0.333, 0.333]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy
CUDA_VISIBLE_DEVICES= .venv/bin/python - <<'EOF'
import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

q, k = torch.tensor([[[[1.0, 0]]]]), torch.tensor([[[[1.0, 0], [0, 1], [1, 1]]]])
mask = torch.full((1, 1, 1, 3), -1e9)


def written_out(q, k, v, attn_mask):
    return torch.softmax(q @ k.transpose(-1, -2) / 2**0.5 + attn_mask, -1) @ v


def found(attention):
    v = torch.tensor([[[[1.0, 2], [3, 4], [5, 9]]]], requires_grad=True)
    y = attention(q, k, v, attn_mask=mask)
    y.sum().backward()
    return [round(n, 3) for n in y.flatten().tolist()], [round(n, 3) for n in v.grad[0, 0, 0].tolist()]


default = found(F.scaled_dot_product_attention)
with sdpa_kernel(SDPBackend.MATH):
    math = found(F.scaled_dot_product_attention)
by_hand = found(written_out)
for words, (y, g) in (("default backend:", default), ("MATH:", math), ("written out:", by_hand)):
    print(f"mask -1e9, {words:16} output {y}, gradient {g}")
assert default == ([3, 5], [1, 1]) and math == by_hand == ([3, 5], [0.333, 0.333])
EOF
