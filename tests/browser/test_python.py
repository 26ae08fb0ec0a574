"""Python in the page: its cells are changed and run, in Chromium, from a server that sends the policy for it.

One page stays open for most of these tests: starting Python takes seconds. tests/test_in_pyodide.py has all chapters,
tests/test_page_python.py what a cell needs and shows, test_python_figures.py the pictures.
"""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from exercise_answers import ANSWERS
from playwright.sync_api import expect

from . import book
from .reader import WIDTHS, View, look
from .test_axe import ONE_OF_EACH, RULES, check, check_colours

CHAPTER = "chapters/04_chain_rule"
EXERCISE = "central_out"  # the first that asks for a function
SOON = 60_000  # a machine may be busy


def code_cells(page):
    cells = json.loads(Path(book.SOURCE, f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def source(cell):
    return "".join(cell["source"])


class Cell:
    """A code cell of the page, as its reader sees and uses it."""

    def __init__(self, page, n):
        self.page, self.n = page, n
        self.element = page.locator(f".cell.cell-{n}")
        self.field = self.element.locator("textarea")
        self.button = self.element.locator(".python-run")
        self.said = self.element.locator(".python-said")
        self.output = self.element.locator(".cell_output")

    def run(self, code=None, said=re.compile("^(Ran in|Checked)")):
        if code is not None:
            self.field.fill(code)
        self.button.click()
        expect(self.said).to_have_text(said, timeout=SOON)
        return "".join(self.output.locator("pre, p").all_text_contents())

    def reset(self):
        if self.element.locator(".python-reset").is_visible():
            self.element.locator(".python-reset").click()


@pytest.fixture(scope="module")
def started(new_visit, with_python):
    """A chapter in which Python has been started, after a look at what it had asked for before."""
    visit = new_visit(f"{with_python}/{CHAPTER}.html")
    visit.before = list(visit.requests)
    visit.colours = visit.page.evaluate(COLOURS)
    visit.texts = visit.page.evaluate(OUTPUTS)
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Tab")
    visit.skip = visit.page.evaluate("document.activeElement.textContent")
    visit.page.keyboard.press("Enter")  # on the link to the button
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector(".python-field", state="attached")
    visit.focus = visit.page.evaluate("document.activeElement.className")
    expect(visit.page.locator(".python-state")).to_have_text(re.compile("^Python is ready"), timeout=SOON)
    yield visit
    visit.context.close()


@pytest.fixture
def page(started):
    yield started.page
    started.check()


# The colour of each letter of the code that stands open.
COLOURS = """
() => [...document.querySelectorAll(".cell:not(:has(> details)) .cell_input pre")].map((pre) => {
    const texts = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT), found = [];
    while (texts.nextNode()) {
        const colour = getComputedStyle(texts.currentNode.parentElement).color;
        for (const letter of texts.currentNode.data) if (letter.trim()) found.push(letter + colour);
    }
    return found.join(" ");
})
"""
OUTPUTS = """
() => Object.fromEntries([...document.querySelectorAll('.cell[class*=" cell-"]:has(.cell_input) > .cell_output')]
    .filter((box) => !box.querySelector("figure, .exercise-function"))
    .map((box) => [/cell-(\\d+)/.exec(box.parentElement.className)[1],
        [...box.querySelectorAll("pre")].map((pre) => pre.textContent).join("").trim()]))
"""
ASK = """
async ([code, above]) => {
    const shown = [];
    await python.run(code, (kind, value) => shown.push([kind, value]), "cell 99", above);
    return shown;
}
"""


# -- before and after the click ------------------------------------------------------------------------------------


def test_nothing_is_loaded_before_the_click(started):
    asked = {
        url.split("/_static/python/")[1].split("?")[0] for url in started.before if "/_static/python/" in url
    }
    assert asked == {"python.js", "python.css"}
    assert not any(url.endswith(".ipynb") for url in started.before)


def test_the_click_makes_fields_of_all_code_and_changes_no_colour(started, page):
    assert page.evaluate(COLOURS) == started.colours
    assert started.skip == "Skip to Run Python here"
    assert started.focus == "python-all"  # where the button was
    cells = code_cells(CHAPTER)
    for field in page.locator(".cell .python-field").all():
        n = int(field.get_attribute("aria-label").removeprefix("Code of cell "))
        assert field.input_value() == source(cells[n])
    assert page.locator(".cell .python-field").count() > 20
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# How far the field's text is off the coloured one: in the look of its letters, and in height and width of the whole.
OFF = """
(field) => {
    const pre = field.parentNode.querySelector("pre"), [a, b] = [field, pre].map((e) => getComputedStyle(e));
    const looks = "fontFamily fontSize fontWeight lineHeight letterSpacing tabSize paddingTop paddingLeft".split(" ");
    return looks.filter((look) => a[look] !== b[look]).concat(
        Math.abs(field.scrollHeight - pre.offsetHeight) > 1 ? [`height ${field.scrollHeight} ${pre.offsetHeight}`] : [],
        field.scrollWidth > pre.offsetWidth + 1 ? [`width ${field.scrollWidth} ${pre.offsetWidth}`] : []);
}
"""


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_what_is_typed_lies_letter_on_letter_over_the_colours(page, width):
    look(page, width)
    fields = [field for field in page.locator(".python-field").all() if field.is_visible()]
    assert len(fields) > 10
    assert {field.get_attribute("aria-label"): off for field in fields if (off := field.evaluate(OFF))} == {}
    look(page)


def test_a_cell_in_the_middle_runs_with_what_it_needs(started, page):
    cell = Cell(page, 17)
    assert cell.run().strip() == started.texts["17"]
    assert Cell(page, 18).run().strip() == started.texts["18"]


def test_all_cells_run_from_the_top_and_print_what_the_page_has(started, page):
    page.locator(".python-all").click()
    last = page.locator(".cell:not(.tag_hide-cell):has(.python-field) .python-said").last
    expect(last).to_have_text(re.compile("^(Ran in|Checked)"), timeout=2 * SOON)
    assert page.locator(".python-said", has_text="error").count() == 0
    shown = page.evaluate(OUTPUTS)
    ran = [n for n, cell in enumerate(code_cells(CHAPTER)) if not cell["metadata"].get("tags")]
    compared = {n: text for n, text in started.texts.items() if int(n) in ran}
    assert {n: shown.get(n) for n in compared} == compared
    assert len(compared) > 10
    for figure in page.locator("figure.explorer").all():
        expect(figure.locator(".explorer-drawn")).to_have_text("Drawn by Python in this page.")


# -- what a cell shows ---------------------------------------------------------------------------------------------


def test_a_value_a_warning_a_picture_and_an_error(page):
    cell = Cell(page, 3)
    shown = cell.run("import warnings\nprint('one')\nwarnings.warn('careful')\n1 / 2")
    assert "one" in shown
    assert "line 3 of this cell: UserWarning: careful" in shown
    assert shown.rstrip().endswith("0.5")
    cell.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone")
    expect(cell.output.locator("img")).to_have_js_property("complete", True)
    assert cell.output.locator("img").evaluate("(image) => image.naturalWidth") > 300
    assert cell.run("x = 1") == ""
    cell.reset()


def test_an_error_leads_to_its_line_in_this_cell_or_another(page):
    cell, other = Cell(page, 7), Cell(page, 2)
    fold = other.element.locator("summary")
    fold.click()
    other.field.fill("y = 1\ndef f(x):\n    return y / x")
    fold.click()
    shown = cell.run("print(1)\nf(0)", said="Stopped at an error in line 2")
    assert shown.rstrip().endswith("ZeroDivisionError: division by zero")
    assert "File" not in shown
    assert re.search(r"line 3 of a cell above, under “.*”, in f\n", shown)
    expect(cell.said).to_have_css("font-weight", "600")
    links = cell.output.locator("a")
    assert links.first.text_content() == "line 2 of this cell"
    links.last.click()  # into code that is folded
    expect(other.field).to_be_focused()
    selected = (
        "() => { const f = document.activeElement; return f.value.slice(f.selectionStart, f.selectionEnd); }"
    )
    assert page.evaluate(selected) == "    return y / x"
    links.first.press("Enter")
    assert page.evaluate(selected) == "f(0)"
    other.reset()
    cell.reset()
    expect(cell.said).to_have_css("font-weight", "400")


def test_an_endless_loop_is_stopped_and_python_starts_anew(page):
    cell, other = Cell(page, 3), Cell(page, 17)
    # What sleeps when it is ended may tell of an error later: it is not the next worker's.
    cell.field.fill("import time\nprint('begun')\nwhile True: time.sleep(0.1)")
    cell.button.click()
    other.button.click()
    expect(cell.button).to_have_text("Stop")
    expect(cell.output).to_have_text(re.compile("begun"), timeout=SOON)
    expect(other.said).to_have_text("Waiting for the cell that runs")
    cell.button.click()
    expect(cell.said).to_have_text(re.compile("^Stopped. Python began anew"))
    expect(cell.button).to_have_text("Run")
    expect(other.said).to_have_text("")
    cell.reset()
    assert cell.run()


# -- the keyboard --------------------------------------------------------------------------------------------------


def test_the_keyboard_alone_is_enough(page):
    cell, following = Cell(page, 3), Cell(page, 4)
    cell.field.focus()
    press, value = page.keyboard.press, cell.field.input_value
    press("Control+a")
    page.keyboard.type("for k in (1, 2):")
    press("Enter")
    page.keyboard.type("print(k)")
    press("Enter")
    press("Backspace")
    page.keyboard.type("print('end')")
    assert value() == "for k in (1, 2):\n    print(k)\nprint('end')"
    press("Tab")
    press("Control+a")
    press("Tab")
    assert value() == "    for k in (1, 2):\n        print(k)\n    print('end')    "
    press("Shift+Tab")
    assert value().startswith("for k in (1, 2):\n    print(k)\nprint('end')")
    press("Control+Enter")
    expect(cell.said).to_have_text(re.compile("^Ran in"), timeout=SOON)
    assert cell.output.inner_text().split() == ["1", "2", "end"]
    expect(page.locator(".python-voice")).to_have_text(re.compile(r"^Cell 3 ran in .*1\s2\send"))
    press("Shift+Enter")
    expect(following.field).to_be_focused()
    cell.field.focus()
    press("Escape")
    press("Tab")
    expect(cell.element.locator(".cell_input .copybtn")).to_be_focused()
    press("Tab")
    expect(cell.button).to_be_focused()
    press("Shift+Tab")
    press("Shift+Tab")
    expect(cell.field).to_be_focused()
    description = cell.field.get_attribute("aria-describedby")
    assert "Escape, then Tab, leaves" in page.locator(f"#{description}").text_content()
    page.keyboard.press("Control+z")
    cell.reset()
    assert value() == source(code_cells(CHAPTER)[3])
    cell.field.focus()
    press("Control+z")
    assert "print('end')" in value()  # nothing that was typed is lost
    cell.reset()


# -- exercises -----------------------------------------------------------------------------------------------------


def functions():
    """Each exercise of the book that asks for a function: its chapter, its place, and its name."""
    if not book.BUILT:
        return []
    return [
        (page, n, asked[1])
        for page in book.pages()
        if Path(book.SOURCE, f"{page}.ipynb").exists()
        for n, cell in enumerate(code_cells(page))
        if source(cell).startswith("def ") and (asked := re.search(r"^(\w+)\.check\(", source(cell), re.M))
    ]


def test_each_function_that_is_asked_for_is_judged_as_in_the_notebook(page):
    asked = functions()
    assert len(asked) >= 10
    for chapter, n, name in asked:
        cells = code_cells(chapter)
        above = [
            [f"cell {k}", source(cell)]
            for k, cell in enumerate(cells[:n])
            if not {"remove-cell", "hide-cell"} & set(cell["metadata"].get("tags", ()))
        ]
        right, wrong = ANSWERS[Path(chapter).name][name]
        for tries in [("Right.", text) for text in right], [(words, text) for text, words in wrong.items()]:
            written = (pair for pair in tries if pair[1].startswith(("lambda", "def ")))
            told, answer = next(written, tries[0])  # or a name of the chapter, perhaps of the solution's
            if answer.isidentifier():
                above.append([f"cell {n + 1}", source(cells[n + 1])])
            function = re.match(r"def (\w+)", answer)
            code = f"{answer}\n{name}.check({function[1]})" if function else f"{name}.check({answer})"
            shown = page.evaluate(ASK, [code, above])
            verdicts = [value for kind, value in shown if kind == "verdict"]
            assert len(verdicts) == 1, (name, answer, shown[-1])
            assert told in verdicts[0], (name, answer)


def test_an_impatient_second_press_stops_nothing(page):
    cell = Cell(page, 3)
    cell.field.fill("import time\ntime.sleep(1)")
    cell.button.dblclick()
    expect(cell.button).to_have_attribute("aria-disabled", "true")
    expect(cell.said).to_have_text(re.compile("^Ran in"), timeout=SOON)
    cell.reset()


def exercise(page):
    n = next(n for chapter, n, name in functions() if (chapter, name) == (CHAPTER, EXERCISE))
    return Cell(page, n)


def kept(page):
    return json.loads(page.evaluate(f"localStorage.getItem('bplib:{CHAPTER}')") or "{}")


def test_a_function_is_checked_kept_and_exported(page):
    cell = exercise(page)
    assert cell.run().strip() == "Write your answer in place of the three dots, then run the cell again."
    assert "exercises" not in kept(page)
    book_code = cell.field.input_value()
    name = re.match(r"def (\w+)", book_code)[1]
    body = "    return (f(w + h) - f(w - h)) / h"
    wrong = f"def {name}(f, w, h):\n{body}\n\n\n{EXERCISE}.check({name})"
    mark = "(p) => getComputedStyle(p, '::before').content[1] + getComputedStyle(p, '::before').color"
    assert cell.run(wrong).startswith("Not yet: ")
    looks = [cell.output.locator("p").evaluate(mark)]
    assert cell.run(wrong.replace("/ h", "/ (2 * h)")).strip() == "Right."
    looks.append(cell.output.locator("p").evaluate(mark))
    assert [look[0] for look in looks] == ["✗", "✓"]
    assert looks[0][1:] != looks[1][1:]
    answer = kept(page)["exercises"]["exercise-central-out"]
    assert (answer["said"], answer["tries"]) == ("Right.", 2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export my answers").click()
    rows = csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig")))
    (row,) = [row for row in rows if name in row["question"]]
    assert re.match(rf"Exercise \d+\. {name}\(f, w, h\)", row["question"])
    assert "(2 * h)" in row["answer"]


# -- what is kept --------------------------------------------------------------------------------------------------


def test_axe_finds_nothing(page):
    """It takes out of the page what axe need not look at twice; the next test loads it anew."""
    Cell(page, 3).run(
        "import warnings\nwarnings.warn('careful')\nprint(1)\n1 / 0", said="Stopped at an error in line 4"
    )
    page.mouse.move(0, 0)  # what is under it has other colours
    page.evaluate(AXE_SCRIPT)
    page.evaluate(ONE_OF_EACH)
    for width in sorted(WIDTHS):
        look(page, width)
        page.wait_for_timeout(400)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        check(page, View(width), RULES)
    check_colours(page)


OWN = """from bplib.explorer import Prediction, Slider, explorer

@explorer(w=Slider(0, 4, step=1, value=1), predict=Prediction("Which way?", "Up.", "Down.", at={"w": 3}, outcome="Up."))
def mine(fig):
    (line,) = fig.subplots().plot([0, 1], [0, 1], animated=True)

    def update(w):
        line.set_ydata([0, w])
        return f"w is {w}."

    return update"""


def without_its_explorers(route):
    page = route.fetch()
    body, count = re.subn(r"<script[^>]*/explorer\.js[^>]*></script>", "", page.text())
    assert count == 1
    route.fulfill(response=page, body=body)


def test_a_reload_keeps_changes_and_verdicts_and_a_reset_takes_them_back(started, page):
    own = Cell(page, 4)
    own.run(OWN)
    own.element.get_by_role("button", name="Down.").click()
    own.element.locator("input").press("ArrowRight")
    expect(own.element.locator("figcaption")).to_have_text("w is 2.")
    Cell(page, 3).field.fill("kept = 1")  # and not run
    page.route(f"**/{CHAPTER}.html", without_its_explorers)
    page.reload()
    page.unroute_all()
    expect(page.locator(".python-offer")).to_have_text(re.compile("^Your changes to 3 cells are kept"))
    page.locator(".python-start").click()
    cell = Cell(page, 3)
    assert cell.field.input_value() == "kept = 1"
    expect(cell.said).to_have_text("Changed by you, not run yet")
    assert exercise(page).output.locator("p").text_content() == "Right."
    expect(page.locator(".python-state")).to_have_text(re.compile("^Python is ready"), timeout=SOON)
    own.run()  # in a page that had no explorer
    expect(own.element.locator(".explorer-said")).to_have_text(
        re.compile("^You said: “Down.” Now set w to 3")
    )
    expect(own.element.locator("figcaption")).to_have_text("w is 2.")
    own.element.locator("input").press("ArrowRight")
    expect(own.element.locator(".explorer-said")).to_have_text("You said: “Down.” Up.")
    own.reset()
    assert cell.run("print('other')").strip() == "other"
    cell.reset()
    assert cell.output.locator("pre").text_content().strip() == started.texts["3"]
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator(".python-reset-all").click()
    assert exercise(page).field.input_value() == source(code_cells(CHAPTER)[exercise(page).n])
    assert "code" not in kept(page)
    Cell(page, 3).field.fill("gone = 1")
    page.get_by_role("button", name="Clear this page").click()
    expect(page.locator(".python-offer")).to_have_text(re.compile("^Change the code"))
    assert kept(page) == {}


# -- the rest of the page ------------------------------------------------------------------------------------------


def test_what_cannot_be_kept_is_said(page):
    """The browser's room is full; cells of an older edition come back with their code."""
    refuse = (
        "Storage.prototype.setItem = function () { throw new DOMException('full', 'QuotaExceededError'); }"
    )
    page.evaluate(f"() => {{ window.setItem = Storage.prototype.setItem; {refuse} }}")
    if not page.locator(".python-field").count():
        page.locator(".python-start").click()
    cell = Cell(page, 3)
    cell.field.fill("lost = 1")
    kept_not = "Changed by you, and not kept: this browser has no room left"
    expect(cell.said).to_have_text(kept_not, timeout=SOON)
    expect(page.locator(".answers")).to_contain_text("This browser has no room left")
    page.evaluate("() => { Storage.prototype.setItem = window.setItem; }")
    cell.field.fill("")
    cell.reset()


def test_what_was_written_for_an_older_edition_is_there(page):
    page.evaluate(
        """([key]) => localStorage.setItem(key, JSON.stringify({ code: { old: { cell: 3, code: "older = 1" } } }))""",
        [f"bplib:{CHAPTER}"],
    )
    page.reload()
    page.locator(".python-start").click()
    left = page.locator(".python-left")
    left.locator("summary").click()
    expect(left.locator("pre")).to_have_text("older = 1")
    left.get_by_role("button").click()
    expect(left).to_have_count(0)
    assert "code" not in kept(page)


def test_on_paper_there_are_no_fields(page):
    look(page, 793, media="print")
    for element in page.locator(".python-bar, .python-tools, .python-field").all():
        expect(element).to_be_hidden()
    expect(page.locator(".cell-3 .cell_input pre")).to_be_visible()
    look(page)


# -- where it cannot be had ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "sentence"),
    [
        ("http", "lacks 'wasm-unsafe-eval'"),
        ("file", "“python -m http.server” in the folder of the book's pages"),
    ],
)
def test_where_python_cannot_run_one_sentence_says_why(with_python, open_page, origin, sentence):
    page = open_page(CHAPTER, origin=origin).page
    page.locator(".python-start").click()
    expect(page.locator(".python-bar")).to_contain_text(sentence)


@pytest.mark.parametrize("name", ["pyodide.asm.wasm", "bplib.zip"])
def test_what_could_not_be_loaded_is_told_and_tried_again(new_visit, with_python, name):
    visit = new_visit(f"{with_python}/chapters/01_weights.html")
    page = visit.page
    page.route(f"**/{name}", lambda route: route.fulfill(status=404))
    page.locator(".python-start").click()
    said = page.locator(".python-state")
    expect(said).to_have_text(f"Python could not be loaded: {name} is not there (404).", timeout=SOON)
    page.unroute_all()
    page.locator(".python-again").click()
    expect(said).to_have_text(re.compile("^(Loading|Python) "), timeout=SOON)
    visit.context.close()


def test_without_a_script_there_is_no_button(with_python, open_page):
    page = open_page(CHAPTER, java_script_enabled=False).page
    expect(page.locator(".python-bar")).to_be_hidden()
    assert page.get_by_text("Run Python here").count() == 0
