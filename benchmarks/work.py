"""What whoever works on the book waits for: set-up, a full build, a build after one chapter changed, the tests.

`make bench` runs it, in a clone of the last commit in a temporary folder, with empty caches of packages. It measures;
it does not judge, and is no test. Of each wait it names the parts that take the time, and how many of the machine's
cores were busy meanwhile. The table goes into README.md.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from report import write

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = Path("chapters") / "03_loss.ipynb"
# Where a part begins: what the command prints then, and what the part is called.
BUILD = {
    r"Running Jupyter-Book": "starting",
    r"reading sources": "reading, which runs the notebooks",
    r"looking for now-outdated": "writing",
}
TEST = {
    r"ruff check": "lint",
    r"pytest.*=tests/browser tests$": "unit tests",
    r"pytest --nbval": "chapters against their stored outputs",
    r"jupyter-book build": "build",
    r"pytest.* loadfile tests/browser": "book in a browser",
}


def busy() -> float:
    """Seconds for which the machine's cores have worked, all together; 0 where the system does not tell."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0
    user, nice, system, _, _, irq, softirq, *_ = map(int, stat.read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def timed(command: list[str], folder: Path, marks: dict[str, str], **environment: str) -> tuple[str, str]:
    """A row's end for README.md, of a command that succeeds, and what it printed."""
    print("$", *command, file=sys.stderr)
    begin, worked = time.perf_counter(), busy()
    begun = {}
    with subprocess.Popen(
        command, cwd=folder, env=os.environ | environment, text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        printed = []
        for line in process.stdout or ():
            printed.append(line)
            for mark, part in marks.items():
                if part not in begun and re.search(mark, line):
                    begun[part] = time.perf_counter()
    text = "".join(printed)
    if process.returncode:
        sys.exit(f"{text[-3000:]}\n{' '.join(command)} failed")
    end = time.perf_counter()
    cores = (busy() - worked) / (end - begin)
    ends = [*begun.values(), end][1:]
    parts = [f"{part} {seconds(b - a)}" for (part, a), b in zip(begun.items(), ends, strict=True)]
    row = f"{seconds(end - begin)} | {f'{cores:.1f}' if worked else ''} | {', '.join(parts)} |"
    print(row, file=sys.stderr)
    return row, text


def seconds(s: float) -> str:
    return f"{s:.1f} s" if s < 10 else f"{s:.0f} s" if s < 100 else f"{s // 60:.0f} min {s % 60:.0f} s"


def add_a_sentence(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.cell_type == "markdown").source += "\n\nOne sentence more."
    nbformat.write(notebook, path)


def main() -> None:
    rows = ["| | time | cores busy | parts |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder, "book")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(book)], check=True)
        caches = {name: str(Path(folder, name)) for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR")}
        row, _ = timed(["sh", "tools/setup.sh"], book, {}, **caches)
        rows.append(f"| set-up, packages fetched anew | {row}")

        row, _ = timed(["make", "book"], book, BUILD)
        rows.append(f"| full build | {row}")

        add_a_sentence(book / CHAPTER)
        row, text = timed(["make", "book"], book, BUILD)
        ran = sorted(set(re.findall(r"chapters/(\w+)\.ipynb: Executed", text)))
        rows.append(f"| build after a sentence more in `{CHAPTER.name}` (ran: {', '.join(ran)}) | {row}")

        row, text = timed(["make", "book"], book, BUILD)
        ran = sorted(set(re.findall(r"chapters/(\w+)\.ipynb: Executed", text)))
        rows.append(f"| build after nothing (ran: {', '.join(ran) or 'none'}) | {row}")

        subprocess.run(["git", "checkout", "--quiet", "."], cwd=book, check=True)
        subprocess.run(["git", "clean", "-dffqx", "--exclude=.venv"], cwd=book, check=True)
        row, text = timed(["make", "test"], book, TEST)
        counts = " + ".join(re.findall(r"(\d+) passed", text))
        rows.append(f"| `make test` ({counts} tests) | {row}")
    write("work", "\n".join(rows))
    print("\n".join(rows))


if __name__ == "__main__":
    main()
