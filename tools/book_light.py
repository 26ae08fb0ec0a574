"""A Sphinx extension: what a page must not make a browser build before it can be read.

Two thirds of a chapter's elements were the colours of code that nobody had unfolded, and formulas written twice, once
to be seen and once to be read out. Here folded code is plain text with a line that says where its colours begin and
end, which book.js reads when the fold opens: for a search, the copy button and whoever has no script the text is there
as ever. And a formula is its MathML alone, as browsers draw it today, with the spaces that TeX gives it.
"""

from __future__ import annotations

import html
import re
from typing import Any
from xml.etree import ElementTree as ET

from sphinx.application import Sphinx

FOLD = re.compile(r'<details class="admonition hide.*?</details>', re.DOTALL)
CODE = re.compile(r'<div class="highlight"><pre>(?:<span></span>)?(.*?)</pre>', re.DOTALL)
TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>|([^<]+)')
# Inline with the punctuation after it, which else could come to stand at the start of a line.
FORMULA = re.compile(r'<span class="katex">(<math.*?</math>)</span>(?:</span>([.,;:?)]+))?', re.DOTALL)

# KaTeX's spaces that are text; a sign after them makes them negative.
WIDTHS = {"\u200a": 1 / 18, "\u2009": 1 / 6, "\u2005": 2 / 9, "\u2005\u200a": 5 / 18}
NEGATIVE = "\u2063"
APPLIED = "\u2061"  # between a function's name and its argument
THIN, MEDIUM = 1 / 6, 2 / 9
SIGNS, CLOSING = "()[]{}∥∣′…", ")]}"  # that have no space of their own
SCRIPTS = {"msup", "msub", "msubsup"}
FIXED = SCRIPTS | {"mfrac", "munder", "mover", "munderover", "mroot"}  # whose parts have each a place
# Slanted letters lean over what follows, by up to a fifth of their height. TeX and Firefox leave room for it, Chromium
# and WebKit do not: half of it suits all.
LEANS = dict.fromkeys("CHJKMNUXf", 0.05) | dict.fromkeys("PTVWY", 0.08)


def without_colours(code: re.Match[str]) -> str:
    """Code as text, and its colours as lengths and classes: "4k 1 6nn"; a length alone has no class."""
    tokens, texts, end = [], [], 0
    for token in TOKEN.finditer(code[1]):
        if token.start() != end:
            break
        end = token.end()
        texts.append(token[2] if token[1] else token[3])
        # JavaScript counts in units of UTF-16.
        tokens.append(f"{len(html.unescape(texts[-1]).encode('utf-16-le')) // 2}{token[1] or ''}")
    if end != len(code[1]):
        raise ValueError(f"highlighted code has spans in spans: {code[1][end : end + 200]!r}")
    return f'<div class="highlight"><pre data-colours="{" ".join(tokens)}">{"".join(texts)}</pre>'


def formula(written: re.Match[str]) -> str:
    """A formula of KaTeX's without its source, and with the spaces that KaTeX leaves to its other half."""
    math = ET.fromstring(re.sub(' xmlns="[^"]*"', "", written[1]))
    shown, number = math[0][0], ""  # in <semantics>, before the source
    if shown.tag == "mtable" and shown.get("width"):  # a row of: room, the formula, room, its number
        _, cell, _, last = shown[0]
        shown, number = cell[0], f'<span class="math-number">{"".join(last.itertext())}</span>'
    math[:] = list(shown) if shown.tag == "mrow" else [shown]
    space(math, display=math.get("display") == "block")
    after = written[2] or ""
    return (
        ET.tostring(math, encoding="unicode", short_empty_elements=False)
        + number
        + after
        + "</span>" * bool(after)
    )


def space(row: ET.Element, *, display: bool, script: bool = False) -> None:
    """Space the parts of a formula as TeX does, and let browsers agree on the size of its fractions."""
    if row.tag in FIXED:  # where KaTeX's sign after a name would be one part too many: c_{\\max}
        row[:] = [part for part in row if part.text != APPLIED]
    parts: list[ET.Element] = []
    for i, part in enumerate(row):
        text, before = part.text or "", parts[-1] if parts else None
        beyond = row[i + 1] if i + 1 < len(row) and row[i + 1].tag != "mspace" else None
        after = "" if beyond is None else beyond.text or beyond.tag
        in_script = script or (row.tag in SCRIPTS and i > 0)
        operand = before is not None and (before.tag not in {"mo", "mspace"} or before.text in [*CLOSING])
        lean = 0.0 if before is None or row.tag in SCRIPTS else LEANS.get(before.text or "", 0.0)
        if part.tag == "mtable" and part.get("columnalign", "").startswith("right"):
            part.set("columnspacing", "0em")
        if part.tag == "mtd" and i and i % 2 == 0:  # the next of several equations in a line
            part.insert(0, gap(1))
        if part.tag == "mtext" and (width := WIDTHS.get(text.strip(NEGATIVE))):
            part = gap(-width if NEGATIVE in text else width)
        elif part.get("mathvariant") == "normal":
            part.tag, part.attrib = "mo", {}  # beside an upright mi, Firefox sets a space
            around(part, 0)
        elif text == APPLIED:
            around(part, 0, 0 if not after or after in SIGNS else THIN)
        elif part.tag == "mo" and part.get("minsize") == "1.2em":  # \\big, which Chromium gives room for more
            part.attrib = {"class": "big", "stretchy": "false"}
            around(part, lean, 0)
        elif part.tag == "mo" and (in_script or text in SIGNS):
            around(part, lean, 0)
        elif part.tag == "mo" and text in "⋅⊙⋯":
            around(part, THIN if text == "⋯" else MEDIUM)
            part.set("largeop", "false")
        elif part.tag == "mo" and text in "+−" and before is not None and not operand:
            part.set("form", "prefix")
            around(part, 0)
        elif after == APPLIED and part.tag == "mi":
            part.tag, part.attrib = "mo", {}
            around(part, THIN if operand else 0, 0)
        displayed = part.get("displaystyle", str(display).lower()) == "true"
        if part.tag == "mfrac":
            if not displayed:
                part.set("class", "in-line")  # WebKit would have it as large as in a display
            displayed = False
        if part.tag == "msup" and part[1].text == "′":
            part.tag = "mrow"  # a font for formulas has it high and small
        elif part.tag in {"msup", "msubsup"} and (lean := LEANS.get(part[0].text or "", 0.0)):
            high = ET.Element("mrow")
            high.extend([gap(lean), part[-1]])
            part[-1] = high
        space(part, display=displayed, script=in_script)
        parts.append(part)
        if row.tag not in FIXED and part.tag in {"mrow", "msup"} and APPLIED in part.itertext() and after:
            parts += [] if after in SIGNS else [gap(THIN)]  # sin² x
    row[:] = parts


def gap(width: float) -> ET.Element:
    """A space, in the height of the letters."""
    return ET.Element("mspace", width=f"{width:.3g}em")


def around(sign: ET.Element, left: float, right: float | None = None) -> None:
    """Give a sign its spaces."""
    sign.attrib |= {"lspace": f"{left:.3g}em", "rspace": f"{left if right is None else right:.3g}em"}


def lighten(body: str) -> str:
    """The body of a page, made light."""
    return FORMULA.sub(formula, FOLD.sub(lambda fold: CODE.sub(without_colours, fold[0]), body))


def to_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Sphinx calls this for each page."""
    for part in {"body", "toc"} & context.keys():  # the second has the formulas of headings
        context[part] = lighten(context[part])


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("html-page-context", to_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
