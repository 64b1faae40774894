# make run    start the site            make test    run every test
# make bench  measure it, as a table    make clean   remove .venv and caches; the data in var/ stays
# make bench-engine  measure the engine beside diffusers; fails when a bound is missed
# make bench-search  measure the search with up to a million images; takes about an hour and 8 GB on two cores
# make train-starter  train a starter checkpoint from nothing, on all GPUs or on two CPU cores; its card says how long;
#                     MIRRORS=folder of clones of the image sets to use instead of fetching them

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: run test bench bench-engine bench-search train-starter clean install

run: install
	@exec $(PYTHON) manage.py up

test: install
	@exec $(PYTHON) -m pytest

bench: install
	@exec $(PYTHON) -m airbrush.bench

bench-engine: install
	@$(PYTHON) -m tests.unclip.bench

bench-search: install
	@exec $(PYTHON) -m airbrush.bench_search

TRAINING := -m generation.unclip.training
GPUS := $(shell nvidia-smi -L 2>/dev/null | wc -l)
# Larger batches need more samples for as many steps.
ifeq ($(GPUS),0)
TRAIN := OMP_NUM_THREADS=1 $(VENV)/bin/torchrun --nproc-per-node 2 $(TRAINING) train
SAMPLES_CLIP := 450e3
SAMPLES_DECODER := 2.8e6
SAMPLES_PRIOR := 1.5e6
SAMPLES_RANKER := 300e3
SAMPLES_UPSAMPLER := 60e3
else
TRAIN := $(VENV)/bin/torchrun --nproc-per-node $(GPUS) $(TRAINING) train
SAMPLES_CLIP := 3e6
SAMPLES_DECODER := 20e6
SAMPLES_PRIOR := 4e6
SAMPLES_RANKER := 2e6
SAMPLES_UPSAMPLER := 240e3
endif

train-starter: install
	[ -e var/training/data/manifest.json ] || $(PYTHON) $(TRAINING) prepare --out var/training/data \
		$(if $(MIRRORS),--mirrors "$(MIRRORS)")
	$(TRAIN) clip --samples $(SAMPLES_CLIP)
	$(TRAIN) decoder --samples $(SAMPLES_DECODER)
	$(TRAIN) prior --samples $(SAMPLES_PRIOR)
	$(TRAIN) ranker --samples $(SAMPLES_RANKER)
	$(TRAIN) upsampler --samples $(SAMPLES_UPSAMPLER)
	$(PYTHON) $(TRAINING) pack --out generation/unclip/starter --name starter

install: $(STAMP)

# Runs again only when requirements.txt has changed, so nothing asks the network for a site that is installed.
$(STAMP): requirements.txt
	@[ -x $(PYTHON) ] || sh .ci/make-venv $(VENV)
	$(PYTHON) -m pip install --disable-pip-version-check --requirement requirements.txt
	@touch $(STAMP)

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +
