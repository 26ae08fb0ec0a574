"""A Sphinx extension: the font of formulas, with the signs that the book's formulas have, and no others.

Latin Modern Math has 4,800 glyphs, and tells a browser how to lay out a formula. The book uses some hundred signs, a
few of them in the sizes that they grow to: 14 kB of 700. (As data in the style sheet it would save a request, but come
after the first paint, and lines jump.)
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from unicodedata import normalize

from fontTools import subset
from fontTools.misc import sstruct
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._m_a_x_p import maxpFormat_1_0_add
from sphinx.application import Sphinx

FONT = "math/latinmodern-math.otf"
FORMULA = re.compile(r"<math.*?</math>", re.DOTALL)
TEXT = re.compile(r"<(\w+)([^>]*)>([^<]+)<")
# Where a letter stands alone, browsers take the slanted one, which Unicode has as a sign of its own.
SLANTED = {
    normalize("NFKC", sign): sign
    for sign in reversed("ℎ" + "".join(map(chr, (*range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)))))
}
GROWING = set("()[]{}⟨⟩⌊⌋⌈⌉∣∥√∑∏∫⏞⏟")
ROOTS = ("<msqrt", "<mroot")


def signs(page: str) -> tuple[set[str], set[str]]:
    """The signs in the formulas of a page, and those of them that grow with what they are beside."""
    used: set[str] = set()
    grow: set[str] = set()
    for formula in FORMULA.findall(page):
        if any(root in formula for root in ROOTS):  # which is drawn with a sign that nobody has written
            used.add("√")
            grow.add("√")
        for tag, attributes, written in TEXT.findall(formula):
            text = html.unescape(written)
            used |= {*text}
            if tag == "mi" and text in SLANTED:
                used.add(SLANTED[text])
            elif tag == "mo" and 'stretchy="false"' not in attributes:
                grow |= GROWING & {text}
    return used, grow


def reduced(path: Path, used: set[str], grow: set[str]) -> TTFont:
    """The font with these signs, some of them in all sizes, and with TrueType's curves, which pack better.

    Without hints, for screens of few pixels, and without the second set of small letters, which browsers do not use.
    """
    options: Any = subset.Options(hinting=False, layout_features=[], name_IDs=[])
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB"]
    font = subset.load_font(path, options)
    names = {font.getBestCmap()[ord(sign)] for sign in grow}
    variants = font["MATH"].table.MathVariants
    for way in ("Vert", "Horiz"):
        coverage, made = (
            getattr(variants, f"{way}GlyphCoverage"),
            getattr(variants, f"{way}GlyphConstruction"),
        )
        kept = [(name, glyph) for name, glyph in zip(coverage.glyphs, made, strict=True) if name in names]
        coverage.glyphs = [name for name, _ in kept]
        setattr(variants, f"{way}GlyphConstruction", [glyph for _, glyph in kept])
        setattr(variants, f"{way}GlyphCount", len(kept))
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(used))
    subsetter.subset(font)

    glyphs, drawn = font.getGlyphSet(), {}
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(None)
        glyphs[name].draw(
            Cu2QuPen(pen, max_err=2, reverse_direction=True)
        )  # of 1,000 units to an em: none can be seen
        drawn[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = font.getGlyphOrder(), drawn
    for name, glyph in drawn.items():
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = font["hmtx"][name][0], glyph.xMin  # which moves the outline, in TrueType
    numbers = font["maxp"]
    vars(numbers).update(dict.fromkeys(sstruct.getformat(maxpFormat_1_0_add)[1], 0))  # those of hints
    numbers.tableVersion, numbers.maxZones = 0x00010000, 1
    font["post"].formatType = 3.0
    del font["CFF "]
    font.sfntVersion, font.flavor = "\0\1\0\0", "woff2"
    return font


def write_font(app: Sphinx, failed: Exception | None) -> None:
    """Write the font when all pages are there: they tell what is used."""
    if failed or app.builder.format != "html":
        return
    pages = [page.read_text(encoding="utf-8") for page in sorted(Path(app.outdir).rglob("*.html"))]
    used, grow = (set().union(*found) for found in zip(*map(signs, pages), strict=True))
    written = Path(app.outdir, "_static", FONT)
    with reduced(Path(app.srcdir, "assets", FONT), used, grow) as font:
        font.save(written.with_suffix(".woff2"))
    written.unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("build-finished", write_font, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
