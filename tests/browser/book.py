"""The built book: its pages, their explorers, and the same explorers made anew from the notebooks."""

import contextlib
import html
import io
import itertools
import json
import os
import random
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
from test_exercises import needed

from bplib.explorer import Explorer, Frame

ROOT = Path(__file__).parents[2]
# Another build of the book can be tested: BOOK_HTML=/some/where/_build/html
HTML = Path(os.environ.get("BOOK_HTML") or ROOT / "_build" / "html").resolve()
SOURCE = HTML.parents[1] if (HTML.parents[1] / "_toc.yml").exists() else ROOT
BUILT = HTML.joinpath("index.html").exists()
NOT_BUILT = f"there is no book in {HTML}: build it with `make book`"

# Stands in the place of pages and explorers where there is no build, so that every test is there to fail.
NOTHING = "no-build"
GENERATED = {"genindex", "search"}
NOT_FOUND = "404"  # a page of its own, without the theme: test_pages.py has its tests


def text(page):
    """The HTML of a page, named as Sphinx names it: its path without the ending."""
    assert BUILT, NOT_BUILT
    return HTML.joinpath(f"{page}.html").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Recorded:
    """An explorer as a page holds it, read without its script."""

    page: str
    id: str
    tracks: tuple
    controls: tuple  # of (name, texts, start)

    def places(self, n):
        """The position of each control in state number n; the last control counts fastest."""
        found = []
        for _, texts, _ in reversed(self.controls):
            n, place = divmod(n, len(texts))
            found.append(place)
        return tuple(reversed(found))

    def state(self, places):
        n = 0
        for (_, texts, _), place in zip(self.controls, places, strict=True):
            n = n * len(texts) + place
        return n

    @property
    def start(self):
        return tuple(start for _, _, start in self.controls)

    @property
    def n_states(self):
        return int(np.prod([len(texts) for _, texts, _ in self.controls]))

    def piece(self, k, n):
        """What moving place k shows in state n; None where it never changes."""
        track = self.tracks[k]
        return None if track == 0 else track[0][track[1][n]]

    def picture(self, n):
        return tuple(self.piece(k, n) for k in range(len(self.tracks) - 2))

    def sentence(self, n):
        piece = self.piece(-2, n)
        return None if piece is None else html.unescape(piece)


def read_explorers(text, folder, page=""):
    """The explorers in the HTML of a page that have controls; their frames are found from the page's folder."""
    found = []
    for figure in re.findall(r'<figure class="explorer".*?</figure>', text, re.S):
        address = re.search(r' data-frames="([^"?]+)', figure)
        if not address:
            continue
        data = (folder / address[1]).read_text(encoding="utf-8").split(" = ", 1)[1].removesuffix(";\n")
        id = re.search(r'id="([^"]+)"', figure)[1]
        controls = []
        for tag in re.finditer(r"<input [^>]*>|<select .*?</select>", figure, re.S):
            own = re.search(r' id="([^"]+)"', tag[0])[1]
            assert own.startswith(f"{id}."), own
            if tag[0].startswith("<select"):
                options = re.findall(r"<option( selected)?>(.*?)</option>", tag[0])
                texts = [html.unescape(words) for _, words in options]
                start = [bool(selected) for selected, _ in options].index(True)
            elif 'type="checkbox"' in tag[0]:
                texts, start = ["off", "on"], int(" checked" in tag[0])
            else:
                texts = json.loads(html.unescape(re.search(r' data-texts="([^"]*)"', tag[0])[1]))
                start = int(re.search(r' value="(\d+)"', tag[0])[1])
            controls.append((own.removeprefix(f"{id}."), tuple(texts), start))
        found.append(Recorded(page, id, tuple(json.loads(data)), tuple(controls)))
    return found


@cache
def pages():
    if not BUILT:
        return (NOTHING,)
    found = sorted(p.relative_to(HTML).with_suffix("").as_posix() for p in HTML.rglob("*.html"))
    return tuple(p for p in found if not p.startswith("_") and p != NOT_FOUND)


@cache
def explorers():
    """Every explorer of the book with controls, by (page, id)."""
    if not BUILT:
        return {(NOTHING, NOTHING): None}
    return {
        (page, made.id): made
        for page in pages()
        for made in read_explorers(text(page), (HTML / page).parent, page)
    }


