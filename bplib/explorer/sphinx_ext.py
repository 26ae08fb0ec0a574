"""The Sphinx side of the explorers: name it in the book's list of extensions.

It makes the notebooks' kernels record, adds the script and the style sheet to the pages that have an explorer,
puts each explorer's frames into a file of its own, which a page loads when it needs it, and has a notebook run again
when a file that it depends on changes.
"""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.application import Sphinx

from bplib.explorer.page import stylesheet

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
FIGURE = re.compile(r'<figure class="explorer" id="([^"]+)"')
FRAMES = re.compile(r'<script type="application/json" data-explorer="([^"]+)">(.*?)</script>', re.DOTALL)


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
    if FIGURE.search(context.get("body", "")):
        app.add_css_file("explorer.css")
        app.add_js_file("explorer.js", loading_method="defer")
        context["body"], scripts = frames_apart(
            context["body"], lambda name: context["pathto"](f"_static/explorers/{page}/{name}", 1)
        )
        folder = Path(app.outdir, "_static", "explorers", page)
        folder.mkdir(parents=True, exist_ok=True)
        for name, script in scripts.items():
            (folder / name).write_text(script, encoding="utf-8", newline="\n")


def frames_apart(body: str, address: Callable[[str], str]) -> tuple[str, dict[str, str]]:
    """A page without the frames of its explorers, and the scripts with them, by their files' names.

    Each figure names its script by the address that `address` gives for the file, and a checksum, so that no
    browser shows the frames of an older edition.
    """
    scripts = {
        f"{id}.js": f'(window.explorerFrames ??= {{}})["{id}"] = {frames};\n'
        for id, frames in FRAMES.findall(body)
    }

    def with_address(figure: re.Match[str]) -> str:
        name = f"{figure[1]}.js"
        if name not in scripts:
            return figure[0]  # a picture that rests
        return f'{figure[0]} data-frames="{address(name)}?v={zlib.crc32(scripts[name].encode()):08x}"'

    return FIGURE.sub(with_address, FRAMES.sub("", body)), scripts


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
