# Variables: DEVICE=auto|cpu|cuda, PROBLEM=one problem of the pipeline (all by default), PORT=of `make ui`,
# PYTHON=a CPython 3.11 or 3.13, FAST=1 for the quick tests alone, ALL=1 for all of them,
# EXTRAS=what the environment is made with, such as test,lint,ray,slurm, TABLES=a folder for bench-quality
PYTHON ?= $(shell for each in python3.11 python3.13 python3; do $$each -c "" 2> /dev/null && echo $$each && break; done)
LOCK := constraints-$(shell $(PYTHON) -c 'import sys; print("py%d%d" % sys.version_info[:2])' 2> /dev/null).txt
LOCKS := $(wildcard constraints-*.txt)
DEVICE ?= auto
PROBLEM ?=
PORT := 5000

VENV := .venv
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
STAMP := $(VENV)/installed
# Quiet twice: without pip's warnings about its own configuration, but with its errors.
INSTALL = $(VENV)/bin/pip install --quiet --quiet --constraint $(LOCK) --editable
EXTRAS ?= test,lint
export LOGODDS_DEVICE := $(DEVICE)
export MLFLOW_DISABLE_TELEMETRY := true
export DVC_NO_ANALYTICS := true

.DEFAULT_GOAL := help
.PHONY: help repro train test torture gpu-check lint audit bench bench-quality ui clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'DEVICE=auto|cpu|cuda and PROBLEM=name apply to repro and train, PORT=5000 to ui'

# Made once; made again when the requirements change, for another Python, and where the checkout was moved: its scripts
# hold the old place.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR) $(LOCK))
.PHONY: $(STAMP)
endif
$(STAMP): pyproject.toml $(filter $(LOCK),$(LOCKS))
	$(if $(filter $(LOCK),$(LOCKS)),,$(error PYTHON=$(PYTHON): needs a CPython that has a lock, of $(LOCKS)))
	$(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) '.[$(EXTRAS)]'
	echo '$(CURDIR) $(LOCK)' > $@

repro: $(STAMP) ## the main job: fetch the data, run every stage, keep the record
	$(RUN) python src/reproduce.py $(PROBLEM)

train: $(STAMP) ## one run outside the pipeline
	$(RUN) python src/train.py $(if $(PROBLEM),problem=$(PROBLEM))

test: $(STAMP) ## the tests, on every core; FAST=1 the quick ones alone, ALL=1 also clusters, kills, wheels, browsers
	$(RUN) python -m pytest --numprocesses logical --maxprocesses 8 $(if $(FAST),-m "not slow",$(if $(ALL),,-m "not long"))

torture: $(STAMP) ## runs crashed at every point, killed, on failing disks, with damaged files; two hours
	LOGODDS_TORTURE=1 $(RUN) python -m pytest --capture=no --timeout 7200 tests/torture tests/commands/test_kills.py

gpu-check: $(STAMP) ## the tests that need a GPU, in five minutes at most: results, replays and speed beside the CPU
	$(RUN) timeout --signal INT --kill-after 10 300 python -m pytest -m gpu -rs -vv

lint: $(STAMP) ## ruff, mypy, and the layers of imports
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) PYTHONPATH=src lint-imports --no-logo --no-cache pyproject.toml .importlinter-circles.toml

audit: $(STAMP) ## known vulnerabilities of what is installed, where a package index can be reached
	$(INSTALL) '.[audit]'
	$(RUN) pip-audit --local --skip-editable

bench: $(STAMP) ## all benchmarks, with what they are held against; half an hour
	$(INSTALL) '.[bench]'
	$(RUN) python benchmarks/run.py

bench-quality: $(STAMP) ## our models beside scikit-learn's and the boosters' on tables of TABLES=folder
	$(INSTALL) '.[bench,boosters]'
	$(RUN) python benchmarks/quality.py $(TABLES)

ui: $(STAMP) ## MLflow's pages at http://127.0.0.1:5000, or another PORT
	$(RUN) MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false mlflow ui --workers 1 --port $(PORT) \
		--backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///mlruns/mlflow.db}"

clean: ## remove the environment, caches and runs outside the pipeline; data/, mlruns/ and DVC's cache stay
	rm -rf $(VENV) out/runs .pytest_cache .mypy_cache .ruff_cache src/*.egg-info
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
