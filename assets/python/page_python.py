"""Python in the page: runs a cell as a notebook does, and tells the page what it shows.

The worker calls `start` once with a function that hands (kind, value) to the page, then `run` for each cell. Whatever
else has something to show calls `tell`, as the explorers do.
"""

import ast
import base64
import builtins
import io
import linecache
import sys
import traceback
import types
import warnings
from collections.abc import Callable
from typing import Any

ORDER = (
    ("_repr_html_", "html"),
    ("_repr_svg_", "svg"),
    ("_repr_png_", "png"),
)  # the first that an object has

tell: Callable[[str, Any], None]
main: types.ModuleType
cell, runs = "", 0  # the name of the cell that runs, or was the last to, and how many have run
cells: set[str] = set()  # the names of the cells that have run: what a traceback shows
handlers: dict[str, Callable[..., Any]] = {}  # what the page's scripts may call, by name


class Stream(io.TextIOBase):
    """What is printed, as the page gets it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Hand the text on."""
        tell(self.kind, text)
        return len(text)


def start(to_page: Callable[[str, Any], None]) -> None:
    """Print, show and warn into the page from now on, in an empty namespace."""
    global tell
    tell = to_page
    sys.stdout, sys.stderr = Stream("text"), Stream("stderr")
    builtins.display = display  # type: ignore[attr-defined]  # as in a notebook
    clear()


def clear() -> None:
    """Empty the namespace."""
    global main
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    cells.clear()


def run(code: str, name: str) -> bool:
    """Run a cell, show the value of its last expression, and say whether it ran to its end."""
    global cell, runs
    cell, runs = name, runs + 1
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    cells.add(name)
    try:
        tree = ast.parse(code, name)
        last = (
            ast.Expression(tree.body.pop().value)
            if tree.body and isinstance(tree.body[-1], ast.Expr)
            else None
        )
        exec(compile(tree, name, "exec"), vars(main))
        if last and (value := eval(compile(last, name, "eval"), vars(main))) is not None:
            vars(main)["_"] = value
            display(value)
        show_figures()
    except BaseException as error:  # whatever a reader's code raises
        tell("error", told(error))
        return False
    return True


def call(name: str, *arguments: Any) -> dict[str, Any]:
    """The answer of what is registered by that name, here or with the explorers (which need matplotlib)."""
    explorers = getattr(sys.modules.get("bplib.explorer.in_page"), "handlers", {})
    try:
        if name not in (known := {**explorers, **handlers}):
            raise LookupError(f"no handler is called {name!r}; there are {', '.join(known) or 'none'}")
        return {"value": known[name](*arguments)}
    except Exception as error:
        return {"error": "".join(traceback.format_exception_only(error)).strip()}


def display(*values: Any, **_: Any) -> None:
    """Show values as a notebook does: by the richest form that they have."""
    for value in values:
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


def picture(figure: Any) -> str:
    """A figure of matplotlib as PNG, in base64."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        figure.savefig(buffer, format="png", bbox_inches="tight")
    return base64.b64encode(buffer.getvalue()).decode()


def told(error: BaseException) -> str:
    """A traceback with the reader's own lines, where there are any."""
    whole = traceback.TracebackException.from_exception(error)
    parts = [whole]
    while parts:
        part = parts.pop()
        own = [frame for frame in part.stack if frame.filename in cells]
        part.stack[:] = own if own or isinstance(error, SyntaxError) else part.stack[2:]
        parts += [p for p in (part.__cause__, part.__context__, *(part.exceptions or ())) if p]
    return "".join(whole.format())
