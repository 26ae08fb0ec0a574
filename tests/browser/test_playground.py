"""The playground: its script with this process in the worker's place, and the whole in the book."""

import re

import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from bplib import Network
from bplib._text import figure
from bplib.playground import SETTINGS, Playground
from bplib.playground.widget import HERE, apart, stylesheet

from .reader import DRAWN, look
from .test_axe import AXE, COLOURS, RULES

PAGE = "chapters/11_playground"
HTML = """
<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Playground</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><link rel="stylesheet" href="p.css">
<style>body { font: 16px/1.6 sans-serif; margin: 1rem; background: #fff }
html[data-theme=dark] body { background: #121212; color: #fff } * { transition: none !important }</style></head>
<body><main><h1>Playground</h1><div id="here"></div></main></body></html>
"""
# A model as page.js has one, but Python is asked in the test's own process.
MOUNT = """
async () => {
    const { default: playground } = await import("./playground.js");
    const heard = [];
    let turn = Promise.resolve();
    window.address = "";
    window.model = {
        on: (_, listener) => heard.push(listener),
        off() {},
        send: ({ asked, message }) => {
            turn = turn.then(async () => {
                const [reply, buffers] = await window.ask_python(message);
                const views = buffers.map((bytes) => new DataView(Uint8Array.from(bytes).buffer));
                for (const listener of heard) listener({ answered: asked, reply }, views);
            });
        },
        address: {
            read: () => window.address,
            write: (address) => { window.address = address; },
            link: (address) => `https://example.org/#playground=${address}`,
            listen: (follow) => { window.follow = follow; },
        },
    };
    playground.render({ model: window.model, el: document.getElementById("here") });
}
"""


class Reader:
    """Someone before the playground, and the Python behind it."""

    def __init__(self, visit):
        self.page, self.python, self.asked = visit.page, Playground(), []
        self.page.expose_function("ask_python", self.answer)
        self.page.evaluate(MOUNT)
        self.page.wait_for_selector(".playground[data-ready]")

    def answer(self, message):
        self.asked.append(message)
        buffers = []
        reply = apart(self.python.handle(message), buffers)
        return [reply, [list(bytes_) for bytes_ in buffers]]

    def open(self, address):
        """Go to a state, as who follows a link."""
        self.page.evaluate("(address) => { window.address = address; window.follow(); }", address)
        self.rests(Playground(address))

    def rests(self, other=None):
        """Wait until all that was asked is shown; `other` is a playground that it should agree with."""
        wanted = (other or self.python).handle({"do": "look"})
        expect(self.page.locator(".pg-sentence")).to_contain_text(wanted["sentence"], timeout=60_000)
        self.page.wait_for_function("(wanted) => window.address === wanted", arg=wanted["address"])
        return wanted

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def number(self, name):
        return self.page.locator(".pg-numbers div", has=self.page.get_by_text(name, exact=True)).locator("dd")

    def fold(self, name):
        """Open one of the parts that are folded."""
        summary = self.page.locator("summary", has_text=name)
        if not summary.evaluate("(summary) => summary.parentNode.open"):
            summary.click()

    def weights(self):
        return self.python.run.network


def script(name):
    return (HERE / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def visit(serve_files, new_visit):
    files = {"p.css": stylesheet(), "index.html": HTML, "playground.js": script("playground.js")}
    visit = new_visit(f"{serve_files(files)}/index.html", bypass_csp=True)
    yield visit
    visit.context.close()


@pytest.fixture(scope="module")
def opened(visit):
    return Reader(visit)


@pytest.fixture
def reader(opened, visit):
    visit.page.evaluate("document.documentElement.dataset.theme = 'light'")
    look(visit.page)
    opened.open("layers=")  # which has no weight that a test before this one may have touched
    opened.open("")
    opened.fold("Data and settings")
    opened.asked.clear()
    yield opened
    visit.check()


# -- setting and training ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [name for name in SETTINGS["data"].choices if name != "own"])
def test_each_data_is_chosen_and_learnt(reader, data):
    reader.page.get_by_label("Data", exact=True).select_option(data)
    reader.page.wait_for_function(f"() => window.address.includes('data={data}') || '{data}' === 'moons'")
    train = reader.button("Train")
    train.click()
    reader.page.wait_for_function(
        "() => +document.querySelector('.pg-numbers dd').textContent > 20", polling=50
    )
    reader.button("Pause").click()
    expect(train).to_be_visible()
    state = reader.rests()
    expect(reader.number("Updates")).to_have_text(str(state["updates"]))
    for name in ("Loss", "Test loss"):
        shown = reader.number(name).text_content()
        assert figure(float(shown)) == figure(state[name.lower().replace(" ", "_")])
    assert state["settings"]["data"] == data
    again = Playground(state["address"]).handle({"do": "look"})
    assert again["W"] == state["W"]


def test_every_setting_has_a_control_that_sets_it(reader):
    reader.page.get_by_label("Noise", exact=True).fill("0.2")
    reader.page.get_by_label("Noise", exact=True).press("Enter")
    reader.page.get_by_label("Optimiser", exact=True).select_option("adam")
    reader.page.get_by_label("Activation", exact=True).select_option("relu")
    reader.button("Add a layer").click()
    reader.page.get_by_label("Neurons in layer 3").select_option("2")
    expect(reader.page.locator(".pg-layer")).to_have_text(
        ["inputs", "layer 1", "layer 2", "layer 3", "output"]
    )
    state = reader.rests()
    expected = {"noise": 0.2, "optimizer": "adam", "rate": 0.01, "activation": "relu", "layers": [4, 4, 2]}
    assert {name: state["settings"][name] for name in expected} == expected
    expect(reader.page.get_by_label("Learning rate η")).to_have_value("0.01")
    labels = {row.label for row in SETTINGS.values()}
    shown = set(reader.page.locator(".pg-setting > :is(label, span)").all_text_contents())
    assert shown == labels


def test_choices_made_one_right_after_the_other_all_count(reader):
    reader.page.evaluate(
        """() => {
            const choose = (select, value) => { select.value = value; select.dispatchEvent(new Event("change")); };
            choose(document.querySelector("[id$=-data]"), "spirals");
            for (const select of document.querySelectorAll(".pg-layers select")) choose(select, 8);
            choose(document.querySelector("[id$=-optimizer]"), "adam");
        }"""
    )
    expect(reader.page.locator(".pg-options summary")).to_contain_text(
        "Spirals, 2-8-8-1, binary cross-entropy, Adam"
    )
    assert reader.page.locator(".pg-layers select").evaluate_all("(all) => all.map((s) => s.value)") == [
        "8",
        "8",
    ]


def test_what_cannot_be_set_is_told_and_put_back(reader):
    rate = reader.page.get_by_label("Learning rate η")
    rate.fill("-3")
    rate.press("Enter")
    expect(reader.page.locator(".pg-wrong").first).to_contain_text("Rate is a number")
    expect(rate).to_have_value("0.3")
    assert reader.python.run.settings["rate"] == 0.3


def test_nothing_is_read_out_while_it_trains(reader):
    before = reader.page.locator(".pg-sentence").text_content()
    reader.button("Train").click()
    reader.page.wait_for_function("() => +document.querySelector('.pg-numbers dd').textContent > 20")
    assert reader.page.locator(".pg-sentence").text_content() == before
    reader.button("Pause").click()
    expect(reader.page.locator(".pg-sentence")).to_contain_text("updates")
    assert reader.page.locator(".pg-sentence").get_attribute("role") == "status"


def test_who_wants_nothing_to_move_gets_a_hundred_updates_a_press(reader):
    reader.page.emulate_media(reduced_motion="reduce")
    reader.button("Train 100 updates").click()
    expect(reader.number("Updates")).to_have_text("100")
    assert reader.rests()["updates"] == 100
    reader.page.emulate_media(reduced_motion="no-preference")
    expect(reader.button("Train")).to_be_visible()


def test_what_a_hand_does_before_python_has_answered_is_all_done(reader):
    reader.page.evaluate(
        """() => {
            const slider = document.querySelector(".pg-hand [type=range]");
            const [, step] = document.querySelectorAll(".pg-bar button");
            const move = (w) => { slider.value = w; slider.dispatchEvent(new Event("input")); };
            step.click(), move(1), move(2), move(3), step.click(), move(4);
        }"""
    )
    reader.page.wait_for_function("window.address.includes('2:w1.1.1=4')")
    asked = [
        (message["do"], message.get("value"))
        for message in reader.asked
        if message["do"] in {"step", "weight"}
    ]
    assert asked == [("step", None), ("weight", 3), ("step", None), ("weight", 4)]


def test_train_that_is_pressed_twice_while_python_works_is_one_training(reader):
    reader.page.evaluate(
        """() => {
            const [train, step] = document.querySelectorAll(".pg-bar button");
            step.click(), train.click(), train.click();
        }"""
    )
    # What is drawn and what comes next is asked for, and no more.
    most = reader.page.evaluate(
        """() => new Promise((done) => {
            const model = window.model, send = model.send;
            let asked = 0, open = 0, most = 0;
            model.on("", () => { open--; });
            model.send = (sent) => {
                most = Math.max(most, ++open);
                if (++asked > 8) { model.send = send; done(most); }
                send(sent);
            };
        })"""
    )
    reader.button("Pause").click()
    reader.rests()
    assert most <= 2


def test_a_fault_in_one_answer_does_not_end_the_playground(reader, visit):
    reader.page.evaluate(
        """() => {
            const address = window.model.address, write = address.write;
            address.write = () => { address.write = write; throw new Error("planted"); };
        }"""
    )
    reader.button("Step").click()
    reader.button("Step").click()
    reader.rests()
    assert reader.number("Updates").text_content() == "2"
    assert [complaint for complaint in visit.complaints if "planted" not in complaint] == []
    visit.complaints.clear()


def test_a_training_that_diverges_stops_and_says_so(reader):
    reader.open("data=circles&layers=4&activation=identity&loss=quadratic&rate=0.3")
    reader.python.run.stopped = "diverged"
    reader.button("Train").click()
    expect(reader.button("Train")).to_be_visible()
    expect(reader.page.locator(".pg-sentence")).to_contain_text("The training has stopped")


def test_reset_and_new_start(reader):
    first = reader.python.handle({"do": "look"})["W"]
    reader.open("updates=50")
    reader.button("Reset").click()
    expect(reader.number("Updates")).to_have_text("0")
    assert reader.rests()["W"] == first
    reader.button("New start").click()
    reader.page.wait_for_function("() => window.address.includes('seed=2')")
    assert reader.rests()["W"] != first


# -- one weight ----------------------------------------------------------------------------------------------------


def told(state, l, j, k):
    """What the table and the list say of one weight."""
    answer = state.handle({"do": "trace", "l": l, "j": j, "k": k})
    columns = ("a_before", "z", "a", "delta", "product")
    rows = [[str(r["example"] + 1), *(figure(r[c], 3) for c in columns)] for r in answer["examples"]]
    return rows, answer["lines"]


def test_a_step_is_told_in_the_numbers_of_the_engine(reader):
    address = "loss=quadratic&rate=30&updates=100"  # the output is so sure that deltas are small
    reader.open(address)
    other = Playground(address)
    batch = other.handle({"do": "step"})["batch"]
    reader.button("Step").click()
    expect(reader.number("Updates")).to_have_text("101")
    expect(reader.page.locator(".pg-trace > p")).to_contain_text("The update that was just made, for w¹₁₁")
    rows, lines = told(other, 1, 0, 0)
    assert any("·10⁻" in row[4] for row in rows)
    cells = reader.page.locator(".pg-trace tbody tr")
    assert [row.locator("th, td").all_text_contents() for row in cells.all()] == rows
    assert reader.page.locator(".pg-trace li").all_text_contents() == lines
    expect(reader.page.locator(".pg-batch")).to_have_count(len(batch))


def test_a_line_and_a_neuron_are_touched(reader):
    # the middle of the line from x₂ to neuron 3, where no other line is near
    box = reader.page.locator(".pg-stage").bounding_box()
    places = reader.page.locator(".pg-neuron").evaluate_all(
        "(all) => all.map((c) => [c.offsetLeft + c.offsetWidth / 2, c.offsetTop + c.offsetHeight / 2])"
    )
    x, y = places[4]  # the third of layer 1
    reader.page.mouse.click(box["x"] + x, box["y"] + y)
    expect(reader.page.locator(".pg-hand label")).to_have_text("b¹₃")
    _, lines = told(Playground(), 1, 2, None)
    expect(reader.page.locator(".pg-trace li")).to_have_text(lines)
    (x0, y0), (x1, y1) = places[9], places[10]  # from the last of layer 2 to the output
    reader.page.mouse.click(box["x"] + x0 + 0.25 * (x1 - x0), box["y"] + y0 + 0.156 * (y1 - y0))
    expect(reader.page.locator(".pg-hand label")).to_have_text("w³₁₄")
    expect(reader.page.locator("path.pg-touched")).to_have_count(1)


def test_a_weight_is_changed_by_hand(reader):
    number = reader.page.get_by_label("The same as a number")
    number.fill("-1.25")
    number.press("Enter")
    reader.page.wait_for_function("() => window.address === '0:w1.1.1=-1.25'")
    assert reader.weights().W[1][0, 0] == -1.25
    slider = reader.page.get_by_role("slider", name="w¹₁₁")
    assert slider.input_value() == "-1.25"
    slider.press("ArrowRight")
    reader.page.wait_for_function("() => window.address === '0:w1.1.1=-1.24'")
    assert reader.weights().W[1][0, 0] == -1.24
    expect(number).to_have_value("-1.24")


def test_all_weights_by_the_arrow_keys(reader):
    reader.fold("All weights")
    grid = reader.page.get_by_role("grid")
    first = grid.get_by_role("gridcell").first
    expect(grid.get_by_role("gridcell")).to_have_count(12)
    assert grid.get_by_role("gridcell").all_text_contents() == [
        figure(v, 3)
        for row, b in zip(reader.weights().W[1], reader.weights().b[1], strict=True)
        for v in (*row, *b)
    ]
    first.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
        reader.page.keyboard.press(key)
    focused = reader.page.evaluate("document.activeElement.place")
    assert focused == {"l": 1, "i": 2, "k": 0}
    expect(reader.page.locator(".pg-hand label")).to_have_text("b¹₂")
    expect(grid.locator("[aria-selected=true]")).to_have_count(1)
    expect(grid.locator("[tabindex='0']")).to_have_count(1)
    reader.page.get_by_label("Layer", exact=True).select_option("3")
    expect(reader.page.get_by_role("grid").get_by_role("gridcell")).to_have_count(5)


# -- points of one's own -------------------------------------------------------------------------------------------


def test_points_are_placed_and_taken_away(reader):
    reader.fold("Points of your own")
    look(reader.page, 390)
    reader.button("Take your own points").click()
    expect(reader.page.locator(".pg-sentence")).to_contain_text("There are no points yet")
    plane = reader.page.locator(".pg-plane")
    expect(plane).to_be_focused()
    # the choice of the class and the place of the point are in one view
    assert 0 <= reader.page.get_by_label("class 0").bounding_box()["y"] < plane.bounding_box()["y"] < 500
    box = plane.bounding_box()
    at = [(0.25, 0.25), (0.75, 0.25), (0.5, 0.75)]
    for n, (x, y) in enumerate(at):
        reader.page.get_by_label(f"class {n}").check()
        plane.click(position={"x": x * box["width"], "y": y * box["height"]})
        expect(reader.page.locator(".pg-dots .pg-train")).to_have_count(n + 1)
    wanted = [(-0.75, 0.75, 0), (0.75, 0.75, 1), (0, -0.75, 2)]
    assert np.allclose(reader.python.points, wanted, atol=0.02)
    assert reader.rests()["sizes"] == [2, 4, 4, 3]
    plane.click(position={"x": 0.75 * box["width"], "y": 0.25 * box["height"]})
    expect(reader.page.locator(".pg-dots .pg-train")).to_have_count(2)
    assert [label for _, _, label in reader.python.points] == [0, 2]


def test_points_by_the_keyboard(reader):
    reader.open("data=own")
    plane = reader.page.get_by_role("application")
    plane.focus()
    reader.page.keyboard.press("0")
    expect(reader.page.get_by_label("class 0")).to_be_checked()
    expect(reader.page.locator(".pg-unseen")).to_have_text("class 0")
    for _ in range(5):
        reader.page.keyboard.press("ArrowRight")
    reader.page.keyboard.press("ArrowUp")
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator(".pg-dots .pg-train")).to_have_count(1)
    assert np.allclose(reader.python.points, [(0.3, 0.06, 0)])
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator(".pg-dots .pg-train")).to_have_count(0)
    assert reader.python.points == []


def test_a_click_on_the_books_points_changes_nothing(reader):
    reader.page.locator(".pg-plane").click()
    assert not [message for message in reader.asked if message["do"] == "points"]


def test_a_pasted_table_and_what_is_wrong_with_it(reader):
    reader.fold("Points of your own")
    field = reader.page.get_by_label("Or paste a table")
    text = f"a {'long ' * 20}name,<b>&b,kind\n0.5,150,red\n-0.5,x,blue\n"
    field.fill(text)
    reader.button("Use these rows").click()
    error = reader.page.locator(".pg-wrong").last
    expect(error).to_have_text(Playground().handle({"do": "csv", "text": text})["error"])
    assert "ine 3" in error.text_content()
    assert error.get_attribute("id") == field.get_attribute("aria-describedby")
    expect(field).to_have_value(text)
    width = reader.page.locator(".pg-plane").bounding_box()["width"]
    field.fill(text.replace("x", "190"))
    reader.button("Use these rows").click()
    expect(reader.page.get_by_label("class blue")).to_be_visible()
    expect(error).to_be_hidden()
    assert reader.python.points == [(0.5, -1, 0), (-0.5, 1, 1)]
    # the axes have the names and units of the table, whose second column was scaled
    x, y = (reader.page.locator(f".pg-{axis} span") for axis in "xy")
    assert x.all_text_contents() == ["−1.5", "a long long long long long long long lo…", "1.5"]
    assert y.all_text_contents() == ["200", "<b>&b", "140"]
    expect(reader.page.locator(".pg-out .pg-key")).to_contain_text("<b>&b scaled to −1 to 1")
    assert abs(reader.page.locator(".pg-plane").bounding_box()["width"] - width) < 16
    expect(reader.page.locator(".pg-trace > p")).to_contain_text("for w¹₁₁, from a long")
    reader.fold("All weights")
    expect(reader.page.get_by_role("columnheader", name="<b>&b")).to_be_visible()


