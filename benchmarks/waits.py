"""What a reader waits for and downloads: each page's size, each explorer's, and from slider to painted picture.

`make bench` runs it on the built book. It measures; it does not judge, and is no test. In the page a move is timed
from the input event to the first animation frame after the new picture stands in the document, and to the one after
that, before which it is painted. In JupyterLab a slider of the same explorer is moved by its arrow key in a real
kernel, against two others on the same page: a slider that writes its value into an HTML widget, which is the least
that any widget can take, and ipywidgets' `interact` with `plt.show()`, which is the usual way.
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

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "_build" / "html"
MOVES = 200
MOVES_IN_LAB = 40
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

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


def kilobytes(data):
    return f"{len(data) / 1000:7.0f} {len(gzip.compress(data, 9, mtime=0)) / 1000:7.1f}"


def find_chromium():
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def imports():
    """What `import bplib` adds to numpy's own import, the least of five processes."""
    code = (
        "import time; a = time.perf_counter(); import numpy; b = time.perf_counter(); import {0}; "
        "print(1000 * (b - a), 1000 * (time.perf_counter() - b))"
    )
    for module in ("bplib", "bplib.explorer"):
        run = [sys.executable, "-c", code.format(module)]
        times = [
            subprocess.run(run, capture_output=True, text=True, check=True).stdout.split() for _ in range(5)
        ]
        numpy, ours = (min(map(float, column)) for column in zip(*times, strict=True))
        print(f"import numpy {numpy:.0f} ms, then import {module} {ours:.1f} ms")
    print()


def pages(browser):
    print(f"{'page':34} {'kB':>7} {'gzipped':>7}  requests")
    explorers = []
    for path in sorted(BOOK.rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        page = browser.new_page()
        requests = []
        page.on("request", lambda request, all=requests: all.append(request.url))
        page.goto(path.as_uri())
        page.close()
        print(f"{path.relative_to(BOOK)!s:34} {kilobytes(html.encode())}  {len(requests):8}")
        for figure in re.findall(r'<figure class="explorer".*?</figure>', html, flags=re.S):
            if frames := re.search(r'data-frames="([^"?]+)', figure):
                explorers.append(
                    (
                        path,
                        re.search(r'id="([^"]+)"', figure)[1],
                        (path.parent / frames[1]).read_text("utf-8"),
                    )
                )
    print(
        f"\n{'explorer':34} {'kB':>7} {'gzipped':>7} positions   B gzipped each    ms to frame  ms to paint (p50, p95)"
    )
    for path, id, frames in explorers:
        tracks = json.loads(frames.split(" = ", 1)[1].removesuffix(";\n"))
        states = max(len(track[1]) for track in tracks if track)
        page = browser.new_page()
        page.goto(path.as_uri())
        page.locator(f"#{id}").scroll_into_view_if_needed()
        page.wait_for_function("(id) => 'ready' in document.getElementById(id).dataset", arg=id)
        times = ""
        if page.locator(f"#{id} input[type=range]").count():
            moved = page.evaluate(MOVE, [id, MOVES])
            swap, paint = zip(*moved, strict=True)
            times = (
                f"{statistics.median(swap):5.1f} {percentile(swap, 0.95):5.1f}"
                f"   {statistics.median(paint):5.1f} {percentile(paint, 0.95):5.1f}"
            )
        page.close()
        each = len(gzip.compress(frames.encode(), 9, mtime=0)) / states
        print(f"{path.stem[:3]}{id:31} {kilobytes(frames.encode())} {states:9} {each:12.0f}        {times}")


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
            print(f"\nIn JupyterLab, ms from key to painted picture, {MOVES_IN_LAB} moves (p50, p95)")
            rows = {}
            for name, k, change in (
                ("a slider and an HTML widget: the floor", 2, ".widget-html-content"),
                ("the explorer one_input", 1, ".widget-html-content"),
                ("interact with plt.show()", 3, ".jupyter-widgets-output-area, .widget-output"),
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
                print(f"  {name:42} {rows[name]:6.0f} {percentile(times, 0.95):6.0f}")
            least, ours, usual_ms = rows.values()
            print(f"  the explorer takes {ours / least:.2f} times the floor,")
            print(f"  and interact {usual_ms / ours:.2f} times the explorer")
        finally:
            server.terminate()
            server.wait(20)


def main():
    chromium = find_chromium()
    if chromium is None or not BOOK.is_dir():
        sys.exit("This needs the built book (make book) and Chromium (Debian: apt install chromium).")
    imports()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        pages(browser)
        lab(browser)
        browser.close()


if __name__ == "__main__":
    main()
