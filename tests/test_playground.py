"""The playground: what it shows is what bplib computes, and its address and its program do exactly the same again."""

import json
import re
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from bplib import Network, accuracy, backprop, check_gradient, forward, train
from bplib.datasets import moons
from bplib.network import feedforward
from bplib.playground import SETTINGS, Playground, handle
from bplib.playground.address import MOST_CHANGES, MOST_UPDATES
from bplib.playground.data import read_csv
from bplib.playground.play import share
from bplib.playground.program import weight_name
from bplib.playground.settings import DATA, DEFAULTS, OPTIMIZERS


def weights(play):
    network = play.run.network
    return [array for l in network.W for array in (network.W[l], network.b[l])]


def same(play, others):
    ours = weights(play)
    return len(ours) == len(others) and all(map(np.array_equal, ours, others))


def ok(answer):
    assert "error" not in answer, answer["error"]
    return answer


def ran(program):
    space = {}
    exec(compile(program, "program", "exec"), space)
    network = space["network"]
    return [array for l in network.W for array in (network.W[l], network.b[l])]


SEVERAL = [
    [],
    [{"data": "xor", "layers": [3], "loss": "quadratic", "rate": 3.0, "batch": 4, "noise": 0}],
    [{"data": "circles", "optimizer": "momentum", "examples": 45, "batch": 7}, {"decay": 0.003}, {"rate": 0.02}],
    [{"data": "spirals", "layers": [8, 8], "optimizer": "adam"}, {"optimizer": "adamw"}, {"decay": 0.01, "batch": 3}],
    [{"data": "digits", "layers": [16], "examples": 60, "activation": "relu", "init": "he"}, {"optimizer": "rmsprop"}],
    [{"data": "digits", "layers": [], "examples": 33, "loss": "quadratic"}, {"optimizer": "adagrad", "decay": 0.1}],
    [{"optimizer": "adam", "decay": 0.05}, {"optimizer": "adamw"}, {"optimizer": "momentum"}],
    [{"loss": "softmax_cross_entropy", "activation": "leaky_relu", "batch": 1000}, {"optimizer": "nesterov"}],
]  # fmt: skip


@pytest.mark.parametrize("messages", SEVERAL)
def test_address_and_program_make_the_same_weights(messages, capsys):
    play = Playground()
    for message in messages or [{"seed": 5}]:
        ok(play.handle({"do": "set", "values": message}))
        ok(play.handle({"do": "train", "updates": 23}))
        ok(play.handle({"do": "weight", "l": 1, "j": 0, "k": 1, "value": -0.3}))
        ok(play.handle({"do": "weight", "l": 1, "j": 1, "k": None, "value": 0.2}))
        ok(play.handle({"do": "step"}))
    answer = ok(play.handle({"do": "look"}))
    assert same(play, ran(ok(play.handle({"do": "code"}))["program"]))
    assert capsys.readouterr().out.startswith(f"loss: {answer['loss']:.4g}\nright: {answer['right']:.1%}")
    again = Playground(answer["address"])
    assert same(again, weights(play))
    assert ok(again.handle({"do": "look"})) == answer | {"notes": [], "data": 1}


def test_training_is_bplibs_own():
    play = Playground("seed=3&examples=95&batch=10")
    ok(play.handle({"do": "train", "updates": 40}))  # ten to a pass, the last of each with five examples
    x, y = moons(142, 0.1, seed=3)
    network = Network([2, 4, 4, 1], "tanh", "identity", seed=3)
    train(network, x[:95], y[:95], "binary_cross_entropy", learning_rate=0.3, epochs=4, batch_size=10, seed=3)
    assert same(play, [array for l in network.W for array in (network.W[l], network.b[l])])
    answer = ok(play.handle({"do": "look"}))
    right = accuracy(network, x[:95], y[:95], "binary_cross_entropy")
    assert (answer["right"], answer["epoch"], answer["updates"]) == (right, 4, 40)
    assert answer["loss"] == backprop(network, x[:95], y[:95], "binary_cross_entropy").C
    assert answer["test_loss"] == backprop(network, x[95:], y[95:], "binary_cross_entropy").C
    assert "After 40 updates (4 passes through 95 points)" in answer["sentence"]


def some(rng, names):
    """Settings drawn at random, that may or may not go together."""
    values = {}
    for name in names:
        setting = SETTINGS[name]
        if setting.kind == "choice":
            values[name] = str(rng.choice(setting.choices))
        elif setting.kind == "layers":
            values[name] = rng.integers(1, 9, rng.integers(0, 4)).tolist()
        elif setting.kind == "integer":
            values[name] = int(rng.integers(setting.low, min(setting.high, 60)))
        else:
            values[name] = round(
                float(rng.uniform(setting.low, min(setting.high, 0.3))), int(rng.integers(1, 17))
            )
    return {name: value for name, value in values.items() if name != "rate" or value > 0}


