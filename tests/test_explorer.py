"""The recorded explorer: what a page holds is read back as explorer.js reads it, and compared with `at`."""

import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest

from bplib.explorer import (
    Choice,
    Explorer,
    ExplorerError,
    Play,
    Prediction,
    Slider,
    Toggle,
    explorer,
    palette,
)


@pytest.fixture(autouse=True)
def first_of_its_name(monkeypatch):
    """Each test is a page of its own: no explorer of an earlier one has taken a name."""
    monkeypatch.setattr(Explorer, "_names", Counter())


# -- reading a page back -----------------------------------------------------------------------------------------

VOID = {"input"}


class Element:
    def __init__(self, tag, attributes):
        self.tag, self.children, self.text = tag, [], ""
        self.attributes = dict(attributes)

    def __getitem__(self, name):
        return self.attributes[name]

    def all(self, tag, **attributes):
        found = []
        for child in self.children:
            if child.tag == tag and attributes.items() <= child.attributes.items():
                found.append(child)
            found += child.all(tag, **attributes)
        return found

    def one(self, tag, **attributes):
        (found,) = self.all(tag, **attributes)
        return found

    def words(self):
        return self.text + "".join(child.words() for child in self.children)


class Reader(HTMLParser):
    """Reads strictly: every element but an input is closed, in its order."""

    def __init__(self, html):
        super().__init__()
        self.open = [Element("page", [])]
        self.feed(html)
        self.close()
        assert len(self.open) == 1, f"{self.open[-1].tag} is not closed"

    def handle_starttag(self, tag, attributes):
        element = Element(tag, attributes)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.open[-1].children.append(Element(tag, attributes))

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        self.open[-1].text += data


def read(html):
    (figure,) = Reader(html).open[0].children
    assert (figure.tag, figure["class"]) == ("figure", "explorer")
    scripts = figure.all("script")
    tracks = json.loads(scripts[0].text) if scripts else None
    inputs = [e for control in figure.all("div", **{"class": "explorer-controls"}) for e in walk(control)]
    inputs = [e for e in inputs if e.tag in {"input", "select"}]
    return SimpleNamespace(figure=figure, tracks=tracks, inputs=inputs)


def walk(element):
    for child in element.children:
        yield child
        yield from walk(child)


def raw_between(html, start, end):
    return html.split(start, 1)[1].split(end, 1)[0]


def states(made):
    """Every position with its number in the tracks: the last control counts fastest, as in explorer.js."""
    counts = [len(c.values) for c in made.controls.values()]
    for places in itertools.product(*map(range, counts)):
        n = 0
        for place, count in zip(places, counts, strict=True):
            n = n * count + place
        yield n, {name: c.values[i] for (name, c), i in zip(made.controls.items(), places, strict=True)}


def shown(track, n, standing):
    return standing if track == 0 else track[0][track[1][n]]


# -- explorers to try on -----------------------------------------------------------------------------------------


def sample(**options):
    """Every kind of control, lines and dots and a text, a sentence with signs to escape, a table."""
    controls = {
        "w": Slider(-1, 1, step=0.5, value=0.5, unit="V"),
        "f": Choice("tanh", "a < b & c", value="a < b & c"),
        "on": Toggle(True, label="show it"),
        "step": Play(3, value=1, unit="steps", interval=40),
    }

    @explorer(**({"columns": ("what", "<value>")} | controls | options))
    def one_neuron(fig):
        """One "neuron" & more.

        A second paragraph.
        """
        ax = fig.subplots()
        ax.set(xlim=(0, 3), ylim=(-4, 4), xlabel="x", ylabel="y")
        (dots,) = ax.plot([0, 1, 2], [0, 0, 0], "o", zorder=3, animated=True)
        (line,) = ax.plot([], [], color=palette.ORANGE, zorder=1, animated=True)
        text = ax.text(1, 3, "", animated=True)

        def update(w, f, on, step):
            line.set_data([0, 3], [0, w * (step + 1)])
            dots.set_visible(on)
            text.set_text(f"{f} {step}")
            return f"With {f} and w = {w} it is {on}: <{w * step}>.", [
                ("w", w),
                (f, w * step),
                ("on", str(on)),
            ]

        return update

    return one_neuron


