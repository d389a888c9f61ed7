# One word each: what a person does with this repository. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup check test app bench samples sample-cohort demo-encoder

help: ## list the words
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.app ## make the virtual environment with the pinned packages

.venv/.app: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Python 3.11 to 3.13 is needed. Set PYTHON, for example: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.dev: .venv/.app tests/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

check: .venv/.dev ## formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## every check and every test, the browser's included
	@$(BIN)/python tests/browser/chromium.py
	$(BIN)/python -m pytest -n 2 --dist loadgroup --durations=25

app: .venv/.app ## serve the dashboard on http://localhost:8501
	$(BIN)/ecgfm app

bench: .venv/.dev ## measure import, load, memory, windows a second, upload to paper
	$(BIN)/python -m benchmarks

samples: .venv/.app ## simulate the sample recordings anew
	$(BIN)/python -m ecgfm_core.simulate.samples data_samples

sample-cohort: .venv/.app ## simulate, embed and lay out the sample cohort anew (three minutes)
	$(BIN)/python -m ecgfm_core.training.sample_cohort data_samples/cohort

RECORDINGS ?= ../shared/data/ecg12
demo-encoder: .venv/.app ## train the demo encoder anew from RECORDINGS (half an hour on two free cores; goes on where stopped)
	$(BIN)/python -m ecgfm_core.training.demo $(RECORDINGS) data_samples/encoder
