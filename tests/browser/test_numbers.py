"""The numbers that a reader sees in the page, at random positions, are what is computed here, in the test.

By bplib, and for the chapter on activations by hand.
"""

import math
import random
import re

import numpy as np
import pytest

from bplib import (
    Momentum,
    Network,
    accuracy,
    backprop,
    forward,
    numerical_gradient,
    softmax,
    train,
)
from bplib.datasets import digits, noisy_sine, spirals, xor
from bplib.examples import RUNNING_X, running_network

WEIGHTS, ACTIVATIONS, ALGORITHM = (
    f"chapters/{name}" for name in ("01_weights", "02_activations", "06_full_algorithm")
)
SUPERSCRIPT = str.maketrans("¹²³", "123")


def numbers(text):
    """All numbers in a sentence, the page's minus signs and thousands separators read as a person reads them."""
    return [float(n.replace("−", "-").replace(",", "")) for n in re.findall(r"−?\d[\d,]*(?:\.\d+)?", text)]


def positions(seed, n, /, **controls):
    """n positions drawn at random, and both ends of all controls."""
    draw = random.Random(seed)
    drawn = [{name: draw.choice(list(values)) for name, values in controls.items()} for _ in range(n)]
    ends = [{name: list(values)[k] for name, values in controls.items()} for k in (0, -1)]
    return [*drawn, *ends]


def grid(low, high, step):
    return [round(low + i * step, 6) for i in range(round((high - low) / step) + 1)]


def shown(value, decimals):
    """A value as it is shown: rounded, where a test may not ask for more."""
    return pytest.approx(value, abs=0.5000001 * 10**-decimals)


def test_one_input(explorer_page):
    page = explorer_page(WEIGHTS, "one-input")
    for at in positions(1, 12, w=grid(-3, 3, 0.25), b=grid(-3, 3, 0.25)):
        page.set(**at)
        w, b = at["w"], at["b"]
        said = numbers(page.sentence())
        assert said[:4] == [0, b, 1, w]
        assert said[4:] == ([] if w == 0 else [shown(-b / w, 2)])


def test_two_inputs(explorer_page):
    # the picture's own points, drawn as the chapter draws them
    rng = np.random.default_rng(0)
    circles = np.array([1.5, 1.2]) + 0.33 * rng.standard_normal((20, 2))
    squares = np.array([0.1, 0.2]) + 0.33 * rng.standard_normal((20, 2))
    page = explorer_page(WEIGHTS, "two-inputs")
    values = grid(-2, 2, 0.5)
    for at in positions(2, 12, w1=values, w2=values, b=values):
        page.set(**at)
        # one neuron of bplib, asked for z
        neuron = Network([2, 1], output="identity", seed=0)
        neuron.W[1][...], neuron.b[1][...] = [[at["w1"], at["w2"]]], at["b"]
        right = int((neuron(circles) > 0).sum() + (neuron(squares) < 0).sum())
        assert f"{right} of 40 points" in page.sentence()


def test_layer(explorer_page):
    page = explorer_page(WEIGHTS, "layer")
    values = grid(-2, 2, 0.25)
    for at in positions(3, 12, x1=values, x2=values, neuron=("1", "2", "3")):
        page.set(**at)
        z, _ = forward(running_network(), [[at["x1"], at["x2"]]])
        neuron = int(at["neuron"])
        assert numbers(page.sentence()) == [neuron, neuron, shown(z[1][neuron - 1, 0], 3)]


def test_row_picture(explorer_page):
    # the layer by its meaning: a digit's mean, less the mean of all; the largest z is that of the nearest mean
    data = digits()
    means = np.array([data.x_train[data.y_train == d].mean(axis=0) for d in range(10)])
    page = explorer_page(WEIGHTS, "row-picture")
    for at in positions(20, 12, row=range(10), picture=range(10)):
        page.set(**at)
        x = next(x for x, label in zip(data.x_test, data.y_test, strict=True) if label == at["picture"])
        products = [(m - means.mean(axis=0)) @ x for m in means]
        bias = [(sum(means.mean(axis=0) ** 2) - sum(m**2)) / 2 for m in means]
        nearest = int(np.argmin([math.dist(x, m) for m in means]))
        row = at["row"]
        assert numbers(page.sentence()) == [
            row,
            at["picture"],
            shown(products[row], 2),
            shown(bias[row], 2),
            shown(products[row] + bias[row], 2),
            nearest,
            shown(products[nearest] + bias[nearest], 2),
        ]