def small(update=lambda line, k: f"k is {k}.", **options):
    """A line and a slider k of 0, 1, 2, 3; `update(line, **position)` makes the sentence."""
    controls = {k: v for k, v in options.items() if k not in {"size", "columns"}} or {
        "k": Slider(0, 3, step=1)
    }
    options = {k: v for k, v in options.items() if k not in controls}

    @explorer(**controls, **options)
    def small(fig):
        ax = fig.subplots()
        (line,) = ax.plot([0, 1], [0, 1], animated=True)
        return lambda **position: update(line, **position)

    return small


# -- the page ----------------------------------------------------------------------------------------------------


def test_the_page_has_what_a_reader_needs():
    made = sample()
    page = read(made.html())
    assert page.figure["id"] == "one-neuron"
    assert page.figure["aria-label"] == 'One "neuron" & more'
    assert [(e.tag, e.attributes.get("class")) for e in page.figure.children] == [
        ("div", "explorer-picture"),
        ("div", "explorer-controls"),
        ("figcaption", None),
        ("div", "explorer-share"),
        ("details", "explorer-table"),
        ("script", None),
    ]
    assert page.figure.one("figcaption")["aria-live"] == "polite"
    assert page.figure.one("script")["type"] == "application/json"
    assert page.figure.one("svg")["aria-hidden"] == "true"
    assert [th.words() for th in page.figure.all("th")] == ["what", "<value>"]
    assert {th["scope"] for th in page.figure.all("th")} == {"col"}


def test_the_controls_are_native_and_named():
    page = read(sample().html())
    slider, choice, toggle, play = page.inputs
    labels = {label["for"]: label.words() for label in page.figure.all("label")}
    assert [labels[e["id"]] for e in page.inputs] == ["w", "f", "show it", "step"]
    assert len({e["id"] for e in page.inputs}) == 4

    assert (slider["type"], slider["min"], slider["max"], slider["value"]) == ("range", "0", "4", "3")
    assert json.loads(slider["data-texts"]) == ["−1.0 V", "−0.5 V", "0.0 V", "0.5 V", "1.0 V"]
    assert slider["aria-valuetext"] == "0.5 V"

    assert choice.tag == "select"
    assert [(o.words(), "selected" in o.attributes) for o in choice.all("option")] == [
        ("tanh", False),
        ("a < b & c", True),
    ]
    assert (toggle["type"], "checked" in toggle.attributes) == ("checkbox", True)
    assert (play["type"], play["max"], play["value"]) == ("range", "3", "1")
    button, link = page.figure.all("button")
    assert link["aria-label"] == "Copy link to this position"
    assert button["aria-labelledby"] == f"{button['id']} {play['id']}.label"
    assert (button["type"], button["data-interval"], button.words()) == ("button", "40", "Play")
    values = page.figure.all("span", **{"class": "explorer-value"})
    assert [v.words() for v in values] == ["0.5 V", "1 steps"]
    # a browser that keeps a form's values over a reload would show another position than the picture's
    assert {e["autocomplete"] for e in page.inputs} == {"off"}


def test_an_unchecked_toggle():
    page = read(small(lambda line, k: f"It is {k}.", k=Toggle()).html())
    assert "checked" not in page.inputs[0].attributes
    assert page.figure.one("figcaption").words() == "It is False."


