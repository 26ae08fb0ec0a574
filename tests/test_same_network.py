"""The page "The same network elsewhere" says what was measured, and a part of that is measured again."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bplib.measured import load

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "chapters" / "same_network.md").read_text(encoding="utf-8")
TABLE = load("same_network")
SMALL = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def factors(tasks, what):
    values = [f"{task[what]:g}" for task in tasks]
    return " and ".join(values if len(set(values)) > 1 else values[:1])


@pytest.mark.parametrize("library", TABLE["libraries"])
def test_the_page_says_what_was_measured(library):
    found = TABLE["libraries"][library]
    tasks = [found[name] for name in ("running", "digits") if name in found]
    digits, power = f"{max(task['relative error'] for task in tasks):.0e}".split("e")
    lie = (
        "as you write it"
        if library in ("JAX", "mygrad")
        else "(in, out)"
        if tasks[0]["transposed"]
        else "(out, in)"
    )
    cells = [
        library,
        factors(tasks, "loss over the book's"),
        factors(tasks, "gradient over the book's"),
        lie,
        f"{digits}·10{str(int(power)).translate(SMALL)}",
    ]
    assert f"\n| {' | '.join(cells)} |\n" in PAGE
    for package, version in TABLE["versions"][library].items():
        name = {
            "torch": "PyTorch",
            "jax": "JAX",
            "keras": "Keras",
            "mlx": "MLX",
            "@tensorflow/tfjs": "TensorFlow.js",
        }
        assert f"{name.get(package, package)} {version}" in PAGE


def test_every_program_is_shown():
    shown = re.findall(r"```\{literalinclude\} \.\./benchmarks/same/(\S+)", PAGE)
    assert sorted(shown) == sorted(file.name for file in (ROOT / "benchmarks" / "same").glob("in_*"))
    assert len(shown) == len(TABLE["libraries"])


def test_jax_once_more(tmp_path, monkeypatch):
    pytest.importorskip("jax")
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import same

    weights = tmp_path / "networks.json"
    weights.write_text(json.dumps(same.given()))
    program = ROOT / "benchmarks" / "same" / "in_jax.py"
    run = subprocess.run(
        [sys.executable, str(program), str(weights)], capture_output=True, text=True, check=True
    )
    for task, found in json.loads(run.stdout).items():
        again, stored = same.compare(task, found), TABLE["libraries"]["JAX"][task]
        assert again.pop("relative error") < 1e-14
        assert again.items() <= stored.items()
