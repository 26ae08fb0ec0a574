"""What the chapter on cost rests on: its rounding, its counts in other pages, and the commands behind its figures."""

import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from bplib import backprop
from bplib.complexity import differences, operations, total
from bplib.measured import load

ROOT = Path(__file__).parent.parent
CELLS = nbformat.read(ROOT / "chapters" / "09_cost.ipynb", as_version=4).cells
DIGITS = (784, 16, 16, 10)


@pytest.fixture(scope="module")
def rounding():
    """The chapter's `cut`, `rounded` and `product`."""
    names = {"np": np}
    source = next(c.source for c in CELLS if c.source.startswith("def cut("))
    exec(source.split("\n\nfor form in")[0], names)
    return names


@pytest.fixture(scope="module")
def every_size():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, 200_000, dtype=np.uint32)
    ends = np.float32([0, -0.0, 1, -1, 1e-45, 3.4e38, -3.4e38, np.inf, -np.inf])
    numbers = np.concatenate([bits.view(np.float32), ends])
    return numbers[~np.isnan(numbers)]


def test_a_short_number_is_that_of_ml_dtypes(rounding, every_size):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    right = every_size.astype(ml_dtypes.bfloat16).astype(np.float32)
    ours = rounding["rounded"](every_size, "bfloat16")
    assert np.array_equal(ours.view(np.uint32), right.view(np.uint32))


def test_halfway_goes_to_the_even_one(rounding):
    half = np.float32([1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20])
    assert rounding["cut"](half, 16).tolist() == [1, 1 + 2**-6, 1 + 2**-7]


def test_the_factors_of_a_product_in_tf32_have_ten_bits(rounding):
    fine = np.float32([[1 + 2**-12]])
    assert rounding["product"](fine, np.float32([[1]]), "TF32")[0, 0] == 1
    assert rounding["product"](fine, np.float32([[1]]), "float32")[0, 0] == fine[0, 0]


def test_a_number_beyond_float16_is_infinite(rounding):
    assert np.isinf(rounding["rounded"](65_520, "float16"))
    assert rounding["rounded"](65_519, "float16") == 65_504
    assert rounding["rounded"](2.0**-26, "float16") == 0


# -- what other pages say ------------------------------------------------------------------------------------------


def test_the_counts_in_the_questions_and_in_the_notation():
    text = (ROOT / "chapters" / "faq.md").read_text(encoding="utf-8")
    counts, many = operations(DIGITS), operations(DIGITS, 60_000)
    passes = {step: counts[step] for step in ("forward", "backward")}
    both = total(passes)
    for how in ({}, {"central": True}, {"local": True}):
        assert f"{round(differences(DIGITS, **how) / both):,} times" in text
    summed = {step: many[step] for step in ("forward", "backward", "accumulation")}
    assert f"takes {both:,} multiply-adds" in text
    assert f"{total(passes, 'multiplications'):,} multiplications in all" in text
    assert f"{total(passes, 'multiplications and additions'):,} multiplications and additions" in text
    assert f"{round(total(summed, 'with activations') / 60_000):,} operations with the sigmoids" in text
    suspect = operations((784, 30, 10, 10))["forward"].products
    assert f"784-30-10-10 with one operation for each weight on each way has {2 * suspect:,}" in text
    table = (ROOT / "chapters" / "notation.md").read_text(encoding="utf-8")
    numbers = [int(n.replace(",", "")) for n in re.findall(r"^\| .* \| ([\d,]+) \|$", table, re.M)]
    assert numbers == [12_960, 416, 12_960, both, 84]


# -- the commands behind the stored figures ------------------------------------------------------------------------


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import cost
    import worth

    return cost, worth


def test_a_sum_that_changes_sides_is_all_that_makes_relu_inexact(benchmarks):
    cost, _ = benchmarks
    for seed in range(6):
        found = cost.batch("relu", seed, (50, 60, 60, 10), 500)
        assert found["switched"] < 1e-6
        assert (found["error"] < 1e-6) == (found["flips"] == 0)
    assert cost.batch("sigmoid", 0, (50, 60, 60, 10), 500)["error"] < 1e-6


def test_switches_of_another_network_are_found(benchmarks):
    cost, _ = benchmarks
    on = np.array([[True, False]])
    f = cost.Switched(on)
    z = np.array([[-2.0, 3.0]])
    assert f(z).tolist() == [[-2, 0]]
    assert f.prime(z).tolist() == [[1, 0]]


def test_the_stored_errors_are_of_the_two_sizes(benchmarks):
    cost, _ = benchmarks
    stored = load("cost")["float32"]
    for f in ("relu", "sigmoid"):
        assert len(stored[f]["error"]) == len(stored[f]["flips"]) == cost.BATCHES
    # one of them again: other kernels round otherwise, but not by much
    again = cost.batch("sigmoid", 1)
    assert again["error"] == pytest.approx(stored["sigmoid"]["error"][1], rel=0.7)


def test_the_card_is_that_of_the_device_benchmark(benchmarks):
    cost, _ = benchmarks
    device = json.loads((ROOT / "benchmarks" / "device.json").read_text(encoding="utf-8"))
    assert load("cost")["card"] == json.loads(json.dumps(cost.card()))
    assert load("cost")["card"]["workloads"] == device["workloads"]


def test_the_ways_to_take_a_step_agree(benchmarks):
    pytest.importorskip("jax")
    _, worth = benchmarks
    network, x, y = worth.data(8, 16)
    g = backprop(network, x, y, "quadratic")
    step, _ = worth.with_numpy(8, 16)
    step()
    after = step.__closure__
    moved = next(c.cell_contents for c in after if type(c.cell_contents).__name__ == "Network")
    np.testing.assert_allclose(moved.W[1], network.W[1] - 0.1 * g.grad_W[1], rtol=1e-5)
    step, wait = worth.with_jax(8, 16)
    step()
    wait()
    state = next(c.cell_contents for c in step.__closure__ if isinstance(c.cell_contents, list))
    np.testing.assert_allclose(state[0][0], moved.W[1], rtol=1e-4, atol=1e-6)
    assert worth.measured(step, wait, 0.01)[0] > 0


def test_a_table_measured_elsewhere_is_stored_as_it_is(benchmarks, tmp_path, monkeypatch):
    _, worth = benchmarks
    monkeypatch.setattr(worth, "RESULT", tmp_path / "worth.json")
    table = tmp_path / "table.csv"
    table.write_text(
        "# torch 2.0 jax 0.8 card NVIDIA H200 cores 16\n# idle 122 W\nway,width,batch,microseconds,joules\n"
        "numpy-1,8,1,30.1,\njax-jit,64,1,65.2,0\ncuda-graph,8,1,30.2,0.00411\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(worth.sys, "argv", ["worth.py", "csv", str(table)])
    worth.main()
    stored = json.loads((tmp_path / "worth.json").read_text(encoding="utf-8"))
    assert stored["rows"] == [
        ["numpy-1", 8, 1, 30.1, None],
        ["jax-jit", 64, 1, 65.2, None],
        ["cuda-graph", 8, 1, 30.2, 0.00411],
    ]
    assert (stored["card"], stored["cores"], stored["idle_watts"]) == ("NVIDIA H200", 16, 122)
    assert stored["versions"] == {"torch": "2.0", "jax": "0.8"}
    assert stored.keys() == load("worth").keys()
