"""A Sphinx extension: what a page tells search engines and those who share it, and what a site has beside its pages.

Every page gets a description: its front matter's, or else what the book's first page says of it, or else its own first
sentences. There is a page for addresses that do not exist, too. What needs the site's address (canonical links,
pictures for shared links, sitemap.xml and robots.txt) is made only when the environment's BOOK_BASE_URL tells it.
"""

from __future__ import annotations

import io
import os
import re
from html import escape
from pathlib import Path
from textwrap import fill
from typing import Any

from docutils import nodes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging

from bplib import forward
from bplib.examples import RUNNING_X, running_network
from bplib.explorer import palette
from bplib.plots import DELTA, NetworkPicture, whole_figure

LONGEST = 160  # what a search engine shows of a description
WIDTH, HEIGHT = 1200, 630  # of a picture for shared links, as the sites that show them ask for

logger = logging.getLogger(__name__)


def first_sentences(text: str) -> str:
    """As many whole sentences as a description has room for; none if the first is too long."""
    found = ""
    for sentence in re.split(r"(?<=[.?!]) ", " ".join(text.split())):
        if len(longer := f"{found} {sentence}".strip()) > LONGEST:
            break
        found = longer
    return found


def in_front_matter(page: nodes.document) -> str:
    """The description that a page gives of itself."""
    return next((m["content"] for m in page.findall(nodes.meta) if m.get("name") == "description"), "")


def in_list(page: nodes.document) -> dict[str, str]:
    """What a page says of others: in its definition lists, each term a link, below it a line."""
    return {
        link["reftarget"]: first_sentences(item[-1][0].astext())  # below it stands what it builds on
        for item in page.findall(nodes.definition_list_item)
        for link in item[0].findall(pending_xref)
    }


def describe(app: Sphinx, page: str, doctree: nodes.document | None) -> str:
    """One or a few sentences on what a page holds."""
    index = app.env.get_doctree(app.config.root_doc)
    if doctree is None:  # made by Sphinx: the search and the index
        return in_front_matter(index)
    paragraph = next(doctree.findall(nodes.paragraph), nodes.paragraph())
    text = "" if list(paragraph.findall(nodes.math)) else first_sentences(paragraph.astext())
    found = in_front_matter(doctree) or in_list(index).get(page) or text
    if not found:
        logger.warning(
            "the page has no description: its first paragraph has a formula or opens with a sentence of more than %d "
            "signs; write one in its front matter, as index.md does",
            LONGEST,
            location=page,
        )
    return found


def card(title: str, book: str) -> bytes:
    """A picture for links to a page: its title, and the network of the book with the way the error goes."""
    fig = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=palette.PAPER)
    ax = whole_figure(fig)
    drawing = fig.add_axes((0.5, 0.17, 0.48, 0.76))
    drawing.set(xlim=(0, 0.48 * WIDTH), ylim=(0, 0.76 * HEIGHT))
    drawing.set_axis_off()
    network = running_network()
    picture = NetworkPicture(drawing, network.sizes)
    picture.weights(network.W, decimals=1)
    picture.values(forward(network, RUNNING_X)[1])
    for text in drawing.texts:
        text.set_fontsize(13)
    drawing.add_patch(
        FancyArrowPatch((540, 18), (36, 18), arrowstyle="-|>,head_length=14,head_width=8", color=DELTA, lw=4)
    )
    head, _, rest = title.partition(": ")
    ax.text(64, 355, fill(head, 16), fontsize=36, weight="bold")
    ax.text(64, 320, fill(rest, 28), fontsize=23, va="top", linespacing=1.4)
    ax.text(64, 56, "" if title == book else book, fontsize=20, color=palette.GREY)
    png = io.BytesIO()
    fig.savefig(png, format="png", metadata={"Software": None})
    return png.getvalue()


def meta(tags: dict[str, str]) -> str:
    """These tags in HTML; Open Graph's have their name in an attribute of its own."""
    return "".join(
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}" content="{escape(content)}">\n'
        for name, content in tags.items()
    )