# -- what Python says ----------------------------------------------------------------------------------------------


def test_the_gradient_is_checked(reader):
    reader.button("Check the gradient").click()
    said = reader.page.locator(".pg-check [role=status]")
    expect(said).to_contain_text("the gradient is right")
    expect(said).to_have_text(Playground().handle({"do": "check"})["sentence"])


def test_the_program_makes_the_same_weights(reader):
    reader.open("data=circles&layers=3&updates=40&20:rate=1")
    reader.fold("As code")
    program = reader.page.get_by_role("region", name="The program")
    expect(program).to_contain_text("circles(")
    names = {}
    exec(program.text_content().replace("print(", "str("), names)
    assert isinstance(names["network"], Network)
    assert np.array_equal(names["network"].W[1], reader.weights().W[1])


def test_a_link_holds_the_state(reader, visit):
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.open("layers=2&updates=20")
    number = reader.page.get_by_label("The same as a number")
    number.fill("0.5")
    number.press("Enter")
    reader.page.wait_for_function("() => window.address.includes('20:w1.1.1=0.5')")
    reader.button("Copy link").click()
    expect(reader.page.locator(".pg-shared")).to_have_text("Copied")
    link = reader.page.evaluate("navigator.clipboard.readText()")
    copied = Playground(link.split("#playground=")[1])
    assert copied.handle({"do": "look"})["W"] == reader.python.handle({"do": "look"})["W"]