@pytest.mark.parametrize("seed", range(16))
def test_whatever_a_reader_does_address_and_program_do_again(seed, capsys):
    rng = np.random.default_rng(seed)
    play = Playground()
    play.handle({"do": "csv", "text": "".join(f"{i / 9}\t{(i * 7 % 5) / 4}\t{i % 3}\n" for i in range(13))})
    play.handle({"do": "set", "values": some(rng, SETTINGS)})
    for _ in range(8):
        live = [name for name in SETTINGS if SETTINGS[name].live]
        play.handle(
            [
                {"do": "train", "updates": int(rng.integers(1, 9))},
                {"do": "set", "values": some(rng, rng.choice(live, 2, replace=False))},
                {"do": "set", "values": some(rng, rng.choice(list(SETTINGS), 1))},
                {
                    "do": "weight",
                    "l": 1,
                    "j": 0,
                    "k": [None, 1][rng.integers(2)],
                    "value": float(rng.normal()),
                },
                {"do": "step"},
                {"do": "trace", "l": 1, "j": 0, "k": 0},
                {"do": "points", "add": [*rng.uniform(-1.5, 1.5, 2).tolist(), int(rng.integers(2))]},
                {"do": "seed"},
                {"do": "reset"},
            ][rng.choice(9, p=[0.3, 0.2, 0.05, 0.15, 0.1, 0.05, 0.05, 0.05, 0.05])]
        )
    play.handle({"do": "train", "updates": 3})
    answer = ok(play.handle({"do": "look"}))
    assert same(play, ran(ok(play.handle({"do": "code"}))["program"]))
    again = Playground(answer["address"])
    assert ok(again.handle({"do": "look"})) == answer | {"notes": [], "data": 1}


def test_what_stands_in_the_address_and_what_does_not():
    play = Playground()
    assert ok(play.handle({"do": "look"}))["address"] == ""
    ok(play.handle({"do": "set", "values": {"data": "circles", "layers": [4], "optimizer": "adam"}}))
    assert ok(play.handle({"do": "look"}))["address"] == "data=circles&layers=4&optimizer=adam"
    # these are the defaults, and yet they do not follow from the rest
    ok(play.handle({"do": "set", "values": {"data": "spirals", "noise": 0.1, "rate": 0.3}}))
    ok(play.handle({"do": "train", "updates": 4}))
    ok(play.handle({"do": "set", "values": {"rate": 0.1}}))
    ok(play.handle({"do": "weight", "l": 1, "j": 2, "k": 0, "value": -0.5}))
    answer = ok(play.handle({"do": "weight", "l": 1, "j": 2, "k": 0, "value": -0.7}))
    assert answer["address"] == (
        "data=spirals&noise=0.1&layers=4&optimizer=adam&rate=0.3&4:rate=0.1&4:w1.3.1=-0.7&updates=4"
    )
    # a change here changes what every address means that somebody has kept
    assert DEFAULTS == {
        "data": "moons", "noise": 0.1, "examples": 200, "seed": 1, "layers": (4, 4), "activation": "tanh",
        "init": "xavier", "loss": "binary_cross_entropy", "optimizer": "gradient_descent", "rate": 0.3, "batch": 10,
        "decay": 0.0,
    }  # fmt: skip
    assert {name: kind.noise for name, kind in DATA.items()} == {
        "xor": 0.15, "circles": 0.1, "moons": 0.1, "spirals": 0.03, "digits": 0, "own": 0,
    }  # fmt: skip
    assert [rate for _, _, rate, _ in OPTIMIZERS.values()] == [0.3, 0.05, 0.05, 0.1, 0.01, 0.01, 0.01]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("data=moon&rate=0.1", ["data=moon", "one of xor, circles"]),
        ("colour=red", ["colour=red was left out: there is no such setting"]),
        ("rate=nan", ["'nan' is no number"]),
        ("rate=1e999", ["'1e999' is no number"]),
        ("rate=-1", ["rate is a number from 1·10⁻⁵ to 100"]),
        ("layers=4,9", ["at most 8 neurons"]),
        ("layers=4,,4,4,4,4", ["at most 4 hidden layers"]),
        ("data=digits&loss=binary_cross_entropy", ["there are 10 classes"]),
        ("updates=100001", ["from 0 to 100000"]),
        ("updates=-5", ["from 0 to 100000"]),
        ("points=1,2;3", ["a point is x1,x2,class"]),
        ("points=1,2,0", ["x2 of a point"]),
        ("inputs=a;b,0,0", ["half above 0"]),
        ("inputs=a;b,1", ["name,middle,half"]),
        ("inputs=a", ["two inputs, got 1"]),
        ("data=own&updates=5", ["no points to learn from"]),
        ("5:seed=3&updates=9", ["while it trains"]),
        ("5:w9.1.1=3&updates=9", ["l of a weight is an integer from 1 to 3"]),
        ("5:w1.0.1=3&updates=9", ["j of a weight is an integer from 0 to 3"]),
        ("5:w1.1.1=1e9&updates=9", ["a weight is a number"]),
        ("9:rate=0.1&updates=5", ["after the last update"]),
        ("&".join(f"0:w1.1.1={i}" for i in range(201)), ["first 200"]),
        ("%%%&=&&#&a=%00", ["no such setting"]),
    ],
)
def test_what_cannot_be_read_of_an_address_is_named(address, told):
    play = Playground(address)
    answer = ok(play.handle({"do": "look"}))
    assert ok(play.handle({"do": "look"}))["notes"] == []  # told once
    assert ok(play.handle({"do": "open", "address": address}))["notes"] == answer["notes"]
    notes = " ".join(answer["notes"])
    for part in told:
        assert part in notes
    assert np.isfinite(answer["W"][1]).all()


