"""The numbers that the explorers of Loss and Chain rule show, from formulas by hand: nothing here comes from bplib."""

import math
import re

import numpy as np
import pytest

from .test_numbers import grid, numbers, positions, shown

LOSS, CHAIN_RULE = "chapters/03_loss", "chapters/04_chain_rule"
SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")

# the five points of the line
POINTS = ((-1, -0.5), (0, 1.0), (1, 0.5), (2, 2.0), (3, 1.5))


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def loss_of_line(w, b):
    return sum((w * x + b - y) ** 2 for x, y in POINTS) / (2 * len(POINTS))


def texts(page):
    """What stands in the moving part of the picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", "".join(page.moving()))


def test_line_by_eye(explorer_page):
    page = explorer_page(LOSS, "line-by-eye")
    best = {"w": 0.5, "b": 0.4}
    for at in [best, *positions(31, 12, w=grid(-1, 1.5, 0.25), b=grid(-1, 2, 0.2))]:
        page.set(**at)
        w, b = at["w"], at["b"]
        said = page.sentence()
        assert numbers(said)[-1] == shown(loss_of_line(w, b), 3)
        assert ("No line does better" in said) == (at == best)
        for (x, y), row in zip(POINTS, page.rows(), strict=True):
            a = w * x + b
            assert [numbers(cell)[0] for cell in row] == [
                x,
                y,
                shown(a, 2),
                shown(a - y, 2),
                shown((a - y) ** 2 / 2, 4),
            ]


def test_parabola(explorer_page):
    page = explorer_page(LOSS, "parabola")
    for at in positions(32, 14, eta=grid(0.25, 2.5, 0.25), c=(0.5, 1, 2), step=range(11)):
        page.set(**at)
        w = 2.0
        for _ in range(at["step"]):
            w -= at["eta"] * at["c"] * w
        product, step, where = numbers(page.sentence().replace("c = ", "c= "))
        assert product == shown(at["eta"] * at["c"], 2)
        assert step == at["step"]
        assert where == shown(w, 0 if abs(w) >= 1000 else 3)
        assert ("diverges" in page.sentence()) == (at["eta"] * at["c"] > 2)


def test_landscape(explorer_page):
    page = explorer_page(LOSS, "landscape")
    for at in positions(33, 12, eta=grid(0.05, 0.65, 0.1), step=range(31)):
        page.set(**at)
        w, b = 2.0, 2.5
        for _ in range(at["step"]):
            errors = [(w * x + b - y, x) for x, y in POINTS]
            w, b = (
                w - at["eta"] * sum(e * x for e, x in errors) / len(POINTS),
                b - at["eta"] * sum(e for e, _ in errors) / len(POINTS),
            )
        loss = loss_of_line(w, b)
        said = page.sentence()
        assert numbers(said)[:3] == [
            at["step"],
            shown(at["eta"], 2),
            shown(loss, 0 if loss >= 100 else 3),
        ]
        # the limit is 2 / (2 + √2), by the eigenvalues of the second derivatives
        assert ("diverges" in said) == (at["eta"] > 2 / (2 + math.sqrt(2)))


def test_two_valleys(explorer_page):
    page = explorer_page(LOSS, "two-valleys")
    lowest = {"deep": (0.72823599, 1.53007166), "shallow": (-1.19702552, -1.10604901)}
    for at in positions(37, 12, eta=grid(0.25, 2.5, 0.25), step=range(31)):
        page.set(**at)
        heading, *walks = re.split(" the (?=round|square)", page.sentence())
        assert numbers(heading) == [at["step"], at["eta"]]
        for (mark, start), said in zip(
            {"round": (-0.5, 0.5), "square": (-1.0, 0.5)}.items(), walks, strict=True
        ):
            w1, w2 = start
            for _ in range(at["step"]):
                slope_1 = slope_2 = 0.0
                for x, y in POINTS:
                    t = math.tanh(w1 * x + 0.5)
                    slope_1 += (w2 * t - y) * w2 * (1 - t * t) * x / len(POINTS)
                    slope_2 += (w2 * t - y) * t / len(POINTS)
                w1, w2 = w1 - at["eta"] * slope_1, w2 - at["eta"] * slope_2
            loss = sum((w2 * math.tanh(w1 * x + 0.5) - y) ** 2 for x, y in POINTS) / (2 * len(POINTS))
            assert said.startswith(mark)
            assert numbers(said)[0] == shown(loss, 0 if loss >= 100 else 3)
            # the round one ends in the deep valley, but at the largest rate; the square one in the shallow
            valley = "deep" if mark == "round" else "shallow"
            near = max(abs(w1 - lowest[valley][0]), abs(w2 - lowest[valley][1])) < 0.019
            if f"has ended in the {valley} valley" in said:
                assert numbers(said)[1:] == [shown(value, 2) for value in lowest[valley]]
                assert near
            else:
                assert ("outside" in said) == (max(abs(w1), abs(w2)) > 2.5)
                assert at["step"] < 30 or (mark, at["eta"]) == ("round", 2.5)
                assert "valley" not in said


def test_three_classes(explorer_page):
    page = explorer_page(LOSS, "three-classes")
    values = range(-3, 4)
    for at in positions(34, 12, z3=values, z5=values, z8=values):
        page.set(**at)
        e = [math.exp(at[name]) for name in ("z3", "z5", "z8")]
        p = [value / sum(e) for value in e]
        _, probability, cost, *_ = numbers(page.sentence())
        assert probability == pytest.approx(p[1], rel=1e-3)
        assert cost == shown(-math.log(p[1]), 3)
        for name, p_i, y, row in zip(("z3", "z5", "z8"), p, (0, 1, 0), page.rows(), strict=True):
            assert [numbers(cell)[0] for cell in row[1:]] == [at[name], shown(p_i, 4), y, shown(p_i - y, 4)]


def test_two_losses(explorer_page):
    page = explorer_page(LOSS, "two-losses")
    for at in positions(35, 12, z=grid(-6, 6, 0.25), y=("0", "1")):
        page.set(**at)
        a, y = sigmoid(at["z"]), float(at["y"])
        right = a if y else 1 - a  # the probability of what happened
        assert numbers(page.sentence()) == [
            shown(a, 3),
            y,
            shown((a - y) ** 2 / 2, 3),
            shown((a - y) * a * (1 - a), 4),
            shown(-math.log(right), 3),
            shown(a - y, 4),
            shown(1 / (a * (1 - a)), 1),
        ]


def test_side_by_side(explorer_page):
    page = explorer_page(LOSS, "side-by-side")
    for at in positions(36, 10, step=range(0, 201, 4), start=grid(0, 2.5, 0.5)):
        page.set(**at)
        answers = []
        for slope in (lambda a: a * a * (1 - a), lambda a: a):
            z = 2 * at["start"]  # w + b, which both move by the same
            for _ in range(at["step"]):
                z -= 2 * 0.5 * slope(sigmoid(z))
            answers.append(shown(sigmoid(z), 3))
        assert numbers(page.sentence()) == [at["step"], *answers]


# -- chain rule: one neuron with the input 2, the bias -0.5 and the target 0.4 --------------------------------------


def neuron_loss(w):
    return (sigmoid(2 * w - 0.5) - 0.4) ** 2 / 2


def test_secant(explorer_page):
    page = explorer_page(CHAIN_RULE, "secant")
    steps = [0.01 * 2**k for k in range(8)]
    for at in positions(41, 12, w=grid(-2, 3, 0.1), h=steps):
        page.set(**at)
        w, h = at["w"], at["h"]
        a = sigmoid(2 * w - 0.5)
        assert numbers(page.sentence()) == [
            w,
            pytest.approx(h),
            shown((neuron_loss(w + h) - neuron_loss(w)) / h, 4),
            shown((a - 0.4) * a * (1 - a) * 2, 4),
        ]


@pytest.mark.parametrize("formula", ["forward", "central"])
def test_u_curve(explorer_page, formula):
    page = explorer_page(CHAIN_RULE, "u-curve")
    # steps at which truncation rules: rounding differs from one processor to the next
    for h in (1e-3, 1e-2, 0.1, 1.0):
        page.set(h=h, formula=formula, numbers="float64")
        errors = []
        for w in np.linspace(0.3, 1.3, 201):
            low = w if formula == "forward" else w - h
            slope = (neuron_loss(w + h) - neuron_loss(low)) / (w + h - low)
            a = sigmoid(2 * w - 0.5)
            errors.append(abs(slope / ((a - 0.4) * a * (1 - a) * 2) - 1))
        said = re.search(r"relative error of ([\d.]+)(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?:", page.sentence())
        digits, exponent = said[1], (said[2] or "0").translate(SUPERSCRIPT)
        assert float(f"{digits}e{exponent}") == pytest.approx(sorted(errors)[100], rel=0.06)
        assert "truncation" in page.sentence()


def test_gears(explorer_page):
    page = explorer_page(CHAIN_RULE, "gears")
    for at in positions(
        42, 14, w=grid(-1.5, 2, 0.5), x=range(-2, 3), y=("0.4", "0", "1"), turn=("w", "b", "x")
    ):
        page.set(**at)
        w, x, y = at["w"], at["x"], float(at["y"])
        a = sigmoid(w * x - 0.5)
        first = {"w": x, "b": 1, "x": w}[at["turn"]]
        total = (a - y) * a * (1 - a) * first
        assert f"dC/d{at['turn']} = " in page.sentence()
        assert numbers(page.sentence()) == [
            shown(a - y, 3),
            shown(a * (1 - a), 3),
            shown(first, 3),
            shown(total, 4),
            90,
            shown(90 * total, 2),
        ]
        loss = f"C = {(a - y) ** 2 / 2:.3f}"
        assert loss in texts(page)


def test_paths(explorer_page):
    page = explorer_page(CHAIN_RULE, "paths")
    # the running network 2-3-2-1, as the chapter on weights draws it
    layer_1 = ((0.9, -0.6, 0.1), (0.4, 0.8, -0.3), (-0.7, 0.5, 0.2))
    a1 = [sigmoid(v * 1.0 + w * 0.5 + b) for v, w, b in layer_1]
    values = grid(-2, 2, 0.4)
    for at in positions(43, 12, w1=values, w2=values, y=("1", "0")):
        page.set(**at)
        weights = ((at["w1"], -0.8, 0.5), (at["w2"], 0.9, 0.7))

        def loss(upper, lower, weights=weights, y=float(at["y"])):
            """The loss if a¹₁ is another for the upper path, and for the lower."""
            z = [
                row[0] * first + row[1] * a1[1] + row[2] * a1[2] + bias
                for row, first, bias in zip(weights, (upper, lower), (-0.2, 0.1), strict=True)
            ]
            return (sigmoid(1.1 * sigmoid(z[0]) - 1.3 * sigmoid(z[1]) + 0.2) - y) ** 2 / 2

        h, a = 1e-5, a1[0]
        shares = [
            (loss(a + u * h, a + l * h) - loss(a - u * h, a - l * h)) / (2 * h)
            for u, l in ((1, 0), (0, 1), (1, 1))
        ]
        paths, total = page.sentence().split(": together ∂C/∂a¹₁ = ")
        assert numbers(paths) + numbers(total) == [shown(share, 4) for share in shares]


def test_graph(explorer_page):
    page = explorer_page(CHAIN_RULE, "graph")
    for at in positions(44, 5, w=grid(-1, 1, 0.5), y=("0.4", "0", "1")):
        page.set(**at, step=12)
        w, x, b, y = at["w"], 2, -0.5, float(at["y"])
        a = sigmoid(w * x + b)
        delta = (a - y) * a * (1 - a)
        expected = {
            "w": (w, delta * x),
            "x": (x, delta * w),
            "b": (b, delta),
            "y": (y, -(a - y)),
            "u": (w * x, delta),
            "z": (w * x + b, delta),
            "a": (a, a - y),
            "e": (a - y, a - y),
            "C": ((a - y) ** 2 / 2, 1),
        }
        rows = {name: [numbers(cell)[0] for cell in cells] for name, *cells in page.rows()}
        assert rows == {name: [shown(value, 4) for value in pair] for name, pair in expected.items()}
