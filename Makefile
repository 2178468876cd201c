# All of echospan's chores. Needs python3 (3.11 or newer), make and pip; the rest goes into .venv.
# `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

# Stamps: set-up runs again when what it was made from changes.
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs-ready
TORCH_READY := $(VENV)/.torch-ready
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup tour test check quick slow environments docs bench verify coverage pictures rendered conform-table needs-truths needs-peers needs-detectable street wheel wheel-check
.PHONY: accidents sweep-faults scaling agreement reference format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv and install echospan with what its tests need

# What the compiled kernels are built from.
NATIVE := setup.py $(filter-out %.so,$(wildcard src/echospan/engine/kernels/native/*.[chim]*)) \
    $(wildcard third_party/xla/ffi/api/*.h)

$(READY): pyproject.toml constraints.txt $(NATIVE)
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"echospan needs Python 3.11 or newer, and $(PYTHON) is {v[0]}.{v[1]}. Name another one: make PYTHON=python3.11")'
	@echo "Setting up $(VENV) (a few minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) -e '.[test]'
	@touch $@

$(DOCS_READY): $(READY)
	@$(PIP_INSTALL) -e '.[test,docs]'
	@touch $@

$(TORCH_READY): $(READY)
	@$(PIP_INSTALL) -e '.[test,torch,slurm,ray,serve,onnx,api-tests,notebook,browser,lab]'
	@touch $@

# Keras on TensorFlow, for the doctor's test bench; `make bench` makes it, too. Half of it is nothing:
# the tests that need it would fail, and without it they are skipped.
TENSORFLOW := benchmarks/.envs/tensorflow/bin/python
$(TENSORFLOW): | $(READY)
	@{ $(PYTHON) -m venv benchmarks/.envs/tensorflow && $@ -m pip install --quiet \
	    --disable-pip-version-check -r benchmarks/pins/tensorflow.txt; } || \
	  { rm -rf benchmarks/.envs/tensorflow; echo "No TensorFlow: its tests will be skipped"; }

# Lightning and Hugging Face's Trainer, for the tests of their callbacks; all else is that of .venv.
TRAINERS := benchmarks/.envs/trainers/bin/python
$(TRAINERS): | $(TORCH_READY)
	@{ $(PYTHON) -m venv benchmarks/.envs/trainers && \
	    $@ -c 'import pathlib, site, sys; pathlib.Path(site.getsitepackages()[0], "echospan_venv.pth").write_text(str(next(pathlib.Path("$(VENV)").resolve().glob("lib/python*/site-packages"))))' && \
	    $@ -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	    lightning transformers accelerate; } || \
	  { rm -rf benchmarks/.envs/trainers; echo "No Lightning or transformers: their tests will be skipped"; }

# What --mirror copies runs to, for the tests of it; all else is that of .venv.
MIRRORS := benchmarks/.envs/mirrors/bin/python
$(MIRRORS): tests/mirrors/requirements.txt | $(READY)
	@{ $(PYTHON) -m venv benchmarks/.envs/mirrors && \
	    $@ -c 'import pathlib, site, sys; pathlib.Path(site.getsitepackages()[0], "echospan_venv.pth").write_text(str(next(pathlib.Path("$(VENV)").resolve().glob("lib/python*/site-packages"))))' && \
	    $@ -m pip install --quiet --disable-pip-version-check -r tests/mirrors/requirements.txt; } || \
	  { rm -rf benchmarks/.envs/mirrors; echo "No libraries of mirrors: their tests will be skipped"; }

tour: $(READY) ## Set up, then run the tutorial from end to end
	@$(BIN)/echospan tour
	@echo "In the browser, too: $(BIN)/pip install -c constraints.txt -e '.[lab]', then $(BIN)/echospan lab"

test: check quick ## Set up, then lint, type-check and run the quick tests

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Compiling is most of what the quick tests do, and hardly a program of theirs runs for long. The slow
# ones, with golden numbers once more, run programs that are compiled as users' are.
quick: $(READY)
	JAX_DISABLE_MOST_OPTIMIZATIONS=1 $(BIN)/python -m pytest -m "not slow" \
	    -n $(WORKERS) --dist worksteal

slow: $(TORCH_READY) $(TENSORFLOW) $(TRAINERS) $(MIRRORS) ## The tests that take longer, or need PyTorch or TensorFlow (CI runs them too)
	@tools/debian.sh
	$(BIN)/python -m pytest -m "slow or golden" -n $(WORKERS) --dist worksteal

# Into each goes the wheel that a user would install.
environments: $(READY) ## Test other versions of Python and of the dependencies; writes docs/environments.md
	$(BIN)/python tools/build_wheel.py --out build/wheel
	$(BIN)/python -m tools.environments --wheel build/wheel/*.whl $(ARGS)

accidents: $(TORCH_READY) ## Count again what docs/reliability.md says of accidents
	$(BIN)/python -m tools.accidents $(ARGS)

sweep-faults: $(READY) ## Make each fault that a sweep must survive; writes the table in docs/reliability.md
	$(BIN)/python -m tools.accidents.sweeps $(ARGS)

docs: $(DOCS_READY) $(TORCH_READY) ## Build the documentation, running every page, into docs/_build/html
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

bench: $(READY) ## Time echospan against its peers; ARGS='--write benchmarks' records it
	$(BIN)/python -m benchmarks --envs benchmarks/.envs --install $(ARGS)

verify: $(READY) ## Measure known numbers again; ARGS='--write docs/verify.md' records them
	$(BIN)/python -m studies.verify $(ARGS)

pictures: $(READY) ## Draw the README's pictures anew, from real runs, into docs/pictures
	$(BIN)/python tools/draw_pictures.py $(ARGS)

rendered: $(DOCS_READY) $(TORCH_READY) ## Run the changed pages of docs and write them into docs/rendered, with outputs
	$(BIN)/python -m tools.render_docs $(ARGS)

coverage: $(READY) ## How often intervals contain the truth; ARGS='--write docs/coverage.md' records it
	$(BIN)/python -m studies.coverage $(ARGS)

scaling: $(READY) ## Measure what a unit of a sweep costs; resumes; ARGS='--units 100000 --write docs/scaling.md'
	$(BIN)/python -m studies.scaling $(ARGS)

agreement: $(READY) ## Measure sheets with the kernels and with pure JAX; resumes; ARGS='--write docs/agreement.md' writes the page
	$(BIN)/python -m studies.agreement $(ARGS)

# The rows of other packages need these, too: pip install torchrecurrent transformers
reference: $(TORCH_READY) ## Measure the missing cells of the reference table; resumes; ARGS='--hours 8' or '--write docs/reference.md'
	$(BIN)/python -m studies.reference $(ARGS)

needs-truths: $(READY) ## What `needs` says of processes with a known memory; resumes; ARGS='--write FILE' writes the table
	$(BIN)/python -m studies.needs.truths $(ARGS)

# What other rules need, skforecast among it, is in an environment of its own.
FORECASTERS := benchmarks/.envs/forecasters/bin/python
$(FORECASTERS): studies/needs/peers.txt
	$(PYTHON) -m venv benchmarks/.envs/forecasters
	$@ -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

needs-peers: $(FORECASTERS) ## What other rules say of the same processes; resumes; ARGS='--write FILE' writes the table
	PYTHONPATH=src $(FORECASTERS) -m studies.needs.peers $(ARGS)

needs-detectable: $(READY) ## How often a gain is seen that `needs` says it would see; resumes; ARGS='--write FILE'
	$(BIN)/python -m studies.needs.detectable $(ARGS)

# An environment with another version: make conform-table TRAINERS=PATH/bin/python ARGS='--out build/other.json'
conform-table: $(TORCH_READY) $(TRAINERS) ## Check all families of transformers; ARGS='--write FILE' writes the table
	$(BIN)/python -m studies.conform --python $(TRAINERS) $(ARGS)

street: $(TORCH_READY) $(TENSORFLOW) ## Check the check: its benchmark, public threads, sound set-ups; writes the pages
	cd tests && ../$(BIN)/python -m doctor.bench --write
	cd tests && ../$(BIN)/python -m doctor.street.threads --write
	cd tests && ../$(BIN)/python -m doctor.street.sound --page doctor/street/sound/AFTER.md

wheel: $(READY) ## Build the wheel for this system into dist, and the source archive
	$(BIN)/python tools/build_wheel.py $(ARGS)

wheel-check: ## The wheel's kernels on each Python with the oldest and the newest JAX; part of environments
	$(MAKE) environments ARGS='--job kernels'

format: $(READY) ## Put the source in its canonical form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean: ## Remove everything made here but the stored runs
	rm -f src/echospan/engine/kernels/native/*.so
	rm -rf $(VENV) .envs build dist docs/_build docs/jupyter_execute src/echospan.egg-info
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
