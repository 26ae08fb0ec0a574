"""A reader of a page: sees what is shown and moves the controls."""

import math
import re
from typing import NamedTuple

from playwright.sync_api import Error

WIDTHS = {1280: 900, 390: 844}
THEMES = ("light", "dark")

# Resolves when what was asked for before is drawn.
DRAWN = "new Promise((done) => requestAnimationFrame(() => done()))"

SHOWN = """
(figure) => new Promise((done) => requestAnimationFrame(() => done({
    moving: [...figure.querySelectorAll("[data-slot]")]
        .sort((a, b) => a.dataset.slot - b.dataset.slot).map((slot) => slot.innerHTML),
    sentence: figure.querySelector("figcaption").textContent,
    rows: [...figure.querySelectorAll("tbody tr")]
        .map((row) => [...row.children].map((cell) => cell.textContent)),
    controls: Object.fromEntries([...figure.querySelectorAll("input, select")].map((input) => [
        input.id, {
            place: input.type === "checkbox" ? +input.checked : input.options ? input.selectedIndex : +input.value,
            said: input.getAttribute("aria-valuetext"),
            shown: input.parentNode.querySelector(".explorer-value")?.textContent ?? null,
        }])),
})))
"""

MOVE = """
(figure, places) => {
    for (const [id, place] of Object.entries(places)) {
        const input = document.getElementById(id);
        if (input.type === "checkbox") input.checked = Boolean(place);
        else if (input.options) input.selectedIndex = place;
        else input.value = place;
        input.dispatchEvent(new Event("input", { bubbles: true }));
    }
}
"""

WALK = """
async (figure, all, move, shown) => {
    const seen = [];
    for (const places of all) { move(figure, places); seen.push(await shown(figure)); }
    return seen;
}
"""

# SVG text as the browser writes it back, each reference replaced by the shape that it refers to: so what is shown can
# be compared with what another explorer drew.
RESOLVE = """
([pictures, defs]) => {
    const parse = (text) => {
        const g = document.createElementNS("http://www.w3.org/2000/svg", "g");
        g.innerHTML = text;
        return g;
    };
    const shapes = {};
    for (const shape of parse(defs).children) {
        const id = shape.id;
        shape.removeAttribute("id");
        shapes[id] = shape.outerHTML;
    }
    const shape = (_, before, id) => before + (shapes[id] ?? "nothing called " + id);
    return pictures.map((pieces) =>
        pieces.map((piece) => parse(piece).innerHTML.replace(/(href="|url[(])#([^")]+)/g, shape)));
}
"""


class View(NamedTuple):
    """On a screen or sheet of that width, by a reader whose system asks for that theme."""

    width: int = 1280
    theme: str = "light"
    media: str = "screen"

    def __str__(self):
        return "-".join(str(v) for v, usual in zip(self, View(), strict=True) if v != usual) or "usual"

    @property
    def place(self):
        """Where it comes among others: first the screen, first the wide one, first the light one."""
        return self.media != "screen", -self.width, self.theme != "light"


NOW = """
() => [innerWidth, innerHeight, document.documentElement.dataset.theme,
    matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
    matchMedia("print").matches ? "print" : "screen"]
"""


# No colour stays on its way from one to another: axe would see one that nobody chose. Where one ends, that of what lies
# in it may begin.
ARRIVE = """
() => {
    const ways = () => document.getAnimations().filter((a) => a instanceof CSSTransition);
    for (let now = ways(); now.length; now = ways()) now.forEach((a) => a.finish());
}
"""


def look(page, width=1280, theme="light", media="screen"):
    """Show the page in a view of it, unless it is seen so already: to lay it out anew takes a while."""
    height = WIDTHS.get(width, 900)
    if page.evaluate(NOW) == [width, height, theme, theme, media]:
        return
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(media=media, color_scheme=theme)
    page.wait_for_selector(f"html[data-theme={theme}]", state="attached")
    page.evaluate(DRAWN)
    page.evaluate(ARRIVE)


LEAVE_ALONE = """
(selector) => {
    const leave = (part) => {
        for (const e of part.children) {
            if (e.matches(selector)) continue;
            if (e.querySelector(selector)) leave(e);
            else e.style.setProperty("display", "none", "important");
        }
    };
    leave(document.querySelector("article"));
}
"""


def leave_alone(page, selector):
    """Leave of an article only what is looked at: whatever changes there would have all the rest laid out anew."""
    page.evaluate(LEAVE_ALONE, selector)


def rgb(colour):
    if colour.startswith("#"):
        return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return tuple(round(float(v)) for v in re.findall(r"[\d.]+", colour)[:3])


def luminance(colour):
    parts = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


