"""What other libraries do where one would not guess it: measured by running them, stored for the book.

    python benchmarks/peers.py                       everything: environments, runs, tables (make peers)
    python benchmarks/peers.py --only Keras MLX      these libraries anew; what is stored of the others stays
    python benchmarks/peers.py --page                the tables of the page alone, from what is stored

Each library runs a script of benchmarks/peers/ in an environment of its own, with pinned versions, outside the
repository: bplib is not in it, nor are they in bplib's. The results go to bplib/measured/, with versions and date, and
into the tables of chapters/in_other_libraries.md.
The first time some gigabytes are downloaded; --folder DIRECTORY names where the environments stay.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "peers"))
import cases  # noqa: E402
import page  # noqa: E402

SCRIPTS = HERE / "peers"
MEASURED = HERE.parent / "bplib" / "measured"

ENVIRONMENTS = {
    "torch": [
        "torch==2.13.0", "numpy==2.4.6", "keras==3.15.1", "onnx==1.23.2", "onnxscript==0.7.2", "onnxruntime==1.32.0",
        "safetensors==0.8.0",
    ],
    "jax": ["jax==0.10.2", "jaxlib==0.10.2", "numpy==2.4.6", "flax==0.12.8", "optax==0.2.8", "keras==3.15.1"],
    "numpy": [
        "numpy==2.4.6", "scikit-learn==1.9.1", "autograd==1.9.1", "mygrad==2.5.0", "tinygrad==0.14.0",
        "mlx[cpu]==0.32.4",
    ],
    "npm": ["@tensorflow/tfjs@4.22.0"],
}  # fmt: skip

# library: its environment, its script, what else it is told
LIBRARIES: dict[str, tuple[str, str, dict[str, str]]] = {
    "PyTorch": ("torch", "with_torch.py", {}),
    "JAX": ("jax", "with_jax.py", {}),
    "optax": ("jax", "with_optax.py", {}),
    "Flax": ("jax", "with_flax.py", {}),
    "Keras": ("jax", "with_keras.py", {"KERAS_BACKEND": "jax"}),
    "Keras on PyTorch": ("torch", "with_keras.py", {"KERAS_BACKEND": "torch"}),
    "autograd": ("numpy", "with_autograd.py", {}),
    "mygrad": ("numpy", "with_mygrad.py", {}),
    "tinygrad": ("numpy", "with_tinygrad.py", {}),
    "MLX": ("numpy", "with_mlx.py", {}),
    "scikit-learn": ("numpy", "with_sklearn.py", {}),
    "onnxruntime": ("torch", "with_onnxruntime.py", {}),
    "safetensors": ("torch", "with_safetensors.py", {}),
    "TensorFlow.js": ("npm", "with_tfjs.cjs", {}),
    "bplib": ("", "with_bplib.py", {}),
}

CASES = {
    "layers": cases.LAYERS,
    "derivatives": cases.DERIVATIVES,
    "losses": cases.LOSSES,
    "weights": cases.WEIGHTS,
    "elsewhere": cases.ELSEWHERE,
}
WHAT = {
    "derivatives": "the derivative that each library gives where there is none, or where only the formula has none; in "
    "float64, but for TensorFlow.js in float32. For two points or several numbers, a list.",
    "losses": "each library's losses by default, in float32: the value and the derivative by the prediction; of equal "
    "derivatives one. optax and MLX have losses without a mean: then it is the mean of what they give. bplib's "
    "derivatives are δ, for each example.",
    "weights": "the weights that a layer begins with. rule: how they are spread, with n_in and n_out connections, the "
    "width being the standard deviation; low, high and std are those seen in 20 layers.",
    "optimizers": "first steps of each library's optimizers: w = 1, learning rate 0.1, otherwise their defaults. "
    "weights: w after each step, for gradients that are always 1, always 1e-8, and 1, -1 in turn. rates: w after each "
    "of four steps with gradient 1 and learning rates 0.1, 0.1, 0.1, 0.01.",
    "elsewhere": "what becomes of a network that is taken to another program: ONNX files, written by PyTorch's "
    "exporter and run by onnxruntime, files of weights. Errors are results, too.",
    "layers": "what layers beyond W x + b give by default, and their gradients, in float32; errors are results, too. "
    "rule: how first weights are spread, with n_in and n_out connections.",
}


def environment(folder: Path, name: str) -> Path:
    """The program that runs scripts in the environment of this name, which is made if it is not there as pinned."""
    if not name:
        return Path(sys.executable)
    pins, home = ENVIRONMENTS[name], folder / name
    made, npm = home / "pins.txt", name == "npm"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not made.is_file() or made.read_text() != "\n".join(pins):
        print(f"setting up {home}: {' '.join(pins)}", flush=True)
        home.mkdir(parents=True, exist_ok=True)
        if npm:
            (home / "package.json").write_text('{"private": true}')
            subprocess.run(
                ["npm", "install", "--silent", "--no-audit", "--no-fund", *pins], cwd=home, check=True
            )
        else:
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, *pins], check=True)
        made.write_text("\n".join(pins))
    return Path("node") if npm else python


def measure(folder: Path, library: str, groups: list[str]) -> dict[str, Any]:
    name, script, settings = LIBRARIES[library]
    program = environment(folder, name)
    quiet = {"PYTHONWARNINGS": "ignore", "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "", "DEV": "PYTHON"}
    # Outside the repository, so that no library's cache or configuration lands in it.
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [str(program), str(SCRIPTS / script), *groups],
            cwd=folder / name if name == "npm" else scratch,
            env=os.environ | quiet | settings | {"KERAS_HOME": scratch},
            stdout=subprocess.PIPE,
            check=True,
        )
    result: dict[str, Any] = json.loads(done.stdout.decode().splitlines()[-1])
    return result


def store(group: str, results: dict[str, dict[str, Any]], whole: bool) -> None:
    """Put what was measured into the group's table, at once or not at all."""
    file = MEASURED / f"{group}.json"
    old = {} if whole or not file.is_file() else json.loads(file.read_text(encoding="utf-8"))
    found = old.get("libraries", {}) | {name: r[group] for name, r in results.items() if group in r}
    versions = old.get("versions", {}) | {name: r["versions"] for name, r in results.items() if group in r}
    if found.get("Keras on PyTorch") == found.get(
        "Keras"
    ):  # one row for both; the versions say that both were run
        found.pop("Keras on PyTorch", None)
    for name, values in found.items():
        if group in CASES and (unknown := values.keys() - CASES[group].keys()):
            raise SystemExit(f"{name} has results for cases without a title: {', '.join(sorted(unknown))}")
    table = {
        "what": WHAT[group],
        "made_by": "make peers",
        "date": datetime.date.today().isoformat(),
        "versions": {name: versions[name] for name in LIBRARIES if name in versions},
        **({"cases": CASES[group]} if group in CASES else {}),
        "libraries": {name: found[name] for name in LIBRARIES if name in found},
    }
    part = file.with_suffix(".part")
    part.write_text(dump(table), encoding="utf-8")
    part.replace(file)


