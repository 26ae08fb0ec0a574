"""The whole book as one PDF: its pages in their order, as a browser prints them, with contents, outline and links.

The pages become one document, which Chromium prints. So the page numbers go through, a link to another page leads
there, and the outline is that of the headings; the style for paper is the one for a single page (assets/book.css).
"""

import sys
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import ARGUMENTS, find_chromium  # noqa: E402

HTML = ROOT / "_build" / "html"
PDF = ROOT / "_build" / "backpropagation-hands-on.pdf"

# What a page gives to the book. Its name comes before each id, so that each stays the only one of its kind, and
# before what refers to one; a link to a page of the book becomes a link to its place in the document.
TAKE = """
(root) => {
    const name = (url) => decodeURI(url.href.slice(root.length)).replace(/[.]html.*/, "");
    const here = name(location);
    const next = document.querySelector("a.right-next");
    const article = document.querySelector("article.bd-article");
    dispatchEvent(new Event("beforeprint")); // which colours code
    article.querySelectorAll("script, .headerlink").forEach((e) => e.remove());
    for (const e of article.querySelectorAll("*")) {
        if (e.matches("a[href]") && e.href.startsWith(root)) {
            const url = new URL(e.href);
            e.setAttribute("href", `#${name(url)}${url.hash.replace("#", ":")}`);
            continue;
        }
        if (e.src) e.src = e.src; // with its whole address
        for (const a of e.attributes) {
            if (a.name === "id" || a.name === "for") a.value = `${here}:${a.value}`;
            else a.value = a.value.replace(/^#(?=.*[.])|(?<=url[(])#/, `#${here}:`);
        }
    }
    return {
        name: here,
        next: next && next.href,
        styles: [...document.querySelectorAll("link[rel=stylesheet]")].map((e) => e.href),
        headings: [...article.querySelectorAll("h1, h2")].map(
            (e) => [e.tagName, e.closest("section").id, e.textContent]),
        html: article.innerHTML,
    };
}
"""

STYLE = """
@page { size: A4; @bottom-center { content: counter(page); font: 9pt sans-serif; color: #5f6670; } }
@page :first { @bottom-center { content: none; } }
.book-page { break-before: page; }
.book-cover { height: 240mm; display: flex; flex-direction: column; justify-content: center; text-align: center; }
.book-cover img { height: 60mm; }
.book-cover p { font-size: 2.6rem; font-weight: 600; margin-top: 3rem; }
.book-contents { list-style: none; padding: 0; font-size: 0.9rem; line-height: 1.25; }
.book-contents a { display: flex; justify-content: space-between; gap: 1rem; color: inherit; text-decoration: none; }
.book-contents .book-h1 { margin-top: 0.5rem; font-weight: 600; break-after: avoid; }
.book-contents .book-h2 { padding-left: 1.5rem; font-size: 0.85rem; }
"""


def take(page: Page) -> list[dict[str, Any]]:
    """All pages of the built book: the first, and what follows each."""
    url, found = (HTML / "index.html").as_uri(), []
    while url:
        page.goto(url)
        found.append(page.evaluate(TAKE, f"{HTML.as_uri()}/"))
        url = found[-1]["next"]
    return found


def document(pages: list[dict[str, Any]], numbers: dict[str, int]) -> str:
    """All pages as one, with a cover and contents; `numbers` say on which page of paper a section begins."""
    title = escape(pages[0]["headings"][0][2])
    styles = dict.fromkeys(url for page in pages for url in page["styles"])
    contents = "".join(
        f'<li class="book-{tag.lower()}"><a href="#{id}"><span>{escape(text)}</span> '
        f"<span>{numbers.get(id, 100)}</span></a></li>"
        for page in pages
        for tag, id, text in page["headings"]
    )
    articles = "".join(
        f'<article class="bd-article book-page" id="{page["name"]}">{page["html"]}</article>'
        for page in pages
    )
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>'
        + "".join(f'<link rel="stylesheet" href="{url}">' for url in styles)
        + f'<style>{STYLE}</style></head><body><main class="bd-main"><div class="bd-content">'
        f'<div class="book-cover"><div><img src="{(HTML / "_static/logo.svg").as_uri()}" alt=""></div>'
        f'<p>{title}</p></div><nav class="book-page"><h1>Contents</h1><ul class="book-contents">{contents}</ul></nav>'
        f"{articles}</div></main></body></html>"
    )


def printed(page: Page, html: str, *, tagged: bool) -> pikepdf.Pdf:
    """That document on paper; the tags are for screen readers, and take time."""
    page.set_content(html)
    pdf = page.pdf(prefer_css_page_size=True, print_background=True, tagged=tagged)
    return pikepdf.open(BytesIO(pdf))


def numbers(pdf: pikepdf.Pdf) -> dict[str, int]:
    """The page on which each target of a link stands."""
    pages = {page.objgen: n for n, page in enumerate(pdf.pages, start=1)}
    return {name.removeprefix("/"): pages[target[0].objgen] for name, target in pdf.Root.Dests.items()}


def add_outline(pdf: pikepdf.Pdf, pages: list[dict[str, Any]]) -> None:
    """Each page with its sections; Chromium's own outline doubles a heading that it moves to the next sheet."""
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Contents", 1))
        for page in pages:
            first, *rest = (
                pikepdf.OutlineItem(text, pdf.Root.Dests[f"/{id}"]) for _, id, text in page["headings"]
            )
            first.children.extend(rest)
            first.is_closed = True
            outline.root.append(first)


def check(pdf: pikepdf.Pdf, pages: list[dict[str, Any]], contents: dict[str, int]) -> None:
    """What a reader would miss is an error."""
    assert numbers(pdf) == contents, "the page numbers in the contents are not those of the pages"
    places = [contents[id] for page in pages for _, id, _ in page["headings"]]
    assert places == sorted(places), f"the sections are not in their order: {places}"
    for n, page in enumerate(pdf.pages, start=1):
        texts = sum(str(i.operator) in ("Tj", "TJ") for i in pikepdf.parse_content_stream(page))
        assert texts > 1 or n == 1, f"page {n} has nothing but its number"


def main() -> None:
    """Print the built book."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=ARGUMENTS)
        page = browser.new_context(java_script_enabled=False).new_page()
        page.set_default_timeout(300_000)
        pages = take(page)
        contents = numbers(printed(page, document(pages, {}), tagged=False))
        pdf = printed(page, document(pages, contents), tagged=True)
        browser.close()
    add_outline(pdf, pages)
    check(pdf, pages, contents)
    del pdf.docinfo["/CreationDate"], pdf.docinfo["/ModDate"]  # the same book makes the same file
    pdf.save(PDF, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    print(f"{PDF.relative_to(ROOT)}: {len(pdf.pages)} pages, {PDF.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
