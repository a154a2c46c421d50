# `make` sets everything up and runs Parts 1 to 3 of the tutorial, `make tracks` Part 4; `make test`
# runs the tests; `make bench` compares the programs' speed with that of others.
#
# VENV=folder puts the Python environment elsewhere, PYTHON=python3.12 chooses the Python.

VENV ?= .venv
PYTHON ?= python3
bin := $(abspath $(VENV))/bin

# LCG views and the like would put their own packages before those of the environment.
unexport PYTHONPATH PYTHONHOME PYTHON
export PYTHONNOUSERSITE := 1

# An environment keeps the Python that it was made with.
version = $(shell $(1) -c 'import sys; print(*sys.version_info[:2], sep=".")' 2>/dev/null)
ifneq ($(origin PYTHON),file)
ifneq ($(wildcard $(bin)/python),)
ifneq ($(call version,$(PYTHON)),$(call version,$(bin)/python))
$(error $(VENV) has Python $(call version,$(bin)/python), and $(PYTHON) is $(call version,$(PYTHON)): remove $(VENV), or name another as in make VENV=.venv-other)
endif
endif
endif

.PHONY: tutorial tracks test test-oldest lint bench faults peers
.DEFAULT_GOAL := tutorial

tutorial tracks: export PATH := $(bin):$(PATH)
tutorial: $(VENV)/.tutorial
	atlas-sw/get-dataset.sh --sample
	atlas-sw/dump-xaod -o data/output.h5 data/sample.DAOD.root
	local-sw/make_hist.py data/output.h5
	local-sw/make_roc_curves.py data/output.h5
	local-sw/train_nn.py data/output.h5
	local-sw/make_hist.py data/output.h5 --nn model/architecture.json model/nn.weights.h5
	local-sw/make_roc_curves.py data/output.h5 --nn model/architecture.json model/nn.weights.h5
	atlas-sw/dump-xaod --nn-file model/lwtnn-network.json -o data/scored.h5 data/sample.DAOD.root
	local-sw/validate_nn.py data/scored.h5 --nn model/architecture.json model/nn.weights.h5

tracks: tutorial
	atlas-sw/dump-xaod --tracks -o data/tracks.h5 data/sample.DAOD.root
	local-sw/train_tracks.py data/tracks.h5
	local-sw/make_roc_curves.py data/tracks.h5 -o plots/tracks --nn model/architecture.json model/nn.weights.h5 --nn model/tracks/architecture.json model/tracks/nn.weights.h5
	atlas-sw/dump-xaod --tracks --nn-file model/tracks/lwtnn-network.json -o data/scored-tracks.h5 data/sample.DAOD.root
	local-sw/validate_nn.py data/scored-tracks.h5 -o plots/tracks --nn model/tracks/architecture.json model/tracks/nn.weights.h5

test: lint $(VENV)/.test
	# XRootD's library crashes in a process that has loaded TensorFlow.
	$(bin)/pytest tests/dumpxaod/test_remote.py
	$(bin)/pytest --numprocesses 2 --dist loadfile --ignore=tests/dumpxaod/test_remote.py

# An hour, and 15 GB in BENCH_DIR; ONLY="plots dump" for some of it, KEEP=1 to put the figures
# into the project. See tests/benchmarks/README.md.
bench: $(VENV)/.test
	$(bin)/python tests/benchmarks/run.py $(if $(KEEP),--keep) $(ONLY)

# Some minutes; ONLY="kills disk" for some of it. See tests/faults/README.md.
faults: $(VENV)/.test
	$(bin)/python tests/faults/run.py $(ONLY)

# Some minutes, and some GB in PEERS_DIR; ONLY="ftag puma" for some of it. See tests/peers/README.md.
peers: $(VENV)/.test
	$(bin)/python tests/peers/run.py $(ONLY)

# No TensorFlow for that; shellcheck only where it is installed.
lint: $(VENV)/.lint
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy
	$(bin)/codespell
	@if command -v shellcheck >/dev/null; then shellcheck atlas-sw/*.sh .ci/run tests/*.sh tests/*/*.sh; fi

# The oldest packages that pyproject.toml allows, of each side, in environments of their own.
test-oldest:
	tests/oldest.sh $(PYTHON)

$(VENV)/.tutorial: packages := --editable '.[atlas,local]'
$(VENV)/.test: packages := --editable '.[atlas,local]' --group test
$(VENV)/.lint: packages := --group lint
$(VENV)/.tutorial $(VENV)/.test $(VENV)/.lint: pyproject.toml | $(VENV)/bin/python
	@if command -v uv >/dev/null; then \
		uv pip install --quiet --python $(bin)/python $(packages); \
	else \
		case "$(packages)" in *--group*) $(bin)/python -m pip install --quiet 'pip>=25.1' ;; esac && \
		$(bin)/python -m pip install --quiet $(packages); \
	fi
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' || { \
		echo "$(PYTHON) must be Python 3.10 to 3.13: choose another, as in make PYTHON=python3.12"; exit 1; }
	@if command -v uv >/dev/null; then \
		uv venv --quiet --python "$$(command -v $(PYTHON))" $(VENV); \
	else \
		$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
			echo "$(PYTHON) cannot make environments: apt install python3-venv, or install uv"; exit 1; }; \
		$(PYTHON) -m venv $(VENV); \
	fi
