"""What a reader waits for and downloads: imports, pages until they are painted, explorers, slider to picture, Python.

`make bench` runs it on the built book. It measures; it does not judge, and is no test. A page is opened from disk and
from a server of this machine, each time in a new profile, until its first paint with text or a picture; what it asks
for until it is loaded is counted as a host sends it, packed. In the page a move is timed from the input event to the
first animation frame after the new picture stands in the document, and to the one after that, before which it is
painted. In JupyterLab a slider of the same explorer is moved by its arrow key in a real
kernel, against two others on the same page: a slider that writes its value into an HTML widget, which is the least
that any widget can take, and ipywidgets' `interact` with `plt.show()`, which is the usual way. The tables go into
README.md.
"""

import gzip
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright
from report import write

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from host import POLICY_WITH_PYTHON, serve  # noqa: E402

BOOK = ROOT / "_build" / "html"
MOVES = 200
MOVES_IN_LAB = 40
LOADS = 5
STARTS_OF_PYTHON = 3
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Resolves to when something was painted first, and how many bytes came for the page, packed as they were.
OPENED = """
() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  done([performance.getEntriesByName("first-contentful-paint")[0].startTime,
        all.reduce((sum, entry) => sum + entry.encodedBodySize, 0)]);
}, 50)))
"""

# Moves one slider back and forth; resolves to the milliseconds of each move.
MOVE = """
([id, moves]) => new Promise(async (done) => {
  const figure = document.getElementById(id);
  const input = figure.querySelector("input[type=range]");
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  let step = 1;
  for (let i = 0; i < moves; i++) {
    if (+input.value + step > +input.max || +input.value + step < 0) step = -step;
    await frame();
    await new Promise((r) => setTimeout(r, 3 + (i * 7) % 14)); // an event comes at any moment of a frame
    const start = performance.now();
    input.value = +input.value + step;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await frame(); // the explorer's own callback was asked for first
    const swapped = performance.now();
    await frame();
    times.push([swapped - start, performance.now() - start]);
  }
  done(times);
})
"""

# The same where Python in the page draws: the sentence is written with the picture.
MOVE_DRAWN = """
async ([id, moves]) => {
  const figure = document.getElementById(id);
  const input = figure.querySelector("input[type=range]");
  const caption = figure.querySelector("figcaption");
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  let step = 1;
  for (let i = 0; i < moves; i++) {
    if (+input.value + step > +input.max || +input.value + step < 0) step = -step;
    await frame();
    await new Promise((r) => setTimeout(r, 3 + (i * 7) % 14));
    const written = new Promise((done) => {
      new MutationObserver((_, observer) => { observer.disconnect(); done(); }).observe(caption, { childList: true });
    });
    const start = performance.now();
    input.value = +input.value + step;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await written;
    const swapped = performance.now();
    await frame();
    times.push([swapped - start, performance.now() - start]);
  }
  return times;
}
"""

# Presses the arrow key is done outside; this waits for the next change below a widget and one frame.
CHANGE = """
(selector) => {
  const target = document.querySelector(selector);
  window.__start = 0;
  document.addEventListener("keydown", () => { window.__start = performance.now(); }, { once: true, capture: true });
  window.__change = new Promise((done) => {
    new MutationObserver((_, observer) => {
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - window.__start)));
    }).observe(target, { childList: true, subtree: true, characterData: true, attributes: true });
  });
}
"""


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def packed(data):
    return len(gzip.compress(data, 9, mtime=0))


def find_chromium():
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def imports():
    """What `import bplib` adds to numpy's own import, the least of five processes."""
    code = (
        "import time; a = time.perf_counter(); import numpy; b = time.perf_counter(); import {0}; "
        "print(1000 * (b - a), 1000 * (time.perf_counter() - b))"
    )
    for module in ("bplib", "bplib.explorer.figure"):
        run = [sys.executable, "-c", code.format(module)]
        times = [
            subprocess.run(run, capture_output=True, text=True, check=True).stdout.split() for _ in range(5)
        ]
        numpy, ours = (min(map(float, column)) for column in zip(*times, strict=True))
        yield f"- `import {module}`: {ours:.3g} ms after numpy's {numpy:.0f} ms."


