#!/bin/sh
# papermill 2.7.0: one parameter, three types. `-p shuffle false` switches on, 1e-3 is text in YAML, 010 is 10 or 8.
#
# With -p only False and True, written as in Python, are truth values; false is the text "false", which is true for an
# `if`. 1e-3 is a number with -p, and with -y (or a file, -f) a text, for YAML 1.1 wants a point and a sign: 1.0e-3 is a
# number. So a training runs with its data shuffled, or with a learning rate that cannot be multiplied, as the same words
# are given by one option or the other. All of them end with exit code 0.
#
# Seen on 2026-11-28 (Python 3.11.7, papermill 2.7.0, PyYAML 6.0.4, ipykernel 7.4.0):
#   -p shuffle false -p rate 1e-3 -p steps 010:   shuffle 'false' (on), rate 0.001, steps 10
#   -y {shuffle: false, rate: 1e-3, steps: 010}:  shuffle False (off), rate '1e-3', steps 8
#   -p shuffle False -p rate 1.0e-3 -p steps 10:  shuffle False (off), rate 0.001, steps 10
#   -y {shuffle: False, rate: 1.0e-3, steps: 10}: shuffle False (off), rate 0.001, steps 10
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check papermill==2.7.0 pyyaml==6.0.4 \
    nbformat==5.10.4 ipykernel==7.4.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import subprocess

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

show = '''print(f"shuffle {shuffle!r} ({'on' if shuffle else 'off'}), rate {rate!r}, steps {steps!r}")'''
cells = [
    new_code_cell("shuffle, rate, steps = True, 0.1, 10", metadata={"tags": ["parameters"]}),
    new_code_cell(show),
]
metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
nbformat.write(new_notebook(cells=cells, metadata=metadata), "a.ipynb")
subprocess.run(["venv/bin/python", "-m", "ipykernel", "install", "--sys-prefix"], check=True, capture_output=True)

right = "shuffle False (off), rate 0.001, steps 10"
for options, expected in (
    ("-p shuffle false -p rate 1e-3 -p steps 010", "shuffle 'false' (on), rate 0.001, steps 10"),
    ("-y {shuffle: false, rate: 1e-3, steps: 010}", "shuffle False (off), rate '1e-3', steps 8"),
    ("-p shuffle False -p rate 1.0e-3 -p steps 10", right),
    ("-y {shuffle: False, rate: 1.0e-3, steps: 10}", right),
):
    words = options.split(maxsplit=1) if options.startswith("-y") else options.split()
    command = ["venv/bin/python", "-m", "papermill", "a.ipynb", "b.ipynb", "--no-progress-bar", *words]
    subprocess.run(command, check=True, capture_output=True)
    text = "".join(o.get("text", "") for cell in nbformat.read("b.ipynb", 4).cells for o in cell.outputs).strip()
    print(f"{options}: {text}")
    assert text == expected
PYTHON
