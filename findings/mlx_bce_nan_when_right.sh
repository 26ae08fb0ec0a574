#!/bin/sh
# MLX 0.32.4: binary cross-entropy on probabilities has the gradient nan for a perfect answer.
#
# nn.losses.binary_cross_entropy(with_logits=False) holds the logarithms at -100. At probability 1 and target 1 the loss
# is 0, as it should be, and the gradient nan. A sigmoid in float32 is exactly 1 from 17 on, so a network that has become
# good loses all its weights in one step. From logits the gradient is 0.
#
# Seen on 2026-11-27 (Python 3.11.7, mlx 0.32.4, CPU), target 1:
#   probability 0.5: loss 0.693, gradient -2.0
#   probability 1.0: loss 0.000, gradient nan
#   through sigmoid(20): gradient nan; from the logit 20: gradient 0.000
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check 'mlx[cpu]==0.32.4'
.venv/bin/python - <<'EOF'
import math

import mlx.core as mx
from mlx.nn.losses import binary_cross_entropy

mx.set_default_device(mx.cpu)
one = mx.array([1.0])


def loss(p):
    return binary_cross_entropy(p, one, with_logits=False)


for p, value in ((0.5, math.log(2)), (1.0, 0.0)):
    c, g = mx.value_and_grad(loss)(mx.array([p]))
    print(f"probability {p}: loss {abs(c.item()):.3f}, gradient {g.item()}")
    assert abs(c.item() - value) < 1e-6 and math.isnan(g.item()) == (p == 1)
through = mx.grad(lambda z: loss(mx.sigmoid(z)))(mx.array([20.0])).item()
logit = mx.grad(lambda z: binary_cross_entropy(z, one))(mx.array([20.0])).item()
print(f"through sigmoid(20): gradient {through}; from the logit 20: gradient {abs(logit):.3f}")
assert math.isnan(through) and abs(logit) < 1e-6
EOF
