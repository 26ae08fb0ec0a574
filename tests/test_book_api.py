"""Docstrings as the page on bplib gets them: the words of the source, whatever signs are in them."""

import importlib.util
import inspect
from pathlib import Path

import docutils.core
import pytest

import bplib

PATH = Path(__file__).parent.parent / "tools" / "book_api.py"
SPEC = importlib.util.spec_from_file_location("book_api", PATH)
book_api = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(book_api)


def read(docstring):
    """The document that Sphinx would read; anything that is not plain reStructuredText raises."""
    lines = book_api.readable(inspect.cleandoc(docstring).splitlines())
    settings = {"halt_level": 2, "report_level": 2, "warning_stream": False}
    return docutils.core.publish_doctree("\n".join(lines), settings_overrides=settings)


def kinds(document, *names):
    return [node for node in document.findall() if node.tagname in names]


@pytest.mark.parametrize(
    "text",
    [
        "h·|w| and ln(1 + exp(-|a|)), or |a|",
        "a *b* and **controls and x * y * z",
        "grad_ and x_train, y_ and __call__ and n_in",
        r"a \ b and \(",
        "W[l] is W^l: (n^l, n^(l-1))",
        "0 < y < 1 & <b>",
        "C = -Σ (y ln p + (1 - y) ln(1 - p))",
        "a: b, and c :d: e",
    ],
)
def test_signs_stay_signs(text):
    document = read(text)
    assert document.astext() == text
    assert not kinds(document, "emphasis", "strong", "reference", "substitution_reference", "problematic")


def test_code_and_words_in_quotation_marks_are_code():
    document = read('Call `f.prime(z)` or ``a|b``, with output="identity" or "he".')
    assert [node.astext() for node in kinds(document, "literal")] == [
        "f.prime(z)",
        "a|b",
        'output="identity"',
        '"he"',
    ]


def test_a_prime_is_no_quotation_mark():
    assert read("f'(z) = 1, the network's").astext() == "f′(z) = 1, the network's"


DOCSTRING = """
One line.

Parameters
----------
x, y
    Examples as rows (m, n^0),
    in two lines.

    - "a": first
    - "b": second
**controls : what the reader can move, by |name|
size: in pixels

The function gets a figure.

Raises
------
TypeError, ValueError
    Naming the argument.

Notes
-----
Colon: this is no entry.
"""


def test_sections_become_lists():
    document = read(DOCSTRING)
    terms = [node.astext() for node in kinds(document, "term")]
    assert terms == ["x, y", "**controls", "size", "TypeError, ValueError"]
    meanings = [node.astext() for node in kinds(document, "definition")]
    assert meanings[1:] == ["what the reader can move, by |name|", "in pixels", "Naming the argument."]
    assert [node.astext() for node in kinds(document, "strong")] == ["Parameters", "Raises", "Notes"]
    assert len(kinds(document, "list_item")) == 2
    assert [node.astext() for node in kinds(document, "literal")] == ["x, y", '"a"', '"b"', *terms[1:]]
    paragraphs = [node.astext() for node in document.children if node.tagname == "paragraph"]
    assert "The function gets a figure." in paragraphs
    assert "Colon: this is no entry." in paragraphs


@pytest.mark.parametrize("name", bplib.__all__)
def test_every_docstring_can_be_read(name):
    thing = getattr(bplib, name)
    parts = vars(thing).items() if inspect.isclass(thing) else ()
    documented = [thing, *(part for n, part in parts if callable(part) and (n[0] != "_" or n == "__call__"))]
    for docstring in filter(None, map(inspect.getdoc, documented)):
        shown = words(read(docstring).astext())
        assert words(docstring) <= shown


def words(text):
    return set("".join(c if c.isalnum() else " " for c in text).split())
