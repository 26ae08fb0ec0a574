"""The tables of the page "In other libraries", from what is stored: each value with the libraries that give it."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "chapters" / "in_other_libraries.md"


def write(tables: dict[str, dict[str, Any]]) -> None:
    """Put the tables between their marks, at once or not at all."""
    text = PAGE.read_text(encoding="utf-8")
    for name, content in parts(tables).items():
        begin, end = marks(name)
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"{PAGE.name} has no place for {name}: {begin} and {end}")
        text = f"{before}{begin}\n\n{content}\n\n{end}{after}"
    part = PAGE.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(PAGE)


def marks(name: str) -> tuple[str, str]:
    return f"<!-- measured: {name} -->", f"<!-- end of measured: {name} -->"


def parts(tables: dict[str, dict[str, Any]]) -> dict[str, str]:
    found = {
        name: rows(table["cases"], table["libraries"]) for name, table in tables.items() if "cases" in table
    }
    found["optimizers"] = optimizers(tables["optimizers"]["libraries"])
    found["versions"] = versions(tables)
    return found


def rows(titles: dict[str, str], libraries: dict[str, dict[str, Any]]) -> str:
    """A table of two columns, which fits on a phone: the case, and each value with the libraries that give it."""
    lines = ["| what | gives, and where |", "|---|---|"]
    for case, title in titles.items():
        values = {name: found[case] for name, found in libraries.items() if case in found}
        lines.append(f"| {title} | {grouped(values)} |")
    return "\n".join(lines)


def grouped(values: dict[str, Any]) -> str:
    groups: list[tuple[Any, list[str]]] = []
    for name, value in values.items():
        for other, names in groups:
            if same(value, other):
                names.append(name)
                break
        else:
            groups.append((value, [name]))
    two = not any({"Keras", "Keras on PyTorch"} <= set(names) for _, names in groups)
    two = two and "Keras on PyTorch" in values
    return "<br>".join(f"**{shown(value)}** {', '.join(called(names, two))}" for value, names in groups)


def called(names: list[str], two: bool) -> list[str]:
    """Keras was run on JAX and on PyTorch: it is one where both do the same."""
    if not two:
        names = [n for n in names if n != "Keras on PyTorch"]
    elif "Keras" in names:
        names = ["Keras on JAX" if n == "Keras" else n for n in names]
    return ["`bplib`" if n == "bplib" else n for n in names]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, str) and isinstance(b, str) and a.startswith("error") and b.startswith("error"):
        return True
    if isinstance(a, dict) and isinstance(b, dict):
        return bool(a["rule"] == b["rule"])
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-12)
    return bool(a == b)


def shown(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["rule"])
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        flat = flattened(value)
        if len(flat) > 2 and all(v == flat[0] for v in flat):
            return f"{shown(flat[0])} each"
        return ", ".join(shown(v) for v in flat)
    if isinstance(value, str):
        return "an error" if value.startswith("error") else {"inf": "∞", "-inf": "−∞"}.get(value, value)
    if isinstance(value, float) and value == int(value) and abs(value) < 1e6:
        value = int(value)
    # Exponents as they are typed, for who searches for 1e-8; a minus is one.
    text = re.sub(r"e([+-])0*", lambda e: "e" + e[1].replace("+", ""), f"{value:.6g}")
    return "−" + text[1:] if text.startswith("-") else text


def flattened(value: Any) -> list[Any]:
    return [v for row in value for v in flattened(row)] if isinstance(value, list) else [value]


def optimizers(libraries: dict[str, dict[str, Any]]) -> str:
    """First steps, and the defaults that differ."""
    names = list(dict.fromkeys(name for found in libraries.values() for name in found))
    lines = ["| what | gives, and where |", "|---|---|"]
    for name in names:
        having = {library: found[name] for library, found in libraries.items() if name in found}

        def step(gradient: str, having: dict[str, Any] = having) -> str:
            # What float32 cannot tell from nothing is left out: 1 minus a step of 1e-9 is 1.
            first = {library: 1 - e["weights"][gradient][0] for library, e in having.items()}
            return grouped({k: float(f"{v:.3g}") for k, v in first.items() if v or gradient == "1"})

        lines.append(f"| {name}: first step, gradient 1 | {step('1')} |")
        if name not in ("SGD", "momentum", "Nesterov"):
            lines.append(f"| {name}: first step, gradient 1e-8 | {step('1e-8')} |")
        rates = {library: float(f"{e['rates'][-1]:.4g}") for library, e in having.items() if "rates" in e}
        if rates:
            lines.append(f"| {name}: w after steps with rates 0.1, 0.1, 0.1, 0.01 | {grouped(rates)} |")
        known = {library: setting(e["defaults"]) for library, e in having.items()}
        lines.append(f"| {name}: defaults | {grouped(known)} |")
    return "\n".join(lines)


def setting(defaults: dict[str, Any]) -> str:
    found = []
    for name, value in defaults.items():
        if value in (None, False, 0) or (isinstance(value, str) and value != "required"):
            continue
        shown_value = "required" if value == "required" else shown(value) if value is not True else "yes"
        found.append(f"{name} {shown_value}")
    return ", ".join(found)


def versions(tables: dict[str, dict[str, Any]]) -> str:
    """What was run, and when."""
    known: dict[str, dict[str, str]] = {}
    for table in tables.values():
        for library, used in table["versions"].items():
            known[library] = used
    dates = sorted({table["date"] for table in tables.values()})
    packages = dict(
        sorted(
            {p: v for used in known.values() for p, v in used.items()}.items(), key=lambda kv: kv[0].lower()
        )
    )
    packages.pop("backpropagation-hands-on")
    said = ", ".join(f"{p} {v}" for p, v in packages.items())
    return f"Run on {' to '.join(dict.fromkeys((dates[0], dates[-1])))}, on a CPU, with {said}."
