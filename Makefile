# `make` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help run demo test chaos flood accuracy lint audit bench bench-webhooks bench-reports edits fuzz walkthrough openapi reference api-check api-check-long

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

run: ## Serve on 127.0.0.1:8080, with all data in ./data
	cargo run --release

demo: ## Fill ./demo-data with a sample workspace and serve it
	cargo run --release -- demo

test: ## Run all tests, with PostgreSQL, Redis, PgBouncer, nginx and Chromium of their own
	scripts/with-servers cargo test --locked

chaos: ## Kill and cut the release binary for some minutes; prints the counts
	cargo build --release --locked
	LEADLINE_CHAOS=long LEADLINE_TEST_PROGRAM=target/release/leadline \
	scripts/with-servers cargo test --locked --test it chaos:: -- --skip chaos::database_faults --skip chaos::redis_faults --nocapture --test-threads=1

flood: ## Flood the release binary from clients without a key, on both stores; prints a table
	cargo build --release --locked
	LEADLINE_CHAOS=long LEADLINE_TEST_PROGRAM=target/release/leadline \
	scripts/with-servers cargo test --locked --test it chaos::flood -- --nocapture --test-threads=1

accuracy: ## Count lost people and missed robots, over agents that others have collected
	cargo test --locked --test it pipeline::accuracy -- --nocapture --test-threads 1

lint: ## Check formatting, clippy, documentation, dead code and dependencies; needs jq
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --quiet
	scripts/dead-code
	scripts/unused-dependencies
	@if command -v cargo-deny >/dev/null; then cargo deny --locked check licenses bans sources; \
	else echo "cargo-deny is not installed: licences and sources were not checked" \
	"(cargo install --locked cargo-deny)"; fi

edits: ## Measure the wait of an edit beside 5,000 webhooks a second on SQLite; needs wrk
	cargo build --release --locked
	scripts/edits-beside-webhooks target/release/leadline

fuzz: ## Fuzz every provider for a minute; needs cargo-fuzz. scripts/fuzz PROVIDER SECONDS runs longer
	for provider in $$(ls fuzz/fuzz_targets | sed s/.rs$$//); do scripts/fuzz $$provider 60 || exit 1; done

audit: ## Check dependencies for known vulnerabilities; fetches the RustSec database
	cargo deny --locked check advisories

bench: ## Run all benchmarks; the load benchmark needs wrk and redis-server
	scripts/with-servers cargo bench --locked

bench-webhooks: ## Measure signed orders of 20 KB beside a bare handler; needs wrk and redis-server
	cargo bench --locked --bench webhook

bench-reports: ## Measure reports over ten million clicks, on SQLite and PostgreSQL; takes long, and 10 GB
	scripts/with-servers cargo bench --locked --bench reports -- 10000000

walkthrough: ## Play the whole story against the release binary, with requests of senders' libraries
	cargo build --release --locked
	scripts/walkthrough target/release/leadline
	LEADLINE_TEST_PROGRAM=target/release/leadline \
	scripts/with-servers cargo test --locked --test it pipeline::senders::program

openapi: ## Write the API's description to docs/openapi.json, with examples taken from real answers
	LEADLINE_WRITE_EXAMPLES=1 scripts/with-servers \
	cargo test --quiet --locked --test it every_operation_answers_what_is_described
	cargo run --quiet -- openapi > docs/openapi.json

reference: ## Write docs/commands.md and docs/api.md from the commands' help and the API's description
	cargo run --quiet --locked -- reference commands > docs/commands.md
	cargo run --quiet --locked -- reference api > docs/api.md

api-check: ## Compare the API with its description: generated clients, and schemathesis for two minutes at most
	cargo build --locked
	scripts/api-check target/debug/leadline 90

api-check-long: ## The same for half an hour, with a new seed each time; LEADLINE_API_SEED repeats one
	cargo build --locked
	LEADLINE_API_SEED=$${LEADLINE_API_SEED:-$$(date +%s)} scripts/api-check target/debug/leadline 1800
