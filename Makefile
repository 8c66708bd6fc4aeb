# Two commands do everything on a fresh machine: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := forage api workers evals services agent fetch store prompts domain
# Tests wait more than they work: three processes keep two cores busy.
TESTERS ?= 3
# A file's tests stay together, for they share a browser or a server. Files are taken as they are listed, those of few
# but long tests first: xdist would take them last, and wait for them alone. Tests start hundreds of processes, which
# must not compile all modules each, as they would where an image says PYTHONDONTWRITEBYTECODE.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup browser demo test test-fast check format bench lock clean

help: ## list what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Forage needs Python 3.11 or later; set PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "installing pinned dependencies (a minute or two the first time)"
	$(PIP) install --require-hashes -r requirements/runtime.txt
	$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

browser: $(VENV)/.runtime ## find a Chromium, or install one
	@$(BIN)/forage browser --install

setup: $(VENV)/.runtime $(VENV)/.dev browser ## virtual environment, pinned dependencies, a browser

demo: $(VENV)/.runtime browser ## run the main job against the bundled demo web
	@$(BIN)/forage demo

test: setup ## every test; those of a missing PostgreSQL or Redis skip with a reason
	$(PYTEST)

test-fast: $(VENV)/.dev ## the tests that take seconds
	$(PYTEST) -m "not slow and not browser"

check: $(VENV)/.dev ## format, lint, types, import direction
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ty check
	$(BIN)/lint-imports

format: $(VENV)/.dev ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## speed beside crawl4ai and the bare limits, in one run
	$(BIN)/python -m benchmarks

lock: ## pin every dependency again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --group dev -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -c requirements/dev.txt -o requirements/runtime.txt

clean: ## remove what make made
	rm -rf $(VENV) .venv-bench build dist *.egg-info reports
