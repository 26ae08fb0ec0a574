"""Every quiz of the book: each choice and number by the keyboard, what is then read, and how it looks."""

import re
from fractions import Fraction
from pathlib import Path

import nbformat
import pytest

from bplib.quiz import HOW, Choices, Number, Quiz

from . import book
from .reader import THEMES, contrast, leave_alone, look

QUIZZES = [page for page in book.pages() if page != book.NOTHING and 'class="quiz"' in book.text(page)]
each_quiz = pytest.mark.parametrize("visit", QUIZZES or [book.NOTHING], indirect=True, scope="module")

# Puts the focus on the last thing before the quiz that can have it: the next Tab enters the quiz.
FOCUS_BEFORE = """
() => {
    const quiz = document.querySelector("div.quiz");
    const before = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
        .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled
            && quiz.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING);
    before.at(-1).focus();
}
"""
# The feedback that can be read now, in each question.
SHOWN = """
() => [...document.querySelectorAll("div.quiz fieldset")].map((field) =>
    [...field.querySelectorAll(".quiz-feedback > *")]
        .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height > 0)
        .map((e) => e.textContent))
"""
FOCUSED = """
() => {
    const e = document.activeElement, field = e.closest("div.quiz fieldset");
    const style = getComputedStyle(e);
    return {
        question: [...document.querySelectorAll("div.quiz fieldset")].indexOf(field),
        place: field ? [...field.querySelectorAll("input")].indexOf(e) : -1,
        outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
        size: Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height),
    };
}
"""
QUESTIONS = """
() => [...document.querySelectorAll("div.quiz fieldset")].map((field) => ({
    title: field.querySelector("legend").textContent,
    choices: [...field.querySelectorAll(".quiz-choice .quiz-feedback > *")].map((e) => e.textContent),
    number: field.querySelector(".quiz-number input") !== null,
    right: field.querySelector(".quiz-right")?.textContent ?? null,
    wrong: field.querySelector(".quiz-wrong")?.textContent ?? null,
}))
"""


UNREAD = "This cannot be read as a number. Write it as 0.75, 3/4 or 7.5e-1."


def numbers(page):
    """The questions for a number, as the chapter of this page has them."""
    chapter = Path(book.SOURCE, re.search(r"chapters/\w+", page.url)[0] + ".ipynb")
    cells = [c.source for c in nbformat.read(chapter, as_version=4).cells if c.source.startswith("Quiz(")]
    quizzes = [eval(source, {"Quiz": Quiz, "Choices": Choices, "Number": Number}) for source in cells]
    return [q for quiz in quizzes for q in quiz.questions if isinstance(q, Number)]


def answers(question, number):
    """What can be answered with the keyboard: the keys, and the feedback that is then read."""
    if not question["number"]:
        for i, feedback in enumerate(question["choices"]):
            yield "ArrowDown" if i else "Space", feedback
    else:
        right, off = number.right, number.tolerance
        for value in (right, right - 0.9 * off, right + 0.9 * off):
            yield f"{value:.12g}", question["right"]
        plain = f"{right:.9g}"
        # as the book prints it, and as it is written in half of Europe; no browser may read it by its own language
        yield plain.replace("-", "−"), question["right"]
        yield f" {plain.replace('.', ',')}", question["right"]
        yield plain.replace("0.", "."), question["right"]
        # as the exercises read it too; the last one is known to the script alone
        fraction = Fraction(f"{right:.9g}")
        yield f"{10 * fraction.numerator}/{10 * fraction.denominator}", question["right"]
        yield f"{right:.9e}", question["right"]
        yield f"{right / 2:.12g} * 2", question["right"]
        for value in (right + 2 * off, right - 2 * off, 10 * abs(right) + 10, -10 * abs(right) - 10, -right):
            yield f"{value:.12g}", question["wrong"]
        yield "about 1", UNREAD
        yield f"{10 * abs(right) + 10:.6e}", question["wrong"]


def walk(page):
    """Go through the quiz with the keyboard alone; yields, after each answer, its question and what must be shown."""
    questions = page.evaluate(QUESTIONS)
    assert questions
    known = iter(numbers(page))
    page.evaluate(FOCUS_BEFORE)
    for i, question in enumerate(questions):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert (focused["question"], focused["place"]) == (i, 0), question["title"]
        assert focused["outlined"], question["title"]
        assert focused["size"] >= 20, question["title"]
        for keys, feedback in answers(question, next(known) if question["number"] else None):
            if not question["number"]:
                page.keyboard.press(keys)
            else:
                page.keyboard.press("ControlOrMeta+A")
                page.keyboard.type(keys)
                assert page.evaluate(SHOWN)[i] == [], keys  # what is half written is not judged
                page.keyboard.press("Enter")
            yield i, question, feedback


