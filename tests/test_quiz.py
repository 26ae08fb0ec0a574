"""The quiz as HTML and as text. What a reader sees of it in a browser is tested in browser/test_quiz.py."""

import math
import re
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from bplib.quiz import HOW, STYLE, UNSTYLED, Choices, Number, Quiz

COLOUR = Choices(
    "Which way does δ<sup>l</sup> travel?",
    {
        "Back, by <code>W.T</code>": "Right: from layer <em>l</em> + 1 to layer l.",
        "Forward": "No: that is how a<sup>l</sup> travels.",
        "Neither": "No: it depends on the layer after it.",
    },
)
SLOPE = Number("σ′(0) = ?", 0.25, 0.005, "Right: ½ · ½.", "Not yet: it is a (1 − a).")


def quiz():
    return Quiz("deltas", COLOUR, SLOPE)


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent = tag, dict(attributes), parent
        self.children = []

    def text(self):
        return "".join(c if isinstance(c, str) else c.text() for c in self.children)

    def all(self, tag, cls=None):
        for child in self.children:
            if isinstance(child, Element):
                if child.tag == tag and (cls is None or cls in child.attributes.get("class", "").split()):
                    yield child
                yield from child.all(tag, cls)


class Tree(HTMLParser):
    """A small HTML reader that takes no unbalanced element."""

    def __init__(self, text):
        super().__init__()
        self.root = self.here = Element("", (), None)
        self.feed(text)
        self.close()
        assert self.here is self.root, f"<{self.here.tag}> is not closed"

    def handle_starttag(self, tag, attributes):
        element = Element(tag, attributes, self.here)
        self.here.children.append(element)
        if tag != "input":
            self.here = element

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)


def tree(quiz):
    return Tree(quiz._repr_html_()).root


def test_one_field_a_question_with_its_number():
    root = tree(quiz())
    (div,) = root.all("div", "quiz")
    assert div.attributes["id"] == "quiz-deltas"
    assert [legend.text() for legend in div.all("legend")] == [
        "1. Which way does δl travel?",
        "2. σ′(0) = ?",
    ]
    assert [field.tag for field in div.children] == ["p", "fieldset", "fieldset"]
    # a legend names its field only where it stands first in it
    assert all(field.children[0].tag == "legend" for field in div.children[1:])


def test_choices_are_radio_buttons_of_one_group_each_with_label_and_feedback():
    first = next(tree(quiz()).all("fieldset"))
    rows = list(first.all("div", "quiz-choice"))
    assert len(rows) == 3
    for row, (choice, feedback) in zip(rows, COLOUR.choices.items(), strict=True):
        button, label, answer = row.children
        assert (button.tag, button.attributes["type"], button.attributes["name"]) == (
            "input",
            "radio",
            "quiz-deltas-1",
        )
        assert label.attributes["for"] == button.attributes["id"]
        assert "checked" not in button.attributes
        assert (
            button.attributes["autocomplete"] == "off"
        )  # or Firefox keeps the choice when a page is loaded again
        assert label.text() == choice.replace("<code>", "").replace("</code>", "")
        assert answer.attributes == {"class": "quiz-feedback", "role": "status"}
        assert answer.text() in feedback.replace("<em>", "").replace("</em>", "").replace(
            "<sup>", ""
        ).replace("</sup>", "")


def test_a_number_is_a_text_field_that_knows_what_is_right():
    second = list(tree(quiz()).all("fieldset"))[1]
    (box,) = second.all("input")
    (label,) = second.all("label")
    assert label.attributes["for"] == box.attributes["id"] == "quiz-deltas-2-1"
    assert {k: box.attributes[k] for k in ("type", "autocomplete", "spellcheck")} == {
        "type": "text",
        "autocomplete": "off",
        "spellcheck": "false",
    }
    assert "inputmode" not in box.attributes  # on some phones it would leave out the minus
    assert re.fullmatch(box.attributes["pattern"], "0.25")
    assert box.attributes["placeholder"] == " "  # the style sheet knows by it that nothing was written yet
    (how,) = second.all("small")
    assert how.attributes["id"] == box.attributes["aria-describedby"] == "quiz-deltas-2-how"
    assert how.text() == HOW
    assert [s.text() for s in second.all("span", "quiz-right")] == [SLOPE.if_right]
    assert [s.text() for s in second.all("span", "quiz-wrong")] == [SLOPE.if_wrong]


