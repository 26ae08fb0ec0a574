"""Small books that Sphinx builds for the tests: several in one process, of which loading Sphinx is the longest part."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

# Each starts with the environment that is given for it, whatever an extension has set in the one before.
PROGRAM = """
import contextlib, io, json, os, sys
from sphinx.cmd.build import main

told, given, path = [], dict(os.environ), list(sys.path)
for arguments, more in json.loads(sys.argv[1]):
    os.environ.clear()
    os.environ.update(given | more)
    sys.path[:] = os.environ.get("PYTHONPATH", "").split(os.pathsep) + path
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(arguments)
    told.append([code, said.getvalue()])
print(json.dumps(told))
"""


def build(*wanted, without=()):
    """How each build ended and what it said: of (the arguments of sphinx-build, what the environment has besides).

    In a process of its own, with an environment `without` some of this one's: an extension may change it.
    """
    environment = {key: value for key, value in os.environ.items() if key not in without}
    command = [sys.executable, "-c", PROGRAM, json.dumps(wanted)]
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [SimpleNamespace(code=code, said=said) for code, said in json.loads(done.stdout.splitlines()[-1])]
