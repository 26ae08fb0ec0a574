#!/bin/sh
# MLX 0.32.4: the initializers named after He leave out He's factor.
#
# nn.init.he_normal() and he_uniform() have the standard deviation 1/√n, not √(2/n): their gain is 1 by default, where
# that of the initializers of the same name in PyTorch, Keras and JAX is √2, for ReLU. After 20 layers of ReLU the signal
# is 2^10 times smaller than the name promises. Calling he_normal()(w, gain=2**0.5) has it.
#
# Seen on 2026-11-27 (Python 3.11.7, mlx 0.32.4, CPU), 600 inputs, √(2/600) = 0.0577:
#   he_normal: standard deviation 0.0408
#   he_uniform: standard deviation 0.0408
#   he_normal, gain √2: standard deviation 0.0578
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check 'mlx[cpu]==0.32.4'
.venv/bin/python - <<'EOF'
import mlx.core as mx
import mlx.nn as nn

mx.set_default_device(mx.cpu)
mx.random.seed(0)
w = mx.zeros((2000, 600))
for words, init, options, expected in (
    ("he_normal", nn.init.he_normal(), {}, 600**-0.5),
    ("he_uniform", nn.init.he_uniform(), {}, 600**-0.5),
    ("he_normal, gain √2", nn.init.he_normal(), {"gain": 2**0.5}, (2 / 600) ** 0.5),
):
    found = mx.std(init(w, **options)).item()
    print(f"{words}: standard deviation {found:.4f}")
    assert abs(found / expected - 1) < 0.01
EOF
