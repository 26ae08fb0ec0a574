"""A Sphinx extension: the picture on the book's first page is one of a chapter's explorers, and moves.

Where index.md is read as a file it shows a picture; in the book the explorer stands in its place, as the chapter
recorded it, at a position that shows more than its first. `make picture` takes the picture from there.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from math import prod
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

CHAPTER, EXPLORER = "chapters/06_full_algorithm", "one-pass"
SLIDER, POSITION = "step", "8"
PICTURE = re.compile(r"<p>\s*<img [^>]*one-pass[^>]*>\s*</p>")


def controls(figure: str) -> Iterator[tuple[str, int, int]]:
    """Each control of a recorded explorer: its tag, how many positions it has, and the one where it stands."""
    for tag in re.findall(r"<input [^>]*>|<select .*?</select>", figure, re.DOTALL):
        if options := re.findall("<option( selected)?>", tag):
            yield tag, len(options), options.index(" selected")
        elif 'type="checkbox"' in tag:
            yield tag, 2, int(" checked" in tag)
        else:
            last, now = (int(re.search(f' {name}="(.*?)"', tag)[1]) for name in ("max", "value"))  # type: ignore[index]
            yield tag, last + 1, now


def moved(figure: str, slider: str, said: str) -> str:
    """A recorded explorer as it is where one of its sliders says this, the others being where they start."""
    tags, counts, places = zip(*controls(figure), strict=True)
    k = next(i for i, tag in enumerate(tags) if f'.{slider}"' in tag)
    texts = json.loads(html.unescape(re.search(' data-texts="(.*?)"', tags[k])[1]))  # type: ignore[index]
    apart = prod(counts[k + 1 :])  # the last control counts fastest
    before = sum(place * prod(counts[i + 1 :]) for i, place in enumerate(places))
    after = before + (texts.index(said) - places[k]) * apart

    def change(old: str, new: str) -> None:
        nonlocal figure
        if old not in figure:
            raise ExtensionError(f"the explorer {EXPLORER} has no {old[:100]!r} to be moved")
        figure = figure.replace(old, new, 1)

    was, now = (html.escape(text) for text in (texts[places[k]], said))
    tag = (
        tags[k]
        .replace(f' value="{places[k]}"', f' value="{texts.index(said)}"')
        .replace(f'text="{was}"', f'text="{now}"')
    )
    shown = figure[: figure.index(tags[k])].rpartition('aria-hidden="true">')
    change("".join(shown) + tags[k], shown[0] + shown[1] + shown[2].replace(was, now, 1) + tag)
    tracks = json.loads(re.search(' data-explorer=".*?">(.*?)</script>', figure)[1])  # type: ignore[index]
    around = [(f'<g data-slot="{i}">', "</g>") for i in range(len(tracks) - 2)]
    around += [("", "</figcaption>"), ("", "</tbody>")]
    for track, (opening, end) in zip(tracks, around, strict=True):
        if track:
            pieces, which = track
            change(opening + pieces[which[before]] + end, opening + pieces[which[after]] + end)
    return figure


def explorer(app: Sphinx) -> str:
    """The explorer in its chapter."""
    for raw in app.env.get_doctree(CHAPTER).findall(nodes.raw):
        if f'<figure class="explorer" id="{EXPLORER}"' in raw.astext():
            return raw.astext()
    raise ExtensionError(f"{CHAPTER} has no explorer {EXPLORER}, which the first page of the book shows")


def to_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Sphinx calls this for each page."""
    if page == app.config.root_doc:
        figure = moved(explorer(app), SLIDER, POSITION)
        context["body"], found = PICTURE.subn(lambda _: figure, context["body"])
        if found != 1:
            raise ExtensionError(f"the first page has {found} pictures called one-pass; expected 1")


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect(
        "env-updated", lambda app, env: [app.config.root_doc]
    )  # it is written whenever a chapter may have been
    app.connect(
        "html-page-context", to_page, priority=400
    )  # before the explorers' own, which puts frames apart
    return {"parallel_read_safe": True, "parallel_write_safe": True}