def test_network(explorer_page):
    page = explorer_page(WEIGHTS, "network")
    for at in positions(4, 12, x1=grid(-2, 2, 0.5), x2=grid(-2, 2, 0.5), w=grid(-2.1, 2.9, 1)):
        page.set(**at)
        network = running_network()
        network.W[1][0, 0] = at["w"]
        answer = network([[at["x1"], at["x2"]]]).item()
        said = page.sentence()
        assert numbers(said)[:2] == [at["x1"], at["x2"]]
        assert numbers(said)[-1] == shown(answer, 4)
        # and the activations that stand in the neurons
        _, a = forward(network, [[at["x1"], at["x2"]]])
        texts = re.findall(r"<text[^>]*>([^<]*)</text>", "".join(page.moving()))
        for value in (v for l in a for v in a[l][:, 0]):
            assert any(text == shown_text(value) for text in texts)


def shown_text(value):
    text = f"{value:.2f}".replace("-", "−")
    return "0.00" if text == "−0.00" else text


def test_parameters(explorer_page):
    page = explorer_page(WEIGHTS, "parameters")
    for at in positions(5, 10, n1=range(2, 41, 2), n2=range(2, 41, 2)):
        page.set(**at)
        network = Network([784, at["n1"], at["n2"], 10], seed=0)
        share = (network.W[1].size + network.b[1].size) / network.n_parameters
        sentence = page.sentence()
        assert f"784-{at['n1']}-{at['n2']}-10 has {network.n_parameters:,} parameters" in sentence
        assert numbers(sentence)[-1] == shown(100 * share, 1)


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))  # 1 / (1 + e^-z), with no overflow


# f and f', as the chapter writes them
FUNCTIONS = {
    "none": (lambda z: z, lambda z: 1.0),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "ReLU": (lambda z: z * (z > 0), lambda z: 1.0 * (z > 0)),
    "leaky ReLU": (lambda z: np.where(z > 0, z, z / 10), lambda z: np.where(z > 0, 1, 0.1)),
    "SiLU": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * sigmoid(-z))),
    "GELU": (
        lambda z: z * math.erfc(-z / math.sqrt(2)) / 2,
        lambda z: math.erfc(-z / math.sqrt(2)) / 2 + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi),
    ),
}


def assert_told(sentence, values):
    """The sentence's numbers are the values, to the last digit shown; 1.9·10⁻⁶ is a number too."""
    sentence = sentence.replace("·10", "e").translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--"))
    found = re.findall(r"(-?\d+(?:\.(\d+))?(?:e(-?\d+))?)", sentence)
    assert len(found) == len(values), sentence
    for (text, decimals, exponent), value in zip(found, values, strict=True):
        last_place = 10.0 ** (int(exponent or 0) - len(decimals))
        assert float(text) == pytest.approx(value, rel=1e-9, abs=0.5000001 * last_place), sentence


