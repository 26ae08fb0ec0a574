"""The stored measurements that chapters show."""

import json
import re
from pathlib import Path

import pytest

import bplib.measured
from bplib.measured import load

FILES = sorted(Path(bplib.measured.__file__).parent.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_table_says_what_it_holds_and_how_to_make_it_again(file):
    table = load(file.stem)
    assert len(table["what"]) > 20
    assert table["made_by"].startswith(("make ", "python benchmarks/"))
    command = re.search(r"benchmarks/\w+\.py", table["made_by"])
    assert command is None or (Path(__file__).parent.parent / command[0]).is_file()
    assert table["versions"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", table["date"])
    assert file.stat().st_size < 300_000
    assert (
        json.loads(file.read_text(encoding="utf-8"), parse_constant=lambda word: pytest.fail(word)) == table
    )


def test_a_name_without_a_table():
    with pytest.raises(ValueError, match="there is no measured table 'optimiser', but"):
        load("optimiser")
