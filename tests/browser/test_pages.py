"""Every page of the book: it is whole without anything from outside, on every screen, in both themes."""

import gzip
import html
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from . import book

MB = 1_000_000

every_page = pytest.mark.parametrize("page", book.pages())
pages_with_explorers = pytest.mark.parametrize("page", book.explorer_pages())
written = [page for page in book.pages() if page not in book.GENERATED]


def scroll_to(page, id):
    page.locator(f'figure[id="{id}"]').scroll_into_view_if_needed()
    page.wait_for_selector(f'figure[id="{id}"][data-ready]', state="attached")


# -- the files ---------------------------------------------------------------------------------------------------


@every_page
def test_a_page_is_small(page):
    data = book.text(page).encode()
    assert len(data) <= 5 * MB
    assert len(gzip.compress(data)) <= 0.5 * MB


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.all, self.ids = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.all.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])


@every_page
def test_a_page_loads_nothing_from_another_site(page):
    loaded = []
    for tag, attributes in Tags(book.text(page)).all:
        if tag in {"script", "img", "iframe", "source", "video", "audio", "embed"}:
            loaded.append(attributes.get("src") or "")
        elif tag == "link" and attributes.get("rel") not in {"canonical", "author"}:
            loaded.append(attributes.get("href") or "")
    assert [url for url in loaded if re.match(r"([a-z]+:)?//", url)] == []


@every_page
def test_a_page_has_no_other_fetched_ahead(page):
    """Firefox does it where a link tells of the next page, and the policy that the README gives refuses it."""
    told = {
        word for tag, a in Tags(book.text(page)).all if tag == "link" for word in a.get("rel", "").split()
    }
    assert not told & {"next", "prefetch", "prerender", "preload", "dns-prefetch", "preconnect"}


def test_formulas_ask_for_a_font_that_is_there_and_small():
    css = book.HTML / "_static" / "bundle.css"
    (asked,) = re.findall(r'@font-face[^}]*url\("(.+?)"', css.read_text(encoding="utf-8"))
    assert css.with_name("math").joinpath(asked.removeprefix("math/")).stat().st_size < 30_000
    assert not list(css.with_name("math").glob("*.otf"))


PARTS = {"msup": 2, "msub": 2, "msubsup": 3, "mfrac": 2, "munder": 2, "mover": 2, "mroot": 2}


@every_page
def test_formulas_are_whole(page):
    for formula in re.findall("<math.*?</math>", book.text(page), re.S):
        for part in ElementTree.fromstring(formula).iter():
            assert len(part) == PARTS.get(part.tag, len(part)), formula
            assert part.tag not in {"semantics", "annotation", "merror"}
            assert part.get("mathvariant", "normal") == "normal", "browsers ignore any other"


@every_page
def test_folded_code_is_plain_text_with_its_colours(page):
    folds = "".join(re.findall(r'<details class="admonition hide.*?</details>', book.text(page), re.S))
    codes = re.findall(r'<pre data-colours="(.*?)">(.*?)</pre>', folds, re.S)
    assert len(codes) == folds.count('<div class="highlight"><pre')
    for colours, text in codes:
        assert "<" not in text
        tokens = [re.fullmatch(r"(\d+)([a-z]\w*)?", token) for token in colours.split(" ")]
        assert sum(int(token[1]) for token in tokens) == len(html.unescape(text).encode("utf-16-le")) // 2


def test_without_a_script_folded_code_can_be_read(open_page):
    page = open_page("chapters/05_deltas", java_script_enabled=False).page
    fold = page.locator("details.admonition.hide").first
    fold.locator("summary").click()
    assert fold.locator("pre").is_visible()
    assert "import numpy as np" in fold.locator("pre").text_content()


@every_page
def test_no_id_stands_twice_on_a_page(page):
    ids = Tags(book.text(page)).ids
    assert sorted({i for i in ids if ids.count(i) > 1}) == []


def test_the_book_has_no_leftovers_of_other_runs():
    assert not list(book.HTML.rglob("__pycache__"))


@every_page
def test_a_page_keeps_no_address_of_memory_or_machine(page):
    text = book.text(page)
    assert not re.search(r"object at 0x[0-9a-f]+", text)
    assert "widget-view+json" not in text
    assert "require.js" not in text
    assert "katex" not in text


# -- in a browser ------------------------------------------------------------------------------------------------