# right, tolerance: texts that are right, texts that are not
READ = {
    (0.36, 0.001): (
        "0.36 0,36 .36 ,36 0.360 0.36000 +0.36 + 0.36 00.36 0.359 0,359 0.3594 0.361 0.3610 0.36099",
        "0.37 0.35 0.3589 0.36101 0.3611 036 36 0 . , 0. 3.6 -0.36 −0.36 0.36.0 0..36 1e-2 0.36x x 0.36% ³ ٠.٣٦",
    ),
    (-0.006, 0.0001): (
        "-0.006 −0.006 –0.006 -0,006 −0,006 -.006 −,006 - 0.006 −0.0060 -0.0059 -0.00599 -0.0061 −0.00610",
        "0.006 +0.006 -0.06 -0.0062 -0.00589 −0.00611 --0.006 -−0.006 - − -. -0 -0.00 -6",
    ),
    (-1, 0.1): ("-1 −1 - 1 −1.0 -1, -1,05 −1.1 -0.9 -.9 −,95", "1 +1 -1.2 −1.11 -0.89 -0 - -10 -11"),
    (1.5, 0.001): ("1.5 1,5 1.50 1.500 1.4991 1.501 +1,5 01.5", "15 1.6 1.49 1.498 1.5011 1 1. 2 -1.5 1.5.0"),
    (17, 0.1): (
        "17 17.0 17, 17. 017 17.1 17.10 16.9 16,95",
        "18 16 1 7 16.8 17.11 17.2 170 0.17 -17 1.7 17e 17e+ 1.7e-1 1.7e11 17e1 17e",
    ),
    (40, 0.5): ("40 40.0 40.5 39.5 39.99", "4 400 41 40.51 39.4 20 -40"),
    (13376, 0.5): ("13376 13376.4 13375.5 13376,5", "13377 13375 1337 133760 13.376 13,376"),
    (0, 1): ("0 0.0 .5 ,5 -.5 1 -1 −0,3 +1 1.0 -1.00 0. 00", "1.1 -1.01 . , - + 2 .. -."),
    (2e-7, 1e-8): ("0.0000002 .00000021 0,00000019", "0 0.000002 0.0000003"),
    (4.605, 0.015): ("4.605 4.6 4,6 4.61 4.59 4.62 4.6052", "4.58 4.63 4.621 4 5 46 -4.6"),
}


@pytest.mark.parametrize(("right", "tolerance"), READ)
def test_a_number_is_read_as_people_write_it(right, tolerance):
    (box,) = tree(Quiz("n", Number("?", right, tolerance, "Right.", "No."))).all("input")
    good, bad = (re.split(r"(?<![-+−–]) ", texts) for texts in READ[right, tolerance])
    for text in (*good, *(f" {text}\t" for text in good)):
        assert re.fullmatch(box.attributes["pattern"], text), text
    for text in (*bad, "", " "):
        assert not re.fullmatch(box.attributes["pattern"], text, re.ASCII), text


def test_a_pattern_agrees_with_the_number_that_is_written():
    for right, tolerance in READ:
        (box,) = tree(Quiz("n", Number("?", right, tolerance, "Right.", "No."))).all("input")
        low, high = (Decimal(f"{right + side * tolerance:.9g}") for side in (-1, 1))
        for k in range(-40, 41):
            value = Decimal(str(right)) + Decimal(str(tolerance)) * k / 16
            is_right = re.fullmatch(box.attributes["pattern"], f"{value:f}") is not None
            assert is_right == (low <= value <= high), value


def test_a_pattern_is_one_that_browsers_read():
    # They compile it with the flag v: a lone hyphen or bracket in a class would make it void, and all answers right.
    for right, tolerance in READ:
        (box,) = tree(Quiz("n", Number("?", right, tolerance, "Right.", "No."))).all("input")
        classes = re.sub(r"\d-\d", "0-9", " ".join(re.findall(r"\[.*?\]", box.attributes["pattern"])))
        assert set(classes.split()) <= {"[.,]", "[0-9]", "[eE]", "[*x×·]"}
        assert not re.search(r"\\[^sd+^*]", box.attributes["pattern"])


ASKED = [
    question
    for path in sorted(Path(__file__).parents[1].glob("chapters/*.ipynb"))
    for cell in nbformat.read(path, as_version=4).cells
    if cell.source.startswith("Quiz(")
    for question in eval(cell.source, {"Quiz": Quiz, "Choices": Choices, "Number": Number}).questions
    if isinstance(question, Number)
]