# Answers every question at once, without the keyboard: the nth choice, or what is right or wrong for a number.
ANSWER = """
([n, numbers]) => {
    numbers = [...numbers];
    document.activeElement.blur(); // what is being written is not judged
    for (const field of document.querySelectorAll("div.quiz fieldset")) {
        const choices = field.querySelectorAll("input[type=radio]");
        if (choices.length) choices[Math.min(n, choices.length - 1)].checked = true;
        else {
            field.querySelector("input").value = n % 2 ? "1e" : numbers.shift();
            field.querySelector("input").dispatchEvent(new Event("input"));
        }
    }
}
"""


def rounds(page):
    """Answer the whole quiz, again and again, until each feedback was shown once."""
    rights = [f"{number.right:.9g}" for number in numbers(page)]
    most = max(2, *(len(question["choices"]) for question in page.evaluate(QUESTIONS)))
    for n in range(most):
        page.evaluate(ANSWER, [n, rights])
        assert all(len(shown) == 1 for shown in page.evaluate(SHOWN))
        yield n


NOT_YET = """
() => document.querySelectorAll("div.quiz input").forEach((e) => {
    if (e.type === "radio") e.checked = false;
    else {
        e.value = "";
        e.dispatchEvent(new Event("input"));
    }
})
"""


DISABLE = """
(disabled) => {
    for (const sheet of document.styleSheets) {
        const owner = sheet.ownerNode;
        if (disabled && [...sheet.cssRules].some((rule) => rule.selectorText?.includes(".quiz-unstyled"))) {
            owner.dataset.quiz = "";
        }
        if (owner.dataset.quiz !== undefined) sheet.disabled = disabled;
    }
}
"""


@pytest.fixture
def page(visit, view):
    """A page's quiz, not answered yet."""
    assert QUIZZES, book.NOT_BUILT if not book.BUILT else "no page of the book has a quiz"
    look(visit.page, *view)
    leave_alone(visit.page, "div.quiz")
    visit.page.evaluate(NOT_YET)
    yield visit.page
    visit.check()


@pytest.fixture
def page_of_numbers(open_page):
    assert QUIZZES, book.NOT_BUILT
    return open_page("chapters/02_activations").page


@each_quiz
def test_each_answer_is_told_what_to_think_of_it_with_the_keyboard_alone(page):
    assert [shown for shown in page.evaluate(SHOWN) if shown] == []
    last = {}
    for i, question, feedback in walk(page):
        last[i] = [feedback]
        shown = page.evaluate(SHOWN)
        # one feedback in this question; in those before, that of the last answer; in those after, none yet
        assert shown == [last.get(k, []) for k in range(len(shown))], question["title"]
    assert len(last) == len(page.evaluate(QUESTIONS))


@each_quiz
def test_one_choice_is_right_and_all_are_told_apart(page):
    for question in page.evaluate(QUESTIONS):
        told = question["choices"] or [question["right"], question["wrong"]]
        assert len(told) >= 2, question["title"]
        assert len(set(told)) == len(told), question["title"]
        assert all(len(words) > 5 for words in told), question["title"]
        assert sum(words.startswith("Right") for words in told) == 1, question["title"]


@each_quiz
def test_what_is_no_number_is_never_right_and_nothing_is_neither_right_nor_wrong(page):
    boxes = page.locator("div.quiz input[type=text]")
    assert boxes.count() >= 1
    for k in range(boxes.count()):
        boxes.nth(k).focus()
        for keys in ("-", "−.", "1e-", "x"):
            page.keyboard.press("ControlOrMeta+A")
            page.keyboard.type(keys)
            assert boxes.nth(k).evaluate("e => e.matches(':invalid')"), keys
            page.keyboard.press("Enter")
            assert [words for shown in page.evaluate(SHOWN) for words in shown] == [UNREAD], keys
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.press("Delete")
        page.keyboard.press("Enter")
        assert [words for shown in page.evaluate(SHOWN) for words in shown] == []