# On a server each page opens in test_theme.py. Below its root one of each kind does: the addresses are those of a file.
@pytest.mark.parametrize(
    ("page", "origin"),
    [(page, "file") for page in book.pages()]
    + [(page, "http below") for page in ("index", "search", book.explorer_pages()[0])],
)
def test_a_page_opens_without_complaint_and_an_explorer_is_made_ready_in_view(open_page, page, origin):
    visit = open_page(page, origin=origin)  # which looks for requests and errors, at the end
    assert visit.page.title()
    visit.page.wait_for_timeout(150)
    ids = [id for p, id in book.explorers() if p == page]
    top = "(id) => document.getElementById(id).getBoundingClientRect().top - innerHeight"
    ready = "(id) => 'ready' in document.getElementById(id).dataset"
    far = [id for id in ids if visit.page.evaluate(top, id) > 400]
    assert far or len(ids) < 3, (
        "no explorer is far down the page: this test would not see one that is ready too early"
    )
    for id in far:
        assert not visit.page.evaluate(ready, id), id
    for id in ids:
        scroll_to(visit.page, id)
        assert visit.page.evaluate(ready, id)
    assert visit.page.locator("figure.explorer:has(input, select):not([data-ready])").count() == 0


@pages_with_explorers
def test_without_a_script_the_first_picture_and_its_sentence_are_there(open_page, page):
    visit = open_page(page, java_script_enabled=False)
    for p, id in book.explorers():
        if p == page:
            figure = visit.page.locator(f'figure[id="{id}"]')
            assert figure.locator("svg").is_visible()
            assert figure.locator("svg [data-slot] *").count() > 0
            assert figure.locator("figcaption").is_visible()
            assert len(figure.locator("figcaption").text_content()) > 10
            assert not figure.locator(".explorer-controls").is_visible()
            table = figure.locator("details.explorer-table")
            if table.count():
                assert table.locator("tbody tr").count() > 0


@pytest.mark.parametrize("screen", [(1920, 1080), (1280, 720)])
def test_full_screen_makes_a_picture_large_and_leaves_it_whole(open_page, screen):
    visit = open_page("chapters/05_deltas", viewport=screen)
    figure = visit.page.locator("figure.explorer").nth(2)
    figure.scroll_into_view_if_needed()
    visit.page.wait_for_selector("figure.explorer[data-ready]", state="attached")
    figure.evaluate("(figure) => window.explorers.predict(figure)")  # its question is answered
    before = figure.locator("svg").bounding_box()
    visit.page.locator(".btn-fullscreen-button").click()
    visit.page.wait_for_selector("html:fullscreen")
    box = figure.locator("svg").bounding_box()
    assert box["height"] > 1.25 * before["height"]
    assert box["height"] < 0.8 * screen[1]
    assert box["x"] + box["width"] <= screen[0]
    assert figure.bounding_box()["height"] < screen[1]  # with its sentence


# -- to be found -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", book.pages())
def test_a_page_has_a_title_and_a_description(page):
    head = Tags(book.text(page)).all
    descriptions = [a["content"] for tag, a in head if tag == "meta" and a.get("name") == "description"]
    assert len(descriptions) == 1
    assert 40 <= len(descriptions[0]) <= 160
    assert not re.search(r"[$\\<>{}`]", descriptions[0])


def test_no_two_pages_have_the_same_description():
    found = [re.search(r'og:description" content="(.*?)"', book.text(page))[1] for page in written]
    assert len(set(found)) == len(found) > 1


def test_the_search_in_the_header_finds_a_word(open_page):
    visit = open_page("chapters/05_deltas", origin="file")
    visit.page.locator(".bd-sidebar-primary .search-button-field").click()
    visit.page.keyboard.type("saturation")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/search.html?q=saturation*")
    results = visit.page.locator("#search-results ul.search li a")
    results.first.wait_for()
    assert "Activations" in " ".join(results.all_text_contents())
    results.first.click()
    visit.page.get_by_text("saturat").first.wait_for()


def test_the_page_for_what_is_not_there_needs_nothing_near(addresses, open_url):
    visit = open_url(f"{addresses['http']}/404.html", color_scheme="dark")
    assert visit.page.locator("h1").is_visible()
    asked = [a.get("href") for tag, a in Tags(book.text("404")).all if tag in {"link", "script", "img"}]
    assert asked == ["data:,"]  # an icon, or else a browser asks for /favicon.ico
    assert [a["href"] for tag, a in Tags(book.text("404")).all if tag == "a"] == ["/"]
