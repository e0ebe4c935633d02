# SPDX-License-Identifier: EUPL-1.2
# Everything a developer, a newcomer and CI call. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Any Python from 3.11 on; `make setup PYTHON=python3.13` chooses another one.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PACKAGES := shared services/intake services/routing services/notify services/reporting
CODE := shared/rueckhalt_shared $(foreach s,intake routing notify reporting,services/$(s)/rueckhalt_$(s))
ARGS ?=

.PHONY: help setup demo test check faults oracle bench compose-test format lock wheel clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: ## Set everything up in .venv (needs Python >= 3.11 with venv, nothing else)
	@test -n "$(PYTHON)" || { echo "Rückhalt needs Python 3.11 or newer; none was found. (make setup PYTHON=/path/to/python3)" >&2; exit 2; }
	@$(PYTHON) deploy/setup.py

demo: setup ## Start the sample town Musterstadt and say where to click
	@exec $(BIN)/rueckhalt up --demo $(ARGS)

test: check ## Check, then run all tests this machine can run (CI=true: nothing is left out)
	@$(BIN)/python -m tests.programs
	$(BIN)/python -m pytest -n 3 --dist loadfile -m "not faults" $(ARGS)
	$(BIN)/python -m pytest -p no:randomly -m faults $(ARGS)

check: setup ## Formats, lint, types, import rules, spelling, templates, security
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(CODE) tests/bench
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell $(PACKAGES) deploy *.md .ci Makefile
	@shopt -s globstar nullglob; templates=($(addsuffix /**/templates,$(PACKAGES)) $(addsuffix /**/kern,$(PACKAGES))); \
	if [ $${#templates[@]} -gt 0 ]; then echo "$(BIN)/djlint --lint $${templates[*]}"; $(BIN)/djlint --quiet --lint "$${templates[@]}"; fi
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(CODE)
	$(BIN)/python -m pytest -q tests/rules/test_secrets.py

faults: setup ## The crash matrix in its long form (at least 20 kills per point and set-up)
	@$(BIN)/python -m tests.programs
	RUECKHALT_TEST_FAULTS=long $(BIN)/python -m pytest -p no:randomly -m faults --timeout 7200 -rP $(ARGS)

oracle: setup ## Proof against router and engine in 300 random towns (a usual run tries a few)
	RUECKHALT_TEST_ORACLE=300 $(BIN)/python -m pytest -q -n 2 -p no:randomly --timeout 3600 tests/proof/test_engine.py $(ARGS)

bench: setup ## Measure speed and memory and print the figures
	@$(BIN)/python -m tests.programs
	$(BIN)/python -m tests.bench $(ARGS)

format: setup ## Put the code into its format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## Lock the dependencies with hashes (UPGRADE=1 takes the newest versions)
	@$(BIN)/python deploy/requirements/lock.py $(if $(UPGRADE),--upgrade)

compose-test: wheel ## docker-compose.yml in real containers, killed and restarted (needs root and Docker)
	$(BIN)/python -m tests.compose $(ARGS)

wheel: setup ## Build the five wheels, and a wheelhouse of all they need, into dist/
	@rm -f dist/*.whl
	@for package in $(PACKAGES); do cp LICENSE $$package/ && trap "rm -f $$package/LICENSE" EXIT && \
	$(BIN)/python -m build --wheel --no-isolation --outdir dist $$package >/dev/null && rm $$package/LICENSE; done
	@for service in intake routing notify reporting; do $(BIN)/python -m pip download --quiet --disable-pip-version-check \
		--only-binary=:all: --python-version 3.11 --require-hashes --dest dist/wheelhouse -r deploy/requirements/$$service.txt; done
	@ls dist/*.whl && echo "$$(ls dist/wheelhouse | wc -l) wheels in dist/wheelhouse"

clean: ## Remove caches and builds (the environment .venv and demo data stay)
	@rm -rf dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache htmlcov .coverage .coverage.*
	@for package in $(PACKAGES); do rm -rf $$package/dist $$package/build $$package/*.egg-info; done
	@find $(PACKAGES) tests deploy -name __pycache__ -type d -prune -exec rm -rf {} +