def pages(browser):
    """A table of the pages."""
    yield "| page | HTML, kB packed | files at load | kB at load | painted from disk | from a server |"
    yield "|---|---|---|---|---|---|"
    server = serve(BOOK)
    for path in sorted(BOOK.rglob("*.html")):
        name = path.relative_to(BOOK).as_posix()
        if name.startswith("_static"):
            continue  # the theme's macros
        painted = {}
        for address in (path.as_uri(), f"http://127.0.0.1:{server.server_port}/{name}"):
            painted[address] = []
            for _ in range(LOADS):
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                page = context.new_page()
                requests = []
                page.on("request", lambda request, all=requests: all.append(request.url))
                page.goto(address, wait_until="load")
                first, size = page.evaluate(OPENED)
                painted[address].append(first)
                context.close()
        disk, http = (statistics.median(times) for times in painted.values())
        files = len({url for url in requests if url.startswith("http")})
        yield (
            f"| {name.removesuffix('.html')} | {packed(path.read_bytes()) / 1000:.0f} | {files} | {size / 1000:.0f} "
            f"| {disk:.0f} ms | {http:.0f} ms |"
        )
    server.shutdown()
    server.server_close()


def explorers(browser):
    """A table of the explorers."""
    yield "| explorer | frames, kB packed | positions | in the document (p50, p95) | painted (p50, p95) |"
    yield "|---|---|---|---|---|"
    for path in sorted(BOOK.rglob("*.html")):
        for figure in re.findall(
            r'<figure class="explorer".*?</figure>', path.read_text("utf-8"), flags=re.S
        ):
            address = re.search(r'data-frames="([^"?]+)', figure)
            if not address or 'type="range"' not in figure:
                continue
            id = re.search(r'id="([^"]+)"', figure)[1]
            frames = (path.parent / address[1]).read_text("utf-8")
            tracks = json.loads(frames.split(" = ", 1)[1].removesuffix(";\n"))
            states = max(len(track[1]) for track in tracks if track)
            page = browser.new_page()
            page.goto(path.as_uri())
            page.locator(f"#{id}").scroll_into_view_if_needed()
            page.wait_for_function("(id) => 'ready' in document.getElementById(id).dataset", arg=id)
            moved = zip(*page.evaluate(MOVE, [id, MOVES]), strict=True)
            page.close()
            times = " | ".join(f"{statistics.median(ms):.1f}, {percentile(ms, 0.95):.1f} ms" for ms in moved)
            size = packed(frames.encode()) / 1000
            yield f"| {path.stem[:2]} {id} | {size:.1f} | {states} | {times} |"


def python(browser):
    """Python in the page: until it runs code, until it has drawn a figure, until a picture follows its slider."""
    if not (BOOK / "_static" / "python" / "pyodide.asm.wasm").is_file():
        yield "Python in the page: this book has none (`make live`, then `make book`)."
        return
    server = serve(BOOK, policy=POLICY_WITH_PYTHON)
    processes = browser.new_browser_cdp_session()

    def work():
        """Seconds of processor time of the whole browser so far."""
        return sum(p["cpuTime"] for p in processes.send("SystemInfo.getProcessInfo")["processInfo"])

    waits = {"it runs code": [], "the first figure": []}
    moved = []
    for _ in range(STARTS_OF_PYTHON):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(120_000)
        requests = []
        page.on("request", lambda request, all=requests: all.append(request.url))
        page.goto(f"http://127.0.0.1:{server.server_port}/chapters/01_weights.html", wait_until="load")
        page.locator("figure#one-input[data-ready]").wait_for()
        page.evaluate("document.querySelectorAll('.cell details').forEach((d) => { d.open = true; })")
        before = [url for url in requests if re.search(r"pyodide|\.whl|worker|page\.js|bplib", url)]
        assert before == [], "loaded before the click"
        start, spent = time.perf_counter(), work()
        page.get_by_role("button", name="Run Python here").click()
        page.get_by_role("button", name="Run cell 2", exact=True).click()
        page.locator(".python-state", has_text="Python is ready").wait_for()
        waits["it runs code"].append((time.perf_counter() - start, work() - spent))
        page.locator("figure#one-input .explorer-drawn").wait_for()
        waits["the first figure"].append((time.perf_counter() - start, work() - spent))
        (worker,) = page.workers
        loaded = worker.evaluate(
            "performance.getEntriesByType('resource').reduce((sum, entry) => sum + entry.encodedBodySize, 0)"
        )
        moved += page.evaluate(MOVE_DRAWN, ["one-input", MOVES])
        heap = page.evaluate(
            "new Promise((done) => python.run('import pyodide_js; print(pyodide_js._module.HEAP8.length)', "
            "(kind, value) => kind === 'text' && +value && done(+value)))"
        )
        context.close()
    server.shutdown()
    server.server_close()
    yield (
        f"Python in the page, from a server on this machine, {STARTS_OF_PYTHON} starts with nothing kept; nothing of "
        f"it is loaded before the button is pressed, {loaded / 1e6:.1f} MB packed afterwards. Load average of the "
        f"machine: {os.getloadavg()[0]:.1f}."
    )
    yield ""
    yield "| from the press of the button until | median, longest | processor time |"
    yield "|---|---|---|"
    for what, times in waits.items():
        seconds, work_ = zip(*times, strict=True)
        yield (
            f"| {what} | {statistics.median(seconds):.1f}, {max(seconds):.1f} s | {statistics.median(work_):.1f} s |"
        )
    yield ""
    written, painted = zip(*moved, strict=True)
    yield (
        f"A move of the slider of `one_input`, drawn anew: in the document after {statistics.median(written):.0f} ms, "
        f"{percentile(written, 0.95):.0f} (p95); painted after {statistics.median(painted):.0f}, "
        f"{percentile(painted, 0.95):.0f} ms. Python's memory: {heap / 1e6:.0f} MB."
    )


