"""The benchmark for a machine with a card, small and on the CPU; and its table is that of its stored result."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")
BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def device(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import device

    return device


def test_both_engines_train_alike(device):
    assert max(device.parity().values()) < 1e-9


def test_a_step_takes_time(device):
    network = device.Network((16, 16, 16), seed=0, dtype=np.float32)
    x, y = np.random.default_rng(0).random((2, 64, 16), dtype=np.float32)
    for compiled in (False, True):
        run = device.with_bplib(network, x, y, "quadratic", 32, False, compiled)
        run(1)
        assert isinstance(device.marginal(run, small=True), float)


def test_the_table_is_that_of_the_stored_result(device):
    result = json.loads((BENCHMARKS / "device.json").read_text(encoding="utf-8"))
    text = device.table(result)
    assert f"\n{text}\n<!-- end of device -->" in (BENCHMARKS / "README.md").read_text(encoding="utf-8")


def test_the_picture_is_drawn(device, tmp_path, monkeypatch):
    shutil.copy(BENCHMARKS / "device.json", tmp_path)
    monkeypatch.setattr(device, "__file__", str(tmp_path / "device.py"))
    device.picture(json.loads((tmp_path / "device.json").read_text(encoding="utf-8")))
    assert (tmp_path / "device.svg").stat().st_size > 5000


# -- beyond one machine --------------------------------------------------------------------------------------------

PAGE = (BENCHMARKS.parent / "chapters" / "beyond_one_machine.md").read_text(encoding="utf-8")


@pytest.fixture
def machines(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import machines

    return machines


def test_the_pages_tables_are_those_of_the_stored_numbers(machines):
    stored = json.loads(machines.STORED.read_text(encoding="utf-8"))
    for mark, made in (("trainings", machines.table(stored)), ("students", machines.students(stored))):
        assert f"<!-- {mark} -->\n\n{made}\n\n<!-- end of {mark} -->" in PAGE


def test_what_the_page_says_of_equal_bits_was_seen(machines):
    measured = json.loads(machines.STORED.read_text(encoding="utf-8"))["trainings"]
    for work in machines.WORK:
        bits, difference = measured["bits"][work], measured["difference"][work]
        assert bits["two processes"] == bits["one process, two virtual devices"]
        assert max(difference.values()) < 1e-5


def test_the_plan_on_the_page():
    rows = {
        row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")[2:4]]
        for row in re.findall(r"^\|.*\|$", PAGE, re.M)
    }
    n = np.array([13_002, 1e9])
    sent = 2 * n * 4
    assert rows["bytes sent by each process in a step"] == [
        f"{sent[0] / 1e3:.0f} kB",
        f"{sent[1] / 1e9:.0f} GB",
    ]
    for gigabits in (10, 400):
        seconds = sent / (gigabits * 1e9 / 8)
        cells = [f"{1e3 * seconds[0]:.1g} ms", f"{seconds[1]:.2g} s"]
        assert rows[f"time of it at {gigabits} Gbit/s"] == cells
    assert rows["operations for one example"] == [
        f"{6 * n[0] / 1e3:.0f} thousand",
        f"{6 * n[1] / 1e9:.0f} billion",
    ]
    for name, speed, gigabits in (
        ("examples that take as long as the sum, at 10¹¹ operations a second and 10 Gbit/s", 1e11, 10),
        ("at 10¹⁴ operations a second and 400 Gbit/s", 1e14, 400),
    ):
        examples = sent / (gigabits * 1e9 / 8) / (6 * n / speed)
        assert rows[name] == [f"{e:,.0f}" for e in examples]