def test_links_come_out_of_other_programs_like_this():
    play = Playground("#data=circles&amp;layers=4%2C3&amp;5%3Arate=0.1&updates=9")
    assert play.handle({"do": "look"})["address"] == "data=circles&layers=4,3&5:rate=0.1&updates=9"


def test_changes_may_stand_in_any_order():
    one, other = "updates=9&6:rate=0.1&3:w1.1.1=2", "3:w1.1.1=2&6:rate=0.1&updates=9"
    assert same(Playground(one), weights(Playground(other)))


def test_a_long_address_is_opened_in_pieces():
    whole = Playground("updates=60&20:rate=0.1&30:w1.1.1=2")
    play = Playground()
    answer = ok(
        play.handle({"do": "open", "address": "updates=60&20:rate=0.1&30:w1.1.1=2", "milliseconds": 0})
    )
    assert (answer["updates"], answer["remaining"]) == (1, 59)
    assert answer["address"] == "20:rate=0.1&30:w1.1.1=2&updates=60"  # nothing of it is lost meanwhile
    while answer["remaining"]:
        answer = ok(play.handle({"do": "train", "updates": 500, "milliseconds": 0}))
    assert answer["updates"] == 60
    assert same(play, weights(whole))
    # who touches it before goes on from there
    ok(play.handle({"do": "open", "address": "updates=60&20:rate=0.1", "milliseconds": 0}))
    answer = ok(play.handle({"do": "step"}))
    assert (answer["updates"], answer["remaining"], answer["address"]) == (2, 0, "updates=2")


def value(text):
    """What a formula of the trace comes to."""
    powers = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    text = re.sub("·10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", lambda found: "e" + found[1].translate(powers), text)
    text = re.sub(r"√(\([^)]*\)|[0-9.]+)", r"(\1)**0.5", text.replace("−", "-"))
    text = re.sub("([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", lambda found: "**" + found[1].translate(powers), text)
    return eval(text.replace("·", "*").replace("ε", "1e-8"))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", ["quadratic", "softmax_cross_entropy"])
def test_the_numbers_of_a_step_are_backpropagations_and_come_out(optimizer, loss):
    play = Playground(
        f"data=circles&optimizer={optimizer}&loss={loss}&decay=0.01&batch=3&layers=3,2&updates=7"
    )
    for l, j, k in ((1, 2, 1), (2, 0, 2), (3, 0, 1), (1, 0, None), (3, 0, None)):
        ok(play.handle({"do": "train", "updates": 1}))
        before = play.run.network.copy()
        coming = ok(play.handle({"do": "trace", "l": l, "j": j, "k": k}))
        batch = ok(play.handle({"do": "step"}))["batch"]
        told = ok(play.handle({"do": "trace", "l": l, "j": j, "k": k}))
        assert (coming.pop("when"), told.pop("when")) == ("next", "last")
        assert coming == told
        g = backprop(before, play.run.data.x[batch], play.run.data.y[batch], loss)
        grad, old, new = (
            (g.grad_b[l], before.b[l], play.run.network.b[l])
            if k is None
            else (g.grad_W[l], before.W[l], play.run.network.W[l])
        )
        at = (j, k or 0)
        assert (told["grad"], told["old"], told["new"]) == (grad[at], old[at], new[at])
        assert np.isclose(told["grad"], np.mean([e["product"] for e in told["examples"]]), rtol=1e-12)
        for i, example in enumerate(told["examples"]):
            assert example["example"] == batch[i]
            assert example["delta"] == g.delta[l][j, i]
            assert (example["z"], example["a"]) == (g.z[l][j, i], g.a[l][j, i])
        assert told["pull"] == (0.01 * old[at] if k is not None and optimizer != "adamw" else 0)
        assert len(told["lines"]) >= 4
        for line in told["lines"]:
            for part in line.split(", "):
                pieces = re.sub(r"^(.*?:|.* ←|[^=]* =)", "", part).split(" = ")
                numbers = [piece for piece in pieces if not re.search("[a-zδσ∂]", piece.replace("·f′", ""))]
                numbers = [re.sub(r"·f′\(z[^)]*\)", "·F", piece) for piece in numbers]
                numbers = [piece for piece in numbers if "F" not in piece and "m" not in piece]
                for left, right in pairwise(numbers):
                    assert np.isclose(value(left), value(right), rtol=2e-2, atol=3e-4), line
        assert told["lines"][-1].startswith(f"{told['weight']} ← ")
        assert value(told["lines"][-1].split("=")[-1]) == pytest.approx(told["new"], rel=6e-4)


