#!/bin/sh
# RMSprop and Adagrad, PyTorch's and optax's: the first step of the same rate is 3 times, or a million times, another.
#
# RMSprop's mean of squares keeps 0.99 in PyTorch and 0.9 in optax, so that a first gradient of 1 is divided by 0.1 or by
# 0.316. Adagrad's sum begins at 0 in PyTorch and at 0.1 in optax, beside which a small gradient is nothing.
#
# Seen on 2026-11-27 (Python 3.11.7; torch 2.13.0+cpu, optax 0.2.8, jax 0.10.2, CPU), rate 0.1, from 1:
#   RMSprop, gradient 1:    torch 1.0, optax 0.3162
#   Adagrad, gradient 1e-8: torch 0.09901, optax 3.162e-09
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
JAX_PLATFORMS=cpu CUDA_VISIBLE_DEVICES= .venv/bin/python - <<'EOF'
import jax
import jax.numpy as jnp
import optax
import torch

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)


def with_torch(kind, g):
    w = torch.ones(1, requires_grad=True)
    w.grad = torch.full((1,), g)
    kind([w], lr=0.1).step()
    return 1 - w.item()


def with_optax(kind, g):
    optimizer = kind(0.1)
    return -float(optimizer.update(jnp.array(g), optimizer.init(jnp.ones(())), jnp.ones(()))[0])


a, b = with_torch(torch.optim.RMSprop, 1.0), with_optax(optax.rmsprop, 1.0)
c, d = with_torch(torch.optim.Adagrad, 1e-8), with_optax(optax.adagrad, 1e-8)
print(f"RMSprop, gradient 1:    torch {a:.1f}, optax {b:.4f}")
print(f"Adagrad, gradient 1e-8: torch {c:.4}, optax {d:.4}")
assert abs(a - 1) < 1e-6 and abs(b - 0.3162) < 1e-4 and abs(c - 0.09901) < 1e-5 and abs(d - 3.162e-9) < 1e-11
EOF
