"""What a cell needs of the cells above it, found from their code: so that it runs soon, and always as the page says.

A cell sees what the cells above it make, whatever has run before and in which order. For that each statement above is
read for the names that it reads, binds and changes. A name has a version: what all the statements say that have made
it. Where the version that the page's code leads to is not the one that is there, the statements that make the name
run again, and no others: an explorer in between is not drawn, and no network is trained that nobody asks for.

What a call does to its arguments is guessed from how the book writes code; tests compare what each cell of each
chapter prints after its needs alone with what it prints after all cells above it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from typing import NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Methods that leave their object as it was; any other is taken to change it.
PURE = _words(
    "all any argmax argmin argsort astype at center check clip copy count cumsum dot endswith find flatten format get "
    "html index isoformat item items join keys ljust lower max mean min nonzero prime prod ravel repeat replace "
    "reshape rjust round split squeeze startswith std strip sum svg swapaxes title tobytes tolist total transpose "
    "union upper values var verdict zfill"
)
# Functions that change their first argument.
CHANGES_FIRST = _words(
    "train descend next setattr delattr shuffle fill_diagonal copyto put place putmask restore heappush heappop "
    "heapify step update"
)
# What gives something else each time: whoever gets it changes it.
STREAMS = _words("default_rng RandomState Random iter cycle open")
# Functions that change nothing, whatever they are given.
SHOWS = frozenset(dir(builtins)) - CHANGES_FIRST | {"display", "Quiz"}


class Statement(NamedTuple):
    """A statement at the top of a cell."""

    node: ast.stmt
    text: str  # without comments and with one spacing
    reads: frozenset[str]  # names from above
    late: frozenset[str]  # those that its functions read when they are called
    binds: frozenset[str]
    surely: frozenset[str]  # those of them that it binds in any case
    changes: frozenset[str]  # names from above whose object it may change
    is_setting: bool  # for everything that comes after it, as np.set_printoptions


class Effects(NamedTuple):
    """What a function of the page changes: of its arguments, by place and name, and beside them."""

    places: frozenset[int]
    arguments: frozenset[str]
    names: frozenset[str]


class Page(NamedTuple):
    """What is known of the names of a page, from its first statement on."""

    effects: dict[str, Effects]
    streams: set[str]
    modules: set[str]
    made_of: dict[str, set[str]]  # for what is assigned, the names of what it was made from


class _Reader(ast.NodeVisitor):
    """Reads code in the order in which it runs."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.effects, self.streams, self.modules, self.made_of = page
        self.reads: set[str] = set()
        self.late: set[str] = set()
        self.bound: set[str] = set()  # for sure
        self.perhaps: set[str] = set()
        self.changes: set[str] = set()
        self.is_setting = False
        self.attributes: set[str] = set()  # names of whose objects an attribute is set

    def inner(self, bound: Iterable[str]) -> _Reader:
        """A reader of a scope of its own."""
        reader = _Reader(self.page)
        reader.bound = set(bound)
        return reader

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def branches(self, *blocks: Iterable[ast.AST]) -> None:
        """Blocks of which one runs."""
        before, after = self.bound, []
        for block in blocks:
            self.bound = set(before)
            self.visit_all(block)
            after.append(self.bound)
        self.perhaps |= set.union(*after)
        self.bound = set.intersection(*after)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            if node.id not in self.bound:
                self.reads.add(node.id)
        else:
            self.bound.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self.visit_all(node.targets)
        called = {name(call.func) for call in ast.walk(node.value) if isinstance(call, ast.Call)}
        if called & STREAMS:
            self.streams |= {target.id for target in node.targets if isinstance(target, ast.Name)}

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self.visit(ast.Name(node.target.id, ast.Load()))
        self.visit(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)
        self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: ast.For) -> None:
        self.visit_all([node.iter, node.target, *node.body, *node.orelse])  # taken to run at least once

    def visit_While(self, node: ast.While) -> None:
        self.visit_all([node.test, *node.body, *node.orelse])

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self.branches(node.body, node.orelse)

    def visit_With(self, node: ast.With) -> None:
        is_setting = self.is_setting
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars:
                self.visit(item.optional_vars)
        self.visit_all(node.body)
        if any(
            isinstance(item.context_expr, ast.Call) and root(item.context_expr.func) for item in node.items
        ):
            self.is_setting = is_setting  # such as np.errstate, which puts everything back

    def visit_Try(self, node: ast.Try) -> None:
        self.branches([*node.body, *node.orelse], *(handler.body for handler in node.handlers), [])
        self.visit_all(handler.type for handler in node.handlers if handler.type)
        self.visit_all(node.finalbody)

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            names = {
                n.name
                for n in ast.walk(case.pattern)
                if isinstance(n, ast.MatchAs | ast.MatchStar) and n.name
            }
            self.perhaps |= names
            inner = self.inner(self.bound | names)
            inner.visit_all([*([case.guard] if case.guard else []), *case.body])
            self.take(inner, names)
            self.perhaps |= inner.bound | inner.perhaps

    def visit_Import(self, node: ast.Import) -> None:
        names = {alias.asname or alias.name.split(".")[0] for alias in node.names}
        self.bound |= names
        self.modules |= names

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.bound |= {alias.asname or alias.name for alias in node.names}
        self.is_setting |= node.names[0].name == "*"  # it may bind any name

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        given = node.args
        self.visit_all([*node.decorator_list, *given.defaults, *(d for d in given.kw_defaults if d)])
        everything = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        arguments = [argument.arg for argument in everything if argument]
        inner = self.inner(arguments)
        inner.visit_all(node.body)
        # An object that comes out of an argument, as the nodes of a graph do, may have got an attribute.
        changed = inner.changes | ancestors(inner.attributes, made_of(node.body))
        wide = {
            n for stmt in ast.walk(node) if isinstance(stmt, ast.Global | ast.Nonlocal) for n in stmt.names
        }
        own = (inner.bound | inner.perhaps) - wide
        late = (inner.reads | inner.late) - own
        if node.decorator_list:  # which may call it at once
            self.reads |= late - self.bound
        self.late |= late
        self.effects[node.name] = Effects(
            frozenset(k for k, argument in enumerate(arguments) if argument in changed),
            frozenset(changed & set(arguments)),
            frozenset((inner.changes - own) | wide),
        )
        self.bound.add(node.name)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.visit_all([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)])
        inner = self.inner(self.bound)
        inner.visit_all(node.body)
        self.reads |= inner.reads
        self.late |= inner.late - inner.bound
        self.bound.add(node.name)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        given = node.args
        self.visit_all([*given.defaults, *(d for d in given.kw_defaults if d)])
        everything = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        own = {argument.arg for argument in everything if argument}
        inner = self.inner(self.bound | own)
        inner.visit(node.body)
        self.take(inner, own)

    def visit_comprehension_of(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        inner = self.inner(self.bound)
        for part in node.generators:
            inner.visit_all([part.iter, part.target, *part.ifs])
        inner.visit_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        own = {n.id for part in node.generators for n in ast.walk(part.target) if isinstance(n, ast.Name)}
        self.bound |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
        self.take(inner, own)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_comprehension_of

    def take(self, inner: _Reader, own: set[str]) -> None:
        """What an inner scope does with the names of this one."""
        self.reads |= inner.reads - self.bound
        self.late |= inner.late
        self.changes |= inner.changes - own

    # -- what may change an object

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.visit(node.value)
        if not isinstance(node.ctx, ast.Load):
            self.changes |= root(node)
            self.attributes |= root(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        self.visit(node.slice)
        if not isinstance(node.ctx, ast.Load):
            self.changes |= root(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A call whose value nobody takes is there for what it does."""
        self.visit(node.value)
        call = node.value
        if not isinstance(call, ast.Call) or name(call.func) in SHOWS | PURE:
            return
        if root(call.func) & self.modules:
            self.is_setting |= not name(call.func).startswith("assert")
        elif isinstance(call.func, ast.Attribute):
            self.changes |= root(call.func)
        elif name(call.func) not in self.effects:  # those are known
            for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
                self.changes |= root(argument)

    def visit_Call(self, node: ast.Call) -> None:
        self.visit(node.func)
        self.visit_all(node.args)
        self.visit_all(keyword.value for keyword in node.keywords)
        called, given = name(node.func), [*node.args, *(keyword.value for keyword in node.keywords)]
        if called in CHANGES_FIRST and node.args:
            self.changes |= root(node.args[0])
        if isinstance(node.func, ast.Attribute) and called not in PURE and not root(node.func) & self.modules:
            self.changes |= root(node.func)
        for keyword in node.keywords:
            if keyword.arg == "out":
                self.changes |= root(keyword.value)
        if isinstance(node.func, ast.Name) and called in self.effects:
            effects = self.effects[called]
            self.changes |= effects.names
            changed = [argument for k, argument in enumerate(node.args) if k in effects.places]
            changed += [keyword.value for keyword in node.keywords if keyword.arg in effects.arguments]
            for argument in changed:  # as backward(loss), which changes all that the loss is made of
                names = {part.id for part in ast.walk(argument) if isinstance(part, ast.Name)}
                self.changes |= root(argument) | ancestors(names, self.made_of) & self.made_of.keys()
        for argument in given:
            names = root(argument)
            self.changes |= names & self.streams
            for passed in names & self.effects.keys():  # a callback
                self.changes |= self.effects[passed].names


def name(function: ast.expr) -> str:
    """The last part of the name of what is called."""
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def root(node: ast.expr) -> set[str]:
    """The name that an expression such as net.W[1] begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def ancestors(names: set[str], made_of: dict[str, set[str]]) -> set[str]:
    """Names, and those of what they are made of."""
    found, more = set(), set(names)
    while more:
        found.add(one := more.pop())
        more |= made_of.get(one, set()) - found
    return found


def made_of(body: list[ast.stmt]) -> dict[str, set[str]]:
    """For what a function's body assigns, the names of what it is made from."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.Module(body, [])):
        if isinstance(node, ast.Assign | ast.For):
            made, source = (
                (node.targets, node.value) if isinstance(node, ast.Assign) else ([node.target], node.iter)
            )
            names = {part.id for part in ast.walk(source) if isinstance(part, ast.Name)}
            for target in made:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        found.setdefault(part.id, set()).update(names)
    return found


# -- the cells of a page -------------------------------------------------------------------------------------------


# The cells that were read last, what was found in each, and what was known of the page's names after it.
read: list[tuple[tuple[str, str], list[Statement], Page]] = []


def statements(cells: Iterable[tuple[str, str]]) -> list[list[Statement]]:
    """The statements of each of some cells, given as (file, code); of one that is no Python, none."""
    cells = list(cells)
    same = 0
    while same < min(len(read), len(cells)) and read[same][0] == cells[same]:
        same += 1
    del read[same:]
    page = read[-1][2] if read else Page({}, set(), set(), {})
    for file, code in cells[same:]:
        page = Page(*(type(part)(part) for part in page))
        try:
            nodes = ast.parse(code, file).body
        except SyntaxError:
            nodes = []
        own = []
        for node in nodes:
            reader = _Reader(page)
            reader.visit(node)
            binds = reader.bound | reader.perhaps
            if isinstance(node, ast.Assign | ast.For | ast.With):
                page.made_of.update(dict.fromkeys(binds, reader.reads - page.effects.keys() - page.modules))
            parts = reader.reads, reader.late, binds, reader.bound, reader.changes
            own.append(Statement(node, ast.unparse(node), *map(frozenset, parts), reader.is_setting))
        read.append(((file, code), own, page))
    return [found for _, found, _ in read]


# Stands among the names for what everything that is printed depends on.
SETTINGS = " settings"


class Step(NamedTuple):
    """A statement at its place in the page."""

    statement: Statement
    needs: set[
        str
    ]  # the names from above that it needs, those included that functions read when it calls them
    writes: set[str]


def steps(found: Iterable[Statement]) -> list[Step]:
    """Statements in the order of the page, as steps."""
    late: dict[str, frozenset[str]] = {}
    made = []
    for statement in found:
        needs = set(statement.reads | statement.changes)
        more = list(needs)
        while more:
            new = late.get(more.pop(), frozenset()) - needs
            needs |= new
            more += new
        for name in statement.binds:
            late[name] = statement.late
        settings = {SETTINGS} if statement.is_setting else set()
        made.append(Step(statement, needs, {*statement.binds, *statement.changes, *settings}))
    return made


class Versions:
    """The versions of the names that are there."""

    def __init__(self) -> None:
        self.here: dict[str, int] = {}

    def ran(self, step: Step) -> None:
        """Note that a step has run."""
        self.here |= made_by(step, self.here)

    def failed(self, step: Step) -> None:
        """Note that a step has run a part of its way."""
        self.here |= dict.fromkeys(step.writes, -1)

    def missing(self, above: list[Step], cell: list[Step]) -> list[int]:
        """The steps above a cell that must run before it does, by their places, in their order."""
        wanted, bound = {SETTINGS}, set()
        for step in cell:
            wanted |= (step.needs | step.statement.late) - bound
            bound |= step.statement.surely

        writers: dict[str, list[int]] = {}
        expected: list[dict[str, int]] = []  # what each step makes, where all run from the first to the last
        now: dict[str, int] = {}
        for i, step in enumerate(above):
            for name in step.writes:
                writers.setdefault(name, []).append(i)
            expected.append(made_by(step, now))
            now |= expected[-1]

        marked: set[int] = set()

        def mark(name: str, limit: int, *, anew: bool) -> None:
            """Mark what makes the name as it is at that place: all of it, or as far as it is not there."""
            left = [(name, limit, anew)]
            while left:
                name, limit, anew = left.pop()
                for i in reversed(writers.get(name, ())):
                    if i >= limit:
                        continue
                    if not anew and self.here.get(name) == expected[i][name]:
                        break
                    if i not in marked:
                        marked.add(i)
                        left += [(need, i, False) for need in above[i].needs]
                    if name in above[i].statement.surely:
                        break

        def wrong() -> list[tuple[str, int]]:
            """The first place where a step, or the cell, would find a name as it is elsewhere in the page."""
            now = dict(self.here)
            for i in [*sorted(marked), len(above)]:
                found = []
                for name in above[i].needs if i < len(above) else wanted:
                    makers = [k for k in writers.get(name, ()) if k < i]
                    if makers and now.get(name) != expected[makers[-1]][name]:
                        found.append((name, i))
                if found:
                    return found
                if i < len(above):
                    now |= expected[i]
            return []

        for name in wanted:
            mark(name, len(above), anew=False)
        # What runs may put a name back that another step has as it should be: then that is made anew, too.
        before = -1
        while len(marked) > before and (found := wrong()):
            before = len(marked)
            for name, i in found:
                mark(name, i, anew=True)
        return sorted(marked)


def made_by(step: Step, now: dict[str, int]) -> dict[str, int]:
    """The version of each name that a step writes, from those of the names that it needs."""
    ground = hash((step.statement.text, tuple(sorted((name, now.get(name, 0)) for name in step.needs))))
    surely = step.statement.surely
    return {name: hash((name, ground, 0 if name in surely else now.get(name, 0))) for name in step.writes}
