"""What the notation's table says of PyTorch and scikit-learn, found out by running them.

Each line is a fact of the table with what was measured; one that does not hold ends the script with an error. It needs
both libraries (`make libraries`), and is no test.
"""

from __future__ import annotations

import inspect
import sys
import warnings

import numpy as np
import sklearn
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor
from torch import nn

from bplib import Adam, GradientDescent, Momentum, Network, RMSProp, backprop
from bplib.losses import BinaryCrossEntropy, Quadratic, SoftmaxCrossEntropy

M, N, K, HIDDEN = 8, 4, 3, 5  # examples, inputs, outputs, hidden neurons
RATE = 1e-3
wrong: list[str] = []


def fact(holds: bool, words: str, *measured: object) -> None:
    print("ok   " if holds else "WRONG", words, *(f"[{value}]" for value in measured))
    if not holds:
        wrong.append(words)


def near(a: object, b: object) -> bool:
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-12))


def ours(
    model: object, loss: object, x: np.ndarray, y: np.ndarray, f: str = "tanh"
) -> tuple[Network, object]:
    """bplib's network with the weights of a model of scikit-learn, and its gradients."""
    network = Network([N, HIDDEN, y.shape[1]], f, "identity", seed=0)
    for l in network.W:
        network.W[l][:] = model.coefs_[l - 1].T
        network.b[l][:] = model.intercepts_[l - 1][:, None]
    return network, backprop(network, x, y, loss)


def one_step(kind: type, x: np.ndarray, y: np.ndarray, **options: object) -> tuple[object, object]:
    """A model of scikit-learn before and after one step on all examples."""
    options = {"solver": "sgd", "momentum": 0, "alpha": 0, "activation": "tanh"} | options
    options |= {"hidden_layer_sizes": (HIDDEN,), "batch_size": len(x), "max_iter": 1, "random_state": 0}
    options |= {"shuffle": False}
    return tuple(kind(learning_rate_init=rate, **options).fit(x, y) for rate in (1e-300, RATE))


def from_one(optimizer: object, gradients: list[float]) -> float:
    """Where a weight of 1 is after steps with these gradients."""
    network = Network([1, 1], seed=0)
    network.W[1][:] = 1
    for g in gradients:
        optimizer.step(network, {1: np.array([[g]])}, {1: np.zeros((1, 1))})
    return float(network.W[1][0, 0])


def torch_from_one(kind: type, gradients: list[float], **options: float) -> float:
    w = torch.ones(1, requires_grad=True)
    optimizer = kind([w], **options)
    for g in gradients:
        w.grad = torch.full((1,), g)
        optimizer.step()
    return w.item()


