# `make` lists the targets. Everything lives in .venv and node_modules of this folder.

PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help env demo test conformance check notebooks docs bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env: .venv/ready server/web/static/vendor/versions.json ## prepare .venv and the page's assets

.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 12) or sys.exit("coeurville needs Python 3.12 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.13 env")'
	@echo "Preparing the Python environment"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

server/web/static/vendor/versions.json: package-lock.json scripts/vendor.mjs
	@node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' || { echo "coeurville needs Node 20 or newer to build the page's assets." >&2; exit 1; }
	@echo "Preparing the page's assets"
	@npm ci --silent
	@node scripts/vendor.mjs

demo: env ## fill the demo lake and serve it (PORT=8000)
	@$(BIN)/coeurville demo --port $(PORT)

test: env ## run the tests
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile

conformance: env ## run the abstract tests and OGC's own suites, reports in build/conformance
	@$(BIN)/python scripts/conformance.py

check: env ## lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

notebooks: env ## open the notebooks; they read the server of COEURVILLE_URL
	@$(BIN)/jupyter lab notebooks

docs: env ## build the documentation in build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "Open build/site/index.html"

bench: env ## compare with other servers (PostgreSQL, PostGIS, ogr2ogr; about an hour)
	$(BIN)/python -m bench.serving
	$(BIN)/python -m bench.load
	$(BIN)/python -m bench.national
	$(BIN)/python -m bench.methods
	$(BIN)/python -m bench.register

lock: env ## renew requirements.txt and package-lock.json
	$(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev --upgrade pyproject.toml -o requirements.txt
	npm install --package-lock-only && node scripts/lock.mjs

clean: ## delete what the other targets made, but the data folder
	rm -rf .venv node_modules server/web/static/vendor dist build