def lab(browser):
    """An explorer in JupyterLab against the least that a widget can take, and against `interact`."""
    chapter = nbformat.read(ROOT / "chapters" / "01_weights.ipynb", as_version=4)
    cells = [cell.source for cell in chapter.cells if cell.cell_type == "code"]
    first = next(source for source in cells if "def one_input" in source)
    floor = (
        "import ipywidgets\nslider, out = ipywidgets.FloatSlider(min=-3, max=3, step=0.25), ipywidgets.HTML()\n"
        "slider.observe(lambda change: setattr(out, 'value', f'<b>{change.new}</b>'), 'value')\n"
        "ipywidgets.VBox([slider, out])"
    )
    usual = (
        "import matplotlib.pyplot as plt\n%matplotlib inline\n"
        "@ipywidgets.interact(w=ipywidgets.FloatSlider(min=-3, max=3, step=0.25), b=(-3.0, 3.0))\n"
        "def usual(w, b):\n    fig, ax = plt.subplots(figsize=(4.8, 3.6))\n"
        "    ax.plot([-3, 3], [b - 3 * w, b + 3 * w])\n"
        "    ax.plot([0], [b], 'o')\n    ax.set(xlim=(-3, 3), ylim=(-7, 7), xlabel='x', ylabel='z')\n    plt.show()"
    )
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (cells[0], first, floor, usual)],
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    )
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        nbformat.write(book, Path(folder, "waits.ipynb"))
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}",
             "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            for _ in range(120):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=1)
                    break
                except OSError:
                    time.sleep(0.5)
            page = browser.new_page(viewport={"width": 1280, "height": 2600})
            page.goto(f"http://127.0.0.1:{port}/lab/tree/waits.ipynb?reset")
            page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
            page.wait_for_timeout(3000)
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_text("Run All Cells", exact=True).first.click()
            page.locator(".jp-OutputArea .noUi-handle").nth(3).wait_for(timeout=60_000)
            page.wait_for_timeout(2000)
            outputs = page.locator(".jp-CodeCell")
            yield f"In JupyterLab, from key to painted picture, {MOVES_IN_LAB} moves (p50, p95):"
            yield ""
            rows = {}
            for name, k, change in (
                ("a slider and an HTML widget, the floor", 2, ".widget-html-content"),
                ("the explorer `one_input`", 1, ".widget-html-content"),
                ("`interact` with `plt.show()`", 3, ".jupyter-widgets-output-area, .widget-output"),
            ):
                cell = outputs.nth(k)
                mark = f"waits-{k}"
                cell.locator(change).first.evaluate(f"(e) => e.id = {mark!r}")
                handle = cell.locator(".noUi-handle").first
                handle.focus()
                times = []
                for i in range(MOVES_IN_LAB):
                    page.evaluate(CHANGE, f"#{mark}")
                    page.keyboard.press("ArrowRight" if (i // 8) % 2 == 0 else "ArrowLeft")
                    times.append(page.evaluate("() => window.__change"))
                    page.wait_for_timeout(60)
                rows[name] = statistics.median(times)
                yield f"- {name}: {rows[name]:.0f}, {percentile(times, 0.95):.0f} ms."
            least, ours, usual_ms = rows.values()
            yield (
                f"- The explorer takes {ours / least:.2f} times the floor (goal 1.4), and interact "
                f"{usual_ms / ours:.2f} times the explorer (goal 1.6)."
            )
        finally:
            server.terminate()
            server.wait(20)


def main():
    chromium = find_chromium()
    if chromium is None or not BOOK.is_dir():
        sys.exit("This needs the built book (make book) and Chromium (Debian: apt install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        parts = {
            "waits": (imports(), pages(browser), explorers(browser), lab(browser)),
            "python in the page": (python(browser),),
        }
        for name in sys.argv[1:] or parts:
            lines = []
            for part in parts[name]:
                for line in part:
                    print(line, flush=True)
                    lines.append(line)
                lines.append("")
            write(name, "\n".join(lines[:-1]))
        browser.close()


if __name__ == "__main__":
    main()
