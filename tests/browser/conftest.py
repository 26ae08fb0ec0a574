"""A browser for the tests of this folder: the system's Chromium, driven by Playwright."""

import os
import re
import shutil

import pytest
from host import POLICY_WITH_PYTHON, serve
from playwright.sync_api import sync_playwright

from bplib.explorer.page import HERE, stylesheet

from . import book
from .reader import ExplorerPage, View, Visit

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FOREIGN = re.compile(r"^(?!file:|data:|blob:|about:|http://127\.0\.0\.1[:/])")


def find_chromium(playwright):
    """The browser to use: the one named, the system's, or the one that `playwright install` fetched."""
    if own := os.environ.get("CHROMIUM"):
        return own
    # The shell is the same engine without a window's trappings: it opens a page with a third of the work.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    fetched = playwright.chromium.executable_path
    return next((path for name in names if (path := shutil.which(name))), None) or (
        fetched if os.path.exists(fetched) else None
    )


@pytest.fixture(scope="package")
def browser():
    # Closed when the folder's tests end: Playwright's event loop would be in the way of other tests'.
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            message = (
                "no browser was found: install Chromium or Chrome with the system's packages (on Debian `apt-get "
                "install chromium-headless-shell`), fetch one with `playwright install chromium`, or set CHROMIUM to "
                "the path of one"
            )
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def addresses():
    """Where the book is: as files, and on servers of this machine, from the root and below it, and for Python."""
    assert book.BUILT, book.NOT_BUILT
    below = "/courses/backprop"
    servers = [serve(book.HTML), serve(book.HTML, below), serve(book.HTML, below, POLICY_WITH_PYTHON)]
    http, other, python = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    yield {"file": book.HTML.as_uri(), "http": http, "http below": other + below, "python": python + below}
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def serve_files(tmp_path_factory):
    """Serve files, given by their names, from a folder of their own or from that one; the server's address."""
    servers = []

    def serve_files(files, folder=None):
        folder = folder or tmp_path_factory.mktemp("served")
        for name, text in files.items():
            folder.joinpath(name).parent.mkdir(exist_ok=True)
            folder.joinpath(name).write_text(text, encoding="utf-8")
        servers.append(serve(folder))
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield serve_files
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def serve_explorers(serve_files):
    """Serve a page of nothing but this, with the explorers' script and style sheet; its address."""

    def serve_explorers(body, scripts, folder=None):
        page = (
            '<!doctype html><html data-theme="light"><head><meta charset="utf-8"><title>x</title><link rel="icon" '
            'href="data:,"><link rel="stylesheet" href="explorer.css"><script defer src="explorer.js"></script></head>'
            f"<body>{body}</body></html>"
        )
        script = HERE.joinpath("explorer.js").read_text(encoding="utf-8")
        files = {"explorer.css": stylesheet(), "explorer.js": script, "page.html": page}
        return f"{serve_files(files | scripts, folder)}/page.html"

    return serve_explorers


@pytest.fixture(scope="package")
def with_python(addresses):
    """The address of a book that can run Python in its pages; without the files for it, nothing is to be tested."""
    if not book.HTML.joinpath("_static", "python", "pyodide.mjs").exists():
        message = f"the book in {book.HTML} has no Python in its pages: `make live`, then `make book`"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return addresses["python"]


@pytest.fixture(scope="package")
def new_visit(browser):
    """Opens an address in a fresh context, in which nothing outside this machine can be reached."""

    def new_visit(url, *, viewport=(1280, 900), **options):
        width, height = viewport
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(20_000)  # a machine may be busy
        visit = Visit(context)
        context.route(FOREIGN, lambda route: (visit.foreign.append(route.request.url), route.abort()))
        visit.open(url)
        return visit

    return new_visit


@pytest.fixture
def open_url(new_visit):
    """Opens an address; at the end, no page may have asked for anything outside or complained."""
    visits = []

    def open_url(url, **options):
        visits.append(new_visit(url, **options))
        return visits[-1]

    yield open_url
    for visit in visits:
        visit.context.close()
    for visit in visits:
        visit.check()


@pytest.fixture
def open_page(addresses, open_url):
    """Opens a page of the book by its name: open_page("chapters/01_weights", origin="file")."""

    def open_page(page, *, origin="http", **options):
        return open_url(f"{addresses[origin]}/{page}.html", **options)

    return open_page


@pytest.fixture(scope="module", params=book.pages())
def visit(request, new_visit, addresses):
    """Each page of the book, open for all tests of a file: opening it takes longer than most of them."""
    # Past the policy, which would not let a test add a style sheet.
    visit = new_visit(f"{addresses['http']}/{request.param}.html", bypass_csp=True)
    visit.name = request.param
    yield visit
    visit.context.close()


@pytest.fixture(params=[View()], ids=str)
def view(request):
    """How the page is seen: a test that asks for others has them by `seen`."""
    return request.param


def seen(*views):
    """Mark a test of a page as one that is run in each of these views of it."""
    return pytest.mark.parametrize("view", views, ids=str, indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Let a page be seen in one view after the other, each once for all tests that ask for it.

    To lay a page out anew takes longer than most of these tests.
    """
    places = {}

    def place(item):
        file = places.setdefault(item.path, len(places))
        asked = item.callspec.params if hasattr(item, "callspec") else {}
        if not {"visit", "view"} <= asked.keys():
            return file, -1
        return file, pages[asked["visit"]], asked["view"].place

    pages = {page: n for n, page in enumerate(book.pages())}
    items.sort(key=place)


@pytest.fixture
def page(visit, view):
    """The page in that view as a reader finds it, but that its folded parts are open."""
    visit.look(*view)
    visit.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    yield visit.page
    visit.check()


@pytest.fixture(scope="package")
def shared_visits():
    """The pages that tests of single explorers share: opening one takes longer than most of these tests."""
    return {}


@pytest.fixture
def explorer_page(addresses, new_visit, shared_visits):
    """An explorer of the book, ready to be moved: explorer_page("chapters/01_weights", "one-input").

    It has `.set(**controls)`, by the names in the notebook and with its values; `.sentence()`, `.rows()`,
    `.moving()`. All controls stand where they start.
    """
    used = []

    def explorer_page(page, id):
        recorded = book.explorer(page, id)
        if page not in shared_visits:
            shared_visits[page] = new_visit(f"{addresses['http']}/{page}.html")
        used.append(shared_visits[page])
        explorer = ExplorerPage(shared_visits[page], recorded)
        explorer.go_to(recorded.start)
        return explorer

    yield explorer_page
    for visit in used:
        visit.check()
