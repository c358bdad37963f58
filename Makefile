# Everything a newcomer needs: `make demo` to see it, `make test` to trust it. See README.md.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
export PORT ?= 8000
export PORTAL_DATA ?= .data
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links --no-strip-extras

.PHONY: demo demo-reset stop test check bench lock bundle

demo: .venv/runtime            ## start the demo city and print the logins; Ctrl-C ends it
	@$(BIN)/python -m portal.launch

demo-reset: .venv/runtime      ## throw the demo's data away and start over
	@$(BIN)/python -m portal.launch --reset

stop: .venv/runtime            ## end a demo that runs elsewhere, and servers that were left running
	@$(BIN)/python -m portal.launch --stop

test: .venv/develop            ## everything, browser journeys included
	@$(BIN)/python -m tests.support.browser
	@$(BIN)/python -m pytest -n $${TEST_PROCESSES:-auto} --dist loadgroup --no-loadscope-reorder $(ARGS)

# The checks read settings but never open a connection: no server is started for them.
check: export DATABASE_URL = postgres://nobody:nothing@127.0.0.1:1/none
check: export REDIS_URL = redis://127.0.0.1:1/0
check: .venv/develop           ## lint, types, import contracts, templates, migrations, deployment settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint templates
	$(BIN)/python -m portal.checks

bench: .venv/develop           ## the speed table; takes minutes
	@$(BIN)/python -m tests.benchmarks $(ARGS)

lock: .venv/python             ## write the locks again after a change of a requirements*.in
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt

bundle:                        ## rebuild static/build (needs Node; never needed to run)
	cd frontend && npm ci --no-audit --no-fund && npm run build

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing; on Debian: apt install python3-venv"; exit 1; }
	@touch $@

.venv/runtime: .venv/python requirements.txt
	@echo "Installing the locked packages ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

.venv/develop: .venv/runtime requirements-dev.txt
	@echo "Installing the locked packages for tests and checks ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $@
