"""A Sphinx extension: Python in the page, where `make live` has fetched what it needs (tools/live.py).

It copies those files to _static/python, puts bplib beside them, adds the button's script (assets/python) to the pages
that are notebooks, and marks their cells with where each stands among the notebook's code cells: cell-0, cell-1 ...,
by which the page finds the code of a cell in the notebook, which lies under _sources for its download.
Without those files the book is as if this extension were not there.
"""

from __future__ import annotations

import filecmp
import json
import shutil
from pathlib import Path
from typing import Any

import live
from book_downloads import pack
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

FOLDER = "_static/python"


def look(app: Sphinx, config: Config) -> None:
    """Find out once, and have all pages written anew where it was otherwise in the last build."""
    config.book_live = not live.missing(live.cache())


def is_live(app: Sphinx) -> bool:
    return bool(app.config.book_live) and app.builder.format == "html"


def number_cells(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give each cell of a page its class."""
    if not is_live(app) or not app.env.doc2path(page).endswith(".ipynb"):
        return
    cells = json.loads(Path(app.env.doc2path(page)).read_text(encoding="utf-8"))["cells"]
    code = [i for i, cell in enumerate(cells) if cell["cell_type"] == "code"]
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code":
            cell["classes"].append(f"cell-{code.index(cell['cell_index'])}")


def add_to_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """The button's place, style sheet and script, which loads everything else when it is pressed."""
    if is_live(app) and doctree is not None and app.env.doc2path(page).endswith(".ipynb"):
        # There before any script, so that nothing jumps when the button comes.
        context["body"] = context["body"].replace("</h1>", '</h1>\n<div class="python-bar"></div>', 1)
        loaded = [live.source(name) for name in live.FILES if not name.startswith("scipy")]
        size = {"data-megabytes": f"{sum(path.stat().st_size for path in loaded) / 1e6:.0f}"}
        app.add_css_file("python/python.css")
        app.add_js_file("python/python.js", loading_method="defer", fetchpriority="low", **size)


def write_files(app: Sphinx, failed: Exception | None) -> None:
    """Put the files beside the pages; or, without them, take away the scripts that Sphinx copied from assets."""
    if failed or app.builder.format != "html":
        return
    folder = Path(app.outdir, FOLDER)
    if not is_live(app):
        shutil.rmtree(folder, ignore_errors=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in live.FILES:
        source, copy = live.source(name), folder / name
        if not copy.exists() or not filecmp.cmp(source, copy):
            shutil.copyfile(source, copy)  # without its mode: a cache may be there to be read alone
    (folder / "pyodide-lock.json").write_text(json.dumps(live.LOCK), encoding="utf-8", newline="\n")
    (folder / "bplib.zip").write_bytes(pack())
    # For a bar while the page loads them: a server that compresses does not tell a page how much is to come.
    loaded = ["bplib.zip", *live.FILES]
    sizes = {name: (folder / name).stat().st_size for name in loaded}
    (folder / "sizes.json").write_text(json.dumps(sizes), encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    app.add_config_value("book_live", False, "html", [bool])
    app.connect("config-inited", look)
    app.connect("doctree-resolved", number_cells)
    app.connect(
        "html-page-context", add_to_page, priority=700
    )  # after the explorers' script and the answers'
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
