"""explorer.js on a page of its own, with every kind of control: needs no build of the book."""

from collections import Counter

import pytest
from playwright.sync_api import expect

from bplib.explorer import Choice, Explorer, Play, Slider, Toggle, palette
from bplib.explorer.sphinx_ext import frames_apart

from . import book
from .reader import ExplorerPage, number_in, place_of

CONTROLS = {
    "w": Slider(-1, 1, step=0.5, value=0.5, unit="V", label="weight"),
    "rate": Slider(1e-6, 1e-3, steps=1, log=True),
    "f": Choice("tanh", "a < b & c", value="a < b & c"),
    "on": Toggle(True, label="show it"),
    "step": Play(5, value=1, unit="steps", interval=60),
}


def every_kind(fig):
    """Every kind of control."""
    ax = fig.subplots()
    ax.set(xlim=(0, 3), ylim=(-4, 4))
    # Painted in another order than they were made in.
    words = ax.text(1, 3, "", zorder=5, animated=True)
    (line,) = ax.plot([0, 3], [0, 0], color=palette.ORANGE, zorder=4, animated=True)
    dots = [ax.plot([k], [0], "o", zorder=3 - k, animated=True)[0] for k in range(3)]

    def update(w, rate, f, on, step):
        line.set_ydata([0, w * (step + 1)])
        for k, dot in enumerate(dots):
            dot.set_data([k], [w * k])
        dots[0].set_visible(on)
        words.set_text(f"{f} {rate} {step}")
        return f"With {f}, w = {w} and rate = {rate} it is {on}: <b>{w * step}</b>.", [
            ("w", w),
            (f, w * step),
        ]

    return update


def resting(fig):
    """A picture that rests."""
    fig.subplots().plot([0, 1], [0, 1])
    return lambda: "A line."


@pytest.fixture(scope="module")
def made():
    names, Explorer._names = Explorer._names, Counter()
    fewer = CONTROLS | {"w": Slider(0.5, 1, step=0.5), "step": Play(1, value=1)}
    explorers = [Explorer(every_kind, c, columns=("what", "value")) for c in (CONTROLS, fewer)]
    explorers.append(Explorer(resting, {}))
    Explorer._names = names
    return explorers


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("script")


@pytest.fixture(scope="module")
def htmls(made, folder):
    found = []
    for explorer in made:
        html, scripts = frames_apart(explorer.html(), lambda name: name)
        found.append(html)
        for name, script in scripts.items():
            folder.joinpath(name).write_text(script, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def address(htmls, folder, serve_explorers):
    first, second, rest = htmls
    space = '<div style="height: 2000px"></div>'
    return serve_explorers(f"{rest}{space}{first}{second}{space}", {}, folder)


@pytest.fixture
def visit(open_url, address):
    return open_url(address)


@pytest.fixture(scope="module")
def recorded(htmls, folder):
    return [book.read_explorers(html, folder)[0] for html in htmls[:2]]


@pytest.fixture
def explorer(visit, recorded):
    return ExplorerPage(visit, recorded[0])


def frames_asked_for(page):
    return page.evaluate("""() => performance.getEntriesByType("resource").map((r) => r.name)
        .filter((name) => /every-kind.*js/.test(name)).map((name) => name.split("/").at(-1).split("?")[0])""")


def test_nothing_is_loaded_before_it_comes_into_view(visit):
    page = visit.page
    page.wait_for_timeout(100)
    assert page.locator("figure[data-ready]").count() == 0
    assert frames_asked_for(page) == []
    page.locator('figure[id="every-kind"]').scroll_into_view_if_needed()
    page.wait_for_selector('figure[id="every-kind"][data-ready]')
    assert "every-kind.js" in frames_asked_for(page)


def test_a_control_moved_before_the_frames_came(open_url, address, made, recorded):
    visit = open_url(address)
    waiting = []
    visit.context.route("**/every-kind.js*", lambda route: waiting.append(route))
    figure = visit.page.locator('figure[id="every-kind"]')
    figure.scroll_into_view_if_needed()
    figure.get_by_role("slider", name="weight").press("End")
    visit.page.wait_for_timeout(100)
    assert figure.locator("figcaption").text_content() == made[0].at().sentence
    waiting[0].continue_()
    visit.page.wait_for_selector('figure[id="every-kind"][data-ready]')
    assert ExplorerPage(visit, recorded[0]).sentence() == made[0].at(w=1).sentence


def test_frames_are_loaded_shortly_before_they_come_into_view(visit):
    page = visit.page
    above = "(f, below) => scrollTo(0, f.getBoundingClientRect().top + scrollY - innerHeight - below)"
    for below, asked_for in ((350, []), (250, ["every-kind.js"])):
        page.locator('figure[id="every-kind"]').evaluate(above, below)
        page.wait_for_timeout(300)
        assert frames_asked_for(page) == asked_for


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "",
        '(window.explorerFrames ??= {})["every-kind"] = [[["<path d',
        "<!doctype html><title>Sign in</title>",
    ],
    ids=["no file", "an empty file", "a file cut off", "a page in its place"],
)
def test_frames_that_cannot_be_loaded_are_told_of(open_url, address, made, answer):
    visit = open_url(address)
    waiting = []
    visit.context.route("**/every-kind.js*", lambda route: waiting.append(route))
    figure = visit.page.locator('figure[id="every-kind"]')
    figure.scroll_into_view_if_needed()
    weight = figure.get_by_role("slider", name="weight")
    weight.press("End")
    visit.page.wait_for_timeout(100)
    waiting[0].abort() if answer is None else waiting[0].fulfill(body=answer, content_type="text/javascript")
    alert = figure.get_by_role("alert")
    alert.wait_for()
    assert alert.count() == 1
    assert "could not be loaded" in alert.text_content()
    assert figure.get_attribute("data-ready") is None
    # What the controls say is what the picture shows, and stays so.
    assert figure.locator("figcaption").text_content() == made[0].at().sentence
    assert weight.get_attribute("aria-valuetext") == "0.5 V"
    assert weight.input_value() == "3"
    for control in figure.locator(".explorer-control :is(input, select, button)").all():
        assert control.is_disabled()
    assert visit.complaints or answer == ""
    visit.complaints.clear()  # the browser's own words on it


