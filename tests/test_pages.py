"""The pages around the chapters: every work that is named is in the references, and what they say of bplib holds."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest
from pybtex.database import parse_file

import bplib
from bplib.datasets import xor
from bplib.explorer.palette import PALETTE

ROOT = Path(__file__).parent.parent
CHAPTERS = ROOT / "chapters"
PAGES = sorted(CHAPTERS.glob("*.md"))
NOTEBOOKS = sorted(CHAPTERS.glob("*.ipynb"))
MODULES = sorted((ROOT / "bplib").rglob("*.py"))
WORKS = parse_file(CHAPTERS / "references.bib").entries


def page(name):
    return (CHAPTERS / f"{name}.md").read_text(encoding="utf-8")


def markdown(path):
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def docstrings(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return "\n\n".join(ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, kinds))


# -- references ----------------------------------------------------------------------------------------------------


def plain(text):
    """A title without capitals, accents' braces and punctuation."""
    return " ".join(re.findall(r"\w+", text.lower()))


def names(work):
    """How a text may name the authors of a work."""
    last = [" ".join(person.prelast_names + person.last_names) for person in work.persons["author"]]
    if len(last) == 1:
        return {last[0]}
    full = f"{', '.join(last[:-1])} and {last[-1]}"
    return {full, f"{last[0]} and others"} if len(last) > 2 else {full}


CITABLE = {(name, work.fields["year"]) for work in WORKS.values() for name in names(work)}
TITLES = {plain(work.fields["title"]) for work in WORKS.values()} | {
    plain(work.fields["booktitle"]) for work in WORKS.values() if "booktitle" in work.fields
}
# A name with a year: Rumelhart, Hinton and Williams (1986); (Bishop 2006, 4.3.2); (Kingma and Ba 2015)
CITATION = re.compile(r"(?:[A-ZÀ-Ž][\w-]+|others) \(?((?:1[6-9]|20)\d\d)\b")


