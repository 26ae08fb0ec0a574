#!/bin/sh
# nbconvert 7.17.2: the alternative text of an output's picture is written by the classic template, and not by the default
# one. IPython.display.Image(alt=...) puts it into the output's metadata, {"image/png": {"alt": ...}}, and
# `--template classic` into the page. `--template lab`, the default, drops it, writes "No description has been provided
# for this image" in its place, and warns that the text is missing.
#
# Seen (Python 3.11.7, nbconvert 7.17.2, nbformat 5.10.4):
#   classic: ['A red dot']
#   lab:     ['No description has been provided for this image']
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check nbconvert==7.17.2 nbformat==5.10.4
cd "$folder"
venv/bin/python - <<'PYTHON'
import base64
import re
import struct
import zlib

from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
png = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
picture = new_output(
    "display_data",
    data={"image/png": base64.b64encode(png).decode(), "text/plain": "a dot"},
    metadata={"image/png": {"alt": "A red dot"}},
)
notebook = new_notebook(cells=[new_code_cell("dot", outputs=[picture])])
found = {}
for template in ("classic", "lab"):
    page, _ = HTMLExporter(template_name=template).from_notebook_node(notebook)
    images = re.findall(r"<img[^>]*>", page)
    found[template] = [alt for image in images for alt in re.findall(r'\balt="([^"]*)"', image)]
    print(f"{template + ':':8} {found[template]}")
assert found["classic"] == ["A red dot"]
assert found["lab"] == ["No description has been provided for this image"]
PYTHON
