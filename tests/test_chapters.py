"""The chapters are really compared: a notebook in which nbval has nothing to compare would pass for ever."""

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import notebooks
import pytest
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from bplib.explorer.widgets import HOW_TO_MOVE

ROOT = Path(__file__).parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
FOLDED = {"hide-input", "hide-cell"}
# The playground is a page to try things on: one explorer, its tour, and three exercises.
SOLUTIONS, EXPLORERS = {"11_playground": 3}, {"11_playground": 1}
IGNORED = {"nbval-ignore-output", "nbval-skip", "raises-exception"}


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def text_of(cell):
    """What nbval compares of a cell's outputs: streams, and the text of what is displayed."""
    return "".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)


def test_there_are_chapters():
    assert len(CHAPTERS) >= 2


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_every_code_cell_was_run(path):
    # nbval compares nothing in a cell without an execution count
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_there_is_text_to_compare(path):
    compared = [
        cell
        for cell in code_cells(path)
        if text_of(cell).strip() and not IGNORED & set(cell.metadata.get("tags", ()))
    ]
    assert len(compared) >= 10


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_outputs_hold_no_error_address_or_widget(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
            assert not {key for key in output.get("data", {}) if "widget" in key}
        assert not re.search(r"0x[0-9a-f]{6,}|/(home|Users|root|tmp)/", text_of(cell))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_the_metadata_is_what_make_notebooks_writes(path):
    # with it, what a page folds is folded in JupyterLab: solutions are not open under their exercises
    notebook = nbformat.read(path, as_version=4)
    before = [notebook.metadata, *(cell.metadata for cell in notebook.cells)]
    notebooks.normalise(notebook)
    assert before == [notebook.metadata, *(cell.metadata for cell in notebook.cells)]
    solutions = [cell for cell in notebook.cells if "hide-cell" in cell.metadata.get("tags", ())]
    assert len(solutions) >= SOLUTIONS.get(path.stem, 5)
    assert all(cell.metadata.jupyter.source_hidden for cell in solutions)


def first_cells(path):
    """What only a notebook has: what to do, and what it needs."""
    notebook = nbformat.read(path, as_version=4)
    return notebook.cells[0], next(cell for cell in notebook.cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_a_notebook_opens_with_what_to_do_and_needs_and_the_page_with_its_title(path):
    note, needs = first_cells(path)
    assert note.source.startswith("**To run this notebook,** choose *Run All*")
    assert "`make lab`" in note.source
    for cell, first in zip((note, needs), first_cells(CHAPTERS[0]), strict=True):
        assert cell.source == first.source
        assert "remove-cell" in cell.metadata.tags
    page = [
        c for c in nbformat.read(path, as_version=4).cells if "remove-cell" not in c.metadata.get("tags", ())
    ]
    assert page[0].source.startswith("# ")


@pytest.mark.parametrize("missing", ["ipywidgets", "bplib.explorer"])
@pytest.mark.filterwarnings("default")  # nbclient's and zmq's own
def test_what_is_missing_is_said_in_a_sentence_and_fails(missing):
    # None is how Python marks a module that is not to be found. So PyPI's bplib, which is another, looks too.
    _, needs = first_cells(CHAPTERS[0])
    sources = [f"import sys\nsys.modules[{missing!r}] = None", needs.source]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    (shown,) = notebook.cells[1].outputs
    assert shown.output_type == "error"
    (sentence,) = shown.traceback
    assert sentence.startswith(f"{missing} is missing, and this notebook needs it. In a copy of the book's")
    assert "\n" not in sentence


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_the_first_code_cell_of_the_page_fixes_the_print_precision(path):
    assert "np.set_printoptions(" in code_cells(path)[1].source


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_every_explorer_leaves_its_picture_and_its_sentence(path):
    explorers = [cell for cell in code_cells(path) if "@explorer(" in cell.source]
    assert len(explorers) >= EXPLORERS.get(path.stem, 3)
    for cell in explorers:
        shown = [o for o in cell.outputs if o.output_type == "display_data"]
        assert len(shown) == 2 * cell.source.count("@explorer(")
        for picture, words in zip(shown[::2], shown[1::2], strict=True):
            assert set(picture.data) == {"text/plain", "image/png"}
            assert picture.metadata["image/png"].alt == picture.data["text/plain"]
            assert set(words.data) == {"text/plain", "text/html"}
            sentence, *how_to_move = words.data["text/plain"].splitlines()
            assert sentence.endswith((".", "!", "?"))
            assert how_to_move in ([], [HOW_TO_MOVE])


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_no_two_folded_cells_in_a_row_open_a_page(path):
    """Else a reader's first sight is two grey bars: text belongs between the set-up and the first picture's code."""
    shown = [
        c for c in nbformat.read(path, as_version=4).cells if "remove-cell" not in c.metadata.get("tags", ())
    ]
    for cell, following in pairwise(shown[:6]):
        folded = [
            c.cell_type == "code" and FOLDED & set(c.metadata.get("tags", ())) for c in (cell, following)
        ]
        assert not all(folded), f"{cell.id} and {following.id} are both folded"


def test_the_contents_list_what_exists_and_nothing_is_left_out():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    pages = {
        p.relative_to(ROOT).with_suffix("").as_posix()
        for p in (ROOT / "chapters").glob("*.*")
        if p.suffix in (".md", ".ipynb")
    }
    assert sorted(listed) == sorted(pages)


def test_nbval_compares(tmp_path):
    """A changed number in a stored output is red, and so is a missing one."""
    notebook = {
        "cells": [
            {"cell_type": "code", "execution_count": n, "id": f"c{n}", "metadata": {}, "source": source,
             "outputs": [{"name": "stdout", "output_type": "stream", "text": text}]}
            for n, (source, text) in enumerate(
                [("print(1 / 4)", "0.25\n"), ("print(1 / 4)", "0.26\n"), ("pass", "0.25\n")], start=1
            )
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }  # fmt: skip
    path = tmp_path / "changed.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        path,
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "2 failed, 1 passed" in run.stdout
