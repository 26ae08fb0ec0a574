"""The benchmark for a machine with a card, small and on the CPU; and its table is that of its stored result."""

import json
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
