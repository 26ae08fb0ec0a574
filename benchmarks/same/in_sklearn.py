"""scikit-learn, the digits alone: its networks end in the identity or a cross-entropy. It shows no gradient, so it is
read off a step: with rate 1, no momentum and no penalty, the weights move by minus the gradient."""

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier

task = json.loads(Path(sys.argv[1]).read_text())["digits"]
x, y = np.array(task["x"]), np.array(task["y"])
net = MLPClassifier(
    [len(W) for W in task["W"][:-1]], activation="logistic", solver="sgd", learning_rate_init=1,
    momentum=0, nesterovs_momentum=False, alpha=0, batch_size=len(x), shuffle=False,
)  # fmt: skip
net.partial_fit(x, y, classes=range(10))  # makes the layers
for coefficients, W in zip(net.coefs_, task["W"], strict=True):
    coefficients[:] = np.transpose(W)
for intercepts, b in zip(net.intercepts_, task["b"], strict=True):
    intercepts[:] = b
before = [[a.copy() for a in arrays] for arrays in (net.coefs_, net.intercepts_)]
net.partial_fit(x, y)
moved = [
    [(a - b).tolist() for a, b in zip(old, new, strict=True)]
    for old, new in zip(before, (net.coefs_, net.intercepts_), strict=True)
]
print(json.dumps({"digits": {"loss": net.loss_, "W": moved[0], "b": moved[1]}}))
