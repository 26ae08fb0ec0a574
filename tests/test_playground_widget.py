"""The playground where it is shown: the widget's messages in this process, and a real kernel from outside."""

import re
import sys
import types
from html import unescape

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from bplib.explorer import page
from bplib.explorer.palette import PALETTE
from bplib.playground import Playground, widget

VIEW = "application/vnd.jupyter.widget-view+json"


class Asked:
    """A widget as its script sees it: messages go in, and answers come with their buffers."""

    def __init__(self, playground):
        self.widget, self.answers = widget.widget(playground), []
        self.widget.send = lambda content, buffers=None: self.answers.append((content, buffers))

    def __call__(self, message, asked="view 1"):
        self.widget._handle_custom_msg({"asked": asked, "message": message}, [])
        (answer,) = self.answers
        self.answers.clear()
        return answer


def test_a_widget_answers_as_the_playground_does_with_bytes_beside():
    own, other = Playground("layers=3&updates=20"), Playground("layers=3&updates=20")
    ask = Asked(own)
    content, buffers = ask({"do": "step", "also": ["sees", "points"]}, "view 7")
    wanted = other.handle({"do": "step", "also": ["sees", "points"]})
    assert content["answered"] == "view 7"
    assert [bytes(buffer) for buffer in buffers] == wanted["sees"]["layers"]
    assert content["reply"]["sees"]["layers"] == [{"buffer": n} for n in range(3)]
    for name in ("W", "b", "address", "loss", "points", "settings", "batch", "history"):
        assert content["reply"][name] == wanted[name], name


def test_what_cannot_be_done_is_answered():
    content, buffers = Asked(Playground())({"do": "set", "values": {"rate": -1}})
    assert set(content["reply"]) == {"error"}
    assert content["reply"] == Playground().handle({"do": "set", "values": {"rate": -1}})
    assert buffers == []


def test_bytes_are_found_wherever_they_are():
    buffers = []
    value = {"a": [b"one", {"b": (b"two", 3)}], "c": None, "d": "text"}
    assert widget.apart(value, buffers) == {
        "a": [{"buffer": 0}, {"b": [{"buffer": 1}, 3]}],
        "c": None,
        "d": "text",
    }
    assert buffers == [b"one", b"two"]


def test_the_widget_has_the_script_and_the_colours_of_the_page():
    made = widget.widget(Playground())
    assert made._esm == widget.HERE.joinpath("playground.js").read_text(encoding="utf-8")
    assert "import(" not in made._esm
    assert not re.search(r"^import ", made._esm, re.M)  # one file, or a kernel could not send it
    for light, dark in PALETTE.values():
        assert light in made._css
        assert dark in made._css


def test_without_anywidget_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ModuleNotFoundError, match="python -m pip install anywidget"):
        widget.widget(Playground())


@pytest.fixture
def displayed(monkeypatch):
    outputs = []
    monkeypatch.setattr(page, "display", lambda data, **_: outputs.append(data))
    monkeypatch.setattr(page, "in_ipython", lambda: True)
    monkeypatch.delenv("EXPLORER_RECORD", raising=False)
    return outputs


def test_a_notebook_keeps_the_sentence(displayed):
    Playground("layers=2")._ipython_display_()
    words, view = displayed
    assert words["text/plain"].splitlines()[0].startswith("Before the first update the loss is ")
    assert words["text/plain"].splitlines()[1:] == [widget.NO_KERNEL]
    assert f'class="{widget.STILL}"' in words["text/html"]
    assert set(view) == {VIEW}


def test_without_anywidget_the_cell_goes_on(displayed, monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    Playground()._ipython_display_()
    _, sentence = displayed
    assert sentence["text/plain"].startswith("anywidget is missing")


def test_marimo_gets_the_widget_or_what_to_install(monkeypatch):
    assert Playground()._display_()._esm
    monkeypatch.setitem(sys.modules, "anywidget", None)
    assert Playground()._display_().startswith("anywidget is missing")


def test_a_page_gets_a_place_with_the_state(displayed, monkeypatch):
    monkeypatch.setenv("EXPLORER_RECORD", "1")
    Playground("layers=2&updates=3&1:rate=0.5")._ipython_display_()
    (place,) = displayed
    assert place["text/plain"].startswith("After 3 updates")
    address = re.fullmatch(
        r'<div class="playground-place" data-address="([^"]*)"><p>[^<]+</p></div>', place["text/html"]
    )[1]
    own, again = Playground("layers=2&updates=3&1:rate=0.5"), Playground(unescape(address))
    assert np.array_equal(own.run.network.W[1], again.run.network.W[1])


def test_python_in_the_page_gets_a_place_too(monkeypatch):
    told = []
    page_python = types.SimpleNamespace(tell=lambda kind, value: told.append((kind, value)))
    monkeypatch.setitem(sys.modules, "page_python", page_python)
    Playground("layers=2")._ipython_display_()
    ((kind, html),) = told
    assert kind == "html"
    assert 'data-address="layers=2"' in html


def test_nothing_is_shown_where_there_is_no_notebook(capsys, monkeypatch):
    monkeypatch.setattr(widget, "widget", lambda _: pytest.fail("made for nobody"))
    Playground()._ipython_display_()
    assert capsys.readouterr().out == ""


CELL = """
from bplib.playground import Playground
Playground("layers=2")
"""


@pytest.mark.filterwarnings("default")  # nbclient's and zmq's own
def test_a_real_kernel():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(notebook, timeout=60, kernel_name="python3", store_widget_state=False).execute()
    words, view = notebook.cells[0].outputs
    assert {output.output_type for output in (words, view)} == {"display_data"}
    assert words.data["text/plain"].endswith(widget.NO_KERNEL)
    assert set(view.data[VIEW]) == {"model_id", "version_major", "version_minor"}
