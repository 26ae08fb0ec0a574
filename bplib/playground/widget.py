"""Where the playground is shown: an anywidget in a kernel, a place in a page for Python there. Both have one script.

What the script asks goes to `Playground.handle` as it is, and the answer back; its bytes go beside it.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .play import Playground

HERE = Path(__file__).parent
PLACE = "playground-place"  # the class of a place in a page
VIEW = "application/vnd.jupyter.widget-view+json"
STILL = "playground-still"
NO_KERNEL = (
    "No kernel trains it here. Run the cells of this notebook (Run All), and the playground stands here."
)
NO_PYTHON = (
    "The playground runs where Python does: in the notebook of this page, and in the page itself where the book was "
    "built with Python and comes from a server. The tour below was recorded with it."
)
# In the outputs of one cell: what stands there for those without a kernel.
HIDE = f":is(.jp-OutputArea, .output):has(.playground) .{STILL} {{ display: none; }}\n"


def stylesheet() -> str:
    """The playground's style sheet, its colours for both themes included."""
    from bplib.explorer.palette import css_variables

    return css_variables(".playground") + HERE.joinpath("playground.css").read_text(encoding="utf-8")


def show(playground: Playground) -> None:
    """Show it where there is a notebook, or a page: as a widget, or as a place that the page's script fills."""
    if page := sys.modules.get("page_python"):  # Python in the page
        page.tell("html", place(playground))
        return
    from bplib.explorer.page import display, in_ipython, is_at_hand

    if is_at_hand():  # a page is being made
        display({"text/plain": sentence(playground), "text/html": place(playground)})
    elif in_ipython():
        words = f"{sentence(playground)}\n{NO_KERNEL}"
        paragraphs = "".join(f"<p>{escape(line, quote=False)}</p>" for line in words.splitlines())
        display({"text/html": f'<div class="{STILL}">{paragraphs}</div>', "text/plain": words})
        try:
            made = widget(playground)
        except ModuleNotFoundError as error:  # the cells below need no playground
            display({"text/plain": str(error)})
            return
        display({VIEW: made._repr_mimebundle_()[0][VIEW]})


def sentence(playground: Playground) -> str:
    """What it shows now."""
    return str(playground.handle({"do": "look"})["sentence"])


def place(playground: Playground) -> str:
    """Its place in a page, with the state that it begins with."""
    address = playground.handle({"do": "look"})["address"]
    return f'<div class="{PLACE}" data-address="{escape(address)}"><p>{NO_PYTHON}</p></div>'


def widget(playground: Playground) -> Any:
    """Make the anywidget. ModuleNotFoundError, which says what to install, without anywidget."""
    try:
        from anywidget import AnyWidget
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "anywidget is missing, and the playground needs it in a notebook: python -m pip install anywidget"
        ) from error

    class PlaygroundWidget(AnyWidget):
        _esm = HERE.joinpath("playground.js").read_text(encoding="utf-8")
        _css = stylesheet() + HIDE

    made = PlaygroundWidget()

    def asked(_: Any, content: dict[str, Any], __: Any) -> None:
        buffers: list[bytes] = []
        reply = apart(playground.handle(content["message"]), buffers)
        made.send({"answered": content["asked"], "reply": reply}, buffers)

    made.on_msg(asked)
    return made


def apart(value: Any, buffers: list[bytes]) -> Any:
    """The value with {"buffer": n} in the place of its bytes, which are put into `buffers` as the n-th."""
    if isinstance(value, bytes):
        buffers.append(value)
        return {"buffer": len(buffers) - 1}
    if isinstance(value, dict):
        return {key: apart(part, buffers) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [apart(part, buffers) for part in value]
    return value
