"""What can be set in the playground: one table, from which the controls, the checks and the address are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from bplib import optimizers
from bplib._text import figure
from bplib.activations import ACTIVATIONS
from bplib.network import INITS

Value: TypeAlias = "str | int | float | tuple[int, ...]"

MOST_LAYERS = 4
MOST_NEURONS = 8  # in a layer
MOST_NEURONS_FOR_DIGITS = 32
MOST_EXAMPLES = 1000
MOST_CLASSES = 10


class PlaygroundError(ValueError):
    """What was asked for cannot be done: one sentence that says what came, what was due and what helps."""


@dataclass(frozen=True)
class Setting:
    """One row of the table.

    `kind` is "choice" (a name among `choices`), "number", "integer" (both from `low` to `high`) or "layers" (a
    tuple of hidden layers' sizes). `labels` and `helps` say what each choice is. `stops` are the values that a
    slider or a list offers; between them every other is allowed as well. What is `live` changes while a training
    goes on; the others begin it anew.
    """

    name: str
    kind: str
    default: Value
    label: str
    help: str
    live: bool = False
    choices: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    stops: tuple[float, ...] = ()

    def checked(self, value: Any) -> Value:
        """The value as it is kept. PlaygroundError, which names the setting, if it cannot be that."""
        if self.kind == "choice":
            if not isinstance(value, str) or value not in self.choices:
                raise PlaygroundError(f"{self.name} is one of {', '.join(self.choices)}; got {value!r}")
            return value
        if self.kind == "layers":
            if not isinstance(value, list | tuple):
                raise PlaygroundError(f"{self.name} is a list such as [4, 4]; got {value!r}")
            if len(value) > MOST_LAYERS:
                raise PlaygroundError(
                    f"{self.name} has at most {MOST_LAYERS} hidden layers; got {len(value)}"
                )
            return tuple(
                _integer("each of the layers", n, 1, MOST_NEURONS_FOR_DIGITS, " neurons") for n in value
            )
        if self.kind == "integer":
            return _integer(self.name, value, self.low, self.high)
        wrong = isinstance(value, bool) or not isinstance(value, int | float)
        if wrong or not self.low <= value <= self.high:
            raise PlaygroundError(
                f"{self.name} is a number from {figure(self.low)} to {figure(self.high)}; got {value!r}"
            )
        return float(value)

    def told(self) -> dict[str, Any]:
        """The row for the front, JSON-like."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}


def _integer(name: str, value: Any, low: float, high: float, unit: str = "") -> int:
    if isinstance(value, float) and value.is_integer():  # a browser has no other numbers
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise PlaygroundError(f"{name} is an integer from {low:g} to {high:g}{unit}; got {value!r}")
    return value


class Kind(NamedTuple):
    """A set of data: its name, what it teaches, and its usual noise."""

    label: str
    help: str
    noise: float


DATA = {
    "xor": Kind(
        "XOR",
        "One class where exactly one input is large: no straight line parts the classes. Without noise it is the "
        "book's table of four rows.",
        0.15,
    ),
    "circles": Kind(
        "Circles",
        "A ring around another: three neurons in one hidden layer are enough to close a line around the inner one.",
        0.1,
    ),
    "moons": Kind(
        "Moons",
        "Two half circles that reach into each other: a straight line gets most points right; with little noise, a "
        "bent one gets all.",
        0.1,
    ),
    "spirals": Kind(
        "Spirals",
        "The hardest of these: two arms that wind around each other. For some hundreds of updates nothing seems to "
        "happen, then it turns. Two layers of 8 neurons and Adam are quicker.",
        0.03,
    ),
    "digits": Kind(
        "Digits",
        "Handwritten digits of 8×8 pixels in ten classes. One hidden layer of 16 neurons does well; more examples "
        "help more than more neurons.",
        0.0,
    ),
    "own": Kind(
        "Your own points",
        "Click points of each class, or paste a table. From 12 points on a quarter of them is kept for the test.",
        0.0,
    ),
}

LOSSES = {
    "quadratic": (
        "Quadratic",
        "½ (a − y)², with a sigmoid at the output, which is slow where it is saturated.",
    ),
    "binary_cross_entropy": ("Binary cross-entropy", "One output for two classes: how sure, yes or no."),
    "softmax_cross_entropy": ("Softmax cross-entropy", "One output for each class; together they sum to 1."),
}

# The usual rate of each here; bplib's default for Adam, 0.001, is slow for a network as small as these.
OPTIMIZERS = {
    "gradient_descent": (
        optimizers.GradientDescent,
        "Gradient descent",
        0.3,
        "Straight against the gradient.",
    ),
    "momentum": (optimizers.Momentum, "Momentum", 0.05, "A heavy ball: it keeps nine tenths of its way."),
    "nesterov": (optimizers.Nesterov, "Nesterov", 0.05, "Momentum with a look ahead."),
    "adagrad": (optimizers.AdaGrad, "AdaGrad", 0.1, "A rate for each weight, which only falls."),
    "rmsprop": (optimizers.RMSProp, "RMSProp", 0.01, "Each gradient divided by its usual size."),
    "adam": (optimizers.Adam, "Adam", 0.01, "Momentum over RMSProp."),
    "adamw": (optimizers.AdamW, "AdamW", 0.01, "Adam, with the regularisation outside of it."),
}

_ACTIVATION_HELP = {
    "sigmoid": "From 0 to 1; its slope is at most ¼, so that deltas fade.",
    "tanh": "From −1 to 1, slope 1 at 0: a good first choice.",
    "relu": "0, or z itself: quick, with corners; a neuron can die.",
    "leaky_relu": "ReLU with a small slope for negative z: no neuron dies.",
    "identity": "No bend at all: however many layers, a straight line.",
}
_ACTIVATION_LABEL = {
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "identity": "Identity",
}
_INIT_HELP = {
    "xavier": "Uniform, scaled for tanh and the sigmoid.",
    "he": "Normal, scaled for ReLU.",
    "normal": "Normal with variance 1: large where a neuron has many inputs.",
}

_ROWS = (
    Setting(
        "data", "choice", "moons", "Data", "What is to be learnt.",
        choices=tuple(DATA),
        labels=tuple(kind.label for kind in DATA.values()),
        helps=tuple(kind.help for kind in DATA.values()),
    ),
    Setting(
        "noise", "number", 0.1, "Noise",
        "How far the points are scattered, as a standard deviation. The digits and your own points stay as they are.",
        low=0, high=0.5, stops=(0, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5),
    ),
    Setting(
        "examples", "integer", 200, "Examples", "How many points, or digits, the network learns from.",
        low=10, high=MOST_EXAMPLES, stops=(20, 50, 100, 200, 500, 1000),
    ),
    Setting(
        "seed", "integer", 1, "Seed",
        "For the points, the first weights and the order of the examples: the same seed, the same training.",
        low=0, high=99999,
    ),
    Setting(
        "layers", "layers", (4, 4), "Hidden layers",
        "Neurons in each hidden layer. Other sizes begin with new weights: nothing is kept.",
        low=1, high=MOST_NEURONS,
    ),
    Setting(
        "activation", "choice", "tanh", "Activation", "Of the hidden layers.",
        choices=tuple(ACTIVATIONS),
        labels=tuple(_ACTIVATION_LABEL[name] for name in ACTIVATIONS),
        helps=tuple(_ACTIVATION_HELP[name] for name in ACTIVATIONS),
    ),
    Setting(
        "init", "choice", "xavier", "First weights", "How they are drawn.",
        choices=tuple(INITS),
        labels=tuple(name.capitalize() for name in INITS),
        helps=tuple(_INIT_HELP[name] for name in INITS),
    ),
    Setting(
        "loss", "choice", "binary_cross_entropy", "Loss", "What training makes small; it decides the output layer.",
        choices=tuple(LOSSES),
        labels=tuple(label for label, _ in LOSSES.values()),
        helps=tuple(help for _, help in LOSSES.values()),
    ),
    Setting(
        "optimizer", "choice", "gradient_descent", "Optimiser",
        "What is made of the gradient. Another one begins without memory, and at its usual learning rate.",
        live=True,
        choices=tuple(OPTIMIZERS),
        labels=tuple(label for _, label, _, _ in OPTIMIZERS.values()),
        helps=tuple(help for _, _, _, help in OPTIMIZERS.values()),
    ),
    Setting(
        "rate", "number", 0.3, "Learning rate η", "How far a step goes.", live=True,
        low=0.00001, high=100, stops=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
    ),
    Setting(
        "batch", "integer", 10, "Batch", "Examples to a step. As many as there are, or more: full batch.", live=True,
        low=1, high=MOST_EXAMPLES, stops=(1, 5, 10, 20, 50, 100, 200, 1000),
    ),
    Setting(
        "decay", "number", 0.0, "Regularisation λ",
        "Pulls the weights towards 0: λW is added to their gradient, biases are left alone. AdamW has it as its decay. "
        "The loss that is shown is without it.",
        live=True, low=0, high=1, stops=(0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1),
    ),
)  # fmt: skip

SETTINGS = {row.name: row for row in _ROWS}
DEFAULTS: dict[str, Value] = {row.name: row.default for row in _ROWS}


def fitted(settings: dict[str, Value], given: set[str], classes: int) -> tuple[dict[str, Value], list[str]]:
    """The settings made to go together, and a sentence for each that was changed for it.

    What the reader did not give in this message follows what they gave; two givens that do not go together are a
    PlaygroundError. `classes` is how many their own points have.
    """
    settings, notes = dict(settings), []
    data = str(settings["data"])
    if "data" in given and "noise" not in given:
        settings["noise"] = DATA[data].noise
    if "optimizer" in given and "rate" not in given:
        _, label, rate, _ = OPTIMIZERS[str(settings["optimizer"])]
        if settings["rate"] != rate:
            settings["rate"] = rate
            notes.append(f"The learning rate is {figure(rate)} now, which is usual with {label}.")
    n = {"digits": 10, "own": max(2, classes)}.get(data, 2)
    if settings["loss"] == "binary_cross_entropy" and n > 2:
        if "loss" in given:
            raise PlaygroundError(
                f"loss: binary cross-entropy asks one question with yes or no, and there are {n} classes; "
                "take softmax_cross_entropy"
            )
        settings["loss"] = "softmax_cross_entropy"
        notes.append(f"The loss is softmax cross-entropy now: there are {n} classes.")
    layers = settings["layers"]
    assert isinstance(layers, tuple)
    if data != "digits" and max(layers, default=0) > MOST_NEURONS:
        if "layers" in given:
            raise PlaygroundError(
                f"layers: for points a layer has at most {MOST_NEURONS} neurons, for digits "
                f"{MOST_NEURONS_FOR_DIGITS}; got {max(layers)}"
            )
        settings["layers"] = tuple(min(n, MOST_NEURONS) for n in layers)
        notes.append(f"The layers have {MOST_NEURONS} neurons now, as many as they may have with points.")
    return settings, notes
