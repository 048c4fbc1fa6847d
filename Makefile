# Each target works alone on a machine with nothing but Python 3.11-3.13, make and pip.
# The lines work by hand as well.

VENV := .venv
# Windows needs make and the sh of Git for Windows.
ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN = $(VENV)/Scripts
EXE := .exe
else
PYTHON ?= python3
BIN = $(VENV)/bin
endif
PIP = $(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt
# The extra learned brings opencv-python into the folder cv2 of opencv-python-headless; the windowless build goes on top.
OPENCV = $(PIP) --force-reinstall --no-deps opencv-python-headless
PORTRAIT = demo/astronaut.png

.PHONY: demo test test-gfpgan coverage check wheel bench figures clean

demo: $(VENV)/.installed $(PORTRAIT)
	$(BIN)/nostalgia demo --overwrite

# The networks are small: on a busy machine two threads wait for each other longer than they compute.
# So the tests run file by file in two processes, each of which loads the networks once.
WORKERS ?= 2
test: export OMP_NUM_THREADS ?= 1
test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

# Branch coverage of nostalgia/, with the processes that the tests start.
coverage: export OMP_NUM_THREADS ?= 1
coverage: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report=term:skip-covered

# GFPGAN brings gigabytes, so it is tested in an environment of its own. Python 3.11 or 3.12.
test-gfpgan: export OMP_NUM_THREADS ?= 1
test-gfpgan:
	$(MAKE) VENV=.venv-gfpgan .venv-gfpgan/.installed-gfpgan
	.venv-gfpgan/$(notdir $(BIN))/python -m pytest tests/enhancement

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: $(VENV)/.installed-dev
	$(BIN)/python -m hatchling build -t wheel -d dist

bench: $(VENV)/.installed $(PORTRAIT)
	$(BIN)/nostalgia bench
	$(BIN)/python benchmarks/speed.py --rounds 1

# Renews the table of the README; on an idle computer.
figures: $(VENV)/.installed $(PORTRAIT)
	$(BIN)/python benchmarks/speed.py --rounds 3 --readme

clean:
	rm -rf $(VENV) .venv-gfpgan demo dist

# Where Python comes without ensurepip (Debian), the machine's own pip fills the new environment.
$(BIN)/python$(EXE):
	$(PYTHON) -m venv $(VENV) || \
	{ rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install -q pip; }

# A public-domain portrait in the wheel of scikit-image; nothing of that package is installed.
$(PORTRAIT): | $(BIN)/python$(EXE)
	$(PIP) --no-deps --no-compile --target demo/wheel scikit-image
	cp demo/wheel/skimage/data/astronaut.png $@
	rm -rf demo/wheel

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python$(EXE)
	$(PIP) -e '.[app,heic]'
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python$(EXE)
	$(PIP) -e '.[learned,moviepy,dev]'
	$(OPENCV)
	touch $@ $(VENV)/.installed

# torchvision of the package index fits the index's own build of torch, and no other ("===").
# basicsr would fetch a second torch to be built with, if it were built in isolation.
$(VENV)/.installed-gfpgan: pyproject.toml constraints.txt | $(BIN)/python$(EXE)
	$(PIP) setuptools wheel $$(sed -n 's/^torch==/torch===/p' constraints.txt) torchvision
	$(PIP) --no-build-isolation basicsr
	$(PIP) -e '.[gfpgan,moviepy,dev]'
	$(OPENCV)
	touch $@
