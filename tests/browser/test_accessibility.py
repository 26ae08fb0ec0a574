"""How every page looks and is used: what WCAG 2.2 AA asks for, beyond what test_axe.py sees; and on paper."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from bplib.explorer import palette

from . import book
from .conftest import seen
from .reader import DRAWN, THEMES, WIDTHS, View, contrast, rgb
from .test_quiz import numbers

in_each_theme = seen(*(View(theme=theme) for theme in THEMES))
in_each_width = seen(*map(View, WIDTHS))
on_a_phone = seen(View(390))


def test_no_two_pages_have_one_title():
    titles = [re.search(r"<title>(.*?)</title>", book.text(page), re.S)[1] for page in book.pages()]
    assert sorted({t for t in titles if titles.count(t) > 1}) == []


# -- pictures ----------------------------------------------------------------------------------------------------

# What is drawn in a picture: each line and filled shape with its colours as they are mixed with the page.
SHAPES = """
() => [...document.querySelectorAll("figure.explorer .explorer-picture svg")].flatMap((svg) => {
    const id = svg.closest("figure").id;
    return [...svg.querySelectorAll("path, use, text, rect, circle")]
        .filter((e) => !e.closest("defs, clipPath, mask"))
        .map((e) => {
            const style = getComputedStyle(e);
            let opacity = 1;
            for (let p = e; p !== svg; p = p.parentElement) opacity *= getComputedStyle(p).opacity;
            return { id, tag: e.tagName, text: e.textContent, fill: style.fill, stroke: style.stroke,
                     fill_opacity: style.fillOpacity * opacity, stroke_opacity: style.strokeOpacity * opacity };
        });
})
"""


def mixed(colour, opacity, paper):
    return tuple(round(opacity * c + (1 - opacity) * p) for c, p in zip(rgb(colour), rgb(paper), strict=True))


def ratio(one, other):
    return contrast(*(f"rgb{c}" for c in (tuple(one), tuple(other))))


@in_each_theme
def test_lines_and_letters_of_pictures_stand_out_from_the_page(page, view):
    dark = view.theme == "dark"
    paper = palette.PALETTE["paper"][dark]
    resting = {rgb(palette.PALETTE[name][dark]) for name in ("paper", "grey")}
    weak = set()
    for e in page.evaluate(SHAPES):
        for part, opacity in (("stroke", e["stroke_opacity"]), ("fill", e["fill_opacity"])):
            # A line drawn in paper parts two shapes, a grey one is for the eye to hold on to, as in a grid; and a pale
            # area tells nothing that its edge does not tell too.
            if e[part] == "none" or (e["tag"] != "text" and (part == "fill" or rgb(e[part]) in resting)):
                continue
            needed = 4.5 if e["tag"] == "text" else 3
            if (found := ratio(mixed(e[part], opacity, paper), rgb(paper))) < needed:
                weak.add((e["id"], e["tag"], e["text"], e[part], opacity, round(found, 2)))
    assert weak == set()


# The letters of a picture with what lies under them, as the browser paints it.
LETTERS = """
(svg) => {
    svg.scrollIntoView({ block: "center", behavior: "instant" });
    const box = svg.getBoundingClientRect();
    return [box.toJSON(), [...svg.querySelectorAll("text")].filter((e) => e.textContent.trim()).map((e) => {
        const { left, top, right, bottom } = e.getBoundingClientRect();
        return { text: e.textContent, fill: getComputedStyle(e).fill,
                 box: [left - box.left, top - box.top, right - box.left, bottom - box.top] };
    })];
}
"""


def luminance(pixels):
    c = pixels / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


@in_each_theme
def test_letters_of_pictures_can_be_read_on_what_lies_under_them(page):
    pictures = page.locator("figure.explorer .explorer-picture svg")
    weak = []
    bare = page.add_style_tag(content="figure.explorer svg text { visibility: hidden; }")
    for k in range(pictures.count()):
        box, letters = pictures.nth(k).evaluate(LETTERS)
        png = page.screenshot(clip={name: box[name] for name in ("x", "y", "width", "height")})
        pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(float)
        for letter in letters:
            left, top, right, bottom = (max(round(v), 0) for v in letter["box"])
            under = luminance(pixels[top:bottom, left:right].reshape(-1, 3))
            ink = luminance(np.array(rgb(letter["fill"]), dtype=float))
            ratios = (np.maximum(under, ink) + 0.05) / (np.minimum(under, ink) + 0.05)
            # A line may pass under a word; an area may not take it away.
            if under.size and (low := np.quantile(ratios, 0.25)) < 4.5:
                weak.append((k, letter["text"], letter["fill"], round(float(low), 2)))
    bare.evaluate("(style) => style.remove()")
    assert weak == []


COLOURS = """
() => {
    const root = document.documentElement;
    const probe = document.createElement("span");
    const seen = (figure, colour) => {
        probe.style.color = colour; figure.append(probe);
        const rgb = getComputedStyle(probe).color; probe.remove(); return rgb;
    };
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const colour = getComputedStyle(e).backgroundColor;
            if (!/, 0\\)$/.test(colour)) return colour;
        }
        return "none";
    };
    return {
        theme: root.dataset.theme,
        figures: [...document.querySelectorAll("figure.explorer")].map((figure) => ({
            id: figure.id,
            behind: behind(figure),
            sentence: getComputedStyle(figure.querySelector("figcaption")).color,
            labels: [...figure.querySelectorAll("label")].map((e) => getComputedStyle(e).color),
            texts: [...figure.querySelectorAll("svg text")].map((e) => getComputedStyle(e).fill),
            colours: Object.fromEntries(NAMES.map((name) => [name, seen(figure, `var(--x-${name})`)])),
        })),
    };
}
"""


@in_each_theme
def test_an_explorer_has_the_pages_theme(visit, page, view):
    theme = view.theme
    found = page.evaluate(COLOURS.replace("NAMES", str(list(palette.PALETTE))))
    assert found["theme"] == theme
    assert bool(found["figures"]) == (visit.name in book.explorer_pages())
    for figure in found["figures"]:
        for name, colours in palette.PALETTE.items():
            assert rgb(figure["colours"][name]) == rgb(colours[theme == "dark"]), (figure["id"], name)
        # Nothing lighter or darker lies behind: paper in a picture is the page's own colour.
        assert rgb(figure["behind"]) == rgb(figure["colours"]["paper"]), figure["id"]
        for colour in (figure["sentence"], *figure["labels"]):
            assert contrast(colour, figure["behind"]) >= 4.5, figure["id"]


@in_each_theme
def test_nothing_is_a_light_box_on_a_dark_page(page, view):
    behind = page.evaluate("""
        () => [...document.querySelectorAll(".bd-container *")]
            .filter((e) => e.checkVisibility() && !e.closest("svg, .fa-solid, .fas"))
            .map((e) => [e.outerHTML.slice(0, 120), getComputedStyle(e).backgroundColor])
            .filter(([, colour]) => /^rgb\\(/.test(colour))
    """)
    wrong = {
        (html, colour)
        for html, colour in behind
        if (contrast(colour, "rgb(0, 0, 0)") > 5) == (view.theme == "dark")
    }
    assert wrong == set()


def test_pictures_switch_with_the_page_at_once(page):
    colours = """
        () => [...document.querySelectorAll("figure.explorer")].map((figure) => [
            getComputedStyle(figure).getPropertyValue("--x-ink"), getComputedStyle(figure).color])
    """
    light = page.evaluate(colours)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = page.evaluate(colours)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    for (ink, _), (dark_ink, colour) in zip(light, dark, strict=True):
        assert (ink, dark_ink) == palette.PALETTE["ink"]
        assert rgb(colour) == rgb(dark_ink)


def test_a_picture_that_is_no_explorer_has_a_text(page):
    images = page.evaluate("""
        () => [...document.querySelectorAll("main img, main svg:not(.explorer svg, button svg)")]
            .map((e) => [e.outerHTML.slice(0, 200), e.getAttribute("alt") ?? e.getAttribute("aria-label") ?? ""])
    """)
    assert [image for image, words in images if len(words.split()) < 3] == []


# -- controls ----------------------------------------------------------------------------------------------------

# With the part of its label, which can be touched for it.
TARGETS = """
() => [...document.querySelectorAll("button, input, select, summary, [role=button]")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true })).map((e) => {
        const boxes = [e, ...(/^(radio|checkbox)$/.test(e.type) ? e.labels : [])].map((b) => b.getBoundingClientRect());
        return [e.outerHTML.slice(0, 160),
            Math.max(...boxes.map((b) => b.right)) - Math.min(...boxes.map((b) => b.left)),
            Math.max(...boxes.map((b) => b.bottom)) - Math.min(...boxes.map((b) => b.top))];
    })
