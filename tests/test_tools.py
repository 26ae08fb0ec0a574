import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"

# -- tools/setup.sh, with a Python that only writes down what it is asked to do ----------------------------------

posix = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are sh scripts")

PYTHON = """#!/bin/sh
case "$1 $2" in
    "-c import sys; print(sys.version)") cat "{home}/version" ;;
    "-c import matplotlib.font_manager") echo "fonts in $MPLCONFIGDIR" >>"{home}/log" ;;
    "-c "*) exec "{real}" -c "import sys; sys.version_info = ($(tr . , <"{home}/version"), 0); $2" ;;
    "--version "*) echo "Python $(cat "{home}/version")" ;;
    "-m venv")
        echo venv >>"{home}/log"
        mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip")
        echo "pip $*" | sed 's/-m pip install --quiet --disable-pip-version-check //' >>"{home}/log"
        [ -f "{home}/no-network" ] && exit 1
        case "$*" in *uv==*) cp "{home}/uv" .venv/bin/uv ;; esac ;;
esac
"""
UV = """#!/bin/sh
echo "uv $*" | sed 's/pip install --quiet --python .venv.bin.python //' >>"{home}/log"
[ ! -f "{home}/no-uv" ]
"""


class Machine:
    """A copy of the project's files, and a PATH with stand-ins for Python."""

    def __init__(self, folder):
        self.home, self.project, self.path = folder, folder / "project", folder / "path"
        (self.project / "tools").mkdir(parents=True)
        shutil.copy(TOOLS / "setup.sh", self.project / "tools")
        (self.project / "pyproject.toml").write_text("[project]\n")
        (self.project / "requirements.lock").write_text("numpy==2.0\nuv==1.2.3 ; os_name != 'x'\nzipp==4\n")
        self.path.mkdir()
        for tool in (
            "sh",
            "cat",
            "cksum",
            "cp",
            "dirname",
            "echo",
            "mkdir",
            "rm",
            "sed",
            "tr",
            "grep",
            "ps",
            "cut",
        ):
            (self.path / tool).symlink_to(shutil.which(tool))
        self.script("uv", UV)

    def script(self, name, text):
        path = self.home / name
        path.write_text(text.format(home=self.home, real=sys.executable))
        path.chmod(0o755)
        return path

    def python(self, name, version):
        """Put a Python of that version on the PATH."""
        home = self.home / f"{name}-{version}"
        home.mkdir()
        (home / "version").write_text(f"{version}\n")
        (self.path / name).write_text(
            PYTHON.replace("{home}/version", f"{home}/version").format(home=self.home, real=sys.executable)
        )
        (self.path / name).chmod(0o755)
        return home / "version"

    def setup(self, *arguments):
        """Run the script; return the exit code, what it said, and what was installed, line by line."""
        log = self.home / "log"
        log.write_text("")
        run = subprocess.run(
            ["sh", self.project / "tools" / "setup.sh", *arguments],
            env={"PATH": str(self.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        return run.returncode, run.stdout + run.stderr, log.read_text().splitlines()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


FONTS = "fonts in .venv/matplotlib"
ALL = ["venv", "pip uv==1.2.3", "uv -r requirements.lock", "uv --no-deps -e .", FONTS]


@posix
def test_setup_installs_the_lock_with_uv_and_only_once(machine):
    machine.python("python3", "3.12")
    assert machine.setup() == (0, "Setting up .venv with Python 3.12 ...\n", ALL)
    assert machine.setup() == (0, "", [])


@posix
@pytest.mark.parametrize("file", ["requirements.lock", "pyproject.toml", "tools/setup.sh"])
def test_setup_again_when_what_it_depends_on_changed(machine, file):
    machine.python("python3", "3.12")
    machine.setup()
    with (machine.project / file).open("a") as stream:
        stream.write("# a line\n")
    assert machine.setup()[2] == ALL
    assert machine.setup()[2] == []


@posix
def test_setup_again_when_only_the_time_of_a_file_changed_is_not_needed(machine):
    machine.python("python3", "3.12")
    machine.setup()
    os.utime(machine.project / "requirements.lock")
    assert machine.setup()[2] == []


@posix
def test_setup_again_in_another_folder(machine):
    machine.python("python3", "3.12")
    machine.setup()
    machine.project = machine.project.rename(machine.home / "moved")
    assert machine.setup()[2] == ALL


@posix
def test_setup_again_when_the_base_python_changed_or_went(machine):
    version = machine.python("python3", "3.12")
    machine.setup()
    version.write_text("3.13\n")
    assert machine.setup()[2] == ALL
    for arguments in ((), ("python3",)):
        (machine.project / ".venv" / "bin" / "python").unlink()
        assert machine.setup(*arguments)[2] == ALL


@posix
def test_setup_again_when_another_python_is_named_but_not_when_none_is(machine):
    machine.python("python3", "3.12")
    machine.python("other", "3.11")
    machine.setup()
    assert machine.setup("other")[:2] == (0, "Setting up .venv with Python 3.11 ...\n")
    assert machine.setup("other")[2] == []
    assert machine.setup()[2] == []  # .venv is fine as it is
    assert machine.setup("python3")[2] == ALL


@posix
def test_setup_that_failed_does_not_count(machine):
    machine.python("python3", "3.12")
    (machine.home / "no-network").touch()
    assert machine.setup()[0] != 0
    assert machine.setup()[0] != 0
    (machine.home / "no-network").unlink()
    assert machine.setup()[2] == ALL


@posix
def test_setup_that_failed_does_not_count_as_the_one_before_it(machine):
    machine.python("python3", "3.12")
    machine.setup()
    lock = machine.project / "requirements.lock"
    before = lock.read_text()
    lock.write_text(before + "new==1\n")
    (machine.home / "no-network").touch()
    assert machine.setup()[0] != 0
    lock.write_text(before)
    (machine.home / "no-network").unlink()
    assert machine.setup()[2] == ALL


@posix
def test_setup_uses_pip_where_uv_fails(machine):
    machine.python("python3", "3.12")
    (machine.home / "no-uv").touch()
    code, said, done = machine.setup()
    assert (code, done) == (0, [*ALL[:3], "pip -r requirements.lock", "pip --no-deps -e .", FONTS])
    assert "trying plain pip" in said
    assert machine.setup()[2] == []


@posix
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_setup_tries_other_names_when_python3_does_not_fit(machine, version):
    machine.python("python3", "3.9")
    machine.python(f"python{version}", version)
    assert machine.setup()[:2] == (0, f"Setting up .venv with Python {version} ...\n")


@posix
@pytest.mark.parametrize("version", ["3.9", "3.10", "3.15", "4.0"])
def test_setup_says_which_python_it_needs(machine, version):
    machine.python("python3", version)
    code, said, done = machine.setup()
    assert (code, done) == (1, [])
    assert said.startswith(
        f"The book needs Python 3.11 to 3.14, but python3 is Python {version} and no other on the PATH fits: "
    )
    assert said.count("\n") == 1


@posix
def test_setup_does_not_replace_a_python_that_was_named(machine):
    machine.python("python3", "3.12")
    machine.python("old", "3.9")
    code, said, _ = machine.setup("old")
    assert code == 1
    assert "but old is Python 3.9: install" in said
    code, said, _ = machine.setup("nowhere")
    assert code == 1
    assert "nowhere is not there" in said


@posix
def test_setup_leaves_a_venv_that_it_has_not_made(machine):
    machine.python("python3", "3.12")
    own = machine.project / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.write_text("of the reader")
    code, said, done = machine.setup()
    assert (code, done) == (1, [])
    assert said.startswith(
        ".venv is not one that make has set up, so it is left as it is: move it away or remove it"
    )
    assert own.read_text() == "of the reader"
    shutil.rmtree(machine.project / ".venv")
    assert machine.setup()[2] == ALL


@posix
@pytest.mark.skipif(not shutil.which("ps"), reason="needs ps")
def test_setup_leaves_a_venv_that_a_program_runs_from(machine):
    machine.python("python3", "3.12")
    machine.setup()
    (machine.project / "pyproject.toml").write_text("[project] # changed\n")
    program = machine.project / ".venv" / "bin" / "jupyter-lab"
    shutil.copy(shutil.which("sleep"), program)
    with subprocess.Popen([program, "600"]) as running:  # noqa: SIM117
        # A backslash and a zero in what another program was called with, as in python -c "print('\\0')"
        with subprocess.Popen([f"{program} \\0", "599"], executable=program) as other:
            try:
                code, said, done = machine.setup()
            finally:
                running.kill()
                other.kill()
    assert (code, done) == (1, [])
    assert "these programs run from it. Stop them" in said
    assert f"{program} 600" in said
    assert f"{program} \\0 599" in said
    assert machine.setup()[2] == ALL


@posix
def test_setup_needs_no_ps(machine):
    machine.python("python3", "3.12")
    machine.setup()
    (machine.project / "pyproject.toml").write_text("[project] # changed\n")
    (machine.path / "ps").unlink()
    assert machine.setup()[1:] == ("Setting up .venv with Python 3.12 ...\n", ALL)


@posix
def test_setup_keeps_kernels_from_a_warning_in_every_run(machine):
    machine.python("python3", "3.12")
    machine.setup()
    config = machine.project / ".venv" / "etc" / "ipython" / "ipython_kernel_config.py"
    (said,) = config.read_text().splitlines()
    assert said == 'c.IPKernelApp.log_level = "ERROR"'


@posix
def test_setup_without_any_python(machine):
    code, said, _ = machine.setup()
    assert code == 1
    assert "python3 is not there" in said


# -- Makefile ----------------------------------------------------------------------------------------------------

needs_make = pytest.mark.skipif(os.name == "nt" or not shutil.which("make"), reason="needs a make with sh")


def make(*arguments, **environment):
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "PYTHON"))
    } | environment
    run = subprocess.run(
        ["make", *arguments], cwd=ROOT, env=clean, capture_output=True, text=True, check=True
    )
    return run.stdout


