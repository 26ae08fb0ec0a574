"""Figures that Python in the page draws: explorer.js with a stand-in for the worker, and the whole in a chapter."""

import random
import re
import sys
import zipfile
from collections import Counter

import nbformat
import numpy as np
import pytest
from playwright.sync_api import expect
from test_explorer_in_page import Page

from bplib.explorer import Choice, Explorer, Play, Prediction, Slider, in_page
from bplib.explorer.recording import UNITS
from bplib.explorer.sphinx_ext import frames_apart

from . import book
from .reader import DRAWN, SHOWN, ExplorerPage


def slope(fig):
    """A line."""
    ax = fig.subplots()
    ax.set(xlim=(0, 1), ylim=(-1, 1))
    (line,) = ax.plot([0, 1], [0, 0], animated=True)
    (dots,) = ax.plot([0.5], [0], "o", animated=True)

    def update(w, f="plain", step=0):
        line.set_ydata([0, w])
        dots.set_ydata([step / 5])
        return f"<{f}> 1/w = {1 / w:.4f}, step {step}.", [("w", w)]

    return update


# The book's, which is recorded, and what a reader makes of it: there, w can be 0.
BOOK = {"w": Slider(-1, 1, step=2, value=1), "f": Choice("tanh", "a < b"), "step": Play(5, interval=40)}
FINER = {
    "w": Slider(-1, 1, step=0.25, value=0.25),
    "f": Choice("relu", "a < b"),
    "step": Play(5, interval=40),
}
ASKED = Prediction("Which way?", "Up.", "Down.", at={"w": -1}, outcome="Down.")

# Answers as the worker does, but when the test lets it: window.held has what waits, window.asked all questions.
WORKER = """
() => {
    window.asked = [];
    window.held = [];
    window.hold = false;
    window.worker = async (id, places) => {
        asked.push(places.join());
        if (hold) await new Promise((done) => held.push(done));
        return window.python_frame(id, places);
    };
}
"""
PUT = """
([html, asInBook]) => {
    const before = document.querySelector("figure");
    before.insertAdjacentHTML("afterend", html);
    const figure = before.nextElementSibling;
    before.remove();
    explorers.adopt(figure, worker, asInBook);
}
"""


def explorer(controls, **options):
    names, Explorer._names = Explorer._names, Counter()
    made = Explorer(slope, controls, columns=("what", "value"), **options)
    Explorer._names = names
    return made


@pytest.fixture(scope="module")
def address(serve_explorers):
    return serve_explorers(*frames_apart(explorer(BOOK, predict=ASKED).html(), lambda name: name))


class Reader:
    """A reader of the page, beside whom this Python stands for the page's."""

    def __init__(self, visit, page_python):
        self.page, self.side = visit.page, page_python
        self.page.wait_for_selector("figure[data-ready]")
        self.page.expose_function("python_frame", in_page.handlers["frame"])
        self.page.evaluate(WORKER)

    @property
    def figure(self):
        return self.page.locator("figure.explorer")

    def run(self, controls, *, as_in_book=False, **options):
        """Run the cell with the explorer; returns it."""
        made = explorer(controls, **options)
        self.side.cell, self.side.runs, self.side.shown = "cell", self.side.runs + 1, []
        in_page.show(made)
        self.page.evaluate(PUT, [self.side.shown[0][1], as_in_book])
        return made

    def move(self, **places):
        for name, place in places.items():
            control = self.figure.locator(f'[id="slope.{name}"]')
            if name == "f":
                control.select_option(index=place)
            else:
                control.fill(str(place))

    def says(self, words):
        expect(self.figure.locator("figcaption")).to_have_text(words)

    def shown(self):
        return self.figure.evaluate(SHOWN)

    def asked(self):
        return self.page.evaluate("asked")

    def answer(self):
        self.page.wait_for_function("() => held.length === 1")
        self.page.evaluate("held.pop()()")


