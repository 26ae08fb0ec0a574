#!/bin/sh
# tinygrad 0.14.0: the gradients of ELU and erf at exactly 0 are 0, where both functions are smooth.
#
# The slopes there are 1 and 1.128, as a hair to the left and to the right. A unit that begins at 0, its bias 0 and its
# inputs 0, learns nothing through an ELU.
#
# Seen on 2026-11-27 (Python 3.11.7, tinygrad 0.14.0, DEV=PYTHON), gradients at -0.001, 0, 0.001:
#   elu [0.999, 0.0, 1.0]
#   erf [1.128, 0.0, 1.128]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check tinygrad==0.14.0 numpy==2.4.6
DEV=PYTHON .venv/bin/python - <<'EOF'
import numpy as np
from tinygrad import Tensor

for name, slope in (("elu", 1.0), ("erf", 1.128)):
    x = Tensor(np.array([-0.001, 0, 0.001], np.float32)).realize()
    found = [round(g, 3) for g in getattr(x, name)().sum().gradient(x)[0].tolist()]
    print(name, found)
    assert found[1] == 0 and abs(found[0] - slope) < 2e-3 and abs(found[2] - slope) < 2e-3
EOF
