"""The playground: what it shows is what bplib computes, and its address and its program do exactly the same again."""

import subprocess
import sys

import numpy as np
import pytest

from bplib.playground import Playground


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
    assert capsys.readouterr().out.startswith(f"right: {answer['right']:.1%}")
    again = Playground(answer["address"])
    assert same(again, weights(play))
    assert ok(again.handle({"do": "look"})) == answer | {"notes": [], "data": 1}


def test_import_needs_numpy_alone_and_is_not_bplibs():
    code = (
        "import sys, bplib; assert 'bplib.playground' not in sys.modules; import bplib.playground\n"
        "print(*{'matplotlib', 'scipy', 'IPython', 'ipywidgets', 'bplib.explorer'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
