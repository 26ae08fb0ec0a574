import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest

from bplib.explorer import Choice, Play, Slider, Toggle
from bplib.explorer.controls import Control

# -- positions and texts ---------------------------------------------------------------------------------------


def test_steps_have_no_rounding_dirt():
    assert Slider(0, 0.5, step=0.1).values == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert Slider(0.1, 0.7, step=0.2).values == [0.1, 0.3, 0.5, 0.7]
    assert Slider(-0.3, 0.3, step=0.15).values == [-0.3, -0.15, 0.0, 0.15, 0.3]
    values = Slider(-4, 4, step=0.05).values
    assert len(values) == 161
    assert json.dumps(values) == json.dumps([round(-4 + i / 20, 2) for i in range(161)])


def test_zero_is_not_minus_zero():
    slider = Slider(-0.3, 0.3, step=0.1)
    assert math.copysign(1, slider.values[3]) == 1
    assert slider.texts[3] == "0.0"


def test_whole_numbers_make_whole_numbers():
    slider = Slider(-2, 4, step=2, value=2)
    assert slider.values == [-2, 0, 2, 4]
    assert all(type(v) is int for v in slider.values)
    assert slider.texts == ["−2", "0", "2", "4"]
    assert slider.value == 2
    assert all(type(v) is float for v in Slider(-2, 4, step=2.0).values)


