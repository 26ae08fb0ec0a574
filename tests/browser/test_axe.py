"""axe-core finds nothing on any page, by the rules of WCAG 2.2 AA and by what it calls best practice."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from .reader import THEMES, WIDTHS, View, look

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast"]
AXE = """
async ([rules, part]) => (await axe.run(document.querySelector(part), {
    resultTypes: ["violations"], runOnly: rules,
    rules: { "label-content-name-mismatch": { enabled: true },
             "color-contrast": { enabled: rules.includes("color-contrast") } },
})).violations.map(({ id, nodes }) => [id, nodes.map((node) => [node.target.join(" "), node.failureSummary])])
"""
# Of what there are thousands of, one of each kind or a few: letters of code by their class, formulas, functions of
# bplib; and nothing of what is in a picture, which axe-core cannot judge. Else it takes ten times as long, and finds no
# more.
ONE_OF_EACH = """
() => {
    document.querySelectorAll("details").forEach((d) => { d.open = true; });
    document.querySelectorAll("figure.explorer svg > *").forEach((e) => e.remove());
    [...document.querySelectorAll("math")].slice(3).forEach((e) => e.replaceChildren());
    const seen = new Set();
    for (const e of document.querySelectorAll("pre span")) {
        const kind = `${e.closest("[class*=highlight], [class*=output]")?.className} ${e.className}`;
        if (seen.has(kind)) e.remove(); else seen.add(kind);
    }
    [...document.querySelectorAll("dl.py dl.py")].slice(5).forEach((e) => e.remove());
}
"""


# All that the contrast of a text depends on, in this theme, is noted in its element.
NOTE_COLOURS = """
() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const noted = new Set();
    while (texts.nextNode()) {
        const e = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || noted.has(e)) continue;
        noted.add(e);
        const { color, fontSize, fontWeight, textShadow, visibility } = getComputedStyle(e);
        const left_out = Boolean(e.closest(":disabled, [aria-disabled=true], [aria-hidden=true], [inert]"));
        const found = [e.tagName, e.className, left_out, e.checkVisibility(), visibility,
            color, fontSize, fontWeight, textShadow];
        let opaque = false;
        for (let part = e; part; part = part.parentElement) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(part);
            if (opacity !== "1" || backgroundImage !== "none") found.push(opacity, backgroundImage);
            if (!opaque && !/, 0\\)$/.test(backgroundColor)) found.push(backgroundColor);
            opaque ||= /^rgb\\(/.test(backgroundColor);
        }
        e.noted = (e.noted ?? "") + found.join();
    }
}
"""
# Of all texts of which everything noted is equal, the first is left.
ONE_OF_EACH_COLOUR = """
() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const first = new Map(), more = [];
    while (texts.nextNode()) {
        const e = texts.currentNode.parentElement;
        if (e.noted && (first.get(e.noted) ?? e) !== e) more.push(texts.currentNode);
        else if (e.noted) first.set(e.noted, e);
    }
    more.forEach((text) => text.remove());
    return first.size;
}
"""


def check(page, view, rules, part="html"):
    look(page, *view)
    assert page.evaluate(AXE, [rules, part]) == [], (str(view), rules)


def check_colours(page, width=1280, part="html"):
    """In both themes; no colour depends on the width."""
    for theme in THEMES:
        look(page, width, theme)
        page.evaluate(NOTE_COLOURS)
    assert page.evaluate(ONE_OF_EACH_COLOUR) > 0
    for theme in reversed(THEMES):
        check(page, View(width, theme), COLOURS, part)


def test_axe_finds_nothing(page):
    page.evaluate(AXE_SCRIPT)
    page.evaluate(ONE_OF_EACH)
    for width in sorted(WIDTHS):
        look(page, width)
        # The theme makes what can be scrolled focusable, 300 ms after the width changes.
        page.wait_for_timeout(400)
        check(page, View(width), RULES)
    check_colours(page)


def open_search(page):
    page.keyboard.press("Control+k")
    page.locator("dialog[open] input[type=search]").wait_for()
    return "dialog[open]"


def open_sidebar(page):
    page.locator("button.primary-toggle").click()
    page.locator("dialog[open] nav.bd-links").wait_for()
    return "dialog[open]"


def open_contents(page):
    page.locator("button.secondary-toggle").click()
    page.wait_for_timeout(300)
    return "dialog[open]"


def open_downloads(page):
    page.locator("button[popovertarget=downloads]").click()
    page.locator("#downloads").wait_for()
    return "#downloads"


@pytest.mark.parametrize(
    ("opened", "width"),
    [
        (open_search, 1280),
        (open_search, 390),
        (open_sidebar, 390),
        (open_contents, 390),
        (open_downloads, 390),
    ],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_axe_finds_nothing_in_what_a_button_opens(open_page, opened, width):
    page = open_page("chapters/01_weights", viewport=(width, WIDTHS[width]), bypass_csp=True).page
    page.evaluate(AXE_SCRIPT)
    part = opened(page)
    page.evaluate(ONE_OF_EACH)
    check(page, View(width), RULES)
    check_colours(page, width, part)
