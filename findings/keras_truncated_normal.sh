#!/bin/sh
# Keras 3.15.1 on PyTorch: the truncated normal distribution is not quite truncated.
#
# keras.random.truncated_normal, and HeNormal and GlorotNormal with it, lets some numbers through that are more than two
# standard deviations from the mean: about as often as none of four normal numbers lies within them, 0.0455^4, once in
# some 230,000. A layer of 784 x 500 has one or two.
#
# Seen on 2026-11-27 (Python 3.11.7, keras 3.15.1, torch 2.13.0+cpu):
#   of 4,000,000 numbers 22 are beyond 2 standard deviations, the largest at 2.82
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check keras==3.15.1 torch==2.13.0
KERAS_BACKEND=torch KERAS_HOME=$folder CUDA_VISIBLE_DEVICES= .venv/bin/python - <<'EOF'
import keras

x = keras.random.truncated_normal((4_000_000,), seed=0).abs()
beyond, largest = int((x > 2).sum()), float(x.max())
print(f"of 4,000,000 numbers {beyond} are beyond 2 standard deviations, the largest at {largest:.2f}")
assert 5 < beyond < 50
EOF
