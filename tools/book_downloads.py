"""A Sphinx extension: a notebook that is downloaded from its page works alone, wherever it is opened.

bplib goes with it, packed, in its first code cell, which every chapter begins with: the cell has a line for it. So one
file is all that Colab, VS Code or a Jupyter of one's own need, and nothing is installed.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

BPLIB = Path(__file__).resolve().parent.parent / "bplib"
EMPTY = 'packed = ""'


def pack(package: Path = BPLIB) -> bytes:
    """A package as a ZIP archive that is the same to the byte each time."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for file in sorted(package.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                entry = zipfile.ZipInfo(file.relative_to(package.parent).as_posix())  # dated 1980
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return data.getvalue()


def with_package(notebook: str, package: bytes) -> str:
    """A notebook whose first code cell has the package in it."""
    content = json.loads(notebook)
    cell = next(cell for cell in content["cells"] if cell["cell_type"] == "code")
    source = "".join(cell["source"])
    if source.count(EMPTY) != 1:
        raise ExtensionError(
            f"the first code cell of a notebook needs the line {EMPTY}, as in the first chapter"
        )
    # As one line, which is one line in what is made of the notebook, too, such as a page or a PDF.
    full = EMPTY.replace('""', f'"{base64.b64encode(package).decode()}"')
    cell["source"] = source.replace(EMPTY, full).splitlines(keepends=True)
    cell["metadata"]["cellView"] = "form"  # Colab's way to fold a cell; the other programs' is there
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def write_downloads(app: Sphinx, failed: Exception | None) -> None:
    """Write the notebooks where the pages' download buttons look for them."""
    if failed or app.builder.format != "html":
        return
    package = pack()
    for page in sorted(app.env.found_docs):
        source = Path(app.env.doc2path(page))
        if source.suffix == ".ipynb":
            notebook = with_package(source.read_text(encoding="utf-8"), package)
            path = Path(app.outdir, "_sources", f"{page}.ipynb")
            path.write_text(notebook, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    app.connect("build-finished", write_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