def test_becoming_ready_changes_nothing_that_is_shown(visit):
    # A sentence written anew, even with the same words, is read out to those who listen to the page.
    page = visit.page
    page.evaluate("""() => {
        window.changes = [];
        const watch = new MutationObserver((all) => changes.push(...all.map((m) => m.target.outerHTML.slice(0, 60))));
        for (const place of document.querySelectorAll("figcaption, [data-slot], tbody"))
            watch.observe(place, { childList: true, subtree: true, characterData: true });
    }""")
    page.locator('figure[id="every-kind"]').scroll_into_view_if_needed()
    page.wait_for_selector('figure[id="every-kind"][data-ready]')
    page.wait_for_timeout(50)
    assert page.evaluate("window.changes") == []


def test_every_position_shows_what_the_code_says(explorer, made):
    recorded = explorer.recorded
    assert recorded.n_states == 5 * 2 * 2 * 2 * 6
    frames, defs = book.at_states(made[0], recorded, 100)
    assert len(frames) >= 100
    shown = explorer.shown_at(frames)
    assert [seen["sentence"] for seen in shown] == [frame.sentence for frame in frames.values()]
    assert [seen["rows"] for seen in shown] == [frame.rows for frame in frames.values()]
    drawn = explorer.resolved((frame.moving for frame in frames.values()), defs)
    assert explorer.resolved(seen["moving"] for seen in shown) == drawn
    assert explorer.figure.locator("figcaption *").count() == 0  # <b> is said, not obeyed


def test_controls_are_set_by_their_values(explorer, made):
    explorer.set(w=-0.5, rate=0.001, f="tanh", on=False, step=4)
    frame = made[0].at(w=-0.5, rate=0.001, f="tanh", on=False, step=4)
    assert explorer.sentence() == frame.sentence
    assert explorer.rows() == frame.rows == [["w", "−0.5"], ["tanh", "−2"]]
    assert explorer.resolved([explorer.moving()]) == explorer.resolved([frame.moving])


def test_the_reader_of_texts():
    texts = ("−1.0 V", "0.0 V", "1.0 V")
    assert [place_of(texts, v) for v in (-1, 0, 1.0, "0.0 V")] == [0, 1, 2, 1]
    assert [number_in(t) for t in ("10⁻⁶", "3.16·10⁻⁵ s", "10⁹", "−12", "0.0001", "tanh")] == [
        1e-6,
        3.16e-5,
        1e9,
        -12,
        0.0001,
        None,
    ]
    with pytest.raises(AssertionError, match=r"0\.5 is none of"):
        place_of(texts, 0.5)