def test_names_of_weights():
    assert weight_name(2, 0, 2) == "w²₁₃"
    assert weight_name(1, 11, 2) == "w¹₁₂,₃"
    assert weight_name(1, 0, None) == "b¹₁"


def test_gradient_check_is_bplibs_and_names_corners():
    play = Playground("updates=30")
    answer = ok(play.handle({"do": "check"}))
    assert answer["worst"] < 1e-7
    assert (
        "37 weights and biases, on the 10 examples of the next batch: the gradient is right."
        in answer["sentence"]
    )
    rows = play.run.next().rows
    found = check_gradient(play.run.network, play.run.data.x[rows], play.run.data.y[rows], play.run.C)
    assert answer["W"] == [None, *found.W.values()]
    # xor's example (0, 0) stands on ReLU's corner while the biases are 0
    corner = ok(Playground("data=xor&noise=0&activation=relu").handle({"do": "check"}))
    assert corner["worst"] > 1e-3
    assert "corner of the activation" in corner["sentence"]
    large = ok(Playground("data=digits&layers=32&batch=100").handle({"do": "check"}))["sentence"]
    assert (
        "over 2410 weights and biases, on 20 of the 100 examples of the next batch: the gradient is right"
        in large
    )
    flat = Playground("activation=sigmoid&layers=4,4&loss=quadratic")
    ok(flat.handle({"do": "weight", "l": 3, "j": 0, "k": None, "value": 25}))
    assert "hardly more than rounding errors" in ok(flat.handle({"do": "check"}))["sentence"]


# With ReLU the weighted sums become too large first, with the sigmoid the weights.
@pytest.mark.parametrize(("activation", "optimizer"), [("relu", "gradient_descent"), ("sigmoid", "momentum")])
def test_numbers_that_would_be_too_large_stop_the_training(activation, optimizer):
    address = (
        f"loss=quadratic&activation={activation}&optimizer={optimizer}&rate=0.1&decay=1&batch=50&updates=9"
    )
    steps = [stops_and_goes_on(address, rate) for rate in (100, 94, 75)]
    # a pass is of four steps, and the first of them draws an order: once it was the one that failed
    assert 0 in [(n + (activation == "relu")) % 4 for n in steps]


