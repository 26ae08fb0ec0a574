#!/bin/sh
# Pyodide 314.0.3 with numpy 2.4.3: the dot product of float32 adds up one number after the other, and stops at 2^24.
#
# numpy is built without a BLAS there. Its own loop has a single sum in float32: of 33,554,432 ones it finds 16,777,216,
# from where on adding 1 changes nothing; so do @, vdot and np.linalg.norm. Of a million random numbers it is wrong in
# the fourth digit, where einsum, sum and a BLAS are right to the sixth or better. A gradient in float32 is such a
# product, with the examples as its length.
#
# Seen on 2026-11-27 (Node 20.20.2, Python 3.14.0, numpy 2.4.3):
#   33,554,432 ones: dot 16,777,216, @ 16,777,216, norm squared 16,777,216, einsum 33,554,432, sum 33,554,432
#   relative error, a million random numbers squared and added: dot 3.4e-04, einsum 1.4e-07
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
import numpy as np

ones = np.ones(2**25, np.float32)
found = {
    "dot": np.dot(ones, ones),
    "@": (ones[None] @ ones[:, None])[0, 0],
    "norm squared": np.linalg.norm(ones) ** 2,
    "einsum": np.einsum("i,i->", ones, ones),
    "sum": (ones * ones).sum(),
}
print("33,554,432 ones:", ", ".join(f"{name} {int(value):,}" for name, value in found.items()))
assert list(map(int, found.values())) == [2**24] * 3 + [2**25] * 2
r = np.random.default_rng(0).random(10**6, np.float32)
right = (r.astype(np.float64) ** 2).sum()
errors = {"dot": abs(np.dot(r, r) / right - 1), "einsum": abs(np.einsum("i,i->", r, r) / right - 1)}
told = ", ".join(f"{name} {value:.1e}" for name, value in errors.items())
print("relative error, a million random numbers squared and added:", told)
assert errors["einsum"] < 1e-6 < 1e-4 < errors["dot"]
EOF
node run.mjs 2> node.log || { tail -c 2000 node.log; exit 1; }
