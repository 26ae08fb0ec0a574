"""The numbers of the chapter on optimisers, from rules and formulas written out here.

What was measured once comes from the stored tables, and is read here in another way than in the chapter.
"""

import math
import re
import statistics

import numpy as np
import pytest

from bplib import Adam, Momentum, Network, backprop
from bplib.datasets import digits
from bplib.measured import load

from .test_numbers import numbers, positions, shown

OPTIMISERS = "chapters/07_optimisers"
KAPPAS = [4, 8, 16, 32, 64, 128, 256, 512]


def ball(kappa, eta, beta, steps):
    """Distances from the bottom of ½(κ x² + y²), from (0.1, 1), with a velocity."""
    x, y, u, v, far = 0.1, 1.0, 0.0, 0.0, []
    for _ in range(steps + 1):
        far.append(math.hypot(x, y))
        u, v = beta * u + kappa * x, beta * v + y
        x, y = x - eta * u, y - eta * v
    return [f / far[0] for f in far]


def test_ravine(explorer_page):
    page = explorer_page(OPTIMISERS, "ravine")
    for at in positions(71, 12, kappa=KAPPAS, step=range(0, 101, 4)):
        page.set(**at)
        kappa, step = at["kappa"], at["step"]
        root = math.sqrt(kappa)
        ways = (
            ball(kappa, 2 / (kappa + 1), 0, 2000),
            ball(kappa, 4 / (1 + root) ** 2, ((root - 1) / (root + 1)) ** 2, 400),
        )
        steps = [max(t for t, far in enumerate(way) if far >= 1e-3) + 1 for way in ways]
        assert numbers(page.sentence()) == [
            kappa,
            step,
            shown(ways[0][step], 3),
            shown(ways[1][step], 3),
            *steps,
        ]


def logistic(z):
    return 1 / (1 + math.exp(-z))


def plateau(w, b):
    errors = [(x, logistic(w * x + b), y) for x, y in ((1, 0.8), (-1, 0.2))]
    slopes = [(a - y) * a * (1 - a) / 2 for _, a, y in errors]
    return (
        sum((a - y) ** 2 for _, a, y in errors) / 4,
        sum(s * x for s, (x, _, _) in zip(slopes, errors, strict=True)),
        sum(slopes),
    )


def valleys(w1, w2):
    total = by_1 = by_2 = 0.0
    for x, y in ((-1, -0.5), (0, 1.0), (1, 0.5), (2, 2.0), (3, 1.5)):
        t = math.tanh(w1 * x + 0.5)
        e = w2 * t - y
        total += e * e / 10
        by_1 += e * w2 * (1 - t * t) * x / 5
        by_2 += e * t / 5
    return total, by_1, by_2


PLACES = {
    "saddle": (lambda x, y: (x * x / 2 - y * y / 2 + y**4 / 4 + 0.25, x, y**3 - y), (-1.2, 0.01)),
    "plateau": (plateau, (-5.0, 1.5)),
    "Rosenbrock": (
        lambda x, y: (
            (1 - x) ** 2 + 100 * (y - x * x) ** 2,
            2 * (x - 1) - 400 * x * (y - x * x),
            200 * (y - x * x),
        ),
        (-1.2, 1.0),
    ),
    "two valleys, round start": (valleys, (-0.5, 0.5)),
    "two valleys, square start": (valleys, (-1.0, 0.5)),
}


def rule(name, eta):
    """What the rule takes off a weight whose gradients so far are g, the last one last."""

    def velocity(g):
        v = 0.0
        for each in g:
            v = 0.9 * v + each
        return v

    def mean(g, beta):
        return sum((1 - beta) * beta ** (len(g) - 1 - k) * each for k, each in enumerate(g))

    def adam(g):
        m = mean(g, 0.9) / (1 - 0.9 ** len(g))
        return m / (math.sqrt(mean([e * e for e in g], 0.999) / (1 - 0.999 ** len(g))) + 1e-8)

    ways = {
        "gradient descent": lambda g: g[-1],
        "momentum": velocity,
        "Nesterov": lambda g: g[-1] + 0.9 * velocity(g),
        "AdaGrad": lambda g: g[-1] / (math.sqrt(sum(e * e for e in g)) + 1e-8),
        "RMSProp": lambda g: g[-1] / (math.sqrt(mean([e * e for e in g], 0.9)) + 1e-8),
        "Adam": adam,
    }
    return lambda g: eta * ways[name](g)