def test_a_chapters_link_moves_the_playground_of_a_notebook(reader):
    page = reader.page
    page.evaluate(
        """async () => {
            const { default: playground } = await import("./playground.js");
            const { address, ...model } = window.model; // in a notebook there is none
            const el = document.body.appendChild(Object.assign(document.createElement("div"), { id: "second" }));
            window.stop = playground.render({ model, el });
            document.body.insertAdjacentHTML("beforeend", '<a href="#playground=layers=2%2C2&updates=7">a state</a>');
        }"""
    )
    page.wait_for_selector("#second .playground[data-ready]")
    page.get_by_role("link", name="a state").click()
    expect(page.locator("#second .pg-numbers dd").first).to_have_text("7")
    expect(page.locator("#second .pg-main")).to_be_focused()
    assert reader.weights().sizes == (2, 2, 2, 1)
    assert "#" not in page.url
    page.evaluate(
        "window.stop(); document.querySelector('#second').remove(); document.querySelector('a').remove()"
    )


def test_pictures_are_what_python_sent(reader):
    reader.open("updates=200")
    size, layers = 40, reader.python.handle({"do": "look", "also": ["sees"]})["sees"]["layers"]
    seen = np.frombuffer(layers[2], np.uint8).reshape(-1, size * size)[1].astype(int)
    drawn = (
        reader.page.locator(".pg-neuron")
        .nth(2 + 4 + 1)
        .evaluate("(c) => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")
    )
    red, _, blue, alpha = np.array(drawn).reshape(-1, 4).T
    clear = np.abs(seen - 127.5) > 40
    assert clear.any()
    assert ((blue > red) == (seen > 127.5))[clear].all()
    assert np.abs(alpha - np.abs(2 * seen - 256))[clear].max() < 4


