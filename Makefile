# Galope's commands. `make` alone lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.made-from-lock
LOCK := requirements-dev.lock
TESTED := $(VENV)/.tests-passed

# The first interpreter that really runs (a pyenv shim may have no version behind it), is new enough
# and can make a virtual environment. `make PYTHON=/path/to/python3.12 run` chooses another.
PYTHON ?=
SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
FIND_PYTHON := for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$python" -c '$(SUITABLE)' >/dev/null 2>&1 && break; python=; done; \
	if [ -z "$$python" ]; then echo "Galope needs Python 3.11 or newer with its venv module, and found" \
	"none on PATH. Install one (on Debian or Ubuntu: apt install python3 python3-venv), or name it:" \
	"make PYTHON=/path/to/python3.12 $(or $(MAKECMDGOALS),run)" >&2; exit 1; fi

.PHONY: help run test test-unit check screenshots lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY) ## start everything here and play a short demo; Ctrl-C stops it (ARGS="--no-demo --port 5433")
	@$(BIN)/python -m local $(ARGS)

test: $(READY) ## run the whole test suite against a real Postgres
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=
	@touch $(TESTED)

test-unit: $(READY) ## run the tests that need neither Postgres nor a browser
	$(BIN)/python -m pytest -m unit -n auto --no-cov

check: $(READY) ## lint, format, types, import layers, the tests unless they just passed, coverage
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory $(TESTED)
	$(BIN)/python -m coverage report

# The tests have passed since anything here was changed.
$(TESTED): $(READY) $(wildcard $(shell git ls-files 2>/dev/null))
	@$(MAKE) --no-print-directory test

screenshots: $(READY) ## take the documentation's pictures again
	$(BIN)/python -m tests.ui.screenshots

lock: ## choose the newest versions that fit pyproject.toml, for every Python and platform
	@$(FIND_PYTHON); \
	tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	"$$python" -m venv "$$tools" && "$$tools/bin/pip" install -qq uv && \
	compile() { "$$tools/bin/uv" pip compile --quiet --universal --upgrade --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command 'make lock' \
		pyproject.toml "$$@" >/dev/null; } && \
	compile --group dev --output-file $(LOCK) && \
	compile --constraints $(LOCK) --output-file requirements.lock

clean: ## remove the environment, caches and reports; the data in .galope/ stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis \
		.coverage .coverage.* reports
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): $(LOCK)
	@$(FIND_PYTHON); \
	echo "Making $(VENV) with $$("$$python" -V) from $(LOCK); about a minute, once" && \
	rm -rf $(VENV) && "$$python" -m venv $(VENV) && \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $(LOCK) && \
	touch $@
