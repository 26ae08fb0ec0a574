#!/bin/sh
# nbconvert 7.17.2: `--execute` with TagRemovePreprocessor, to leave a notebook's set-up cell out of the page, leaves it
# out of the run as well: cells are removed by their tags before any is executed, and the next one fails with a
# NameError. In two steps (execute to a notebook, then convert that with the tags) the page is as expected.
#
# Seen (Python 3.11.7, nbconvert 7.17.2, ipykernel 7.4.0, nbformat 5.10.4):
#   in one step:  exit 1, NameError: name 'x' is not defined
#   in two steps: exit 0, the page has ['x is 1']
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check nbconvert==7.17.2 nbformat==5.10.4 \
    ipykernel==7.4.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import re
import subprocess

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

cells = [new_code_cell("x = 1", metadata={"tags": ["setup"]}), new_code_cell('print("x is", x)')]
nbformat.write(new_notebook(cells=cells), "a.ipynb")


def convert(*options):
    command = ["venv/bin/jupyter", "nbconvert", *options]
    return subprocess.run(command, capture_output=True, text=True)


remove = ["--TagRemovePreprocessor.enabled=True", "--TagRemovePreprocessor.remove_cell_tags=setup"]
once = convert("--to", "html", "--execute", *remove, "a.ipynb", "--output", "once")
failed = "name 'x' is not defined" in once.stderr
print(f"in one step:  exit {once.returncode}" + ", NameError: name 'x' is not defined" * failed)
assert convert("--to", "notebook", "--execute", "a.ipynb", "--output", "run").returncode == 0
twice = convert("--to", "html", *remove, "run.ipynb", "--output", "twice")
with open("twice.html", encoding="utf-8") as file:
    text = re.sub("<[^>]*>", "", file.read())
print(f"in two steps: exit {twice.returncode}, the page has {[line for line in ('x is 1', 'x = 1') if line in text]}")
assert once.returncode == 1 and failed
assert twice.returncode == 0 and "x is 1" in text and "x = 1" not in text
PYTHON
