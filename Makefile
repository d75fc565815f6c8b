# The one door: `make` lists what it opens. Everything lands inside this folder; nothing is installed on the machine.

PYTHON ?= python3
PORT ?= 4566
DEVICES ?= 60
SEEDS ?= 2000
ARGS ?=
export PORT DEVICES

UV_VERSION := 0.13.8
UV := .ringtree/tools/bin/uv
VENV_PYTHON := .venv/bin/python
EMULATOR := .ringtree/emulator
# Two workers: one has the emulator, which it mostly waits for, the other what needs a processor.
WORKERS := -n 2 --dist loadgroup
FAST_TESTS := tests/unit $(wildcard tests/architecture)
# jsii and the CDK command line take the first `node` of the path: the one of the project's own environment.
CDK := PATH="$(CURDIR)/.venv/bin:$$PATH" node_modules/.bin/cdk

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME UV_PROJECT_ENVIRONMENT

# $(call step,what is done,command): says what is done, every ten seconds that it goes on, and at last how long it took.
define step
@printf '==> %s\n' '$(1)'; start=$$SECONDS; \
( while sleep 10 > /dev/null 2>&1; do printf '    %d s ...\n' $$((SECONDS - start)); done ) & ticker=$$!; \
$(2); status=$$?; kill $$ticker 2> /dev/null; wait $$ticker 2> /dev/null; \
if [ $$status -eq 0 ]; then printf '    done in %d s\n' $$((SECONDS - start)); \
else printf '    failed after %d s: %s\n' $$((SECONDS - start)) '$(1)' >&2; exit $$status; fi
endef

.PHONY: help setup demo up down test check simulate model static synth deploy bench format installed python-is-new-enough

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: installed ## install what the project needs, inside this folder (Python >= 3.11 is enough)
	@printf 'Set up: Python packages in .venv, the AWS emulator in $(EMULATOR), the CDK command line in node_modules.\n'

demo: installed ## ship a good and a bad release to this machine and a simulated fleet (DEVICES=500, ARGS=--exit)
	@$(VENV_PYTHON) -m lab.demo $(ARGS)

up: installed ## start the whole system on this machine and keep it running (PORT=4566)
	@$(VENV_PYTHON) -m lab.embedded_aws up

down: installed ## stop what `make up` started; its state is kept
	@$(VENV_PYTHON) -m lab.embedded_aws down

test: static ## everything: check, infrastructure, state machines, and all that runs on the embedded AWS (< 12 minutes)
	@printf '==> pytest\n'
	@$(VENV_PYTHON) -m pytest $(WORKERS) $(ARGS)

check: static ## the fast part: format, lint, types, imports, unit tests (< 1 minute)
	@printf '==> pytest $(FAST_TESTS)\n'
	@$(VENV_PYTHON) -m pytest $(FAST_TESTS) $(WORKERS) $(ARGS)

simulate: installed ## run the turn loop over SEEDS=2000 random courses of faults; a failing one prints how to see it
	@$(VENV_PYTHON) -m tests.simulation --seeds $(SEEDS) $(ARGS)

model: installed ## search the model of the turn protocol whole, also in the sizes that take minutes
	@$(VENV_PYTHON) -m tests.protocol_model --larger $(ARGS)

static: installed
	$(call step,ruff check,.venv/bin/ruff check --quiet)
	$(call step,ruff format --check,.venv/bin/ruff format --check --quiet)
	$(call step,mypy,.venv/bin/mypy --no-error-summary)
	$(call step,import-linter,.venv/bin/lint-imports --no-logo)

synth: installed ## write the CloudFormation templates of environment production to cdk.out
	@$(CDK) synth --quiet -c environment=production $(ARGS)

deploy: installed ## cdk deploy --all into the AWS account of your credentials
	@$(CDK) deploy --all $(ARGS)

bench: installed ## measure calls, prices, times and sizes, and print them
	@$(VENV_PYTHON) -m lab.benchmarks $(ARGS)

format: installed ## format the code and mend what ruff can mend
	@.venv/bin/ruff format
	@.venv/bin/ruff check --fix

# What setup is made of. Each environment carries its own stamp, so one that is deleted is made again.

installed: .venv/.ready $(EMULATOR)/.ready node_modules/.ready

python-is-new-enough:
	@command -v '$(PYTHON)' > /dev/null || { echo 'Python is missing: no "$(PYTHON)" on the path. Install Python 3.11 or newer, or name one: make setup PYTHON=/path/to/python3.12' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python is too old: "$(PYTHON)" is '"$$('$(PYTHON)' -V 2>&1)"', 3.11 or newer is needed. Name another: make setup PYTHON=/path/to/python3.12' >&2; exit 1; }
	@'$(PYTHON)' -c 'import venv, ensurepip' 2> /dev/null || { echo 'Python lacks its venv module: "$(PYTHON)" cannot make environments. Install it (Debian, Ubuntu: apt install python3-venv)' >&2; exit 1; }

.ringtree/tools/.uv-$(UV_VERSION): | python-is-new-enough
	$(call step,uv $(UV_VERSION) into .ringtree/tools,'$(PYTHON)' -m venv .ringtree/tools && .ringtree/tools/bin/python -m pip install --quiet uv==$(UV_VERSION))
	@touch $@

# The interpreter behind $(PYTHON), not the launcher that a version switcher puts in front of it.
THIS_PYTHON = "$$('$(PYTHON)' -c 'import sys; print(sys.executable)')"

.venv/.ready: pyproject.toml uv.lock $(wildcard clients/*/pyproject.toml) .ringtree/tools/.uv-$(UV_VERSION) | python-is-new-enough
	$(call step,Python packages into .venv,$(UV) sync --locked --quiet --python $(THIS_PYTHON))
	@touch $@

$(EMULATOR)/.ready: lab/embedded_aws/pyproject.toml lab/embedded_aws/uv.lock .ringtree/tools/.uv-$(UV_VERSION) | python-is-new-enough
	$(call step,AWS emulator into $(EMULATOR),UV_PROJECT_ENVIRONMENT="$(CURDIR)/$(EMULATOR)" $(UV) sync --project lab/embedded_aws --locked --quiet --python $(THIS_PYTHON))
	@touch $@

node_modules/.ready: package.json package-lock.json .venv/.ready
	@test -x .venv/bin/node || { echo 'Node is missing: .venv/bin/node does not exist. Install it again: rm -r .venv && make setup' >&2; exit 1; }
	$(call step,CDK command line into node_modules,PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --no-audit --no-fund --loglevel=error > /dev/null)
	@touch $@
