# Two commands: `make bench` and `make test`. Each makes the environment that it needs.
VENV   ?= .venv
PYTHON ?= python3
BIN    := $(CURDIR)/$(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help bench test coverage benchmark clean

help:
	@echo "make bench      install, run the benchmark of the active tier, show a summary and where the report is"
	@echo "make test       install, check style and types, run the tests"
	@echo "make coverage   the tests, and which branches of the source they take"
	@echo "make benchmark  time the training engine against a plain loop"

bench: $(VENV)/.installed
	@PATH="$(BIN):$$PATH"; export PATH; \
	dvc repro --keep-going; status=$$?; \
	tailmark report || status=1; \
	exit $$status

test: $(VENV)/.installed-test
	@PATH="$(BIN):$$PATH"; export PATH; \
	ruff check && ruff format --check && mypy && pytest -n 2 $(PYTEST)

coverage: $(VENV)/.installed-test
	@PATH="$(BIN):$$PATH"; export PATH; pytest -n 2 --cov --cov-report=term:skip-covered

benchmark: $(VENV)/.installed
	@PATH="$(BIN):$$PATH"; export PATH; python benchmarks/engine.py && python benchmarks/generator.py && python benchmarks/fusion.py && python benchmarks/balance.py

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tailmark needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
ifdef UV
	uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV)
	uv pip install --python $(BIN)/python --editable .
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
endif
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
ifdef UV
	uv pip install --python $(BIN)/python --group test
else
	$(BIN)/python -m pip install --quiet --group test
endif
	@touch $@

clean:
	rm -rf $(VENV)
