"""Notebooks as the book's pages give them: each works alone."""

import json
import re
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import book_downloads
import nbformat
import pytest
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = ROOT / "chapters" / "01_weights.ipynb"


@pytest.fixture(scope="module")
def downloaded():
    return book_downloads.with_package(CHAPTER.read_text(encoding="utf-8"), book_downloads.pack())


def test_the_package_is_all_of_bplib_and_the_same_each_time():
    package = book_downloads.pack()
    assert package == book_downloads.pack()
    with zipfile.ZipFile(BytesIO(package)) as archive:
        names = archive.namelist()
        assert {"bplib/__init__.py", "bplib/data/digits.npz", "bplib/explorer/explorer.js"} <= set(names)
        assert not [name for name in names if "__pycache__" in name]
        assert archive.getinfo(names[0]).date_time[0] == 1980
    assert len(package) < 300_000


def test_a_download_differs_from_its_chapter_in_one_cell(downloaded):
    chapter, notebook = json.loads(CHAPTER.read_text(encoding="utf-8")), json.loads(downloaded)
    changed = [i for i, cell in enumerate(notebook["cells"]) if cell != chapter["cells"][i]]
    assert [chapter["cells"][i]["cell_type"] for i in changed] == ["code"]
    assert "".join(notebook["cells"][changed[0]]["source"]).startswith("# what the notebook needs")
    nbformat.validate(nbformat.reads(downloaded, as_version=4))
    assert len(notebook["cells"][changed[0]]["source"]) == len(chapter["cells"][changed[0]]["source"])


def test_where_bplib_is_not_installed_a_download_has_it_and_leaves_nothing(downloaded, tmp_path):
    cell = next(cell for cell in json.loads(downloaded)["cells"] if cell["cell_type"] == "code")
    script = "\n".join(
        [
            "import sys",
            f"sys.path = [path for path in sys.path if path not in ('', {str(ROOT)!r})]",
            "".join(cell["source"]),
            "import bplib.datasets",
            "print(bplib.__file__)",
            "print(bplib.datasets.digits()[0].shape)",
        ]
    )
    path = tmp_path / "alone.py"
    path.write_text(script, encoding="utf-8")
    ran = subprocess.run([sys.executable, path], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert not ran.stderr
    where, shape = ran.stdout.splitlines()
    assert not Path(where).is_relative_to(ROOT)
    assert re.fullmatch(r"\(\d+, 64\)", shape)
    assert not Path(where).parent.exists()


def test_what_a_download_lacks_is_said_with_the_line_that_adds_it(downloaded, monkeypatch):
    cell = next(cell for cell in json.loads(downloaded)["cells"] if cell["cell_type"] == "code")
    monkeypatch.setitem(
        sys.modules, "bplib.explorer", None
    )  # in place of matplotlib, which its import asks for
    with pytest.raises(ModuleNotFoundError) as error:
        exec("".join(cell["source"]), {})
    (sentence,) = error.value._render_traceback_()
    assert sentence == (
        "bplib.explorer is missing, and this notebook needs it. "
        "Run `%pip install anywidget ipywidgets matplotlib scipy tqdm` in a new cell, then Run All again."
    )


def test_a_notebook_without_the_line_is_an_error():
    with pytest.raises(ExtensionError, match=re.escape('needs the line packed = ""')):
        book_downloads.with_package(
            json.dumps({"cells": [{"cell_type": "code", "source": ["import bplib"]}]}), b""
        )


def test_downloads_lie_where_the_pages_buttons_look(tmp_path, downloaded):
    pages = {"chapters/one": CHAPTER, "chapters/two": tmp_path / "two.md"}
    app = SimpleNamespace(
        builder=SimpleNamespace(format="html"),
        env=SimpleNamespace(found_docs=set(pages), doc2path=lambda page: str(pages[page])),
        outdir=tmp_path,
    )
    (tmp_path / "_sources" / "chapters").mkdir(parents=True)
    book_downloads.write_downloads(app, None)
    (written,) = (tmp_path / "_sources" / "chapters").iterdir()
    assert written.name == "one.ipynb"
    assert written.read_text(encoding="utf-8") == downloaded
