"""Exercises that are answered on the page, and what is kept: as the notebook says, by keyboard, in both themes."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from exercise_answers import ANSWERS, evaluate
from test_exercises import run

from . import book
from .reader import THEMES, leave_alone, look
from .test_quiz import numbers

PAGES = [
    page for page in book.pages() if page != book.NOTHING and '<form class="exercise"' in book.text(page)
]
each_page = pytest.mark.parametrize("name", PAGES or [book.NOTHING])
CHAPTER = "chapters/05_deltas"

# Writes texts into the field of an exercise, one after the other, and resolves to what is said of each.
SAID = """
async ([id, texts]) => {
    const form = document.getElementById(id), field = form.querySelector("input, textarea"), said = [];
    for (const text of texts) {
        field.value = text;
        form.requestSubmit();
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        said.push(form.querySelector("output").textContent);
    }
    return said;
}
"""


def said(page, id, *texts):
    return page.evaluate(SAID, [id, list(texts)])


def plain_numbers(value):
    """What a reader would write for a value, if it is numbers: no text, no function, nothing endless."""
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biufO" or not np.isfinite(array := array.astype(float)).all():
            return None
    except (TypeError, ValueError):
        return None
    return json.dumps(array.tolist()) if array.size else None


# -- the same as in the notebook ---------------------------------------------------------------------------------


@each_page
def test_the_page_says_what_the_notebook_says(open_page, name, monkeypatch):
    path = Path(book.SOURCE, f"{name}.ipynb")
    names, exercises, _ = run(path, monkeypatch)
    named = {id(value): key for key, value in names.items()}
    asked = {}  # id of the form: {text: what the notebook says}
    for exercise in exercises:
        if exercise.inputs is not None:
            continue
        right, wrong = ANSWERS[path.stem][named[id(exercise)]]
        texts = asked.setdefault(f"exercise-{named[id(exercise)].replace('_', '-')}", {})
        for text in (*right, *wrong):
            value = evaluate(text, names)
            numbers = plain_numbers(value)
            if numbers is None:
                continue
            if "Python reads" in (verdict := exercise.verdict(value)):
                # a comma within a number, which Python takes for two: the page reads it
                ways = (re.sub(r",(?=\d)", ".", text), re.sub(r"(?<=[1-9]),(?=\d{3})", "", text))
                told = [exercise.verdict(evaluate(way, names)) for way in ways]
                told = [words for words in told if "Python reads" not in words]
                texts[text] = "Right." if "Right." in told else told[0]
                continue
            texts[numbers] = texts[numbers.replace("-", "−")] = verdict
            if re.fullmatch(r"[-\d.,/\s()\[\]]+", text) and " - " not in text:  # on the page "2 -1" is a pair
                texts[text] = verdict
    page = open_page(name).page
    leave_alone(page, "form.exercise")
    assert set(asked) == {
        form["id"]
        for form in page.evaluate("[...document.querySelectorAll('form.exercise')].map(({ id }) => ({ id }))")
    }
    for id_, texts in asked.items():
        assert len(texts) >= 10
        assert dict(zip(texts, said(page, id_, *texts), strict=True)) == texts, id_


@pytest.mark.parametrize(
    ("id", "texts"),
    [
        (
            "exercise-output-delta",
            [
                "0.128",
                "0,128",
                ".128",
                ",128",
                "16/125",
                "16 / 125",
                "128·10⁻³",
                "1.28e-1",
                "12.8 * 10^-2",
                "δ = 0.128",
            ],
        ),
        (
            "exercise-hidden-delta",
            ["-0.15", "−0,15", "- 0.15", "-3/20", "−.15", "(-0.15)", "[−0.15]", "–0.15"],
        ),
        (
            "exercise-outer-product",
            [
                "[[0.2, 0.1, 0], [-0.1, -0.05, 0]]",
                "0.2 0.1 0\n-0.1 -0.05 0",
                "0,2 0,1 0\n−0,1 −0,05 0",
                "1/5, 1/10, 0; -1/10, -1/20, 0",
                "(0.2,0.1,0)\n(-0.1,-0.05,0)",
                "[0.2 0.1 0; -0.1 -0.05 0]",
                "[[0.2,\n 0.1, 0],\n [-0.1, -0.05, 0]]",
            ],
        ),
        ("exercise-guilty-layer", ["2", " 2 ", "2.0", "4/2", "l = 2"]),
    ],
)
def test_a_number_may_be_written_as_people_write_it(open_page, id, texts):
    page = open_page(CHAPTER).page
    assert dict(zip(texts, said(page, id, *texts), strict=True)) == dict.fromkeys(texts, "Right.")


def test_pairs_thousands_and_constants(open_page):
    page = open_page("chapters/06_full_algorithm").page
    ways = [
        "12960 13376",
        "12,960 13,376",
        "(12960, 13376)",
        "12 960, 13 376",
        "12960,13376",
    ]
    assert set(said(page, "exercise-multiplications", *ways)) == {"Right."}
    page = open_page("chapters/01_weights").page
    assert set(
        said(page, "exercise-line", "(2, -1)", "2 -1", "2,-1", "2; −1", "p = 2, q = −1", "2,0 -1,0")
    ) == {"Right."}
    # σ(−2) = 1 / (1 + e²): 0.1192
    near = ["0.0379π", "0,0379pi", "π/26.35", "e/22.8", "e^-2 * 0.881", "0.881e^-2", "0.4328*e/π^2"]
    assert set(said(page, "exercise-doubled", *near)) == {"Right."}


def test_what_is_no_number_is_not_judged(open_page):
    page = open_page(CHAPTER).page
    odd = [
        "zero",
        "1/0",
        "0.128 ?",
        "--1",
        "0.1.2.8",
        "[0.128",
        "0.128]",
        "1e",
        "/",
        "^",
        "[]",
        "(,)",
        "1 - x",
        "0x10",
        "∞",
        "NaN",
        "Infinity",
        "1e999",
    ]
    told = said(page, "exercise-output-delta", *odd)
    assert [
        (text, words)
        for text, words in zip(odd, told, strict=True)
        if not words.startswith("This cannot be read as one number")
    ] == [("1e", "Not yet.")]
    assert said(page, "exercise-output-delta", "", "  ") == ["Write your answer in the field first."] * 2


@each_page
def test_no_answer_stands_in_the_page(name):
    text = book.text(name)
    assert not re.search(r"Exercise</span><span class=\"p\">\(", text)
    assert "Quiz</span><span" not in text.replace("import</span>", "")
    visible = re.sub(r"<[^>]+>", "", text)
    assert "Not yet" not in re.sub(r'(?s)<div class="quiz".*', "", text)
    assert "this is what comes out when" not in visible


# -- by keyboard, on every screen --------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["http", "file"])
def test_an_exercise_is_answered_by_the_keyboard_and_said_aloud(open_page, origin):
    page = open_page(CHAPTER, origin=origin).page
    field = page.get_by_label("Your answer").first
    field.focus()
    assert field.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.type("0.8")
    page.keyboard.press("Enter")
    told = page.locator("#exercise-output-delta").get_by_role("status")
    told.get_by_text("Not yet: this is what comes out when f′(z) is forgotten.").wait_for()
    page.keyboard.press("Backspace")  # an answer that is being changed has no verdict
    assert told.text_content() == ""
    page.keyboard.type("128")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Check"
    page.keyboard.press("Space")
    told.get_by_text("Right.").wait_for()


def test_the_same_words_are_said_again(open_page):
    page = open_page(CHAPTER).page
    page.evaluate(
        """() => { window.changes = 0; new MutationObserver(() => window.changes++).observe(
            document.querySelector("#exercise-output-delta output"), { childList: true }); }"""
    )
    said(page, "exercise-output-delta", "0.8", "0.8")
    assert page.evaluate("window.changes") == 3  # said, cleared, said


@each_page
def test_on_a_phone_nothing_scrolls_sideways_and_a_field_is_large_enough(open_page, name):
    page = open_page(name, viewport=(390, 844), has_touch=True).page
    for form in page.locator("form.exercise").all():
        form.locator("input, textarea").fill("-12345.678, 12345.678")
        form.locator("button").click()
        for part in form.locator("input, textarea, button").all():
            assert part.bounding_box()["height"] >= 44
        box = form.locator("output").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


def test_on_paper_is_a_line_to_write_on_and_no_verdict(open_page):
    page = open_page(CHAPTER).page
    said(page, "exercise-output-delta", "0.8")
    look(page, media="print")
    form = page.locator("#exercise-output-delta")
    assert form.locator("input").is_visible()
    assert not form.locator("output").is_visible()
    assert not form.locator("button").is_visible()
    assert not page.locator("section.answers").is_visible()


def test_without_a_script_there_is_no_field(open_page):
    page = open_page(CHAPTER, java_script_enabled=False).page
    assert page.locator("form.exercise").count()
    assert not page.locator("form.exercise").first.is_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_a_field_has_the_colours_of_the_page(open_page, theme):
    page = open_page(CHAPTER, color_scheme=theme).page
    said(page, "exercise-output-delta", "0.8")
    seen = page.evaluate(
        """() => ["output", "label", "input", "button"].map((part) => {
            let e = document.querySelector(`#exercise-output-delta ${part}`);
            const ink = getComputedStyle(e).color;
            while (/, 0\\)$/.test(getComputedStyle(e).backgroundColor)) e = e.parentElement;
            return [ink, getComputedStyle(e).backgroundColor];
        })"""
    )
    page_colours = page.evaluate(
        """() => [getComputedStyle(document.querySelector("article p")).color,
            getComputedStyle(document.body).backgroundColor]"""
    )
    assert seen == [page_colours] * 4


# -- what is kept ------------------------------------------------------------------------------------------------


def kept(page):
    return page.evaluate(
        "Object.fromEntries(Object.entries(localStorage).filter(([key]) => key.startsWith('bplib:')))"
    )


def solve(page, name):
    """Answer everything on a page rightly, which chapter 5 lets a test do: its answers are in exercise_answers."""
    for id, (right, _) in {
        f"exercise-{k.replace('_', '-')}": v for k, v in ANSWERS[Path(name).name].items()
    }.items():
        if page.locator(f"#{id}").count():
            assert said(page, id, next(text for text in right if re.fullmatch(r"[-\d.,\s\[\]]+", text))) == [
                "Right."
            ]
    known = iter(numbers(page))
    for field in page.locator("div.quiz fieldset").all():
        if field.locator("input[type=radio]").count():
            field.locator(
                ".quiz-choice", has=page.locator(".quiz-feedback", has_text=re.compile("^Right"))
            ).locator("input").check()
        else:
            field.locator("input").fill(f"{next(known).right:.9g}")
            field.locator("input").blur()


@pytest.mark.parametrize("origin", ["http", "file"])
def test_answers_are_kept_marked_exported_and_cleared(open_page, addresses, origin):
    visit = open_page(CHAPTER, origin=origin)
    page = visit.page
    assert kept(page) == {}
    mark = page.locator("nav.bd-links .answers-done")
    solve(page, CHAPTER)
    assert list(kept(page)) == [f"bplib:{CHAPTER}"]
    assert mark.count() == 1
    assert mark.get_attribute("aria-label") == "done"
    page.reload()
    assert page.locator("#exercise-output-delta input").input_value() != ""
    assert page.locator("#exercise-output-delta output").text_content() == "Right."
    assert (
        page.locator("div.quiz input:checked").count()
        == page.locator("div.quiz fieldset:has([type=radio])").count()
    )

    page.goto(f"{addresses[origin]}/chapters/01_weights.html")
    assert "Deltas" in page.locator("nav.bd-links a:has(.answers-done)").text_content()
    said(page, "exercise-line", "-2 1")
    assert page.locator("nav.bd-links a:has(.answers-done)").count() == 1
    with page.expect_download() as download:
        page.get_by_role("button", name="Export my answers").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    own = next(row for row in rows if row["answer"] == "-2 1")
    assert own["page"] == "1. Weights: how much each input counts"
    assert own["question"] == "Exercise 2. Your answer: (p, q)"
    assert own["what was said"].startswith("Not yet: both signs")
    assert own["tries"] == "1"
    assert {row["kind"] for row in rows} == {"exercise", "quiz"}
    parts = json.loads(kept(page)[f"bplib:{CHAPTER}"])
    assert len(rows) == 1 + len(parts["exercises"]) + len(parts["quiz"])

    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Clear this page").click()
    assert len(kept(page)) == 2
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        page.get_by_role("button", name="Clear this page").click()
    assert list(kept(page)) == [f"bplib:{CHAPTER}"]
    assert page.locator("#exercise-line input").input_value() == ""
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        page.get_by_role("button", name="Clear all pages").click()
    assert kept(page) == {}
    assert mark.count() == 0


def test_no_program_for_tables_takes_an_answer_for_a_formula(open_page):
    page = open_page(CHAPTER).page
    texts = {
        "=1+1": "'=1+1",
        "-1": "-1",
        "-0,5": "-0,5",
        "+1+cmd": "'+1+cmd",
        "@a": "'@a",
        'a "b", c': 'a "b", c',
    }
    for text, safe in texts.items():
        said(page, "exercise-output-delta", text)
        with page.expect_download() as download:
            page.get_by_role("button", name="Export my answers").click()
        rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
        assert [row["answer"] for row in rows] == [safe]


REFUSED = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("no", "SecurityError"); }, configurable: true,
})"""


