# Everything is in dev.py; this saves typing. Arguments: make test ARGS="-k uplift"
PYTHON ?= python3
ARGS ?=

.PHONY: help setup demo test check truth bench lock clean

help:
	@$(PYTHON) dev.py --help

setup demo test check truth bench lock clean:
	@$(PYTHON) dev.py $@ $(ARGS)
