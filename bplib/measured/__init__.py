"""What was measured once and stored: runs that are too long for a build, other libraries, devices.

Each table is a small JSON file in this folder. It says under `"what"` what it holds, under `"made_by"` with which
command it is made again, under `"versions"` and `"date"` with what and when.
"""

import json
from pathlib import Path
from typing import Any

__all__ = ["load"]


def load(name: str) -> dict[str, Any]:
    """The stored table of that name, as JSON holds it: `load("optimizers")["versions"]`.

    Raises `ValueError` for a name without a table, and names those that there are.
    """
    folder = Path(__file__).parent
    names = sorted(file.stem for file in folder.glob("*.json"))
    if name not in names:
        raise ValueError(f"there is no measured table {name!r}, but {', '.join(names) or 'none at all'}")
    table: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return table
