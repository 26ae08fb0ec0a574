#!/bin/sh
# Pyodide 314.0.3 with numpy 2.4.3: np.einsum multiplies matrices several times as fast as @.
#
# numpy is built without a BLAS there, and the loop that @ falls back to walks down the columns of its second matrix,
# past the processor's cache. einsum's goes along rows. So does @ where the second matrix is a transpose: A @ B.T is
# several times as fast as A @ B. With a BLAS einsum is the slow one, tens of times.
#
# Seen on 2026-11-27 (Node 20.20.2, Python 3.14.0, numpy 2.4.3, a busy machine), float64, 512 x 512:
#   A @ B 1.109 s, A @ B.T 0.325 s, einsum 0.120 s
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . pyodide@314.0.3 > npm.log 2>&1 || { cat npm.log; exit 1; }
# numpy's wheel for Pyodide, which checks it by its own list of sums, lies in this package
python3 -m venv .venv
.venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
  --ignore-requires-python open-webui==0.12.4
.venv/bin/python - <<'EOF'
import glob
import zipfile

wheel = "numpy-2.4.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl"
(path,) = glob.glob("open_webui-*.whl")
with zipfile.ZipFile(path) as archive, open(f"node_modules/pyodide/{wheel}", "wb") as file:
    file.write(archive.read(f"open_webui/frontend/pyodide/{wheel}"))
EOF
cat > run.mjs <<'EOF'
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const python = await loadPyodide();
await python.loadPackage("numpy", { messageCallback() {} });
python.runPython(readFileSync("seen.py", "utf8"));
EOF
cat > seen.py <<'EOF'
import time

import numpy as np

A, B = np.random.default_rng(0).random((2, 512, 512))


def seconds(run):
    least = float("inf")
    for _ in range(4):
        start = time.perf_counter()
        run()
        least = min(least, time.perf_counter() - start)
    return least


plain, turned = seconds(lambda: A @ B), seconds(lambda: A @ B.T)
by_einsum = seconds(lambda: np.einsum("ij,jk->ik", A, B))
print(f"A @ B {plain:.3f} s, A @ B.T {turned:.3f} s, einsum {by_einsum:.3f} s")
assert np.allclose(np.einsum("ij,jk->ik", A, B), A @ B)
assert plain > 2 * by_einsum
assert plain > 1.5 * turned
EOF
node run.mjs 2> node.log || { tail -c 2000 node.log; exit 1; }