def stops_and_goes_on(address, rate):
    """How many steps there are at this learning rate until the numbers are too large."""
    play = Playground(address)
    # from here on each step makes the weights nearly `rate` times larger
    ok(play.handle({"do": "set", "values": {"rate": rate}}))
    answer = ok(play.handle({"do": "train", "updates": 500}))
    assert answer["stopped"] == "diverged"
    assert 30 < answer["updates"] < 200
    assert f"learning rate {rate} is too large here" in answer["sentence"]
    kept = [array.copy() for array in weights(play)]
    assert all(np.isfinite(array).all() for array in kept)
    for message in ({"do": "train", "updates": 9}, {"do": "step"}):
        again = ok(play.handle(message))
        assert (again["updates"], again["stopped"]) == (answer["updates"], "diverged")
        assert "batch" not in again
    assert "smaller learning rate" in play.handle({"do": "trace", "l": 1, "j": 0, "k": 0})["error"]
    assert same(play, kept)
    assert same(Playground(answer["address"]), kept)
    # where the cause is taken away it goes on, and that too can be done again
    ok(play.handle({"do": "set", "values": {"rate": 1 if "relu" in address else 0.01}}))
    going_on = ok(play.handle({"do": "train", "updates": 15}))
    assert (going_on["updates"], going_on["stopped"]) == (answer["updates"] + 15, "")
    assert same(Playground(going_on["address"]), weights(play))
    with np.errstate(all="ignore"):
        assert same(play, ran(ok(play.handle({"do": "code"}))["program"]))
    return answer["updates"] - 9


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ({"do": "dance"}, "look"),
        ({}, "do is one of"),
        ({"do": "set", "values": {"rate": 0.1, "layers": [0]}}, "each of the layers is an integer from 1"),
        ({"do": "set", "values": {"rate": 0.1, "size": 3}}, "there is no setting 'size'"),
        ({"do": "set", "values": {"rate": True}}, "rate is a number"),
        ({"do": "set", "values": {"rate": 10**400}}, "rate is a number from 1·10⁻⁵ to 100"),
        ({"do": "set", "values": {"decay": float("nan")}}, "decay is a number"),
        ({"do": "set", "values": {"batch": 1.5}}, "batch is an integer from 1 to 1000; got 1.5"),
        ({"do": "set", "values": {"layers": [9]}}, "at most 8 neurons"),
        ({"do": "set", "values": {"data": "digits", "loss": "binary_cross_entropy"}}, "there are 10 classes"),
        ({"do": "set", "values": 5}, "values is what to set"),
        ({"do": "train", "updates": 0}, "updates is an integer from 1"),
        ({"do": "train", "milliseconds": "soon"}, "milliseconds is a number"),
        (
            {"do": "weight", "l": 1, "j": 4, "k": 0, "value": 1},
            "j of a weight is an integer from 0 to 3 here; got 4",
        ),
        (
            {"do": "weight", "l": 1, "j": 0, "k": 2, "value": 1},
            "k of a weight is an integer from 0 to 1 here; got 2",
        ),
        (
            {"do": "weight", "l": 0, "j": 0, "k": 0, "value": 1},
            "l of a weight is an integer from 1 to 3 here; got 0",
        ),
        (
            {"do": "weight", "l": 1, "j": 0, "k": 0, "value": float("nan")},
            "a weight is a number from −1000 to 1000",
        ),
        ({"do": "points", "add": [0, 2, 0]}, "x2 of a point is a number from −1.5 to 1.5; got 2"),
        ({"do": "points", "add": [0, 0, 10]}, "the class of a point is an integer from 0 to 9; got 10"),
        ({"do": "points", "add": 3}, "add is a point"),
        ({"do": "points"}, "points takes"),
        ({"do": "csv", "text": " "}, "paste a table"),
        ({"do": "csv", "text": "\ufeff\n"}, "paste a table"),
        ({"do": "seed", "seed": -1}, "seed is an integer"),
        ({"do": "open", "address": 3}, "address is a text"),
        ({"do": "step", "also": "sees"}, 'also is a list of "sees" and "points"'),
        ({"do": "train", "also": ["sees"], "size": 3}, "size is an integer from 4"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(message, told):
    play = Playground("data=circles&layers=4,2&updates=3&2:w1.1.1=0.5")
    before = ok(play.handle({"do": "look"}))
    assert told.lower() in play.handle(message)["error"].lower()
    assert ok(play.handle({"do": "look"})) == before


def test_settings_follow_one_another_and_say_so():
    play = Playground()
    answer = ok(play.handle({"do": "set", "values": {"data": "digits", "layers": [32]}}))
    assert answer["settings"]["loss"] == "softmax_cross_entropy"
    assert answer["sizes"] == [64, 32, 10]
    assert answer["notes"] == ["The loss is softmax cross-entropy now: there are 10 classes."]
    ok(play.handle({"do": "train", "updates": 2}))
    answer = ok(play.handle({"do": "set", "values": {"data": "xor"}}))
    assert answer["sizes"] == [2, 8, 2]
    assert answer["settings"]["noise"] == 0.15
    assert answer["notes"] == [
        "The layers have 8 neurons now, as many as they may have with points.",
        "The training has begun anew, with new weights.",
    ]
    answer = ok(play.handle({"do": "set", "values": {"optimizer": "adam"}}))
    assert answer["notes"] == ["The learning rate is 0.01 now, which is usual with Adam."]
    assert ok(play.handle({"do": "set", "values": {"optimizer": "adam"}}))["notes"] == []


@pytest.mark.parametrize(
    ("values", "updates", "right", "test_right"),
    [
        ({"data": "xor"}, 700, 0.97, 0.97),
        ({"data": "circles"}, 1000, 0.95, 0.93),
        ({"data": "moons"}, 1000, 0.99, 0.99),
        ({"data": "spirals", "layers": [8, 8], "optimizer": "adam", "rate": 0.03}, 500, 0.97, 0.97),
        ({"data": "digits", "layers": [16]}, 500, 0.98, 0.8),
        ({"data": "digits", "layers": [16], "examples": 500}, 500, 0.96, 0.9),
    ],
)
def test_what_is_said_of_the_data_holds(values, updates, right, test_right):
    play = Playground()
    ok(play.handle({"do": "set", "values": values}))
    answer = ok(play.handle({"do": "train", "updates": updates}))
    assert answer["right"] >= right
    assert answer["test_right"] >= test_right


def test_another_optimizer_has_no_memory():
    play = Playground("optimizer=momentum&updates=9")
    ok(play.handle({"do": "set", "values": {"optimizer": "nesterov"}}))
    assert play.run.optimizer.v == 0
    ok(play.handle({"do": "train", "updates": 2}))
    v = play.run.optimizer.v
    ok(play.handle({"do": "set", "values": {"rate": 0.01, "batch": 5}}))
    assert play.run.optimizer.v is v


def test_the_readers_own_points():
    play = Playground()
    answer = ok(play.handle({"do": "points", "add": [0.12345, -1, 0]}))
    assert answer["settings"]["data"] == "own"
    assert answer["address"] == "data=own&points=0.123,-1,0"
    assert (answer["test_loss"], answer["sizes"]) == (None, [2, 4, 4, 1])
    answer = ok(play.handle({"do": "points", "add": [1, 1, 2]}))
    assert answer["sizes"] == [2, 4, 4, 3]
    assert answer["notes"] == ["The loss is softmax cross-entropy now: there are 3 classes."]
    ok(play.handle({"do": "points", "add": [1, 0.9, 1]}))
    answer = ok(play.handle({"do": "points", "remove": [1.1, 1.2], "also": ["points"]}))
    assert sorted(answer["points"]["x"]) == [[0.123, -1], [1, 0.9]]
    assert answer["points"]["view"] == [-1.5, 1.5, -1.5, 1.5]
    empty = ok(play.handle({"do": "points", "clear": True}))
    assert empty["sentence"].startswith("There are no points yet")
    assert (empty["loss"], empty["right"]) == (None, None)
    for do in ("train", "step", "trace", "check", "code"):
        assert "no points yet" in play.handle({"do": do, "l": 1, "j": 0, "k": 0})["error"]
    play.points = [(0.0, 0.0, 0)] * 500
    answer = play.handle({"do": "points", "add": [0, 0, 0]})
    assert answer["error"] == "500 points are as many as an address holds."


@pytest.mark.parametrize(
    ("text", "points", "classes"),
    [
        ("0.5,1,a\n-0.25,0,b\n", [(0.5, 1, 0), (-0.25, 0, 1)], ["a", "b"]),
        ("x;y;class\n0,5;1;10\n\n-0,25;0;2\n", [(0.5, 1, 1), (-0.25, 0, 0)], ["2", "10"]),
        ("\ufeffx1\tx2\tlabel\r\n0,5\t1\tred\r\n0\t−1\tblue\r\n", [(0.5, 1, 0), (0, -1, 1)], ["red", "blue"]),
        ('"0.5", "1", "a, b"\n0, 0, c', [(0.5, 1, 0), (0, 0, 1)], ["a, b", "c"]),
        ("0;1;a\n10;1;b\n5;1;a", [(-1, 1, 0), (1, 1, 1), (0, 1, 0)], ["a", "b"]),
        ("7,7,a", [(0, 0, 0)], ["a"]),
    ],
)
def test_a_pasted_table(text, points, classes):
    table = read_csv(text)
    assert (table.points, table.classes) == (points, classes)
    play = Playground()
    answer = ok(play.handle({"do": "csv", "text": text}))
    assert answer["notes"][0] == table.sentence
    again = ok(Playground(answer["address"]).handle({"do": "look", "also": ["points"]}))
    assert again["points"] == ok(play.handle({"do": "look", "also": ["points"]}))["points"]
    assert again["points"]["classes"][: len(classes)] == classes
    ok(play.handle({"do": "points", "add": [0, 0, 4]}))
    named = ok(play.handle({"do": "look", "also": ["points"]}))["points"]["classes"]
    assert named == [*classes, *"01234"[len(classes) :]]
    # tried with other data the points are kept, and lend them no names
    other = ok(play.handle({"do": "set", "values": {"data": "moons"}, "also": ["points"]}))
    assert other["points"]["classes"] == ["0", "1"]
    back = ok(play.handle({"do": "set", "values": {"data": "own"}, "also": ["points"]}))
    assert back["points"]["classes"] == named


def test_half_a_letter_in_a_name_of_a_class_does_no_harm():
    answer = ok(Playground().handle({"do": "csv", "text": "0,0,\ud83d\n1,1,b"}))
    assert answer["address"].endswith("&classes=%3F,b")


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ('"a; b",c & d', ["a; b", "c & d"]),
        ('"two\nlines\u202e",""', ["two lines", "x₂"]),
        (f"{'n' * 41},größe=1#", ["n" * 39 + "…", "größe=1#"]),
        ("import os,)", ["import os", ")"]),
    ],
)
def test_columns_have_their_names(header, names):
    play = Playground()
    answer = ok(play.handle({"do": "csv", "text": f"{header},who\n150,1,a\n190,0.5,b"}))
    inputs = ok(play.handle({"do": "look", "also": ["points"]}))["points"]["inputs"]
    assert [column["name"] for column in inputs] == names
    assert [(column["middle"], column["half"]) for column in inputs] == [(170, 20), (0, 1)]
    again = Playground(answer["address"])
    assert again.inputs == play.inputs
    assert ok(again.handle({"do": "look"}))["notes"] == []
    program = ok(play.handle({"do": "code"}))["program"]
    assert f"# {names[0]} is scaled: ({names[0]} − 170.0) / 20.0\n" in program
    assert same(play, ran(program))
    ok(play.handle({"do": "points", "clear": True}))
    assert "inputs" not in ok(play.handle({"do": "look"}))["address"]


