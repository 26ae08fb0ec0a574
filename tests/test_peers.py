"""What the book says of other libraries: bplib's own rows are recomputed here, the others' come from `make peers`."""

import sys
from pathlib import Path

import numpy as np
import pytest

from bplib import measured

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def ours(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS / "peers")
    yield __import__("with_bplib")
    for name in ("with_bplib", "common"):
        sys.modules.pop(name)


def alike(a, b):
    """Equal, numbers up to what processors differ in."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(alike, a, b))
    return a == (pytest.approx(b, rel=1e-9) if isinstance(b, float) else b)


@pytest.mark.parametrize("table", ["optimizers", "derivatives", "losses", "weights"])
def test_the_rows_of_bplib_are_what_bplib_does_today(ours, table):
    now = ours.common.plain(getattr(ours, table)(), 12 if table == "optimizers" else 6)
    assert alike(now, measured.load(table)["libraries"]["bplib"])


def test_the_steps_are_those_of_the_named_rates_and_gradients():
    table = measured.load("optimizers")
    for library, found in table["libraries"].items():
        tolerance = 1e-12 if found["SGD"]["dtype"] == "float64" else 1e-6
        assert found["SGD"]["weights"]["1"] == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.5], abs=tolerance), (
            library
        )
        for name, entry in found.items():
            assert all(len(w) == 5 for w in entry["weights"].values()), (library, name)
            assert ("rates" in entry) == (name in ("momentum", "Nesterov")), (library, name)


def test_a_stored_library_has_its_version_and_each_case_its_title(peers):
    for name in peers.WHAT:
        table = measured.load(name)
        assert table["made_by"] == "make peers"
        assert table["libraries"].keys() <= table["versions"].keys()
        for library, found in table["libraries"].items():
            assert found.keys() <= table.get("cases", found).keys(), library


@pytest.fixture
def peers(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import peers

    return peers


def test_the_page_has_the_tables_of_what_is_stored(peers):
    text = peers.page.PAGE.read_text(encoding="utf-8")
    for name, content in peers.page.parts({group: measured.load(group) for group in peers.WHAT}).items():
        begin, end = peers.page.marks(name)
        assert f"{begin}\n\n{content}\n\n{end}" in text, f"{name}: python benchmarks/peers.py --page"


def test_the_stored_files_are_as_the_script_writes_them(peers):
    for name in peers.WHAT:
        assert (peers.MEASURED / f"{name}.json").read_text(encoding="utf-8") == peers.dump(
            measured.load(name)
        )


def test_a_table_puts_the_same_values_together(peers):
    grouped = peers.page.grouped
    assert grouped({"PyTorch": 0.0, "JAX": -0.0, "bplib": 1}) == "**0** PyTorch, JAX<br>**1** `bplib`"
    assert grouped({"Keras": 1.0, "Keras on PyTorch": 1.0}) == "**1** Keras"
    assert (
        grouped({"Keras": 1.0, "Keras on PyTorch": "nan"}) == "**1** Keras on JAX<br>**nan** Keras on PyTorch"
    )
    assert grouped({"A": [[0.5, 0.5], [0.5, 0.5]], "B": "error: E: m"}) == "**0.5 each** A<br>**an error** B"
    assert grouped({"A": -1.5e-8, "B": 1e12, "C": True}) == "**−1.5e-8** A<br>**1e12** B<br>**yes** C"


# What the page's sentences say, beside its tables: a piece of the sentence, and where its number is stored.
SAID = [
    ("1, 2, 3 times that of `loss_`", "losses", "scikit-learn", "steps", [1, 2, 3]),
    ("−ln(1e-7) is 16.118", "losses", "Keras", "p_softmax", [16.1181, 0]),
    ("−ln(1e-7) is 16.118", "losses", "TensorFlow.js", "p_softmax", [16.1181, 0]),
    ("at a probability of exactly 0 for what is true", "losses", "PyTorch", "p_wrong", [100, -1e12]),
    ("MLX's is nan", "losses", "MLX", "p_wrong", [100, "nan"]),
    ("scikit-learn's loss is 36.04 in this case", "losses", "scikit-learn", "clipped", [36.0437, 1]),
    ("and 15.94 in float32", "losses", "scikit-learn", "clipped_32", [15.9424, 1]),
    ("MLX gives the loss 0 with the gradient nan", "losses", "MLX", "p_right", [0, "nan"]),
    ("tinygrad nan for both", "losses", "tinygrad", "p_right", ["nan", "nan"]),
    ("PyTorch's functions, and Keras's on PyTorch, give 0", "derivatives", "PyTorch", "norm", [0, 0]),
    (
        "PyTorch's functions, and Keras's on PyTorch, give 0",
        "derivatives",
        "Keras on PyTorch",
        "std",
        [0, 0, 0],
    ),
    ("Written out as a root", "derivatives", "PyTorch", "norm_by_hand", ["nan", "nan"]),
    ("in all but autograd", "derivatives", "autograd", "relu", 0.5),
    ("leaky ReLU 0, 0.01, 0.505 or 1", "derivatives", "autograd", "leaky", 0.505),
    ("leaky ReLU 0, 0.01, 0.505 or 1", "derivatives", "mygrad", "leaky", 0),
    ("leaky ReLU 0, 0.01, 0.505 or 1", "derivatives", "JAX", "leaky", 1),
    ("the result is ±1500, ±500", "layers", "Flax", "layernorm_offset", [-1500, -500, 500, 1500]),
    ("Keras on PyTorch gives nan", "layers", "Keras on PyTorch", "batchnorm_offset", ["nan"] * 4),
    ("should get ⅓ of the gradient and gets 1", "layers", "PyTorch", "attention_large_grad", [[1, 1]] * 3),
    (
        "should get ⅓ of the gradient and gets 1",
        "layers",
        "Flax",
        "attention_large_grad",
        [[1 / 3, 1 / 3]] * 3,
    ),
    ("then such a row is 0", "layers", "PyTorch", "attention_masked", [0, 0]),
    ("is 2.5 in PyTorch", "layers", "PyTorch", "shapes", 2.5),
    ("and in tinygrad, which does not", "layers", "tinygrad", "shapes", 2.5),
    ("Keras gives 0", "layers", "Keras", "shapes", 0),
    ("0.841345 by the exact formula", "layers", "Keras", "gelu", 0.841345),
    ("0.841192 by the approximation", "layers", "Keras", "gelu_function", 0.841192),
    ("but i, o, f, g in ONNX", "layers", "onnxruntime", "lstm_gates", "i, o, f, g"),
    ("resets before the product", "layers", "TensorFlow.js", "gru_reset", "before the product"),
    ("where PyTorch's is 1.5e-8", "elsewhere", "PyTorch", "sigmoid", [4.13994e-8, 1.523e-8, 2.06115e-9]),
    ("exactly 0 from −18 down", "elsewhere", "onnxruntime", "sigmoid", [8.9407e-8, 0, 0]),
    (
        "the numbers come back in another order",
        "elsewhere",
        "safetensors",
        "transposed",
        [[0, 1], [2, 3], [4, 5]],
    ),
    ("two runs differ", "elsewhere", "onnxruntime", "dropout_twice", False),
    ("dense and dense_1", "elsewhere", "Keras", "names", ["dense", "dense_1"]),
]


@pytest.mark.parametrize(("words", "table", "library", "case", "value"), SAID)
def test_a_sentence_of_the_page_is_what_is_stored(peers, words, table, library, case, value):
    assert words in peers.page.PAGE.read_text(encoding="utf-8")
    assert peers.page.same(measured.load(table)["libraries"][library][case], value)


def test_what_the_page_says_of_the_optimizers(peers):
    found = measured.load("optimizers")["libraries"]
    text = peers.page.PAGE.read_text(encoding="utf-8")
    for library, words in {
        "PyTorch": "0.05 in PyTorch, optax, tinygrad and here",
        "MLX": "0.00969 in MLX",
        "scikit-learn": "0.00307 in scikit-learn",
        "Keras": "0.000315 in Keras",
    }.items():
        assert words in text
        assert 1 - found[library]["Adam"]["weights"]["1e-8"][0] == pytest.approx(
            float(words.split()[0]), rel=2e-3
        )
    assert found["TensorFlow.js"]["Adadelta"]["weights"] == found["TensorFlow.js"]["SGD"]["weights"]
    inside = [library for library, e in found.items() if e["momentum"]["rates"][-1] < 0.2]
    assert inside == ["Keras", "scikit-learn"]
    decays = {
        library: e["AdamW"]["defaults"].get("weight_decay") for library, e in found.items() if "AdamW" in e
    }
    assert (
        decays.items()
        >= {"PyTorch": 0.01, "tinygrad": 0.01, "MLX": 0.01, "optax": 0.0001, "Keras": 0.004}.items()
    )


def test_the_losses_that_softmax_twice_cannot_pass():
    assert [round(np.log(1 + (n - 1) / np.e), 3) for n in (10, 3)] == [1.461, 0.551]


@pytest.mark.parametrize("name", ["SGD", "momentum", "Nesterov", "Adam", "AdamW"])
def test_what_the_page_calls_the_same_takes_the_same_steps(name):
    found = measured.load("optimizers")["libraries"]
    for gradient, weights in found["bplib"][name]["weights"].items():
        assert found["PyTorch"][name]["weights"][gradient] == pytest.approx(weights, rel=1e-9)
