"""The first page: its figure is live, and the map says the same as the chapters' order."""

import re

import pytest
import yaml

from . import book

TITLES = (
    "() => [...document.querySelectorAll('.map dt')].map((e) => [e.querySelector('a').href, e.textContent])"
)


@pytest.fixture
def front(open_page):
    return open_page("index").page


def test_what_makes_the_book_different_is_in_view_at_once(front):
    figure = front.locator("figure.explorer").bounding_box()
    assert figure["y"] + figure["height"] * 0.8 < 900
    front.wait_for_selector("figure.explorer[data-ready]")
    sentence = front.locator("figure.explorer figcaption")
    before = sentence.text_content()
    front.locator("figure.explorer button[data-interval]").click()
    front.wait_for_function(
        "(before) => document.querySelector('figcaption').textContent !== before", arg=before
    )


def test_on_a_phone_the_figure_begins_in_view(open_page):
    page = open_page("index", viewport=(390, 844), has_touch=True).page
    assert page.locator("figure.explorer svg").bounding_box()["y"] < 420


def test_the_map_has_each_chapter_in_its_order(front):
    toc = yaml.safe_load((book.SOURCE / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [c["file"] for part in toc["parts"] if part.get("numbered") for c in part["chapters"]]
    items = front.evaluate(TITLES)
    assert [re.search(r"chapters/[^.]+", href)[0] for href, _ in items] == chapters
    for (_, words), chapter in zip(items, chapters, strict=True):
        title = re.search(r"<title>[\d.]+ (.*?) &#8212;", book.text(chapter))[1]
        assert words.strip() == title


def test_each_row_of_the_map_begins_at_the_left(front):
    levels = front.evaluate(
        "() => [...document.querySelectorAll('.map dl')].map((dl) => [...dl.querySelectorAll('dt')].map((dt) => "
        "[Math.round(dt.getBoundingClientRect().y), Math.round(dt.getBoundingClientRect().x)]))"
    )
    firsts = {min(x for y, x in level if y == row) for level in levels for row, _ in level}
    assert len(firsts) == 1, levels


def test_each_chapter_says_what_it_builds_on(front):
    """In words, for who does not see the arrows: each names chapters that come before it."""
    names = [words.split(":")[0].strip() for _, words in front.evaluate(TITLES)]
    notes = front.locator(".map dd > p:last-child").all_text_contents()
    assert len(notes) == len(names)
    assert not notes[0].startswith("Builds")
    for k, note in enumerate(notes[1:], start=1):
        named = re.fullmatch(r"Builds on (.*?)\.( Start here .*)?", note)[1]
        for name in re.split(r",? and |, ", named):
            assert name in names[:k], (names[k], name)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_three_ways_lead_to_their_places(open_page, width):
    page = open_page("index", viewport=(width, 844)).page
    for name, place in (
        ("Read", "01_weights.html"),
        ("Run", "how_to_use.html#run"),
        ("Teach", "how_to_use.html#teach"),
    ):
        link = page.locator(".ways-in a", has_text=name)
        assert link.evaluate("(a) => a.href").endswith(place)
        anchor = place.partition("#")[2]
        assert not anchor or f'id="{anchor}"' in book.text("chapters/how_to_use")
