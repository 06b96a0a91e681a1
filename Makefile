# Everything a person or a machine types here. `make` alone says what there is.

.DEFAULT_GOAL := help
.PHONY: help demo figure fuzz test test-extra verify lint docs fix

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The dev profile: it builds faster, shares its artefacts with `make test`, and what the demo shows is
# waiting for services, not computing.
demo: ## watch an order succeed, fail and be undone; needs nothing but Rust
	cargo run -p baton-cli --bin baton -- demo

test: ## the whole suite, on real RabbitMQ and Redis; installs them where it may (Debian, root)
	@scripts/test

verify: lint test ## everything that must hold before a change is merged; changes nothing

lint: docs ## the part of verify that runs no test: format, clippy, documentation
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

# Private items are documented too, so a link to one leads somewhere; and the CLI's help texts, which
# are doc comments, may say <saga>/<step>.
docs: ## build the documentation of the code, with warnings as errors
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links -A rustdoc::invalid_html_tags" cargo doc --workspace --no-deps --document-private-items

test-extra: ## test with tools from other registries: schemathesis; installs them below target/
	@scripts/test-extra

fuzz: ## run every fuzz target by coverage, SECONDS each (60)
	@scripts/fuzz $(or $(SECONDS),60)

figure: ## measure five-step sagas on both pairs; takes some minutes
	cargo build --release -p baton-cli -p baton-orchestrator -p baton-worker -p baton-tests --bins
	target/release/figure

fix: ## format, and apply what clippy can apply by itself
	cargo fmt --all
	cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged
	cargo fmt --all
