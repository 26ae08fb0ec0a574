"""Reads the book's pages in several processes at once: reading a chapter runs its notebook, most of a build's time.

Jupyter Book's command has no option for it. Writing stays in one process, because it shares the one that renders
formulas.
"""

from __future__ import annotations

from sphinx.application import Sphinx

# Sphinx gives each process the same number of pages in a row, and the chapters stand in a row: with one process a core,
# a single one would have them all.
PROCESSES = 6


def start(app: Sphinx) -> None:
    app.parallel = PROCESSES
    # They do not say so themselves: one numbers the sections once all pages are read, the other serves LaTeX alone.
    for name in ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex"):
        app.extensions[name].parallel_read_safe = True


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("builder-inited", start)
    app.connect("env-updated", lambda app, env: setattr(app, "parallel", 1))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