# -- what it is to look at and to use ------------------------------------------------------------------------------


def test_axe_finds_nothing(reader):
    page = reader.page
    reader.open("updates=30")
    page.evaluate(AXE_SCRIPT)
    for name in ("Data and settings", "All weights", "Points of your own", "As code"):
        reader.fold(name)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(DRAWN)
        assert page.evaluate(AXE, [RULES, "html"]) == [], width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for theme in ("dark", "light"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        assert page.evaluate(AXE, [COLOURS, "html"]) == [], theme


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("address", ["layers=8,8,8,8", "data=digits&layers=32,32", "layers="])
def test_nothing_overlaps(reader, width, address):
    page = reader.page
    page.set_viewport_size({"width": width, "height": 900})
    reader.open(address)
    page.wait_for_timeout(100)
    boxes = page.locator(
        ".pg-neuron, .pg-layer, .pg-hint, .pg-hand, .pg-plane, .pg-sheet:not([hidden]), .pg-key, .pg-curve"
    ).evaluate_all(
        "(all) => all.filter((e) => e.offsetWidth || e.clientWidth).map((e) => { const r = e.getBoundingClientRect();"
        " return [e.className.baseVal ?? e.className, r.left, r.top, r.right, r.bottom]; })"
    )
    for n, (name, left, top, right, bottom) in enumerate(boxes):
        assert 0 <= left < right <= width, name
        for other, l, t, r, b in boxes[:n]:
            apart = min(right, r) - max(left, l) < 1 or min(bottom, b) - max(top, t) < 1
            assert apart, (name, other)


def test_a_thumb_hits_every_control(reader):
    sizes = reader.page.locator(".playground :is(button, select, input, summary):visible").evaluate_all(
        "(all) => all.map((e) => [e.textContent || e.id, e.getBoundingClientRect().height])"
    )
    assert len(sizes) > 15
    assert all(height >= 24 for _, height in sizes if height), sizes
    assert "@media (pointer: coarse)" in stylesheet()


# -- its places in a page ------------------------------------------------------------------------------------------

# In the place of assets/python/page.js: each worker has playgrounds of its own.
WORKER = """
const listeners = new Set();
let worker = 0;
export const python = window.python = {
    run: async () => true,
    listen: (listener) => listeners.add(listener),
    call: async (_, id, message) => {
        const [reply, buffers] = await window.ask_worker(`${worker} ${id}`, message);
        const filled = (_, part) => (part?.buffer >= 0 ? Uint8Array.from(buffers[part.buffer]) : part);
        return JSON.parse(JSON.stringify(reply), filled);
    },
    stop() { worker++; for (const listener of listeners) listener({ told: "stopped" }); },
};
"""
PLACES = """
<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Places</title>
<link rel="icon" href="data:,">
</head><body><div class="playground-place" data-address="layers=2"></div>
<div class="playground-place" data-address="layers=3"></div><script src="playground/page.js"></script></body></html>
"""


@pytest.fixture(scope="module")
def places(serve_files, new_visit):
    """A page with two places, opened with a link that is no good."""
    scripts = {f"playground/{name}": script(name) for name in ("page.js", "playground.js")}
    address = serve_files({"index.html": PLACES, "python/page.js": WORKER} | scripts)
    visit = new_visit(f"{address}/index.html#playground=updates=1&classes=100%")
    visit.playgrounds = {}

    def answer(id, message):
        buffers = []
        reply = visit.playgrounds.setdefault(id, Playground()).handle(message)
        return [apart(reply, buffers), [list(bytes_) for bytes_ in buffers]]

    visit.page.expose_function("ask_worker", answer)
    yield visit
    visit.context.close()


def test_each_place_is_where_it_was_when_python_has_been_stopped(places):
    page = places.page
    page.get_by_role("button", name="Start the playground").first.click()
    expect(page.locator(".playground[data-ready]")).to_have_count(2)
    first, second = (
        place.locator(".pg-numbers dd").first for place in page.locator(".playground-place").all()
    )
    expect(first).to_have_text("1")  # what could be read of the link
    for place, times in ((0, 1), (1, 2)):
        for _ in range(times):
            page.get_by_role("button", name="Step", exact=True).nth(place).click()
    expect(first).to_have_text("2")
    expect(second).to_have_text("2")
    page.evaluate("window.python.stop()")
    for place in (0, 1):
        page.get_by_role("button", name="Step", exact=True).nth(place).click()
    expect(first).to_have_text("3")
    expect(second).to_have_text("3")
    assert [len(play.run.network.W[1]) for play in places.playgrounds.values()] == [4, 3, 4, 3]
    places.check()


def test_a_place_that_is_taken_away_trains_no_longer_and_comes_back_as_it_was(places):
    page = places.page
    page.get_by_role("button", name="Train", exact=True).nth(1).click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.evaluate("(window.place = document.querySelectorAll('.playground-place')[1]).remove()")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('div'), { className: 'playground-place' }))"
    )
    expect(page.locator(".playground[data-ready]")).to_have_count(2)
    assert len({place.get_attribute("id") for place in page.locator(".playground-place").all()}) == 2
    assert page.evaluate("window.place.id") not in {
        place.get_attribute("id") for place in page.locator(".playground-place").all()
    }
    gone = places.playgrounds["1 playground-2"]
    before = gone.run.updates
    page.evaluate(DRAWN)
    page.evaluate(DRAWN)
    assert gone.run.updates == before
    page.evaluate("document.body.append(window.place)")
    expect(page.locator(".playground[data-ready]")).to_have_count(3)
    expect(page.locator(".pg-numbers dd").nth(12)).to_have_text("3")
    places.check()


