"""A Sphinx extension: a page loads one style sheet and one script, with what the book uses of the theme, and no more.

The theme comes with every icon of Font Awesome, all of Bootstrap and scripts written into each page: 28 files and
700 kB gzipped a page, of which a page needs 30 kB; and a strict Content-Security-Policy would stop it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import tinycss2
from sphinx.application import Sphinx

from bplib.quiz import STYLE as QUIZZES

# In the order in which they must run.
SCRIPTS = [
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "clipboard.min.js",
    "copybutton.js",
    "scripts/sphinx-book-theme.js",
    "scripts/pydata-sphinx-theme.js",
    "book.js",
]
STYLES = [
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "copybutton.css",
    "mystnb.*.css",
    "book.css",
]
UNUSED_STYLE = "katex-math.css"  # for the formulas that KaTeX writes for itself
# Without it at hand, the lines jump when it comes.
FORMULA_FONT = "math/latinmodern-math.woff2"
# Sets of the theme's options that it would write into each page, for parts of it that are not used here.
UNUSED = re.compile(r"DOCUMENTATION_OPTIONS\.(pagename|search_as_you_type) = ")
ICON = re.compile(r"fa-(?!solid\b|lg\b)[a-z][a-z-]*")


def choose_assets(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Leave to a page the scripts and style sheets that are not in the bundles."""
    body = context["body"] = context.get("body", "").replace(f"<style>{QUIZZES}</style>", "")
    context["formula_font"] = FORMULA_FONT if "<math" in body else None
    context["script_files"] = [
        script
        for script in context["script_files"]
        if script.filename not in {f"_static/{name}" for name in SCRIPTS}
        and not UNUSED.match(script.attributes.get("body", ""))
    ]
    context["css_files"] = [
        style
        for style in context["css_files"]
        if not any(Path(str(style.filename)).match(f"_static/{name}") for name in [*STYLES, UNUSED_STYLE])
    ]


def used_rules(css: str, used: set[str]) -> str:
    """The rules of a style sheet that can apply where no class and no id is called anything but the used names."""
    return "".join(_used(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), used))


def _used(rules: list[Any], used: set[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            if any(names <= used for names in _names(rule.prelude)):
                yield rule.serialize()
        elif rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if kept := "".join(_used(inner, used)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}"
        elif rule.type == "error":
            raise ValueError(f"a style sheet of the theme cannot be read: {rule.message}")
        # Not the icons' fonts, nor what says that basic.css comes first, which it does in the bundle.
        elif rule.lower_at_keyword not in {"import", "charset"} and "webfonts" not in rule.serialize():
            yield rule.serialize()


def _names(prelude: list[Any]) -> Iterator[set[str]]:
    """For each of the selectors that a rule has, the classes and ids that it asks for."""
    found: set[str] = set()
    before = None
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            yield found
            found = set()
        elif token.type == "hash" or (token.type == "ident" and before == "."):
            found.add(token.value)
        before = token.value if token.type == "literal" else None
    yield found


def icons(names: set[str], fontawesome: str) -> str:
    """Rules that show the icons of those names, taken from the theme's script with all of them."""
    rules = []
    for name in sorted(names):
        found = re.findall(rf'[{{,]"?{name}"?:\[(\d+),(\d+),\[[^]]*],"[^"]*","([^"]+)"]', fontawesome)
        if not found:
            raise ValueError(f"the theme's fontawesome.js has no icon called {name!r}")
        width, height, path = found[-1]  # the solid ones come last
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><path d="{path}"/></svg>'
        )
        rules.append(
            f""".fa-{name} {{ mask-image: url("data:image/svg+xml,{quote(svg, safe=" =:/'")}"); }}"""
        )
    return "\n".join(rules)


def write_bundles(app: Sphinx, failed: Exception | None) -> None:
    """Write the bundles when all pages are there: they tell what is used."""
    if failed or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    scripts = [static.joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS]
    pages = [
        p.read_text(encoding="utf-8") for p in Path(app.outdir).rglob("*.html") if static not in p.parents
    ]
    other = [p.read_text(encoding="utf-8") for p in static.glob("*.js")]
    words = {word for text in (*pages, *scripts, *other) for word in re.findall(r"[A-Za-z_][\w-]*", text)}
    shown = {name.removeprefix("fa-") for text in pages for name in ICON.findall(text)}
    no_icons = {
        word for word in words if not re.match(r"fa[srb]?(-|$)", word)
    }  # the theme's own, with its fonts
    styles = [
        used_rules(path.read_text(encoding="utf-8"), words if name == "book.css" else no_icons)
        for name in STYLES
        for path in sorted(static.glob(name))
    ]
    styles.append(used_rules(QUIZZES, words))
    styles.append(icons(shown, static.joinpath("scripts", "fontawesome.js").read_text(encoding="utf-8")))
    static.joinpath("bundle.css").write_text("\n".join(styles), encoding="utf-8", newline="\n")
    # A line of its own for what ends in a comment.
    static.joinpath("bundle.js").write_text("\n;\n".join(scripts), encoding="utf-8", newline="\n")


def name_folds(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Let folded parts be called what is written on them: MyST-NB calls each of them the same, for screen readers."""
    if "body" in context:
        context["body"] = context["body"].replace('<summary aria-label="Toggle hidden content">', "<summary>")


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    app.connect("html-page-context", name_folds)
    app.connect("html-page-context", choose_assets, priority=900)  # after those that add
    app.connect("build-finished", write_bundles, priority=900)  # after the theme has written its pygments.css
    return {"parallel_read_safe": True, "parallel_write_safe": True}