"""


@in_each_width
def test_controls_are_large_enough(page):
    assert [found for found in page.evaluate(TARGETS) if min(found[1:]) < 24] == []


# What changes where the focus is, of each thing that can have it: the first of its kind.
FOCUS = """
() => {
    const seen = new Set(), wrong = [];
    const style = (e) => {
        const s = getComputedStyle(e);
        return [s.outlineStyle === "none" ? "" : `${s.outlineStyle} ${s.outlineWidth} ${s.outlineColor}`,
                s.boxShadow, s.backgroundColor, s.textDecorationLine + s.textDecorationThickness, s.borderColor].join();
    };
    for (const e of document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")) {
        const kind = `${e.tagName} ${e.type} ${e.className} ${e.parentElement.className}`;
        if (seen.has(kind) || e.disabled || !e.checkVisibility({ visibilityProperty: true })) continue;
        seen.add(kind);
        document.activeElement.blur();
        const before = style(e);
        e.focus({ preventScroll: true, focusVisible: true });
        if (document.activeElement !== e || style(e) === before) wrong.push(e.outerHTML.slice(0, 160));
    }
    document.activeElement.blur();
    return wrong;
}
"""


@in_each_theme
def test_the_focus_is_seen_everywhere(page):
    page.keyboard.press("Tab")  # the reader uses the keyboard
    assert page.evaluate(FOCUS) == []


def in_tree(visit, selector, **query):
    """The nodes of Chromium's accessibility tree under an element: what a screen reader is told."""
    session = visit.context.new_cdp_session(visit.page)
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    found = session.send("Accessibility.queryAXTree", {"nodeId": node, **query})["nodes"]
    session.detach()
    return [
        {key: node.get(key, {}).get("value", "") for key in ("role", "name", "description", "value")}
        | {p["name"]: p["value"].get("value") for p in node.get("properties", ())}
        for node in found
        if not node["ignored"]
    ]