def main() -> int:
    warnings.simplefilter("ignore")  # scikit-learn's, that one epoch is not enough
    torch.set_default_dtype(torch.float64)
    print(f"PyTorch {torch.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}\n")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(M, N)), rng.normal(size=(M, K))
    labels, several = np.arange(M) % K, rng.integers(0, 2, (M, K)).astype(float)

    linear = nn.Linear(N, HIDDEN)
    fact(
        linear.weight.shape == (HIDDEN, N), "Linear.weight has the shape of W[l]", tuple(linear.weight.shape)
    )
    fact(linear.bias.shape == (HIDDEN,), "Linear.bias is one row", tuple(linear.bias.shape))

    # The losses: their value and their derivative by z, beside C and delta.
    z = torch.tensor(rng.normal(size=(M, K)), requires_grad=True)
    columns = z.detach().numpy().T
    for name, theirs, target, C, t, share in (
        ("CrossEntropyLoss", nn.CrossEntropyLoss(), torch.tensor(labels), SoftmaxCrossEntropy(), np.eye(K)[labels], 1),
        ("BCEWithLogitsLoss", nn.BCEWithLogitsLoss(), torch.tensor(several), BinaryCrossEntropy(), several, K),
        ("MSELoss", nn.MSELoss(), torch.tensor(y), Quadratic(), y, K / 2),
    ):  # fmt: skip
        z.grad = None
        value = theirs(z, target)
        value.backward()
        fact(near(value.item() * share, C(columns, t.T)), f"{name} is C / {share:g}", value.item())
        delta = C.grad(columns, t.T)
        fact(near(z.grad.numpy().T * M * share, delta), f"its z.grad is delta / (m · {share:g})")

    # scikit-learn's losses and steps.
    for outputs in (1, 2, 3):
        before, after = one_step(MLPRegressor, x, y[:, :outputs].squeeze())
        network, gradients = ours(before, Quadratic(), x, y[:, :outputs])
        C = Quadratic()(network(x).T, y[:, :outputs].T)
        fact(
            near(before.loss_ * outputs, C),
            f"MLPRegressor, outputs {outputs}: loss_ is C / outputs",
            before.loss_,
        )
        ratio = np.median((before.coefs_[1] - after.coefs_[1]).T / RATE / gradients.grad_W[2])
        fact(abs(ratio - 1) < 1e-3, "and its steps are those of C", f"ratio {ratio:.3f}")
    before, after = one_step(MLPClassifier, x, labels)
    network, gradients = ours(before, SoftmaxCrossEntropy(), x, np.eye(K)[labels])
    ratio = np.median((before.coefs_[1] - after.coefs_[1]).T / RATE / gradients.grad_W[2])
    fact(
        abs(ratio - 1) < 1e-3,
        "MLPClassifier, 3 classes: steps are those of the softmax cross-entropy",
        f"{ratio:.3f}",
    )
    C = SoftmaxCrossEntropy()(network(x).T, np.eye(K)[labels].T)
    fact(near(before.loss_, C), "and its loss_ is C", before.loss_)
    before, after = one_step(MLPClassifier, x, labels > 0)
    fact(before.n_outputs_ == 1, "2 classes: one output, a sigmoid", before.out_activation_)
    network, gradients = ours(before, BinaryCrossEntropy(), x, (labels > 0)[:, None].astype(float))
    ratio = np.median((before.coefs_[1] - after.coefs_[1]).T / RATE / gradients.grad_W[2])
    fact(abs(ratio - 1) < 1e-3, "its steps are those of the binary cross-entropy", f"{ratio:.3f}")
    before, after = one_step(MLPClassifier, x, several.astype(int))
    network, gradients = ours(before, BinaryCrossEntropy(), x, several)
    ratio = np.median((before.coefs_[1] - after.coefs_[1]).T / RATE / gradients.grad_W[2])
    C = BinaryCrossEntropy()(network(x).T, several.T)
    fact(near(before.loss_, C), "several labels: loss_ is C, summed over the outputs", before.loss_)
    fact(abs(ratio - 1) < 1e-3, "and its steps are those of C", f"{ratio:.3f}")
    fact(before.coefs_[0].shape == (N, HIDDEN), "coefs_[0] is the transpose of W[1]", before.coefs_[0].shape)
    fact(before.intercepts_[0].shape == (HIDDEN,), "intercepts_[0] is one row", before.intercepts_[0].shape)

    # Defaults, and where they are not what the name suggests.
    default = {k: p.default for k, p in inspect.signature(MLPClassifier.__init__).parameters.items()}
    kept = (
        "solver",
        "alpha",
        "momentum",
        "nesterovs_momentum",
        "epsilon",
        "batch_size",
        "tol",
        "n_iter_no_change",
    )
    fact(
        (default["alpha"], default["momentum"], default["nesterovs_momentum"]) == (1e-4, 0.9, True),
        'solver="sgd" is Nesterov\'s momentum of 0.9, with alpha 1e-4',
        {k: default[k] for k in kept},
    )
    model = MLPClassifier((HIDDEN,), batch_size=2, max_iter=3, random_state=0).fit(x, labels)
    fact(model.t_ == 3 * M, "max_iter counts epochs", f"{model.t_} examples in 3")

    # The optimizers, from a weight of 1.
    steps = [1.0, -0.5, 2.0]
    pairs = (
        ("SGD", from_one(GradientDescent(0.1), steps), torch_from_one(torch.optim.SGD, steps, lr=0.1)),
        ("SGD, momentum", from_one(Momentum(0.1), steps), torch_from_one(torch.optim.SGD, steps, lr=0.1, momentum=0.9)),
        ("Adam", from_one(Adam(0.1), steps), torch_from_one(torch.optim.Adam, steps, lr=0.1)),
        ("Adam, small gradient", from_one(Adam(0.1), [1e-8]), torch_from_one(torch.optim.Adam, [1e-8], lr=0.1)),
        ("RMSprop", from_one(RMSProp(0.1), steps), torch_from_one(torch.optim.RMSprop, steps, lr=0.1, alpha=0.9)),
    )  # fmt: skip
    for name, a, b in pairs:
        fact(near(a, b), f"torch.optim.{name} is bplib's", b)
    alpha = inspect.signature(torch.optim.RMSprop.__init__).parameters["alpha"].default
    fact(alpha == 0.99, "RMSprop's alpha is 0.99 where bplib's beta is 0.9", alpha)
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

    def sklearn_from_one(optimizer: object, gradients: list[float]) -> float:
        w = [np.ones(1)]
        for g in gradients:
            optimizer.update_params(w, [np.full(1, g)])
        return float(w[0][0])

    here = sklearn_from_one(SGDOptimizer([np.ones(1)], 0.1, momentum=0.9, nesterov=False), steps)
    fact(near(here, from_one(Momentum(0.1), steps)), "momentum without Nesterov is bplib's", here)
    here = sklearn_from_one(AdamOptimizer([np.ones(1)], 0.1), steps)
    fact(
        abs(here - from_one(Adam(0.1), steps)) < 1e-6,
        "scikit-learn's Adam is bplib's, for gradients of usual size",
        here,
    )
    here, bp = 1 - sklearn_from_one(AdamOptimizer([np.ones(1)], 0.1), [1e-8]), 1 - from_one(Adam(0.1), [1e-8])
    where = 0.1 * np.sqrt(1 - 0.999) / (1 - 0.9) * (1 - 0.9) * 1e-8 / (np.sqrt(1 - 0.999) * 1e-8 + 1e-8)
    fact(
        near(here, where) and not near(here, bp),
        "but its epsilon joins √v before v is corrected",
        here,
        f"bplib {bp}",
    )
    print("\nAll as the table says." if not wrong else "\nNot as the table says: " + "; ".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
