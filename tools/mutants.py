"""How many planted faults the tests find: `make mutants`, or `make mutants ARGS="bplib.losses.*"` for one module.

mutmut changes one thing in one function of the core, runs the tests that reach that function, and goes on to the
next; pyproject.toml says which modules and tests. A fault that no test finds is a test to write, or changes nothing
that could be seen (`.venv/bin/mutmut show NAME`). What was done once is not done again until its function changes.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path

ENOUGH = 0.95  # of the faults, in each module
MUTMUT = str(Path(sys.executable).with_name("mutmut"))


def main(names: list[str]) -> int:
    subprocess.run([MUTMUT, "run", *names], check=True)
    results = subprocess.run([MUTMUT, "results", "--all", "true"], check=True, capture_output=True, text=True)
    counts = count(results.stdout)
    for module, of in counts.items():
        print(f"{module:16} {of['killed']:4} of {of.total() - of['not checked']:4} found, {share(of):.1%}")
    return int(any(share(of) < ENOUGH for of in counts.values()))


def count(results: str) -> dict[str, Counter[str]]:
    """How often each outcome came, by module, from lines as `bplib.losses.x_softmax__mutmut_3: survived`."""
    counts: dict[str, Counter[str]] = {}
    for line in results.splitlines():
        name, _, outcome = line.strip().rpartition(": ")
        if name.startswith("bplib."):
            outcome = "killed" if outcome in ("killed", "timeout", "segfault") else outcome
            counts.setdefault(name.split(".")[1], Counter())[outcome] += 1
    return {module: of for module, of in sorted(counts.items()) if of.total() > of["not checked"]}


def share(of: Counter[str]) -> float:
    return of["killed"] / (of.total() - of["not checked"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
