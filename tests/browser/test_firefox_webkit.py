"""The book in Firefox and in WebKit: links, back, the quizzes, the console, and explorers of each kind of control.

A short run of what the other files look at in Chromium, and with what they expect.
"""

import base64
import contextlib
import os
import random
import re
import shutil
import subprocess
import sys
import time
from html import unescape
from urllib.parse import urlencode

import pytest
from host import Host

from . import book, test_answers, test_quiz
from .reader import MOVE, RESOLVE, SHOWN, leave_alone
from .webdriver import Firefox, WebKit

BROWSERS = {
    "firefox": (Firefox, "firefox-esr"),
    "webkit": (WebKit, "webkit2gtk-driver gir1.2-webkit2-4.1 python3-gi xvfb"),
}

ORIGINS = ("http", "file")
FOREIGN = """
performance.getEntriesByType("resource").map((entry) => entry.name)
    .filter((name) => !name.startsWith(location.origin + "/"))
"""


@pytest.fixture(scope="module", params=BROWSERS)
def open_browser(request, tmp_path_factory):
    kind, packages = BROWSERS[request.param]
    if not (sys.platform == "linux" and kind.path()):
        message = f"no {kind.__name__} was found: on Debian, `apt-get install {packages}`"
        # Elsewhere no WebKit can be driven that a reader has, and a Firefox is the same everywhere.
        if os.environ.get("CI") == "true" and sys.platform == "linux":
            pytest.fail(message)
        pytest.skip(message)
    with contextlib.ExitStack() as stack:
        yield kind(tmp_path_factory.mktemp(request.param), stack)


@pytest.fixture
def driver(open_browser):
    """The browser; at the end, its console must be empty."""
    yield open_browser
    # KaTeX writes a brace under a formula in a way that Firefox will read otherwise one day. Firefox takes a font that
    # it has shown before from a store of its own, and then warns that none needed the one loaded ahead. A page that is
    # left stops what it was loading.
    known = (
        "Inferring the accentunder property",
        "preloaded with link preload was not used within a few seconds",
        "The WebAssembly exception handling 'try' instruction is deprecated",  # Pyodide's
        "Loading failed for the <script>",
        "Load failed",
        "due to access control checks",
    )
    assert [told for told in open_browser.complaints() if not any(words in told for words in known)] == []


def in_view(driver, id):
    """Go to an explorer and wait until it can be moved, and all that the page has asked for is there."""
    driver.evaluate(
        """async (id) => {
            const figure = document.getElementById(id), all = (selector) => document.querySelectorAll(selector);
            figure.scrollIntoView();
            const here = () => "ready" in figure.dataset
                && all("head script[src*='/explorers/']").length === all("figure[data-ready]").length;
            while (!here()) await new Promise((done) => setTimeout(done, 10));
            window.explorers.predict(figure);  // skips what it asks before it can be moved
        }""",
        id,
    )


def shown(driver, id):
    return driver.evaluate(f"(id) => ({SHOWN})(document.getElementById(id))", id)


def move(driver, recorded, places):
    named = {f"{recorded.id}.{name}": n for (name, _, _), n in zip(recorded.controls, places, strict=True)}
    driver.evaluate(f"(places) => ({MOVE})(null, places)", named)


def check(driver, recorded, places):
    """All that is seen of an explorer is that of the position."""
    seen = shown(driver, recorded.id)
    n = recorded.state(places)
    for (name, texts, _), place in zip(recorded.controls, places, strict=True):
        control = seen["controls"][f"{recorded.id}.{name}"]
        assert control["place"] == place, name
        if control["shown"] is not None:
            assert control["said"] == control["shown"] == texts[place]
    if (sentence := recorded.sentence(n)) is not None:
        assert seen["sentence"] == sentence
    pieces = [(here, piece) for here, piece in zip(seen["moving"], recorded.picture(n), strict=True) if piece]
    if not pieces:  # at this position nothing is drawn that moves
        return
    here, there = driver.evaluate(RESOLVE, [list(zip(*pieces, strict=True)), ""])
    assert here == there


def follow_a_link(driver, address, page):
    """Open a page by the address of a position of its last explorer, which is far down: it is shown, and in view."""
    recorded = [recorded for (p, _), recorded in book.explorers().items() if p == page][-1]
    places = recorded.places(random.Random(page).randrange(recorded.n_states))
    controls = zip(recorded.controls, places, strict=True)
    position = {name: texts[place].replace("−", "-") for (name, texts, _), place in controls}
    driver.goto(f"{address}#{urlencode({'explorer': recorded.id} | position)}")
    id, top, height = driver.evaluate("""() => {
        const figure = document.activeElement;
        return [figure.id, figure.getBoundingClientRect().top, innerHeight];
    }""")
    assert id == recorded.id
    assert 0 <= top <= height / 3
    in_view(driver, id)
    check(driver, recorded, places)


