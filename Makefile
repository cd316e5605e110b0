# Everything a person or CI does with this repository. Needs Python 3.11 to 3.13, git and make.

PORT ?= 8000
AWS_PORT ?= 4566
SPEED ?= 1
PYTHON ?=
ARGS ?=

BIN := .venv/bin
TYPED := app.py chalicelib deployment localaws emr assets/build.py docs/diagrams.py docs/permissions.py scripts
# Chalice asks for a region even to package; it is not part of the template.
export AWS_DEFAULT_REGION ?= us-east-1
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup assets up test test-long lint format bench package deploy pins docs clean

help: ## List what can be made
	@echo "make up        start the embedded cloud and the portal (PORT=$(PORT) AWS_PORT=$(AWS_PORT) SPEED=$(SPEED))"
	@echo "make test      run every test (ARGS='-k name' passes options to pytest)"
	@echo "make test-long try every fault at every call of a run's life, and a week of 200 jobs"
	@echo "make lint      ruff, mypy, cfn-lint, shellcheck"
	@echo "make format    let ruff format the code"
	@echo "make bench     what a cold start of each function costs, beside bare Chalice"
	@echo "make package   the CloudFormation template and the zip, in build/"
	@echo "make deploy    STAGE=name  to your AWS account; see docs/deploy.md"
	@echo "make pins      compile requirements*.txt anew from pyproject.toml, and package-lock.json"
	@echo "make assets    the portal's static files, in assets/built/"
	@echo "make docs      write docs/state-machines.md and docs/permissions.md anew"
	@echo "make clean     remove what was made, except .venv and node_modules"

setup assets:
	@scripts/setup.sh

# Ctrl-C goes straight to the embedded cloud, which ends what it started and exits with 0.
up: setup
	@PORT=$(PORT) AWS_PORT=$(AWS_PORT) SPEED=$(SPEED) exec $(BIN)/python -m localaws

test: setup
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-long: setup
	@ATMO_LONG=1 $(BIN)/python -m pytest tests/simulated -n auto --maxprocesses 4 $(ARGS)

lint: package
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(TYPED)
	@$(BIN)/cfn-lint build/sam.yaml
	@$(BIN)/shellcheck .ci/run $$(git ls-files '*.sh')

format: setup
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

bench: package
	@$(BIN)/python -m scripts.bench $(ARGS)

package: setup
	@$(BIN)/python -m scripts.package build

deploy:
	@test -n "$(STAGE)" || { echo "Which stage? make deploy STAGE=prod" >&2; exit 1; }
	@$(MAKE) --no-print-directory package
	@$(BIN)/python -m scripts.deploy $(STAGE)

pins:
	@UPGRADE="$(UPGRADE)" scripts/pins.sh

docs: setup
	@$(BIN)/python docs/diagrams.py
	@$(BIN)/python docs/permissions.py

clean:
	@rm -rf build assets/built .chalice/deployments .mypy_cache .ruff_cache .pytest_cache .hypothesis