def test_every_position_is_recorded_as_it_is_live():
    made = sample()
    html = made.html()
    page = read(html)
    stage = made.stage
    assert made.n_states == 5 * 2 * 2 * 4
    assert len(page.tracks) == len(stage.moving) + 2
    for track in page.tracks:
        if track != 0:
            pieces, which = track
            assert len(which) == made.n_states
            assert sorted(set(which)) == list(range(len(pieces)))  # nothing is missing or idle
            assert len(set(pieces)) == len(pieces)  # nothing is written twice
    slots = {int(g["data-slot"]) for g in page.figure.all("g") if "data-slot" in g.attributes}
    assert slots == set(range(len(stage.moving)))
    *moving, sentence, table = page.tracks
    for n, position in random.Random(0).sample(list(states(made)), made.n_states):
        frame = made.at(**position)
        assert [shown(track, n, None) for track in moving] == frame.moving
        told = Reader(f"<p>{shown(sentence, n, None)}</p>").open[0].words()
        assert told == frame.sentence
        rows = Reader(f"<table>{shown(table, n, None)}</table>").open[0].all("tr")
        assert [[cell.words() for cell in row.all("td")] for row in rows] == frame.rows


def test_the_first_thing_shown_is_the_start():
    made = sample()
    html = made.html()
    page = read(html)
    frame = made.at(w=0.5, f="a < b & c", on=True, step=1)
    assert made.at() == frame
    assert (
        page.figure.one("figcaption").words()
        == frame.sentence
        == "With a < b & c and w = 0.5 it is True: <0.5>."
    )
    assert [[td.words() for td in tr.all("td")] for tr in page.figure.one("tbody").all("tr")] == frame.rows
    for k, piece in enumerate(frame.moving):
        assert f'<g data-slot="{k}">{piece}</g>' in html
    n = next(
        n for n, position in states(made) if position == {"w": 0.5, "f": "a < b & c", "on": True, "step": 1}
    )
    assert [shown(track, n, None) for track in page.tracks[:-2]] == frame.moving


def test_what_never_changes_is_not_written_again():
    def update(line, k, other):
        line.set_ydata([0, k])
        return f"k is {k}."

    page = read(small(update, k=Slider(0, 3, step=1), other=Toggle()).html())
    picture, sentence, table = page.tracks
    assert len(picture[0]) == len(sentence[0]) == 4
    assert picture[1] == sentence[1] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert table == 0
    page = read(small(lambda line, k: "Always.").html())
    assert page.tracks == [0, 0, 0]


def test_a_picture_without_controls_has_no_script():
    @explorer()
    def resting(fig):
        fig.subplots().plot([0, 1], [0, 1])
        return lambda: "A line."

    html = resting.html()
    page = read(html)
    assert "<script" not in html
    assert "aria-live" not in html
    assert not page.inputs
    assert page.figure["aria-label"] == "resting"
    assert [e.tag for e in page.figure.children] == ["div", "figcaption"]
    assert page.figure.one("figcaption").words() == "A line."


def test_a_sentence_cannot_close_the_script():
    html = small(lambda line, k: f"</script><b>{k}</b>").html()
    page = read(html)
    assert html.count("</script>") == 1
    assert page.figure.one("figcaption").words() == "</script><b>0</b>"
    assert page.tracks[-2][0] == [f"&lt;/script&gt;&lt;b&gt;{k}&lt;/b&gt;" for k in range(4)]


def test_numbers_in_the_table():
    made = small(
        lambda line, k: ("It is.", [("a", 1 / 3), ("b", np.float64(-1234567.0)), ("c", k)]), columns=("", "v")
    )
    assert made.at(k=2).rows == [["a", "0.3333"], ["b", "−1.235e+06"], ["c", "2"]]  # a true minus sign


def test_the_picture_holds_no_address_of_another_site():
    html = sample().html()
    assert "http" not in html.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_images_are_recorded():
    @explorer(k=Slider(0, 3, step=1))
    def field(fig):
        ax = fig.subplots()
        image = ax.imshow(np.zeros((4, 4)), vmin=0, vmax=3, animated=True)

        def update(k):
            image.set_data(np.full((4, 4), float(k)))
            return f"All {k}."

        return update

    page = read(field.html())
    assert len(page.tracks[0][0]) == 4
    assert all("data:image/png;base64," in piece for piece in page.tracks[0][0])


