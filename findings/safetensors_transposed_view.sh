#!/usr/bin/env bash
# safetensors 0.8.0: a transposed numpy array is saved in another order than it has, without an error or a warning.
#
# safetensors.numpy.save takes the bytes as they lie in memory and the shape as numpy tells it. For a view such as W.T, or
# an array in Fortran order, the two do not belong together: the file has the right shape and the right numbers in wrong
# places. Weights of a layer are what is transposed between libraries, so a network comes back with other outputs.
# safetensors.torch.save raises for such a tensor. (The docstring asks for contiguous tensors.)
#
# Seen, for W = [[0, 1, 2], [3, 4, 5]]: what comes back
#     W                          [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] equal
#     W.T                        [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]] not equal
#     np.asfortranarray(W)       [[0.0, 3.0, 1.0], [4.0, 2.0, 5.0]] not equal
#     np.ascontiguousarray(W.T)  [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]] equal
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
"$folder/venv/bin/python" -W error - >"$folder/seen" <<'PY'
import numpy as np
from safetensors.numpy import load, save

W = np.array([[0.0, 1, 2], [3, 4, 5]])
for name, array in {
    "W": W,
    "W.T": W.T,
    "np.asfortranarray(W)": np.asfortranarray(W),
    "np.ascontiguousarray(W.T)": np.ascontiguousarray(W.T),
}.items():
    back = load(save({"W": array}))["W"]
    print(name, back.tolist(), "equal" if np.array_equal(back, array) else "not equal")
PY
cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
W [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] equal
W.T [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]] not equal
np.asfortranarray(W) [[0.0, 3.0, 1.0], [4.0, 2.0, 5.0]] not equal
np.ascontiguousarray(W.T) [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]] equal
EXPECTED
