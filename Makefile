# `make help` tells what there is. Needs Python >= 3.11, make and git; everything else is fetched once into .venv.
# PYTHON=python3.12 chooses the Python, ARGS="-k outbox -x" goes to pytest, HEADLESS=1 plays the demo without a terminal.

BIN := .venv/bin
UV := $(or $(wildcard $(BIN)/uv),uv)
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

# The first Python that is new enough; a PYTHON that was asked for is the only one tried.
FIND_PYTHON = for each in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14 python); do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && found="$$each" && break; done; \
	test -n "$$found" || { echo "make: no Python >= 3.11 found ($(or $(PYTHON),python3)); install one, or give its path: make PYTHON=/path/to/python3" >&2; exit 2; }

.PHONY: help setup ready demo test lint types contracts check format bench lock clean

help: ## Print this
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

setup: ## Make .venv and look again for what was missing last time
	@$(FIND_PYTHON); "$$found" tools/make_venv.py --again $(if $(PYTHON),--this-python)

ready:
	@$(FIND_PYTHON); "$$found" tools/make_venv.py $(if $(PYTHON),--this-python)

demo: ready ## Play a day in an invented subdistrict, then let you type (HEADLESS=1: fast, ends with one line of JSON)
	@$(BIN)/huiyin demo $(if $(HEADLESS),--headless)

test: ready ## Run all tests (ARGS="-k outbox -x")
	@$(BIN)/python -m pytest $(ARGS)

lint: ready ## Check style
	@$(BIN)/ruff check && $(BIN)/ruff format --check

types: ready ## Check types
	@$(BIN)/mypy

contracts: ready ## Check that imports only look down
	@$(BIN)/lint-imports

check: lint types contracts ## All three

format: ready ## Put the code in its form
	@$(BIN)/ruff check --fix && $(BIN)/ruff format

bench: ready ## Measure, and print the figures as JSON
	@$(BIN)/python -m tests.bench $(ARGS)

lock: ready ## Write requirements/ anew from pyproject.toml (UPGRADE=1: with the newest versions)
	$(LOCK) pyproject.toml --extra learn -o requirements/run.txt
	$(LOCK) pyproject.toml --extra learn --group dev -c requirements/run.txt -o requirements/dev.txt
	for each in build uv node postgres; do $(LOCK) --group $$each -c requirements/dev.txt -o requirements/$$each.txt || exit 1; done

clean: ## Remove .venv and everything that can be made again
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
