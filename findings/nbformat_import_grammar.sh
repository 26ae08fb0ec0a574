#!/bin/sh
# nbformat 5.10.4 (jsonschema 4.26.0, rfc3987-syntax 1.1.0, lark 1.3.1; Python 3.11, Linux): `import nbformat` takes about
# ten times as long once JupyterLab is installed beside it. jupyter-events, which it needs, asks for
# jsonschema[format-nongpl]; jsonschema imports rfc3987-syntax with itself wherever that is there, and that one builds the
# parsers of all its grammars when it is imported. The format that they check, an IRI, stands in no notebook. Every
# process that reads a notebook pays: nbconvert, papermill, a test of notebooks, each of a build's workers.
#
# Seen (processor seconds, the shortest of five): alone 0.11, with the packages of JupyterLab's events 1.21, and no
# module of lark before, lark.lark after.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
python="$folder/venv/bin/python"
"$python" -m pip install --quiet --disable-pip-version-check nbformat==5.10.4 jsonschema==4.26.0

cat >"$folder/seconds.py" <<'PYTHON'
import subprocess
import sys

program = "import time, sys; t = time.process_time(); import nbformat; print(time.process_time() - t, 'lark.lark' in sys.modules)"
runs = [subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split() for _ in range(6)]
print(min(float(seconds) for seconds, _ in runs[1:]), runs[-1][1])  # the first one compiles
PYTHON

before=$("$python" "$folder/seconds.py")
"$python" -m pip install --quiet --disable-pip-version-check "jsonschema[format-nongpl]==4.26.0" rfc3987-syntax==1.1.0 lark==1.3.1
after=$("$python" "$folder/seconds.py")
echo "alone: $before; with jsonschema[format-nongpl], as jupyter-events asks for it: $after"

"$python" - "$before" "$after" <<'PYTHON'
import sys

(before, lark_before), (after, lark_after) = (text.split() for text in sys.argv[1:])
sys.exit(not (float(after) > 3 * float(before) and (lark_before, lark_after) == ("False", "True")))
PYTHON