@pytest.mark.parametrize(
    ("slider", "texts"),
    [
        (Slider(-1, 1, step=0.5), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
        (Slider(0, 0.5, step=0.25, unit="s"), ["0.00 s", "0.25 s", "0.50 s"]),
        (Slider(0.5, 2.5, step=1.0), ["0.5", "1.5", "2.5"]),
        (Slider(0, 100, step=50, unit="%"), ["0 %", "50 %", "100 %"]),
        (Slider(1, 1000, steps=3, log=True), ["1", "10", "100", "1000"]),
        (Slider(0.001, 0.1, steps=4, log=True), ["0.001", "0.00316", "0.01", "0.0316", "0.1"]),
        (Slider(1e-8, 1e-4, steps=2, log=True, unit="s"), ["10⁻⁸ s", "10⁻⁶ s", "0.0001 s"]),
        (Slider(3e-6, 3e-4, steps=1, log=True), ["3·10⁻⁶", "0.0003"]),
        (Slider(1, 1e9, steps=1, log=True), ["1", "10⁹"]),
    ],
)
def test_texts(slider, texts):
    assert slider.texts == texts


def test_no_text_has_a_computers_minus_or_exponent():
    sliders = [
        Slider(-4, 4, step=0.25),
        Slider(-30, 30, step=10, unit="°"),
        Slider(1e-10, 1e10, steps=20, log=True),
        Slider(1, 1e6, steps=60, log=True),
    ]
    for slider in sliders:
        for text in slider.texts:
            assert "-" not in text
            assert "e" not in text


def test_texts_tell_the_positions_apart():
    for slider in (Slider(-4, 4, step=0.05), Slider(1e-10, 1e10, steps=40, log=True)):
        assert len(set(slider.texts)) == len(slider.values)


def test_a_logarithmic_slider_reaches_both_ends_in_equal_ratios():
    values = Slider(0.01, 10, steps=6, log=True).values
    assert (values[0], values[-1]) == (0.01, 10.0)
    for low, high in itertools.pairwise(values):
        assert high / low == pytest.approx(math.sqrt(10), rel=0.01)
    assert all(float(f"{v:.3g}") == v for v in values)  # what the page shows is what update gets


def test_play():
    play = Play(6, step=2, value=2, unit="epochs", interval=50)
    assert play.values == [0, 2, 4, 6]
    assert play.texts == ["0 epochs", "2 epochs", "4 epochs", "6 epochs"]
    assert (play.value, play.index, play.interval) == (2, 1, 50)
    assert Play(3, min=1).values == [1, 2, 3]


def test_the_shortest_and_the_longest_interval():
    assert Play(3, interval=20).interval == 20
    assert Play(3, interval=60_000).interval == 60_000


def test_the_longest_slider():
    assert len(Slider(0, 1999, step=1).values) == 2000


@pytest.mark.parametrize("number", [np.int64, np.int8, np.uint8, int])
def test_whole_numbers_of_any_kind_make_a_slider_of_whole_numbers(number):
    slider = Slider(number(2), number(6), step=number(2), value=number(4))
    assert slider.values == [2, 4, 6]
    assert {type(v) for v in slider.values} == {int}
    assert slider.value == 4
    assert type(slider.step) is int  # ipywidgets takes no other
    play = Play(number(4), min=number(0), step=number(1), interval=number(100))
    assert play.values == [0, 1, 2, 3, 4]
    assert type(play.interval) is int
    assert len(Slider(number(1), number(100), steps=number(2), log=True).values) == 3


@pytest.mark.parametrize("number", [np.float64, np.float32, Fraction])
def test_numbers_of_any_kind_make_a_slider_of_floats(number):
    slider = Slider(number(0), number(1), step=number(0.25), value=number(0.5))
    assert slider.values == [0, 0.25, 0.5, 0.75, 1]
    assert {type(v) for v in slider.values} == {float}
    assert slider.value == 0.5
    assert type(slider.step) is float
    assert slider.index_of(number(0.75)) == 3


def test_choice_and_toggle():
    choice = Choice("sigmoid", "tanh", value="tanh", label="activation")
    assert (list(choice.values), list(choice.texts)) == (["sigmoid", "tanh"], ["sigmoid", "tanh"])
    assert (choice.value, choice.label) == ("tanh", "activation")
    assert Choice("a", "b").value == "a"
    assert Toggle().value is False
    assert Toggle(True, label="show the errors").value is True
    assert list(Toggle().values) == [False, True]


@pytest.mark.parametrize(
    "control",
    [
        Slider(-4, 4, step=0.25, value=1),
        Slider(0.1, 0.7, step=0.1),
        Slider(1e-4, 10, steps=15, log=True),
        Play(9),
        Choice("a", "b"),
        Toggle(),
    ],
    ids=lambda c: c.kind,
)
def test_every_value_has_a_position_and_a_text(control):
    assert isinstance(control, Control)
    assert len(control.values) == len(control.texts)
    assert [control.index_of(v) for v in control.values] == list(range(len(control.values)))
    assert control.value == control.values[control.index]


def test_a_widgets_rounding_is_forgiven():
    slider = Slider(0, 1, step=0.1, value=0.3)
    assert slider.index_of(0.1 + 0.2) == 3
    assert slider.value_of(0.1 + 0.2) == 0.3
    assert slider.value_of(1) == 1.0


def test_a_small_step_is_not_taken_for_rounding():
    slider = Slider(0, 1e-8, step=1e-9)
    assert [slider.index_of(v) for v in slider.values] == list(range(11))


@pytest.mark.parametrize(
    ("control", "value"),
    [
        (Slider(0, 1, step=0.25), 0.3),
        (Slider(0, 1, step=0.25), 1.25),
        (Slider(0, 1, step=1), True),
        (Slider(0, 1, step=0.25), "0.25"),
        (Slider(0, 1, step=0.25), math.nan),
        (Choice("a", "b"), "c"),
        (Toggle(), 1),
        (Toggle(), "on"),
    ],
)
def test_a_value_that_is_no_position(control, value):
    with pytest.raises(ValueError, match=f"is not on the {control.kind}") as error:
        control.index_of(value)
    assert repr(value) in str(error.value)
    assert control.texts[0] in str(error.value)  # what it does have


# -- bad arguments -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Slider(1, 1, step=1), "min is 1 and max is 1"),
        (lambda: Slider(2, 1, step=1), "min is 2 and max is 1"),
        (lambda: Slider(0, 1), "step is None"),
        (lambda: Slider(0, 1, step=0), "step is 0"),
        (lambda: Slider(0, 1, step=-0.1), "step is -0.1"),
        (lambda: Slider(0, 1, step=0.3), "step is 0.3, which does not divide"),
        (lambda: Slider(0, 1, step=2), "step is 2"),
        (lambda: Slider(0, 1, step=0.1 * (1 + 1e-7)), "which does not divide 1 - 0 evenly"),
        (lambda: Slider(None, 1, step=1), "min is None; expected a finite number"),
        (lambda: Slider(0, None, step=1), "max is None; expected a finite number"),
        (lambda: Slider(0, 10**400, step=1), "max is 1000"),
        (lambda: Slider(0, 1, step=5e-324), "step is 5e-324, which makes more than 2000 positions"),
        (lambda: Slider(-1.7e308, 1.7e308, step=1), "step is 1, which makes more than 2000 positions"),
        (lambda: Slider(1e-12, 1e6, step=0.1), "step is 0.1, which makes more than 2000 positions"),
        (lambda: Slider(0, 2000, step=1), "step is 1, which makes more than 2000 positions"),
        (lambda: Slider(1, 10, log=True, steps=10**12), "which makes more than 2000 positions"),
        (lambda: Slider(1, 10, log=True, steps=2000), "steps is 2000, which makes more than 2000 positions"),
        (lambda: Slider(0, 1, step=1, log="no"), "log is 'no'; expected True or False"),
        (lambda: Slider(0, 1, step=1, log=0), "log is 0; expected True or False"),
        (lambda: Slider(0, 1, step=1, unit=5), "unit is 5; expected a text"),
        (lambda: Slider(0, 1, step=1, unit=None), "unit is None; expected a text"),
        (lambda: Slider(0, 1, step=1, label=3), "label is 3; expected a name"),
        (lambda: Play(3, label=3), "label is 3; expected a name"),
        (lambda: Play(3, unit=5), "unit is 5; expected a text"),
        (lambda: Choice("a", "b", label=3), "label is 3; expected a name"),
        (lambda: Toggle(label=3), "label is 3; expected a name"),
        (lambda: Slider(0, 1, step=1).index_of(10**400), "is not on the slider: it has 0, 1"),
        (lambda: Play(3, interval=19), "interval is 19; expected a whole number of 20 to 60,000"),
        (lambda: Play(3, interval=60_001), "interval is 60001; expected a whole number of 20 to 60,000"),
        (lambda: Play(3, interval=20.5), "interval is 20.5; expected a whole number of 20 to 60,000"),
        (lambda: Play(3, interval=True), "interval is True"),
        (lambda: Slider(0, 1, steps=4), "steps is 4"),
        (lambda: Slider(0, 1, step=0.5, steps=2), "steps is 2"),
        (lambda: Slider(0, 1, step=math.nan), "step is nan"),
        (lambda: Slider(0, math.inf, step=1), "max is inf"),
        (lambda: Slider("0", 1, step=1), "min is '0'"),
        (lambda: Slider(False, 1, step=1), "min is False"),
        (lambda: Slider(0, 1, step=0.5, value="x"), "value is 'x'"),
        (lambda: Slider(0, 1, step=0.5, value=0.3), "0.3 is not on the slider"),
        (lambda: Slider(0, 1, log=True, steps=3), "min is 0"),
        (lambda: Slider(-1, 1, log=True, steps=3), "min is -1"),
        (lambda: Slider(1, 2, log=True, step=1), "step is 1"),
        (lambda: Slider(1, 2, log=True), "steps is None"),
        (lambda: Slider(1, 2, log=True, steps=0), "steps is 0"),
        (lambda: Slider(1, 2, log=True, steps=1.5), "steps is 1.5"),
        (lambda: Slider(1, 1.01, log=True, steps=100), "steps is 100"),
        (lambda: Slider(1, 1234, log=True, steps=3), "max is 1234"),
        (lambda: Slider(0, 1, step=1 / 3), "step is 0.333"),
        (lambda: Play(0), "max is 0"),
        (lambda: Play(1.5), "does not divide 1.5"),
        (lambda: Play(3, step=0.5), "whole number"),
        (lambda: Play(3, interval=5), "interval is 5"),
        (lambda: Play(3, interval="fast"), "interval is 'fast'"),
        (lambda: Play(3, value=4), "4 is not on the play"),
        (lambda: Choice("one"), "options are"),
        (lambda: Choice("a", 1), "options are"),
        (lambda: Choice("a", ""), "options are"),
        (lambda: Choice("a", "a"), "twice"),
        (lambda: Choice("a", "b", value="c"), "'c' is not on the choice"),
        (lambda: Toggle(1), "value is 1"),
        (lambda: Toggle("yes"), "value is 'yes'"),
    ],
)
def test_a_bad_argument_is_named(make, named):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        make()
    assert named in str(error.value)
