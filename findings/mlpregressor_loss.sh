#!/bin/sh
# scikit-learn's MLPRegressor steps along the gradient of another loss than the one that it shows.
#
# With k outputs, `loss_` (and `loss_curve_`, which early stopping and `tol` watch) is half the squared error as a mean
# over examples and outputs. The step taken is the gradient of the sum over the outputs: k times that of `loss_`. So
# the same learning_rate_init is a k times larger step with k targets than the loss that is shown suggests, and a
# gradient that is checked against finite differences of `loss_` is "wrong" by exactly k.
#
# Seen on 2026-11-27 with scikit-learn 1.9.1, numpy 2.4.6, Python 3.11.7:
#   outputs 1: step / (rate * finite difference of loss_) = 1.000
#   outputs 2: step / (rate * finite difference of loss_) = 2.000
#   outputs 3: step / (rate * finite difference of loss_) = 3.000
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check scikit-learn==1.9.1
.venv/bin/python - <<'EOF'
import warnings

import numpy as np
from sklearn.neural_network import MLPRegressor

warnings.simplefilter("ignore")  # that one epoch is not enough
rng = np.random.default_rng(0)
x, y = rng.normal(size=(8, 4)), rng.normal(size=8)


def model(rate, epochs=1):
    return MLPRegressor(
        hidden_layer_sizes=(5,), solver="sgd", momentum=0, alpha=0, activation="tanh", learning_rate_init=rate,
        batch_size=8, max_iter=epochs, shuffle=False, random_state=0,
    )


for k in (1, 2, 3):
    targets = np.repeat(y[:, None], k, axis=1) if k > 1 else y
    here, there = model(1e-300).fit(x, targets), model(1e-3).fit(x, targets)
    step = here.intercepts_[1][0] - there.intercepts_[1][0]  # of the first output's bias

    def loss(bias):
        """`loss_` where that bias is; the learning rate is too small to move anything."""
        moved = model(1e-300)
        moved.set_params(warm_start=True).fit(x, targets)
        moved.intercepts_[1][0] = bias
        return moved.fit(x, targets).loss_

    b, h = here.intercepts_[1][0], 1e-5
    slope = (loss(b + h) - loss(b - h)) / (2 * h)
    ratio = step / (1e-3 * slope)
    print(f"outputs {k}: step / (rate * finite difference of loss_) = {ratio:.3f}")
    assert abs(ratio - k) < 1e-3
EOF
