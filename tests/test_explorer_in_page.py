"""An explorer where Python runs in the page: the page is a stand-in, the drawing is real."""

import json
import subprocess
import sys
from collections import Counter
from types import ModuleType

import pytest

from bplib.explorer import Choice, Explorer, Play, Prediction, Slider, Toggle, explorer, page
from bplib.explorer.in_page import DRAWN, handlers


class Page(ModuleType):
    """What assets/python/page_python.py is to an explorer: the running cell, and what it has shown."""

    cell, runs = "", 0

    def __init__(self):
        super().__init__("page_python")
        self.quiet = False
        self.shown = []

    def tell(self, kind, value):
        self.shown.append((kind, value))

    def run(self, cell, *builds, **options):
        """A cell that defines explorers with one slider k; returns them, and the ids of their figures."""
        self.cell, self.runs, self.shown = cell, self.runs + 1, []
        made = [explorer(**({"k": Slider(0, 3, step=1, value=1)} | options))(build) for build in builds]
        return made, [html.split('id="', 1)[1].split('"', 1)[0] for _, html in self.shown]


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(Explorer, "_names", Counter())
    for name in ("_shown", "_cells", "_runs"):
        monkeypatch.setattr(f"bplib.explorer.in_page.{name}", {})
    page = Page()
    monkeypatch.setitem(sys.modules, "page_python", page)
    return page


def line(fig):
    """A line."""
    ax = fig.subplots()
    ax.set(xlim=(0, 3), ylim=(0, 3))
    (line,) = ax.plot([0, 1], [0, 0], animated=True)
    (dot,) = ax.plot([0], [0], "o", animated=True)

    def update(k):
        line.set_ydata([0, 1 / (3 - k)])
        dot.set_data([1.5], [0.5 + 2 * k])  # past the edge, where the axes clip it
        return f"<k> is {k}."

    return update


def other(fig):
    fig.subplots()
    return lambda k: f"Other: {k}."


def test_it_is_shown_as_a_page_shows_it_but_without_the_frames(here):
    (made,), ids = here.run(
        "cell 1", other, predict=Prediction("Q?", "a", "b", at={"k": 3}, outcome="It is.")
    )
    ((kind, html),) = here.shown
    recorded = made.html()
    frames = recorded.index('<script type="application/json"')
    assert (kind, ids) == ("html", ["other"])
    assert html == recorded[:frames] + DRAWN + "</figure>"


def test_a_frame_is_what_the_page_would_have_recorded(here):
    controls = {
        "w": Slider(0, 1, step=0.5),
        "f": Choice("a", "b"),
        "on": Toggle(True),
        "t": Play(2),
    }

    def every_kind(fig):
        (line,) = fig.subplots().plot([0, 1], [0, 1], "o-", animated=True)

        def update(w, f, on, t):
            line.set(ydata=[0, w * t], visible=on)
            return f"{w} & {f} {on} {t}.", [("<w>", w)]

        return update

    explorer(columns=("what", "value"), **controls)(every_kind)
    own = Explorer(every_kind, controls, columns=("what", "value"))  # of another id, and so no reader's page
    own.id = "every-kind"
    frame = own.at(w=0.5, f="b", on=True, t=2)
    answer = handlers["frame"]("every-kind", [1, 1, 1, 2])
    assert answer == {"pieces": page.pieces(frame), "defs": own.stage.defs}
    assert answer["pieces"][-2:] == ["0.5 &amp; b True 2.", "<tr><td>&lt;w&gt;</td><td>0.5</td></tr>"]
    assert json.loads(json.dumps(answer)) == answer
    with pytest.raises(ValueError, match="zip"):
        handlers["frame"]("every-kind", [1, 1])


def test_shapes_that_a_frame_needs_come_with_it(here):
    here.run("cell 1", line)
    start = handlers["frame"]("line", [0])
    edge = handlers["frame"]("line", [2])
    clip = edge["pieces"][1].split('clip-path="url(#', 1)[1].split(")", 1)[0]
    assert f'id="{clip}"' in edge["defs"]
    assert f'id="{clip}"' not in start["defs"]


def test_an_error_is_told_and_the_next_position_is_drawn(here):
    here.run("cell 1", line)
    assert handlers["frame"]("line", [3]) == {
        "error": "explorer 'line' at k = 3: ZeroDivisionError: division by zero"
    }
    assert handlers["frame"]("line", [2])["pieces"][-2] == "&lt;k&gt; is 2."


def test_a_cell_that_runs_again_has_its_figure_in_the_same_place(here):
    assert here.run("cell 1", other, line)[1] == ["other", "line"]
    assert here.run("cell 1", other)[1] == ["other"]
    assert here.run("cell 2", other, other)[1] == ["other-2", "other-3"]
    assert here.run("cell 1", line, other)[1] == ["line", "other"]
    assert here.run("cell 2", other, other)[1] == ["other-2", "other-3"]
    assert handlers["frame"]("other-3", [2])["pieces"][-2] == "Other: 2."


def test_a_figure_of_the_book_keeps_its_id(here):
    handlers["figures"]({"line": "cell 7", "other": "cell 8"})
    assert here.run("cell 2", line)[1] == ["line-2"]  # a copy of the book's cell
    assert here.run("cell 7", line)[1] == ["line"]


def test_an_explorer_can_be_shown_twice_and_asked_beside_it(here):
    (made,), _ = here.run("cell 1", line)
    here.run("cell 2")
    made._ipython_display_()
    assert 'id="line-2"' in here.shown[0][1]
    assert '"#line-2.' in here.shown[0][1]
    assert made.at(k=2).moving == handlers["frame"]("line", [2])["pieces"][:2]
    assert handlers["frame"]("line-2", [1])["pieces"][-2] == handlers["frame"]("line", [1])["pieces"][-2]


def test_steps_may_be_finer_than_a_page_can_hold(here):
    def fine(fig):
        fig.subplots()
        return lambda k, on: f"k is {k}."

    (made,), ids = here.run("cell 1", fine, k=Slider(0, 1, step=0.001), on=Toggle())
    assert (made.n_states, ids) == (2002, ["fine"])
    assert handlers["frame"]("fine", [999, 1])["pieces"][-2] == "k is 0.999."


def test_what_the_page_asks_is_there_before_matplotlib():
    code = "import sys, bplib.explorer.in_page as i; print(sorted(i.handlers), 'matplotlib' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "['figures', 'frame'] False\n"
