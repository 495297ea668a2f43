# One command each: `make demo` opens the application, `make test` is all that CI does.
PYTHON ?= python3.11
BIN := .venv/bin
# More than two cores: many tests wait for a process, a link or the clock.
WORKERS ?= 4

.PHONY: oracles demo test covered check venv lint types imports bench soak docs site clean

demo: venv
	$(BIN)/prelabel-tui demo

venv: .venv/.made

.venv/.made: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

test: lint types imports covered
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --ignore=tests/core --ignore=tests/formats

# The tests of core and formats, and the floor of core's branch coverage that they hold
# ([tool.coverage] in pyproject.toml).  `make covered REPORT=term-missing` lists what is not run.
REPORT ?=
covered: venv
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=$(REPORT) \
		tests/core tests/formats

# The inner loop, under a minute: the core, the formats, the commands, the import contracts.
check: lint
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m 'not slow and not soak' \
		tests/core tests/formats tests/cli tests/test_imports.py tests/test_docs_paths.py

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: venv
	$(BIN)/mypy

imports: venv
	$(BIN)/lint-imports

# make bench NAME=nudge
bench: venv
	$(BIN)/python -m benchmarks $(NAME) $(ARGS)

# The long fault, kill and concurrency batteries at full counts, and properties with other examples.
soak: venv
	PRELABEL_SOAK=1 $(BIN)/pytest -m 'soak or hypothesis' -s

# What the field's own readers make of every export.  They weigh 1.5 GB: not part of `make test`.
oracles: .venv-oracles/.made
	.venv-oracles/bin/pytest -m oracles -n 0 tests/oracles

.venv-oracles/.made: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-oracles
	.venv-oracles/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[oracles]'
	.venv-oracles/bin/python -m pip install --quiet --no-deps datumaro==1.13.12
	@touch $@

# Pictures and tables of the docs, from the running program.
docs: venv
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/tables.py

# The site of docs/, in build/site.
site: venv
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf .venv .venv-oracles build dist src/*.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