def test_controls_have_names_and_say_their_values(explorer):
    figure = explorer.figure
    weight = figure.get_by_role("slider", name="weight")
    assert weight.get_attribute("aria-valuetext") == "0.5 V"
    for key, text in (
        ("ArrowRight", "1.0 V"),
        ("ArrowRight", "1.0 V"),
        ("Home", "−1.0 V"),
        ("ArrowUp", "−0.5 V"),
    ):
        weight.press(key)
        assert weight.get_attribute("aria-valuetext") == text
        assert weight.locator("xpath=..").locator(".explorer-value").text_content() == text
        assert f"w = {number_in(text)} " in explorer.sentence()
    assert figure.get_by_role("button", name="Play step", exact=True).count() == 1
    box = figure.get_by_role("checkbox", name="show it")
    box.press("Space")
    assert "it is False" in explorer.sentence()
    choice = figure.get_by_role("combobox", name="f")
    choice.focus()
    explorer.page.keyboard.press("ArrowUp")
    assert "With tanh" in explorer.sentence()
    assert figure.get_by_role("slider", name="rate").get_attribute("aria-valuetext") == "10⁻⁶"


def test_two_of_one_name_do_not_disturb_each_other(visit, recorded, made):
    first, second = (ExplorerPage(visit, r) for r in recorded)
    start = second.shown()
    first.set(w=-1, f="tanh")
    assert second.shown() == start
    second.set(w=1)
    assert first.sentence() == made[0].at(w=-1, f="tanh").sentence
    assert second.sentence() == made[0].at(w=1).sentence


def test_many_events_make_one_picture(explorer):
    changes = explorer.figure.evaluate("""(figure) => new Promise((done) => {
        let changes = 0;
        const caption = figure.querySelector("figcaption");
        new MutationObserver((all) => { changes += all.length; }).observe(caption, { childList: true });
        const slider = figure.querySelector("input");
        for (let i = 0; i < 50; i++) {
            slider.value = i % 5;
            slider.dispatchEvent(new Event("input"));
        }
        setTimeout(() => done(changes), 100);
    })""")
    assert changes == 1
    assert "w = 1.0 " in explorer.sentence()


def test_what_does_not_change_is_left_alone(explorer):
    explorer.set(w=0)
    explorer.figure.evaluate("""(figure) => {
        for (const slot of figure.querySelectorAll("[data-slot]")) slot.firstElementChild?.setAttribute("data-old", "");
    }""")
    explorer.set(step=4)  # at w = 0 the line stays; the words change
    kept = [piece.count("data-old") for piece in explorer.moving()]
    assert kept.count(0) == 1
    assert "steps" not in explorer.moving()[kept.index(0)]


def play(explorer):
    button = explorer.figure.locator("button[data-interval]")
    slider = explorer.figure.get_by_role("slider", name="step")
    return button, slider, explorer.figure.locator("figcaption")


def wait_until_it_stops(explorer, button):
    button.evaluate(
        "async (b) => { while (b.textContent !== 'Play') await new Promise((r) => setTimeout(r, 5)); }"
    )


def test_play_runs_to_the_end(explorer, made):
    button, slider, caption = play(explorer)
    assert caption.get_attribute("aria-live") == "polite"
    explorer.figure.evaluate("""(figure) => {
        window.seen = [];
        const slider = figure.querySelector(`[id="every-kind.step"]`);
        const note = () => { if (seen.at(-1) !== slider.value) seen.push(slider.value); };
        const id = setInterval(() => { note(); if (slider.value === slider.max) clearInterval(id); }, 5);
    }""")
    button.click()
    assert button.text_content() == "Pause"
    assert caption.get_attribute("aria-live") == "off"
    wait_until_it_stops(explorer, button)
    assert slider.input_value() == "5"
    assert explorer.page.evaluate("seen") == ["1", "2", "3", "4", "5"]
    assert slider.get_attribute("aria-valuetext") == "5 steps"
    assert caption.get_attribute("aria-live") == "polite"
    assert explorer.sentence() == made[0].at(step=5).sentence
    explorer.page.wait_for_timeout(100)
    assert slider.input_value() == "5"
    # At the end, it starts over.
    button.click()
    assert int(slider.input_value()) < 5
    assert button.text_content() == "Pause"
    wait_until_it_stops(explorer, button)
    assert slider.input_value() == "5"


def test_where_play_stops_is_told(explorer):
    # The sentence is written once more after aria-live is back, else nobody would hear it.
    button, _, _ = play(explorer)
    explorer.figure.evaluate("""(figure) => {
        window.told = 0;
        const caption = figure.querySelector("figcaption");
        const count = () => { if (caption.ariaLive === "polite") told += 1; };
        new MutationObserver(count).observe(caption, { childList: true });
    }""")
    button.click()
    wait_until_it_stops(explorer, button)
    explorer.page.wait_for_timeout(50)
    assert explorer.page.evaluate("told") == 1