def unknown_citations(text):
    text = " ".join(text.split())
    for match in CITATION.finditer(text):
        before = text[: match.start(1)].rstrip("( ")
        if not any(before.endswith(name) and year == match[1] for name, year in CITABLE):
            yield text[max(0, match.start() - 40) : match.end()]


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=lambda p: p.stem)
def test_every_work_that_a_page_names_is_in_the_references(path):
    text = markdown(path).split("## Further reading")[0]
    assert list(unknown_citations(text)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_every_work_that_a_docstring_names_is_in_the_references(path):
    assert list(unknown_citations(docstrings(path))) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_everything_under_further_reading_is_in_the_references(path):
    reading = markdown(path).split("## Further reading")[1]
    items = [line for line in reading.splitlines() if line.startswith("- ")]
    assert items
    for item in items:
        for work in item.split("; "):
            titles = [
                plain(title)
                for title in re.findall(r'"([^"]+)"|\*([^*]+)\*', work)
                for title in title
                if title
            ]
            known = any(title == work or work.startswith(f"{title} ") for title in titles for work in TITLES)
            assert known or not titles or plain(work.split(",")[1]) in TITLES, work


def test_the_references_are_whole():
    dois = [work.fields["doi"] for work in WORKS.values() if "doi" in work.fields]
    assert len(dois) == len({doi.lower() for doi in dois})
    for key, work in WORKS.items():
        assert re.fullmatch(r"[a-z]+\d*[a-z]*", key)
        assert work.persons["author"], key
        assert re.fullmatch(r"1[6-9]\d\d|20\d\d", work.fields["year"]), key
        assert re.fullmatch(r"10\.\d{4,5}/\S+", work.fields.get("doi", "10.1234/x")), key
        place = {"journal", "booktitle", "publisher", "school", "institution", "howpublished", "url"}
        assert place & set(work.fields), key


def test_every_work_in_the_references_is_named_somewhere():
    text = " ".join(map(markdown, [*PAGES, *NOTEBOOKS])) + " ".join(map(docstrings, MODULES))
    text, letters = " ".join(text.split()), plain(text)
    for key, work in WORKS.items():
        cited = any(re.search(rf"{re.escape(name)},? \(?{work.fields['year']}", text) for name in names(work))
        assert cited or plain(work.fields["title"]) in letters, key


# -- the page on bplib ---------------------------------------------------------------------------------------------


def test_everything_public_is_on_the_page_on_bplib():
    shown = set(re.findall(r"^\.\. auto(?:class|function):: (\w+)$", page("api"), re.M))
    assert set(bplib.__all__) <= shown


def test_the_example_on_the_page_on_bplib_runs(capsys):
    example = re.search(r"```python\n(from bplib import.*?)```", page("api"), re.S)[1]
    exec(example, {})
    answers = [float(row) for row in re.findall(r"[\d.]+", capsys.readouterr().out)]
    assert [round(a) for a in answers] == [0, 1, 1, 0]


# -- numbers -------------------------------------------------------------------------------------------------------


def test_the_counts_in_the_questions():
    n, text = (784, 16, 16, 10), page("faq")
    up = sum(n[l] * n[l - 1] for l in (1, 2, 3))
    back = sum(n[l + 1] * n[l] for l in (1, 2)) + up
    assert f"the forward pass takes {up:,}, and the backward pass {back:,}" in text
    assert f"{(up + back) / up:.2f} times" in text
    assert f"{bplib.Network(n, seed=0).n_parameters:,} parameters" in text


def test_early_answers_to_xor_are_near_one_half_as_the_questions_say():
    assert "learning rate of 0.5, the four answers of a network 2-4-1 are still near 0.5 after 200" in page(
        "faq"
    )
    x, y = xor()
    for seed in range(5):
        net = bplib.Network([2, 4, 1], seed=seed)
        bplib.train(net, x, y, "quadratic", learning_rate=0.5, epochs=200, progress=False)
        assert abs(net(x) - 0.5).max() < 0.1


def test_what_the_questions_say_of_classes():
    x, y = xor()
    words = np.array(["same", "other"])[y[:, 0].astype(int)]
    names, labels = np.unique(words, return_inverse=True)
    network = bplib.Network([2, 6, 2], output="identity", seed=0)
    loss = "softmax_cross_entropy"
    bplib.train(network, x, labels, loss, learning_rate=2, epochs=1000, progress=False)
    assert (names[bplib.predict(network, x, loss)] == words).all()
    assert np.allclose(bplib.probabilities(network, x, loss), bplib.softmax(network(x), axis=1))
    assert "`softmax(network(x), axis=1)`" in page("faq")
    assert "`names, y = np.unique(words, return_inverse=True)`" in page("faq")
    assert (1442 - 1) % 32 + 1 == 2


def learnt_xor(seed, **equal):
    """Whether a network 2-4-1 learns XOR from weights some of which are all 0.5, or another number."""
    network = bplib.Network([2, 4, 1], seed=seed)
    for name, weight in equal.items():
        network.W[int(name[1:])][:] = weight
    bplib.train(network, *xor(), "quadratic", learning_rate=5, epochs=5000, threshold=0.01, progress=False)
    return (network(xor()[0]).round() == xor()[1]).all(), network


def test_what_the_questions_say_of_equal_weights():
    assert (
        "it learnt XOR from each of ten starts. With 0.5 in $W^2$ too, there is only one start left"
        in page("faq")
    )
    for seed in range(10):
        assert learnt_xor(seed, W1=0.5)[0]
    learnt, network = learnt_xor(0, W1=0.5, W2=0.5)  # the seed chose nothing else: the biases begin at 0
    assert not learnt
    assert (network.W[1] == network.W[1][0]).all()
    zeros = learnt_xor(0, W1=0, W2=0)[1]
    assert not zeros.W[1].any()
    assert not zeros.W[2].any()


@pytest.mark.parametrize(("f", "moves"), [("tanh", False), ("relu", False), ("sigmoid", True)])
def test_what_the_questions_say_of_zeros(f, moves):
    network = bplib.Network([2, 4, 1], f, "sigmoid", seed=0)
    for W in network.W.values():
        W[:] = 0
    x, _ = xor()
    bplib.train(network, x, x[:, :1] * x[:, 1:], "quadratic", learning_rate=5, epochs=50, progress=False)
    assert bool(network.W[1].any()) is bool(network.W[2].any()) is moves
    assert (network.W[1] == network.W[1][0]).all()


# The exercises that one page sends to on another, and words that each of them has.
EXERCISES = {
    ("02_activations", "01_weights", 7): "XOR",
    ("faq", "03_loss", 7): "gives the same answer",
    ("faq", "06_full_algorithm", 4): "2-2-1",
}
SENT = re.compile(
    r"\]\((?:\w+/)?(\d\d_\w+)\), exercise (\d)|exercise (\d) of the chapter on (?:the )?([a-z ]+)\b(?=[),.])"
)


def test_an_exercise_that_a_page_sends_to_is_the_one_that_is_meant():
    titles = {re.search("^# ([^:\n]+)", markdown(path), re.M)[1].lower(): path.stem for path in NOTEBOOKS}
    found = {
        (path.stem, chapter or titles.get(title) or titles[f"the {title}"], int(n or other))
        for path in [*PAGES, *NOTEBOOKS, ROOT / "index.md"]
        for chapter, n, other, title in SENT.findall(markdown(path))
    }
    assert found == set(EXERCISES)
    for (_, chapter, n), words in EXERCISES.items():
        exercise = re.search(rf"^\*\*{n}\.\*\* .*", markdown(CHAPTERS / f"{chapter}.ipynb"), re.M)[0]
        assert words in exercise, (chapter, n)


# -- notation ------------------------------------------------------------------------------------------------------

# What sets a formula out, or stands for itself.
LAYOUT = """begin end text frac tfrac sqrt big Big left right quad qquad underbrace operatorname tag ldots cdots
dots infty to max lvert rvert"""


def symbols(text):
    """The letters and commands of a text's formulas, without those that only set it out."""
    formulas = " ".join(map("".join, re.findall(r"\$\$(.+?)\$\$|\$([^$]+)\$", text, re.S)))
    words = re.sub(r"\\(?:text|operatorname|tag|begin|end)\{[^}]*\}", " ", formulas)
    commands = set(re.findall(r"\\([a-zA-Z]+)", words)) - set(LAYOUT.split())
    return commands | set(re.findall(r"[a-zA-Z]", re.sub(r"\\[a-zA-Z]+", " ", words)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_symbol_of_a_chapter_is_in_the_notation(path):
    assert symbols(markdown(path)) - symbols(page("notation")) == set()


def test_the_colours_in_the_notation_are_those_of_the_palette():
    shown = re.findall(r"light-dark\((#\w+), (#\w+)\)[^|]*</span>&nbsp;(\w+) \|", page("notation"))
    assert {name: (light, dark) for light, dark, name in shown} == {
        name: PALETTE[name] for name in ("blue", "orange", "green", "purple", "red", "grey")
    }


# -- prose ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=lambda p: p.stem)
def test_every_row_of_a_table_has_as_many_cells_as_its_head(path):
    # A bar inside a cell splits it, and what is then too much is not shown.
    for table in re.findall(r"(?:^\|.*\n?)+", markdown(path), re.M):
        rows = table.splitlines()
        bars = {row: len(re.findall(r"(?<!\\)\|", row)) for row in rows}
        assert [row for row in rows if bars[row] != bars[rows[0]]] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_no_long_dashes(path):
    assert "\u2014" not in markdown(path)


def test_the_glossary_is_in_order_and_says_where_each_word_is_taught():
    entries = re.findall(r"^(\w.*)\n  (\S.*)$", page("glossary"), re.M)
    words = [word for word, _ in entries]
    assert len(words) >= 35
    assert words == sorted(words, key=str.lower)
    for word, text in entries:
        (target,) = re.findall(r" See \[[^]]+\]\((\w+)\)\.$", text)
        assert (CHAPTERS / f"{target}.ipynb").exists() or (CHAPTERS / f"{target}.md").exists(), word
        sentences = len(re.findall(r"[.?:](?= [A-Z$]|$)", text)) - 1
        assert 1 <= sentences <= 5, word
