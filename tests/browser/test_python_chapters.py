"""Every chapter in its page, in Chromium: all code cells from top to bottom, what they print, exercises, explorers.

Left out of `make test` for its time: `make chapters` runs it, and says what each chapter takes. test_in_pyodide.py has
the same cells without a page.
"""

import re
import time

import pytest
from exercise_answers import ANSWERS

from bplib.explorer.widgets import HOW_TO_MOVE
from bplib.playground import widget

from . import book
from .reader import MOVE
from .test_python import code_cells, functions

pytestmark = pytest.mark.long

PAGES = [page for page in book.pages() if re.match(r"chapters/\d\d_", page)] or [book.NOTHING]

MEASURED = {"checkpoints"}  # what Python takes of memory, which is not the same there

# Press a cell's button, and wait until it has run.
RUN = """
async ([n, code]) => {
    const cell = document.querySelector(`.cell-${n}`), field = cell.querySelector("textarea");
    if (code !== null) {
        field.value = code;
        field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const start = performance.now();
    cell.querySelector(".python-run").click();
    while (cell.matches(".python-busy")) await new Promise((done) => setTimeout(done, 10));
    const box = cell.querySelector(":scope > .cell_output");
    const all = (selector) => [...box?.querySelectorAll(selector) ?? []];
    return {
        said: cell.querySelector(".python-said").textContent,
        text: all("pre, .python-verdict").map((e) => e.textContent.replace(/\\n?$/, "\\n")).join(""),
        captions: all("figure.explorer figcaption").map((e) => e.textContent),
        pictures: all("img").length,
        ms: performance.now() - start,
    };
}
"""
SENTENCE = """
async ([id, sentence]) => {
    const caption = document.querySelector(`figure[id="${id}"] figcaption`);
    const isLate = AbortSignal.timeout(60_000);
    while (caption.textContent !== sentence && !isLate.aborted) await new Promise((done) => setTimeout(done, 10));
    return caption.textContent;
}
"""
DRAWN = (
    "() => [...document.querySelectorAll('figure.explorer:has(.explorer-drawn)')].map((figure) => figure.id)"
)
HEAP = """
new Promise((done) => python.run("import pyodide_js; print(pyodide_js._module.HEAP8.length)", (_, v) => done(+v)))
"""


def stored(cell):
    """What the notebook has: what is printed, how many pictures, and what is said of them."""
    printed, pictures, sentences = [], 0, []
    for output in cell["outputs"]:
        data = output.get("data", {})
        text = "".join(output.get("text", "") or data.get("text/plain", ""))
        if widget.NO_KERNEL in text:
            continue  # the playground, which shows itself in the page
        pictures += "image/png" in data
        if HOW_TO_MOVE in text or "image/png" in data:
            sentences.append(text)
        else:
            printed.append(text.removesuffix("\n") + "\n")
    return "".join(printed), pictures, sentences


@pytest.mark.parametrize("name", PAGES)
def test_a_chapter_runs_in_its_page(new_visit, with_python, name):
    visit = new_visit(f"{with_python}/{name}.html")
    page = visit.page
    page.set_default_timeout(600_000)
    start = time.perf_counter()
    page.locator(".python-start").click()
    page.wait_for_selector(".python-field", state="attached")
    page.evaluate("python.ready('matplotlib')")
    ready = time.perf_counter() - start

    problems, seconds = [], {}
    for n, cell in enumerate(code_cells(name)):
        if not page.locator(f".cell-{n} .python-run").count():
            continue  # what only a notebook needs
        shown = page.evaluate(RUN, [n, None])
        seconds[n] = shown["ms"] / 1000
        if not shown["said"].startswith(("Ran in", "Checked")):
            problems.append(f"cell {n}: {shown['said']}\n{shown['text']}")
        elif "nbval-ignore-output" not in cell["metadata"].get("tags", ()):
            printed, pictures, sentences = stored(cell)
            if shown["text"].rstrip() != printed.rstrip():
                problems.append(f"cell {n} prints\n{shown['text']}\nand the notebook has\n{printed}")
            if (count := len(shown["captions"]) + shown["pictures"]) != pictures:
                problems.append(f"cell {n} shows {count} pictures, and the notebook {pictures}")
            problems += [
                f"cell {n} says {caption!r}, which the notebook has not"
                for caption in shown["captions"]
                if not any(caption in text for text in sentences)
            ]

    moved = 0
    for id in page.evaluate(DRAWN):
        recorded = book.explorers().get((name, id))
        place = recorded and next(
            filter(None, (book.telling_place(recorded, k) for k in range(len(recorded.controls)))), None
        )
        if not place or id in MEASURED:
            continue
        page.evaluate("(id) => window.explorers.predict(document.getElementById(id))", id)
        k = next(k for k in range(len(recorded.controls)) if book.telling_place(recorded, k))
        last = len(recorded.controls[k][1]) - 1
        places = [*place[:k], 0 if place[k] == last else last, *place[k + 1 :]]
        names = (f"{id}.{control}" for control, _, _ in recorded.controls)
        page.evaluate(f"(places) => ({MOVE})(null, places)", dict(zip(names, places, strict=True)))
        wanted = recorded.sentence(recorded.state(places))
        if (seen := page.evaluate(SENTENCE, [id, wanted])) != wanted:
            problems.append(f"{id} at {places} says {seen!r}, and the book {wanted!r}")
        moved += 1

    asked = [(n, exercise) for chapter, n, exercise in functions() if chapter == name]
    for n, exercise in asked:
        right, wrong = ANSWERS[name.split("/")[1]][exercise]
        for tries in [(text, "Right.") for text in right], list(wrong.items()):
            answer, words = next((pair for pair in tries if pair[0].startswith(("lambda", "def "))), tries[0])
            function = re.match(r"def (\w+)", answer)
            code = f"{answer}\n{exercise}.check({function[1]})" if function else f"{exercise}.check({answer})"
            text = page.evaluate(RUN, [n, code])["text"]
            if words not in text:
                problems.append(f"{exercise}: {answer} is told {text}, not {words}")
    heap = page.evaluate(HEAP)
    visit.context.close()

    slowest = ", ".join(f"{n}: {s:.1f} s" for n, s in sorted(seconds.items(), key=lambda item: -item[1])[:3])
    print(
        f"{name}: ready with pictures in {ready:.1f} s, {len(seconds)} cells in {sum(seconds.values()):.0f} s "
        f"(slowest {slowest}), {moved} explorers moved, {len(asked)} functions judged, {heap / 1e6:.0f} MB"
    )
    assert not problems, "\n\n".join(problems)
    assert seconds
    visit.check()
