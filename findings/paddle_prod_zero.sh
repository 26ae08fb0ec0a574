#!/bin/sh
# PaddlePaddle 3.3.1, CPU: the gradient of a product is nan where one of the numbers is 0.
#
# By 0 the derivative of 0 · 2 · 3 is 6. paddle.prod divides the product by each number and gets 0/0. paddle.cumprod, and
# the same product with `*`, are right, as prod is in PyTorch, JAX and others.
#
# Seen on 2026-11-28 (Python 3.11.7, paddlepaddle 3.3.1), at (0, 2, 3):
#   paddle.prod        [nan, 0.0, 0.0]
#   paddle.cumprod, last [6.0, 0.0, 0.0]
#   x[0] * x[1] * x[2] [6.0, 0.0, 0.0]
#   finite difference of paddle.prod by the first: 6.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check paddlepaddle==3.3.1
.venv/bin/python - <<'EOF' 2> log || { cat log; exit 1; }
import math

import paddle

seen = {}
for name, function in (
    ("paddle.prod", paddle.prod),
    ("paddle.cumprod, last", lambda x: paddle.cumprod(x, dim=0)[2]),
    ("x[0] * x[1] * x[2]", lambda x: x[0] * x[1] * x[2]),
):
    x = paddle.to_tensor([0.0, 2.0, 3.0], stop_gradient=False)
    function(x).backward()
    seen[name] = x.grad.tolist()
    print(name, seen[name])
h = 0.5
rise = [float(paddle.prod(paddle.to_tensor([first, 2.0, 3.0]))) for first in (h, -h)]
print("finite difference of paddle.prod by the first:", (rise[0] - rise[1]) / (2 * h))
assert math.isnan(seen["paddle.prod"][0]) and rise[0] - rise[1] == 6
assert seen["paddle.cumprod, last"] == seen["x[0] * x[1] * x[2]"] == [6, 0, 0]
EOF
