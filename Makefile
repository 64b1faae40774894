# make run    start the site            make test    run every test
# make bench  measure it, as a table    make clean   remove .venv and caches; the data in var/ stays

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: run test bench clean install

run: install
	@exec $(PYTHON) manage.py up

test: install
	@exec $(PYTHON) -m pytest

bench: install
	@exec $(PYTHON) -m airbrush.bench

install: $(STAMP)

# Runs again only when requirements.txt has changed, so nothing asks the network for a site that is installed.
$(STAMP): requirements.txt
	@[ -x $(PYTHON) ] || sh .ci/make-venv $(VENV)
	$(PYTHON) -m pip install --disable-pip-version-check --requirement requirements.txt
	@touch $(STAMP)

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +
