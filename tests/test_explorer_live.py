"""The explorer in a kernel: its widgets in this process, by their traits; and a real kernel from outside."""

import asyncio
import base64
import io
import re
import sys
import types
from collections import Counter
from html import unescape
from pathlib import Path

import ipywidgets
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from bplib.explorer import (
    Choice,
    Explorer,
    Play,
    Prediction,
    Slider,
    Toggle,
    explorer,
    page,
    widgets,
)


@pytest.fixture(autouse=True)
def first_of_its_name(monkeypatch):
    monkeypatch.setattr(Explorer, "_names", Counter())
    monkeypatch.delenv("EXPLORER_RECORD", raising=False)


class Live:
    """A live explorer, seen as its reader sees it."""

    def __init__(self, made):
        self.made, self.box = made, made.widget()
        self.controls = self.box.controls
        self.htmls = [w for w in descendants(self.box) if isinstance(w, ipywidgets.HTML)]

    @property
    def picture(self):
        (picture,) = [w.value for w in self.htmls if "<svg" in w.value]
        return "<svg" + picture.split("<svg", 1)[1]

    @property
    def sentence(self):
        (sentence,) = [w.value for w in self.htmls if w.value.startswith("<p")]
        return unescape(sentence.split(">", 1)[1].removesuffix("</p>"))

    def shows(self, **position):
        assert self.made.at(**position).sentence == self.sentence
        assert self.made.svg(**position) in self.picture


