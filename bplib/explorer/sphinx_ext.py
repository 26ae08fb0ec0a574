"""The Sphinx side of the explorers: name it in the book's list of extensions.

It makes the notebooks' kernels record, adds the script and the style sheet to the pages that have an explorer,
and has a notebook run again when a file that it depends on changes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from bplib.explorer.explorer import stylesheet

HERE = Path(__file__).parent


def write_assets(app: Sphinx) -> None:
    """Put script and style sheet where Sphinx looks for them when it writes their addresses."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    (static / "explorer.css").write_text(stylesheet(), encoding="utf-8", newline="\n")
    (static / "explorer.js").write_bytes((HERE / "explorer.js").read_bytes())


def add_to_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """A page without an explorer is asked for nothing."""
    if '<figure class="explorer"' in context.get("body", ""):
        app.add_css_file("explorer.css")
        app.add_js_file("explorer.js", loading_method="defer")


def note_dependencies(app: Sphinx, page: str, source: list[str]) -> None:
    """Sphinx runs a notebook again when it changes; it must, too, when the package it imports does."""
    if app.env.doc2path(page).endswith(".ipynb"):
        for pattern in app.config.explorer_depends:
            for path in sorted(Path(app.srcdir).glob(pattern)):
                app.env.note_dependency(str(path))


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    os.environ["EXPLORER_RECORD"] = "1"  # the notebooks' kernels inherit it
    app.add_config_value("explorer_depends", [], "env", [list])
    app.connect("builder-inited", write_assets)
    app.connect("html-page-context", add_to_page)
    app.connect("source-read", note_dependencies)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