# Skips what is asked before an explorer can be moved.
SKIP = "() => window.explorers?.figures.forEach((figure) => window.explorers.predict(figure))"


def test_a_slider_says_its_name_and_its_value(visit, page):
    page.evaluate(SKIP)
    shown = page.evaluate("""
        () => [...document.querySelectorAll("input[type=range]")].map((input) => [
            input.labels[0].textContent, input.parentNode.querySelector(".explorer-value").textContent,
            input.getAttribute("aria-valuetext")])
    """)
    assert [node["name"] for node in in_tree(visit, "main", role="slider")] == [
        label for label, _, _ in shown
    ]
    # Not from the tree: Chromium's tools show it without aria-valuetext, which it hands on to screen readers.
    assert [said for _, _, said in shown] == [value for _, value, _ in shown]


def test_the_sentence_under_a_picture_is_told_once(visit, page):
    for id in [id for name, id in book.explorers() if name == visit.name]:
        sentence = page.locator(f'[id="{id}"] figcaption').inner_text()
        told = [
            (node["role"], part)
            for node in in_tree(visit, f'[id="{id}"]')
            for part in ("name", "description")
            if sentence in node[part] and node["role"] not in {"InlineTextBox"}
        ]
        assert told == [("StaticText", "name")], id
        assert page.locator(f'[id="{id}"] [aria-live]').count() == 1


# -- small screens, large letters --------------------------------------------------------------------------------

OUTSIDE = """
() => document.scrollingElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5)
    .map((e) => e.outerHTML.slice(0, 120))
"""
# Parts that must not lie on each other.
OVERLAPS = """
() => {
    const wrong = [];
    const check = (parts) => {
        const boxes = parts.filter((e) => e.checkVisibility({ visibilityProperty: true }))
            .map((e) => [e, e.getBoundingClientRect()]);
        boxes.forEach(([e, a], i) => boxes.slice(i + 1).forEach(([f, b]) => {
            if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
                && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
                wrong.push([e.outerHTML.slice(0, 100), f.outerHTML.slice(0, 100)]);
        }));
    };
    check([...document.querySelectorAll(".bd-header-article button")]);
    check([...document.querySelectorAll(".bd-article > section > *, .bd-article > section > section")]);
    for (const figure of document.querySelectorAll("figure.explorer"))
        check([...figure.querySelectorAll(".explorer-picture, .explorer-control, figcaption, .explorer-table")]);
    for (const control of document.querySelectorAll(".explorer-control")) check([...control.children]);
    return wrong;
}
"""