def test_bending(explorer_page):
    page = explorer_page(ACTIVATIONS, "bending")
    x = np.linspace(-3, 3, 121)
    names = ("none", "sigmoid", "tanh", "ReLU")
    for at in positions(6, 12, layers=range(1, 7), f=names, start=range(1, 9)):
        page.set(**at)
        draw_W, draw_b = np.random.default_rng(at["start"]), np.random.default_rng(at["start"] + 100)
        a, sizes = x[None], [1, *[8] * at["layers"], 1]
        for l in range(1, len(sizes)):
            W = draw_W.standard_normal((sizes[l], sizes[l - 1])) * 1.5 / math.sqrt(sizes[l - 1])
            z = W @ a + draw_b.standard_normal((sizes[l], 1))
            a = z if l == len(sizes) - 1 else FUNCTIONS[at["f"]][0](z)
        y = (a[0] - a.min()) / (a.max() - a.min())
        bend = abs(y - (y[0] + (y[-1] - y[0]) * (x + 3) / 6)).max()
        said = page.sentence()
        if at["f"] == "none":
            assert bend < 1e-9
            assert_told(said, [at["layers"], at["start"]])
            assert f"a straight line that {'rises' if y[-1] > y[0] else 'falls'}." in said
        else:
            assert_told(said, [at["layers"], at["start"], 100 * bend])


def test_slopes(explorer_page):
    page = explorer_page(ACTIVATIONS, "slopes")
    names = ("sigmoid", "tanh", "ReLU", "leaky ReLU", "GELU", "SiLU")
    corners = [{"f": name, "z": 0} for name in names]
    for at in [*positions(7, 18, f=names, z=grid(-4, 4, 0.25)), *corners]:
        page.set(**at)
        f, prime = FUNCTIONS[at["f"]]
        said = page.sentence()
        if "ReLU" in at["f"] and at["z"] == 0:
            assert "has a corner and no tangent" in said
            assert_told(said, [0, prime(0)])
        else:
            assert_told(said, [at["z"], f(at["z"]), prime(at["z"])])


def test_saturation(explorer_page):
    page = explorer_page(ACTIVATIONS, "saturation")
    for at in positions(8, 12, w=(0.5, 1, 2, 4, 8, 16, 32), x=grid(-2, 2, 0.1)):
        page.set(**at)
        f, prime = FUNCTIONS["sigmoid"]
        z = at["w"] * at["x"]
        said = page.sentence()
        assert_told(said, [at["w"], at["x"], z, f(z), prime(z)])
        assert ("It listens." in said) == (prime(z) > 0.1 * prime(0)) == ("It is saturated." not in said)


def test_folding(explorer_page):
    page = explorer_page(ACTIVATIONS, "folding")
    relu = FUNCTIONS["ReLU"][0]
    x, y = xor()
    names, values = ("w11", "w12", "b1", "w21", "w22", "b2"), (-1, 0, 1)
    # the chapter's own fold, one along the other diagonal, and one whose line has the weights 2 and 1
    solved = [(1, -1, 0, -1, 1, 0), (1, 1, 0, 1, 1, -1), (-1, -1, 1, 1, 1, -1)]
    for at in [
        *positions(21, 14, **dict.fromkeys(names, values)),
        *(dict(zip(names, place, strict=True)) for place in solved),
    ]:
        page.set(**at)
        a = np.array(
            [
                [
                    relu(at["w11"] * p + at["w12"] * q + at["b1"]),
                    relu(at["w21"] * p + at["w22"] * q + at["b2"]),
                ]
                for p, q in x
            ]
        )
        said = numbers(page.sentence())
        moves = [v for before, after in zip(x, a, strict=True) for v in (*before, *after)]
        assert said[:16] == moves
        # two stretches meet, or a third neuron tells their ends apart: linear programming without a library
        zeros, ones = a[y[:, 0] == 0], a[y[:, 0] == 1]
        t = np.linspace(0, 1, 61)[
            :, None
        ]  # whole numbers up to 3: they meet at a multiple of 1/60, or not at all
        here, there = (end[0] + t * (end[1] - end[0]) for end in (zeros, ones))
        gap = np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1)).min()
        if gap < 1e-9:
            assert page.sentence().endswith("No line separates circles from squares there.")
            assert len(said) == 16
        else:
            line = page.sentence().split(": ")[-1]
            v = [0, 0]
            for sign, size, k in re.findall(r"(−?) ?(?:(\d)·)?a([₁₂])", line):
                v["₁₂".index(k)] = (-1 if sign else 1) * int(size or 1)
            side = a @ v - numbers(line)[-1]
            assert (np.sign(side) == np.where(y[:, 0] == 1, 1, -1)).all(), line
            # as far from the points as can be: half the gap on either side
            assert abs(side).min() / math.hypot(*v) == pytest.approx(gap / 2, rel=1e-3), line