# -- in the book ---------------------------------------------------------------------------------------------------


def test_without_python_the_tour_is_there(open_page):
    page = open_page(PAGE, origin="file").page
    tour = page.locator("figure#tour")
    tour.scroll_into_view_if_needed()
    page.wait_for_selector("figure#tour[data-ready]", state="attached")
    sentences = set()
    for _ in range(12):
        sentences.add(tour.locator("figcaption").text_content())
        tour.locator("input").press("ArrowRight")
        page.evaluate(DRAWN)
    assert len(sentences) == 12


def test_python_in_the_page_trains_and_an_address_brings_it_back(open_page, with_python):
    visit = open_page(PAGE, origin="python")
    page = visit.page
    page.set_default_timeout(120_000)
    assert not [address for address in visit.requests if "wasm" in address]  # nothing before it is wanted
    page.get_by_role("button", name="Start the playground").press("Enter")
    page.wait_for_selector(".playground[data-ready]")
    # With the keyboard as with the eyes the reader is where it can be trained, and sees what that moves.
    expect(page.locator(".pg-main")).to_be_focused()
    assert page.locator(".pg-field").bounding_box()["y"] < 500
    page.locator(".pg-main").click()
    page.wait_for_function("() => +document.querySelector('.pg-numbers dd').textContent > 200")
    page.locator(".pg-main").click()
    sentence = page.locator(".pg-sentence")
    expect(sentence).to_contain_text("passes")
    page.wait_for_function("() => location.hash.includes('updates=')")
    said, address = sentence.text_content(), page.evaluate("decodeURIComponent(location.hash.slice(12))")
    # exp and tanh of the page's Python differ in the last bit from those of this one
    here = Playground(address).handle({"do": "look"})
    shown = float(re.search(r"loss is ([\d.]+)", said)[1])
    assert np.isclose(shown, here["loss"], rtol=0.02)
    page.reload()
    page.get_by_role("button", name="Start the playground").click()
    page.wait_for_selector(".playground[data-ready]")
    expect(sentence).to_have_text(said)
    look(page, 390)
    assert page.locator(".pg-scroll").evaluate(
        "(e) => e.scrollWidth <= e.clientWidth"
    )  # the numbers of an update
    look(page)
    page.locator(".python-start").click()
    expect(page.locator(".python-state")).to_have_text(re.compile("^Python is ready"))  # it runs already
    page.get_by_role("link", name="Forty scattered points").click()
    expect(page.locator(".pg-options summary")).to_contain_text("2-8-8-1")
    expect(page.locator(".pg-numbers dd").first).to_have_text("0")
