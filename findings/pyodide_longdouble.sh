#!/bin/sh
# Pyodide 314.0.3 with numpy 2.4.3: np.longdouble has 113 bits and a range to 1e4932, its functions those of a double.
#
# finfo is right about its arithmetic and about sqrt. But exp, log, sin and powers are computed in float64 and made long
# again: exp(1000), 10**400 and log(1e400) are infinite, all finite on Linux with its 64 bits, and exp(1) is wrong from
# the 17th of 34 digits on. So "once more in longdouble, to be sure" is no check there.
#
# Seen on 2026-11-27 (Node 20.20.2, Python 3.14.0, numpy 2.4.3):
#   finfo: 1.18e+4932, eps 1.9e-34
#   exp(1000) = inf, 10**400 = inf, log(1e400) = inf
#   relative error of sqrt(2): 0, of exp(1): 5.3e-17
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

long = np.longdouble
limits = np.finfo(long)
print(f"finfo: {str(limits.max)[:4]}{str(limits.max)[-6:]}, eps {limits.eps:.1e}")
assert limits.eps < 1e-33
found = {"exp(1000)": np.exp(long(1000)), "10**400": long(10) ** 400, "log(1e400)": np.log(long("1e400"))}
print(", ".join(f"{name} = {value}" for name, value in found.items()))
assert np.isinf(list(found.values())).all()
assert np.isfinite(long("1e400"))
root = abs(np.sqrt(long(2)) / long("1.4142135623730950488016887242096980786") - 1)
e = abs(np.exp(long(1)) / long("2.7182818284590452353602874713526624978") - 1)
print(f"relative error of sqrt(2): {root:.2g}, of exp(1): {e:.2g}")
assert root < 1e-33
assert e > 1e-18
EOF
node run.mjs 2> node.log || { tail -c 2000 node.log; exit 1; }