def test_back_on_a_page_the_explorer_is_as_it_was_left(driver, addresses):
    recorded = max(book.explorers().values(), key=lambda r: len(r.controls))
    driver.goto(f"{addresses['http']}/{recorded.page}.html")
    in_view(driver, recorded.id)
    places = [(start + 1 + start % 2) % len(texts) for _, texts, start in recorded.controls]
    move(driver, recorded, places)
    driver.evaluate("addEventListener('pageshow', (event) => { window.kept = event.persisted; })")
    driver.goto(f"{addresses['http']}/index.html")
    driver.back()
    driver.evaluate("new Promise((done) => setTimeout(done, 300))")
    assert driver.evaluate("window.kept"), "the browser has read the page anew"
    check(driver, recorded, places)


def walk_explorer(driver, recorded):
    """Move each control with keys."""
    in_view(driver, recorded.id)
    for k, (name, texts, _) in enumerate(recorded.controls):
        places = list(book.telling_place(recorded, k) or recorded.start)
        move(driver, recorded, places)
        kind = driver.evaluate(
            "(id) => { const e = document.getElementById(id); e.focus(); return e.type; }",
            f"{recorded.id}.{name}",
        )
        last = len(texts) - 1
        if kind == "range":
            keys = {"Home": 0, "ArrowRight": 1, "End": last, "ArrowLeft": last - 1}
        elif kind == "checkbox":
            keys = {"Space": 1 - places[k]}
        else:  # a key may open its menu, which no page sees
            keys = {}
            for places[k] in (0, last):
                move(driver, recorded, places)
                check(driver, recorded, places)
        for key, places[k] in keys.items():
            driver.press(key)
            check(driver, recorded, places)


def walk_quiz(driver):
    leave_alone(driver, "div.quiz")
    last = {}
    for i, question, feedback in test_quiz.walk(driver):
        last[i] = [feedback]
        seen = driver.evaluate(test_quiz.SHOWN)
        assert seen == [last.get(k, []) for k in range(len(seen))], question["title"]
    assert len(last) == len(driver.evaluate(test_quiz.QUESTIONS)) > 0


@pytest.mark.parametrize("page", [*book.pages(), book.NOT_FOUND])
def test_a_page_asks_for_nothing_that_is_not_there_and_obeys_the_keyboard(
    driver, addresses, monkeypatch, page
):
    missing = []
    monkeypatch.setattr(Host, "log_error", lambda host, *_: missing.append(host.path))
    address = f"{addresses['http']}/{page}.html"
    if page in book.explorer_pages():
        follow_a_link(driver, address, page)
    else:
        driver.goto(address)
    # ten explorers and three quizzes, others in each browser
    chance = random.Random(type(driver).__name__)
    for p, id in chance.sample(sorted(book.explorers()), 10):
        if p == page:
            walk_explorer(driver, book.explorer(p, id))
    if page in chance.sample(test_quiz.QUIZZES, min(3, len(test_quiz.QUIZZES))):
        walk_quiz(driver)
    driver.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert driver.evaluate(FOREIGN) == []
    assert missing == []


@pytest.mark.parametrize("origin", ORIGINS)
def test_answers_and_predictions_are_kept(driver, addresses, origin):
    address = f"{addresses[origin]}/chapters/01_weights.html"
    driver.goto(address)
    in_view(driver, "one-input")
    assert driver.evaluate(test_answers.SAID, ["exercise-line", ["(-2, 1)", "2; −1,0"]]) == [
        "Not yet: both signs are turned round: in z, x₂ has the weight −1.",
        "Right.",
    ]
    driver.evaluate("document.querySelector('#network .explorer-question button').click()")
    driver.goto(f"{addresses[origin]}/chapters/glossary.html")
    driver.goto(address)
    assert driver.evaluate("document.querySelector('#exercise-line output').textContent") == "Right."
    assert driver.evaluate("document.querySelector('#network .explorer-question').hidden")
    assert "You said: “That neuron alone.”" in driver.evaluate(
        "document.querySelector('#network .explorer-said').textContent"
    )


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_search_finds_a_word(driver, addresses, origin):
    driver.goto(f"{addresses[origin]}/chapters/faq.html")
    driver.evaluate("document.querySelector('.bd-sidebar-primary .search-button-field').click()")
    driver.type("saturation")
    driver.press("Enter")
    found, end = "", time.monotonic() + 120
    while "Search finished" not in found:
        assert time.monotonic() < end, found
        with contextlib.suppress(AssertionError):  # while the page changes
            found = driver.evaluate("document.querySelector('#search-results')?.textContent") or ""
    assert "Activations" in found


