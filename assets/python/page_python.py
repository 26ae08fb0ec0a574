"""Python in the page: runs cells as a notebook does, and tells the page what they show.

The worker calls `start` once with a function that hands (kind, value) to the page; then `plan` and `run` for each cell.
Whatever else has something to show calls `tell`, as the explorers do.
"""

from __future__ import annotations

import ast
import base64
import builtins
import io
import linecache
import re
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import needs

# The first that an object has is shown.
ORDER = (
    ("_repr_html_", "html"),
    ("_repr_svg_", "svg"),
    ("_repr_png_", "png"),
)
PACKAGES = {"matplotlib": "matplotlib", "mpl_toolkits": "matplotlib", "PIL": "matplotlib", "scipy": "scipy"}
MOST = 200_000  # letters that a cell may print

to_page: Callable[[str, Any], None]
awaited: set[str] = set()  # packages that the worker has not loaded, or not all of
quiet = False  # while that runs which a cell needs: what it shows stands in the page, with its own cell
main: types.ModuleType
versions: needs.Versions
cell, runs = "", 0  # the name of the cell that runs, or was the last to, and how many have run
cells: set[str] = set()  # the names of the cells that have run: what a traceback shows
handlers: dict[str, Callable[..., Any]] = {}  # what the page's scripts may call, by name


class Plan(NamedTuple):
    """A cell that is to run."""

    name: str
    before: list[tuple[str, needs.Step]]  # what it needs of the cells above, each with its cell's name
    own: list[needs.Step]
    sources: dict[str, str]


planned: Plan


class Stream(io.TextIOBase):
    """What is printed, as the page gets it: a message for each letter would keep it busy."""

    def __init__(self, kind: str) -> None:
        self.kind, self.waiting, self.length = kind, [""], 0
        self.told, self.times = 0.0, 0
        self.left = MOST

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Hand on the first lines at once; later, keep a line for a moment, for others to go with it."""
        if not quiet:
            self.waiting.append(text)
            self.length += len(text)
            is_first = self.times < 100 and text.endswith("\n")
            if is_first or self.length > 10_000 or time.monotonic() > self.told + 0.05:
                self.flush()
        return len(text)

    def flush(self) -> None:
        """Hand on what is kept."""
        text = "".join(self.waiting)
        self.waiting, self.length, self.told, self.times = [], 0, time.monotonic(), self.times + 1
        if text and self.left > 0:
            self.left -= len(text)
            to_page(self.kind, text if self.left > 0 else text[: self.left + len(text)])
            if self.left <= 0:
                to_page(self.kind, f"\n... and no more is shown: this cell has printed {MOST:,} letters.\n")


def tell(kind: str, value: Any) -> None:
    """Show something in the cell that runs."""
    if not quiet:
        sys.stdout.flush()
        sys.stderr.flush()
        to_page(kind, value)


class Awaited:
    """Finds no module of a package that is awaited.

    Its files are there before its libraries are loaded: imported then, it would fail.
    """

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Raise an error for such a module; of any other, leave it to the next finder."""
        if PACKAGES.get(name.split(".")[0]) in awaited:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def start(page: Callable[[str, Any], None], packages: Iterable[str] = ()) -> None:
    """Print, show and warn into the page from now on, in an empty namespace; `packages` are still to be loaded."""
    global to_page
    to_page = page
    awaited.update(packages)
    if awaited:
        sys.meta_path.insert(0, Awaited)
    builtins.display = display  # type: ignore[attr-defined]  # as in a notebook
    builtins.input = no_input
    clear()


def no_input(prompt: object = "") -> str:
    """Say why nothing can be asked: a worker has no window to ask in."""
    raise OSError("input() cannot ask in this page: write the answer into the cell's code")


def clear() -> None:
    """Empty the namespace."""
    global main, versions
    sys.stdout, sys.stderr = Stream("text"), Stream("stderr")
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    versions = needs.Versions()
    cells.clear()


# -- running -------------------------------------------------------------------------------------------------------


def plan(code: str, name: str, above: Iterable[tuple[str, str]] = ()) -> bool:
    """Get a cell ready to run, or tell the page why it cannot.

    `above` has the cells above, as (name, code): what the cell needs of them will run first.
    """
    global planned, cell, runs
    cell, runs = name, runs + 1
    sys.stdout, sys.stderr = Stream("text"), Stream("stderr")
    remember(name, code)
    above = [tuple(pair) for pair in above]
    try:
        ast.parse(code, name)
    except SyntaxError as error:
        if (error.text or "").lstrip().startswith(("%", "!")):
            error.msg = "a line that begins with % or ! is for notebooks; in this page there is Python alone"
        tell("error", told(error))
        return False
    found = needs.statements([*above, (name, code)])
    places = [
        (file, k) for (file, _), statements in zip(above, found, strict=False) for k in range(len(statements))
    ]
    all_steps = needs.steps(statement for statements in found for statement in statements)
    before, own = all_steps[: len(places)], all_steps[len(places) :]
    missing = versions.missing(before, own)
    planned = Plan(name, [(places[i][0], before[i]) for i in missing], own, dict(above))
    return True