@pytest.mark.parametrize("how", ["the button", "a key on the slider", "a finger on the slider"])
def test_play_is_stopped(explorer, made, how):
    button, slider, caption = play(explorer)
    explorer.set(step=0)
    button.evaluate(
        "(button) => { button.dataset.interval = 600; }"
    )  # a slow machine needs time to press it again
    button.click()
    if how == "the button":
        button.click()
    elif how == "a key on the slider":
        slider.press("Home")
    else:
        slider.click(position={"x": 2, "y": 8})
    assert button.text_content() == "Play"
    assert caption.get_attribute("aria-live") == "polite"
    stopped = slider.input_value()
    explorer.page.wait_for_timeout(800)
    assert slider.input_value() == stopped
    assert int(stopped) < 5
    assert explorer.sentence() == made[0].at(step=int(stopped)).sentence


def test_a_double_click_plays(explorer):
    button, slider, _ = play(explorer)
    button.evaluate("(button) => { button.dataset.interval = 600; }")
    button.dblclick()
    assert button.text_content() == "Pause"
    button.dblclick()
    assert button.text_content() == "Play"
    explorer.page.emulate_media(reduced_motion="reduce")
    button.get_by_text("Next").wait_for()
    explorer.set(step=0)
    button.dblclick()
    assert slider.input_value() == "2"


@pytest.mark.parametrize("end", ["f=tanh", "step=5+steps"])
def test_a_link_stops_what_plays(explorer, made, end):
    button, slider, caption = play(explorer)
    button.click()
    explorer.page.evaluate(f"location.hash = '#explorer=every-kind&{end}'")
    explorer.page.wait_for_timeout(50)
    assert button.text_content() == "Play"
    assert caption.get_attribute("aria-live") == "polite"
    stopped = slider.input_value()
    explorer.page.wait_for_timeout(200)
    assert slider.input_value() == stopped
    place = {"step": int(stopped), **({"f": "tanh"} if "tanh" in end else {})}
    assert explorer.sentence() == made[0].at(**place).sentence


def test_what_a_screen_reader_moves_stops_what_plays(explorer):
    # It sets a slider with no key and no finger: all that the page hears is the input.
    button, slider, _ = play(explorer)
    button.click()
    slider.fill("0")
    assert button.text_content() == "Play"


def test_after_a_reload_controls_and_picture_agree(visit, recorded):
    explorer = ExplorerPage(visit, recorded[0])
    explorer.set(w=-1, on=False, f="tanh")
    visit.page.reload()
    visit.page.wait_for_selector('figure[id="every-kind"][data-ready]')
    seen = visit.page.locator('figure[id="every-kind"]').evaluate("""(figure) => new Promise((done) =>
        requestAnimationFrame(() => done([
            [...figure.querySelectorAll("input, select")].map((i) => i.type === "checkbox" ? +i.checked
                : i.options ? i.selectedIndex : +i.value),
            figure.querySelector("figcaption").textContent,
        ])))""")
    places, sentence = seen
    assert sentence == explorer.recorded.sentence(explorer.recorded.state(places))


LINK = "Copy link to this position"


@pytest.mark.parametrize("clipboard", [True, False])
def test_a_position_has_an_address(open_url, address, recorded, made, clipboard):
    visit = open_url(address, **({"permissions": ["clipboard-read", "clipboard-write"]} if clipboard else {}))
    if not clipboard:  # as on a page that came over plain HTTP
        visit.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    explorer = ExplorerPage(visit, recorded[0])
    place = {"w": -0.5, "rate": 0.001, "f": "a < b & c", "on": False, "step": 4}
    explorer.set(**place)
    explorer.figure.get_by_role("button", name=LINK).press("Enter")
    said = explorer.figure.get_by_role("status")
    said.get_by_text("Copied" if clipboard else "It is in the address bar").wait_for()
    link = visit.page.url
    assert "#explorer=every-kind&w=-0.5+V&" in link
    if clipboard:
        assert visit.page.evaluate("navigator.clipboard.readText()") == link
    expect(said).to_have_text("")

    other = open_url(link)
    other.page.wait_for_selector('figure[id="every-kind"][data-ready]')
    assert other.page.evaluate("document.activeElement.id") == "every-kind"
    assert other.page.locator('figure[id="every-kind"] svg').bounding_box()["y"] >= 0
    opened = ExplorerPage(other, recorded[0])
    assert opened.shown() == explorer.shown()
    assert opened.sentence() == made[0].at(**place).sentence