def explorer_pages():
    return tuple(dict.fromkeys(page for page, _ in explorers()))


def explorer(page, id):
    assert BUILT, NOT_BUILT
    return explorers()[page, id]


def sample(recorded, count, seed="book"):
    """Numbers of some states: the first, the last, the start, and random ones."""
    chance = random.Random(f"{seed} {recorded.id}")
    chosen = {0, recorded.n_states - 1, recorded.state(recorded.start)}
    chosen |= set(chance.sample(range(recorded.n_states), min(count, recorded.n_states)))
    return sorted(chosen, key=lambda n: (chance.random(), n))


# -- the same explorers, made anew ---------------------------------------------------------------------------------


class Live(NamedTuple):
    """Frames by their state, and the shapes that they refer to: an explorer numbers them as it draws them first."""

    frames: dict[int, Frame]
    defs: str


@cache
def live_frames(page, count=20):
    """For each explorer of a page, what a fresh one shows at some positions: {id: Live}.

    The notebook's cells that make explorers, and what these need, run here one after the other, in a namespace of
    their own. An explorer is asked right after its cell, as a build records it.
    """
    recorded = {id: explorer(page, id) for p, id in explorers() if p == page}
    made, frames = [], {}
    notebook = nbformat.read(SOURCE / f"{page}.ipynb", as_version=4)
    namespace = {"__name__": "__main__", "display": lambda *_, **__: None}
    own_init = Explorer.__init__

    def init(self, *arguments, **options):
        own_init(self, *arguments, **options)
        made.append(self)

    names, state, here = Explorer._names, np.random.get_state(), Path.cwd()  # noqa: NPY002
    with contextlib.ExitStack() as undo:
        undo.callback(setattr, Explorer, "__init__", own_init)
        undo.callback(setattr, Explorer, "_names", names)
        undo.callback(np.random.set_state, state)
        undo.callback(os.chdir, here)
        undo.enter_context(np.printoptions())
        undo.enter_context(warnings.catch_warnings())
        undo.enter_context(contextlib.redirect_stdout(io.StringIO()))
        undo.enter_context(contextlib.redirect_stderr(io.StringIO()))
        warnings.simplefilter("ignore")
        Explorer.__init__, Explorer._names = init, Counter()
        os.chdir((SOURCE / page).parent)
        cells = [
            re.sub(r"(?m)^%.*$", "", cell.source)
            for cell in notebook.cells
            if cell.cell_type == "code" and "raises-exception" not in cell.metadata.get("tags", ())
        ]
        for n, code in needed(cells, set(), r"@explorer\(|\bExplorer\("):
            exec(compile(code, f"{page}, code cell {n}", "exec"), namespace)
            for explorer_ in made:
                if explorer_.id in recorded:
                    frames[explorer_.id] = at_states(explorer_, recorded[explorer_.id], count)
            made.clear()
    return frames


def at_states(made, recorded, count):
    controls = list(made.controls.items())
    frames = {}
    for n in sample(recorded, count):
        places = recorded.places(n)
        # The page's controls must be the notebook's: else the positions would not be comparable.
        assert [(name, tuple(c.texts)) for name, c in controls] == [
            (name, texts) for name, texts, _ in recorded.controls
        ]
        frames[n] = made.at(**{name: c.values[i] for (name, c), i in zip(controls, places, strict=True)})
    return Live(frames, re.search(r"<defs>(.*?)</defs>", made.stage.svg(frames[n].moving), re.S)[1])


def along(recorded, k):
    """Where control k can be tried: the places of the others (and its own start), and its states along the way.

    The start comes first: a control that does something there is tried there.
    """
    others = itertools.product(*(range(len(texts)) for _, texts, _ in recorded.controls))
    for places in (recorded.start, *others):
        if places[k] == recorded.start[k]:
            yield (
                places,
                [
                    recorded.state([*places[:k], i, *places[k + 1 :]])
                    for i in range(len(recorded.controls[k][1]))
                ],
            )


def telling_place(recorded, k):
    """The places of the controls, the start's if possible, where control k changes picture and sentence."""
    for places, states in along(recorded, k):
        if len({recorded.picture(n) for n in states}) > 1 and len({recorded.sentence(n) for n in states}) > 1:
            return places
    return None