def add_to_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put what a page tells of itself into its head."""
    book, base = app.config.html_title, app.config.html_baseurl
    if page == app.config.root_doc:
        context["docstitle"] = ""  # its own title is the book's, which would stand there twice
    icon = context["pathto"]("_static/icon.png", 1)  # for those who cannot read the SVG
    head = f'<link rel="alternate icon" type="image/png" href="{icon}">\n<link rel="apple-touch-icon" href="{icon}">\n'
    description = describe(app, page, doctree)
    if doctree is None or not in_front_matter(doctree):  # Sphinx writes that itself
        head += meta({"description": description})
    if doctree is not None:
        title = app.env.titles[page].astext()
        head += meta(
            {"og:type": "website", "og:site_name": book, "og:title": title, "og:description": description}
        )
        if base:
            path = Path("_static", "cards", f"{page.replace('/', '-')}.png")
            Path(app.outdir, path).parent.mkdir(parents=True, exist_ok=True)
            Path(app.outdir, path).write_bytes(card(title, book))
            head += meta(
                {
                    "og:url": base + app.builder.get_target_uri(page),
                    "og:image": base + path.as_posix(),
                    "og:image:width": str(WIDTH),
                    "og:image:height": str(HEIGHT),
                    "og:image:alt": f"{title}: a small network with its numbers, and an arrow back",
                    "twitter:card": "summary_large_image",
                }
            )
    context["metatags"] = context.get("metatags", "") + head


def not_found(title: str, base: str) -> str:
    """The page for an address that does not exist: a server shows it at any depth, so that it can link to nothing near.

    Without the site's address there is only the root of the server to go to.
    """
    links = (
        f'<a href="{escape(base)}">the first page of the book</a>, or <a href="{escape(base)}search.html">search it</a>'
        if base
        else '<a href="/">the start of this site</a>'
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="robots" content="noindex">\n'
        f"<title>Not found: {escape(title)}</title>\n"
        '<link rel="icon" href="data:,">\n'  # none: else a browser asks the server's root for one
        # As an attribute, since a Content-Security-Policy that lets formulas place their parts lets it stand.
        '</head>\n<body style="max-width: 40rem; margin: 4rem auto; padding: 0 1rem; '
        'font: 1.1rem/1.6 system-ui, sans-serif">\n'
        f"<main>\n<h1>This page is not there</h1>\n<p>{escape(title)} has no page at this "
        f"address; perhaps it has moved. Go to {links}.</p>\n</main>\n</body>\n</html>\n"
    )


def write_beside(app: Sphinx, exception: Exception | None) -> None:
    """Write what a site has beside its pages."""
    if exception or app.builder.format != "html":
        return
    base = app.config.html_baseurl
    files = {"404.html": not_found(app.config.html_title, base)}
    if base:
        pages = (app.builder.get_target_uri(page) for page in sorted(app.env.found_docs))
        urls = "".join(f"  <url><loc>{escape(base + page)}</loc></url>\n" for page in pages)
        files["sitemap.xml"] = (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
        )
        files["robots.txt"] = f"User-agent: *\nAllow: /\n\nSitemap: {base}sitemap.xml\n"
    for name, text in files.items():
        Path(app.outdir, name).write_text(text, encoding="utf-8", newline="\n")


def set_base(app: Sphinx, config: Config) -> None:
    """The site's address, which no file of the book knows."""
    base = os.environ.get("BOOK_BASE_URL", "")
    if base and not re.fullmatch(r"https?://[^/\s?#]+(/[^\s?#]*)?", base):
        raise ConfigError(f"BOOK_BASE_URL is {base!r}; expected an address as https://host/folder/")
    config.html_baseurl = base and base.rstrip("/") + "/"


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    app.connect("config-inited", set_base)
    app.connect("html-page-context", add_to_page)
    app.connect("build-finished", write_beside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