def test_where_storage_is_refused_all_else_works(open_page):
    visit = open_page("index")
    visit.page.add_init_script(REFUSED)
    visit.page.goto(visit.page.url.replace("index", CHAPTER))
    page = visit.page
    assert said(page, "exercise-output-delta", "0.8")[0].startswith("Not yet: this is what comes out")
    assert "keeps nothing" in page.locator("section.answers").text_content()
    page.locator("div.quiz input[type=radio]").first.check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export my answers").click()
    assert Path(download.value.path()).read_text(encoding="utf-8").count("\n") == 3
    page.reload()
    assert page.locator("#exercise-output-delta input").input_value() == ""
    page.locator("figure.explorer").first.scroll_into_view_if_needed()
    page.wait_for_selector("figure.explorer[data-ready]")
    page.locator(".theme-switch-button").click()


@pytest.mark.parametrize(
    "text", ["7", "null", "nonsense", '{"exercises": {"exercise-gone": {"answer": "1"}}}']
)
def test_what_was_kept_by_something_else_breaks_nothing(open_page, text):
    page = open_page(CHAPTER).page
    page.evaluate(f"(text) => localStorage.setItem('bplib:{CHAPTER}', text)", text)
    page.reload()
    assert said(page, "exercise-output-delta", "0.128") == ["Right."]
