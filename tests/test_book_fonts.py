"""What tools/book_fonts.py keeps of the font of formulas."""

import shutil
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import book_fonts
import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

ASSETS = Path(__file__).parents[1] / "assets"
PAGE = '<p>q <math><mi>z</mi><mo>=</mo><mi>tan</mi><mo>(</mo><mi>σ</mi><mo stretchy="false">∣</mo><mo>&lt;</mo></math>'


@pytest.fixture
def write(tmp_path):
    """Writes the font of a book; gives the files beside it by name."""
    static = tmp_path / "_static" / "math"
    shutil.copytree(ASSETS / "math", static)
    tmp_path.joinpath("deep").mkdir()
    tmp_path.joinpath("deep", "page.html").write_text(PAGE, encoding="utf-8")
    tmp_path.joinpath("index.html").write_text("<math><msqrt><mn>8</mn></msqrt></math>", encoding="utf-8")

    def write(failed=None):
        app = SimpleNamespace(outdir=tmp_path, srcdir=ASSETS.parent, builder=SimpleNamespace(format="html"))
        book_fonts.write_font(app, failed)
        return {path.name: path.read_bytes() for path in static.iterdir()}

    return write


def test_the_font_has_the_signs_of_formulas_and_no_others_as_they_were(write):
    found = write()
    assert set(found) == {"LICENSE", "latinmodern-math.woff2"}
    assert len(found["latinmodern-math.woff2"]) < 4000
    with (
        TTFont(ASSETS / book_fonts.FONT) as before,
        TTFont(BytesIO(found["latinmodern-math.woff2"])) as after,
    ):
        signs = {chr(c) for c in after.getBestCmap()}
        # A bracket's other half comes with it, for lines from right to left.
        assert signs == set("z=tan()σ∣<>8√") | {"\U0001d467", "\U0001d70e"}
        for sign in map(ord, signs):
            name = [font.getBestCmap()[sign] for font in (before, after)]
            assert before["hmtx"][name[0]][0] == after["hmtx"][name[1]][0]
            boxes = []
            for font, of in zip((before, after), name, strict=True):
                pen = BoundsPen(font.getGlyphSet())
                font.getGlyphSet()[of].draw(pen)
                boxes.append(pen.bounds)
            assert boxes[0] == pytest.approx(boxes[1], abs=2), chr(sign)


def test_the_font_tells_how_to_lay_a_formula_out_and_has_what_grows(write):
    with TTFont(BytesIO(write()["latinmodern-math.woff2"])) as font:
        math, names = font["MATH"].table, font.getGlyphOrder()
    assert math.MathConstants.AxisHeight.Value == 250
    sizes = {c.MathGlyphVariantRecord[0].VariantGlyph: len(c.MathGlyphVariantRecord)
             for c in math.MathVariants.VertGlyphConstruction}  # fmt: skip
    assert len(sizes) == 2  # the bracket and the root; not the stroke, which says that it does not
    assert min(sizes.values()) >= 5
    assert not [name for name in names if name.startswith("divides.")]


@pytest.mark.parametrize(("letter", "slanted"), [("a", "𝑎"), ("h", "ℎ"), ("W", "𝑊"), ("δ", "𝛿"), ("ε", "𝜀")])
def test_a_letter_alone_is_slanted(letter, slanted):
    assert book_fonts.signs(f"<math><mi>{letter}</mi></math>")[0] == {letter, slanted}
    assert slanted not in book_fonts.signs(f"<math><mi>{letter}x</mi><mo>{letter}</mo></math>")[0]


def test_two_builds_write_the_same(write):
    assert write() == write()


def test_a_build_that_failed_is_left_alone(write):
    found = write(RuntimeError("the build failed"))
    assert found == {path.name: path.read_bytes() for path in (ASSETS / "math").iterdir()}