def test_a_number_is_judged_once_when_it_is_written(page_of_numbers):
    """What appears in a live region is read out: it appears at Enter or when the field is left, and stays."""
    page = page_of_numbers
    box, right = (
        page.locator("div.quiz input[type=text]").first,
        page.locator(".quiz-number .quiz-right").first,
    )
    box.press_sequentially(f"{numbers(page)[0].right:.9g}")
    assert not right.is_visible()
    for key in ("Enter", "Enter", "Tab", "Shift+Tab", "ArrowLeft"):
        page.keyboard.press(key)
        assert right.is_visible(), key
    page.keyboard.press("End")
    page.keyboard.type("0")
    assert not right.is_visible()
    page.keyboard.press("Tab")
    assert right.is_visible()
    assert box.get_attribute("aria-describedby") == page.locator(".quiz-how").first.get_attribute("id")
    # said where it is true: without a script, Enter does nothing
    assert page.locator(".quiz-how").first.text_content() == HOW.replace(
        "when you", "when you press Enter or"
    )
    page.reload()
    assert right.is_visible()


@each_quiz
def test_without_the_style_sheet_no_answer_is_given_away_and_a_line_says_why(page):
    """As in a notebook that is not trusted: the quiz without its own style sheet."""
    line = page.locator(".quiz-unstyled")
    assert not line.is_visible()
    page.evaluate(DISABLE, True)
    try:
        for n in range(5):
            page.evaluate(ANSWER, [n, [f"{number.right:.9g}" for number in numbers(page)]])
            assert [words for shown in page.evaluate(SHOWN) for words in shown] == []
        assert line.is_visible()
    finally:
        page.evaluate(DISABLE, False)
    assert not line.is_visible()


@pytest.mark.parametrize("name", QUIZZES or [book.NOTHING])
def test_a_label_can_be_clicked_and_the_quiz_needs_no_script(open_page, name):
    page = open_page(name, java_script_enabled=False).page
    for row in page.locator("div.quiz .quiz-choice").all():
        assert not row.locator(".quiz-feedback > *").is_visible()
        row.locator("label").click()
        assert row.locator("input").is_checked()
        assert row.locator(".quiz-feedback > *").is_visible()
    for box in page.locator("div.quiz .quiz-number").all():
        field, wrong = box.locator("input"), box.locator(".quiz-wrong")
        field.press_sequentially("12345.6e7")
        assert not wrong.is_visible()
        field.press("Tab")
        assert wrong.is_visible()
        assert box.locator(".quiz-how").text_content() == HOW


COLOURS = """
() => {
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const colour = getComputedStyle(e).backgroundColor;
            if (!/, 0\\)$/.test(colour)) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const walker = document.createTreeWalker(document.querySelector("div.quiz"), NodeFilter.SHOW_TEXT);
    const found = [...document.querySelectorAll("div.quiz input[type=text]")];
    while (walker.nextNode()) {
        if (walker.currentNode.data.trim()) found.push(walker.currentNode.parentElement);
    }
    return found.filter((e) => e.checkVisibility()).map((e) => {
        const style = getComputedStyle(e);
        let opacity = 1;
        for (let p = e; p; p = p.parentElement) opacity *= getComputedStyle(p).opacity;
        return {text: e.value ?? e.textContent, colour: style.color, behind: behind(e), opacity};
    });
}
"""


def check_colours(page):
    for seen in page.evaluate(COLOURS):
        for colour in (seen["colour"], seen["behind"]):
            assert re.fullmatch(r"rgb\(\d+, \d+, \d+\)", colour), (
                seen
            )  # what shines through would need more than this
        assert seen["opacity"] == 1, seen
        assert contrast(seen["colour"], seen["behind"]) >= 4.5, seen


@pytest.mark.parametrize("theme", THEMES)
@each_quiz
def test_the_quiz_can_be_read_in_both_themes(page, theme):
    look(page, theme=theme)
    check_colours(page)
    for _ in rounds(page):
        check_colours(page)


OVER = """
() => ({
    page: document.scrollingElement.scrollWidth,
    over: [...document.querySelectorAll("div.quiz, div.quiz *")]
        .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth
            || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline" && e.tagName !== "INPUT")
        .map((e) => e.outerHTML.slice(0, 120)),
})
"""


@each_quiz
def test_on_a_phone_nothing_scrolls_sideways(page):
    look(page, 390)
    for n in rounds(page):
        seen = page.evaluate(OVER)
        assert seen["page"] <= 390, n
        assert seen["over"] == [], n


@each_quiz
def test_on_paper_the_answers_are_not_given_away(page):
    for _ in rounds(page):
        pass
    look(page, media="print")
    assert [words for shown in page.evaluate(SHOWN) for words in shown] == []
