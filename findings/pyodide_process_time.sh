#!/bin/sh
# Pyodide 314.0.3: time.process_time, which is to leave waiting out, goes on while Python sleeps.
#
# It is the clock on the wall there (and time.thread_time is missing). Whoever times a training by it, as one does where
# others use the machine too, measures their work with his own.
#
# Seen on 2026-11-27 (Node 20.20.2, Python 3.14.0): slept 0.4 s; process_time went on by 0.40 s, perf_counter by 0.40 s (a busy machine: 0.56 and 0.56)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . pyodide@314.0.3 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > run.mjs <<'EOF'
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const python = await loadPyodide();
python.runPython(readFileSync("seen.py", "utf8"));
EOF
cat > seen.py <<'EOF'
import time

before = time.process_time(), time.perf_counter()
time.sleep(0.4)
cpu, wall = time.process_time() - before[0], time.perf_counter() - before[1]
print(f"slept 0.4 s; process_time went on by {cpu:.2f} s, perf_counter by {wall:.2f} s")
assert cpu > 0.35
assert not hasattr(time, "thread_time")
EOF
node run.mjs 2> node.log || { tail -c 2000 node.log; exit 1; }
