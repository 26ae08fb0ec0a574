"""The race of the optimizers: its search is the same each time, and the stored table is what it gives."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bplib import Adam, Momentum, Network
from bplib.measured import load

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def race(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import race

    return race


@pytest.fixture
def small(race):
    """A task that takes a tenth of a second."""
    given = race.task(Momentum, epochs=1)
    return given._replace(
        x=given.x[:200], y=given.y[:200], x_test=given.x_test[:50], y_test=given.y_test[:50]
    )


def test_the_search_gives_the_same_bits_twice(race, small):
    assert race.search(small) == race.search(small)


def test_every_search_tries_as_many_rates_and_its_best_is_at_no_end(race, small):
    found, best = race.search(small)
    assert len(found) == 10
    assert list(found) == sorted(found)
    assert best == min(found, key=found.get)
    for name, run in load("race")["optimizers"].items():
        if name != "L-BFGS":
            rates, losses = zip(*run["search"], strict=True)
            assert len(rates) == 10
            assert rates[0] < run["rate"] < rates[-1]
            assert run["rate"] == pytest.approx(rates[int(np.argmin(losses))], rel=1e-3)


def test_a_rate_that_is_best_at_an_end_is_an_error(race, small):
    with pytest.raises(ValueError, match="is at an end of the grid"):
        race.search(small._replace(epochs=8), [1e-3, 1e-2])


def test_the_judge_sees_no_test_digit_and_no_digit_it_learns_from(race, small, monkeypatch):
    seen = []
    history = SimpleNamespace(stopped="epochs", validation_loss=[0.0])
    monkeypatch.setattr(race, "run", lambda given, rate, seed: seen.append(given) or history)
    race.judged(small, 0.1, seeds=[0])
    (given,) = seen
    assert len(given.x) + len(given.x_test) == 200
    assert {row.tobytes() for row in given.x}.isdisjoint(row.tobytes() for row in given.x_test)
    assert {row.tobytes() for row in given.x_test} <= {row.tobytes() for row in small.x}


def test_a_training_that_diverges_is_infinitely_bad(race, small):
    assert race.judged(small, 1e200, seeds=[0]) == np.inf


@pytest.mark.parametrize(("name", "kind"), [("momentum", Momentum), ("Adam", Adam)])
def test_the_stored_race_begins_as_it_does_today(race, name, kind):
    stored = load("race")["optimizers"][name]
    history = race.run(race.task(kind, epochs=2), stored["rate"], 0)
    assert history.loss == pytest.approx(stored["best"]["training loss"][0][:2], rel=2e-3)
    assert history.validation_accuracy == pytest.approx(stored["best"]["test accuracy"][0][:2], abs=0.006)
    for record in stored["best"].values():
        assert len(record) == 10
        assert all(len(seed) == race.EPOCHS for seed in record)


def test_the_first_weights_are_those_that_are_named(race):
    network = Network((64, 32, 10), "relu", "identity", init="he", seed=0)
    std = {name: start(network.copy()).W[1].std() for name, start in race.STARTS.items()}
    assert std["zeros"] == 0
    assert std["he / 100"] == pytest.approx(std["he"] / 100)
    assert std["10 he"] == pytest.approx(10 * std["he"])
    assert std["he"] == pytest.approx((2 / 64) ** 0.5, rel=0.05)
    assert std["xavier"] == pytest.approx((2 / (64 + 32)) ** 0.5, rel=0.05)


def test_a_penalty_adds_itself_to_the_gradient(race):
    networks = [Network((2, 3), seed=0) for _ in range(2)]
    zero = {1: np.zeros((3, 2))}, {1: np.zeros((3, 1))}
    race.AdamL2(0.1, 0.5).step(networks[0], *zero)
    Adam(0.1).step(networks[1], {1: 0.5 * networks[1].W[1]}, {1: 0.5 * networks[1].b[1]})
    assert (networks[0].W[1] == networks[1].W[1]).all()


def test_what_the_questions_say_of_the_race():
    runs = {name: run for name, run in load("race")["optimizers"].items() if name != "L-BFGS"}
    right = {
        key: {name: [seed[-1] for seed in run[key]["test accuracy"]] for name, run in runs.items()}
        for key in ("best", "same")
    }
    text = (BENCHMARKS.parent / "chapters" / "faq.md").read_text(encoding="utf-8")
    assert "seven optimisers end within each other's spread when each has its best rate, and 9 points" in text
    assert len(runs) == 7
    for one in right["best"].values():
        assert all(min(one) <= max(other) for other in right["best"].values())
    medians = [np.median(shares) for shares in right["same"].values()]
    assert max(medians) - min(medians) == pytest.approx(0.09, abs=0.005)
