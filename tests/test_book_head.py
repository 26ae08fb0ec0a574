"""A tiny book, built by Sphinx with and without an address: what its pages tell of themselves, and what lies beside."""

import importlib.util
import os
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from builds import build
from PIL import Image

TOOLS = Path(__file__).resolve().parent.parent / "tools"
CONF = """
extensions = ["myst_parser", "book_head"]
myst_enable_extensions = ["deflist", "dollarmath"]
project, html_title = "A book", "A & book"
html_theme = "basic"
"""
INDEX = """---
myst:
  html_meta:
    description: From the "front" matter.
---
# A & book

[**One**](chapters/one): first
: What the first page says.

```{toctree}
chapters/one
two
```
"""
TWO = (
    "# Two: a *title*\n\nShort `code` & more.\nSecond sentence. "
    + "A third that is far too long " * 5
    + ".\n"
)
BASE = "https://example.org/some/where"


def load():
    spec = importlib.util.spec_from_file_location("tools_book_head", TOOLS / "book_head.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


head = load()


class Head(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.meta, self.links, self.title = [], {}, None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "meta":
            self.meta.append(
                (attributes.get("property") or attributes.get("name"), attributes.get("content"))
            )
        elif tag == "link":
            self.links[attributes["rel"]] = attributes["href"]
        self.title = "" if tag == "title" else self.title

    def handle_data(self, data):
        if self.title == "":
            self.title = data


SOURCES = {"conf.py": CONF, "index.md": INDEX, "chapters/one.md": "# One\n\nIts own text.\n", "two.md": TWO}


def wanted(folder, base, sources=SOURCES):
    """One build, for the program that builds several."""
    folder.joinpath("chapters").mkdir(parents=True)
    for name, text in sources.items():
        folder.joinpath(name).write_text(text, encoding="utf-8")
    environment = {"PYTHONPATH": os.pathsep.join([str(TOOLS), str(TOOLS.parent)])}
    arguments = ["-W", "-n", "--keep-going", str(folder), str(folder / "html")]
    return arguments, environment | ({"BOOK_BASE_URL": base} if base else {})


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Three books, and how building each ended: with an address, without, and with a page that cannot be described."""
    folder = tmp_path_factory.mktemp("books")
    two = "# Two\n\nThe line $z = wx$ is the first thing.\n"
    done = build(
        wanted(folder / "with", BASE),
        wanted(folder / "without", ""),
        wanted(folder / "failing", "", SOURCES | {"two.md": two}),
        without={"BOOK_BASE_URL"},
    )
    return folder, done


@pytest.fixture(scope="module")
def books(built):
    folder, done = built
    for book in done[:2]:
        assert book.code == 0, book.said
    return folder


@pytest.fixture(params=["with", "without"])
def book(books, request):
    return books / request.param / "html"


DESCRIPTIONS = {
    "index": 'From the "front" matter.',
    "chapters/one": "What the first page says.",
    "two": "Short code & more. Second sentence.",
    "search": 'From the "front" matter.',
}


@pytest.mark.parametrize("page", DESCRIPTIONS)
def test_a_page_is_described_once(book, page):
    meta = Head(book / f"{page}.html").meta
    assert [content for name, content in meta if name == "description"] == [DESCRIPTIONS[page]]
    assert dict(meta).get("og:description", DESCRIPTIONS[page]) == DESCRIPTIONS[page]


def test_the_book_names_itself_once(book):
    assert Head(book / "index.html").title == "A & book"
    assert Head(book / "two.html").title.startswith("Two: a title \N{EM DASH} A")
    assert dict(Head(book / "two.html").meta)["og:title"] == "Two: a title"


def test_an_icon_is_found_from_any_depth(book):
    assert Head(book / "two.html").links["apple-touch-icon"] == "_static/icon.png"
    assert Head(book / "chapters" / "one.html").links["alternate icon"] == "../_static/icon.png"


def test_with_an_address(books):
    html = books / "with" / "html"
    one = Head(html / "chapters" / "one.html")
    assert one.links["canonical"] == dict(one.meta)["og:url"] == f"{BASE}/chapters/one.html"
    assert dict(one.meta)["og:image"] == f"{BASE}/_static/cards/chapters-one.png"
    with Image.open(html / "_static" / "cards" / "chapters-one.png") as image:
        assert image.size == (1200, 630)
    urls = [e.text for e in ElementTree.parse(html / "sitemap.xml").iter() if e.tag.endswith("}loc")]
    assert urls == [f"{BASE}/{page}.html" for page in ("chapters/one", "index", "two")]
    assert f"\nSitemap: {BASE}/sitemap.xml\n" in (html / "robots.txt").read_text()
    assert f'<a href="{BASE}/">' in (html / "404.html").read_text(encoding="utf-8")


def test_without_an_address_none_is_made_up(books):
    html = books / "without" / "html"
    one = Head(html / "chapters" / "one.html")
    assert "canonical" not in one.links
    assert not {"og:url", "og:image"} & {name for name, _ in one.meta}
    assert not [name for name in ("sitemap.xml", "robots.txt", "_static/cards") if (html / name).exists()]
    assert re.findall('<a href="(.*?)"', (html / "404.html").read_text(encoding="utf-8")) == ["/"]


def test_the_page_for_what_is_not_there_asks_for_nothing(book):
    """Not even for the icon that a browser looks for at the server's root where a page names none."""
    page = Head(book / "404.html")
    assert page.links == {"icon": "data:,"}
    assert "src=" not in (book / "404.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("base", ["example.org", "ftp://example.org/", "https://", "https://example.org/?x"])
def test_what_is_no_address_is_an_error(monkeypatch, base):
    monkeypatch.setenv("BOOK_BASE_URL", base)
    with pytest.raises(head.ConfigError, match=re.escape(f"BOOK_BASE_URL is {base!r}; expected")):
        head.set_base(None, None)


def test_a_page_that_cannot_be_described_fails_the_build(built):
    failing = built[1][2]
    assert failing.code != 0
    assert re.search(r"two\S*: WARNING: the page has no description", failing.said), failing.said


def test_a_card_is_small_and_always_the_same():
    png = head.card("Chain rule: multiply along a path, add over the paths", "A book")
    assert len(png) < 100_000
    assert png == head.card("Chain rule: multiply along a path, add over the paths", "A book")
    assert png != head.card("Loss: one number", "A book")
    with Image.open(BytesIO(png)) as image:
        assert "Software" not in image.info
