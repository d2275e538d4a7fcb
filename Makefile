# Aura, on one command. Needs Python 3.11 or newer and make; everything else goes into .venv.
# `make` alone lists the targets.

SHELL := /bin/sh
PYTHON := .venv/bin/python
# Tests run beside each other, and wait for processes, disks and the clock about as often as they compute: three keep
# two cores busy. `make test JOBS=8` on a larger machine.
JOBS ?= 3
# What a shell may have exported must not lead the fast suite to a server somewhere else.
ALONE := env -u DATABASE_URL -u REDIS_URL -u EMAIL_URL -u AURA_URL -u AURA_DATA_DIR -u AURA_STORAGE

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test check check-rest lint format contract faults fuzz bench requirements clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install:
	@bin/install runtime

install-dev:
	@bin/install dev

run: install ## start Aura on this machine (PORT=8000, AURA_DATA_DIR=./var)
	@exec $(PYTHON) manage.py run

test: install-dev ## the fast suite: SQLite and local files, no server needed
	@$(ALONE) $(PYTHON) bin/suite --jobs $(JOBS) -m "not thorough"

check: install-dev ## everything: style, types, layers, advisories, both suites
	@bin/check

check-rest: install-dev
	@bin/check --except suite

lint: install-dev ## the part of check that needs no test
	@bin/check format lint types layers migrations templates deploy vendor

format: install-dev ## put every Python file and template into its form
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .
	@.venv/bin/djade --target-version 5.2 $$(git ls-files '*.html')

contract: install-dev ## write docs/openapi.json anew, after a change of the API that is meant
	@AURA_ENV=test $(PYTHON) manage.py export_openapi --to docs/openapi.json

faults: install-dev ## kill workers at every failpoint on every network, race changes against sending (an hour and more)
	@$(PYTHON) bin/with-services --optional -- $(PYTHON) -m bench.faults
	@$(PYTHON) bin/with-services --optional -- $(PYTHON) -m bench.faults --network all --pictures --parts --kills 24 --posts 36
	@$(ALONE) $(PYTHON) -m bench.races
	@$(PYTHON) bin/with-services --optional --only postgres -- $(PYTHON) -m bench.races --only postgres

fuzz: install-dev ## make up calls of the API with every credential and judge the answers (MINUTES=30, SEED=…)
	@bin/install fuzz
	@$(ALONE) $(PYTHON) -m bench.fuzz $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

bench: install-dev ## measure pages, the library, uploads, claims and the start (half an hour)
	@$(PYTHON) -m bench

requirements: install-dev ## compile requirements*.txt anew, with hashes
	@bin/requirements

clean: ## take away the virtual environments and every cache; keeps ./var
	@rm -rf .venv .venv-fuzz .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