@pytest.mark.parametrize("open_browser", ["firefox"], indirect=True)
def test_no_heading_stands_at_the_foot_of_a_printed_page(driver, addresses, tmp_path):
    """Firefox has no `break-after: avoid`; of Chromium's, the PDF of the whole book is looked at."""
    if not shutil.which("pdftotext"):
        message = "no pdftotext was found: on Debian, `apt-get install poppler-utils`"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    driver.goto(f"{addresses['http']}/chapters/02_activations.html")
    headings = driver.evaluate(
        "[...document.querySelectorAll('article :is(h1, h2, h3)')].map((h) => h.innerText)"
    )
    pdf = tmp_path / "page.pdf"
    paper = {"width": 21.0, "height": 29.7}
    pdf.write_bytes(base64.b64decode(driver.send("Print", page=paper, background=True)))
    command = ["pdftotext", "-bbox-layout", str(pdf), "-"]
    told = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    sheets = told.split("<page ")[1:]
    assert len(sheets) > 10
    for n, sheet in enumerate(sheets[:-1], start=1):
        lines = re.findall(r'<line xMin="\S+" yMin="(\S+?)".*?>(.*?)</line>', sheet, re.S)
        _, lowest = max((float(y), re.findall(r">([^<]+)</word>", words)) for y, words in lines)
        last = unescape(" ".join(lowest))
        assert not any(last and heading.removesuffix("#").strip().endswith(last) for heading in headings), (
            n,
            last,
        )


WAIT = """
async ([selector, words]) => {
    const said = () => document.querySelector(selector)?.textContent.trim() ?? "";
    while (!RegExp(words).test(said())) await new Promise((done) => setTimeout(done, 20));
    return said();
}
"""
RUN = """
([n, code]) => {
    const field = document.querySelector(`.cell-${n} textarea`);
    if (code !== null) field.value = code;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    document.querySelector(`.cell-${n} .python-run`).click();
}
"""


# WebKit takes a minute for it on a busy machine: `make chapters` has it.
@pytest.mark.parametrize(
    "open_browser", ["firefox", pytest.param("webkit", marks=pytest.mark.long)], indirect=True
)
def test_python_runs_in_the_page(driver, with_python):
    driver.goto(f"{with_python}/chapters/01_weights.html")

    def run(n, code=None, said="^(Ran in|Stopped at)"):
        driver.evaluate(RUN, [n, code])
        return driver.evaluate(WAIT, [f".cell-{n} .python-said", said])

    def shows(n):
        return driver.evaluate("(n) => document.querySelector(`.cell-${n} .cell_output pre`).textContent", n)

    driver.evaluate("document.querySelector('.python-start').click()")
    driver.evaluate(WAIT, [".python-state", "^Python is ready"])
    assert run(2).startswith("Ran in")  # at once: what draws pictures is still to come
    assert driver.evaluate(WAIT, ["#one-input .explorer-drawn", "."]) == "Drawn by Python in this page."
    driver.evaluate(f"(places) => ({MOVE})(null, places)", {"one-input.w": 0})
    driver.evaluate(WAIT, ["#one-input figcaption", "changes it by −3"])
    assert run(3, "print(1 / 0)").startswith("Stopped at an error")
    assert shows(3).rstrip().endswith("ZeroDivisionError: division by zero")
    run(3, "print('begun')\nwhile True: pass", said="^Running")
    driver.evaluate(WAIT, [".cell-3 .cell_output", "^begun"])
    driver.evaluate(WAIT, [".cell-3 .python-run", "^Stop$"])  # for a moment the button rests
    assert run(3, None, said="^Stopped").startswith("Stopped. Python began anew")
    # Only when the loop has ended does the next Python get a whole processor.
    assert run(3, "print('anew')").startswith("Ran in")
    assert shows(3) == "anew\n"
    driver.goto(f"{with_python}/chapters/01_weights.html")
    assert driver.evaluate("document.querySelector('.python-offer').textContent").startswith(
        "Your changes to a cell"
    )
    driver.evaluate("answers.keep((all) => { delete all.code; })")


@pytest.mark.parametrize(
    ("origin", "words"), [("http", "lacks 'wasm-unsafe-eval'"), ("file", "python -m http.server")]
)
def test_where_python_cannot_run_a_sentence_says_why(driver, with_python, addresses, origin, words):
    driver.goto(f"{addresses[origin]}/chapters/01_weights.html")
    driver.evaluate("document.querySelector('.python-start').click()")
    driver.evaluate(WAIT, [".python-bar", words])
    driver.complaints()  # of the policy, which is what is tested
