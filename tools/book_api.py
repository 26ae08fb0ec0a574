"""A Sphinx extension: bplib's docstrings as they stand, on the page about bplib.

They are plain text with `code` and numpy's sections, written to be read in the source and by help(). To Sphinx they
would be reStructuredText, where |a| is a substitution and *args opens emphasis: here such signs are escaped, and a
section becomes a list of its entries. No entry is a cross-reference, so a name that is documented elsewhere (numpy's,
Python's) needs no exception from the rule that every reference must have its target.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

CODE = re.compile(r"""``([^`]+)``|`([^`]+)`|((?:\w+=)?"[^"]*")""")  # and "identity", or output="identity"
# An entry with its description in the same line: "ax : axes in pixels"
ENTRY = re.compile(r"(\*{0,2}\w+(?:, \*{0,2}\w+)*) ?: (\S.*)")


def readable(lines: list[str]) -> list[str]:
    """The lines of a docstring as reStructuredText."""
    found: list[str] = []
    in_section = False
    for i, line in enumerate(lines):
        after = lines[i + 1] if i + 1 < len(lines) else ""
        entry = ENTRY.fullmatch(line) if in_section else None
        if after.startswith("---"):
            in_section = line != "Notes"
            found += ["", f"**{line}**", ""]
        elif line.startswith("---"):
            continue
        elif entry:
            found += [f"``{entry[1]}``", f"    {escaped(entry[2])}"]
        elif in_section and line.strip() and not line.startswith(" ") and after.startswith(" "):
            found.append(f"``{line}``")
        else:
            found.append(escaped(line))
    return found


def escaped(line: str) -> str:
    """The line with `code` as Sphinx writes it, and what would be markup outside of it escaped."""
    found, end = "", 0
    for code in CODE.finditer(line):
        found += _plain(line[end : code.start()]) + f"``{code[1] or code[2] or code[3]}``"
        end = code.end()
    return found + _plain(line[end:])


def _plain(text: str) -> str:
    text = re.sub(r"([|*\\]|(?<=\w)_(?!\w))", r"\\\1", text)
    return re.sub(r"(?<=\w)'(?=\()", "′", text)  # f'(z), which would get a curly quotation mark


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = readable(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