@needs_make
def test_make_alone_lists_every_target():
    listed = {line.split()[1] for line in make().splitlines()}
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    assert listed == set(phony.split()[1:]) - {"help"}


@needs_make
def test_make_hands_on_the_python_that_was_named():
    assert make("-n", "setup").split() == ["sh", "tools/setup.sh"]
    assert make("-n", "setup", "PYTHON=/a b/python").strip() == 'sh tools/setup.sh "/a b/python"'


@needs_make
def test_lab_starts_for_root_too_and_its_kernels_encrypt(tmp_path):
    for user, option in ((0, True), (1000, False)):
        (tmp_path / "id").write_text(f"#!/bin/sh\necho {user}\n")
        (tmp_path / "id").chmod(0o755)
        said = make("-n", "lab", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        assert ("--allow-root" in said) is option
        assert "jupyter lab --KernelManager.transport_encryption=auto" in said


@needs_make
def test_make_gives_matplotlib_the_folder_whose_fonts_setup_listed():
    listed = re.search(r"^MPLCONFIGDIR=(\S+) ", (TOOLS / "setup.sh").read_text(), re.M)[1]
    assert f"export MPLCONFIGDIR := $(CURDIR)/{listed}\n" in (ROOT / "Makefile").read_text()


@needs_make
def test_workflow_for_windows_runs_the_commands_of_make_test():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    steps = [step for step in workflow["jobs"]["test"]["steps"] if step.get("if") == "runner.os == 'Windows'"]
    commands = [line.strip() for line in make("-n", "test", "OS=Windows_NT").splitlines()]
    assert [step["run"].splitlines() for step in steps] == [commands]


# -- what others read of the project -----------------------------------------------------------------------------


def test_the_distribution_is_not_called_as_a_stranger_s_is():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == "backpropagation-hands-on"  # PyPI's bplib is another's
    assert importlib.metadata.version(project["name"]) == project["version"]
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "chapters").glob("*.md")]
    told = " ".join(path.read_text(encoding="utf-8") for path in pages).replace("Not `pip install bplib`", "")
    assert "pip install bplib" not in told


