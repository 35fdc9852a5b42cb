# Mercat needs Go and nothing else to be built and run: no npm, no C compiler.
# `make test` needs more and sees to it by itself.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LISTEN  ?= 127.0.0.1:8080
DATA    ?= ./data

.DEFAULT_GOAL := help
.PHONY: help run build test bench bench-go torture fuzz lint generate clean

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build Mercat and serve it (LISTEN=127.0.0.1:8080 DATA=./data)
	@exec bin/mercat serve --listen $(LISTEN) --data $(DATA)

build: ## Build bin/mercat
	CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/mercat ./cmd/mercat

test: ## Set up and run every test (CI=true or root on Debian: nothing left out)
	@exec scripts/test

bench: ## Measure a whole Mercat, into bench/latest.json
	@exec scripts/bench

bench-go: ## Measure single functions (BENCH=Name COUNT=10)
	go test -run '^$$' -bench '$(or $(BENCH),.)' -benchmem -count $(or $(COUNT),1) -p 1 ./...

torture: ## Kill, starve and cut off Mercat for long (KILLS=200 SEED= CLICKS=10000)
	@exec scripts/torture

fuzz: ## Fuzz every parser, one after another (FUZZTIME=10m each)
	@exec scripts/fuzz

lint: ## Check format, vet, staticcheck and generated files
	@exec scripts/test --only=checks

generate: ## Write the pages' Go code anew
	go tool templ generate

clean: ## Remove what was built (never ./data)
	rm -rf bin .cache test/browser/node_modules test/browser/screenshots test/peers/*/node_modules
