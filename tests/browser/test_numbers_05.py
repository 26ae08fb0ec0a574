"""The numbers of the chapter on deltas are what its formulas give, worked out here by hand and without bplib."""

import math
import re

import numpy as np
import pytest

from .test_numbers import grid, numbers, positions, shown

DELTAS = "chapters/05_deltas"
SUPERSCRIPT = str.maketrans("¹²³", "123")
SUBSCRIPT = str.maketrans("₁₂₃", "123")

# The running network 2-3-2-1, as the chapter on weights prints it.
W1, B1 = [[0.9, -0.6], [0.4, 0.8], [-0.7, 0.5]], [0.1, -0.3, 0.2]
W2, B2 = [[1.2, -0.8, 0.5], [-0.4, 0.9, 0.7]], [-0.2, 0.1]
W3, B3 = [[1.1, -1.3]], [0.2]
W, B = {1: W1, 2: W2, 3: W3}, {1: B1, 2: B2, 3: B3}
NEURONS = [(3, 0), (2, 0), (2, 1), (1, 0), (1, 1), (1, 2)]


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def activations(x, place=None, dz=0.0):
    """All activations, neuron by neuron, with an extra dz on one weighted sum."""
    a = {0: list(x)}
    for l in (1, 2, 3):
        z = [
            sum(w * value for w, value in zip(row, a[l - 1], strict=True)) + b
            for row, b in zip(W[l], B[l], strict=True)
        ]
        if place is not None and place[0] == l:
            z[place[1]] += dz
        a[l] = [sigmoid(value) for value in z]
    return a


def loss(x, y, place=None, dz=0.0):
    return 0.5 * (activations(x, place, dz)[3][0] - y) ** 2


def slope(x, y, place):
    """A delta as its definition says, and so without BP1 and BP2: exact to about ten digits."""
    h = 1e-5
    return (loss(x, y, place, h) - loss(x, y, place, -h)) / (2 * h)


def placed(name):
    """Layer and number of z³₁ or δ¹₂, from 0."""
    return int(name[1].translate(SUPERSCRIPT)), int(name[2].translate(SUBSCRIPT)) - 1


def test_nudge(explorer_page):
    page = explorer_page(DELTAS, "nudge")
    names = page.texts("neuron")
    assert [placed(name) for name in names] == NEURONS
    for at in positions(1, 12, neuron=names, dz=grid(-2, 2, 0.125)):
        page.set(**at)
        place, dz = placed(at["neuron"]), at["dz"]
        before, delta = loss((1, 0.5), 1), slope((1, 0.5), 1, place)
        said = numbers(page.sentence().split("the slope δ is")[1])
        after = loss((1, 0.5), 1, place, dz)
        assert said == [
            shown(delta, 4),
            shown(dz, 3),
            shown(before, 4),
            shown(after, 4),
            shown(before + delta * dz, 4),
        ]


def test_paths(explorer_page):
    page = explorer_page(DELTAS, "paths")
    names = page.texts("name")
    assert sorted(placed(name) for name in names) == sorted(NEURONS[1:])
    for name in names:
        for y in (0, 0.5, 1):
            page.set(name=name, y=y)
            l, k = placed(name)
            own = slope((1, 0.5), y, (l, k))
            a = activations((1, 0.5))[l][k]
            after = [slope((1, 0.5), y, (l + 1, i)) for i in range(len(W[l + 1]))]
            column = [row[k] for row in W[l + 1]]
            said = numbers(page.sentence().split(" = ", 1)[1])
            assert said[-2:] == [shown(a * (1 - a), 4), shown(own, 4)]
            # sizes only: a sum shows the sign of a term as its operator
            terms = [n for pair in zip(column, after, strict=True) for n in pair]
            digits = [n for _ in column for n in (1, 4)]
            assert [abs(n) for n in said[:-2]] == [
                shown(abs(n), d) for n, d in zip(terms, digits, strict=True)
            ]
            # and on the edges the products that it is the sum of
            texts = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", "".join(page.moving())))
            for w, delta in zip(column, after, strict=True):
                assert any(value == shown(w * delta, 4) for value in numbers(texts))


def test_travel(explorer_page):
    page = explorer_page(DELTAS, "travel")
    values = grid(-2, 2, 0.5)
    for at in positions(3, 10, y=grid(0, 1, 0.25), x1=values, x2=values):
        page.set(**at)
        x, y = (at["x1"], at["x2"]), at["y"]
        answer = activations(x)[3][0]
        deltas = {place: slope(x, y, place) for place in NEURONS}
        largest = [max(abs(d) for place, d in deltas.items() if place[0] == l) for l in (3, 2, 1)]
        sentence = page.sentence()
        assert f"is {'below' if answer < y else 'above'} the target" in sentence
        said = numbers(sentence.split("answer")[1].replace("δ³₁", ""))
        assert said == [
            shown(answer, 3),
            y,
            shown(deltas[3, 0], 4),
            *(n for size, l in zip(largest, (3, 2, 1), strict=True) for n in (shown(size, 4), l)),
        ]
        noted = re.findall(r"<text[^>]*>δ ([^<]*)</text>", "".join(page.moving()))
        assert sorted(float(n.replace("−", "-")) for n in noted) == [
            shown(d, 3) for d in sorted(deltas.values())
        ]