def test_the_author_is_one():
    """Jupyter Book 2 takes each side of a comma for an author."""
    assert "," not in yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["author"]


def test_the_python_that_is_asked_for_is_one_everywhere():
    """pip, setup and the tests on other systems have the same versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    first, end = (int(v) for v in re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["requires-python"]).groups())
    versions = [f"3.{v}" for v in range(first, end)]
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == versions
    assert f"(3, {first}) <= sys.version_info[:2] <= (3, {end - 1})" in (TOOLS / "setup.sh").read_text()
    assert (ROOT / ".binder" / "runtime.txt").read_text().strip().removeprefix("python-") in versions
    assert (ROOT / ".binder" / "requirements.txt").read_text().strip() == ".[notebooks]"
    for name in ("README.md", "CONTRIBUTING.md", "chapters/how_to_use.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert f"Python {versions[0]} to {versions[-1]}" in text, name


# -- tools/notebooks.py ------------------------------------------------------------------------------------------


def load(name):
    spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


notebooks = load("notebooks")


def test_normalise_keeps_what_authors_write_and_drops_what_runs_leave():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "123"}}
    left_by_editors = {"collapsed": True, "execution": {"iopub.execute_input": "today"}, "editable": True}
    notebook = new_notebook(
        metadata={
            "kernelspec": {"display_name": "My env", "name": "python3", "language": "python"},
            "language_info": {"name": "python", "version": "3.12.9"},
            "widgets": {"state": {}},
            "title": "kept",
        },
        cells=[
            new_markdown_cell("text", id="first", metadata={"tags": [], "vscode": {}}),
            new_code_cell(
                "1",
                id="second",
                metadata={"tags": ["hide-input"], "jupyter": {"outputs_hidden": True}, **left_by_editors},
                outputs=[
                    new_output("stream", text="words"),
                    new_output("display_data", data={**view, "text/plain": "a slider"}),
                    new_output("display_data", data=dict(view)),
                ],
            ),
        ],
    )
    notebooks.normalise(notebook)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "name": "python3", "language": "python"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        "title": "kept",
    }
    assert [cell.metadata for cell in notebook.cells] == [
        {},
        {"tags": ["hide-input"], "jupyter": {"source_hidden": True}},
    ]
    assert [cell.id for cell in notebook.cells] == ["first", "second"]
    words, slider = notebook.cells[1].outputs
    assert words.text == "words"
    assert slider.data == {"text/plain": "a slider"}


@pytest.mark.parametrize(
    ("tags", "folded"),
    [
        (["hide-input"], {"source_hidden": True}),
        (["hide-output", "other"], {"outputs_hidden": True}),
        (["hide-cell"], {"source_hidden": True, "outputs_hidden": True}),
        (["other"], None),
        ([], None),
    ],
)
def test_what_a_page_folds_is_folded_in_jupyterlab(tags, folded):
    by_hand = {
        "jupyter": {"source_hidden": True}
    }  # by a click in the editor: it goes, where no tag asks for it
    notebook = new_notebook(cells=[new_code_cell("1", metadata={"tags": tags, **by_hand})])
    notebooks.normalise(notebook)
    assert notebook.cells[0].metadata.get("jupyter") == folded


def write(path, *cells):
    cells = [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(cells)]
    nbformat.write(
        new_notebook(cells=cells, metadata={"kernelspec": {"name": "gone", "display_name": "x"}}), path
    )


def run_tool(*paths, **environment):
    return subprocess.run(
        [sys.executable, TOOLS / "notebooks.py", *paths],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_notebooks_run_where_they_lie_and_a_second_run_changes_nothing(tmp_path):
    good, bad = tmp_path / "good.ipynb", tmp_path / "bad.ipynb"
    (tmp_path / "neighbour.py").write_text("value = 42\n")
    write(
        good,
        "import os, neighbour\nprint(neighbour.value, os.environ.get('EXPLORER_RECORD'))\nprint('é')",
        "import ipywidgets\nipywidgets.IntSlider()",
    )
    write(bad, "x = 1", "x / 0", "print('not reached')")
    before = bad.read_bytes()

    run = run_tool(good, bad, EXPLORER_RECORD="1")
    assert run.returncode == 1
    assert f"{bad} failed and is left as it was" in run.stdout
    assert "ZeroDivisionError" in run.stdout
    assert bad.read_bytes() == before

    text = good.read_text(encoding="utf-8")
    assert json.loads(text)["cells"][0]["outputs"][0]["text"] == ["42 None\n", "é\n"]
    assert [cell["execution_count"] for cell in json.loads(text)["cells"]] == [1, 2]
    assert [cell["id"] for cell in json.loads(text)["cells"]] == ["cell-0", "cell-1"]
    assert "widget-view" not in text
    assert "é" in text
    assert text.startswith('{\n "cells": [\n  {\n   "cell_type"')
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
    assert sorted(path.name for path in tmp_path.glob("*.ipynb*")) == ["bad.ipynb", "good.ipynb"]

    written, when = good.read_bytes(), good.stat().st_mtime_ns
    assert b"\r" not in written
    assert run_tool(good).returncode == 0
    assert (good.read_bytes(), good.stat().st_mtime_ns) == (written, when)


def test_notebooks_without_a_name_is_an_error():
    assert run_tool().returncode == 2


# -- tools/serve.py ----------------------------------------------------------------------------------------------

serve = load("serve")


def test_serve_watches_the_book_and_not_what_the_build_writes(tmp_path):
    for name in ("index.md", "chapters/one.ipynb", "bplib/explorer/explorer.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    before = serve.sources(tmp_path)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in before) == [
        "bplib/explorer/explorer.js",
        "chapters/one.ipynb",
        "index.md",
    ]
    for name in (
        "_build/html/index.html",
        ".venv/x",
        "bplib/__pycache__/x.pyc",
        "chapters/.ipynb_checkpoints/one",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert serve.sources(tmp_path) == before
    os.utime(tmp_path / "index.md", ns=(1, 1))
    assert serve.sources(tmp_path) != before


def test_serve_is_for_this_machine_alone_and_finds_a_free_port():
    with serve.serve(0) as first, serve.serve(first.server_port) as second:
        assert first.server_address[0] == second.server_address[0] == "127.0.0.1"
        assert first.server_port != second.server_port


# -- mutants -------------------------------------------------------------------------------------------------


def test_mutants_are_counted_by_module_and_only_those_that_ran():
    mutants = load("mutants")
    counts = mutants.count(
        "    bplib.losses.x_softmax__mutmut_1: killed\n"
        "    bplib.losses.x_softmax__mutmut_2: timeout\n"
        "    bplib.losses.x_softmax__mutmut_3: survived\n"
        "    bplib.losses.x_softmax__mutmut_4: no tests\n"
        "    bplib.network.x_forward__mutmut_1: not checked\n"
        "    bplib.activations.xǁReLUǁprime__mutmut_1: killed\n"
        "    bplib.activations.xǁReLUǁprime__mutmut_2: not checked\n"
    )
    assert list(counts) == ["activations", "losses"]
    assert mutants.share(counts["losses"]) == 0.5
    assert mutants.share(counts["activations"]) == 1