def test_a_small_difference_is_seen():
    play = Playground("layers=8,8&optimizer=adam&rate=0.00001&updates=2")
    told = ok(play.handle({"do": "trace", "l": 3, "j": 0, "k": 0}))
    old, new = re.search(r"← (−?[\d.]+) − .* = (−?[\d.]+)$", told["lines"][-1]).groups()
    old, new = (float(text.replace("−", "-")) for text in (old, new))
    assert new - old == pytest.approx(told["new"] - told["old"], rel=0.05)


def test_no_product_of_an_evaluation_makes_a_blas_start_threads(monkeypatch):
    products = []

    def watched(network, x):
        products.append(max(W.size for W in network.W.values()) * x.shape[1])
        return feedforward(network, x)

    play = Playground("data=digits&layers=32&examples=1000")
    whole = play.run.evaluate()
    monkeypatch.setattr("bplib.playground.run.feedforward", watched)
    assert play.run.evaluate() == whole
    assert len(products) == 8
    assert max(products) <= 2**18
    _, a = forward(play.run.network, play.run.data.x)
    assert whole[0] == pytest.approx(play.run.C(a[2], play.run.y.T), rel=1e-12)


def test_dead_relus_are_counted():
    play = Playground("data=circles&layers=8,8&activation=relu&rate=3&updates=200")
    answer = ok(play.handle({"do": "look"}))
    a = play.run.data.x.T
    dead = 0
    for W, b in zip(answer["W"][1:3], answer["b"][1:3], strict=True):
        a = np.maximum(np.array(W) @ a + np.array(b)[:, None], 0)
        dead += int((a.max(axis=1) == 0).sum())
    assert dead > 4
    assert answer["silent"] == dead
    assert f" {dead} of 16 hidden neurons are 0 for every one of the points" in answer["sentence"]
    assert ok(play.handle({"do": "set", "values": {"activation": "tanh"}}))["silent"] == 0