def value(text):
    """The number that a text means, or None: read otherwise than by one long pattern."""
    text = text.translate(str.maketrans("−–,⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--.-0123456789")).strip()
    text = re.sub(
        r"\s*[*x×·]\s*10(\^|\*\*)?\s*", "e", text
    )  # what has "103" in the place of "10^3" is not tried
    text = re.sub(r"^([-+])\s+", r"\1", re.sub(r"^([-+]?)10\^", r"\g<1>1e", text))
    top, *bottom = re.split(r"\s*/\s*", text)
    try:
        return Fraction(top) / (Fraction(*bottom) if bottom else 1)
    except ValueError:
        return None


def written(number):
    """The ways to write the number and those beside it, among them fractions."""
    size = Decimal(f"{abs(number):.9g}")
    sign = "-" if number < 0 else ""
    for exponent in (size.adjusted() + k for k in range(-2, 2)):
        mantissa = f"{sign}{size.scaleb(-exponent):f}"
        raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        yield from (f"{mantissa}e{exponent}", f"{mantissa}E{exponent:+03d}", f"{mantissa}·10^{exponent}")
        yield from (
            f"{mantissa} × 10{raised}",
            f"{mantissa} * 10**{exponent}".replace(".", ",").replace("-", "−"),
        )
        yield from (f"{sign}10^{exponent}", f"{sign}1e{exponent}")
    for q in (2, 3, 4, 5, 6, 8, 10, 20, 25, 50, 100, 125, 200, 250, 500, 1000):
        for p in {math.floor(size * q), math.ceil(size * q)}:
            yield from (f"{sign}{p}/{q}", f"{sign.replace('-', '– ')}{p} / {q}")
    for text in (f"{sign}{size:f}", f"{sign}{size:.1f}", f"{sign}{size:.2f}"):
        yield from (text, text.replace(".", ","), text.replace("-", "−").replace("0.", "."), f" {text}00")


@pytest.mark.parametrize("asked", ASKED, ids=[f"{q.right:g}" for q in ASKED])
def test_each_number_of_the_book_is_judged_by_its_value_however_it_is_written(asked):
    assert len(ASKED) >= 15
    low, high = (Fraction(f"{asked.right + side * asked.tolerance:.9g}") for side in (-1, 1))
    (box,) = tree(Quiz("n", asked)).all("input")
    pattern = re.compile(box.attributes["pattern"], re.ASCII)
    judged = {True: 0, False: 0}
    numbers = [asked.right + off * asked.tolerance for off in (0, -1, 1, 0.9, -1.1, 1.1)]
    for text in (text for number in (*numbers, -asked.right, 10 * asked.right) for text in written(number)):
        right = low <= value(text) <= high
        assert (pattern.fullmatch(text) is not None) == right, text
        assert text[0] in "-−– " or (pattern.fullmatch(f"+{text}") is not None) == right, f"+{text}"
        judged[right] += 1
    assert min(judged.values()) > 50


LOOKS_LIKE = (
    "9/2; 36/10; 9/25/1; 9/0; /25; 9/; 1/-4; 9/250; 3.6e; 3.6e--1; 3.6·10-1; 3.6·101; 3.6e1; 36%; e-1; ·10^-1; "
    "3.6^-1; 3.6 10^-1; 3.6e⁻¹; 3.6·10^⁻¹; 10^-1; 3.6e-10; 3.6e-1.0"
)


@pytest.mark.parametrize("text", LOOKS_LIKE.split("; "))
def test_what_only_looks_like_the_number_is_wrong(text):
    (box,) = tree(Quiz("n", Number("?", 0.36, 0.001, "Right.", "No."))).all("input")
    assert not re.fullmatch(box.attributes["pattern"], text)


def test_a_pattern_stays_short():
    lengths = [len(next(tree(Quiz("n", q)).all("input")).attributes["pattern"]) for q in ASKED]
    assert max(lengths) < 2000
    assert sum(lengths) < 1000 * len(lengths)


def test_without_the_style_sheet_no_answer_stands_open():
    """As in a notebook that is not trusted, which keeps the style of an element and drops every style sheet."""
    root = tree(quiz())
    answers = [span for box in root.all("div", "quiz-feedback") for span in box.all("span")]
    assert len(answers) == 3 + 2
    assert all(span.attributes["style"] == "display:none" for span in answers)
    (line,) = root.all("p", "quiz-unstyled")
    assert line.text() == UNSTYLED
    assert "style" not in line.attributes  # shown there, hidden by the style sheet
    assert ".quiz-unstyled { display: none; }" in STYLE
    # what is shown must win against the style of the element
    (shown,) = re.findall(r"\.quiz-wrong\s\{[^}]*\}", STYLE)
    assert "!important" in shown