@seen(*map(View, (640, 390, 320)))
def test_a_page_flows_into_a_narrow_window(page, view):
    """At 1280 pixels, a zoom of 200% leaves 640 of them, and one of 400%, 320."""
    assert page.evaluate("document.scrollingElement.scrollWidth") <= view.width, page.evaluate(OUTSIDE)
    assert page.evaluate(OVERLAPS) == []


@on_a_phone
def test_formulas_fit_a_phone(page):
    wide = "(all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent.slice(0, 120))"
    assert page.locator("div.math").evaluate_all(wide) == []
    outside = (
        "(all) => all.filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.textContent)"
    )
    # Not in a table, which scrolls, nor in the contents, which are put away.
    inline = page.locator(".bd-article span.math:not(.pst-scrollable-table-container *)")
    assert inline.evaluate_all(outside) == []


# One of each kind of text in formulas: its letters, and the element, which slants single ones.
FORMULAS = """
() => {
    const seen = new Set();
    for (const e of document.querySelectorAll("math *")) {
        const text = e.children.length ? "" : e.textContent;
        if (!/[^\\s\u2061]/.test(text) || seen.has(text + e.tagName)) continue;
        seen.add(text + e.tagName);
        e.dataset.letters = text;
    }
}
"""


def test_formulas_are_in_their_fonts(visit, page):
    page.evaluate(FORMULAS)
    session = visit.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        session.send(f"{domain}.enable")
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    query = {"nodeId": root, "selector": "[data-letters]"}
    nodes = session.send("DOM.querySelectorAll", query)["nodeIds"]
    assert bool(nodes) == ("<math" in book.text(visit.name))
    wrong = []
    for node in nodes:
        for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            if not font["isCustomFont"]:
                wrong.append(
                    (
                        session.send("DOM.getOuterHTML", {"nodeId": node})["outerHTML"][:200],
                        font["familyName"],
                    )
                )
    assert wrong == []


# Signs that only a font of icons has.
PRIVATE = """
() => [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility()).flatMap((e) =>
    ["::before", "::after"].map((part) => [e.outerHTML.slice(0, 120), getComputedStyle(e, part).content]))
    .filter(([, content]) => /[\ue000-\uf8ff]/.test(content))
"""


def test_no_sign_needs_a_font_that_is_not_there(page):
    assert page.evaluate(PRIVATE) == []


# WCAG 2.2, 1.4.12
SPACED = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""
CLIPPED = """
() => [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility({ visibilityProperty: true })
        && !e.closest("svg, .math, [aria-hidden=true]") && e.clientWidth > 1
        && /hidden|clip/.test(getComputedStyle(e).overflowX + getComputedStyle(e).overflowY)
        && (e.scrollWidth > e.clientWidth + 1 && /hidden|clip/.test(getComputedStyle(e).overflowX)
            || e.scrollHeight > e.clientHeight + 1 && /hidden|clip/.test(getComputedStyle(e).overflowY)))
    .map((e) => e.outerHTML.slice(0, 120))
"""


@in_each_width
def test_letters_may_be_set_further_apart(page, view):
    handle = page.add_style_tag(content=SPACED)
    try:
        assert page.evaluate("document.scrollingElement.scrollWidth") <= view.width, page.evaluate(OUTSIDE)
        assert page.evaluate(CLIPPED) == []
    finally:
        handle.evaluate("(style) => style.remove()")


SMALLEST_TEXT = """
() => [...document.querySelectorAll("figure.explorer svg")].flatMap((svg) => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll("text")].map((text) => [
        text.getAttribute("font-size") * scale, text.closest("figure").id, text.textContent]);
}).sort((a, b) => a[0] - b[0])[0] ?? null
"""


@on_a_phone
def test_pictures_can_be_read_on_a_phone(visit, page):
    if smallest := page.evaluate(SMALLEST_TEXT):
        assert smallest[0] >= 11, smallest
    for p, id in book.explorers():
        if p == visit.name:
            sizes = {
                int(size)
                for track in book.explorer(p, id).tracks[:-2]
                for piece in (track[0] if track else ())
                for size in re.findall(r'<text [^>]*?font-size="(\d+)"', piece)
            }
            scale = page.locator(f'figure[id="{id}"] svg').evaluate(
                "(svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"
            )
            assert min(sizes, default=1000) * scale >= 11, id


