"""Firefox and WebKit, driven as they come with the system, by the commands of WebDriver.

Playwright drives builds of its own of these two. A `Driver` has of its `Page` what the tests need here, so that they
share their functions: `url`, `evaluate`, and a `keyboard` with `press` and `type`.
"""

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

KEYS = {
    name: chr(0xE000 + code)
    for name, code in {
        "Backspace": 3, "Tab": 4, "Enter": 7, "Shift": 8, "ControlOrMeta": 9, "Escape": 0xC, "PageUp": 0xE,
        "PageDown": 0xF, "End": 0x10, "Home": 0x11, "ArrowLeft": 0x12, "ArrowUp": 0x13, "ArrowRight": 0x14,
        "ArrowDown": 0x15, "Delete": 0x17,
    }.items()
} | {"Space": " "}  # fmt: skip
EVALUATE = """
const [argument, done] = arguments;
(async () => { const f = %s; return typeof f === "function" ? await f(argument) : f; })()
    .then((value) => done({ value: value ?? null }), (error) => done({ error: String(error) }));
"""


class Driver:
    """One page, and what its browser complains of."""

    @property
    def keyboard(self):
        return self

    @property
    def url(self):
        return self.evaluate("location.href")

    def evaluate(self, code, argument=None):
        answer = self.send("ExecuteAsyncScript", script=EVALUATE % code.strip(), args=[argument])
        assert "value" in (answer or {}), answer
        return answer["value"]

    def goto(self, url):
        self.send("Navigate", url=url)

    def back(self):
        self.send("Back")

    def press(self, keys):
        """A key, or several at once: "ControlOrMeta+A"."""
        names = [KEYS.get(name, name) for name in keys.split("+")]
        self._keys([("keyDown", name) for name in names] + [("keyUp", name) for name in reversed(names)])

    def type(self, text):
        self._keys([(what, letter) for letter in text for what in ("keyDown", "keyUp")])

    def _keys(self, steps):
        actions = [{"type": what, "value": key} for what, key in steps]
        self.send("PerformActions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def resize(self, width, height):
        self.send("SetWindowRect", width=width, height=height)


def start(command, told, stack, **options):
    """Start a process that ends with the stack."""
    with told.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, **options)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def wait_for(found, process, told):
    """What `found` answers, once that is anything; the process that is waited for must not end."""
    end = time.monotonic() + 120
    while not (answer := found()):
        gone = process.poll() is not None or time.monotonic() > end
        assert not gone, told.read_text(errors="replace")
        time.sleep(0.02)
    return answer


class Firefox(Driver):
    """The system's Firefox, by the protocol that geckodriver speaks to it: WebDriver's commands as JSON on a socket."""

    PREFERENCES = {  # noqa: RUF012
        "marionette.port": 0,
        "remote.prefs.recommended": True,  # nothing is looked up or updated
        "network.captive-portal-service.enabled": False,
    }

    @staticmethod
    def path():
        return shutil.which("firefox-esr") or shutil.which("firefox")

    def __init__(self, folder, stack):
        lines = [f'user_pref("{name}", {json.dumps(value)});\n' for name, value in self.PREFERENCES.items()]
        folder.joinpath("user.js").write_text("".join(lines))
        told = folder / "told.txt"
        arguments = [
            "-headless",
            "-marionette",
            "-remote-allow-system-access",
            "-no-remote",
            "-profile",
            folder,
        ]
        process = start([self.path(), *arguments], told, stack, env=os.environ | {"HOME": str(folder)})
        port = folder / "MarionetteActivePort"  # written once it listens
        number = wait_for(lambda: port.exists() and port.read_text(), process, told)
        self._socket = stack.enter_context(socket.create_connection(("127.0.0.1", int(number))))
        self._answers = stack.enter_context(self._socket.makefile("rb"))
        self._answer()  # its greeting
        self.send("NewSession", timeouts={"script": 120_000})
        self.resize(1280, 986)  # with its bars, which are there without a screen too

    def send(self, command, prefix="WebDriver:", **parameters):
        message = json.dumps([0, 0, prefix + command, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(message), message))
        _, _, error, answer = self._answer()
        assert error is None, error
        return answer["value"] if set(answer) == {"value"} else answer

    def _answer(self):
        size = b""
        while (digit := self._answers.read(1)) != b":":
            assert digit, "Firefox has gone"
            size += digit
        return json.loads(self._answers.read(int(size)))

    def complaints(self):
        """What the console of the browser holds of errors and warnings in pages, since it was asked last."""
        self.send("SetContext", prefix="Marionette:", value="chrome")
        told = self.send(
            "ExecuteScript",
            script="""
                const told = Services.console.getMessageArray()
                    .filter((m) => m instanceof Ci.nsIScriptError && /^(file|http):/.test(m.sourceName))
                    .map((m) => m.sourceName + ": " + m.errorMessage);
                Services.console.reset();
                return told;
            """,
            args=[],
        )
        self.send("SetContext", prefix="Marionette:", value="content")
        return told


class WebKit(Driver):
    """WebKitGTK, the nearest to Safari that a Linux has, by its own driver, on a screen that nobody sees."""

    COMMANDS = {  # noqa: RUF012
        "ExecuteAsyncScript": "execute/async",
        "Navigate": "url",
        "Back": "back",
        "PerformActions": "actions",
        "SetWindowRect": "window/rect",
    }

    @staticmethod
    def path():
        bindings = "import gi; gi.require_version('WebKit2', '4.1')"
        found = [shutil.which(name) for name in ("WebKitWebDriver", "Xvfb", "stdbuf", "/usr/bin/python3")]
        if all(found) and not subprocess.run(["/usr/bin/python3", "-c", bindings], check=False).returncode:
            return found[0]
        return None

    def __init__(self, folder, stack):
        self._told, self._read = folder / "told.txt", 0
        number, theirs = os.pipe()
        screen = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
        start(screen, folder / "screen.txt", stack, pass_fds=[theirs])
        os.close(theirs)
        with open(number) as number:
            display = ":" + number.readline().strip()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        # line by line: else the console would be seen only at the end
        command = ["stdbuf", "-oL", self.path(), f"--port={self._port}"]
        driver = start(command, self._told, stack, env=os.environ | {"DISPLAY": display, "HOME": str(folder)})

        def listens():
            with contextlib.suppress(OSError):
                return self._ask("GET", "/status")

        wait_for(listens, driver, self._told)
        window = [str(Path(__file__).with_name("webkit_window.py")), str(folder)]
        options = {"binary": "/usr/bin/python3", "args": window}
        wanted = {"webkitgtk:browserOptions": options, "timeouts": {"script": 120_000}}
        session = self._ask("POST", "/session", capabilities={"alwaysMatch": wanted})
        self._session = f"/session/{session['sessionId']}"

    def _ask(self, method, path, **parameters):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)) as driver:
            driver.request(method, path, json.dumps(parameters) if method == "POST" else None)
            answer = driver.getresponse()
            value = json.load(answer)["value"]
        assert answer.status == 200, value
        return value

    def send(self, command, **parameters):
        return self._ask("POST", f"{self._session}/{self.COMMANDS[command]}", **parameters)

    def complaints(self):
        """What was written to the console of errors and warnings, since it was asked last."""
        told = self._told.read_text(encoding="utf-8")
        new, self._read = told[self._read :], len(told)
        return re.findall(r"^.*CONSOLE .*(?:ERROR|WARN).*$", new, re.M)
