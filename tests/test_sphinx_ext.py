"""A tiny book, built by Sphinx: one page with explorers and one without."""

import os
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from builds import build

import bplib
from bplib.explorer.page import stylesheet
from bplib.explorer.sphinx_ext import frames_apart

CONF = """
extensions = ["myst_nb", "bplib.explorer.sphinx_ext", "book_glossary"]
nb_execution_mode = "force"
nb_execution_show_tb = True
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [["html", "text/html", 0]]
explorer_depends = ["helper/*.py"]
html_theme = "basic"
html_last_updated_fmt = None
exclude_patterns = ["_*", "jupyter_execute"]
"""

UNSET = {"EXPLORER_RECORD", "PYTHONHASHSEED"}

CELL = """
import os
from helper.words import word
from bplib.explorer import Choice, Slider, explorer

assert os.environ["EXPLORER_RECORD"] == "1"

@explorer(k=Slider(0, 3, step=1, value=2), f=Choice("a", "b"), columns=("what", "value"))
def twice(fig):
    (line,) = fig.subplots().plot([0, 1], [0, 1], animated=True)
    def update(k, f):
        line.set_ydata([0, BROKEN k])
        return f"{word} {k} is {2 * k}.", [("k", k)]
    return update
"""


def make_book(folder, broken=""):
    folder.mkdir()
    folder.joinpath("conf.py").write_text(CONF, encoding="utf-8")
    folder.joinpath("index.md").write_text(
        "# A book\n\n```{toctree}\nwith\nwithout\nterms\n```\n\nfigure class=explorer\n", encoding="utf-8"
    )
    folder.joinpath("without.md").write_text("# Without\n\nText.\n", encoding="utf-8")
    terms = "# Terms\n\n```{glossary}\nslope\n  How steep it is.\n```\n"
    folder.joinpath("terms.md").write_text(terms, encoding="utf-8")
    cells = [
        nbformat.v4.new_markdown_cell("# With"),
        nbformat.v4.new_code_cell(CELL.replace("BROKEN", broken)),
    ]
    for i, cell in enumerate(cells):
        cell.id = f"cell-{i}"
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=python), folder / "with.ipynb")
    folder.joinpath("helper").mkdir()
    folder.joinpath("helper", "words.py").write_text('word = "Twice"\n', encoding="utf-8")


def wanted(folder):
    """One build of the book, for the program that builds several."""
    root = Path(bplib.__file__).parents[1]
    roots = [str(folder), str(root), str(root / "tools")]
    arguments = ["-W", "--keep-going", str(folder), str(folder / "_html")]
    return arguments, {"PYTHONPATH": os.pathsep.join(roots)}


def pages(folder):
    return {path.stem: path.read_bytes() for path in folder.joinpath("_html").glob("*.html")}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The book, built twice with a change of a file it depends on in between; and one that fails, beside it."""
    folder, failing = (tmp_path_factory.mktemp("sphinx") / name for name in ("book", "failing"))
    make_book(folder)
    make_book(failing, broken="1 //")
    first, failed = build(wanted(folder), wanted(failing), without=UNSET)
    assert first.code == 0, first.said
    before = pages(folder)
    built = [folder / "_html" / name for name in ("with.html", "without.html")]
    times = [path.stat().st_mtime_ns for path in built]
    folder.joinpath("helper", "words.py").write_text('word = "Thrice"[:0] + "Twice"\n', encoding="utf-8")
    (second,) = build(wanted(folder), without=UNSET)
    assert second.code == 0, second.said
    again = [path.stat().st_mtime_ns != time for path, time in zip(built, times, strict=True)]
    return SimpleNamespace(folder=folder, first=before, second=pages(folder), again=again, failed=failed)


def test_only_the_page_with_an_explorer_asks_for_its_files(book):
    page = {name: html.decode() for name, html in book.first.items()}
    assert page["with"].count('<figure class="explorer" id="twice"') == 1
    assert (
        len(re.findall(r'<script defer="defer" src="_static/explorer\.js[^"]*"></script>', page["with"])) == 1
    )
    assert (
        len(re.findall(r'<link rel="stylesheet"[^>]* href="_static/explorer\.css[^"]*" ?/?>', page["with"]))
        == 1
    )
    for name in set(page) - {"with"}:
        assert "explorer.js" not in page[name], name
        assert "explorer.css" not in page[name], name


def test_the_files_are_there(book):
    static = book.folder / "_html" / "_static"
    assert static.joinpath("explorer.css").read_text(encoding="utf-8") == stylesheet()
    own = Path(bplib.__file__).parent / "explorer" / "explorer.js"
    assert static.joinpath("explorer.js").read_bytes() == own.read_bytes()


def test_the_page_was_recorded(book):
    page = book.first["with"].decode()
    assert '<figcaption aria-live="polite">Twice 2 is 4.</figcaption>' in page
    # The other pictures are in a file of their own, which the page names and does not ask for.
    address = re.search(r' data-frames="([^"?]+)\?v=[0-9a-f]{8}"', page)[1]
    assert page.count(address) == 1
    frames = book.folder.joinpath("_html", address).read_text(encoding="utf-8")
    assert frames.startswith('(window.explorerFrames ??= {})["twice"] = [')
    for k in (0, 1, 3):
        assert f'"Twice {k} is {2 * k}."' in frames
        assert f"Twice {k} is" not in page
    assert "widget-view" not in page
    assert "require.js" not in page
    assert "object at 0x" not in page


def test_the_page_is_built_again_when_a_file_it_depends_on_changes(book):
    assert book.again == [True, False]


def test_a_term_can_still_be_searched_for_after_a_build_that_did_not_read_its_page_again(book):
    # Sphinx by itself forgets it
    index = book.folder.joinpath("_html", "searchindex.js").read_text(encoding="utf-8")
    assert '"slope": [[' in index.partition('"indexentries"')[2]


def test_a_changed_frame_has_another_address():
    page = '<figure class="explorer" id="a"><script type="application/json" data-explorer="a">[{}]</script></figure>'
    rest = '<figure class="explorer" id="b"></figure>'
    first, scripts = frames_apart(page.format(1) + rest, lambda name: f"../{name}")
    again, _ = frames_apart(page.format(1) + rest, lambda name: f"../{name}")
    other, _ = frames_apart(page.format(2) + rest, lambda name: f"../{name}")
    assert list(scripts) == ["a.js"]
    assert re.fullmatch(
        r'<figure class="explorer" id="a" data-frames="\.\./a\.js\?v=[0-9a-f]{8}"></figure>' + rest, first
    )
    assert first == again != other


def without_checksum(html):
    """The page without the checksum of MyST-NB's style sheet, which Sphinx has only when the file was there before."""
    return re.sub(rb"(/mystnb\.[0-9a-f]+\.css)\?v=\w+", rb"\1", html)


def test_two_builds_give_the_same_bytes(book):
    assert set(book.first) >= {"with", "without", "index"}
    for name, html in book.first.items():
        assert without_checksum(book.second[name]) == without_checksum(html), name


def test_an_explorer_that_fails_fails_the_build(book):
    assert book.failed.code != 0
    assert "explorer 'twice' at k = 0, f = a: ZeroDivisionError" in re.sub(
        r"\x1b\[[\d;]*m", "", book.failed.said
    )
