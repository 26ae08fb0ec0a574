"""Build the book, serve it on this machine alone, and build it again when one of its files changes."""

import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from host import TYPES
from live import told

ROOT = Path(__file__).resolve().parent.parent
BUILD = [Path(sys.executable).with_name("jupyter-book"), "build", "-W", "-n", "--keep-going", "."]
LOOK_EVERY = 0.5  # seconds
NOT_THE_BOOK = {"_build", "__pycache__", "tests", "benchmarks", "findings"}


class Handler(SimpleHTTPRequestHandler):
    """Serves quietly, and so that a reload shows the newest build."""

    extensions_map = TYPES

    def end_headers(self) -> None:
        """Ask the browser to look again each time."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal for the builds."""


def sources(folder: Path = ROOT) -> dict[Path, int]:
    """The files that the book is made of, and when each changed last."""
    found: dict[Path, int] = {}
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in NOT_THE_BOOK:
            continue
        if path.is_dir():
            found |= sources(path)
        else:
            with suppress(FileNotFoundError):  # an editor's passing file
                found[path] = path.stat().st_mtime_ns
    return found


def serve(port: int) -> ThreadingHTTPServer:
    """A server on that port, or on a free one if that is taken."""
    handler = partial(Handler, directory=str(ROOT / "_build" / "html"))
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:
        return ThreadingHTTPServer(("127.0.0.1", 0), handler)


def main() -> None:
    """Until Ctrl-C."""
    with serve(8000) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        built: dict[Path, int] = {}
        while True:
            now = sources()
            if now != built:
                failed = subprocess.run(BUILD, cwd=ROOT, check=False).returncode
                if failed:  # or the next build would be silent about the same faults
                    shutil.rmtree(ROOT / "_build" / ".doctrees", ignore_errors=True)
                built = now  # as it was before the build: a file saved meanwhile is built next
                print("The build has warnings or errors, see above." if failed else "The book is built.")
                print(told(ROOT / "_build" / "html"))
                address = f"http://127.0.0.1:{server.server_port}"
                print(f"Open {address}; a saved file is built at once; Ctrl-C stops.", flush=True)
            time.sleep(LOOK_EVERY)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print()
