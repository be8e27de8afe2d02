# `make demo` and `make test` are all that a fresh machine needs; both set up what is missing.
# PORT=8000 chooses the demo's port, TEST_PROCESSES=2 how many processes share the tests.

PYTHON ?= python3
BIN := .venv/bin
VENDOR := src/livelihood/web/static/vendor
PORT ?= 8000
# Each has a PostgreSQL, a Valkey and a Chromium of its own.
TEST_PROCESSES ?= 2

# SIZE=small, normal or full: what is measured beside the least that could do the same, in docs/performance.md.
SIZE ?= normal

.PHONY: bench demo demo-reset test check lock messages setup clean

demo: setup
	@$(BIN)/livelihood demo --port $(PORT)

demo-reset: setup
	@$(BIN)/livelihood demo --reset-only

test: setup
	$(BIN)/pytest -n $(TEST_PROCESSES) --dist worksteal

bench: setup
	@$(BIN)/python -m benchmarks --size $(SIZE)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	node_modules/.bin/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.schema_check

setup: .made/python .made/pages

.made/python: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Livelihood needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Choose one with PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	mkdir -p .made && touch $@

# npm and node come from a wheel, so that Python and make are all a machine needs.
.made/pages: package.json package-lock.json .made/python
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --silent
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm run --silent vendor
	mkdir -p .made && touch $@

# Lock files carry hashes and no addresses: uv writes none, and npm's funding links are taken out.
lock: .made/python
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements-runtime.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm install --package-lock-only --silent
	$(BIN)/python -c "import json, pathlib; p = pathlib.Path('package-lock.json'); d = json.loads(p.read_text()); [q.pop('funding', None) for q in d['packages'].values()]; p.write_text(json.dumps(d, indent=2) + '\n')"

# What the pages and refusals say, gathered for translation; texts that are gone go from the catalogue too.
messages: .made/python
	$(BIN)/pybabel -q extract -F pyproject.toml -k say -k _ --no-location --sort-output --omit-header -o .made/messages.pot src/livelihood
	$(BIN)/pybabel -q update --omit-header --no-fuzzy-matching --ignore-obsolete -l km -i .made/messages.pot -o src/livelihood/web/locales/km.po

clean:
	rm -rf .venv node_modules .made $(VENDOR)
