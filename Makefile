# `make` lists the targets. Every target sets up what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
node := tools/node

.PHONY: help up down test check format build bpf console reference bench screenshots agent-package sigma-package clean install

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: install ## Install, build and start server, console and local agent (Ctrl-C or `make down` stops)
	@bash tools/setup-system.sh run
	@$(MAKE) --no-print-directory build
	@exec ./rampart up $(ARGS)

down: ## Stop what `make up` started
	@./rampart down

test: install ## Install and run every test; ends with `N passed, N failed`
	@bash tools/setup-system.sh test
	@$(MAKE) --no-print-directory build
	@$(node) tools/run-tests.ts $(SUITE)

check: install ## Types, lint, format, import directions, stale generated files, models
	@$(MAKE) --no-print-directory build
	@$(node) tools/check.ts

format: install ## Format and repair what the linter can
	@node_modules/.bin/biome check --write

build: bpf console ## Build the eBPF objects and the console

bpf: install
	@bash tools/build-bpf.sh

console: install
	@$(node) tools/build-console.ts

reference: install ## Generate docs/reference
	@$(node) tools/generate-event-shapes.ts
	@$(node) tools/generate-reference.ts

bench: install ## Run the benchmarks (figures: docs/benchmarks.md)
	@bash tools/setup-system.sh bench || true
	@$(MAKE) --no-print-directory build
	@$(node) tools/run-benchmarks.ts $(SUITE)

agent-package: install bpf ## Build the agent as a folder, .tar.gz and .deb for hosts without npm (build/agent-package)
	@$(node) tools/build-agent-package.ts $(ARGS)

sigma-package: install ## Build packages/sigma as others install it (build/sigma, for `npm pack`)
	@$(node) tools/sigma-package.ts

clean: ## Remove what was built and installed (never the state directory)
	@rm -rf build apps/console/dist node_modules

install:
	@if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then bash tools/install.sh; fi
