"""The book's two networks with the same weights in eight libraries: loss and gradient, against bplib's.

    python benchmarks/same.py        runs benchmarks/same/ in the environments of peers.py (make peers does it, too)

Each program gets the weights, the examples and their targets as JSON, takes the library's own layers and losses where
there are any, and prints loss and gradients as the library has them. What has to be done with them to get the book's,
a factor or a transpose, is found here and stored with what is left over, in bplib/measured/same_network.json.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import peers  # noqa: E402

from bplib import Network, backprop  # noqa: E402
from bplib.datasets import digits  # noqa: E402
from bplib.examples import running_network  # noqa: E402

# library: its environment, its program, its packages there, its dtype
LIBRARIES = {
    "PyTorch": ("torch", "in_torch.py", ["torch"], "float64"),
    "JAX": ("jax", "in_jax.py", ["jax"], "float64"),
    "Keras": ("torch", "in_keras.py", ["keras", "torch"], "float64"),
    "scikit-learn": ("numpy", "in_sklearn.py", ["scikit-learn"], "float64"),
    "tinygrad": ("numpy", "in_tinygrad.py", ["tinygrad"], "float64"),
    "MLX": ("numpy", "in_mlx.py", ["mlx"], "float64"),
    "mygrad": ("numpy", "in_mygrad.py", ["mygrad"], "float64"),
    "TensorFlow.js": ("npm", "in_tfjs.cjs", ["@tensorflow/tfjs"], "float32"),
}
RUNNING = ([[1.0, 0.5], [-1.0, 0.5], [0.5, -1.0], [0.0, 1.5]], [[1.0], [0.0], [1.0], [0.0]])
TASKS = {"running": "quadratic", "digits": "softmax_cross_entropy"}


def tasks() -> dict[str, tuple[Network, Any, Any]]:
    data = digits()
    return {
        "running": (running_network(), *RUNNING),
        "digits": (
            Network([64, 32, 10], "sigmoid", "identity", seed=0),
            data.x_train[:100],
            data.y_train[:100],
        ),
    }


def given() -> dict[str, Any]:
    """What each program reads: weights as the book has them, examples as rows."""
    return {
        name: {
            "W": [W.tolist() for W in network.W.values()],
            "b": [b[:, 0].tolist() for b in network.b.values()],
            "x": np.asarray(x).tolist(),
            "y": np.asarray(y).tolist(),
        }
        for name, (network, x, y) in tasks().items()
    }


def compare(name: str, found: dict[str, Any]) -> dict[str, Any]:
    """How the library's loss and gradient become the book's: a factor, a transpose, and the error that is left."""
    network, x, y = tasks()[name]
    own = backprop(network, x, np.eye(10)[y] if name == "digits" else y, TASKS[name])
    W = [np.array(w) for w in found["W"]]
    transposed = W[0].shape != network.W[1].shape
    theirs = np.concatenate(
        [np.ravel(w.T if transposed else w) for w in W] + [np.ravel(b) for b in found["b"]]
    )
    ours = np.concatenate([g.ravel() for g in [*own.grad_W.values(), *own.grad_b.values()]])
    factor = round(float(theirs @ ours / (ours @ ours)), 6)
    return {
        "loss": float(f"{found['loss']:.7g}"),
        "loss over the book's": round(found["loss"] / own.C, 6),
        "gradient over the book's": factor,
        "transposed": transposed,
        "relative error": float(f"{np.linalg.norm(theirs / factor - ours) / np.linalg.norm(ours):.1g}"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "peers-of-bplib",
                        help="where the environments are and stay (default: %(default)s)")  # fmt: skip
    folder = parser.parse_args().folder.resolve()
    libraries, versions = {}, {}
    quiet = {"PYTHONWARNINGS": "ignore", "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "", "DEV": "PYTHON"}
    for library, (name, program, packages, dtype) in LIBRARIES.items():
        print(library, flush=True)
        runner = peers.environment(folder, name)
        with tempfile.TemporaryDirectory() as scratch:
            weights = Path(scratch) / "networks.json"
            weights.write_text(json.dumps(given()))
            done = subprocess.run(
                [str(runner), str(HERE / "same" / program), str(weights)],
                cwd=folder / name if name == "npm" else scratch,
                env=os.environ | quiet | {"KERAS_HOME": scratch},
                stdout=subprocess.PIPE,
                check=True,
            )
        found = json.loads(done.stdout.decode().splitlines()[-1])
        libraries[library] = {
            "dtype": dtype,
            **{task: compare(task, result) for task, result in found.items()},
        }
        # "mlx[cpu]==0.32.4", and npm's "@tensorflow/tfjs@4.22.0"
        pins = dict(re.fullmatch(r"(.[^[=@]*).*[=@](.+)", pin).groups() for pin in peers.ENVIRONMENTS[name])
        versions[library] = {package: pins[package] for package in packages}
    table = {
        "what": "the book's two networks with the same weights in other libraries: the loss each reports, what it and "
        "its gradient are as multiples of the book's, whether weights lie transposed, and the relative error left.",
        "made_by": "make peers",
        "date": datetime.date.today().isoformat(),
        "versions": versions,
        "libraries": libraries,
    }
    file = peers.MEASURED / "same_network.json"
    part = file.with_suffix(".part")
    part.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    part.replace(file)


if __name__ == "__main__":
    main()
