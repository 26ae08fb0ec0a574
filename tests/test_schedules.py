"""The schedules at their ends, by hand, and against optax."""

import math

import numpy as np
import pytest

from bplib import DivergenceError, GradientDescent, Momentum, Network, train
from bplib.datasets import xor
from bplib.schedules import constant, cosine, inverse_time, step_decay, warm_up

SCHEDULES = {
    "constant": lambda t: constant(t, 0.5),
    "step": lambda t: step_decay(t, 0.5, 10),
    "1/t": lambda t: inverse_time(t, 0.5, 10),
    "cosine": lambda t: cosine(t, 0.5, 10),
    "warm-up": lambda t: warm_up(t, 4) * cosine(t, 0.5, 10),
}


def test_at_their_ends():
    assert [constant(t, 0.5) for t in (0, 10**6)] == [0.5, 0.5]
    assert [step_decay(t, 0.5, 10, 0.5) for t in (0, 9, 10, 19, 20)] == [0.5, 0.5, 0.25, 0.25, 0.125]
    assert [inverse_time(t, 0.5, 10) for t in (0, 10, 30)] == [0.5, 0.25, 0.125]
    assert [cosine(t, 0.5, 10) for t in (0, 10, 11, 10**6)] == [0.5, 0, 0, 0]
    assert cosine(5, 0.5, 10) == pytest.approx(0.25, rel=1e-15)
    assert [warm_up(t, 4) for t in (0, 1, 3, 4, 10**6)] == [0.25, 0.5, 1, 1, 1]
    assert step_decay(10, 0.5, 10) == 0.05  # a tenth, if nothing is said


@pytest.mark.parametrize("name", SCHEDULES)
def test_an_array_of_steps_is_each_step(name):
    t = np.arange(25)
    values = SCHEDULES[name](t)
    assert values.shape == (25,)
    np.testing.assert_allclose(values, [SCHEDULES[name](k) for k in range(25)], rtol=1e-14)


def test_cosine_and_step_are_optaxs():
    optax = pytest.importorskip("optax")
    for t in (0, 1, 37, 99, 100, 150):
        assert cosine(t, 0.5, 100) == pytest.approx(float(optax.cosine_decay_schedule(0.5, 100)(t)), abs=1e-7)
        stairs = optax.exponential_decay(0.5, 30, 0.1, staircase=True)
        assert step_decay(t, 0.5, 30) == pytest.approx(float(stairs(t)), rel=1e-5)


def test_sums_of_inverse_time():
    """The rates add up without end, like a logarithm; their squares do not."""
    rates = inverse_time(np.arange(10**6), 1.0, 1.0)
    assert rates.sum() == pytest.approx(math.log(10**6) + 0.5772, abs=1e-3)
    assert (rates**2).sum() == pytest.approx(math.pi**2 / 6, abs=1e-5)


def test_train_takes_a_schedule_in_place_of_a_rate():
    x, y = xor()
    networks = [Network((2, 4, 1), seed=0) for _ in range(2)]
    train(networks[0], x, y, "quadratic", learning_rate=lambda t: cosine(t, 5, 30), epochs=30)
    rule = GradientDescent(1)
    for t in range(30):
        if t == 0 or cosine(t, 5, 30):
            rule.learning_rate = cosine(t, 5, 30)
        train(networks[1], x, y, "quadratic", optimizer=rule, epochs=1)
    for l in (1, 2):
        assert (networks[0].W[l] == networks[1].W[l]).all()


def test_a_divergence_says_the_rate_of_its_step():
    def rate(t):
        return 0.1 if t < 3 else 1e200

    with pytest.raises(DivergenceError, match=r"in epoch [3456], step 0, at learning rate 1e\+200$"):
        train(
            Network((2, 1), output="identity", seed=0),
            *xor(),
            "quadratic",
            optimizer=Momentum(rate),
            epochs=9,
        )