def walked(place, name, eta, steps):
    loss, (x, y) = PLACES[place]
    take, by_x, by_y, losses, lengths = rule(name, eta), [], [], [], []
    for _ in range(steps + 1):
        C, gx, gy = loss(x, y)
        losses.append(C)
        by_x.append(gx)
        by_y.append(gy)
        dx, dy = take(by_x), take(by_y)
        lengths.append(math.hypot(dx, dy))
        x, y = x - dx, y - dy
    return losses, lengths


SAID = re.compile(
    r"at the rate (\S+): after (\d+) steps the loss is (.+), at the start it was (\S+)\. .* was (.+) long\."
)


def near(text, value):
    if text == "less than 0.0001":
        return value < 1e-4
    return float(text) == pytest.approx(value, rel=0.006)


def test_landscapes(explorer_page):
    page = explorer_page(OPTIMISERS, "landscapes")
    names, places = page.texts("name"), page.texts("place")
    assert set(PLACES) < set(places)
    assert len(places) == 6
    rates = [10 ** (k / 3) for k in range(-10, 6)]
    drawn = positions(72, 12, place=[p for p in places if p in PLACES], name=names, step=range(5, 101, 5))
    for at in drawn:
        page.set(**at)
        assert page.sentence().lower().startswith(f"{at['name']}, {at['place']}".lower())
        rate, step, loss, start, last = SAID.search(page.sentence()).groups()
        (eta,) = [r for r in rates if float(rate) == pytest.approx(r, rel=1e-3)]
        losses, lengths = walked(at["place"], at["name"], eta, 100)
        assert int(step) == at["step"]
        assert near(loss, losses[at["step"]])
        assert near(start, losses[0])
        assert near(last, lengths[at["step"] - 1])


def test_landscapes_digits(explorer_page):
    page = explorer_page(OPTIMISERS, "landscapes")
    place = next(p for p in page.texts("place") if p.startswith("digits"))
    data = digits()
    for name, kind in (("momentum", Momentum), ("Adam", Adam)):
        page.set(place=place, name=name, step=20)
        rate, _, loss, start, last = SAID.search(page.sentence()).groups()
        eta = load("race")["optimizers"][name]["rate"]
        assert float(rate) == pytest.approx(eta, rel=1e-3)
        net, rng = Network([64, 32, 10], "relu", "identity", init="he", seed=0), np.random.default_rng(0)
        optimizer, losses = kind(eta), []
        for _ in range(21):
            losses.append(backprop(net, data.x_train[:300], data.y_train[:300], "softmax_cross_entropy").C)
            before = net.copy()
            rows = rng.choice(1442, 32, replace=False)
            g = backprop(net, data.x_train[rows], data.y_train[rows], "softmax_cross_entropy")
            if len(losses) <= 20:
                optimizer.step(net, g.grad_W, g.grad_b)
                moved = [(net.W[l] - before.W[l], net.b[l] - before.b[l]) for l in (1, 2)]
        length = math.sqrt(sum((part**2).sum() for pair in moved for part in pair))
        assert near(loss, losses[20])
        assert near(start, losses[0])
        assert near(last, length)