def test_svg_is_the_whole_picture():
    made = sample()
    svg = made.svg(w=-1)
    assert svg.startswith("<svg ")
    for piece in made.at(w=-1).moving:
        assert piece in svg
    assert svg != made.svg(w=1)


def test_the_size_is_in_css_pixels():
    svg = small(size=(300, 200)).svg()
    assert 'viewBox="0 0 3000 2000" width="300" height="200"' in svg


def test_the_books_style_is_for_explorers_alone():
    before = dict(mpl.rcParams)
    made = sample()
    made.html()
    made.png()
    assert dict(mpl.rcParams) == before


def test_the_style_holds_in_build_and_in_update():
    seen = []

    @explorer(k=Slider(0, 1, step=1))
    def styled(fig):
        ax = fig.subplots()
        seen.append((mpl.rcParams["axes.edgecolor"], ax.get_facecolor()[3]))
        (line,) = ax.plot([0, 1], [0, 1], animated=True)
        assert line.get_color() == palette.BLUE

        def update(k):
            seen.append((mpl.rcParams["axes.edgecolor"], 0.0))
            return "It is."

        return update

    styled.at(k=1)
    assert set(seen) == {(palette.GREY, 0.0)}


# -- ids ---------------------------------------------------------------------------------------------------------


def ids(html):
    return [e["id"] for e in walk(Reader(html).open[0]) if "id" in e.attributes]


def test_two_of_one_name_have_their_own_ids():
    pages = [sample(), sample(), sample()]
    assert [made.id for made in pages] == ["one-neuron", "one-neuron-2", "one-neuron-3"]
    found = [i for made in pages for i in ids(made.html())]
    assert len(found) > 15
    assert [i for i, times in Counter(found).items() if times > 1] == []


def test_the_parts_of_two_explorers_have_their_own_ids():
    def build(fig):
        ax = fig.subplots()
        for marker in "os^vD":  # five shared shapes
            ax.plot([0, 1], [0, 1], marker, animated=True)
        return lambda **position: "It is."

    def named(name, **controls):
        build.__name__ = name
        return Explorer(build, controls)

    k = Slider(0, 1, step=1)
    made = [named("xor", loss=k), named("xor", k=k), named("xor_loss", k=k), named("xor_k", d=k)]
    found = [i for m in made for i in ids(m.html())]
    assert len(found) > 20
    assert [i for i, times in Counter(found).items() if times > 1] == []


def test_what_is_referred_to_is_there():
    html = sample().html()
    page = read(html)
    there = set(ids(html))
    uses = [u["href"] for u in page.figure.all("use")]
    assert uses
    assert {u.removeprefix("#") for u in uses} <= there
    assert {label["for"] for label in page.figure.all("label")} <= there


# -- errors ------------------------------------------------------------------------------------------------------


def position_error(update, message, *, bad=2, start=0):
    for show in (lambda made: made.at(k=bad), lambda made: made.html()):
        with pytest.raises(ExplorerError) as error:
            show(small(update, k=Slider(0, 3, step=1, value=start)))
        assert f"explorer 'small' at k = {bad}" in str(error.value)
        assert message in str(error.value)


@pytest.mark.parametrize("start", [0, 2], ids=["elsewhere", "at the start"])
def test_an_update_that_raises(start):
    position_error(lambda line, k: f"{1 // (k - 2)}", "ZeroDivisionError: ", start=start)


@pytest.mark.filterwarnings(
    "ignore"
)  # whatever the notebook does with warnings, the explorer makes them errors
def test_an_update_that_warns():
    def update(line, k):
        np.log(2.0 - k)
        return "It is."

    position_error(update, "RuntimeWarning: divide by zero")


def test_an_update_that_draws_nan():
    def update(line, k):
        line.set_ydata([0, np.nan if k == 2 else k])
        return "It is."

    position_error(update, "not finite")


def test_a_figure_that_cannot_be_built():
    @explorer(k=Slider(0, 1, step=1))
    def broken(fig):
        raise KeyError("no such layer")

    for show in (broken.at, broken.html):
        with pytest.raises(ExplorerError, match="explorer 'broken': KeyError: 'no such layer'"):
            show()


