# make run and make test need nothing but Python 3.11 or newer; everything they install stays in .venv
# (and a browser for the tests, where there is none). They can be repeated; nothing changed takes seconds.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PORT ?= 8866
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run lab test check fix bench clean ready ready-test

help: ## this list
	@echo "casekit: make <what>"
	@sed -n 's/^\([a-z]*\):[^#]*## /  \1\t/p' $(MAKEFILE_LIST)

run: ready ## serve the dashboards, read-only, on http://127.0.0.1:8866 (another port: make run PORT=8900)
	@$(BIN)/casekit serve --port $(PORT)

lab: ready ## open the notebooks in JupyterLab
	@$(BIN)/casekit lab

test: ready-test ## run all tests, in a real browser too (some only: make test ARGS="-k claims")
	@$(BIN)/python setup/find_browser.py --install >/dev/null || true
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

check: ready-test ## format, lint and types only; takes seconds
	@$(BIN)/ruff format --quiet --check . || { echo "Some files are not formatted: make fix"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy

fix: ready-test ## format, and repair what lint can repair
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

bench: ready-test ## measure speed
	@for script in $(wildcard benchmarks/*.py); do echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean: ## remove everything that was made here; sources stay
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

ready ready-test:
	@test -n "$(PYTHON)" || { echo "casekit needs Python 3.11 or newer, and none was found (python3 is $$(python3 -V 2>&1)). Install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) setup/prepare.py $(if $(filter ready-test,$@),test,run)
