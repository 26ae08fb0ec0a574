"""A Sphinx extension: exercises are answered on the page, and the page keeps what its reader did.

It takes out of the pages the code that holds answers, and what a field stands for: the cell that checks. The rest is
assets/answers.js, which every page loads, for its marks in the list of chapters.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

# What makes exercises or a quiz, with the right answers in it.
ANSWERS = re.compile(r"^(\w+ = Exercise|Quiz)\(", re.MULTILINE)


def take_answers_out(app: Sphinx, doctree: nodes.document) -> None:
    """Leave out the code with the answers in it, and that of a cell whose output is a field."""
    cells = [cell for cell in doctree.findall(nodes.container) if cell.get("nb_element") == "cell_code"]
    for cell in cells:
        source, *outputs = cell.children
        has_field = any('<form class="exercise"' in node.astext() for node in cell.findall(nodes.raw))
        if has_field or ("tag_hide-input" in cell["classes"] and ANSWERS.search(source.astext())):
            cell.remove(source)
            if not outputs:
                cell.parent.remove(cell)


def add_to_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """After the explorers' script, which knows where the sliders stand, and after the first picture."""
    app.add_css_file("answers.css")
    app.add_js_file("answers.js", loading_method="defer", fetchpriority="low")


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    app.connect("doctree-read", take_answers_out)
    app.connect("html-page-context", add_to_page, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