def test_ids_are_unique_and_open_with_the_quiz():
    root = tree(Quiz("a", COLOUR, COLOUR, SLOPE, SLOPE))
    ids = [e.attributes["id"] for tag in ("div", "input") for e in root.all(tag) if "id" in e.attributes]
    assert len(ids) == len(set(ids)) == 1 + 3 + 3 + 1 + 1
    assert all(i.startswith("quiz-a") for i in ids)
    assert not set(ids) & {e.attributes.get("id") for e in tree(Quiz("b", COLOUR)).all("input")}


def test_only_four_elements_pass_as_html():
    nasty = '<script>alert("1")</script> 1 < 2 && 3 > 2 <img src=x onerror=y> <sub onclick="x"> <em>so</em>'
    made = Quiz(
        "q", Choices(nasty, {nasty: nasty, "b" + nasty: "Right " + nasty}), Number(nasty, 1, 1, nasty, nasty)
    )
    root = tree(made)  # what is not allowed must not have become an element, or broken one
    for tag in ("script", "img"):
        assert not list(root.all(tag))
    assert not [e for e in root.all("sub") if e.attributes]
    assert len(list(root.all("em"))) == 1 + 4 + 1 + 2
    legend = next(root.all("legend")).text()
    assert legend.startswith(
        '1. <script>alert("1")</script> 1 < 2 && 3 > 2 <img src=x onerror=y> <sub onclick="x">'
    )


def test_an_ampersand_is_shown_as_written():
    root = tree(Quiz("q", Choices("&lt; &amp; &copy;", {"a": "Right.", "b": "No."})))
    assert next(root.all("legend")).text() == "1. &lt; &amp; &copy;"


def test_no_script_and_nothing_from_elsewhere():
    text = quiz()._repr_html_()
    for foreign in ("<script", "http", "url(", "@import", "onclick", "src=", "href="):
        assert foreign not in text


def test_the_style_is_only_the_quiz_s_own():
    for line in STYLE.split("}"):
        for selector in line.split("{")[0].replace("@media print", "").split(",\n"):
            assert not selector.strip() or selector.strip().startswith(".quiz")


def test_the_output_is_always_the_same():
    assert quiz()._repr_html_() == quiz()._repr_html_()
    assert quiz()._repr_mimebundle_() == {"text/plain": repr(quiz()), "text/html": quiz()._repr_html_()}
    assert quiz()._repr_mimebundle_(include=None, exclude=None).keys() == {"text/plain", "text/html"}


def test_the_text_has_the_questions_and_not_the_answers():
    assert repr(quiz()) == (
        "1. Which way does δl travel?\n"
        "   - Back, by W.T\n"
        "   - Forward\n"
        "   - Neither\n"
        "2. σ′(0) = ?"
    )  # fmt: skip
    for answer in ("Right", "0.25", "No:", "Not yet"):
        assert answer not in repr(quiz())


@pytest.mark.parametrize(
    ("choices", "count"),
    [
        ({"a": "Right."}, 1),
        ({}, 0),
        ({"a": "No.", "b": "No."}, 0),
        ({"a": "Right.", "b": "Right!"}, 2),
        ({"a": "Well", "b": "right"}, 0),
    ],
)
def test_choices_have_one_that_is_right(choices, count):
    with pytest.raises(
        ValueError, match=f"'q' has {len(choices)} choices, {count} of which begin with 'Right'"
    ):
        Choices("q", choices)


@pytest.mark.parametrize("tolerance", [0, -1, math.nan, math.inf])
def test_a_tolerance_is_positive(tolerance):
    with pytest.raises(ValueError, match="expected a positive number"):
        Number("q", 1, tolerance, "Right.", "No.")


@pytest.mark.parametrize("right", [math.nan, math.inf])
def test_a_right_number_is_finite(right):
    with pytest.raises(ValueError, match="expected a finite number"):
        Number("q", right, 1, "Right.", "No.")


@pytest.mark.parametrize("name", ["", "Deltas", "1st", "a b", "a_b", 'a"b', "a\n", "é"])
def test_a_name_is_fit_for_an_id(name):
    with pytest.raises(ValueError, match="expected small letters, digits and hyphens"):
        Quiz(name, COLOUR)


@pytest.mark.parametrize("questions", [(), ("What?",), (COLOUR, None)])
def test_questions_are_questions(questions):
    with pytest.raises(ValueError, match="expected at least one Choices or Number"):
        Quiz("q", *questions)
