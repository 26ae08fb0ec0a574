"""What Python in the page does with cells: here, in this Python, with a list in the place of the page."""

import builtins
import json
import os
import re
import sys
import warnings
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bplib.explorer import Explorer

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "assets" / "python"))
import needs  # noqa: E402
import page_python  # noqa: E402

# bplib asks for it by name to know that it runs in a page: there it stands for the tests of this file alone.
del sys.modules["page_python"]

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.fixture
def page(monkeypatch):
    """A page with an empty namespace; .shown has what a cell has shown."""
    page = SimpleNamespace(shown=[], module=page_python)
    monkeypatch.setitem(sys.modules, "page_python", page_python)
    for name in ("__main__",):
        monkeypatch.setitem(sys.modules, name, sys.modules[name])
    monkeypatch.setattr(builtins, "display", None, raising=False)
    monkeypatch.setattr(builtins, "input", input)
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    page_python.start(lambda kind, value: page.shown.append((kind, value)))

    def run(code, name="cell 9", above=()):
        page.shown.clear()
        return page_python.plan(code, name, above) and page_python.run()

    def text(kind="text"):
        return "".join(value for of, value in page.shown if of == kind)

    page.run, page.text = run, text
    return page


# -- a cell --------------------------------------------------------------------------------------------------------


def test_what_is_printed_and_the_last_value(page):
    assert page.run("x = 2\nprint('one')\n'a'\nx + 1")
    assert page.text() == "one\n3\n"
    assert page.run("x\nNone")
    assert page.text() == ""
    assert page.run("_ + 1")
    assert page.text() == "4\n"


def test_a_value_is_shown_by_its_richest_form(page):
    code = """
class Rich:
    def _repr_html_(self): return "<b>1</b>"
class Own:
    def _ipython_display_(self): print("own")
display(Rich(), Own(), 5)
Rich()
"""
    assert page.run(code)
    assert [value for kind, value in page.shown if kind == "html"] == ["<b>1</b>"] * 2
    assert page.text() == "own\n5\n"
    assert page.run("display(Rich, Own)")
    assert page.text() == "<class '__main__.Rich'>\n<class '__main__.Own'>\n"


def test_what_asks_is_told_that_it_cannot(page):
    assert not page.run("input('name?')")
    assert page.text("error").endswith(
        "OSError: input() cannot ask in this page: write the answer into the cell's code\n"
    )
    assert page.shown[0] == page.shown[-1]


def test_a_traceback_has_the_readers_lines_alone(page):
    page.run("def f(x):\n    return 1 / x", "cell 3")
    assert not page.run("print('before')\nf(0)", "cell 5")
    assert page.text() == "before\n"
    told = page.text("error")
    assert re.findall(r'File "(.*?)", line (\d)', told) == [("cell 5", "2"), ("cell 3", "2")]
    assert "    return 1 / x" in told
    assert told.endswith("ZeroDivisionError: division by zero\n")
    assert not page.run("import numpy as np\nnp.ones(2) @ np.ones(3)")
    assert re.findall(r'File "(.*?)"', page.text("error")) == ["cell 9"]


def test_what_is_no_python_is_told_with_its_line(page):
    assert not page.run("x = 1\nif x\n    pass")
    assert 'File "cell 9", line 2' in page.text("error")
    assert "SyntaxError: expected ':'" in page.text("error")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("%timeit 1 + 1", "SyntaxError: a line that begins with % or ! is for notebooks"),
    ],
)
def test_what_works_in_a_notebook_alone_is_told(page, code, told):
    assert not page.run(code)
    assert told in page.text("error")


def test_functions_that_call_each_other_without_end_are_told_in_a_few_lines(page):
    assert not page.run("def f(): g()\ndef g(): f()\nf()")
    assert page.text("error").count("File") == 20
    assert page.text("error").splitlines()[-1].startswith("RecursionError")


def test_what_fails_when_a_picture_is_drawn_is_told_without_the_lines_of_others(page):
    pytest.importorskip("matplotlib").use("Agg")
    assert not page.run("import matplotlib.pyplot as plt\nplt.title(r'$\\frac$')\nNone")
    told = page.text("error").splitlines()
    assert not any(line.startswith("Traceback") or "File" in line for line in told)
    assert told[-1] == "This came when the picture was drawn, after the last line of the cell."
    assert not page.run("plt.plot([1])\n1 / 0")
    assert page.run("1")
    assert page.shown == [("text", "1\n")]  # and no figure of another cell


@pytest.mark.parametrize(
    "code", ["raise SystemExit", "raise KeyboardInterrupt", "exit(3)", "assert False, 'no'"]
)
def test_nothing_ends_python(page, code):
    assert not page.run(code)
    assert page.text("error")
    assert page.run("1 + 1")
    assert page.text() == "2\n"


def test_a_warning_names_the_cell(page):
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = lambda *what: sys.stderr.write(
            warnings.formatwarning(*what[:4])
        )  # pytest's keeps them
        assert page.run("import warnings\nwarnings.warn('careful')")
    assert page.text("stderr").startswith("cell 9:2: UserWarning: careful")


