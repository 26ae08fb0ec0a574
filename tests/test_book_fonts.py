"""What tools/book_fonts.py keeps of the fonts of formulas."""

import re
import shutil
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import book_fonts
import pytest
from fontTools.ttLib import TTFont

ASSETS = Path(__file__).parents[1] / "assets"
ORIGINALS = ASSETS / "katex" / "fonts"
PAGE = """
<p>w <span class="other">q</span> <span class="katex"><span class="katex-mathml">m</span><span class="katex-html">
<span class="base"><span class="mord">7</span><span class="mspace"></span><span class="mord mathnormal">zσ</span>
<span class="mord mathbf">1<span class="x">W</span></span>
<span class="delimsizing mult"><span class="delim-size4"><span>⎛</span></span></span></span></span></span> j</p>
"""


@pytest.fixture
def write(tmp_path):
    """Writes the fonts of a book; gives them by name."""
    static = tmp_path / "_static" / "katex"
    shutil.copytree(ASSETS / "katex", static)
    tmp_path.joinpath("deep").mkdir()
    tmp_path.joinpath("deep", "page.html").write_text(PAGE, encoding="utf-8")
    tmp_path.joinpath("index.html").write_text('<span class="katex-html">8+</span>', encoding="utf-8")

    def write(failed=None):
        app = SimpleNamespace(outdir=tmp_path, srcdir=ASSETS.parent, builder=SimpleNamespace(format="html"))
        book_fonts.write_fonts(app, failed)
        return {path.stem: path.read_bytes() for path in static.glob("fonts/*.woff2")}

    return write


def test_each_font_has_the_signs_that_formulas_have_in_it_and_no_others(write):
    signs = {}
    for name, data in write().items():
        with TTFont(ORIGINALS / f"{name}.woff2") as before, TTFont(BytesIO(data)) as after:
            signs[name] = "".join(sorted(chr(c) for c in after.getBestCmap() or {} if c != ord("\n")))
            for sign in signs[name]:
                width = [f["hmtx"][f.getBestCmap()[ord(sign)]] for f in (before, after)]
                assert width[0] == width[1]
    assert signs == {
        "KaTeX_Main-Regular": "+78",
        "KaTeX_Math-Italic": "zσ",
        "KaTeX_Main-Bold": "1W",
        "KaTeX_Size4-Regular": "⎛",
    }


def test_a_font_that_is_left_out_is_not_asked_for(write, tmp_path):
    kept = {f"fonts/{name}.woff2" for name in write()}
    css = (tmp_path / "_static" / "katex" / "katex.min.css").read_text(encoding="utf-8")
    assert set(re.findall(r"url\((.+?)\)", css)) == kept
    before = (ASSETS / "katex" / "katex.min.css").read_text(encoding="utf-8")
    rules = r"@font-face\{.+?\}"
    assert re.sub(rules, "", css) == re.sub(rules, "", before)


def test_two_builds_write_the_same(write):
    assert write() == write()


def test_a_build_that_failed_is_left_alone(write):
    assert write(RuntimeError("the build failed")) == {
        p.stem: p.read_bytes() for p in ORIGINALS.glob("*.woff2")
    }