@pytest.fixture
def reader(open_url, address, monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setitem(sys.modules, "page_python", Page())
    for name in ("_shown", "_cells", "_runs"):
        monkeypatch.setattr(in_page, name, {})
    return Reader(open_url(address), sys.modules["page_python"])


def skip(reader):
    reader.figure.get_by_role("button", name="Skip").click()


def test_what_is_drawn_goes_on_where_the_recorded_one_stood(reader):
    skip(reader)
    reader.move(w=0, f=1, step=3)
    reader.says("<a < b> 1/w = -1.0000, step 3.")
    made = reader.run(FINER)
    controls = reader.shown()["controls"]
    assert [c["place"] for c in controls.values()] == [0, 1, 3]
    assert [c["said"] for c in controls.values()] == ["−1.00", None, "3"]
    reader.says("<a < b> 1/w = -1.0000, step 3.")
    reader.move(w=3)
    frame = made.at(w=-0.25, f="a < b", step=3)
    reader.says(frame.sentence)
    shown = reader.shown()
    assert shown["rows"] == frame.rows == [["w", "−0.25"]]
    # The page's figure is another than this one, whose first clip path and marker have the same names.
    drawn = reader.page.evaluate(
        """(pieces) => pieces.map((piece) => {
            const g = document.createElementNS("http://www.w3.org/2000/svg", "g");
            g.innerHTML = piece;
            return g.innerHTML;
        })""",
        frame.moving,
    )
    assert shown["moving"] == drawn
    assert reader.figure.locator(".explorer-drawn").text_content() == "Drawn by Python in this page."
    reader.figure.get_by_role("button", name="Copy link").click()
    assert reader.page.url.endswith("#explorer=slope&w=-0.25&f=a+%3C+b&step=3")


def test_what_it_is_at_its_start_is_not_asked_or_written(reader):
    skip(reader)
    made = reader.run({**FINER, "w": Slider(-1, 1, step=0.25, value=1), "f": Choice("tanh", "relu")})
    reader.says(made.at().sentence)
    reader.page.evaluate(f"() => {DRAWN}")
    assert reader.asked() == []


def test_one_question_at_a_time_and_the_newest_position_wins(reader):
    skip(reader)
    made = reader.run(FINER)
    reader.page.evaluate("hold = true; asked = []")
    for w in (5, 2, 1, 7):
        reader.move(w=w)
        reader.page.evaluate(f"() => {DRAWN}")
    assert reader.asked() == ["5,0,0"]
    assert reader.figure.locator('[id="slope.w"]').get_attribute("aria-valuetext") == "0.75"
    reader.answer()
    reader.says(made.at(w=0.25).sentence)
    reader.answer()
    reader.says(made.at(w=0.75).sentence)
    assert reader.asked() == ["5,0,0", "7,0,0"]


def test_shapes_that_come_late_are_in_the_picture(reader):
    skip(reader)
    reader.run(FINER)
    reader.move(w=8, step=5)  # the dot passes the edge, where it is cut
    reader.says("<relu> 1/w = 1.0000, step 5.")
    (clip,) = {
        piece.split("url(#")[1].split(")")[0] for piece in reader.shown()["moving"] if "url(#" in piece
    }
    assert reader.figure.locator(f'clipPath[id="{clip}"]').count() == 1


def test_an_error_is_said_the_picture_stays_and_the_next_position_works(reader):
    skip(reader)
    made = reader.run(FINER)
    reader.says("<relu> 1/w = 1.0000, step 0.")
    before = reader.shown()
    reader.move(w=4)
    reader.says("explorer 'slope' at w = 0.0, f = relu, step = 0: ZeroDivisionError: float division by zero")
    after = reader.shown()
    assert (after["moving"], after["rows"]) == (before["moving"], before["rows"])
    reader.move(w=8)
    reader.says(made.at(w=1).sentence)  # the sentence from before the error


def test_what_the_worker_cannot_answer_is_said(reader):
    skip(reader)
    reader.page.evaluate("() => { worker = () => Promise.reject(new Error('no handler is called frame')); }")
    reader.run(FINER)
    reader.move(w=3)
    reader.says("no handler is called frame")


def test_play_waits_for_its_pictures_and_says_the_last(reader):
    skip(reader)
    reader.run(FINER)
    reader.says("<relu> 1/w = 1.0000, step 0.")
    reader.figure.locator("figcaption").evaluate("""(caption) => {
        window.told = [];
        const tell = () => { if (caption.ariaLive === "polite") told.push(caption.textContent); };
        new MutationObserver(tell).observe(caption, { childList: true });
    }""")
    reader.page.evaluate("hold = true; asked = []")
    button = reader.figure.locator("button[data-interval]")
    button.click()
    for _ in range(5):
        reader.page.wait_for_timeout(100)
        reader.answer()
    expect(button).to_have_text("Play")
    assert reader.asked() == [f"8,0,{step}" for step in range(1, 6)]
    reader.page.wait_for_timeout(100)
    assert reader.page.evaluate("told") == ["<relu> 1/w = 1.0000, step 5."]
    # Stopped by hand on the way, it says what it is about to show, and not what it leaves.
    reader.page.evaluate("told.length = 0")
    button.click()
    reader.page.wait_for_function("() => held.length === 1")
    button.click()
    reader.page.wait_for_timeout(50)
    reader.answer()
    reader.says("<relu> 1/w = 1.0000, step 0.")
    assert reader.page.evaluate("told") == ["<relu> 1/w = 1.0000, step 0."]


def test_a_question_that_was_answered_is_not_asked_again(reader):
    reader.figure.get_by_role("button", name="Up.").click()
    reader.run(FINER, predict=ASKED)
    expect(reader.figure.locator(".explorer-question")).to_be_hidden()
    line = reader.figure.locator(".explorer-said")
    expect(line).to_have_text("You said: “Up.” Now set w to −1.00, and see. Go there")
    line.get_by_role("button").click()
    expect(line).to_have_text("You said: “Up.” Down.")
    other = Prediction("How far?", "Up.", "Down.", at={"w": 1}, outcome="Far.")
    reader.run(FINER, predict=other)
    expect(reader.figure.get_by_role("group", name="How far?")).to_be_visible()
    expect(reader.figure.locator(".explorer-controls")).to_be_hidden()


@pytest.mark.parametrize("as_in_book", [True, False])
def test_python_is_stopped(reader, as_in_book):
    skip(reader)
    reader.run(BOOK if as_in_book else FINER, as_in_book=as_in_book)
    reader.move(f=1)
    reader.says("<a < b> 1/w = 1.0000, step 0.")
    reader.page.evaluate("hold = true")
    button = reader.figure.locator("button[data-interval]")
    button.click()
    reader.page.wait_for_function("() => held.length === 1")
    reader.page.evaluate("explorers.stopped(); held.pop()(); hold = false; asked = []")
    said = reader.figure.locator(".explorer-drawn")
    if as_in_book:
        expect(said).to_have_text("Python was stopped: these are the book's own pictures again.")
        assert reader.figure.get_attribute("data-frames")
        reader.says("<a < b> 1/w = 1.0000, step 1.")
        reader.move(w=0)
        reader.says("<a < b> 1/w = -1.0000, step 1.")
        reader.run(FINER)  # and once more by Python
        reader.says("<a < b> 1/w = -1.0000, step 1.")
    else:
        expect(said).to_have_text("Python was stopped, so nothing moves here: run the cell again.")
        expect(button).to_have_text("Play")
        assert reader.figure.locator(".explorer-control :is(input, select, button):enabled").count() == 0
        sentence = reader.shown()["sentence"]
        reader.page.wait_for_timeout(200)
        assert reader.shown()["sentence"] == sentence == "<a < b> 1/w = 1.0000, step 0."
        assert reader.asked() == []
        assert reader.figure.locator('[id="slope.step"]').input_value() == "1"


def test_the_books_own_figure_is_put_back(reader):
    skip(reader)
    reader.page.evaluate("window.own = document.querySelector('figure')")
    reader.run(FINER)
    reader.move(w=0, step=2)
    reader.page.evaluate("() => { explorers.figures[0].replaceWith(own); explorers.adopt(own); }")
    reader.says("<tanh> 1/w = -1.0000, step 2.")
    reader.move(f=1)
    reader.says("<a < b> 1/w = -1.0000, step 2.")
    assert reader.page.evaluate("explorers.figures.length") == 1


# -- in a chapter, with Python -----------------------------------------------------------------------------------------

CHAPTER = "chapters/01_weights"
NUMBER = re.compile(r"-?\d+\.?\d*")
CELL = 2  # has the first explorer
CHANGES = {
    "step=0.25": "step=0.05",  # 14,641 positions, seven times what a page can hold
    "The line z = wx + b": "The line again",
    "    def update(w, b):\n": "    def update(w, b):\n        assert w != 2, 'not two'\n",
    "each step of 1": "each <step> of 1",
}


@pytest.fixture(scope="module")
def code():
    """Two versions of the cell with the chapter's first explorer, and those above it: (book's, changed, [above])."""
    notebook = nbformat.read(book.SOURCE / f"{CHAPTER}.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    changed = sources[CELL]
    for old, new in CHANGES.items():
        assert old in changed
        changed = changed.replace(old, new)
    return sources[CELL], changed, sources[:CELL]


@pytest.fixture(scope="module")
def one_input(code):
    """The changed explorer, drawn by this Python."""
    _, changed, above = code
    names, Explorer._names = Explorer._names, Counter()
    state = np.get_printoptions()
    namespace = {"__name__": "__main__"}
    for source in (above[-1], changed):
        exec(source, namespace)
    np.set_printoptions(**state)
    Explorer._names = names
    return namespace["one_input"]


@pytest.fixture(scope="module")
def chapter(new_visit, with_python):
    """A page in which Python runs: started once for the tests below, which follow on one another."""
    visit = new_visit(f"{with_python}/{CHAPTER}.html")
    visit.page.set_default_timeout(90_000)
    visit.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    visit.page.get_by_role("button", name="Run Python here").click()
    yield visit
    visit.context.close()
    visit.check()


def run(page, code, cell=CELL):
    """Put code into a cell and run it."""
    page.get_by_label(f"Code of cell {cell}", exact=True).fill(code)
    page.get_by_role("button", name=f"Run cell {cell}", exact=True).click()


@pytest.fixture(scope="module")
def figure(chapter, code):
    """The figure, moved, changed and run."""
    page = chapter.page
    figure = page.locator("figure#one-input")
    figure.scroll_into_view_if_needed()
    page.wait_for_selector("figure#one-input[data-ready]")
    figure.get_by_role("slider", name="w", exact=True).press("End")  # 3.00
    run(page, code[1])
    expect(figure.locator(".explorer-drawn")).to_have_text("Drawn by Python in this page.", timeout=90_000)
    return figure


def test_a_changed_explorer_stands_in_the_place_of_the_books(figure, one_input):
    expect(figure).to_have_attribute("aria-label", "The line again, with its weight and its bias")
    expect(figure.get_by_role("slider", name="w", exact=True)).to_have_attribute("aria-valuetext", "3.00")
    expect(figure.locator("figcaption")).to_have_text(one_input.at(w=3, b=0).sentence)
    assert figure.page.locator("figure#one-input").count() == 1
    assert figure.page.locator("figure#one-input-2").count() == 0


def test_it_draws_what_this_python_draws(chapter, figure, one_input):
    assert one_input.n_states == 14_641
    chance = random.Random(0)
    frames, seen = [], []
    for w, b in [(0, 0), (120, 120), *((chance.randrange(121), chance.randrange(121)) for _ in range(20))]:
        values = {name: one_input.controls[name].values[place] for name, place in (("w", w), ("b", b))}
        frames.append(one_input.at(**values))
        for name, place in (("w", w), ("b", b)):
            figure.locator(f'[id="one-input.{name}"]').fill(str(place))
        expect(figure.locator("figcaption")).to_have_text(frames[-1].sentence)
        seen.append(figure.evaluate(SHOWN))
    recorded = book.Recorded(CHAPTER, "one-input", (), ())
    explorer = ExplorerPage(chapter, recorded)
    drawn = explorer.resolved((frame.moving for frame in frames), one_input.stage.defs)
    shown = explorer.resolved(now["moving"] for now in seen)
    assert [NUMBER.split(piece) for picture in shown for piece in picture] == [
        NUMBER.split(piece) for picture in drawn for piece in picture
    ]
    # The page's matplotlib is another version: it measures text otherwise, which moves the axes by up to a pixel.
    apart = [
        abs(float(one) - float(other))
        for one, other in zip(NUMBER.findall(str(shown)), NUMBER.findall(str(drawn)), strict=True)
    ]
    assert max(apart) <= 1.5 * UNITS


def test_an_update_that_fails_is_said_in_the_figure(figure, one_input):
    weight = figure.get_by_role("slider", name="w", exact=True)
    figure.locator('[id="one-input.b"]').fill("60")
    weight.fill("101")  # 2.05
    expect(figure.locator("figcaption")).to_have_text(one_input.at(w=2.05).sentence)
    picture = figure.evaluate(SHOWN)["moving"]
    weight.press("ArrowLeft")
    expect(figure.locator("figcaption")).to_have_text(
        "explorer 'one_input' at w = 2.0, b = 0.0: AssertionError: not two"
    )
    assert figure.evaluate(SHOWN)["moving"] == picture
    weight.press("ArrowLeft")
    expect(figure.locator("figcaption")).to_have_text(one_input.at(w=1.95).sentence)


def test_a_picture_comes_soon(figure):
    """From the slider's event until the picture stands in the page: 50 ms on a quiet machine, see benchmarks."""
    moved = figure.evaluate("""async (figure) => {
        const slider = figure.querySelector("input");
        const caption = figure.querySelector("figcaption");
        const times = [];
        for (let i = 0; i < 20; i++) {
            const seen = new Promise((done) => new MutationObserver((_, observer) => {
                observer.disconnect();
                done();
            }).observe(caption, { childList: true }));
            const start = performance.now();
            slider.value = 20 + i;
            slider.dispatchEvent(new Event("input"));
            await seen;
            times.push(performance.now() - start);
        }
        return times;
    }""")
    assert sorted(moved)[10] < 500  # a machine may be busy


def test_the_library_is_read_as_it_was_compiled(figure):
    with zipfile.ZipFile(book.HTML / "_static" / "python" / "python_stdlib.zip") as library:
        file = next(name for name in ("shutil.pyc", "shutil.py") if name in library.namelist())
    said = figure.page.evaluate(
        "new Promise((done) => python.run('import shutil; print(shutil.__file__)', (_, value) => done(value)))"
    )
    assert said.strip() == f"/lib/python314.zip/{file}"


def test_python_is_stopped_in_the_chapter(chapter, figure):
    page = chapter.page
    # A second figure, with the book's own code.
    own = page.locator("figure#two-inputs")
    page.get_by_role("button", name=f"Run cell {CELL + 2}", exact=True).click()
    note = own.locator(".explorer-drawn")
    expect(note).to_have_text("Drawn by Python in this page.", timeout=90_000)
    own.get_by_role("slider", name="w₁").press("Home")
    caption = own.locator("figcaption")
    expect(caption).to_contain_text("z = −2.0·x₁")

    run(page, "while True:\n    pass", CELL + 1)
    page.wait_for_timeout(300)
    page.get_by_role("button", name=f"Stop cell {CELL + 1}", exact=True).click()
    expect(figure.locator(".explorer-drawn")).to_have_text(
        "Python was stopped, so nothing moves here: run the cell again."
    )
    expect(figure.get_by_role("slider", name="w", exact=True)).to_be_disabled()
    expect(note).to_have_text("Python was stopped: these are the book's own pictures again.")
    expect(caption).to_contain_text("z = −2.0·x₁")
    own.get_by_role("slider", name="w₁").press("End")
    expect(caption).to_contain_text("z = 2.0·x₁")

    page.get_by_role("button", name=f"Reset cell {CELL}", exact=True).click()
    expect(figure.locator(".explorer-drawn")).to_have_count(0)
    expect(figure.get_by_role("slider", name="w", exact=True)).to_have_attribute("max", "24")
    figure.get_by_role("slider", name="w", exact=True).press("Home")
    expect(figure.locator("figcaption")).to_contain_text("changes it by −3.00")
