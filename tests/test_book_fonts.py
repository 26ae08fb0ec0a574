"""What tools/book_fonts.py keeps of the fonts of formulas."""

from pathlib import Path
from types import SimpleNamespace

import book_fonts
from fontTools.ttLib import TTFont

ASSETS = Path(__file__).parents[1] / "assets"
PAGE = """
<p>w <span class="other">q</span> <span class="katex"><span class="katex-mathml">m</span><span class="katex-html">
<span class="base"><span>z</span><span class="mspace"></span><span>∂</span></span></span></span> j</p>
"""


def test_the_fonts_have_the_signs_of_the_formulas_and_no_others(tmp_path):
    tmp_path.joinpath("deep").mkdir()
    tmp_path.joinpath("deep", "page.html").write_text(PAGE, encoding="utf-8")
    tmp_path.joinpath("index.html").write_text('<span class="katex-html">8+</span>', encoding="utf-8")
    fonts = tmp_path / "_static" / book_fonts.FONTS
    fonts.mkdir(parents=True)
    app = SimpleNamespace(outdir=tmp_path, srcdir=ASSETS.parent, builder=SimpleNamespace(format="html"))

    book_fonts.write_fonts(app, RuntimeError("the build failed"))
    assert list(fonts.iterdir()) == []

    book_fonts.write_fonts(app, None)
    originals = sorted(ASSETS.joinpath(book_fonts.FONTS).glob("*.woff2"))
    assert [p.name for p in originals] == sorted(p.name for p in fonts.iterdir())
    for original in originals:
        with TTFont(original) as before, TTFont(fonts / original.name) as after:
            kept = {chr(c) for c in after.getBestCmap() or {}}
            assert kept == {chr(c) for c in before.getBestCmap()} & set("z∂8+\n"), original.name
            for sign in kept:
                width = [f["hmtx"][f.getBestCmap()[ord(sign)]] for f in (before, after)]
                assert width[0] == width[1]
    first = {path.name: path.read_bytes() for path in fonts.iterdir()}
    book_fonts.write_fonts(app, None)
    assert {path.name: path.read_bytes() for path in fonts.iterdir()} == first
