"""Runs the chapters' code cells in the Python of a page: what test_in_pyodide.py asks for, under Node.

numpy's integers have 32 bits there, and overflow without a word. So each cell is rewritten first: where arithmetic of
arrays gives such integers, it is done once more in 64 bits, and must give the same.
"""

import ast
import builtins
import json
import operator
import sys
import time
import types
from pathlib import Path

import numpy as np
import page_python
from exercise_answers import ANSWERS, misjudged

from bplib.explorer import in_page

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.LShift: operator.lshift,
}
# Trainings of many seconds, which no later cell needs: they were seen to print the same there, too. And the playground,
# which shows itself in the page as in no notebook.
LEFT_OUT = {"activations-29", "deltas-72", "algorithm-82", "algorithm-84", "playground-04"} | {
    f"playground-{n}" for n in (11, 13, 15, 19, 23, 25)
}
METHODS = {"cumprod", "cumsum", "dot", "matmul", "outer", "prod", "square", "sum", "vdot"}


class Twice(ast.NodeTransformer):
    """Whole numbers are computed twice."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        name = OPERATORS.get(type(node.op))
        return call("__computed__", ast.Constant(name.__name__), node.left, node.right) if name else node

    def visit_AugAssign(self, node):
        name = OPERATORS.get(type(node.op))
        if not name:
            return node
        self.generic_visit(node)
        target = ast.parse(ast.unparse(node.target), mode="eval").body
        value = ast.NamedExpr(ast.Name("__value__", ast.Store()), node.value)
        node.value = ast.Name("__value__", ast.Load())
        return [ast.Expr(call("__computed__", ast.Constant(name.__name__), target, value)), node]

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            method = ast.Constant(node.func.attr)
            return ast.Call(name("__called__"), [method, node.func.value, *node.args], node.keywords)
        return node


def name(text):
    return ast.Name(text, ast.Load())


def call(function, *arguments):
    return ast.Call(name(function), list(arguments), [])


def computed(operation, left, right):
    function = getattr(operator, operation)
    return compared(function(left, right), lambda: function(wide(left), wide(right)), operation)


def called(method, of, *arguments, **options):
    result = getattr(of, method)(*arguments, **options)
    return compared(result, lambda: getattr(wide(of), method)(*map(wide, arguments), **options), method)


def wide(value):
    return value.astype(np.int64) if is_narrow(value) else value


def is_narrow(value):
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "iu" and value.itemsize < 8


def compared(result, again, what):
    if is_narrow(result) and not np.array_equal(result, again()):
        raise OverflowError(f"{what} gives {result!r} in {result.dtype}, and {again()!r} in 64 bits")
    return result


def run(source, name):
    """The text that a cell shows, and what went wrong."""
    shown, wrong = [], []
    kinds = {"text": shown, "verdict": shown, "error": wrong, "stderr": wrong}
    page_python.to_page = lambda kind, value: kinds.get(kind, []).append(value)
    if "np.int32" not in source:  # a cell that has 32 bits on purpose
        source = ast.unparse(ast.fix_missing_locations(Twice().visit(ast.parse(source))))
    if page_python.plan(source, name):
        page_python.run()
    return "".join(shown), "".join(wrong)


def text_of(cell):
    outputs = ({**o, **o.get("data", {})} for o in cell["outputs"])
    return "".join("".join(o.get("text", "") or o.get("text/plain", "")) for o in outputs)


def chapter(path, answers):
    """What is wrong with a chapter here, a line each, and the seconds of its slowest cells."""
    cells = [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    page_python.clear()
    problems, seconds = [], {}
    for n, cell in enumerate(cells):
        if cell["id"] in LEFT_OUT:
            continue
        start = time.perf_counter()
        shown, wrong = run("".join(cell["source"]), f"{path.stem}, code cell {n}")
        seconds[n] = round(time.perf_counter() - start, 2)
        if wrong:
            problems.append(f"code cell {n}: {wrong}")
        elif "nbval-ignore-output" not in cell["metadata"].get("tags", ()):
            told, stored = shown.rstrip(), text_of(cell).rstrip()
            if told != stored:
                problems.append(f"code cell {n} shows\n{told}\nand the notebook has\n{stored}")
    names = vars(page_python.main)
    for exercise, (right, wrong) in answers.items():
        # numpy's exp of a longdouble is that of a double there, and overflows as one
        right = [text for text in right if "longdouble" not in text]
        problems += misjudged(names[exercise], right, wrong, names)
    slowest = dict(sorted(seconds.items(), key=lambda item: -item[1])[:5])
    return {
        "problems": problems,
        "cells": len(cells),
        "seconds": round(sum(seconds.values()), 1),
        "slowest": slowest,
    }


def show(explorer):
    """An explorer in a cell's text: what a notebook's has."""
    from bplib.explorer.widgets import HOW_TO_MOVE

    sentence = explorer.at().sentence
    page_python.tell("text", f"{explorer.title}{sentence}\n{HOW_TO_MOVE if explorer.controls else ''}")


PLANTED = (  # what must be seen, and what must not
    "print(1 / 4)",
    "1 / 0",
    "import numpy as np; np.array([50_000]) ** 2",
    "a = np.array([50_000]); a *= a",
    "np.full(50_000, 50_000).sum()",
    "print(np.int64(50_000) ** 2, np.arange(6).sum())",
)


def main(root, *only):
    """What is found in the planted cells and the chapters, or in some of these, as JSON."""
    page_python.start(print)
    builtins.__computed__, builtins.__called__ = computed, called
    page_python.display = lambda *values: [page_python.tell("text", f"{value!r}\n") for value in values]
    in_page.show = show
    sys.modules["ipywidgets"] = types.ModuleType("ipywidgets")  # what a notebook's first cell asks for
    planted = [run(source, f"planted {n}") for n, source in enumerate(PLANTED)]
    paths = [p for p in sorted(Path(root, "chapters").glob("*.ipynb")) if not only or p.stem in only]
    return json.dumps(
        {"planted": planted, "chapters": {p.stem: chapter(p, ANSWERS.get(p.stem, {})) for p in paths}}
    )
