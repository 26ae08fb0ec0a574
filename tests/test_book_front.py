"""The picture of the first page: tools/book_front.py moves a recorded explorer."""

import re
from collections import Counter

import book_front
import pytest
from sphinx.errors import ExtensionError

from bplib.explorer import Choice, Explorer, Play, Slider, Toggle
from bplib.explorer.page import html


def recorded(monkeypatch, step):
    """A recorded explorer with its slider at a step, in the midst of other controls."""
    monkeypatch.setattr(Explorer, "_names", Counter())

    def picture(fig):
        ax = fig.subplots()
        (line,) = ax.plot([], [], animated=True)
        note = ax.text(0, 0, "", animated=True)
        ax.text(0, 1, "", animated=True)  # never changes

        def update(on, step, f, eta):
            line.set_data([0, 1], [on, step + eta])
            note.set_text(f"{f} & {step:+}")
            return f"At {step} < 9 with {f} and {eta}.", [["step", str(step)]]

        return update

    controls = {
        "on": Toggle(True),
        "step": Play(3, min=-2, value=step),
        "f": Choice("a", "b", value="b"),
        "eta": Slider(0, 2, step=1, value=1),
    }
    return html(Explorer(picture, controls, columns=("name", "value")))


def test_a_moved_explorer_is_the_one_that_starts_there(monkeypatch):
    start, there = recorded(monkeypatch, 1), recorded(monkeypatch, -2)
    assert start != there
    assert book_front.moved(start, "step", "−2") == there


def test_an_explorer_without_the_slider_or_the_position_is_an_error(monkeypatch):
    start = recorded(monkeypatch, 0)
    with pytest.raises(StopIteration):
        book_front.moved(start, "pace", "1")
    with pytest.raises(ValueError, match="not in list"):
        book_front.moved(start, "step", "4")
    with pytest.raises(ExtensionError, match="to be moved"):
        book_front.moved(re.sub("<g data-slot", "<g data-place", start), "step", "1")
