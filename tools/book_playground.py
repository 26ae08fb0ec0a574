"""A Sphinx extension: the playground's script and style sheet, where a page has a place for it and can run Python."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from book_live import is_live
from sphinx.application import Sphinx

from bplib.playground.widget import HERE, PLACE, stylesheet


def add_to_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """A page without a place is asked for nothing."""
    if f'class="{PLACE}"' not in context.get("body", ""):
        return
    folder = Path(app.outdir, "_static", "playground")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "playground.css").write_text(stylesheet(), encoding="utf-8", newline="\n")
    app.add_css_file("playground/playground.css")
    if is_live(app):
        for name in ("playground.js", "page.js"):
            shutil.copyfile(HERE / name, folder / name)
        app.add_js_file("playground/page.js", loading_method="defer", fetchpriority="low")


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    app.connect("html-page-context", add_to_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
