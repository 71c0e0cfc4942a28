# Everything a developer types. `make` alone lists it. Needs python3 (3.11 to 3.13) and a package registry.
PYTHON ?= python3
# Side by side, because most of them wait most of the time.
CHAOS_JOBS ?= 3
BIN := .venv/bin
# Hundreds of processes start below: none of them shall compile everything anew, whatever the machine's setting.
export PYTHONDONTWRITEBYTECODE :=
STAMP := .venv/.installed
LOCK := uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
        --no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help run test test-chaos check fix mutation bench bench-admin audit lock clean
.DELETE_ON_ERROR:

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(STAMP)  ## start the whole product on this machine; Ctrl-C stops it
	@$(BIN)/python -m config.launch

test: $(STAMP)  ## run the tests; THOROUGH=1 adds the slow ones, as CI does
	$(BIN)/pytest -n auto --dist worksteal -m "not chaos$(if $(THOROUGH),, and not slow)"

test-chaos: $(STAMP)  ## minutes of killed processes and failing providers (CHAOS_SECONDS, CHAOS_SEEDS, CHAOS_TIMES)
	$(BIN)/pytest -m chaos -n $(CHAOS_JOBS) --dist worksteal -rP

check: $(STAMP)  ## lint, types, import rules, sizes, secrets, migrations, deployment settings
	@PATH="$(CURDIR)/$(BIN):$$PATH" .ci/check

fix: $(STAMP)  ## let ruff repair what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

mutation: $(STAMP)  ## break the code in one place at a time and see who notices (TARGET=retry; all takes an hour)
	$(BIN)/python -m tests.mutation $(TARGET)

bench: $(STAMP)  ## measure ingest and paid-to-access time
	$(BIN)/python -m tests.bench

bench-admin: $(STAMP)  ## measure every page of the admin beside 10,000 and 1,000,000 customers (BENCH_CUSTOMERS)
	$(BIN)/python -m tests.bench.admin

audit: $(STAMP)  ## ask whether a pinned package has a known hole (network)
	$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements.txt

lock:  ## pin every requirement anew, with hashes
	.ci/with-uv $(LOCK) $(UPGRADE) --output-file requirements.txt requirements.in
	.ci/with-uv $(LOCK) $(UPGRADE) --constraint requirements.txt --output-file requirements-dev.txt requirements-dev.in

clean:  ## remove all that `make` made, development data too
	rm -rf .venv .dev staticfiles .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage*

$(STAMP): requirements-dev.txt .ci/install
	@PYTHON="$(PYTHON)" .ci/install
	@touch $@
