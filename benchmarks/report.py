"""What the benchmarks share: their part of README.md, and the look of their pictures."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
README = Path(__file__).with_name("README.md")


def write(part: str, text: str) -> None:
    """Put the text into README.md, between the marks of its part."""
    begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    before, _, rest = README.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    README.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def figure(columns: int, title: str) -> tuple[Any, Any]:
    """A figure on white, so that it can be read on a dark page too; small, since its text stays text."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "bplib", "font.size": 9})
    fig = Figure(figsize=(4 * columns, 3.4), layout="constrained", facecolor="white")
    fig.suptitle(title, fontsize=10)
    axes = np.atleast_1d(fig.subplots(1, columns, sharey=False))
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    return fig, axes
