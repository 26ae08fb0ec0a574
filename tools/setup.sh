#!/bin/sh
# Makes .venv: the packages of requirements.lock, and bplib itself, editable. Where that is done already, nothing.
# An argument names the Python to use; without one, it is the first on the PATH that fits.
set -eu
cd "$(dirname "$0")/.."

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

# What a finished .venv was made with and from; when any of it differs, .venv is made anew. The folder counts,
# because the scripts in .venv hold its address.
recipe() {
    "$1" -c 'import sys; print(sys.version)' 2>/dev/null && pwd && cksum requirements.lock pyproject.toml tools/setup.sh
}

bin=.venv/bin
if [ "${OS:-}" = Windows_NT ]; then bin=.venv/Scripts; fi
if [ -f .venv/recipe ] && fits "$bin/python" && [ "$(recipe "${1:-$bin/python}")" = "$(cat .venv/recipe)" ]; then
    exit 0
fi

others=
if [ $# -eq 0 ]; then
    set -- python3 python3.13 python3.12 python3.11 python
    others=" and no other on the PATH fits"
fi
python=
for candidate in "$@"; do
    if fits "$candidate"; then python=$candidate && break; fi
done
if [ -z "$python" ]; then
    found=$("$1" --version 2>/dev/null) || found="not there"
    echo "The book needs Python 3.11, 3.12 or 3.13, but $1 is $found$others: install one of them," \
        "or say where it is, as in: make book PYTHON=/path/to/python3.12" >&2
    exit 1
fi

echo "Setting up .venv with $("$python" --version) ..."
rm -rf .venv
"$python" -m venv .venv
pip="$bin/python -m pip install --quiet --disable-pip-version-check"
if ! { # uv takes seconds where pip takes minutes
    $pip "$(sed -n 's/^\(uv==[^ ;]*\).*/\1/p' requirements.lock)" &&
        "$bin/uv" pip install --quiet --python "$bin/python" -r requirements.lock &&
        "$bin/uv" pip install --quiet --python "$bin/python" --no-deps -e .
}; then
    echo "uv could not install the packages; trying plain pip, which takes some minutes ..." >&2
    $pip -r requirements.lock
    $pip --no-deps -e .
fi
recipe "$bin/python" >.venv/recipe # last: a .venv without it counts as unfinished