def test_outer(explorer_page):
    page = explorer_page(DELTAS, "outer")
    values = grid(-2, 2, 0.5)
    drawn = positions(4, 8, layer=("1", "2", "3"), x1=values, x2=values)
    for at in [*drawn, {"layer": "1", "x1": 0, "x2": 2}]:
        page.set(**at)
        l, x = int(at["layer"]), (at["x1"], at["x2"])
        before = [*activations(x)[l - 1], 1.0]
        deltas = [slope(x, 1, (l, i)) for i in range(len(W[l]))]
        table = [d * a for d in deltas for a in before]
        texts = re.findall(r"<text[^>]*>([^<]*)</text>", "".join(page.moving()))
        plain = [float(t.replace("−", "-")) for t in texts if re.fullmatch(r"−?\d\.\d{4}", t)]
        assert sorted(plain) == [shown(value, 4) for value in sorted(table)]
        zeros = sum(value == 0 for value in table)
        said = page.sentence()
        assert (
            ("no entry is zero" in said) if zeros == 0 else (f"{zeros} of the {len(table)} entries" in said)
        )


def workshop(bug, x, y, epochs, eta=1.5):
    """Start errors and last loss of the workshop's network 2-4-4-1, each gradient written out for its bug."""
    # the start is the only thing taken from bplib: random numbers have no formula
    from bplib import Network

    net = Network([2, 4, 4, 1], "tanh", "sigmoid", seed=4)
    W, b = ([np.array(part[l]) for l in (1, 2, 3)] for part in (net.W, net.b))
    x, y = x.T, y.T
    m = x.shape[1]
    for epoch in range(epochs + 1):
        a1 = np.tanh(W[0] @ x + b[0])
        a2 = np.tanh(W[1] @ a1 + b[1])
        a3 = 1 / (1 + np.exp(-(W[2] @ a2 + b[2])))
        if epoch == epochs:
            return float(np.mean((a3 - y) ** 2) / 2)
        d3 = (a3 - y) * a3 * (1 - a3) * (-1 if bug == "wrong sign" else 1)
        new3 = W[2] - eta * d3 @ a2.T / m
        d2 = ((new3 if bug == "early update" else W[2]).T @ d3) * (1 if bug == "f′ forgotten" else 1 - a2**2)
        new2 = W[1] - eta * d2 @ (a2 if bug == "a² for a¹" else a1).T / m
        seen = new2 if bug == "early update" else W[1]
        d1 = ((seen if bug == "no transpose" else seen.T) @ d2) * (1 - a1**2)
        W = [W[0] - eta * d1 @ x.T / m, new2, new3]
        total = np.sum if bug == "bias summed" else np.mean
        b = [part - eta * total(d, axis=1, keepdims=True) for part, d in zip(b, (d1, d2, d3), strict=True)]
    raise AssertionError


ACCUSED = {
    "no bug": "",
    "f′ forgotten": "W¹, b¹, W², b²",
    "no transpose": "W¹, b¹",
    "bias summed": "b¹, b², b³",
    "wrong sign": "W¹, b¹, W², b², W³, b³",
    "a² for a¹": "W²",
    "early update": "W¹, b¹, W², b²",
}


@pytest.mark.parametrize("task", ["XOR", "waves"])
def test_workshop(explorer_page, task):
    if task == "XOR":
        x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
        y = np.array([[0.0], [1], [1], [0]])
    else:
        side = [-1 + 0.4 * i for i in range(6)]
        x = np.array([[u, v] for u in side for v in side])
        y = np.array([[0.5 + 0.4 * math.sin(4 * u + 2 * v + 1)] for u, v in x])
    page = explorer_page(DELTAS, "workshop")
    assert set(page.texts("bug")) == set(ACCUSED)
    right = workshop("no bug", x, y, 1000)
    for bug, accused in ACCUSED.items():
        page.set(bug=bug, task=task)
        sentence = page.sentence()
        told = re.search(r"accuses ([^.]*?)(?:, with relative errors up to ([\d.]+))?\.", sentence)
        assert told[1] == (accused or "nothing")
        if bug == "bias summed":
            assert float(told[2]) == shown((len(x) - 1) / (len(x) + 1), 2)
        if bug == "wrong sign":
            assert float(told[2]) == 1
        last = numbers(sentence.split("the loss is")[1])
        expected = [workshop(bug, x, y, 1000)] + ([] if bug == "no bug" else [right])
        # a thousand steps, some of them on a rough road, enlarge what was rounded in another order
        assert last == pytest.approx(expected, rel=0.01, abs=0.51e-3 if task == "waves" else 0.51e-4)