def test_hinges(explorer_page):
    page = explorer_page(ACTIVATIONS, "hinges")
    weights = ("1, 1, 1", "1, −1, 1", "1, −1, −1", "1, −2, 2", "−1, 1, 1")
    together = [{"h1": h, "h2": h, "h3": 3, "v": v} for h in (-3, 0, 3) for v in weights]
    places = range(-3, 4)
    for at in [*positions(22, 12, h1=places, h2=places, h3=places, v=weights), *together]:
        page.set(**at)
        v = [int(text.replace("−", "-")) for text in at["v"].split(", ")]
        x = np.arange(-4, 4, 0.25) + 0.125  # no hinge lies there
        slope = sum(w * (x > at[f"h{i}"]) for i, w in enumerate(v, start=1))
        pieces = [int(s) for k, s in enumerate(slope) if k == 0 or s != slope[k - 1]]
        assert_told(page.sentence(), [len(pieces), *pieces])


def test_vanishing(explorer_page):
    page = explorer_page(ACTIVATIONS, "vanishing")
    data = digits()
    x, wanted = data.x_train[:100].T, np.eye(10)[data.y_train[:100]].T
    sizes = [64, *[32] * 9, 10]
    names = ("sigmoid", "sigmoid, centred", "tanh", "ReLU", "leaky ReLU")
    scales = (0.25, 0.354, 0.5, 0.707, 1, 1.41, 2, 2.83, 4, 5.66, 8, 11.3, 16, 22.6, 32)
    for at in positions(9, 16, f=names, g=scales, l=range(1, 11)):
        page.set(**at)
        f, prime = FUNCTIONS[at["f"].split(",")[0]]
        draw, W, z, a = np.random.default_rng(0), {}, {}, {0: x}
        for l in range(1, 11):
            W[l] = draw.standard_normal((sizes[l], sizes[l - 1])) * at["g"] / math.sqrt(sizes[l - 1])
            half = 0.5 if "centred" in at["f"] and l > 1 else 0
            z[l] = W[l] @ (a[l - 1] - half)
            a[l] = f(z[l])
        e = np.exp(z[10] - z[10].max(axis=0))
        delta = {10: e / e.sum(axis=0) - wanted}
        for l in range(9, 0, -1):
            delta[l] = (W[l + 1].T @ delta[l + 1]) * prime(z[l])
        here, last = (abs(delta[l]).mean() for l in (at["l"], 10))
        told = [at["g"], at["l"], here]
        if at["l"] != 10:
            told += [here / last, 10]
        if at["f"] != "leaky ReLU":
            flat = np.mean([prime(z[l]) < prime(np.array(1e-9)) / 10 for l in range(1, 10)])
            told += [100 * flat, 0] if at["f"] == "ReLU" else [100 * flat]  # "have slope 0"
        assert_told(page.sentence(), told)


def test_bump(explorer_page):
    page = explorer_page(ACTIVATIONS, "bump")
    for at in positions(
        10,
        12,
        position=grid(0.2, 0.8, 0.1),
        width=grid(0.1, 0.4, 0.1),
        height=grid(-1, 1, 0.5),
        k=(10, 20, 40, 80, 160),
    ):
        page.set(**at)
        h, k = at["height"], at["k"]
        s, t = at["position"] - at["width"] / 2, at["position"] + at["width"] / 2
        middle = sigmoid(k * (at["position"] - s)) - sigmoid(k * (at["position"] - t))
        said = page.sentence()
        shape = [s, t, abs(h) * middle] if h else []
        assert_told(said, [k, k, -k * s, -k * t, h, -h, *shape])
        assert ("a bump from" in said, "a dip from" in said) == (h > 0, h < 0)