@pytest.mark.parametrize("name", book.explorer_pages()[:1])
def test_a_slider_is_as_high_as_a_thumb(open_page, name):
    page = open_page(name, viewport=(390, 844), device_scale_factor=2, has_touch=True, is_mobile=True).page
    page.evaluate(SKIP)
    heights = page.locator(
        "figure.explorer :is(.explorer-controls, .explorer-share) :is(input, select, button)"
    ).evaluate_all("(all) => all.map((e) => e.getBoundingClientRect().height)")
    assert min(heights) >= 44


# -- on paper --------------------------------------------------------------------------------------------------------

# What a reader of a sheet has no use for, or does not see.
ON_PAPER = """
() => {
    const shown = (e) => e.checkVisibility({ contentVisibilityAuto: true });
    const article = document.querySelector("article.bd-article") ?? document.querySelector("main");
    const all = (selector) => [...article.querySelectorAll(selector)];
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const colour = getComputedStyle(e).backgroundColor;
            if (!/, 0\\)$/.test(colour)) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const folded = (e) => e.closest(".tag_hide-input > details");
    return {
        controls: [...document.querySelectorAll(
            "button, .explorer-controls, .headerlink, .bd-sidebar, .bd-header-article, .prev-next-footer, .bd-footer"
        )].filter(shown).map((e) => e.outerHTML.slice(0, 100)),
        hidden: all("figure svg, figcaption, .explorer-table td, .tag_hide-cell pre, fieldset label, h2, section > p")
            .filter((e) => !shown(e)).map((e) => e.outerHTML.slice(0, 100)),
        sheet: [document.documentElement, document.body].map((e) => getComputedStyle(e).backgroundColor),
        answers: all(".quiz-feedback, .tag_hide-input > details").filter(shown).length,
        wide: all("*").filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("svg, math"))
            .slice(0, 5).map((e) => e.outerHTML.slice(0, 100)),
        texts: [...new Set(all("p, li, pre, pre span, figcaption, td, code, legend, h1, h2, svg text")
            .filter((e) => e.textContent && !folded(e))
            .map((e) => `${getComputedStyle(e)[e.matches("text") ? "fill" : "color"]} on ${behind(e)}`))],
    };
}
"""
SHEET = 673  # the width of A4 within its margins, in CSS pixels


@seen(*(View(SHEET, theme, "print") for theme in THEMES))
def test_a_page_is_good_on_paper(page):
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = false; })")
    page.evaluate(DRAWN)
    found = page.evaluate(ON_PAPER)
    assert found["controls"] == []
    assert found["hidden"] == []
    assert found["answers"] == 0
    assert found["sheet"] == ["rgb(255, 255, 255)"] * 2
    assert found["wide"] == []
    faint = [pair for pair in found["texts"] if contrast(*pair.split(" on ")) < 4.5]
    assert faint == []


# -- a chapter without a mouse -----------------------------------------------------------------------------------

WHOLE = [
    p
    for p in book.explorer_pages()
    if book.BUILT and "data-interval" in book.text(p) and "quiz" in book.text(p)
]

# Where the focus is, whether the reader sees it there, and what is shown around it.
HERE = """
() => new Promise((done) => requestAnimationFrame(() => {
    const e = document.activeElement, box = e.getBoundingClientRect();
    // near its upper edge, or in the middle of what is in view of a long piece of code
    const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const on_top = document.elementFromPoint(Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1),
        box.height > innerHeight / 2 ? middle : box.top + Math.min(box.height / 2, 10));
    const figure = e.closest("figure.explorer"), question = e.closest(".quiz fieldset");
    done({
        tag: e.tagName, kind: e.type ?? "", classes: e.className, html: e.outerHTML.slice(0, 120), text: e.textContent,
        id: e.id, seen: Boolean(on_top && (e.contains(on_top) || on_top.contains(e))),
        open: e.parentElement?.open, skips: Boolean(e.closest(".skip-link")), last: e.matches("a.right-next"),
        ready: !figure || "ready" in figure.dataset, figure: figure?.id, plays: e.matches("[data-interval]"),
        picture: figure && figure.querySelector("svg").innerHTML + figure.querySelector("figcaption").textContent,
        question: question?.querySelector("legend").textContent,
        asks: Boolean(e.closest(".explorer-question")), field: e.closest("form.exercise")?.id ?? "",
        said: e.closest("form.exercise")?.querySelector("output").textContent,
        told: question && [...question.querySelectorAll(".quiz-feedback > *")].filter((f) => f.checkVisibility())
            .map((f) => f.textContent).join(" "),
    });
}))
"""


