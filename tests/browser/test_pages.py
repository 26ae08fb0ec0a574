"""Every page of the book: it is whole without anything from outside, on every screen, in both themes."""

import gzip
import re
from html.parser import HTMLParser

import pytest

from bplib.explorer import palette

from . import book

MB = 1_000_000

every_page = pytest.mark.parametrize("page", book.pages())
pages_with_explorers = pytest.mark.parametrize("page", book.explorer_pages())
both_origins = pytest.mark.parametrize("origin", ["file", "http"])
written = [page for page in book.pages() if page not in book.GENERATED]


def scroll_to(page, id):
    page.locator(f'figure[id="{id}"]').scroll_into_view_if_needed()
    page.wait_for_selector(f'figure[id="{id}"][data-ready]', state="attached")


# -- the files ---------------------------------------------------------------------------------------------------


@every_page
def test_a_page_is_small(page):
    html = book.text(page).encode()
    assert len(html) <= 5 * MB
    assert len(gzip.compress(html)) <= 0.5 * MB


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.all, self.ids = [], []
        self.feed(html)

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
def test_no_id_stands_twice_on_a_page(page):
    ids = Tags(book.text(page)).ids
    assert sorted({i for i in ids if ids.count(i) > 1}) == []


@every_page
def test_a_page_keeps_no_address_of_memory_or_machine(page):
    text = book.text(page)
    assert not re.search(r"object at 0x[0-9a-f]+", text)
    assert "widget-view+json" not in text
    assert "require.js" not in text
    assert "katex-error" not in text


# -- in a browser ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["file", "http", "http below"])
@every_page
def test_a_page_opens_without_complaint(open_page, page, origin):
    visit = open_page(page, origin=origin)  # which looks for requests and errors, at the end
    assert visit.page.title()
    visit.page.wait_for_timeout(50)
    assert visit.page.locator(".katex-error").count() == 0


@both_origins
@pages_with_explorers
def test_an_explorer_is_made_ready_when_it_comes_into_view(open_page, page, origin):
    visit = open_page(page, origin=origin)
    ids = [id for p, id in book.explorers() if p == page]
    visit.page.wait_for_timeout(150)
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


SMALLEST_TEXT = """
() => [...document.querySelectorAll("figure.explorer svg")].flatMap((svg) => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll("text")].map((text) => [
        text.getAttribute("font-size") * scale, text.closest("figure").id, text.textContent]);
}).sort((a, b) => a[0] - b[0])[0] ?? null
"""
WIDTH = "() => document.scrollingElement.scrollWidth"
TOO_WIDE = """
() => [...document.querySelectorAll("main *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("pre, .katex, svg, table"))
    .slice(0, 5).map((e) => e.outerHTML.slice(0, 120))
"""


@pytest.mark.parametrize("page", written)
def test_a_page_fits_a_phone(open_page, page):
    visit = open_page(page, viewport=(390, 844), device_scale_factor=2, has_touch=True)
    assert visit.page.evaluate(WIDTH) <= 390, visit.page.evaluate(TOO_WIDE)
    visit.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert visit.page.evaluate(WIDTH) <= 390, visit.page.evaluate(TOO_WIDE)
    if smallest := visit.page.evaluate(SMALLEST_TEXT):
        assert smallest[0] >= 11, smallest
    for p, id in book.explorers():
        if p == page:
            sizes = {
                int(size)
                for track in book.explorer(p, id).tracks[:-2]
                for piece in (track[0] if track else ())
                for size in re.findall(r'<text [^>]*?font-size="(\d+)"', piece)
            }
            scale = visit.page.locator(f'figure[id="{id}"] svg').evaluate(
                "(svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"
            )
            assert min(sizes, default=1000) * scale >= 11, id
            controls = visit.page.locator(f'figure[id="{id}"]').locator("input, select, button")
            for box in controls.evaluate_all("(all) => all.map((e) => e.getBoundingClientRect().toJSON())"):
                assert box["right"] <= 390
                assert box["height"] >= 24  # a finger's, WCAG 2.2's target size


COLOURS = """
() => {
    const root = document.documentElement;
    const probe = document.createElement("span");
    const seen = (figure, colour) => {
        probe.style.color = colour; figure.append(probe);
        const rgb = getComputedStyle(probe).color; probe.remove(); return rgb;
    };
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const colour = getComputedStyle(e).backgroundColor;
            if (!/, 0\\)$/.test(colour)) return colour;
        }
        return "none";
    };
    return {
        theme: root.dataset.theme,
        figures: [...document.querySelectorAll("figure.explorer")].map((figure) => ({
            id: figure.id,
            behind: behind(figure),
            sentence: getComputedStyle(figure.querySelector("figcaption")).color,
            labels: [...figure.querySelectorAll("label")].map((e) => getComputedStyle(e).color),
            texts: [...figure.querySelectorAll("svg text")].map((e) => getComputedStyle(e).fill),
            colours: Object.fromEntries(NAMES.map((name) => [name, seen(figure, `var(--x-${name})`)])),
        })),
    };
}
"""


def rgb(colour):
    if colour.startswith("#"):
        return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return tuple(round(float(v)) for v in re.findall(r"[\d.]+", colour)[:3])


def luminance(colour):
    parts = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pages_with_explorers
def test_an_explorer_has_the_pages_theme(open_page, page, theme):
    visit = open_page(page, color_scheme=theme)
    found = visit.page.evaluate(COLOURS.replace("NAMES", str(list(palette.PALETTE))))
    assert found["theme"] == theme
    assert found["figures"]
    for figure in found["figures"]:
        for name, colours in palette.PALETTE.items():
            assert rgb(figure["colours"][name]) == rgb(colours[theme == "dark"]), (figure["id"], name)
        # Nothing lighter or darker lies behind: paper in a picture is the page's own colour.
        assert rgb(figure["behind"]) == rgb(figure["colours"]["paper"]), figure["id"]
        for colour in (figure["sentence"], *figure["labels"]):
            assert contrast(colour, figure["behind"]) >= 4.5, figure["id"]


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


@pages_with_explorers
def test_on_paper_there_are_no_controls(open_page, page):
    visit = open_page(page)
    visit.page.emulate_media(media="print")
    assert not [c for c in visit.page.locator(".explorer-controls").all() if c.is_visible()]
    assert all(c.is_visible() for c in visit.page.locator("figure.explorer svg").all())
