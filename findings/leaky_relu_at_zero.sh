#!/bin/sh
# The slope of leaky ReLU at 0 is 0, 0.01 or 1, and one of the three is the slope of neither side.
#
# PyTorch has the left side's slope, JAX the right one's. mygrad has 0, which leaky ReLU, made so that no neuron is
# ever without a gradient, has nowhere.
#
# Seen on 2026-11-27 (Python 3.11.7; torch 2.13.0+cpu, jax 0.10.2, mygrad 2.5.0), slope 0.01, at -1e-9, 0, 1e-9:
#   torch  0.01, 0.01, 1.0
#   jax    0.01, 1.0, 1.0
#   mygrad 0.01, 0.0, 1.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 jax==0.10.2 jaxlib==0.10.2 mygrad==2.5.0 numpy==2.4.6
JAX_PLATFORMS=cpu CUDA_VISIBLE_DEVICES= .venv/bin/python - <<'EOF'
import jax
import mygrad as mg
import torch
from mygrad.nnet.activations import leaky_relu


def with_torch(v):
    x = torch.tensor(v, dtype=torch.float64, requires_grad=True)
    torch.nn.functional.leaky_relu(x, 0.01).backward()
    return x.grad.item()


def with_mygrad(v):
    x = mg.tensor(v)
    leaky_relu(x, 0.01).backward()
    return float(x.grad)


jax.config.update("jax_enable_x64", True)
with_jax = jax.grad(lambda x: jax.nn.leaky_relu(x, 0.01))
for name, slope, expected in (("torch", with_torch, 0.01), ("jax", with_jax, 1), ("mygrad", with_mygrad, 0)):
    found = [float(slope(v)) for v in (-1e-9, 0.0, 1e-9)]
    print(f"{name:6}", ", ".join(map(str, found)))
    assert found == [0.01, expected, 1]
EOF