def test_an_update_that_draws_a_hatch():
    def update(line, k):
        return "It is."

    @explorer(k=Slider(0, 1, step=1))
    def hatched(fig):
        bar = fig.subplots().bar([0], [1], hatch="/")
        bar[0].set_animated(True)
        return lambda k: "It is."

    with pytest.raises(
        ExplorerError, match="explorer 'hatched' at k = 0: ValueError: hatches are not recorded"
    ):
        hatched.at()


def test_an_update_that_adds_an_artist():
    def update(line, k):
        if k == 2:
            line.axes.plot([0, 1], [1, 0])
        return "It is."

    position_error(update, "update added or removed artists")


def test_an_update_that_changes_what_should_stand_still():
    @explorer(k=Slider(0, 3, step=1), other=Toggle())
    def forgetful(fig):
        (line,) = fig.subplots().plot([0, 1], [0, 1])  # animated=True is missing

        def update(k, other):
            line.set_ydata([0, 1 + k])
            return f"k is {k}."

        return update

    with pytest.raises(ExplorerError, match=r"explorer 'forgetful' at k = .*not made with animated=True"):
        forgetful.html()


@pytest.mark.parametrize(
    ("answer", "options", "message"),
    [
        (None, {}, "update returned None"),
        ("", {}, "update returned ''"),
        ("  ", {}, "update returned '  '"),
        (3, {}, "update returned 3"),
        (["It is."], {}, r"update returned \['It is.'\]"),
        ((None, [("a", 1)]), {"columns": ("what", "value")}, "update returned"),
        (("It is.", [("a", 1)]), {}, "columns"),
        ("It is.", {"columns": ("what", "value")}, "columns"),
        (("It is.", [("a", 1, 2)]), {"columns": ("what", "value")}, "has 3 cells"),
        (("It is.", [("a",)]), {"columns": ("what", "value")}, "has 1 cells"),
        (("It is.", [("a", None)]), {"columns": ("what", "value")}, "TypeError"),
        (("It is.", [("a", 1)], 3), {"columns": ("what", "value")}, "update returned|unpack"),
    ],
)
def test_a_wrong_answer_of_update(answer, options, message):
    made = small(lambda line, k: answer, **options)
    with pytest.raises(ExplorerError, match=f"explorer 'small' at k = 0: .*({message})"):
        made.at()


def test_a_build_that_forgets_update():
    @explorer(k=Slider(0, 1, step=1))
    def forgetful(fig):
        fig.subplots()

    with pytest.raises(
        ExplorerError, match=r"explorer 'forgetful': .*returned None; expected its function update"
    ):
        forgetful.at()


def test_an_update_with_other_arguments():
    @explorer(k=Slider(0, 1, step=1))
    def other(fig):
        fig.subplots()
        return lambda w: "It is."

    with pytest.raises(ExplorerError, match=r"explorer 'other' at k = 0: TypeError: .*'k'"):
        other.at()


def test_a_control_that_is_none():
    with pytest.raises(
        TypeError, match=r"explorer 'small': k is \(0, 1\); expected a Slider, Choice, Toggle or Play"
    ):
        small(k=(0, 1))


@pytest.mark.parametrize("name", ["size", "columns"])
def test_a_control_with_the_name_of_an_option(name):
    with pytest.raises(TypeError, match=f"explorer 'named': {name} .*another name"):

        @explorer(**{name: Slider(0, 3, step=1)})
        def named(fig):
            return None


def test_a_position_of_an_unknown_control():
    with pytest.raises(TypeError, match="w is no control of 'small'; it has k"):
        small().at(w=1)


def test_a_position_is_given_to_update_as_a_page_records_it():
    made = small(lambda line, w: f"w is {w}.", w=Slider(-1, 1, step=0.1))
    assert made.at(w=-1).sentence == made.at(w=-1.0).sentence == "w is -1.0."
    assert made.at(w=np.float64(0.1) + 0.2).sentence == "w is 0.3."


