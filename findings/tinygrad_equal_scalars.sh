#!/bin/sh
# tinygrad 0.14.0 takes two parameters with the same value for one, and gives each the gradients of both.
#
# Tensors made of a Python number are constants, and equal constants share their gradient. For a b at 3 and 3 the
# gradients are 6 and 6 instead of 3 and 3; at 4 and 3 they are right. So two scalar parameters that begin alike, such as
# two temperatures of 1, get wrong gradients. Tensors with an axis are two.
#
# Seen on 2026-11-27 (Python 3.11.7, tinygrad 0.14.0, DEV=PYTHON), gradients of a b by a and b:
#   Tensor(3.0, dtype=float32), Tensor(3.0, dtype=float32): 6.0, 6.0
#   Tensor(4.0, dtype=float32), Tensor(3.0, dtype=float32): 3.0, 4.0
#   Tensor([3.0]), Tensor([3.0]): 3.0, 3.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check tinygrad==0.14.0 numpy==2.4.6
DEV=PYTHON .venv/bin/python - <<'EOF'
import numpy as np
from tinygrad import Tensor, dtypes

zero = Tensor(np.zeros(1, np.float32)).realize()  # so that the result is no bare constant, which has no device


def gradients(a, b):
    return [(g + zero).tolist()[0] for g in (a * b).sum().gradient(a, b)]


def scalar(value):
    return Tensor(value, dtype=dtypes.float32)


for words, a, b, expected in (
    ("Tensor(3.0, dtype=float32), Tensor(3.0, dtype=float32):", scalar(3.0), scalar(3.0), [6, 6]),
    ("Tensor(4.0, dtype=float32), Tensor(3.0, dtype=float32):", scalar(4.0), scalar(3.0), [3, 4]),
    ("Tensor([3.0]), Tensor([3.0]):", Tensor([3.0]).realize(), Tensor([3.0]).realize(), [3, 3]),
):
    found = gradients(a, b)
    print(words, ", ".join(map(str, found)))
    assert found == expected
EOF