def test_many_bumps(explorer_page):
    page = explorer_page(ACTIVATIONS, "many-bumps")
    x = np.linspace(0, 1, 401)
    curves = {
        "wave": lambda x: 0.5 + 0.25 * np.sin(3 * np.pi * x) + 0.2 * np.cos(7 * np.pi * x),
        "zigzag": lambda x: np.interp(x, (0, 1 / 3, 2 / 3, 1), (0.9, 0.1, 0.9, 0.1)),
        "hill": lambda x: 0.1 + 0.8 * np.exp(-20 * (x - 0.35) ** 2),
    }
    steepness = {"soft": 4, "steep": 40}
    for at in positions(11, 12, n=range(1, 33), curve=curves, wall=steepness):
        page.set(**at)
        n, curve, k = at["n"], curves[at["curve"]], steepness[at["wall"]] * at["n"]
        y = 0
        for i in range(n):
            s, t = (i / n if i else -1), ((i + 1) / n if i + 1 < n else 2)
            y = y + curve((i + 0.5) / n) * (sigmoid(k * (x - s)) - sigmoid(k * (x - t)))
        assert_told(page.sentence(), [n, 2 * n, abs(y - curve(x)).max()])


def test_xor_film(explorer_page):
    page = explorer_page(ALGORITHM, "xor-film")
    x, y = xor()
    for seed in range(4):
        history = train(
            Network([2, 4, 1], seed=seed), x, y, "quadratic", learning_rate=5, epochs=451, progress=False
        )
        for epoch in (0, 120, 300, 450):
            page.set(start=f"start {seed + 1}", epoch=epoch)
            assert numbers(page.sentence())[:2] == [epoch, shown(history.loss[epoch], 4)]


def test_spirals_film(explorer_page):
    page = explorer_page(ALGORITHM, "spirals-film")
    x, y = spirals(200, 2, 0.02, seed=0, turns=1.0)
    losses = train(
        Network([2, 8, 8, 1], "tanh", "identity", seed=0),
        x,
        y,
        "binary_cross_entropy",
        optimizer=Momentum(0.05),
        batch_size=20,
        epochs=101,
        progress=False,
    ).loss
    for epoch in (0, 4, 48, 100):
        page.set(epoch=epoch)
        assert numbers(page.sentence())[:2] == [epoch, shown(losses[epoch], 3)]


def test_sine_film(explorer_page):
    page = explorer_page(ALGORITHM, "sine-film")
    x, y = (part.T for part in noisy_sine(40, 0.1, seed=0))
    across = np.linspace(-1, 1, 61)
    for output, f, slope in (
        ("sigmoid", sigmoid, lambda a: a * (1 - a)),
        ("identity", lambda z: z, lambda a: np.ones_like(a)),
    ):
        start = Network([1, 8, 1], "tanh", output, seed=0)
        parameters = [start.W[1], start.b[1], start.W[2], start.b[2]]
        speed = [np.zeros_like(p) for p in parameters]
        for epoch in range(301):
            W1, b1, W2, b2 = parameters
            a1 = np.tanh(W1 @ x + b1)
            a2 = f(W2 @ a1 + b2)
            if epoch in (0, 50, 300):
                page.set(output=output, epoch=epoch)
                answers = f(W2 @ np.tanh(W1 @ across[None] + b1) + b2)
                low, high = shown(answers.min(), 2), shown(answers.max(), 2)
                assert numbers(page.sentence()) == [
                    epoch,
                    shown(0.5 * np.mean((a2 - y) ** 2), 4),
                    low,
                    high,
                ]
            delta2 = (a2 - y) * slope(a2)
            delta1 = (W2.T @ delta2) * (1 - a1**2)
            mean = {"axis": 1, "keepdims": True}
            gradients = [delta1 @ x.T / 40, delta1.mean(**mean), delta2 @ a1.T / 40, delta2.mean(**mean)]
            speed = [0.9 * v + g for v, g in zip(speed, gradients, strict=True)]
            parameters = [p - 0.05 * v for p, v in zip(parameters, speed, strict=True)]


