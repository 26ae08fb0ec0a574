# The book's commands: `make` lists them. Each sets .venv up first, where that is not done yet.
# For GNU make 3.81 and later, as macOS still has that one.

# The Python to set .venv up with, 3.11 to 3.14. Empty: python3, or else another on the PATH that fits.
PYTHON ?=
# Which chapters `make notebooks` runs; what `make lock` adds, such as ARGS=--upgrade, or `make lighthouse` measures.
CHAPTERS ?= $(wildcard chapters/*.ipynb)
ARGS ?=

BIN := .venv/bin
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif
# Root, as in a container, has to say so, or Jupyter stops.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
# After a failure Sphinx forgets what it has read: it warns only of pages that it reads anew, so the next build would
# pass with the same faults.
BUILD := $(BIN)/jupyter-book build -W -n --keep-going . || { rm -rf _build/.doctrees; exit 1; }

# The build sets it, and explorers record; in any other run of the notebooks their outputs would differ.
unexport EXPLORER_RECORD

# Some machines have it set, so that no program leaves its compiled form in their folders: then each of the many
# processes that build and test the book compiles all that it loads anew, which took a quarter of their time. It lies in
# __pycache__ folders, which git ignores and `make clean` removes.
unexport PYTHONDONTWRITEBYTECODE

# Tests and notebooks run two at a time. A BLAS that starts threads of its own in each makes them wait for each other:
# the chapters took 62 s instead of 28 s on two cores.
export OPENBLAS_NUM_THREADS := 1

# Where the home folder cannot be written to, matplotlib would say so in the outputs of the first cell.
export MPLCONFIGDIR := $(CURDIR)/.venv/matplotlib

.PHONY: help setup book live picture pdf serve lab test chapters lint notebooks bench peers mutants libraries lighthouse lock clean

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## set up .venv with the locked packages (every target below does, where it is needed)
	@sh tools/setup.sh $(if $(PYTHON),"$(PYTHON)")

book: setup ## build the book into _build/html
	$(BUILD)
	@$(BIN)/python tools/live.py _build/html
	@echo "Open _build/html/index.html"

live: setup ## fetch what lets the book's chapters run Python in the page, once; then make book
	$(BIN)/python tools/live.py

pdf: book ## print the built book into _build/backpropagation-hands-on.pdf; needs Chromium
	$(BIN)/python tools/pdf.py

serve: setup ## build the book, serve it on 127.0.0.1, build again when a file changes
	$(BIN)/python tools/serve.py

lab: setup ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --KernelManager.transport_encryption=auto $(AS_ROOT) chapters

test: lint ## everything that must pass: lint, unit tests, chapters, the book's build, the book in a browser
	$(BIN)/python tools/live.py --try
	$(BIN)/pytest -n 2 --dist worksteal --ignore=tests/browser --ignore=tests/test_in_pyodide.py tests
	$(BIN)/pytest --nbval -n 2 --dist loadfile tests/test_in_pyodide.py chapters
	$(BUILD)
	$(BIN)/pytest -n 2 --dist loadfile tests/browser

chapters: book ## run all code of every chapter in its page, in Chromium, and Python in WebKit (minutes; one alone: ARGS="-k 05_deltas")
	$(BIN)/pytest -m long -rP $(ARGS) tests/browser

lint: setup ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

notebooks: setup ## run the chapters in place, put their metadata in order (one alone: CHAPTERS=chapters/01_weights.ipynb)
	$(BIN)/python tools/notebooks.py $(CHAPTERS)

bench: book ## measure speed against other libraries, growth, all waits of readers and writers (needs Chromium)
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/waits.py
	$(BIN)/python benchmarks/work.py
	$(BIN)/python benchmarks/machines.py

peers: setup ## what other libraries do, by running them: tables for the book (some gigabytes; needs npm; ARGS="--folder DIR")
	$(BIN)/python benchmarks/peers.py $(ARGS)
	$(BIN)/python benchmarks/same.py $(ARGS)

picture: book ## take the picture of README.md and index.md from the book's first page; needs Chromium
	$(BIN)/python tools/picture.py

lighthouse: book ## Lighthouse on every page (some alone: ARGS="index chapters/01_weights"); needs Chromium, and npm's registry once
	$(BIN)/python tools/lighthouse.py $(ARGS)

mutants: setup ## plant faults in the core, one at a time: do its tests find them? (hours; some alone: ARGS="bplib.losses.*")
	$(BIN)/python -c "import tomllib as t; print(*t.load(open('pyproject.toml', 'rb'))['dependency-groups']['mutants'])" \
		| xargs $(BIN)/python -m pip install --quiet --disable-pip-version-check
	$(BIN)/python tools/mutants.py $(ARGS)

# pip, not uv: it also finds wheels that lie on this machine. Each alone: where one cannot be had, the others can.
libraries: setup ## install what bench compares with, where it can be had (PyTorch and JAX: large downloads)
	-$(BIN)/python -c "import tomllib as t; print(*t.load(open('pyproject.toml', 'rb'))['dependency-groups']['bench'])" \
		| xargs -n 1 $(BIN)/python -m pip install --quiet --disable-pip-version-check

lock: setup ## bring requirements.lock in line with pyproject.toml (newest versions: ARGS=--upgrade)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --group book --group pdf \
		--group test --group lint --group lab --no-annotate --no-header $(ARGS) --output-file requirements.lock pyproject.toml

clean: ## remove what these commands made here: .venv, _build, caches (what live has fetched lies elsewhere)
	rm -rf .venv _build mutants .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
