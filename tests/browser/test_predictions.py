"""What the reader says will happen before the controls can be moved: on a page of its own, and in the book."""

import json
from collections import Counter

import pytest
from playwright.sync_api import expect

from bplib.explorer import Choice, Explorer, Prediction, Slider
from bplib.explorer.sphinx_ext import frames_apart

from . import book
from .reader import THEMES, contrast

CONTROLS = {"w": Slider(-1, 1, step=0.5, value=0.5, label="weight"), "f": Choice("tanh", "a & b")}
ASKED = Prediction(
    'What will "it" be?',
    "More & <b>more</b>.",
    "Less.",
    at={"w": -1, "f": "a & b"},
    outcome="It is <i>less</i>.",
)


def line(fig):
    """A line."""
    ax = fig.subplots()
    (moving,) = ax.plot([0, 1], [0, 1], animated=True)
    ax.text(0.5, 0.5, "the answer", animated=True, gid="answer")

    def update(w, f):
        moving.set_ydata([0, w])
        return f"{f}: {w}"

    return update


@pytest.fixture(scope="module")
def address(serve_explorers):
    names, Explorer._names = Explorer._names, Counter()
    html, scripts = frames_apart(Explorer(line, CONTROLS, predict=ASKED).html(), lambda name: name)
    Explorer._names = names
    return serve_explorers(html, scripts)


@pytest.fixture
def page(open_url, address):
    page = open_url(address).page
    page.wait_for_selector("figure[data-ready]")
    return page


def is_open(page):
    question, controls = page.locator(".explorer-question"), page.locator(".explorer-controls")
    assert question.is_visible() != controls.is_visible()
    return controls.is_visible()


def test_the_controls_come_with_the_answer_and_the_outcome_stands_beside_it(page):
    said = page.locator(".explorer-said")
    assert not is_open(page)
    assert page.get_by_role("group", name='What will "it" be?').is_visible()
    assert not said.is_visible()
    page.get_by_role("button", name="More & <b>more</b>.").click()
    assert is_open(page)
    expect(said).to_have_text(
        "You said: “More & <b>more</b>.” Now set weight to −1.0 and f to a & b, and see. Go there"
    )
    assert page.evaluate("document.activeElement.id") == "line.w"
    page.keyboard.press("Home")
    expect(page.locator("figcaption")).to_have_text("tanh: -1.0")
    assert "Now set" in said.text_content()
    page.get_by_label("f", exact=True).select_option("a & b")
    expect(said).to_have_text("You said: “More & <b>more</b>.” It is <i>less</i>.")
    expect(page.locator("figcaption")).to_have_text("a & b: -1.0")
    page.get_by_label("weight").press("End")
    expect(page.locator("figcaption")).to_have_text("a & b: 1.0")
    assert "It is <i>less</i>." in said.text_content()


def test_what_tells_the_answer_comes_with_it(page):
    told = page.get_by_text("the answer")
    expect(told).to_have_css("visibility", "hidden")
    page.emulate_media(media="print")
    expect(told).to_have_css("visibility", "visible")
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Less.").click()
    expect(told).to_have_css("visibility", "visible")


def test_there_is_a_button_that_goes_there(page):
    page.get_by_role("button", name="Less.").click()
    page.get_by_role("button", name="Go there").click()
    expect(page.locator(".explorer-said")).to_have_text("You said: “Less.” It is <i>less</i>.")
    expect(page.locator("figcaption")).to_have_text("a & b: -1.0")
    assert page.evaluate("document.activeElement.id") == "line.w"


@pytest.mark.parametrize("how", ["Escape", "the button"])
def test_the_question_can_be_skipped_with_one_key(page, how):
    page.get_by_role("button", name="More").focus()
    if how == "Escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="Skip").press("Enter")
    assert is_open(page)
    assert page.evaluate("document.activeElement.id") == "line.w"
    page.get_by_label("weight").press("Home")
    page.get_by_label("f", exact=True).select_option("a & b")
    expect(page.locator("figcaption")).to_have_text("a & b: -1.0")
    assert page.locator(".explorer-said").text_content() == ""


