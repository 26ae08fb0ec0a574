"""What the book says of other libraries: bplib's own rows are recomputed here, the others' come from `make peers`."""

import sys
from pathlib import Path

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


def test_a_stored_library_has_its_version_and_each_case_its_title(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import peers

    for name in peers.WHAT:
        table = measured.load(name)
        assert table["made_by"] == "make peers"
        assert table["libraries"].keys() <= table["versions"].keys()
        for library, found in table["libraries"].items():
            assert found.keys() <= table.get("cases", found).keys(), library
