"""Run notebooks in place, two at a time, and put in order what may differ from run to run.

A notebook is written only when all its cells ran. Running it again changes no byte, as long as its outputs
depend on nothing but its cells.
"""

import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}
CELL_METADATA = ("mystnb", "tags")  # what an author sets by hand; all else comes from editors and runs
# The book's pages fold a cell by its tag. JupyterLab and Notebook 7 know nothing of the tags, and fold by these.
FOLDED = {
    "hide-input": ("source_hidden",),
    "hide-output": ("outputs_hidden",),
    "hide-cell": ("source_hidden", "outputs_hidden"),
}
TIMEOUT = 600  # seconds for a cell


def normalise(notebook: Any) -> None:
    """Fix the notebook's metadata; drop widgets, which no kernel is there to move, and what editors leave.

    What the tags fold in a page is folded in JupyterLab too.
    """
    kept = {key: value for key, value in notebook.metadata.items() if key in ("mystnb", "title", "authors")}
    notebook.metadata = nbformat.from_dict({**kept, "kernelspec": KERNEL, "language_info": LANGUAGE})
    for cell in notebook.cells:
        kept = {key: value for key, value in cell.metadata.items() if key in CELL_METADATA and value}
        if folded := {part: True for tag in kept.get("tags", ()) for part in FOLDED.get(tag, ())}:
            kept["jupyter"] = folded
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET, None)
            cell.outputs = [output for output in cell.outputs if output.get("data", True)]


def run(path: Path) -> str:
    """Run one notebook where it lies, and write it; the answer is empty, or says what failed."""
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        coalesce_streams=True,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return f"{path} failed and is left as it was:\n{error}"
    normalise(notebook)
    nbformat.validate(notebook)
    after = nbformat.writes(notebook).rstrip("\n") + "\n"
    if after != before:
        new = path.with_suffix(".ipynb.new")
        new.write_text(after, encoding="utf-8", newline="\n")
        new.replace(path)
    return ""


def main(paths: Iterable[str]) -> int:
    """Run them all, say how each went, and return 1 if one failed."""
    os.environ.pop("EXPLORER_RECORD", None)  # or the explorers would record, as for the book
    notebooks = [Path(path) for path in paths]
    if not notebooks:
        print("Name the notebooks to run.", file=sys.stderr)
        return 2
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for path, failure in zip(notebooks, pool.map(run, notebooks), strict=True):
            print(failure or path, flush=True)
            failed += bool(failure)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
