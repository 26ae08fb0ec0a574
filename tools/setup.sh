#!/bin/sh
# Makes .venv: the packages of requirements.lock, and bplib itself, editable. Where that is done already, nothing.
# An argument names the Python to use; without one, it is the first on the PATH that fits.
set -eu
cd "$(dirname "$0")/.."

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
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

# Only what was made here is replaced, and not under a program that runs from it, such as a Lab in another window.
if [ -e .venv ] && [ ! -f .venv/recipe ]; then
    echo ".venv is not one that make has set up, so it is left as it is: move it away or remove it (rm -rf .venv)," \
        "then make sets up its own" >&2
    exit 1
fi
programs=$(ps -A -ww -o pid= -o args= 2>/dev/null) || programs= # where ps is another one, none is found
running=$(printf '%s\n' "$programs" | while IFS= read -r program; do # echo would make bytes of a \0 in a program's code
    case $program in *"$PWD/.venv/"*) printf '%s\n' "$program" ;; esac
done)
if [ -n "$running" ]; then
    echo ".venv has to be set up anew, but these programs run from it. Stop them, or remove .venv yourself (rm -rf .venv):" >&2
    printf '%s\n' "$running" | cut -c 1-150 >&2
    exit 1
fi

others=
if [ $# -eq 0 ]; then
    set -- python3 python3.14 python3.13 python3.12 python3.11 python
    others=" and no other on the PATH fits"
fi
python=
for candidate in "$@"; do
    if fits "$candidate"; then python=$candidate && break; fi
done
if [ -z "$python" ]; then
    found=$("$1" --version 2>/dev/null) || found="not there"
    echo "The book needs Python 3.11 to 3.14, but $1 is $found$others: install one of them," \
        "or say where it is, as in: make book PYTHON=/path/to/python3.12" >&2
    exit 1
fi

echo "Setting up .venv with $("$python" --version) ..."
rm -rf .venv
mkdir .venv
echo unfinished >.venv/recipe # this one is ours, whatever happens next
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

# A kernel warns in every run that others on this machine could listen to it. What notebooks say in a build is in the
# book; `make lab` has its kernels encrypt what they say.
mkdir -p .venv/etc/ipython
echo 'c.IPKernelApp.log_level = "ERROR"' >.venv/etc/ipython/ipython_kernel_config.py

# matplotlib lists the machine's fonts once. In a notebook, and on a busy machine, it would say so in an output. (The
# Makefile names this folder too.)
MPLCONFIGDIR=.venv/matplotlib "$bin/python" -c 'import matplotlib.font_manager'

recipe "$bin/python" >.venv/recipe
