# Each target does all its own set-up in .venv; nothing but Python >= 3.11, git and make is needed.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: demo run test cover check soak bench messages lock clean

.venv/run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "taphuan needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Setting up .venv (once)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/run
	@$(BIN)/taphuan demo

run: .venv/run
	@$(BIN)/taphuan run

test: .venv/dev
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup

cover: .venv/dev
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup --cov --cov-report=term:skip-covered

check: .venv/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tests.catalogues
	@$(BIN)/python -m pytest -q tests/storage/test_migrations.py

soak: .venv/dev
	@$(BIN)/python -m pytest -q -s -m soak --durations=0

bench: .venv/dev
	@$(BIN)/python -m benchmarks.turns

# Collects the sentences anew and merges them into the Vietnamese catalogue.
messages: .venv/dev
	@$(BIN)/python -m tests.catalogues --update

# Needs uv; writes hashes for every platform and no address.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q pyproject.toml --group build -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q pyproject.toml --group dev -o requirements-dev.lock -c requirements.lock

clean:
	rm -rf .venv demo *.egg-info