def test_a_package_that_is_not_there_is_told_with_those_that_are(page):
    assert not page.run("import no_such_package")
    assert "No module named 'no_such_package'. In this page there are numpy" in page.text("error")


def test_a_package_is_awaited_until_all_of_it_is_loaded(page, monkeypatch):
    """Its files alone are not enough: a cell that is run meanwhile waits, whoever imports it."""
    for name in [name for name in sys.modules if name.split(".")[0] == "PIL"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", sys.meta_path.copy())
    page_python.start(page_python.to_page, ["matplotlib"])
    assert page_python.plan("import PIL", "cell 9")
    assert page_python.lacks() == "matplotlib"
    page_python.awaited.discard("matplotlib")
    assert page_python.lacks() is None
    assert page_python.run()


def test_an_endless_output_is_cut(page):
    assert page.run("for k in range(100_000): print('many words')")
    assert len(page.text()) < 201_000
    assert page.text().endswith("no more is shown: this cell has printed 200,000 letters.\n")
    assert len(page.shown) < 300
    assert page.run("print('again')")
    assert page.text() == "again\n"


def test_functions_of_a_cell_have_their_source(page):
    assert page.run("def f():\n    return 1\nimport inspect\nprint(inspect.getsource(f))")
    assert page.text() == "def f():\n    return 1\n\n"


def test_figures_of_pyplot_are_shown_and_closed(page):
    pytest.importorskip("matplotlib").use("Agg")
    assert page.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone")
    assert [kind for kind, _ in page.shown] == ["png"]
    with warnings.catch_warnings():
        assert page.run("plt.plot([1, 2])\nplt.show()\nprint(1)")
    assert [kind for kind, _ in page.shown] == ["png", "text"]
    assert page.run("plt.get_fignums()")
    assert page.text() == "[]\n"


def test_what_a_page_calls(page):
    page.module.handlers["double"] = lambda x: 2 * x
    assert page.module.call("double", 4) == {"value": 8}
    assert page.module.call("double")["error"].startswith("TypeError: ")
    assert "no handler is called 'none'" in page.module.call("none")["error"]


def test_an_exercise_tells_the_page_its_verdict(page):
    code = "from bplib.exercises import Exercise\nExercise(2).check(2)\nExercise(2).check(3)"
    assert page.run(code)
    assert page.shown == [("verdict", "Right."), ("verdict", "Not yet.")]


def test_training_has_a_bar(page):
    code = """
from bplib import Network, train
train(Network([2, 2, 1], seed=0), [[0.0, 1.0]], [[1.0]], "quadratic", learning_rate=1, epochs=50)
None
"""
    assert page.run(code)
    assert page.shown[0][0] == page.shown[-1][0] == "bar"
    assert page.shown[0][1][1] == 50
    assert page.shown[-1][1] is None


# -- what a cell needs ---------------------------------------------------------------------------------------------


def did_run(page):
    return [value[2] for kind, value in page.shown if kind == "before" and value[2]]


ABOVE = [
    ("cell 1", "import numpy as np\nnp.set_printoptions(precision=2)"),
    ("cell 2", "x = print('two') or np.array([1.0, 2.0])"),
    ("cell 3", "raise ValueError('not needed')"),
    ("cell 4", "def f(a):\n    return a * g\ng = 1 / 3"),
]


def test_what_a_cell_needs_runs_before_it_and_shows_nothing(page):
    assert page.run("f(x)", above=ABOVE)
    assert page.text() == "array([0.33, 0.67])\n"
    assert did_run(page) == ["cell 1", "cell 1", "cell 2", "cell 4", "cell 4"]
    assert page.run("f(x)", above=ABOVE)
    assert did_run(page) == []


def test_what_is_changed_runs_again_with_all_that_is_made_of_it(page):
    page.run("f(x)", above=ABOVE)
    changed = [*ABOVE[:3], ("cell 4", ABOVE[3][1].replace("1 / 3", "2"))]
    assert page.run("f(x)", above=changed)
    assert did_run(page) == ["cell 4"]
    assert page.text() == "array([2., 4.])\n"
    commented = [
        *changed[:1],
        ("cell 2", "x  = print('two') or np.array([1.0,2.0])  # the same"),
        *changed[2:],
    ]
    assert page.run("f(x)", above=commented)
    assert did_run(page) == []


def test_a_cell_that_runs_again_begins_where_the_cells_above_it_end(page):
    above = [("cell 1", "import random\nchance = random.Random(3)\nnumbers = []")]
    code = "numbers.append(chance.random())\nprint(numbers)"
    assert page.run(code, above=above)
    first = page.text()
    assert page.run(code, above=above)
    assert page.text() == first


def test_a_name_that_a_later_cell_has_bound_anew_is_made_again_for_an_earlier_one(page):
    above = [("cell 1", "net = [1]"), ("cell 2", "net.append(2)")]
    page.run("net", "cell 3", above)
    page.run("net = 'another'", "cell 4", [*above, ("cell 3", "net")])
    assert page.run("net", "cell 3", above)
    assert page.text() == "[1, 2]\n"


def test_a_name_that_another_needs_as_it_was_is_put_back_and_made_again(page):
    above = [("cell 1", "a = [1]"), ("cell 2", "b = sum(a)"), ("cell 3", "a = [2]")]
    page.run("a", above=above)
    assert page.run("a, b", above=above)
    assert page.text() == "([2], 1)\n"


def test_what_a_cell_had_changed_when_it_failed_is_made_again(page):
    above = [("cell 1", "x = [0]")]
    assert not page.run("for k in (1, 0): x.append(1 / k)", above=above)
    assert page.run("x", above=above)
    assert page.text() == "[0]\n"


def test_what_fails_above_is_told_with_its_cell(page):
    assert not page.run("y", above=[("cell 2", "x = 1\ny = x / 0")])
    assert 'File "cell 2", line 2' in page.text("error")
    assert page.run("y", above=[("cell 2", "x = 1\ny = x / 1")])
    assert page.text() == "1.0\n"


@pytest.mark.parametrize(
    ("above", "cell", "wanted"),
    [
        (["total = 0", "for k in range(3): total += k", "other = 1"], "total", [0, 1]),
        (["a = {}", "a['b'] = 1", "c = len(a)"], "a", [0, 1]),
        (["a = 1", "a = 2", "b = 3"], "a", [1]),
        (["a = 1", "if b: a = 2", "b = 0"], "a", [0, 1]),
        (["def f(): return g()", "def g(): return 1", "h = 2"], "f()", [0, 1]),
        (["xs = []", "def add(y): xs.append(y)", "add(1)", "add(2)"], "xs", [0, 1, 2, 3]),
        (["def fill(a): a[0] = 1", "a = [0]", "b = [0]", "fill(a)"], "a", [0, 1, 3]),
        (["def fill(a): a[0] = 1", "a = [0]", "b = [0]", "fill(a)"], "b", [2]),
        (["x = 1", "y = [x for x in range(3)]", "z = x"], "y", [1]),
        (["k = 1", "f = lambda x: x + k"], "f(1)", [0, 1]),
        (
            ["import warnings", "with warnings.catch_warnings(): warnings.simplefilter('ignore')", "x = 1"],
            "x",
            [2],
        ),
        (["import warnings", "warnings.simplefilter('ignore')", "x = 1"], "x", [0, 1, 2]),
        (["x = [1]", "print(x)", "len(x)", "assert x"], "x", [0]),
        (["from math import *", "x = 1"], "pi", [0]),
        (["class A: n = 1", "class B(A): pass", "b = B()"], "b", [0, 1, 2]),
        (["try: import json\nexcept ImportError: json = None", "x = 1"], "json", [0]),
        (["a, b = 1, 2", "[c, *d] = a, b"], "d", [0, 1]),
        (["match 1:\n    case [x]: pass\n    case y: pass", "z = 1"], "y", [0]),
    ],
)
def test_what_is_found_in_code(above, cell, wanted):
    *before, own = needs.statements([(f"cell {k}", code) for k, code in enumerate([*above, cell])])
    steps = needs.steps(statement for statements in [*before, own] for statement in statements)
    assert needs.Versions().missing(steps[: -len(own)], steps[-len(own) :]) == wanted


# What trains, or takes long in another way: with NEEDS=all in the environment those cells run, too, for some minutes.
LONG = re.compile(
    r"train\(|descend\(|fit\(|range_test|\(1, ?000|\d0_?000\b|seed in range|epochs|walk|alt\.|digits_start|load\(|SIDE"
    r"|courses"
)


def printed_alone(page, cells, n):
    """What a code cell of a notebook prints where nothing has run but what it needs; None where that takes long."""
    page.module.clear()
    page.shown.clear()
    above = [
        (f"cell {k}", "".join(cell["source"]))
        for k, cell in enumerate(cells[:n])
        if not {"remove-cell", "hide-cell"} & set(cell["metadata"].get("tags", ()))
    ]
    assert page.module.plan("".join(cells[n]["source"]), f"cell {n}", above)
    planned = page.module.planned
    code = " ".join(step.statement.text for step in (*(step for _, step in planned.before), *planned.own))
    if LONG.search(code) and os.environ.get("NEEDS") != "all":
        return None
    with np.printoptions(), warnings.catch_warnings():
        warnings.simplefilter("default")
        if not page.module.run():
            return page.text("error")
    return "".join(
        value + "\n" * (kind == "verdict") for kind, value in page.shown if kind in {"text", "verdict"}
    )


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_cell_prints_after_what_it_needs_what_it_prints_in_the_notebook(page, path, monkeypatch):
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr(Explorer, "_names", Counter())
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    tried = 0
    for n, cell in enumerate(cells):
        tags = cell["metadata"].get("tags", ())
        if {"remove-cell", "nbval-ignore-output"} & set(tags) or any(
            "Quiz(" in line for line in cell["source"]
        ):
            continue
        stored = "".join("".join(out["text"]) for out in cell["outputs"] if out["output_type"] == "stream")
        printed = printed_alone(page, cells, n)
        assert printed in {stored, None}, n
        tried += printed is not None
    assert tried > 10