def test_what_was_scaled_is_said():
    table = read_csv("height;weight;who\n150;50;a\n190;100;b\n170;75;a")
    assert table.sentence == (
        "3 points in 2 classes: a, b; height, from 150 to 190, was scaled to −1 to 1; "
        "weight, from 50 to 100, was scaled to −1 to 1."
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,2\n3,4", "Line 1 has 2 columns, and three are due"),
        (
            "0,5,1,5,a",
            "Line 1 has 5 columns, and three are due: two numbers and a class; with decimal commas",
        ),
        ("x,y,c\n1,2,a\n1,two,b", "Line 3: 'two' is no finite number"),
        ("1,nan,b", "Line 1: 'nan' is no finite number"),
        ("1,1e999,b", "Line 1: '1e999' is no finite number"),
        ("1,1_0,b", "Line 1: '1_0' is no finite number"),
        ("1;1.000,5;b", "Line 1: '1.000,5' is no finite number"),
        ("1,1,", "Line 1: the class is missing"),
        ("x,y,c", "The table has a header and no points"),
        ("x,y,c\nx,y,c\n1,1,a", "Line 2: 'x' is no finite number"),
        ("\n".join(f"1,1,{i}" for i in range(11)), "The third column has 11 different values"),
        ("\n".join(["1,1,a"] * 501), "Line 501 is point 501: at most 500"),
        ("1,1," + "a" * 41, "Line 1: a class has at most 40 letters"),
    ],
)
def test_a_table_that_cannot_be_read_is_told_by_its_line(text, told):
    play = Playground("updates=2")
    before = ok(play.handle({"do": "look"}))
    assert play.handle({"do": "csv", "text": text})["error"].startswith(told)
    assert ok(play.handle({"do": "look"})) == before


def test_what_a_neuron_sees_is_its_activation():
    play = Playground("data=circles&layers=3,2&activation=relu&updates=20")
    found = ok(play.handle({"do": "look", "also": ["sees", "points"], "size": 8}))
    left, right, low, high = found["points"]["view"]
    row, column = 2, 5
    x = [[left + (column + 0.5) / 8 * (right - left), high - (row + 0.5) / 8 * (high - low)]]
    _, a = forward(play.run.network, x)
    answers = {**a, 3: play.run.C.probabilities(a[3])}
    sees = found["sees"]
    assert (sees["kind"], sees["size"]) == ("plane", 8)
    for l, pictures in enumerate(sees["layers"]):
        pictures = np.frombuffer(pictures, np.uint8).reshape(-1, 8, 8)
        assert len(pictures) == play.run.network.sizes[l]
        for j, (least, most) in enumerate(sees["ranges"][l]):
            shown = least + pictures[j, row, column] / 255 * (most - least)
            assert shown == pytest.approx(answers[l][j, 0], abs=0.6 * (most - least) / 255)


