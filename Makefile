# Galope's commands. `make` alone lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.made-from-lock
LOCK := requirements-dev.lock
TESTED := $(VENV)/.tests-passed

# The admin's tests drive a browser, which must be as quick as people expect, and the benches' measure
# time: all others run behind them, on what they leave of the machine.
AHEAD := tests/ui tests/bench
BEHIND := nice -n 19
ifneq ($(shell command -v chrt),)
BEHIND := chrt --idle 0 $(BEHIND)
endif
COVERED := --cov --cov-report= --cov-fail-under=0

# What is compiled once is not compiled again by every process of the tests.
unexport PYTHONDONTWRITEBYTECODE

# `make PYTHON=/path/to/python3.12 run` chooses an interpreter, else it is the first on PATH that
# really runs (a pyenv shim may have no version behind it), is one that the lock is for and can make
# a virtual environment. `make PIP=pip==23.2.1 test` chooses a pip, else it is the interpreter's own.
PYTHON ?=
PIP :=
SUITABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
FIND_PYTHON := for python in $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11 \
	python3.14); do "$$python" -c '$(SUITABLE)' >/dev/null 2>&1 && break; python=; done; \
	if [ -z "$$python" ]; then echo "Galope needs Python 3.11 to 3.14 with its venv module, and" \
	"$(if $(PYTHON),$(PYTHON) is none,found none on PATH). Install one (on Debian or Ubuntu: apt" \
	"install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12" \
	"$(or $(MAKECMDGOALS),run)" >&2; exit 1; fi

# Locks the file that is open as 9, for as long as the recipe's shell has it open: after a kill -9 it
# is free again. The first gives up at once where another has it, the second waits.
TAKE := import fcntl; fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
AWAIT := import fcntl; fcntl.flock(9, fcntl.LOCK_EX)

.PHONY: help run test test-unit check screenshots reference lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY) ## start everything here and play a short demo; Ctrl-C stops it (ARGS="--no-demo --port 5433")
	@$(BIN)/python -m local $(ARGS)

test: $(READY) ## run the whole test suite against a real Postgres
	@exec 9>>$(READY); $(BIN)/python -c '$(TAKE)' 2>/dev/null || \
	{ echo "Another make test runs in this folder; try again when it has ended" >&2; exit 1; }; \
	set -x; \
	$(BEHIND) $(BIN)/python -m pytest -n auto --dist loadfile $(AHEAD:%=--ignore %) $(COVERED) & \
	COVERAGE_FILE="$(CURDIR)/$(VENV)/ahead.coverage" $(BIN)/python -m pytest $(AHEAD) $(COVERED) \
	>$(VENV)/ahead.log 2>&1; ahead=$$?; wait $$!; others=$$?; cat $(VENV)/ahead.log; \
	test "$$ahead $$others" = "0 0" && \
	$(BIN)/python -m coverage combine --quiet --append $(VENV)/ahead.coverage
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

reference: $(READY) ## write the reference's pages that follow from the code
	$(BIN)/python -m tests.docs.reference

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

# The lock is complete: nothing is resolved, so that a package released later changes nothing.
$(READY): $(LOCK)
	@$(FIND_PYTHON); exec 9>>$(LOCK); "$$python" -c '$(TAKE)' 2>/dev/null || \
	{ echo "Waiting for another make, which makes $(VENV)"; "$$python" -c '$(AWAIT)'; }; \
	if [ $@ -nt $(LOCK) ]; then exit 0; fi; \
	echo "Making $(VENV) with $$("$$python" -V) from $(LOCK); about a minute, once" && \
	rm -rf $(VENV) && "$$python" -m venv $(VENV) && \
	$(if $(PIP),$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade $(PIP) &&) \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes \
		-r $(LOCK) && \
	$(BIN)/python -m pip check && \
	touch $@
