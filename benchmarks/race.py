"""The optimizers on the digits, each at the learning rate that the same search finds for it; with ten seeds.

    python benchmarks/race.py [optimizers] [batches] [starts] [scaling] [decay]

writes bplib/measured/race.json, which the chapter on optimisers shows; all parts, or those named anew. On one core that
takes some ten minutes, most of it for batches and starts.

Only the learning rate is searched; all other settings are what bplib has unasked. Ten rates are tried, with three seeds
each: six from 1e-4 to 10, a factor of 10 apart, and four more around the best of them, by factors of 10^(1/4); for the
first weights of a deep network the six are eight, from 1e-6. Judge is the loss on a fifth of the training digits, which
is held back, after the last epoch, as the median of the three seeds. With the best rate the network then learns from
all training digits, from ten other seeds, and the test digits are asked after each epoch. Nothing is chosen by them.
"""

import json
import platform
import sys
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bplib import (
    AdaGrad,
    Adam,
    AdamW,
    DivergenceError,
    GradientDescent,
    Momentum,
    Nesterov,
    Network,
    RMSProp,
    accuracy,
    train,
)
from bplib.datasets import digits
from bplib.lbfgs import lbfgs

TABLE = Path(__file__).parent.parent / "bplib" / "measured" / "race.json"
KINDS = {
    "gradient descent": GradientDescent,
    "momentum": Momentum,
    "Nesterov": Nesterov,
    "AdaGrad": AdaGrad,
    "RMSProp": RMSProp,
    "Adam": Adam,
    "AdamW": AdamW,
}
LOSS = "softmax_cross_entropy"
EPOCHS, SEARCHED, RACED = 20, (100, 101, 102), range(10)
COARSE = [10.0**k for k in range(-4, 2)]
SAME = 0.01


class Task(NamedTuple):
    """What is trained, but for rate and seed."""

    optimizer: Callable  # of a rate
    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    sizes: tuple = (64, 32, 10)
    batch_size: int = 32
    epochs: int = EPOCHS
    start: Callable = lambda network: network  # changes its weights


class NothingLearntError(Exception):
    """No rate of a search is better than to answer nothing."""


def task(optimizer, **settings):
    data = digits()
    return Task(optimizer, data.x_train, data.y_train, data.x_test, data.y_test)._replace(**settings)


def run(given, rate, seed):
    """The history of one training; of one that diverges, what it was until then. Validation is by the test digits."""
    network = given.start(Network(given.sizes, "relu", "identity", init="he", seed=seed))
    try:
        return train(
            network,
            given.x,
            given.y,
            LOSS,
            optimizer=given.optimizer(rate),
            batch_size=given.batch_size,
            drop_last=True,
            epochs=given.epochs,
            validation=(given.x_test, given.y_test),
            seed=seed,
            progress=False,
        )
    except DivergenceError as error:
        return error.history


def judged(given, rate, seeds=SEARCHED):
    """The loss on the fifth that is held back, after the last epoch; infinite where a training diverges."""
    held = np.arange(len(given.x)) % 5 == 4
    x, y = given.x, given.y
    given = given._replace(x=x[~held], y=y[~held], x_test=x[held], y_test=y[held])
    histories = [run(given, rate, seed) for seed in seeds]
    losses = [np.inf if h.stopped == "diverged" else h.validation_loss[-1] for h in histories]
    return float(np.median(losses))


def search(given, coarse=COARSE):
    """The rates that were tried and what the judge says of them, and the best."""
    found = {rate: judged(given, rate) for rate in coarse}
    middle = min(found, key=found.get)
    if found[middle] > 0.95 * np.log(10):  # what an answer of one tenth for each digit costs
        raise NothingLearntError
    if middle in (coarse[0], coarse[-1]):
        raise ValueError(f"the best rate, {middle}, is at an end of the grid: {found}")
    found |= {rate: judged(given, rate) for rate in (middle * 10 ** (k / 4) for k in (-2, -1, 1, 2))}
    found = dict(sorted(found.items()))
    return found, min(found, key=found.get)


def race(given, rate):
    """Of ten seeds, epoch by epoch: training loss, test loss, share of the test digits that is right."""
    histories = [run(given, rate, seed) for seed in RACED]
    records = ("loss", "validation_loss", "validation_accuracy")
    names = ("training loss", "test loss", "test accuracy")
    return {n: [rounded(getattr(h, r)) for h in histories] for n, r in zip(names, records, strict=True)}


def rounded(numbers):
    """Four digits, which are enough for a picture; null in the place of what is not finite."""
    return [float(f"{v:.4g}") if np.isfinite(v) else None for v in numbers]


def ends(given, rate):
    """Test loss and share right after the last epoch, by seed; of a training that diverged, null and nothing."""
    told = []
    for seed in RACED:
        h = run(given, rate, seed)
        told.append(
            [None, None] if h.stopped == "diverged" else rounded([h.loss[-1], h.validation_accuracy[-1]])
        )
    return told


# -- the parts ----------------------------------------------------------------------------------------------------


