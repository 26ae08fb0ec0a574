#!/bin/sh
# ml_dtypes 0.6.0 with numpy: the mean of 1,000 ones is 0.256 in bfloat16, and 0.0156 in float8_e4m3fn. numpy adds
# them up one by one in the short format itself, where 256 + 1 is 256 again (16 + 1 is 16), and no warning is given.
# The same sum as a product, ones @ ones, is right: ml_dtypes adds up in float32 there. numpy's own float16 gets both
# right, as numpy adds in pairs. So a mean over examples (a loss, a bias's gradient) of an array that numpy got from
# JAX in bfloat16 is off by a factor, while the weights' gradient, a product, is right.
# Known since 2023 (jax-ml/ml_dtypes issue 63, closed); jnp.sum and jnp.mean of the same array are right.
#
# Seen (Python 3.11.7, numpy 2.4.6, ml_dtypes 0.6.0):
#   bfloat16        sum 256      mean 0.255859   ones @ ones 1000
#   float8_e4m3fn   sum 16       mean 0.015625   ones @ ones 1000
#   float16         sum 1000     mean 1          ones @ ones 1000
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check numpy==2.4.6 ml_dtypes==0.6.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import ml_dtypes
import numpy as np

seen = {"bfloat16": (256, 0.255859375), "float8_e4m3fn": (16, 0.015625), "float16": (1000, 1)}
for name, (total, mean) in seen.items():
    ones = np.ones(1000, getattr(ml_dtypes, name, name))
    found = float(ones.sum()), float(ones.mean())
    product = float(np.asarray(ones @ ones, np.float64))
    print(f"{name:14}  sum {found[0]:<7g}  mean {found[1]:<9g}  ones @ ones {product:g}")
    assert found == (total, mean)
    assert abs(product - 1000) < 10  # 1000 or its neighbour in the format
PYTHON
