"""What tools/book_light.py leaves of code that is folded, and of formulas."""

import html
import re

import book_light
import pytest

CODE = (
    '<div class="highlight"><pre><span></span><span class="kn">from</span><span class="w"> </span>\n'
    '<span class="n">σ</span><span class="s1">&#39;𝑎&lt;&#39;</span> x\n</pre></div>'
)


def test_folded_code_is_plain_text_with_its_colours_beside_it():
    body = f'<details class="admonition hide above-input">{CODE}</details>{CODE}'
    folded, rest = book_light.lighten(body).split("</details>")
    assert rest == CODE
    assert "<span" not in folded
    colours, text = re.search(r'<pre data-colours="(.*)">(.*)</pre>', folded, re.DOTALL).groups()
    assert html.unescape(text) == "from \nσ'𝑎<' x\n"
    # As JavaScript counts: a letter beyond the first 65,536 is two.
    assert colours == "4kn 1w 1 1n 5s1 3"


def test_code_with_spans_in_spans_is_an_error():
    nested = CODE.replace("from", '<span class="x">from</span>')
    with pytest.raises(ValueError, match="spans in spans"):
        book_light.lighten(f'<details class="admonition hide">{nested}</details>')


def formula(inner, display=False, after=""):
    """What becomes of a formula, written as KaTeX does."""
    block = ' display="block"' if display else ""
    body = (
        f'<span class="math"><span class="katex"><math xmlns="http://www.w3.org/1998/Math/MathML"{block}><semantics>'
        f'{inner}<annotation encoding="application/x-tex">a &lt; b</annotation></semantics></math></span></span>{after}'
    )
    return book_light.lighten(body)


def test_a_formula_is_its_mathml_alone():
    assert formula("<mrow><mi>a</mi><mo>=</mo><mi>b</mi></mrow>") == (
        '<span class="math"><math><mi>a</mi><mo>=</mo><mi>b</mi></math></span>'
    )
    assert formula("<mi>a</mi>", after=", x") == '<span class="math"><math><mi>a</mi></math>,</span> x'


ZERO = 'lspace="0em" rspace="0em"'


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        # A minus sign stands before a number, or between two.
        (
            "<mo>(</mo><mo>−</mo><mn>1</mn>",
            f'<mo {ZERO}>(</mo><mo form="prefix" {ZERO}>−</mo><mn>1</mn>',
        ),
        ("<mo>)</mo><mo>−</mo><mn>1</mn>", f"<mo {ZERO}>)</mo><mo>−</mo><mn>1</mn>"),
        # In a script nothing is spaced.
        (
            "<msup><mi>a</mi><mrow><mi>l</mi><mo>−</mo><mn>1</mn></mrow></msup>",
            f"<msup><mi>a</mi><mrow><mi>l</mi><mo {ZERO}>−</mo><mn>1</mn></mrow></msup>",
        ),
        # A function's name stands apart from what it is taken of, and from a factor, but not from a bracket.
        (
            "<mi>y</mi><mi>ln</mi><mo>\u2061</mo><mi>a</mi>",
            '<mi>y</mi><mo lspace="0.167em" rspace="0em">ln</mo>'
            '<mo lspace="0em" rspace="0.167em">\u2061</mo><mi>a</mi>',
        ),
        (
            "<mi>ln</mi><mo>\u2061</mo><mo>(</mo>",
            f"<mo {ZERO}>ln</mo><mo {ZERO}>\u2061</mo><mo {ZERO}>(</mo>",
        ),
        # What leans over gets room.
        (
            "<msup><mi>W</mi><mi>l</mi></msup>",
            '<msup><mi>W</mi><mrow><mspace width="0.08em"></mspace><mi>l</mi></mrow></msup>',
        ),
        # A prime is a sign of its own.
        (
            "<msup><mi>σ</mi><mo>′</mo></msup>",
            f"<mrow><mi>σ</mi><mo {ZERO}>′</mo></mrow>",
        ),
        (
            "<mi>ln</mi><mo>\u2061</mo><msub><mi>p</mi><mi>i</mi></msub>",
            f'<mo {ZERO}>ln</mo><mo lspace="0em" rspace="0.167em">\u2061</mo><msub><mi>p</mi><mi>i</mi></msub>',
        ),
        # A name below has no argument.
        (
            "<msub><mi>c</mi><mi>max</mi><mo>\u2061</mo></msub>",
            "<msub><mi>c</mi><mi>max</mi></msub>",
        ),
        # Of a function to a power: the space comes after both.
        (
            "<msup><mrow><mi>tanh</mi><mo>\u2061</mo></mrow><mn>2</mn></msup><mi>z</mi>",
            f"<msup><mrow><mo {ZERO}>tanh</mo><mo {ZERO}>\u2061</mo></mrow><mn>2</mn></msup>"
            '<mspace width="0.167em"></mspace><mi>z</mi>',
        ),
        ("<mtext>\u2009</mtext>", '<mspace width="0.167em"></mspace>'),
        ("<mtext>\u2009\u2063</mtext>", '<mspace width="-0.167em"></mspace>'),
        (
            '<mfrac><mn>1</mn><mn>2</mn></mfrac>',
            '<mfrac class="in-line"><mn>1</mn><mn>2</mn></mfrac>',
        ),
    ],
)  # fmt: skip
def test_signs_are_spaced_as_tex_does(written, shown):
    assert formula(f"<mrow>{written}</mrow>") == f'<span class="math"><math>{shown}</math></span>'


def test_only_a_fraction_in_a_line_is_small():
    inner = "<mfrac><mn>1</mn><mrow><mfrac><mi>a</mi><mi>b</mi></mfrac></mrow></mfrac>"
    assert re.findall("<mfrac.*?>", formula(inner, display=True)) == ["<mfrac>", '<mfrac class="in-line">']


def test_the_number_of_an_equation_stands_beside_it():
    table = (
        '<mtable width="100%"><mtr><mtd width="50%"></mtd><mtd><mi>a</mi></mtd><mtd width="50%"></mtd>'
        "<mtd><mtext>(BP1)</mtext></mtd></mtr></mtable>"
    )
    assert formula(table, display=True) == (
        '<span class="math"><math display="block"><mi>a</mi></math><span class="math-number">(BP1)</span></span>'
    )
