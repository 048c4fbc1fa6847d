# Each target works alone on a machine with nothing but Python 3.11-3.13, make and pip.
# The lines work by hand as well.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt
# A server without libGL gets the windowless build laid over the folder cv2: docs/decisions/0004-opencv-build.md
OPENCV = $(BIN)/python -c 'import cv2' 2>/dev/null || $(PIP) --force-reinstall --no-deps opencv-python-headless

.PHONY: demo test check bench clean

demo: $(VENV)/.installed
	$(BIN)/nostalgia demo --overwrite

# The networks are small: on a busy machine two threads wait for each other longer than they compute.
test: export OMP_NUM_THREADS ?= 1
test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/speed.py

clean:
	rm -rf $(VENV)

# Where Python comes without ensurepip (Debian), the machine's own pip fills the new environment.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || \
	{ rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install -q pip; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e .
	$(OPENCV)
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[dev]'
	$(OPENCV)
	touch $@ $(VENV)/.installed