def test_folded_code_that_scrolls_is_reached_by_the_keyboard(open_page):
    fold = (
        open_page("chapters/06_full_algorithm", viewport=(390, 844))
        .page.locator(".tag_hide-input details")
        .nth(1)
    )
    fold.locator("summary").press("Enter")
    code = fold.locator("pre").first
    assert code.evaluate("(pre) => pre.scrollWidth > pre.clientWidth")
    assert code.evaluate("(pre) => pre.tabIndex") == 0


def test_a_chapter_can_be_done_with_the_keyboard_alone(open_page):
    assert WHOLE, book.NOT_BUILT
    page = open_page(WHOLE[0]).page
    have = "(selector) => document.querySelectorAll(selector).length"
    figures = set(
        page.locator("figure.explorer:has(input, select)").evaluate_all("(all) => all.map((f) => f.id)")
    )

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)
        return page.evaluate(HERE)

    assert press("Tab")["skips"]
    press("Enter")
    changed, played, opened, answers, asked = set(), 0, 0, {}, iter(numbers(page))
    predicted, solved = set(), {}
    stop = press("Tab")
    assert "main" in page.evaluate("document.activeElement.closest('main').outerHTML.slice(0, 5)")
    for _ in range(1000):
        assert stop["seen"], stop["html"]
        if stop["last"]:
            break
        if stop["figure"] and not stop["ready"]:
            page.wait_for_selector(f'[id="{stop["figure"]}"][data-ready]', state="attached")
            stop = page.evaluate(HERE)
        if stop["figure"] and stop["kind"] in {"range", "select-one", "checkbox"}:
            keys = {"checkbox": ["Space"] * 2, "select-one": ["ArrowDown", "ArrowUp"]}.get(
                stop["kind"], ["ArrowRight", "ArrowLeft", "ArrowLeft", "End", "Home"]
            )
            if any(press(key)["picture"] != stop["picture"] for key in keys):
                changed.add(stop["figure"])
        elif stop["asks"]:
            stop = press("Escape")  # the focus is on the first control now
            predicted.add(stop["figure"])
            continue
        elif stop["field"] and stop["kind"] == "text":
            page.keyboard.type("123456789")
            solved[stop["field"]] = press("Enter", "Shift")["said"]
        elif stop["plays"]:
            assert press("Space")["text"] == "Pause"
            assert press("Enter")["text"] == "Play"
            played += 1
        elif stop["tag"] == "SUMMARY":
            assert press("Enter")["open"]
            opened += 1
        elif stop["kind"] == "radio":
            told = [press("Space")["told"]]
            choices = page.evaluate(have, f'input[name="{stop["id"].rsplit("-", 1)[0]}"]')
            answers[stop["question"]] = told + [press("ArrowDown")["told"] for _ in range(choices - 1)]
        elif stop["kind"] == "text":
            right = next(asked).right
            page.keyboard.type(f"{right:.9g}")
            told = [press("Enter")["told"], press("Control+a", "Delete", "Enter")["told"]]
            page.keyboard.type(f"{10 * abs(right) + 10:.9g}")
            answers[stop["question"]] = [told[0], press("Enter")["told"]]
            assert told[1] == ""
        stop = press("Tab")
    assert changed == figures
    assert len(predicted) == page.evaluate(have, ".explorer-question") > 0
    assert len(solved) == page.evaluate(have, "form.exercise input") > 0
    assert {words[:7] for words in solved.values()} == {"Not yet"}
    assert played == page.evaluate(have, "button[data-interval]") > 0
    assert opened == page.evaluate(have, "main summary") > 0
    assert len(answers) == page.evaluate(have, ".quiz fieldset") > 0
    for question, told in answers.items():
        assert sum(words.startswith("Right") for words in told) == 1, question
        assert all(told), question
    back = press("Shift+Tab")
    assert back["html"] != stop["html"]
    press("Tab")
    here = page.url
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.split("#")[0] != here.split("#")[0])
    assert page.locator("article h1").is_visible()
