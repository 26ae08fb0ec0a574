#!/bin/sh
# Jupyter Book 2.1.7 on a book of Jupyter Book 1: `build --html` makes no page and exits with 0.
#
# The folder has a valid _config.yml and _toc.yml of version 1. A build in CI stays green and publishes an empty folder;
# what tells is one line among the others. (Without a command, at a terminal, the same program offers to migrate the
# book, with yes as the default; `build` says nothing of that.)
#
# Seen on 2026-11-27 with jupyter-book 2.1.7, Python 3.11.7, node 20 (which jupyter-book needs on the PATH):
#   🌎 No site configuration found.
#   exit code 0, pages: none
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check jupyter-book==2.1.7
mkdir book
printf 'title: A book\nauthor: Somebody\n' >book/_config.yml
printf 'format: jb-book\nroot: index\nchapters:\n  - file: one\n' >book/_toc.yml
printf '# A book\n' >book/index.md
printf '# One\n\nWords.\n' >book/one.md
code=0
(cd book && ../.venv/bin/jupyter-book build --html </dev/null >../told.txt 2>&1) || code=$?
grep "No site configuration found" told.txt
pages=$(find book/_build -name '*.html' 2>/dev/null || true)
echo "exit code $code, pages: ${pages:-none}"
[ "$code" -eq 0 ] && [ -z "$pages" ]