def test_by_the_keyboard(page):
    page.keyboard.press("Tab")
    names = []
    for _ in range(3):
        names.append(page.evaluate("document.activeElement.textContent"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Tab")
    assert names == ["More & <b>more</b>.", "Less.", "Skip"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert page.locator(".explorer-said").get_attribute("role") == "status"
    assert page.locator(".explorer-said").text_content().startswith("You said: “Less.”")


def test_a_link_to_a_position_asks_nothing(open_url, address):
    page = open_url(f"{address}#explorer=line&w=-1.0&f=tanh").page
    page.wait_for_selector("figure[data-ready]")
    assert is_open(page)
    expect(page.locator("figcaption")).to_have_text("tanh: -1.0")


def test_frames_that_cannot_be_loaded_leave_no_question(open_url, address):
    visit = open_url("about:blank")
    visit.context.route("**/line.js*", lambda route: route.fulfill(body=""))
    visit.open(address)
    visit.page.get_by_role("alert").wait_for()
    assert not visit.page.locator(".explorer-question").is_visible()


@pytest.mark.parametrize("how", ["no script", "paper"])
def test_where_nothing_can_be_moved_nothing_is_asked(open_url, address, how):
    page = open_url(address, java_script_enabled=how != "no script").page
    if how == "paper":
        page.emulate_media(media="print")
    assert not page.locator(".explorer-question").is_visible()
    assert not page.locator(".explorer-controls").is_visible()


# -- in the book -------------------------------------------------------------------------------------------------

ASKING = [
    page for page in book.explorer_pages() if page != book.NOTHING and "explorer-question" in book.text(page)
]
GO = """
(figure) => new Promise((done) => {
    figure.querySelector(".explorer-question button").click();
    figure.querySelector(".explorer-said button").click();
    requestAnimationFrame(() => requestAnimationFrame(() => done()));
})
"""


@pytest.mark.parametrize("name", ASKING or [book.NOTHING])
def test_each_question_of_the_book_is_answered_shown_and_kept(open_page, name):
    page = open_page(name).page
    figures = page.locator("figure.explorer:has(.explorer-question)")
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        id = figure.get_attribute("id")
        page.wait_for_selector(f'figure[id="{id}"][data-ready]')
        before = figure.locator("figcaption").text_content()
        figure.evaluate(GO)
        asked = figure.locator(".explorer-question")
        choice = asked.locator("button").first.text_content()
        told = figure.locator(".explorer-said").text_content().strip()
        assert told == f"You said: “{choice}” {asked.get_attribute('data-outcome')}"
        assert figure.locator("figcaption").text_content() != before
        assert page.evaluate("document.activeElement.closest('figure').id") == id
    said = [figure.locator(".explorer-said").text_content() for figure in figures.all()]
    captions = [figure.locator("figcaption").text_content() for figure in figures.all()]
    page.reload()
    for figure, words, caption in zip(figures.all(), said, captions, strict=True):
        figure.scroll_into_view_if_needed()
        page.wait_for_selector(f'figure[id="{figure.get_attribute("id")}"][data-ready]')
        expect(figure.locator("figcaption")).to_have_text(caption)
        expect(figure.locator(".explorer-said")).to_have_text(words)
        assert not figure.locator(".explorer-question").is_visible()
    kept = json.loads(page.evaluate(f"localStorage.getItem('bplib:{name}')"))
    assert len(kept["predictions"]) == len(kept["positions"]) == len(said)


@pytest.mark.parametrize("name", ASKING or [book.NOTHING])
def test_a_question_fits_a_phone_and_can_be_read_in_both_themes(open_page, name):
    page = open_page(name, viewport=(390, 844), has_touch=True).page
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    for button in page.locator(".explorer-question button").all():
        assert button.bounding_box()["height"] >= 44
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.wait_for_selector(f"html[data-theme={theme}]")
        ink, paper = page.evaluate(
            """() => [getComputedStyle(document.querySelector(".explorer-question button")).color,
                getComputedStyle(document.body).backgroundColor]"""
        )
        assert contrast(ink, paper) >= 4.5


def test_a_link_to_a_position_is_not_moved_by_what_was_kept(open_page):
    page = open_page("chapters/03_loss").page
    figure = page.locator('figure[id="parabola"]')
    figure.scroll_into_view_if_needed()
    page.wait_for_selector('figure[id="parabola"][data-ready]')
    figure.evaluate(GO)
    page.goto(page.url.split("#")[0] + "#explorer=parabola&eta=0.25&c=1&step=1")
    page.reload()
    page.wait_for_selector('figure[id="parabola"][data-ready]')
    expect(figure.locator("figcaption")).to_contain_text("ηc = 0.25")
