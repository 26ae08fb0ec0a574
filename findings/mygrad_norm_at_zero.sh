#!/bin/sh
# mygrad 2.5.0: the gradient of a norm at zero is nan, where the docstring promises zeros.
#
# linalg.norm has nan_to_num=True by default: "gradients that would store nans due to the presence of zeros in `x` will
# instead store zeros in those places". At (0, 0) it stores nan, with the default and with the argument.
#
# Seen on 2026-11-27 (Python 3.11.7, mygrad 2.5.0, numpy 2.4.6):
#   norm of [0, 0]: gradient [nan, nan]
#   norm of [0, 0], nan_to_num=True: gradient [nan, nan]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check mygrad==2.5.0 numpy==2.4.6
.venv/bin/python - <<'EOF'
import warnings

import mygrad as mg
import numpy as np

warnings.simplefilter("ignore")  # numpy's, of 0/0
assert "store zeros in those places" in " ".join(mg.linalg.norm.__doc__.split())
for words, options in (("", {}), (", nan_to_num=True", {"nan_to_num": True})):
    x = mg.tensor([0.0, 0.0])
    mg.linalg.norm(x, **options).backward()
    print(f"norm of [0, 0]{words}: gradient {x.grad.tolist()}")
    assert np.isnan(x.grad).all()
EOF
