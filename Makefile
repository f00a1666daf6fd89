# What one does in this house. `make run` and `make test` need Python, git and make and bring the
# rest themselves, into this folder only: .venv, .tools, frontend/node_modules.
#
#   make run PYTHON=/path/to/python3.13    with a Python that is not on the PATH
#   make serve ARGS="--port 9000"          with more options

PYTHON ?= python3
ARGS ?=
SETUP := $(PYTHON) -m scripts.setup
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.tools/bin:$(PATH)
export HYPOTHESIS_STORAGE_DIRECTORY ?= $(CURDIR)/.tools/cache/hypothesis
export RUFF_CACHE_DIR ?= $(CURDIR)/.tools/cache/ruff
export UV_CACHE_DIR ?= $(CURDIR)/.tools/cache/uv
export npm_config_cache ?= $(CURDIR)/.tools/cache/npm

# Set-up itself runs on Python 3.8; what it installs needs 3.12, which it looks for.
ifneq ($(shell $(PYTHON) -c 'import sys; print(sys.version_info >= (3, 8))' 2>/dev/null),True)
$(error No Python of use answers to `$(PYTHON)`. Install Python 3.12 or newer (Debian 13, Ubuntu 24.04: \
apt-get install python3), or name one: make run PYTHON=/path/to/python3.13)
endif

.PHONY: all run serve migrate setup test check fix e2e docs shape lock
all: test

run: ## the product with its demo company, at http://127.0.0.1:8000
	@$(SETUP) run
	@exec python -m roundsman serve --demo $(ARGS)

serve: ## the product with your own data
	@$(SETUP) run
	@exec python -m roundsman serve $(ARGS)

migrate: ## bring the database to the newest schema
	@$(SETUP) run
	@exec python -m roundsman migrate $(ARGS)

setup: ## all that development and the tests need
	@$(SETUP) test

# Checks run two at a time, the slowest first; the output of each stays together.
CHECKS := check-pyright check-mypy check-frontend check-schema check-lint check-imports check-spelling
.PHONY: $(CHECKS) check-house
TOGETHER := $(MAKE) --jobs=2 --output-sync=target --keep-going

test: setup ## every check and every test
	@$(TOGETHER) $(CHECKS)
	python -m pytest

check: setup ## lint, types, import contracts, migrations, front end, documents against the code
	@$(TOGETHER) $(CHECKS) check-house

check-pyright:
	pyright

check-mypy:
	mypy

check-frontend:
	cd frontend && npm run check && npm test

check-lint:
	ruff check --output-format=concise
	ruff format --check

check-imports:
	lint-imports --cache-dir .tools/cache/import-linter

check-schema:
	python -m scripts.alembic_check

check-spelling:
	codespell $(wildcard *.md docs roundsman tests scripts benchmarks frontend/src)

check-house:
	python -m pytest tests/house

fix: setup ## what the tools can mend by themselves
	ruff check --fix
	ruff format

e2e: setup ## the browser tests alone
	python -m pytest tests/e2e $(ARGS)

docs: setup ## write what is made from the code: reference pages, types of the browser app
	python -m scripts.make_docs
	python -m scripts.make_web_types

shape: ## the longest files and functions
	@$(SETUP) run
	@python -m scripts.shape $(ARGS)

lock: ## remake requirements/*.txt from pyproject.toml; UPGRADE=1 takes newer versions
	@$(SETUP) uv
	@PATH="$(CURDIR)/.tools/uv/bin:$$PATH" sh scripts/lock.sh
