"""Every explorer of the book: it moves, and it shows what its notebook's code says."""

import re

import pytest
from playwright.sync_api import expect

from . import book

every_explorer = pytest.mark.parametrize(
    ("page", "id"), list(book.explorers()), ids=lambda x: x.split("/")[-1]
)


def test_the_book_has_explorers():
    assert book.BUILT, book.NOT_BUILT
    assert len(book.explorers()) >= 2
    # None is lost on the way from the notebooks: each has the script's data on its page.
    for page in book.pages():
        assert book.text(page).count(" data-frames=") == sum(p == page for p, _ in book.explorers())


@every_explorer
def test_each_control_changes_picture_and_sentence(page, id):
    recorded = book.explorer(page, id)
    for k, (name, texts, _) in enumerate(recorded.controls):
        assert len(texts) >= 2
        states = [n for _, states in book.along(recorded, k) for n in states]
        assert book.telling_place(recorded, k), (
            f"{name} changes nothing, or the sentence alone, or the picture alone"
        )
        assert set(states) == set(range(recorded.n_states))


@every_explorer
def test_no_number_is_missing(page, id):
    recorded = book.explorer(page, id)
    for track in recorded.tracks[-2:]:
        for piece in track[0] if track else ():
            words = re.findall(r"[a-z]+", re.sub(r"<[^>]*>", " ", piece).lower())
            assert not {"nan", "inf"} & set(words), piece


def test_one_of_a_thing_is_in_the_singular():
    texts = [
        re.sub(r"<[^>]*>", " | ", piece)
        for recorded in book.explorers().values()
        for track in recorded.tracks[-2:]
        for piece in (track[0] if track else ())
    ]
    # What is counted somewhere, and nowhere once.
    counted = {
        word for text in texts for word in re.findall(r"(?<![\w.,])(?:\d{2,}|[2-9]) ([a-z]+s)\b", text)
    }
    assert {"epochs", "steps", "examples"} <= counted
    for text in texts:
        for word in re.findall(r"(?<![\w.,·⁻−=])1 ([a-z]+s)\b", text):
            assert word not in counted - {"answers", "gets", "has", "is"}, text


# How a browser moves a range by keys is the browser's, and the script is the same for each explorer: the first of a
# page has them all.
FEW_KEYS = ["Home", "ArrowRight", "End", "ArrowLeft"]
ALL_KEYS = ["Home", *["ArrowRight"] * 3, "End", "ArrowLeft", "ArrowDown", "ArrowUp"]
MOVES = {"ArrowLeft": -1, "ArrowDown": -1, "ArrowRight": 1, "ArrowUp": 1}


@every_explorer
def test_the_keyboard_moves_each_control_and_nothing_is_asked_for(explorer_page, page, id):
    explorer = explorer_page(page, id)
    recorded, before = explorer.recorded, len(explorer.visit.requests)
    first = next(other for name, other in book.explorers() if name == page)

    def check(k, places):
        name, texts, _ = recorded.controls[k]
        seen = explorer.shown()
        control = seen["controls"][f"{id}.{name}"]
        assert control["place"] == places[k]
        if control["shown"] is not None:
            assert control["said"] == control["shown"] == texts[places[k]]
        if (sentence := recorded.sentence(recorded.state(places))) is not None:
            assert seen["sentence"] == sentence, (name, texts[places[k]])
        return tuple(seen["moving"]), seen["sentence"]

    for k, (name, texts, _) in enumerate(recorded.controls):
        places = list(book.telling_place(recorded, k) or recorded.start)
        explorer.go_to(places)
        control = explorer.control(name)
        press = explorer.page.keyboard.press
        control.focus()
        kind = control.evaluate("(e) => e.type")
        last = len(texts) - 1
        seen = {check(k, places)}
        if kind == "checkbox":
            for _ in range(2):
                press("Space")
                places[k] = 1 - places[k]
                seen.add(check(k, places))
        elif kind == "range":
            for key in ALL_KEYS if id == first else FEW_KEYS:
                press(key)
                move = {"Home": -last, "End": last}.get(key) or MOVES[key]
                places[k] = min(max(places[k] + move, 0), last)
                seen.add(check(k, places))
        else:
            for place in range(len(texts)):
                control.select_option(index=place)
                places[k] = place
                seen.add(check(k, places))
        assert len({picture for picture, _ in seen}) > 1, name
        assert len({sentence for _, sentence in seen}) > 1, name
    explorer.page.wait_for_timeout(30)
    # An image in a piece is data, not a request that leaves the page.
    assert [url for url in explorer.visit.requests[before:] if not url.startswith("data:")] == []


@every_explorer
def test_what_is_shown_is_what_the_code_says(explorer_page, page, id):
    if page == "index":  # it has a chapter's explorer, at another position
        (original,) = [
            made for (other, name), made in book.explorers().items() if name == id and other != page
        ]
        assert book.explorer(page, id).tracks == original.tracks
        assert book.explorer(page, id).start != original.start
        return
    explorer = explorer_page(page, id)
    recorded = explorer.recorded
    frames, defs = book.live_frames(page)[id]
    assert len(frames) >= min(20, recorded.n_states)
    seen = explorer.shown_at(frames)
    assert [s["sentence"] for s in seen] == [frame.sentence for frame in frames.values()]
    assert [s["rows"] for s in seen] == [frame.rows for frame in frames.values()]
    drawn = explorer.resolved((frame.moving for frame in frames.values()), defs)
    assert explorer.resolved(s["moving"] for s in seen) == drawn


playing = [
    (page, id)
    for page, id in book.explorers()
    if book.BUILT and "data-interval" in book.text(page).split(f'id="{id}"', 1)[1].split("</figure>", 1)[0]
]


@pytest.mark.parametrize(("page", "id"), playing or [(None, None)], ids=lambda x: str(x).split("/")[-1])
def test_play_runs_to_the_end_and_stops(explorer_page, page, id):
    if page is None:
        assert book.BUILT, book.NOT_BUILT
        return  # no explorer of the book plays; test_script.py has one that does
    explorer = explorer_page(page, id)
    buttons = explorer.figure.locator("button[data-interval]")
    caption = explorer.figure.locator("figcaption")
    for i in range(buttons.count()):
        button = buttons.nth(i)
        slider = button.locator("xpath=..").locator("input")
        last = int(slider.get_attribute("max"))
        slider.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", max(last - 2, 0))
        button.click()
        assert button.text_content() == "Pause"
        assert caption.get_attribute("aria-live") == "off"
        expect(button).to_have_text("Play", timeout=10_000)
        assert int(slider.input_value()) == last
        assert caption.get_attribute("aria-live") == "polite"
        places = [control["place"] for control in explorer.shown()["controls"].values()]
        sentence = explorer.recorded.sentence(explorer.recorded.state(places))
        assert explorer.sentence() == sentence