def test_a_position_off_the_grid():
    with pytest.raises(ValueError, match=r"1\.5 is not on the slider"):
        small().at(k=1.5)


def test_a_legend_that_looks_for_the_best_place_is_refused():
    @explorer(k=Slider(0, 3, step=1))
    def restless(fig):
        ax = fig.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        (line,) = ax.plot([0, 1], [0, 0], label="line", animated=True)
        ax.legend(loc="best")

        def update(k):
            line.set_data([0, 1], [0.9 * (k % 2)] * 2)
            return f"k is {k}."

        return update

    with pytest.raises(ExplorerError, match="not made with animated=True"):
        restless.html()


def test_too_many_positions():
    a, b = Slider(0, 49, step=1), Slider(1, 40, step=1)
    most = small(lambda line, a, b: "It is.", a=a, b=b)
    assert most.too_many(most.at()) == ""
    made = small(lambda line, a, b: f"{a} {b}.", a=a, b=Slider(0, 40, step=1))
    with pytest.raises(ExplorerError) as error:
        made.html()
    assert made.at(a=49, b=40).sentence == "49 40."  # what is drawn when it is asked for may have more
    assert "explorer 'small' has 2050 positions (a: 50 × b: 41); at most 2000" in str(error.value)


def field(first_with_image=0, **controls):
    @explorer(**controls)
    def field(fig):
        ax = fig.subplots()
        image = ax.imshow(np.zeros((2, 2)), vmin=0, vmax=1, animated=True)

        def update(k, on):
            image.set_visible(k >= first_with_image)
            return f"k is {k}."

        return update

    return field


@pytest.mark.parametrize("first", [0, 3])
def test_too_many_positions_for_images(first):
    made = field(first, k=Slider(0, 100, step=1), on=Toggle())
    with pytest.raises(ExplorerError) as error:
        made.html()
    message = (
        "explorer 'field' has 202 positions (k: 101 × on: 2); at most 200 can be recorded when an image moves"
    )
    assert message in str(error.value)


def test_as_many_positions_with_images_as_allowed():
    made = field(99, k=Slider(0, 99, step=1), on=Toggle())
    assert made.n_states == 200
    assert made.html().count("<image") == 1


def test_an_image_that_stands_still_costs_nothing():
    @explorer(k=Slider(0, 200, step=1))
    def still(fig):
        ax = fig.subplots()
        ax.imshow(np.zeros((2, 2)))
        (dot,) = ax.plot([0], [0], "o", animated=True)

        def update(k):
            dot.set_data([k / 200], [0])
            return f"k is {k}."

        return update

    assert still.html().count("<image") == 1


# -- processes of their own --------------------------------------------------------------------------------------

RECORD = """
import json, sys, types
bare = types.ModuleType("bplib")  # bplib without what its __init__ imports
bare.__path__ = [sys.argv[1]]
sys.modules["bplib"] = bare
import numpy as np
from bplib.explorer import Choice, Play, Slider, Toggle, explorer

@explorer(w=Slider(-1, 1, step=1), f=Choice("a", "b"), on=Toggle(), t=Play(1), columns=("what", "value"))
def every_kind(fig):
    left, right = fig.subplots(1, 2)
    left.set(title="t", xlabel="x $z^2$")
    left.grid()
    left.axhspan(0.2, 0.3)
    dots, = left.plot([0, 1], [0, 1], "o", animated=True)
    lines = left.plot([0, 2], [0, 1], label="l", animated=True) + left.plot([0, 1], [1, 0], label="m", animated=True)
    left.legend(loc="upper left")
    image = right.imshow(np.eye(3), animated=True)
    cloud = right.scatter([0, 1], [0, 1], c=[0.0, 1.0], animated=True)
    words = fig.text(0.5, 0.5, "", bbox={"facecolor": "w"}, animated=True)
    def update(w, f, on, t):
        dots.set_data([0, w], [0, 1])
        lines[0].set(ydata=[0, w], visible=on)
        words.set_text(f"{f}{t}")
        image.set_data(np.eye(3) * w)
        return f"{w} {f} {on} {t}.", [("w", w)]
    return update

print(json.dumps({"html": every_kind.html(), "modules": sorted(sys.modules)}))
"""