def dump(table: dict[str, Any]) -> str:
    """As JSON with a line for each case of each library, so that a change of one is a change of one line."""

    def nested(value: Any, depth: int, indent: str = "") -> str:
        if not isinstance(value, dict) or depth == 0:
            return json.dumps(value, ensure_ascii=False)
        inner = indent + " "
        lines = (f"{inner}{json.dumps(k)}: {nested(v, depth - 1, inner)}" for k, v in value.items())
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"

    parts = (f" {json.dumps(k)}: {nested(v, 2 if k == 'libraries' else 1, ' ')}" for k, v in table.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "peers-of-bplib",
                        help="where the environments are and stay (default: %(default)s)")  # fmt: skip
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="LIBRARY", help="some of " + ", ".join(LIBRARIES)
    )
    parser.add_argument("--groups", nargs="+", choices=WHAT, default=list(WHAT), help="default: all")
    parser.add_argument(
        "--page", action="store_true", help="run nothing: write the page's tables from what is stored"
    )
    options = parser.parse_args()
    if unknown := set(options.only) - LIBRARIES.keys():
        parser.error(f"no library {', '.join(sorted(unknown))}; there are {', '.join(LIBRARIES)}")
    if "Keras" in options.only:  # they are compared
        options.only.append("Keras on PyTorch")
    if not options.page:
        measure_all(options)
    page.write(
        {group: json.loads((MEASURED / f"{group}.json").read_text(encoding="utf-8")) for group in WHAT}
    )


def measure_all(options: argparse.Namespace) -> None:
    results = {}
    for library in dict.fromkeys(options.only) or LIBRARIES:
        print(library, flush=True)
        results[library] = measure(options.folder.resolve(), library, options.groups)
    for group in options.groups:
        store(group, results, whole=not options.only)


if __name__ == "__main__":
    main()