def test_noise(explorer_page):
    page = explorer_page(OPTIMISERS, "noise")
    batches = load("race")["batches"]
    assert list(page.texts("batch")) == list(batches)
    for at in positions(73, 12, batch=list(batches), epoch=range(1, 21)):
        page.set(**at)
        run = batches[at["batch"]]
        there = sorted(losses[at["epoch"] - 1] for losses in run["loss"])
        assert len(there) == 10
        size, rate, epoch, steps, *losses = numbers(page.sentence())
        assert (size, epoch) == (int(at["batch"]), at["epoch"])
        assert rate == pytest.approx(run["rate"], rel=0.005)
        assert steps == at["epoch"] * (1442 // int(at["batch"]))
        assert losses == [shown(v, 4) for v in (statistics.median(there), there[0], there[-1])]


def rate_at(name, t, eta, length):
    wave = eta * (1 + math.cos(math.pi * min(t / length, 1))) / 2
    return {
        "constant": eta,
        "step": eta * 0.1 ** math.floor(3 * t / length + 1e-9),
        "1/t": eta / (1 + 10 * t / length),
        "cosine": wave,
        "warm-up, cosine": wave * min(1, 10 * (t + 1) / length),
    }[name]


def test_schedules(explorer_page):
    page = explorer_page(OPTIMISERS, "schedules")
    rates = [0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8]
    for at in positions(74, 14, name=page.texts("name"), eta=rates, length=(125, 250, 500, 1000)):
        page.set(**at)
        way = tremble = 0.0
        for c in (1.0, 0.05):
            mean, variance = 3.0, 0.0
            for t in range(1000):
                eta = rate_at(at["name"], t, at["eta"], at["length"])
                mean *= 1 - eta * c
                variance = variance * (1 - eta * c) ** 2 + eta**2
            way += c * mean**2 / 2
            tremble += c * variance / 2
        said = page.sentence()
        assert said.lower().startswith(f"{at['name']}, η = {at['eta']:g}")
        assert (f"over {at['length']} steps" in said) == (at["name"] != "constant")
        assert numbers(said.split("expected loss is")[1]) == [
            shown(v, 4) for v in (way + tremble, way, tremble)
        ]


def test_the_race(explorer_page):
    page = explorer_page(OPTIMISERS, "the-race")
    runs = {k: v for k, v in load("race")["optimizers"].items() if k != "L-BFGS"}
    for at in positions(75, 14, rates=page.texts("rates"), epoch=range(1, 21)):
        page.set(**at)
        key = "best" if at["rates"] == "each its own" else "same"
        wrong = {
            name: sorted(1 - right[at["epoch"] - 1] for right in run[key]["test accuracy"])
            for name, run in runs.items()
        }
        loss = {
            name: statistics.median(losses[at["epoch"] - 1] for losses in run[key]["training loss"])
            for name, run in runs.items()
        }
        order = sorted(wrong, key=lambda name: statistics.median(wrong[name]))
        first = order[0]
        said = page.sentence()
        assert f"{first} is ahead with" in said
        beyond = [name for name in order[1:] if wrong[name][0] > wrong[first][-1]]
        for name in order[1:]:
            named = said.split("Beyond its spread:")[-1] if "Beyond its spread:" in said else ""
            assert (name in re.split(r", |\.", named.strip())) == (name in beyond and len(beyond) < 6)
        percents = [float(v) for v in re.findall(r"([\d.]+)%", said)]
        assert percents[:3] == [
            shown(100 * v, 1) for v in (statistics.median(wrong[first]), wrong[first][0], wrong[first][-1])
        ]
        assert percents[3] == shown(100 * statistics.median(wrong[order[1]]), 1)
        assert percents[4] == shown(100 * statistics.median(wrong[order[-1]]), 1)
        rows = page.rows()
        assert [row[0] for row in rows] == list(runs)
        for name, C, *shares in rows:
            assert float(C) == shown(loss[name], 4)
            middle, least, most = (float(s.rstrip("%")) for s in shares)
            assert (middle, least, most) == tuple(
                shown(100 * v, 1) for v in (statistics.median(wrong[name]), wrong[name][0], wrong[name][-1])
            )


SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def way_of(text):
    mantissa, _, power = text.partition("·10")
    return float(mantissa) * 10 ** int(power.translate(SUPERSCRIPT) or 0)


def test_namesakes(explorer_page):
    page = explorer_page(OPTIMISERS, "namesakes")
    measured = load("optimizers")["libraries"]
    libraries, names = page.texts("library"), page.texts("name")
    assert libraries[-1] == "bplib"
    assert set(libraries) == set(measured)
    sizes = {"1": 1.0, "0.00000001": 1e-8}
    drawn = positions(76, 40, library=libraries, name=names, gradient=list(sizes))
    for at in drawn:
        page.set(**at)
        said = page.sentence()
        g = sizes[at["gradient"]]
        if at["library"] == "bplib":
            rules = {"SGD": "gradient descent", "RMSprop": "RMSProp", "AdamW": "Adam"}
            name = rules.get(at["name"], at["name"])
            if name not in ("gradient descent", "momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam"):
                assert "is among the runs" in said
                continue
            take, w, weights = rule(name, 0.1), 1.0, []
            for k in range(5):
                decay = 0.1 * 0.01 * w if at["name"] == "AdamW" else 0
                w -= take([g] * (k + 1)) + decay
                weights.append(w)
        elif at["name"] not in measured[at["library"]]:
            assert "is among the runs" in said
            continue
        else:
            weights = measured[at["library"]][at["name"]]["weights"]["1" if g == 1 else "1e-8"]
        first, last = re.search(r"first step is (\S+), and after five the way is (\S+)\. ", said).groups()
        for text, w in ((first, weights[0]), (last, weights[-1])):
            assert way_of(text) == pytest.approx(1 - w, rel=0.006, abs=1e-15)