def test_what_a_neuron_sees_of_digits_is_what_would_raise_it():
    play = Playground("data=digits&layers=5,3&activation=sigmoid&examples=40&updates=30")
    sees = ok(play.handle({"do": "look", "also": ["sees"]}))["sees"]
    assert (sees["kind"], sees["size"]) == ("pixels", 8)
    network, x = play.run.network, play.run.data.x
    h, pixel = 1e-6, 27
    moved = np.zeros(64)
    moved[pixel] = h
    (z_up, up), (z_down, down) = forward(network, x + moved), forward(network, x - moved)
    for l in (1, 2, 3):
        after, before = (up, down) if l < 3 else (z_up, z_down)
        slopes = (after[l] - before[l]).mean(axis=1) / (2 * h)
        pictures = np.frombuffer(sees["layers"][l], np.uint8).reshape(-1, 64)
        for j, (least, most) in enumerate(sees["ranges"][l]):
            assert least == -most
            shown = least + pictures[j, pixel] / 255 * (most - least)
            assert shown == pytest.approx(slopes[j], abs=0.6 * (most - least) / 255)


def test_history_is_thinned_and_ends_now():
    play = Playground()
    answer = ok(play.handle({"do": "train", "updates": 1003}))
    history = answer["history"]
    assert history["updates"][0] == 0
    assert history["updates"][-1] == 1003
    assert len(history["updates"]) == len(history["loss"]) == len(history["test_loss"]) <= 257
    assert set(np.diff(history["updates"][:-1])) == {4}
    assert (history["loss"][-1], history["test_loss"][-1]) == (answer["loss"], answer["test_loss"])
    again = ok(Playground(answer["address"]).handle({"do": "look"}))["history"]
    assert again == history


@pytest.mark.parametrize(("batch", "updates"), [(1, 200), (9, 23), (10, 20), (1000, 20)])
def test_between_two_pictures_is_a_pass_or_twenty_updates(batch, updates):
    play = Playground(f"batch={batch}")
    assert ok(play.handle({"do": "train", "milliseconds": 10_000}))["updates"] == updates
    assert ok(play.handle({"do": "train", "milliseconds": 0}))["updates"] == updates + 1
    assert ok(play.handle({"do": "train", "milliseconds": 10_000, "updates": 3}))["updates"] == updates + 4


def test_a_training_has_an_end():
    play = Playground()
    play.run.updates = MOST_UPDATES - 1
    assert ok(play.handle({"do": "train", "updates": 5}))["updates"] == MOST_UPDATES
    for do in ("train", "step"):
        assert "as many as an address holds" in play.handle({"do": do})["error"]


def test_changes_have_an_end():
    play = Playground()
    for i in range(MOST_CHANGES):
        ok(play.handle({"do": "step"}))
        play.changes.append((i + 1, (1, 0, 0), 0.5))
    before = play.run.settings.copy()
    assert "as many as an address holds" in play.handle({"do": "set", "values": {"rate": 0.1}})["error"]
    play.changes.pop(0)
    # one there would be room for, but not for both
    assert "as many" in play.handle({"do": "set", "values": {"rate": 0.1, "batch": 3}})["error"]
    assert play.run.settings == before
    play.changes.insert(0, (1, (1, 0, 0), 0.5))
    ok(play.handle({"do": "weight", "l": 1, "j": 0, "k": 0, "value": 1}))  # in the last one's place


def test_a_playground_for_each_id():
    ok(handle("one", {"do": "train", "updates": 3}))
    assert ok(handle("two", {"do": "look"}))["updates"] == 0
    assert ok(handle("one", {"do": "look"}))["updates"] == 3


def test_the_table_of_settings_is_all_a_front_needs():
    table = ok(Playground().handle({"do": "table"}))
    json.dumps(table)
    for row in table["settings"]:
        assert row["label"]
        assert row["help"].endswith(".")
        if row["kind"] == "choice":
            assert len(row["choices"]) == len(row["labels"]) == len(row["helps"])
            assert row["default"] in row["choices"]
        for stop in row["stops"]:
            assert SETTINGS[row["name"]].checked(stop) == stop
    assert list(DEFAULTS) == [row["name"] for row in table["settings"]]


def test_import_needs_numpy_alone_and_is_not_bplibs():
    code = (
        "import sys, bplib; assert 'bplib.playground' not in sys.modules; import bplib.playground\n"
        "print(*{'matplotlib', 'scipy', 'IPython', 'ipywidgets', 'bplib.explorer'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


def test_all_but_one_are_not_called_all():
    assert [share(n / 200) for n in (0, 20, 150, 181, 199, 200)] == [
        "0%",
        "10%",
        "75%",
        "90.5%",
        "99.5%",
        "100%",
    ]
