# Variables: DEVICE=auto|cpu|cuda, PROBLEM=one problem of the pipeline (all by default), PORT=of `make ui`,
# PYTHON=a CPython 3.11
PYTHON ?= $(shell command -v python3.11 || command -v python3)
DEVICE ?= auto
PROBLEM ?=
PORT := 5000

VENV := .venv
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
STAMP := $(VENV)/installed
export LOGODDS_DEVICE := $(DEVICE)
export MLFLOW_DISABLE_TELEMETRY := true
export DVC_NO_ANALYTICS := true

.DEFAULT_GOAL := help
.PHONY: help repro train test torture lint audit bench ui clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'DEVICE=auto|cpu|cuda and PROBLEM=name apply to repro and train, PORT=5000 to ui'

# Made once; made again when the requirements change, and where the checkout was moved: its scripts hold the old place.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif
$(STAMP): pyproject.toml constraints-py311.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --constraint constraints-py311.txt --editable '.[test,lint]'
	echo '$(CURDIR)' > $@

repro: $(STAMP) ## the main job: fetch the data, run every stage, keep the record
	$(RUN) python src/reproduce.py $(PROBLEM)

train: $(STAMP) ## one run outside the pipeline
	$(RUN) python src/train.py $(if $(PROBLEM),problem=$(PROBLEM))

test: $(STAMP) ## the tests
	$(RUN) python -m pytest

torture: $(STAMP) ## runs crashed at every point, killed, on failing disks, with damaged files; two hours
	LOGODDS_TORTURE=1 $(RUN) python -m pytest --capture=no tests/torture tests/commands/test_kills.py

lint: $(STAMP) ## ruff and mypy
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

audit: $(STAMP) ## known vulnerabilities of what is installed, where a package index can be reached
	$(VENV)/bin/pip install --quiet --constraint constraints-py311.txt --editable '.[audit]'
	$(RUN) pip-audit --local --skip-editable

bench: $(STAMP) ## all benchmarks, with what they are held against; half an hour
	$(VENV)/bin/pip install --quiet --constraint constraints-py311.txt --editable '.[bench]'
	$(RUN) python benchmarks/run.py

ui: $(STAMP) ## MLflow's pages at http://127.0.0.1:5000, or another PORT
	$(RUN) MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false mlflow ui --workers 1 --port $(PORT) \
		--backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///$(CURDIR)/mlruns/mlflow.db}"

clean: ## remove the environment, caches and runs outside the pipeline; data/, mlruns/ and DVC's cache stay
	rm -rf $(VENV) out/runs .pytest_cache .mypy_cache .ruff_cache src/*.egg-info
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
