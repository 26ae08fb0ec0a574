"""axe-core finds nothing on any page, by the rules of WCAG 2.2 AA and by what it calls best practice."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from .reader import THEMES, WIDTHS, look

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What the width changes does not depend on the theme, nor a colour on the width.
LOOKS = [(390, "light", RULES, False), (1280, "light", RULES, True), (1280, "dark", ["color-contrast"], True)]
AXE = """
async ([rules, colours]) => (await axe.run({
    resultTypes: ["violations"], runOnly: rules,
    rules: { "label-content-name-mismatch": { enabled: true }, "color-contrast": { enabled: colours } },
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


def test_axe_finds_nothing(page):
    page.evaluate(AXE_SCRIPT)
    page.evaluate(ONE_OF_EACH)
    for width, theme, rules, colours in LOOKS:
        look(page, width, theme)
        if rules is RULES:
            # The theme makes what can be scrolled focusable, 300 ms after the width changes.
            page.wait_for_timeout(400)
        assert page.evaluate(AXE, [rules, colours]) == [], (width, theme)


def open_search(page):
    page.keyboard.press("Control+k")
    page.locator("dialog[open] input[type=search]").wait_for()


def open_sidebar(page):
    page.locator("button.primary-toggle").click()
    page.locator("dialog[open] nav.bd-links").wait_for()


def open_contents(page):
    page.locator("button.secondary-toggle").click()
    page.wait_for_timeout(300)


def open_downloads(page):
    page.locator("button[popovertarget=downloads]").click()
    page.locator("#downloads").wait_for()


@pytest.mark.parametrize("theme", THEMES)
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
def test_axe_finds_nothing_in_what_a_button_opens(open_page, opened, width, theme):
    size = (width, WIDTHS[width])
    page = open_page("chapters/01_weights", viewport=size, color_scheme=theme, bypass_csp=True).page
    page.evaluate(AXE_SCRIPT)
    opened(page)
    page.evaluate(ONE_OF_EACH)
    assert page.evaluate(AXE, [RULES, True]) == []