def optimizers():
    """The race: each at its best rate, and all at one."""
    for name, kind in KINDS.items():
        given = task(kind)
        found, best = search(given)
        yield (
            name,
            {
                "rate": best,
                "search": [rounded(pair) for pair in found.items()],
                "best": race(given, best),
                "same": race(given, SAME),
            },
        )
    data, runs = digits(), {}
    for gradients in (
        EPOCHS,
        5 * EPOCHS,
    ):  # as many looks at each digit as the others have, and five times as many
        runs[str(gradients)] = []
        for seed in RACED:
            network = Network((64, 32, 10), "relu", "identity", init="he", seed=seed)
            losses = lbfgs(network, data.x_train, data.y_train, LOSS, iterations=round(0.9 * gradients))
            share = accuracy(network, data.x_test, data.y_test, LOSS)
            runs[str(gradients)].append([len(losses), *rounded([losses[-1], share])])
    yield "L-BFGS", runs


def batches():
    """Gradient descent by batch size: the loss of all training digits after each epoch."""
    for size in (2, 8, 32, 128, 1442):
        given = task(GradientDescent, batch_size=size)
        found, best = search(given._replace(batch_size=min(size, 1153)))
        given = given._replace(x_test=given.x, y_test=given.y)
        yield (
            str(size),
            {
                "rate": best,
                "steps": len(given.x) // size,
                "search": [rounded(pair) for pair in found.items()],
                "loss": race(given, best)["test loss"],
            },
        )


def scaled(factor):
    def change(network):
        for W in network.W.values():
            W *= factor
        return network

    return change


def xavier(network):
    """He's deviation is √(2/n); Xavier's is √(2/(n + n')), with the n' neurons of the layer itself."""
    for W in network.W.values():
        W *= np.sqrt(W.shape[1] / sum(W.shape))
    return network


STARTS = {
    "zeros": scaled(0),
    "he / 100": scaled(0.01),
    "xavier": xavier,
    "he": scaled(1),
    "10 he": scaled(10),
}


def starts():
    """By first weights, on a deeper network: training loss and test accuracy at the end."""
    for name, start in STARTS.items():
        for kind in ("gradient descent", "Adam"):
            given = task(KINDS[kind], sizes=(64, 32, 32, 32, 32, 10), start=start)
            try:
                best = search(given, [1e-6, 1e-5, *COARSE])[1]
            except NothingLearntError:  # null in the place of the rate
                best = None
            yield f"{name}, {kind}", {"rate": best, "ends": ends(given, best or 0.1)}


def scaling():
    """With pixel 28, one in the midst of the picture, in a unit that is 100 times as small."""
    for factor in (1, 100):
        for kind in ("gradient descent", "momentum", "Adam"):
            given = task(KINDS[kind])
            unit = np.where(np.arange(64) == 28, factor, 1.0)
            given = given._replace(x=given.x * unit, x_test=given.x_test * unit)
            best = search(given)[1]
            yield f"{factor}, {kind}", {"rate": best, "ends": ends(given, best)}


class AdamL2(Adam):
    """Adam with ½ λ ‖θ‖² in the loss."""

    def __init__(self, learning_rate, decay):
        super().__init__(learning_rate)
        self.decay = decay

    def step(self, network, grad_W, grad_b):
        grad_W = {l: grad_W[l] + self.decay * network.W[l] for l in grad_W}
        grad_b = {l: grad_b[l] + self.decay * network.b[l] for l in grad_b}
        super().step(network, grad_W, grad_b)


def decay():
    """From 160 digits: the pull of AdamW and that of a penalty in Adam's loss, at one rate."""
    data = digits()
    for name, kind in (("AdamW", lambda rate, d: AdamW(rate, decay=d)), ("L2 in Adam", AdamL2)):
        for part in (0, 0.001, 0.01, 0.1, 1):
            given = task(lambda rate, kind=kind, part=part: kind(rate, part), epochs=100)
            given = given._replace(x=data.x_train[:160], y=data.y_train[:160])
            yield f"{name}, {part}", {"rate": SAME, "ends": ends(given, SAME)}


PARTS = {part.__name__: part for part in (optimizers, batches, starts, scaling, decay)}


def main(names):
    table = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    table |= {
        "what": "Optimizers on the 8x8 digits, by the search that benchmarks/race.py describes, with ten seeds: "
        f"the race by epoch, at each one's best rate and at {SAME} for all; batch sizes; first weights; an input "
        "in another unit; weight decay. Pairs are training loss and test accuracy at the end, by seed",
        "made_by": "python benchmarks/race.py",
        "versions": {
            "bplib": version("backpropagation-hands-on"),
            "numpy": np.__version__,
            "scipy": version("scipy"),
            "python": platform.python_version(),
        },
        "date": date.today().isoformat(),
    }
    for name in names or PARTS:
        part = table[name] = {}
        for row, value in PARTS[name]():
            part[row] = value
            print(name, row, value.get("rate"), file=sys.stderr)
            text = json.dumps(table, separators=(",", ":"), ensure_ascii=False)
            fresh = TABLE.with_suffix(".new")
            fresh.write_text(text.replace('},"', '},\n"').replace(']],"', ']],\n"') + "\n", encoding="utf-8")
            fresh.replace(TABLE)


if __name__ == "__main__":
    main(sys.argv[1:])