def test_a_link_within_the_page_moves_the_explorer(explorer, made):
    explorer.page.evaluate("location.hash = '#explorer=every-kind&f=tanh&step=3+steps'")
    explorer.page.wait_for_timeout(50)
    assert explorer.sentence() == made[0].at(f="tanh", step=3).sentence


def test_the_same_link_moves_the_explorer_again(explorer, made):
    page = explorer.page
    page.evaluate("""() => {
        const link = document.createElement("a");
        link.href = "#explorer=every-kind&f=tanh";
        link.innerHTML = "<em>back to tanh</em>";
        document.body.prepend(link);
    }""")
    for _ in range(2):
        explorer.set(f="a < b & c")
        page.get_by_text("back to tanh").click()
        page.wait_for_timeout(50)
        assert explorer.sentence() == made[0].at(f="tanh").sentence
        assert page.evaluate("document.activeElement.id") == "every-kind"


def test_back_from_a_link_is_back_at_the_start(explorer, made):
    page = explorer.page
    start = explorer.shown()
    page.evaluate("location.hash = '#explorer=every-kind&f=tanh&step=3+steps'")
    page.wait_for_timeout(50)
    page.evaluate("location.hash = '#explorer=every-kind&step=4+steps'")
    page.wait_for_timeout(50)
    page.go_back()
    page.wait_for_timeout(50)
    assert explorer.sentence() == made[0].at(f="tanh", step=3).sentence
    page.go_back()
    page.wait_for_timeout(50)
    assert explorer.shown() == start
    # What no link has moved stays: another fragment, and back from it, is nothing to an explorer.
    explorer.set(step=2)
    page.evaluate("location.hash = '#a-heading'")
    page.go_back()
    page.wait_for_timeout(50)
    assert explorer.sentence() == made[0].at(step=2).sentence


@pytest.mark.parametrize(
    "end",
    ["#explorer=none", "#explorer=every-kind&w=7&nonsense", "#explorer", "#w=1", "#explorer=every-kind.w"],
)
def test_an_address_that_says_nonsense_changes_nothing(open_url, address, recorded, made, end):
    explorer = ExplorerPage(open_url(address + end), recorded[0])
    assert explorer.sentence() == made[0].at().sentence


def test_without_motion_play_goes_one_step_at_a_press(open_url, address, recorded, made):
    visit = open_url(address, reduced_motion="reduce")
    explorer = ExplorerPage(visit, recorded[0])
    button, slider, caption = play(explorer)
    for step in (2, 3, 4, 5, 0, 1):
        assert button.text_content() == "Next"
        button.click()
        assert slider.input_value() == str(step)
        assert explorer.sentence() == made[0].at(step=step).sentence
        assert caption.get_attribute("aria-live") == "polite"
    visit.page.wait_for_timeout(150)
    assert slider.input_value() == "1"
    visit.page.emulate_media(reduced_motion="no-preference")
    button.get_by_text("Play").wait_for()
    button.click()
    visit.page.emulate_media(reduced_motion="reduce")
    button.get_by_text("Next").wait_for()
    stopped = slider.input_value()
    visit.page.wait_for_timeout(150)
    assert slider.input_value() == stopped


def test_a_frame_of_its_own_holds_all_it_needs(open_url, folder, made):
    # as in marimo, or saved
    frame = folder.joinpath("frame.html")
    made[1].save(frame)
    visit = open_url(frame.as_uri())
    figure = visit.page.locator("figure[data-ready]")
    figure.get_by_role("slider", name="w").press("End")
    expect(figure.locator("figcaption")).to_have_text(made[1].at(w=1).sentence)
    assert not figure.get_by_role("button", name=LINK).is_visible()
    assert [request for request in visit.requests if not request.startswith("data:")] == [frame.as_uri()]


def test_a_picture_that_rests_is_left_alone(visit, made):
    figure = visit.page.locator('figure[id="resting"]')
    assert figure.locator("figcaption").text_content() == "A line."
    assert figure.locator("svg").is_visible()
    assert figure.get_attribute("data-ready") is None


@pytest.mark.parametrize("how", ["no script", "paper"])
def test_controls_are_shown_where_they_can_move_something(open_url, address, how):
    visit = open_url(address, java_script_enabled=how != "no script")
    controls = visit.page.locator(".explorer-controls").first
    if how == "paper":
        assert controls.is_visible()
        visit.page.emulate_media(media="print")
    assert not controls.is_visible()
    assert visit.page.locator("figcaption").nth(1).is_visible()
