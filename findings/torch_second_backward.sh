#!/bin/sh
# PyTorch 2.13.0: whether a second `backward()` on the same loss is refused depends on the loss. "Trying to backward
# through the graph a second time" comes only where an operation had kept something for its derivative (a square, exp, a
# product). Through sums, means, differences, slices and concatenations nothing is kept, so the second call passes, and
# adds the same gradient to `.grad` once more: it is twice too large, and no error or warning says so. So a training
# loop that calls `backward()` twice may run with one loss, at twice the learning rate, and stop with another.
#
# Seen (Python 3.11.7, torch 2.13.0+cpu): the gradient after two calls, from w = (2, 3)
#   w.sum()                    [2.0, 2.0]      once: [1.0, 1.0]
#   (w - 1).mean()             [1.0, 1.0]      once: [0.5, 0.5]
#   (-w)[0]                    [-2.0, -0.0]    once: [-1.0, -0.0]
#   torch.cat([w, w]).sum()    [4.0, 4.0]      once: [2.0, 2.0]
#   (3 * w).sum()              refused
#   (w * w).sum()              refused
#   torch.relu(w).sum()        refused
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch

losses = {
    "w.sum()": (lambda w: w.sum(), [2.0, 2.0]),
    "(w - 1).mean()": (lambda w: (w - 1).mean(), [1.0, 1.0]),
    "(-w)[0]": (lambda w: (-w)[0], [-2.0, 0.0]),
    "torch.cat([w, w]).sum()": (lambda w: torch.cat([w, w]).sum(), [4.0, 4.0]),
    "(3 * w).sum()": (lambda w: (3 * w).sum(), None),
    "(w * w).sum()": (lambda w: (w * w).sum(), None),
    "torch.relu(w).sum()": (lambda w: torch.relu(w).sum(), None),
}
for text, (loss, twice) in losses.items():
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    C = loss(w)
    C.backward()
    once = w.grad.tolist()
    try:
        C.backward()
    except RuntimeError as error:
        assert "a second time" in str(error)
        found = None
    else:
        found = w.grad.tolist()
        assert found == [2 * v for v in once]
    print(f"{text:25}", "refused" if found is None else f"{found}  once: {once}")
    assert found == twice
PYTHON