def run(code, *arguments, **environment):
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    environment = {k: v for k, v in os.environ.items() if k != "EXPLORER_RECORD"} | environment
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment)


def answer(process):
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(out)


def test_two_processes_record_the_same_bytes_and_need_no_other_part_of_bplib():
    import bplib

    folder = str(next(iter(bplib.__path__)))
    runs = [run(RECORD, folder, PYTHONHASHSEED=seed, PYTHONUTF8="1") for seed in ("1", "2")]
    one, two = (answer(process) for process in runs)
    assert one["html"] == two["html"]
    assert len(one["html"]) > 10_000
    ours = {name for name in one["modules"] if name.split(".")[0] == "bplib"}
    assert ours - {"bplib"} == {n for n in ours if n.startswith("bplib.explorer")}
    assert "bplib.explorer.recording" in ours
    assert "matplotlib.pyplot" not in one["modules"]  # a book's cell may set a backend of its own
    assert "ipywidgets" not in one["modules"]
    assert "sphinx" not in one["modules"]


def test_the_core_needs_no_matplotlib():
    modules = answer(run("import json, sys, bplib; print(json.dumps(sorted(sys.modules)))"))
    assert "bplib.network" in modules
    assert not [
        name for name in modules if name.startswith(("matplotlib", "PIL", "bplib.explorer", "bplib.plots"))
    ]


# -- a question before the controls ---------------------------------------------------------------------------------

ASKED = {"at": {"k": 2}, "outcome": "It is two."}


def test_a_question_stands_in_the_place_of_the_controls():
    asked = Prediction('Is it < "3"?', "Yes & no.", "No.", **ASKED)
    page = Reader(small(lambda line, k: f"{k}", k=Slider(0, 3, step=1), predict=asked).html()).open[0]
    question = page.one("fieldset")
    assert "hidden" in page.one("div", **{"class": "explorer-controls"}).attributes
    assert question.one("legend").words() == 'Is it < "3"?'
    assert [button.words() for button in question.all("button")] == ["Yes & no.", "No.", "Skip"]
    assert json.loads(question["data-at"]) == {"small.k": 2}
    assert question["data-task"] == "Now set k to 2, and see."
    assert question["data-outcome"] == "It is two."
    assert page.one("p", role="status").words() == ""


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("", "a", "b"), ASKED, "question is ''; expected a sentence"),
        (("What?", "a", "b"), ASKED | {"outcome": None}, "outcome is None; expected a sentence"),
        (("What?", "a"), ASKED, "choices are .*; expected at least two different ones"),
        (("What?", "a", "a"), ASKED, "expected at least two different ones"),
        (("What?", "a", 1), ASKED, "expected at least two different ones"),
        (("What?", "a", "b"), ASKED | {"at": {}}, "at is {}; expected the value of at least one control"),
        (
            ("What?", "a", "b"),
            ASKED | {"at": {"n": 1}},
            "'small': at has 'n', which is no control; expected some of k",
        ),
        (("What?", "a", "b"), ASKED | {"at": {"k": 9}}, "'small': 9 is not on the slider"),
        (("What?", "a", "b"), ASKED | {"at": {"k": 0}}, "where the controls start"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        small(lambda line, k: f"{k}", k=Slider(0, 3, step=1), predict=Prediction(*arguments, **options))


def test_what_is_asked_must_be_a_prediction():
    with pytest.raises(TypeError, match="predict is 'What\\?'; expected a Prediction"):
        small(lambda line, k: f"{k}", k=Slider(0, 3, step=1), predict="What?")
    with pytest.raises(TypeError, match="predict is an option of every explorer"):
        small(lambda line, k: f"{k}", predict=Slider(0, 3, step=1))
