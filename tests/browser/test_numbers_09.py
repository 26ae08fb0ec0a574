"""The numbers of the chapter on cost: counted neuron by neuron, rounded by other libraries, or read from the store."""

import re

import numpy as np
import pytest

from bplib.measured import load

from .test_numbers import positions, shown

COST = "chapters/09_cost"
SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def said(text):
    """The numbers of a sentence; 2.9·10⁹ is one."""
    found = []
    for digits, exponent in re.findall(r"(−?\d[\d,]*(?:\.\d+)?)(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?", text):
        value = float(digits.replace("−", "-").replace(",", ""))
        found.append(value * 10.0 ** int(exponent.translate(SUPERSCRIPT)) if exponent else value)
    return found


def about(value):
    """A value as two or three digits show it."""
    return pytest.approx(value, rel=0.06)


def counts(sizes):
    """Products on both ways, neuron by neuron, parameters, and what finite differences take."""
    L = len(sizes) - 1
    forward = back = parameters = local = 0
    for l in range(1, L + 1):
        later = sum(sizes[j] * sizes[j - 1] for j in range(l + 2, L + 1))
        for _ in range(sizes[l]):
            forward += sizes[l - 1]
            back += sizes[l - 1] * (2 if l > 1 else 1)
            parameters += sizes[l - 1] + 1
            touched = (sizes[l + 1] if l < L else 0) + later
            local += sizes[l - 1] * (1 + touched) + touched
    return forward, back, parameters, (parameters + 1) * forward, forward + local


def test_count(explorer_page):
    page = explorer_page(COST, "count")
    widths = [2**k for k in range(1, 10)]
    for at in positions(1, 10, width=widths, hidden=range(1, 7), inputs=("784", "64", "2")):
        page.set(**at)
        sizes = (int(at["inputs"]), *[at["width"]] * at["hidden"], 10)
        forward, back, parameters, every, local = counts(sizes)
        name, sentence = page.sentence().split(" has ", 1)
        assert name == "-".join(map(str, sizes))
        both = forward + back
        assert said(sentence) == [
            parameters,
            both,
            shown(both / forward, 2),
            round(every / both) if every / both < 1e8 else about(every / both),
            round(local / both),
        ]
        shown_rows = [row[1] for row in page.rows()[-4:]]
        assert shown_rows == [f"{v:,}" for v in (forward, back, local, every)]


def operations_of(sizes, which):
    """One image's operations, by the conventions of the text."""
    forward, back, parameters, *_ = counts(sizes)
    neurons, hidden = sum(sizes[1:]), sum(sizes[1:-1])
    multiplications = forward + back + 2 * neurons  # ⊙, and the product in a (1 - a)
    additions = forward + sizes[-1] + (back - forward - hidden) + neurons
    return {
        "one a weight, each way": 2 * forward,
        "multiplications": multiplications,
        "multiplications and additions": multiplications + additions,
        "with activations": multiplications + additions + 4 * neurons,
        "with activations and the sum": multiplications + additions + 4 * neurons + parameters,
    }[which]


def test_detective(explorer_page):
    page = explorer_page(COST, "detective")
    for at in [
        *positions(
            2, 12, first=range(10, 41, 2), second=("none", "10", "16", "20"), which=page.texts("which")
        ),
        {"first": 30, "second": "10", "which": "one a weight, each way"},
    ]:
        page.set(**at)
        sizes = (784, at["first"], *([] if at["second"] == "none" else [int(at["second"])]), 10)
        found = operations_of(sizes, at["which"])
        sentence = page.sentence()
        assert sentence.startswith(f"{'-'.join(map(str, sizes))}, counting {at['which']}: {found:,} an image")
        assert said(sentence.split(": ")[1])[:2] == [found, pytest.approx(60_000 * found, abs=0.6e6)]
        one, many = 47_500 <= found < 48_500, 2.75e9 <= 60_000 * found < 2.85e9
        words = {
            (True, False): "the first figure fits, the second",
            (False, True): "the second figure fits, the first",
            (False, False): "neither figure fits",
        }
        assert words[one, many] in sentence


