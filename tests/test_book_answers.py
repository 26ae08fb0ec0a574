"""What a page leaves out because it holds answers."""

import book_answers
import pytest
from docutils import nodes
from docutils.utils import new_document

FIELD = '<form class="exercise" id="exercise-one"></form>'


def cell(source, output="", tags=("hide-input",)):
    made = nodes.container(nb_element="cell_code", classes=["cell", *(f"tag_{tag}" for tag in tags)])
    made += nodes.container("", nodes.literal_block(source, source), nb_element="cell_code_source")
    if output:
        made += nodes.container("", nodes.raw(output, output, format="html"), nb_element="cell_code_output")
    return made


def left(made):
    """The sources and outputs that a page keeps of a cell."""
    page = new_document("page")
    page += [nodes.paragraph("", "before"), made, nodes.paragraph("", "after")]
    book_answers.take_answers_out(None, page)
    assert page.astext().startswith("before")
    assert page.astext().endswith("after")
    sources, outputs = (list(page.findall(kind)) for kind in (nodes.literal_block, nodes.raw))
    return len(sources), len(outputs)


@pytest.mark.parametrize(
    ("made", "kept"),
    [
        (cell("x = 1\none = Exercise(\n    1,\n)"), (0, 0)),
        (cell('Quiz(\n    "weights",\n)', '<div class="quiz"></div>'), (0, 1)),
        (cell("answer = ...  # z\none.check(answer)", FIELD, tags=()), (0, 1)),
        # what draws a picture, what only imports, what stands open, a function that is asked for
        (cell("@explorer(\n)\ndef picture(fig): ...", "<figure></figure>"), (1, 1)),
        (cell("from bplib.exercises import Exercise\nfrom bplib.quiz import Quiz"), (1, 0)),
        (cell("one = Exercise(1)", tags=()), (1, 0)),
        (
            cell("def f(x): ...\nasked.check(f)", '<p class="exercise-function">A function</p>', tags=()),
            (1, 1),
        ),
    ],
)
def test_a_page_leaves_out_the_answers_and_no_more(made, kept):
    assert left(made) == kept
