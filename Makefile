# Two commands set everything up on a fresh machine with Python 3.11-3.13:  make demo   make test
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
HOME_DIR ?= experiments/demo
PORT ?= 5000

.PHONY: install demo test test-slow test-data lint dashboard clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"got Python {v[0]}.{v[1]}, expected 3.11 to 3.13; give PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e ".[dev]" -c constraints.txt
	touch $@

# A small campaign with real answers by GFN-xTB alone: 3 rounds of 5 molecules. Again: resumes, or says it is finished.
demo: install
	$(BIN)/python -m loop +campaign=zn_anode oracles.dft=null home=$(HOME_DIR) rounds=3 batch=5

# Two at a time; every file by one process, which keeps what its tests share.
test: install
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: install
	$(BIN)/python -m pytest -m slow --timeout=3600

# Readers on downloads of public databases, which are no part of this repository:  make test-data DATA=FOLDER
test-data: install
	$(BIN)/python -m pytest -m data -rs tests/data "--data=$(DATA)"

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

dashboard: install
	$(BIN)/python -m loop.dashboard experiments --port $(PORT)

clean:
	rm -rf $(HOME_DIR) build dist *.egg-info
