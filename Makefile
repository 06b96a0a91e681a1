# Everything a person or a machine types here. `make` alone says what there is.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help demo bench bench-quick bench-peers bench-report test verify lint docs fix
.PHONY: count count-record test-extra sim ablations explore planted mutants fuzz chaos chaos-ci chaos-sagas
.PHONY: first-progress matrix powercut reliability-report

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The dev profile: it builds faster, shares its artefacts with `make test`, and what the demo shows is
# waiting for services, not computing.
demo: ## watch an order succeed, fail and be undone; needs nothing but Rust
	cargo run -p baton-cli --bin baton -- demo

test: ## the whole suite, on real RabbitMQ and Redis; installs them where it may (Debian, root)
	@scripts/test

# Long programmes go on where they stopped, at the same commit, with RESUME=--resume.
RESUME ?=

# The programs are built first: scenarios start them.
matrix: ## contract and scenarios on RabbitMQ 3.10, 4.0 and 4.3, Redis 7 and 8, Valkey 8 and 9
	@scripts/needs
	cargo build --workspace
	target/debug/matrix $(RESUME)

CUTS ?= 500
powercut: ## cut the power of a Baton on the embedded store CUTS=500 times; nothing answered may be lost
	cargo build -p baton-tests --bin powercut
	target/debug/powercut $(CUTS) $(RESUME)

SEEDS ?= 200000
sim: ## run SEEDS seeds of the simulation; BATON_SEED=... tells one; every kind must come, from 50000 on
	cargo build --profile sim -p baton-simulation
	target/sim/simulate --seeds $(SEEDS) $(RESUME) $(SIM_ARGS)

ablations: ## take each safety net of the simulation away: a law must notice, or all must hold; SIM_ARGS=... for more
	cargo build --profile sim -p baton-simulation
	target/sim/simulate --ablations $(SIM_ARGS)

verify: lint test ## everything that must hold before a change is merged; changes nothing

# What `make planted` builds has to build after every change; and the guided fuzz targets, which are a workspace
# of their own, have to know what the others depend on.
PLANTED = -p baton-shared -p baton-engine -p baton-orchestrator -p baton-worker -p baton-simulation --features planted

lint: docs ## the part of verify that runs no test: format, clippy, documentation
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy $(PLANTED) --all-targets -- -D warnings
	@cargo metadata --locked --format-version 1 --manifest-path tests/fuzz/guided/Cargo.toml > /dev/null

# Private items are documented too, so a link to one leads somewhere; and the CLI's help texts, which
# are doc comments, may say <saga>/<step>.
docs: ## build the documentation of the code, with warnings as errors
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links -A rustdoc::invalid_html_tags" cargo doc --workspace --no-deps --document-private-items

test-extra: ## test with tools by others: schemathesis, and rotel as collector; installs them below target/
	@scripts/test-extra

fuzz: ## run every fuzz target by coverage, SECONDS each (60)
	@scripts/fuzz $(or $(SECONDS),60) $(RESUME)

W ?= W1
bench: ## measure one workload, W=W1 to W7; BENCH_ARGS=... for more. Results add up in target/bench
	@scripts/needs
	@scripts/bench run $(W) $(BENCH_ARGS)

bench-quick: ## measure five-step sagas on both pairs; about two minutes
	@scripts/needs
	@scripts/bench run W1 --seconds 5 $(BENCH_ARGS)

bench-peers: ## install Restate and Celery below target/; measure W1 of every system in turn, and W2
	@scripts/needs
	@scripts/peers
	@scripts/bench run W1 --systems embedded,brokers,everysec,ceiling,append,restate,celery $(BENCH_ARGS)
	@scripts/bench run W2 --systems embedded,brokers,restate,celery $(BENCH_ARGS)

bench-report: ## make the table of all that was measured; BENCH_ARGS=--docs writes docs/performance.md
	@scripts/bench report $(BENCH_ARGS)

count: ## count what a step costs, and fail where it is a tenth above the record
	@scripts/needs count
	cargo build --profile sim -p baton-count
	target/sim/count check

# docs/performance.md tells what is recorded; the page is made without measuring anything.
count-record: ## record what a step costs now, and tell it in docs/performance.md
	@scripts/needs count
	cargo build --profile sim -p baton-count
	target/sim/count record
	cargo run -q -p baton-bench -- report --docs

reliability-report: ## add up what the long programmes found and write docs/reliability.md
	cargo run -q -p baton-report

EACH ?= 1
chaos: ## break real installations on purpose, every scenario with EACH=1 seeds from BATON_SEED. Takes long
	@scripts/needs clock
	cargo build --workspace
	target/debug/chaos all --seeds $(EACH) $(RESUME)

chaos-ci: ## the scenarios that run for every change; some minutes
	@scripts/needs
	cargo build --workspace
	target/debug/chaos ci

# As people run it: what is measured or run by the hundred thousand is built for release.
RELEASED = cargo build --release -p baton-cli -p baton-orchestrator -p baton-worker -p baton-ledger -p baton-chaos --bins

N ?= 100000
chaos-sagas: ## N sagas (100000) under kills on each pair: none lost, none doubled, none half undone. Long
	$(RELEASED)
	target/release/chaos sagas $(N) --embedded $(RESUME)
	target/release/chaos sagas $(N) $(RESUME)

first-progress: ## how long nothing moves after a kill of an orchestrator, with 10,000 open sagas; long
	$(RELEASED)
	target/release/chaos first-progress --embedded $(RESUME)
	target/release/chaos first-progress $(RESUME)

explore: ## strike every two faults in one run of each reference saga, and count
	cargo build --release -p baton-engine --example explore
	cargo build -p baton-report
	set -o pipefail; for depth in "" --pairs; do \
	  target/release/examples/explore --json $$depth | target/debug/reliability-report add || exit 1; done

planted: ## turn on every planted bug in turn, and show which test notices it; some minutes
	@scripts/planted $(RESUME)

mutants: ## change the core in small ways and see whether tests notice; hours, and goes on where it stopped
	@scripts/mutants

fix: ## format, and apply what clippy can apply by itself
	cargo fmt --all
	cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged
	cargo fmt --all