class Visit:
    """A page in a context of its own, and what it asked for and complained of."""

    def __init__(self, context):
        self.context = context
        self.foreign, self.complaints, self.requests = [], [], []
        self.url, self.crashes = None, 0
        self._new_page()

    def _new_page(self):
        self.page = self.context.new_page()
        self.page.on("crash", self._crashed)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self.page.on("console", self._told)

    def open(self, url):
        self.url = url
        self.page.goto(url, wait_until="load")

    def look(self, *view):
        """See the page in a view of it.

        The process of a page has once ended while the page was laid out anew, and with it all that was left to be seen
        there; not again in 560 such changes. It is opened anew, once.
        """
        try:
            look(self.page, *view)
        except Error:
            if self.crashes != 1:
                raise
            self._new_page()
            self.open(self.url)
            look(self.page, *view)

    def _crashed(self, page):
        self.crashes += 1

    def check(self):
        """Fail if a page has asked for anything outside, or the browser has complained."""
        foreign, complaints = list(self.foreign), list(self.complaints)
        self.foreign.clear()
        self.complaints.clear()
        assert foreign == [], "asked for something that is not on this machine"
        assert complaints == [], "the browser's console"

    def _failed(self, request):
        # so Chromium tells of a script that was loaded ahead, when scripts are off
        if request.failure not in {"csp", "net::ERR_ABORTED"}:
            self.complaints.append(f"{request.failure}: {request.url}")

    def _told(self, message):
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _answered(self, response):
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")


class ExplorerPage:
    """One explorer of a page."""

    def __init__(self, visit, recorded):
        self.visit, self.page, self.recorded = visit, visit.page, recorded
        self.figure = self.page.locator(f'figure[id="{recorded.id}"]')
        self.figure.scroll_into_view_if_needed()
        self.page.wait_for_selector(f'figure[id="{recorded.id}"][data-ready]', state="attached")
        # What it asks before it can be moved is left out, as by a reader who skips it.
        self.figure.evaluate("(figure) => window.explorers.predict(figure)")

    def control(self, name):
        """The input or select of a control."""
        return self.figure.locator(f'[id="{self.recorded.id}.{name}"]')

    def shown(self):
        """All that the reader sees now, once the browser has drawn it."""
        return self.figure.evaluate(SHOWN)

    def sentence(self):
        return self.shown()["sentence"]

    def rows(self):
        """The table's cells, row by row."""
        return self.shown()["rows"]

    def moving(self):
        """What each moving place of the picture shows, as the browser writes SVG."""
        return self.shown()["moving"]

    def set(self, **controls):
        """Move controls to values, given as the notebook does: w=0.5, f="tanh", on=True."""
        places = {name: place_of(self.texts(name), value) for name, value in controls.items()}
        self.go({f"{self.recorded.id}.{name}": place for name, place in places.items()})

    def texts(self, name):
        return {name: texts for name, texts, _ in self.recorded.controls}[name]

    def go(self, places):
        self.figure.evaluate(MOVE, places)
        self.page.evaluate(DRAWN)

    def go_to(self, places):
        """Move all controls to positions, in their order."""
        self.go(self._by_id(places))

    def shown_at(self, states):
        """What is shown at each of some states, by their numbers; all in one go."""
        places = [self._by_id(self.recorded.places(n)) for n in states]
        return self.figure.evaluate(f"(figure, all) => ({WALK})(figure, all, {MOVE}, {SHOWN})", places)

    def resolved(self, pictures, defs=None):
        """Pictures, each a list of pieces, as the browser writes SVG, with the shapes that they refer to.

        The shapes are the page's own, unless given.
        """
        if defs is None:
            defs = self.figure.locator("svg > defs").evaluate("(defs) => defs.innerHTML")
        return self.page.evaluate(RESOLVE, [[list(pieces) for pieces in pictures], defs])

    def _by_id(self, places):
        names = [f"{self.recorded.id}.{name}" for name, _, _ in self.recorded.controls]
        return dict(zip(names, places, strict=True))


def place_of(texts, value):
    """The position with a value, by the texts that the page shows for them."""
    if isinstance(value, bool):
        return int(value)
    if value in texts:
        return texts.index(value)
    numbers = [number_in(text) for text in texts]
    close = [
        i
        for i, n in enumerate(numbers)
        if n is not None and math.isclose(n, value, rel_tol=1e-9, abs_tol=1e-12)
    ]
    assert len(close) == 1, f"{value!r} is none of {texts}"
    return close[0]


def number_in(text):
    """The number that a control's text opens with: −0.50 V, 3·10⁻⁶, 10⁹."""
    if power := re.match(r"(?:([\d.]+)·)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text):
        digits = power[2].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
        return float(f"{power[1] or '1'}e{digits}")
    plain = re.match(r"−?[\d.]+", text)
    return float(plain[0].replace("−", "-")) if plain else None