def test_one_pass(explorer_page):
    page = explorer_page(ALGORITHM, "one-pass")
    for eta, target in ((1, "0"), (5, "1"), (10, "0")):
        y = [[float(target)]]
        network = running_network()
        g = backprop(network, RUNNING_X, y, "quadratic")
        slope_W, slope_b = numerical_gradient(network, RUNNING_X, y, "quadratic")  # knows no backpropagation
        page.set(eta=eta, target=target)
        for step in range(1, 14):
            page.set(step=step)
            table = {name: numbers(value) for name, value in page.rows()}
            assert table
            for name, values in table.items():
                letter, *index = re.fullmatch(r"(\D*?)([¹²³⁰]?)(?:₁|₂|₃|, row \d)?", name).groups()
                l = int(index[0].translate(SUPERSCRIPT)) if index[0] and index[0] != "⁰" else 0
                rows = {"z": g.z, "a": g.a, "δ": g.delta, "∂C/∂b": slope_b, "∂C/∂W": slope_W}.get(letter)
                if rows is None or step >= 12:
                    continue
                expected = np.asarray(rows[l]).ravel()
                for value in values:
                    assert np.abs(expected - value).min() <= 0.51e-4, (step, name, value)
        after = running_network()
        for l in after.W:
            after.W[l] -= eta * slope_W[l]
            after.b[l] -= eta * slope_b[l]
        again = backprop(after, RUNNING_X, y, "quadratic")
        said = numbers(page.sentence())
        assert said[-2:] == [shown(g.C, 4), shown(again.C, 4)]


@pytest.fixture(scope="module")
def digit_film():
    """The networks of the chapter's film, trained again here."""
    data = digits()
    network = Network([64, 32, 10], "relu", "identity", init="he", seed=0)
    film = [network.copy()]
    train(
        network,
        data.x_train,
        data.y_train,
        "softmax_cross_entropy",
        optimizer=Momentum(0.02),
        batch_size=32,
        epochs=40,
        progress=False,
        callback=lambda epoch, network, history: film.append(network.copy()),
    )
    return data, film


def test_digits_film(explorer_page, digit_film):
    data, film = digit_film
    page = explorer_page(ALGORITHM, "digits-film")
    for epoch in (0, 1, 2, 17, 40):
        page.set(epoch=epoch)
        known = accuracy(film[epoch], data.x_train, data.y_train, "softmax_cross_entropy")
        unseen = accuracy(film[epoch], data.x_test, data.y_test, "softmax_cross_entropy")
        assert numbers(page.sentence()) == [epoch, shown(100 * known, 1), shown(100 * unseen, 1)]


def test_mistakes(explorer_page, digit_film):
    data, film = digit_film
    page = explorer_page(ALGORITHM, "mistakes")
    p = softmax(film[-1](data.x_test), axis=1).T
    wrong = np.flatnonzero(p.argmax(axis=0) != data.y_test)
    for k, example in enumerate(wrong, start=1):
        page.set(mistake=k)
        label, answer = int(data.y_test[example]), int(p[:, example].argmax())
        assert numbers(page.sentence()) == [
            k,
            len(wrong),
            label,
            answer,
            shown(100 * p[answer, example], 0),
            label,
            shown(100 * p[label, example], 0),
        ]


def test_generalisation(explorer_page):
    data = digits()
    page = explorer_page(ALGORITHM, "generalisation")
    for m in (20, 160):
        network = Network([64, 32, 10], "relu", "identity", init="he", seed=0)
        history = train(
            network,
            data.x_train[:m],
            data.y_train[:m],
            "softmax_cross_entropy",
            optimizer=Momentum(0.1),
            batch_size=16,
            epochs=60,
            validation=(data.x_test, data.y_test),
            progress=False,
        )
        page.set(m=m)
        assert numbers(page.sentence()) == [
            m,
            shown(history.loss[-1], 4),
            shown(history.validation_loss[-1], 2),
            shown(100 * history.validation_accuracy[-1], 0),
        ]
