"""A Sphinx extension: the fonts of formulas, each with the signs that the book's formulas have in it, and no others.

A font without any is left out, and so is what the style sheet says of it: WebKit would ask for it all the same.

KaTeX's fonts have thousands of signs; the book uses some eighty, most in one font or two. A page's fonts shrink from
55 kB to 12. (As data in the style sheet they would save requests, but come after the first paint, and lines jump.)
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import tinycss2
from fontTools import subset
from sphinx.application import Sphinx

KATEX = "katex/katex.min.css"
Style = dict[str, str]  # font-family, font-style, font-weight
URL = re.compile(r'url\("?([^")]+)"?\)')
START = {"font-family": "KaTeX_Main", "font-style": "normal", "font-weight": "400"}


def fonts(sheet: list[Any]) -> tuple[list[tuple[set[str], Style]], dict[str, Style]]:
    """What a style sheet says of fonts: which classes ask for which, and what the font in each file is."""
    rules, files = [], {}
    for rule in sheet:
        declared = {
            d.lower_name: tinycss2.serialize(d.value).strip(' "')
            for d in tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
            if d.type == "declaration"
        }
        style = {name: declared[name] for name in START if name in declared}
        if rule.type == "at-rule":  # the only one that KaTeX has: @font-face
            files[URL.search(declared["src"])[1]] = style  # type: ignore[index]
        elif style:
            for selector in tinycss2.serialize(rule.prelude).split(","):
                # The last part with classes: what is below it has its font.
                parts = [set(re.findall(r"\.([\w-]+)", part)) for part in re.split(r"[\s>+~]+", selector)]
                rules.append(([classes for classes in parts if classes][-1], style))
    return rules, files


class Signs(HTMLParser):
    """Collects the signs in the visible part of formulas, for each font that they are in."""

    def __init__(self, rules: list[tuple[set[str], Style]]) -> None:
        super().__init__()
        self.rules = rules
        self.styles: list[Style] = []  # of the spans that are open
        self.found: dict[tuple[str, ...], set[str]] = defaultdict(set)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A formula is a span of spans."""
        classes = set((dict(attrs).get("class") or "").split())
        if tag == "span" and (self.styles or "katex-html" in classes):
            style = dict(self.styles[-1] if self.styles else START)
            for asked, change in self.rules:
                if asked <= classes:
                    style |= change
            self.styles.append(style)

    def handle_endtag(self, tag: str) -> None:
        """It ends where its first span does."""
        if tag == "span" and self.styles:
            self.styles.pop()

    def handle_data(self, data: str) -> None:
        """What a formula shows."""
        if self.styles:
            self.found[tuple(self.styles[-1].values())] |= set(data)


def nearest(style: tuple[str, ...], files: dict[str, Style]) -> str:
    """The file of the font that a browser takes for a style: of the family, the one most like it."""
    return max(files, key=lambda f: [a == b for a, b in zip(style, files[f].values(), strict=True)])


def write_fonts(app: Sphinx, failed: Exception | None) -> None:
    """Write the fonts when all pages are there: they tell what is used."""
    if failed or app.builder.format != "html":
        return
    original = Path(app.srcdir, "assets", KATEX)
    css = original.read_text(encoding="utf-8")
    sheet = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    rules, files = fonts(sheet)
    signs = Signs(rules)
    for page in sorted(Path(app.outdir).rglob("*.html")):
        signs.feed(page.read_text(encoding="utf-8"))
    used: dict[str, set[str]] = defaultdict(set)
    for style, found in signs.found.items():
        used[nearest(style, files)] |= found

    # Hints, for screens of few pixels, are a third of a font.
    options: Any = subset.Options(flavor="woff2", hinting=False)
    for file in files:
        written = Path(app.outdir, "_static", KATEX).parent / file
        if file not in used:
            written.unlink(missing_ok=True)
            css = re.sub(rf"@font-face\{{[^{{}}]*{re.escape(file)}[^{{}}]*\}}", "", css)
            continue
        with subset.load_font(original.parent / file, options) as font:
            subsetter = subset.Subsetter(options)
            subsetter.populate(text="".join(used[file]))
            subsetter.subset(font)
            subset.save_font(font, written, options)
    Path(app.outdir, "_static", KATEX).write_text(css, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # else it tells of each table
    app.connect("build-finished", write_fonts, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
