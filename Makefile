# The two commands are `make run` and `make test`; `make help` lists the rest.

SHELL := /bin/sh
PORT ?= 8000
SIMULATORS_PORT ?= 8001
export PORT SIMULATORS_PORT
VENV := .venv
PYTHON := $(VENV)/bin/python
FLASK := $(VENV)/bin/flask

.DEFAULT_GOAL := help
.PHONY: help run test setup setup-run setup-test lint strings check-strings migration demo bench check-all

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup-run ## prepare everything, then serve the demo county on PORT (8000)
	@exec $(PYTHON) scripts/run.py

test: setup-test ## prepare everything, then run the whole suite
	@$(PYTHON) -m pytest -n auto

setup: setup-test ## prepare everything for running and for testing

setup-run:
	@sh scripts/set-up.sh run

setup-test:
	@sh scripts/set-up.sh test

lint: setup-run ## style, types and import contracts
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --config pyproject.toml

strings: setup-run ## gather the sentences to translate into every language's catalogue
	@$(PYTHON) scripts/strings.py

check-strings: setup-run ## fail when the catalogues lag behind the sentences
	@$(PYTHON) scripts/strings.py --check

migration: setup-run ## a new numbered migration from the difference to the models: make migration NAME="what it does"
	@test -n "$(NAME)" || { echo 'Say what it does: make migration NAME="add a column"'; exit 2; }
	@$(PYTHON) scripts/migration.py "$(NAME)"

demo: setup-run ## bring the demo county's database up to date and load it, without starting anything
	@$(FLASK) init
	@$(FLASK) demo load

bench: setup-test ## measure the hot paths beside their references
	@$(PYTHON) -m bench

check-all: setup-test lint check-strings ## the longer sweeps: everything on both databases, properties with examples never tried
	@$(PYTHON) -m pytest -n auto --hypothesis-profile searching
	@$(PYTHON) -m pytest -n auto --hypothesis-profile searching --app-database postgresql