def descendants(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from descendants(child)


def every_kind(**options):
    @explorer(
        **(
            {
                "w": Slider(0, 0.5, step=0.1, value=0.3, unit="V", label="weight"),
                "rate": Slider(0.001, 10, steps=4, log=True, value=0.1),
                "n": Slider(0, 4, step=2),
                "f": Choice("tanh", "relu", value="relu"),
                "on": Toggle(label="show <it>"),
                "step": Play(2, value=1, interval=50),
            }
            | options
        ),
    )
    def every_kind(fig):
        ax = fig.subplots()
        lines = [ax.plot([0, 1], [0, 1], animated=True)[0] for _ in range(4)]
        words = ax.text(0.5, 0.5, "", animated=True)

        def update(w, rate, n, f, on, step):
            for line, y in zip(lines, (w, np.log10(rate) / 4, n / 8, step / 4), strict=True):
                line.set_ydata([0, y])
            words.set(text=f, visible=on)
            return f"w = {w}, rate = {rate}, n = {n}, f = {f} & on = {on}, step = {step}."

        return update

    return every_kind


# -- in this process, without an event loop: every change is drawn at once --------------------------------------------


def test_the_start():
    live = Live(every_kind())
    live.shows()
    assert live.sentence == "w = 0.3, rate = 0.1, n = 0, f = relu & on = False, step = 1."


@pytest.mark.parametrize(
    ("name", "value"), [("w", 0.5), ("rate", 10.0), ("n", 4), ("f", "tanh"), ("on", True), ("step", 2)]
)
def test_each_control_moves_picture_and_sentence(name, value):
    live = Live(every_kind(on=Toggle(True)) if name == "f" else every_kind())
    picture, sentence = live.picture, live.sentence
    live.controls[name].value = value
    live.shows(**{name: value})
    assert live.picture != picture
    assert live.sentence != sentence
    assert f"{name} = {value}" in live.sentence


def test_the_widgets_match_the_controls():
    controls = Live(every_kind()).controls
    assert {name: type(w).__name__ for name, w in controls.items()} == {
        "w": "FloatSlider",
        "rate": "SelectionSlider",
        "n": "IntSlider",
        "f": "Dropdown",
        "on": "Checkbox",
        "step": "IntSlider",
    }
    w, n = controls["w"], controls["n"]
    assert (w.min, w.max, w.step, w.value, w.readout_format) == (0, 0.5, 0.1, 0.3, ".1f")
    assert (n.min, n.max, n.step, n.value) == (0, 4, 2, 0)
    assert [label for label, _ in controls["rate"].options] == ["0.001", "0.01", "0.1", "1", "10"]
    assert [c.description for c in controls.values()] == ["weight", "rate", "n", "f", "show <it>", "step"]
    assert {c.style.description_width for c in controls.values()} == {"initial"}  # a long name is not cut


def test_a_widgets_rounding_is_on_the_grid():
    live = Live(every_kind())
    live.controls["w"].value = 0.1 + 0.1
    live.controls["w"].value = 0.1 + 0.2  # 0.30000000000000004
    live.shows(w=0.3)
    assert live.sentence.startswith("w = 0.3, ")
    live.controls["w"].value = 0.1 * 3 - 0.3  # 5.6e-17
    assert live.sentence.startswith("w = 0.0, ")


def test_a_typed_number_off_the_grid_is_told_and_forgotten():
    live = Live(every_kind())
    live.controls["w"].value = 0.25
    assert "0.25 is not on the slider" in live.sentence
    live.controls["w"].value = 0.2
    live.shows(w=0.2)


def test_a_table():
    @explorer(k=Slider(0, 3, step=1), columns=("what", "<value>"))
    def tabled(fig):
        fig.subplots().plot([0, 1], [0, 1], animated=True)
        return lambda k: (f"k is {k}.", [("k", k), ("k < 4", 1 / 3)])

    live = Live(tabled)
    (table,) = [w for w in live.htmls if "<table" in w.value]
    live.controls["k"].value = 2
    assert "<td>2</td>" in table.value
    assert "<th>&lt;value&gt;</th>" in table.value
    assert "<td>k &lt; 4</td><td>0.3333</td>" in table.value


def test_an_update_that_raises_is_told_and_recovers():
    @explorer(k=Slider(-2, 2, step=1, value=1))
    def inverse(fig):
        (line,) = fig.subplots().plot([0, 1], [0, 1], animated=True)

        def update(k):
            line.set_ydata([0, 1 / k])
            return f"1/k is {1 / k}."

        return update

    live = Live(inverse)
    before = live.picture
    live.controls["k"].value = 0
    assert live.sentence == "explorer 'inverse' at k = 0: ZeroDivisionError: division by zero"
    assert 'role="alert"' in "".join(w.value for w in live.htmls)
    assert live.picture == before
    live.controls["k"].value = -1
    assert live.sentence == "1/k is -1.0."
    live.shows(k=-1)


@pytest.mark.parametrize(("most", "told"), [(1000, True), (999, False)])
def test_who_writes_too_many_positions_for_a_page_is_told(most, told):
    @explorer(k=Slider(0, most, step=1), on=Toggle())
    def fine(fig):
        fig.subplots()
        return lambda k, on: f"k is {k}."

    live = Live(fine)
    live.controls["k"].value = most
    assert live.sentence == f"k is {most}."
    words = "It moves here, but no page can hold it: explorer 'fine' has 2002 positions (k: 1001 × on: 2); at most "
    assert any(words in unescape(w.value) for w in live.htmls) is told


def test_two_views_of_one_explorer_do_not_disturb_each_other():
    made = every_kind()
    one, other = Live(made), Live(made)
    one.controls["w"].value = 0.1
    other.shows(w=0.3)
    other.controls["f"].value = "tanh"
    other.shows(f="tanh")
    one.controls["on"].value = True
    one.shows(w=0.1, on=True)


# -- with a running event loop, as in a kernel ------------------------------------------------------------------------


def test_many_quick_changes_are_drawn_once_for_the_newest():
    drawn = []

    @explorer(k=Slider(0, 100, step=1))
    def quick(fig):
        (line,) = fig.subplots().plot([0, 1], [0, 1], animated=True)

        def update(k):
            drawn.append(k)
            line.set_ydata([0, k / 100])
            return f"k is {k}."

        return update

    live = Live(quick)
    slider = live.controls["k"]

    async def drag():
        drawn.clear()
        for k in range(1, 51):
            slider.value = k
        await asyncio.sleep(0.05)
        at_once = list(drawn)
        for k in range(51, 81):
            slider.value = k
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        return at_once

    at_once = asyncio.run(drag())
    assert at_once == [50]
    assert drawn[-1] == 80
    assert len(drawn) <= 10
    live.shows(k=80)


def test_an_error_does_not_stop_later_drawings():
    @explorer(k=Slider(0, 3, step=1))
    def fails_at_two(fig):
        fig.subplots().plot([0, 1], [0, 1], animated=True)
        return lambda k: f"It is {1 / (k - 2):.1f}."

    live = Live(fails_at_two)

    async def drag():
        live.controls["k"].value = 2
        await asyncio.sleep(0.02)
        told = live.sentence
        live.controls["k"].value = 3
        await asyncio.sleep(0.02)
        return told

    assert "at k = 2: ZeroDivisionError" in asyncio.run(drag())
    assert live.sentence == "It is 1.0."


def play(live):
    (button,) = [w for w in descendants(live.box) if isinstance(w, ipywidgets.Button)]
    return button, live.controls["step"]


def test_play_runs_the_slider_to_its_end_and_over_again():
    live = Live(every_kind())
    button, slider = play(live)
    assert (button.description, slider.value) == ("Play step", 1)  # its name, for who does not see it
    seen = []

    async def runs():
        slider.observe(lambda change: seen.append(change.new), "value")
        for _ in range(2):
            button.click()
            assert button.description == "Pause step"
            while button.description != "Play step":
                await asyncio.sleep(0.01)
        async with asyncio.timeout(60):  # a picture may come a moment after its position
            while "step = 2" not in live.sentence:
                await asyncio.sleep(0.01)

    asyncio.run(runs())
    assert seen == [2, 0, 1, 2]
    assert "step = 2" in live.sentence


@pytest.mark.parametrize("how", ["the button", "the slider"])
def test_play_is_stopped(how):
    live = Live(every_kind(w=Slider(0, 1, step=1), step=Play(15, interval=20)))
    button, slider = play(live)

    async def stops():
        button.click()
        await asyncio.sleep(0.05)
        if how == "the button":
            button.click()
        else:
            slider.value = 9
        stopped = slider.value
        assert button.description == "Play step"
        await asyncio.sleep(0.1)
        assert slider.value == stopped < 15

    asyncio.run(stops())


# -- what a cell displays ----------------------------------------------------------------------------------------------

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize("how", ["a choice", "skip"])
def test_a_prediction_stands_before_the_controls(how):
    asked = Prediction("What?", "More.", "<Less>.", at={"w": 0.5, "f": "tanh"}, outcome="It is <less>.")
    live = Live(every_kind(predict=asked))
    buttons = {b.description: b for b in descendants(live.box) if isinstance(b, ipywidgets.Button)}
    moves = next(w for w in descendants(live.box) if "explorer-moves" in getattr(w, "_dom_classes", ()))
    question = next(w for w in descendants(live.box) if buttons["Skip"] in getattr(w, "children", ()))

    def said():
        return [unescape(w.value) for w in live.htmls if "You said" in w.value]

    (beside,) = (w for w in descendants(live.box) if moves in getattr(w, "children", ()))
    assert moves.layout.display == "none"
    assert "explorer-asks" in beside._dom_classes
    assert not said()
    buttons["<Less>." if how == "a choice" else "Skip"].click()
    assert moves.layout.display is None
    assert "explorer-asks" not in beside._dom_classes
    assert question.layout.display == "none"
    if how == "skip":
        live.controls["w"].value, live.controls["f"].value = 0.5, "tanh"
        assert not said()
        return
    assert said() == [
        '<p role="status">You said: “<Less>.” Now set weight to 0.5 V and f to tanh, and see.</p>'
    ]
    live.controls["w"].value = 0.5
    assert "Now set" in said()[0]
    buttons["Go there"].click()
    assert (live.controls["w"].value, live.controls["f"].value) == (0.5, "tanh")
    assert said() == ['<p role="status">You said: “<Less>.” It is <less>.</p>']
    assert buttons["Go there"].layout.display == "none"
    live.controls["w"].value = 0.0
    assert "It is <less>." in said()[0]


@pytest.fixture
def displayed(monkeypatch):
    """What a cell would display, each output with its metadata."""
    outputs = []
    for way in (page, widgets):
        monkeypatch.setattr(way, "display", lambda data, **metadata: outputs.append((data, metadata)))
        monkeypatch.setattr(way, "in_ipython", lambda: True)
    return outputs


def test_a_notebook_keeps_a_picture_and_what_it_shows(displayed):
    every_kind()
    (picture, metadata), (words, _), (widget, _) = displayed
    sentence = "w = 0.3, rate = 0.1, n = 0, f = relu & on = False, step = 1."
    assert set(picture) == {"text/plain", "image/png"}
    assert picture["text/plain"] == "every kind"
    assert Image.open(io.BytesIO(base64.b64decode(picture["image/png"]))).size == (480, 360)
    assert metadata == {"image/png": {"alt": "every kind"}}
    assert words["text/plain"] == f"{sentence}\n{widgets.HOW_TO_MOVE}"
    assert unescape(words["text/html"]).split("<p>")[1:] == [
        f"{sentence}</p>",
        f"{widgets.HOW_TO_MOVE}</p></div>",
    ]
    # A widget that is gone shows an error in the place of all else that is in its output.
    assert set(widget) == {VIEW}


def test_the_living_widget_hides_the_still_picture_and_no_other(displayed, monkeypatch):
    boxes, make = [], widgets.widget
    monkeypatch.setattr(widgets, "widget", lambda *of: boxes.append(make(*of)) or boxes[-1])
    first, second = every_kind(), every_kind(w=Slider(0, 1, step=1))
    pictures, words = displayed[::3], displayed[1::3]
    for (picture, _), (word, _), box, made in zip(pictures, words, boxes, (first, second), strict=True):
        (style,) = [
            w.value for w in descendants(box) if isinstance(w, ipywidgets.HTML) and "<style>" in w.value
        ]
        scope = r"\n:is\(.jp-OutputArea, .output\):has\(\.(\S+)\)"
        hide = r' :is\(\.(\S+), img\[src\$="(.*)"\]\) { display: none; }</style>'
        live, still, end = re.search(scope + hide, style).groups()
        assert live in box._dom_classes
        assert f'<div class="{still}">' in word["text/html"]
        assert [p["image/png"].endswith(end) for p, _ in pictures].count(True) == 1
        assert picture["image/png"].endswith(end)
        assert made.id in still
    assert boxes[0]._dom_classes != boxes[1]._dom_classes
    assert words[0][0]["text/html"].split(">")[0] != words[1][0]["text/html"].split(">")[0]


def test_a_widget_whose_kernel_is_gone_says_so_and_has_no_controls():
    # Jupyter's own class says that the kernel is gone; that it does was seen in JupyterLab 4.6 and Notebook 7.6.
    live = Live(every_kind())
    (style,) = [w.value for w in live.htmls if "<style>" in w.value]
    assert '<p class="explorer-gone" style="display: none">The kernel that drew' in style
    shown, hidden = re.findall(r"\.jupyter-widgets-disconnected([^{]*) { display: (.*?); }", style)
    assert shown == (" > .widget-html-content > .explorer-gone", "block !important")
    assert hidden == (".explorer-moves", "none")
    (moves,) = [w for w in descendants(live.box) if "explorer-moves" in w._dom_classes]
    assert set(live.controls.values()) <= set(descendants(moves))
    assert not {w for w in live.htmls if w in descendants(moves)}
    front_end = Path(sys.prefix, "share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager/static")
    scripts = "".join(path.read_text(encoding="utf-8") for path in front_end.glob("*.js"))
    for name in ("jupyter-widgets-disconnected", "widget-html-content"):
        assert name in scripts, f"the widgets of this Jupyter have no class {name} any more"


def test_the_first_picture_is_of_the_start_and_holds_what_moves():
    @explorer(k=Slider(0, 1, step=1, value=1))
    def disc(fig):
        fig.set_layout_engine("none")
        ax = fig.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        disc = ax.axvspan(0, 1, color="#0000ff", animated=True)
        ax.set(xlim=(0, 1), ylim=(0, 1))

        def update(k):
            disc.set_visible(k == 1)
            return f"k is {k}."

        return update

    disc.at(k=0)
    pixels = np.asarray(Image.open(io.BytesIO(disc.png())).convert("RGB")).reshape(-1, 3)
    assert (np.abs(pixels.astype(int) - [0, 0, 255]).max(axis=1) < 8).mean() > 0.99


def test_two_kernels_would_keep_the_same_picture():
    first, second = every_kind().png(), every_kind().png()
    assert first == second
    assert len(first) < 20_000


def test_a_picture_without_controls_needs_no_widget(displayed):
    @explorer()
    def resting(fig):
        """A line."""
        fig.subplots().plot([0, 1], [0, 1])
        return lambda: "It rises & rises."

    (picture, metadata), (words, _) = displayed
    assert set(picture) == {"text/plain", "image/png"}
    assert metadata == {"image/png": {"alt": "A line"}}
    assert words["text/plain"] == "It rises & rises."
    assert words["text/html"].endswith("<p>It rises &amp; rises.</p></div>")


def test_a_recording_kernel_displays_the_page(displayed, monkeypatch):
    monkeypatch.setenv("EXPLORER_RECORD", "1")
    made = every_kind(w=Slider(0, 1, step=1), rate=Slider(1, 10, steps=1, log=True))
    assert displayed == [({"text/plain": made.at().sentence, "text/html": made.html()}, {})]


def test_without_a_notebook_a_sentence_says_what_to_do_and_a_page_can_be_saved(capsys, tmp_path):
    made = every_kind(n=Slider(0, 4, step=2, value=2))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"{made!r}\n"
    assert repr(made) == (
        "every_kind is a picture for a notebook. Here, every_kind.save('every_kind.html') makes a page of it for a "
        "browser, and every_kind.at(w=0.3, rate=0.1, n=2, f='relu', on=False, step=1).sentence says what it shows."
    )
    assert eval(repr(made).split(", and ")[1].split(" says")[0], {"every_kind": made}) == made.at().sentence
    made.save(tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == page.document(made)
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
    with pytest.raises(OSError, match="nowhere"):
        made.save(tmp_path / "nowhere" / "a.html")


def test_marimo_gets_the_recorded_page_in_a_frame(monkeypatch):
    shown = []
    marimo = types.SimpleNamespace(
        running_in_notebook=lambda: True,
        iframe=lambda html, *, height: ("frame", html, height),
        output=types.SimpleNamespace(append=shown.append),
    )
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    made = every_kind(w=Slider(0, 1, step=1), rate=Slider(1, 10, steps=1, log=True))
    assert shown == [("frame", page.document(made), "560px")]
    marimo.running_in_notebook = lambda: False  # a script that imports marimo
    every_kind()
    assert len(shown) == 1


def test_nothing_is_displayed_where_there_is_no_notebook(monkeypatch):
    monkeypatch.setenv("EXPLORER_RECORD", "1")
    monkeypatch.setattr(Explorer, "stage", property(lambda made: pytest.fail("drawn for nobody")))
    every_kind()


CELL = """
import os
from bplib.explorer import Play, Slider, explorer

@explorer(k=Slider(0, 3, step=1, value=2), t=Play(1))
def twice(fig):
    (line,) = fig.subplots().plot([0, 1], [0, 1], animated=True)
    def update(k, t):
        line.set_ydata([0, k])
        return f"Twice {k} is {2 * k}."
    return update
"""

MOVE = """
import asyncio
box = twice.widget()
box.controls["k"].value = 3
await asyncio.sleep(0.05)
print(box.children[1].value)
"""


@pytest.mark.filterwarnings("default")  # nbclient's and zmq's own
def test_a_real_kernel(monkeypatch):
    cells = [CELL, "os.environ['EXPLORER_RECORD'] = '1'\ntwice", MOVE]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3", store_widget_state=False).execute()
    live, recorded, moved = (cell.outputs for cell in notebook.cells)

    picture, words, widget = live
    assert {output.output_type for output in live} == {"display_data"}
    assert set(picture.data) == {"text/plain", "image/png"}
    assert picture.data["text/plain"] == "twice"
    assert picture.metadata["image/png"].alt == "twice"
    assert base64.b64decode(picture.data["image/png"]).startswith(b"\x89PNG")
    assert set(words.data) == {"text/plain", "text/html"}
    assert set(widget.data) == {VIEW}
    assert set(widget.data[VIEW]) == {"model_id", "version_major", "version_minor"}

    (output,) = recorded
    assert set(output.data) == {"text/plain", "text/html"}
    assert output.data["text/plain"] == "Twice 2 is 4."  # not an address, which would differ from run to run
    assert output.data["text/html"].startswith('<figure class="explorer" id="twice"')

    # The kernel runs an event loop: the picture follows a moment after the slider.
    (output,) = moved
    assert output.text == '<p role="status">Twice 3 is 6.</p>\n'