UNITS = {"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}


def test_kept(explorer_page):
    page = explorer_page(COST, "kept")
    for at in positions(3, 10, grows=("examples", "width", "layers"), place=range(9)):
        page.set(**at)
        m, width, depth = 1024, 64, 4
        if at["grows"] == "examples":
            m = 4 ** at["place"]
        elif at["grows"] == "width":
            width = 8 * 2 ** at["place"]
        else:
            depth = 2 ** at["place"]
        sentence = page.sentence()
        assert [int(n) for n in said(sentence)[:3]] == [m, depth, width]
        bytes_said = [float(n) * UNITS[u] for n, u in re.findall(r"([\d.e+]+) (bytes|[kMG]B)\b", sentence)]
        expected = 4 * 2 * m * width * depth, 4 * depth * (width * width + width)
        assert bytes_said == [pytest.approx(v, rel=0.006) for v in expected]


def test_checkpoints(explorer_page):
    page = explorer_page(COST, "checkpoints")
    for k in (2**i for i in range(7)):
        page.set(k=k)
        found = said(page.sentence())
        assert found[:3] == [k, 64 // k, k - 1]
        assert found[3] == pytest.approx(64 / k + k, abs=5)
        assert found[4] == pytest.approx(100 * found[3] / 64, abs=1.6)


def layer_1(form, scale):
    """The gradient of layer 1 in a short format, rounded by numpy and by ml_dtypes."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    from bplib import Network  # random numbers have no formula

    dtype = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16, "float64": np.float64}[form]

    def r(x):
        return np.asarray(x, np.float32).astype(dtype).astype(np.float32) if form != "float64" else x

    net = Network([64] * 11 + [1], "sigmoid", "identity", seed=2)
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((64, 64)), rng.standard_normal((1, 64))
    with np.errstate(all="ignore"):
        a = {0: r(x)}
        for l in range(1, 12):
            z = r(r(net.W[l]) @ a[l - 1])
            a[l] = r(1 / (1 + np.exp(-z))) if l < 11 else z
        delta = r(r(scale) * r(r(a[11] - r(y)) * 2 / 64))
        for l in range(11, 1, -1):
            delta = r(r(r(net.W[l]).T @ delta) * r(a[l - 1] * r(1 - a[l - 1])))
        return r(delta @ a[0].T)


def test_loss_scaling(explorer_page):
    page = explorer_page(COST, "loss-scaling")
    exact = layer_1("float64", 1.0)
    for at in positions(5, 8, power_of_two=range(18), form=("float16", "bfloat16")):
        page.set(**at)
        scale, sentence = 2.0 ** at["power_of_two"], page.sentence()
        assert sentence.startswith(f"{at['form']}, the loss times {2 ** at['power_of_two']:,}: ")
        g = layer_1(at["form"], scale)
        rest = said(sentence.split(": ")[1].replace("layer 1's", ""))
        if not np.isfinite(g).all():
            assert "no layer has a gradient that is finite" in sentence
            continue
        zeros = np.mean(g == 0)
        assert rest[0] == pytest.approx(100 * zeros, abs=0.15)
        if zeros == 1:
            assert "wholly lost" in sentence
        else:
            off = np.linalg.norm(g / scale - exact) / np.linalg.norm(exact)
            assert rest[-1] == pytest.approx(100 * off, rel=0.05, abs=0.11)


def test_two_sizes(explorer_page):
    page = explorer_page(COST, "two-sizes")
    stored = load("cost")["float32"]
    tolerances = [10 ** (-8 + k / 4) for k in range(25)]
    for k, f in (
        (0, "ReLU"),
        (24, "ReLU"),
        (0, "sigmoid"),
        (24, "sigmoid"),
        (6, "ReLU"),
        (12, "ReLU"),
        (12, "sigmoid"),
    ):
        tolerance = float(f"{tolerances[k]:.3g}")
        page.set(tolerance=tolerance, f=f)
        errors = np.array(stored[f.lower()]["error"])
        found = said(page.sentence().replace("float32", ""))
        assert found == [
            about(tolerance), int((errors > tolerance).sum()), 60, about(errors.min()), about(errors.max())
        ]  # fmt: skip


def test_best_steps(explorer_page):
    page = explorer_page(COST, "best-steps")
    bounds = {
        "float64": (1e-6, 1e-4, 1e-11, 1e-8),
        "float32": (1e-3, 0.06, 1e-5, 1.1e-3),
        "TF32": (0.01, 0.3, 1e-4, 0.011),
        "float16": (0.03, 2, 1e-3, 0.2),
        "bfloat16": (0.1, 3, 0.05, 1.1),
    }
    errors = []
    for form, (h_low, h_high, low, high) in bounds.items():
        page.set(form=form)
        sentence = page.sentence().removeprefix(f"In {form}")
        h, error, _, early = said(re.sub(r"(?<!·)10(?=[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])", "1·10", sentence))
        assert h_low < h < h_high
        assert low < error < high
        assert early == (1e-8 if form == "float64" else 0.25)
        errors.append(error)
    assert errors == sorted(errors)


TIMES = {"ps": 1e-12, "ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}


def times(text):
    return [float(n) * TIMES[u] for n, u in re.findall(r"([\d.e+-]+) ([pnµm]?s)\b", text)]


def test_roofline(explorer_page):
    page = explorer_page(COST, "roofline")
    cost = load("cost")
    workloads = {
        "W1": ((784, 16, 16, 10), 60_000),
        "W2": ((784, 30, 10), 32),
        "W3": ((2, 4, 1), 4),
        "W4": ((64, 32, 10), 64),
    }
    for machine, where, way in (
        ("one CPU core, numpy", cost["core"], "seconds"),
        ("H200, bplib compiled", cost["card"], "compiled"),
        ("H200, eager PyTorch", cost["card"], "PyTorch"),
    ):
        for key, (sizes, m) in workloads.items():
            page.set(machine=machine, which=key)
            _, _, parameters, *_ = counts(sizes)
            work = m * operations_of(sizes, "with activations") + (m - 1) * parameters
            through = 4 * (m * (sizes[0] + sizes[-1]) + 2 * parameters)
            limit = max(work / where["flops"], through / where["bytes_per_second"])
            sentence = page.sentence()
            took = where["workloads"][key][way]
            assert sentence.startswith(f"{key} on {machine}: ")
            found = said(sentence.split(": ", 1)[1])
            assert found[:2] == [work if work < 1e8 else about(work), about(work / through)]
            assert times(sentence) == [pytest.approx(v, rel=0.006) for v in (limit, took)]
            assert found[-1] == pytest.approx(took / limit, rel=0.006, abs=0.51)


NAMES = {
    "numpy-1": "numpy, one core",
    "numpy-all": "numpy, 16 cores",
    "torch-eager": "PyTorch, eager",
    "cuda-graph": "CUDA graph",
    "jax-jit": "JAX, compiled",
}


def test_machines(explorer_page):
    page = explorer_page(COST, "machines")
    stored = load("worth")["rows"]
    drawn = [
        {"width": str(n), "batch": m, "shows": shows}
        for n, m, shows in (
            (8, "1", "time"), (8192, "1024", "time"), (8192, "1024", "energy of the card"), (64, "64", "time"),
            (64, "1", "energy of the card"), (32, "1024", "time"), (4096, "64", "time"),
            (512, "64", "energy of the card"),
        )
    ]  # fmt: skip
    for at in drawn:
        page.set(**at)
        here = {w: (t, e) for w, n, m, t, e in stored if (n, m) == (int(at["width"]), int(at["batch"]))}
        best = min(here, key=lambda w: here[w][0])
        thrifty = min((w for w in here if here[w][1]), key=lambda w: here[w][1])
        sentence = page.sentence()
        if at["shows"] == "time":
            worst = max(here, key=lambda w: here[w][0])
            measured = "of those measured " * (len(here) < len(NAMES))
            assert f"fastest {measured}is {NAMES[best]}, " in sentence
            assert f"slowest is {NAMES[worst]}, " in sentence
            ends = [here[w][0] / 1e6 for w in (best, worst)]
            assert times(sentence) == [pytest.approx(t, rel=0.006) for t in ends]
        else:
            assert f"on the card, {NAMES[thrifty]} takes least energy" in sentence
            joules = float(re.search(r"energy, ([\d.]+) m?J", sentence)[1])
            assert joules * (1e-3 if " mJ" in sentence else 1) == pytest.approx(here[thrifty][1], rel=0.006)
            assert times(sentence)[0] == pytest.approx(here[thrifty][1] / 122, rel=0.006)
        rows = {name: rest for name, *rest in page.rows()[-5:]}
        for way, name in NAMES.items():
            if way in here:
                assert times(rows[name][0]) == [pytest.approx(here[way][0] / 1e6, rel=0.006)]
            else:
                assert rows[name][0] == "not measured"
