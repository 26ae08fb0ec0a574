#!/bin/sh
# Pyodide 314.0.3 with numpy 2.4.3: nothing that goes wrong with a float is told, however numpy is asked to.
#
# WebAssembly has no flags for overflow, division by zero or an invalid operation, and numpy's arrays ask nothing else.
# So there is no RuntimeWarning for what becomes inf or nan, and np.errstate(all="raise") raises nothing: code that
# catches FloatingPointError, or tests that make warnings errors, pass over it. (The results are the same as elsewhere;
# integers of numpy's scalars, which are looked after without flags, do warn.)
#
# Seen on 2026-11-27 (Node 20.20.2, Python 3.14.0, numpy 2.4.3; all of these warn, and raise, on Linux):
#   with errstate(all="raise"): 1 / 0 = inf, log(-1) = nan, exp(1000) = inf, 1e308 * 10 = inf, inf - inf = nan
#   warnings: of these 0, of int32(2147483647) + int32(1) 1
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
import warnings

import numpy as np

one = np.array([1.0])
wrong = {
    "1 / 0": lambda: one / 0,
    "log(-1)": lambda: np.log(-one),
    "exp(1000)": lambda: np.exp(1000 * one),
    "1e308 * 10": lambda: 1e308 * one * 10,
    "inf - inf": lambda: np.inf * one - np.inf,
}
with np.errstate(all="raise"):
    found = {name: float(do()[0]) for name, do in wrong.items()}
print('with errstate(all="raise"):', ", ".join(f"{name} = {value}" for name, value in found.items()))
assert not np.isfinite(list(found.values())).any()
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    for do in wrong.values():
        do()
    floats = len(told)
    np.int32(2**31 - 1) + np.int32(1)
print(f"warnings: of these {floats}, of int32(2147483647) + int32(1) {len(told) - floats}")
assert (floats, len(told)) == (0, 1)
EOF
node run.mjs 2> node.log || { tail -c 2000 node.log; exit 1; }
