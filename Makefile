# The doors of the house; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test check access bench fmt clean

PORT ?= 8000
PYTEST_ARGS ?=
BENCH_ARGS ?=
BIN := .venv/bin

help:  ## list what make can do
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1\t\2/' | expand -t 14

demo:  ## install what is missing, load the sample city, serve it; PORT=8000
	@scripts/set_up.sh demo
	@exec $(BIN)/gridgis demo --port $(PORT)

test:  ## install what is missing, run every test; PYTEST_ARGS="-k name"
	@scripts/set_up.sh test
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest $(PYTEST_ARGS)

check:  ## style, types, the import contract, types of the browser side
	@scripts/set_up.sh test
	@scripts/check.sh

access:  ## measure who may call what, and write docs/access.md
	@scripts/set_up.sh test
	@WRITE_ACCESS=1 $(BIN)/python -m pytest -q tests/routes/test_access_matrix.py

bench:  ## run every measured claim on a city made for it; BENCH_ARGS="--size demo"
	@scripts/set_up.sh test
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python bench/whole_city.py $(BENCH_ARGS)

fmt:  ## write Python in the one format
	@scripts/set_up.sh test
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

clean:  ## remove what was made here, not the data folder
	rm -rf .venv build dist *.egg-info web/node_modules web/vendor/* gridgis/_resources
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .work
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