def run() -> bool:
    """Run the cell that is planned, show the value of its last expression, and say whether it ran to its end."""
    global quiet
    try:
        total = len(planned.before)
        quiet = True
        for done, (name, step) in enumerate(planned.before):
            to_page("before", [done, total, name])
            remember(name, planned.sources[name])
            execute(step, name)
        quiet = False
        if total:
            close_figures()  # they belong to the cells that drew them
            to_page("before", [total, total, ""])
        for k, step in enumerate(planned.own, start=1):
            value = execute(step, planned.name, is_last=k == len(planned.own))
            if value is not None:
                vars(main)["_"] = value
                display(value)
        show_figures()
    except BaseException as error:  # whatever a reader's code raises
        quiet = False
        close_figures()  # half drawn, they would be shown by the next cell
        tell("error", told(error))
        return False
    finally:
        quiet = False
        sys.stdout.flush()
        sys.stderr.flush()
    return True


def execute(step: needs.Step, name: str, *, is_last: bool = False) -> Any:
    """Run a statement; the value of an expression that is the last of its cell."""
    node, names = step.statement.node, vars(main)
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.show = lambda *_, **__: show_figures()  # Agg's own warns that there is no window
    try:
        if is_last and isinstance(node, ast.Expr):
            value = eval(compile(ast.Expression(node.value), name, "eval"), names)
        else:
            value = exec(compile(ast.Module([node], []), name, "exec"), names)
    except BaseException:
        versions.failed(step)
        raise
    versions.ran(step)
    return value


def remember(name: str, code: str) -> None:
    """Keep a cell's code for tracebacks and for `inspect`."""
    cells.add(name)
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)


def lacks() -> str | None:
    """A package that the planned cell needs, and that is awaited."""
    steps = (*(step for _, step in planned.before), *planned.own)
    for node in ast.walk(ast.Module([step.statement.node for step in steps], [])):
        if isinstance(node, ast.Import | ast.ImportFrom):
            try:
                exec(compile(ast.Module([node], []), planned.name, "exec"), {"__name__": "__main__"})
            except ModuleNotFoundError as error:
                package = PACKAGES.get((error.name or "").split(".")[0])
                if package in awaited:
                    return package
            except Exception:  # it is told when the statement runs
                continue
            if "lbfgs" in ast.unparse(node) and "scipy" in awaited:  # which bplib imports when it is called
                return "scipy"
    return None


def call(name: str, *arguments: Any) -> dict[str, Any]:
    """The answer of what is registered by that name, here or with the explorers."""
    explorers = getattr(sys.modules.get("bplib.explorer.in_page"), "handlers", {})
    try:
        if name not in (known := {**explorers, **handlers}):
            raise LookupError(f"no handler is called {name!r}; there are {', '.join(known) or 'none'}")
        return {"value": known[name](*arguments)}
    except Exception as error:
        return {"error": "".join(traceback.format_exception_only(error)).strip()}


# -- showing -------------------------------------------------------------------------------------------------------


def display(*values: Any, **_: Any) -> None:
    """Show values as a notebook does: by the richest form that they have."""
    for value in values:
        if isinstance(value, type):  # which has the methods below, and nothing for them to show
            tell("text", f"{value!r}\n")
            continue
        if hasattr(value, "_ipython_display_"):
            value._ipython_display_()
            continue
        if type(value).__module__ == "matplotlib.figure":
            tell("png", picture(value))
            continue
        for method, kind in ORDER:
            shown = getattr(value, method, lambda: None)()
            if shown is not None:
                tell(kind, base64.b64encode(shown).decode() if isinstance(shown, bytes) else shown)
                break
        else:
            tell("text", f"{value!r}\n")


def show_figures() -> None:
    """Show what pyplot has drawn, and close it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot else ():
        tell("png", picture(pyplot.figure(number)))
        pyplot.close(number)


def close_figures() -> None:
    """Close what pyplot has drawn."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def picture(figure: Any) -> str:
    """A figure of matplotlib as PNG, in base64."""
    buffer = io.BytesIO()
    try:
        figure.savefig(buffer, format="png", bbox_inches="tight")
    except Exception as error:
        error.add_note("This came when the picture was drawn, after the last line of the cell.")
        raise
    return base64.b64encode(buffer.getvalue()).decode()


def told(error: BaseException) -> str:
    """A traceback with the reader's own lines, where there are any."""
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("bplib"):
        error.msg = (
            f"No module named {error.name!r}. In this page there are numpy, matplotlib, SciPy and bplib."
        )
    whole = traceback.TracebackException.from_exception(error)
    parts = [whole]
    while parts:
        part = parts.pop()
        own = [frame for frame in part.stack if frame.filename in cells]
        part.stack[:] = (
            own if len(own) < 40 else own[:10] + own[-10:]
        )  # functions that call each other without end
        parts += [p for p in (part.__cause__, part.__context__, *(part.exceptions or ())) if p]
    return re.sub(r"Traceback \(most recent call last\):\n(?!  )", "", "".join(whole.format()))


class Bar:
    """The bar of a training (bplib.training), as tqdm has it."""

    def __init__(self, done: int, total: int) -> None:
        self.done, self.total, self.text, self.told = done, total, "", 0.0

    def __enter__(self) -> Bar:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        tell("bar", None)

    def update(self, n: int = 1) -> None:
        """Move on by n steps."""
        self.done += n
        if time.monotonic() > self.told + 0.1:
            self.told = time.monotonic()
            tell("bar", [self.done, self.total, self.text])

    def set_postfix_str(self, text: str, refresh: bool = True) -> None:
        """Say something beside the bar."""
        self.text = text
