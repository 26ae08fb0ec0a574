"""A server for the built book that does what the README's section on hosting asks of a host: a header, and gzip."""

import gzip
import re
import threading
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

README = Path(__file__).resolve().parent.parent / "README.md"
# The one for every book, and the wider one for a book with Python in its pages.
POLICY, POLICY_WITH_PYTHON = re.findall(r"^Content-Security-Policy: (.+)$", README.read_text("utf-8"), re.M)
# What browsers insist on for Python: on Windows, the system's registry may say otherwise.
TYPES = SimpleHTTPRequestHandler.extensions_map | {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
}
PACKED = (".woff2", ".png", ".npz", ".whl", ".zip")


@cache
def packed(path: str, changed: float) -> bytes:
    return gzip.compress(Path(path).read_bytes())


class Host(SimpleHTTPRequestHandler):
    """Serves a folder from the server's root or, as some hosts do, below it."""

    extensions_map = TYPES

    def __init__(self, *arguments, below: str = "", policy: str = POLICY, **options) -> None:
        self.below, self.policy = below, policy
        super().__init__(*arguments, **options)

    def translate_path(self, path: str) -> str:
        """The file of an address; none, where the address does not begin as it should."""
        inside = path.startswith(f"{self.below}/")
        return super().translate_path(path.removeprefix(self.below) if inside else "/nothing/here")

    def send_head(self) -> BytesIO | BinaryIO | None:
        """A file as gzip where it is not packed already; the rest as the server does it."""
        path = Path(self.translate_path(self.path))
        if (
            not path.is_file()
            or path.suffix in PACKED
            or "gzip" not in self.headers.get("Accept-Encoding", "")
        ):
            return super().send_head()
        data = packed(str(path), path.stat().st_mtime)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        return BytesIO(data)

    def end_headers(self) -> None:
        """The policy goes with everything."""
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal for what is measured or tested."""


def serve(folder: Path, below: str = "", policy: str = POLICY) -> ThreadingHTTPServer:
    """Start a server in a thread of its own, on a free port of this machine."""
    handler = partial(Host, directory=str(folder), below=below, policy=policy)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
