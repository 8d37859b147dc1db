# `make` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help run demo test chaos flood accuracy lint audit bench bench-webhooks bench-reports edits fuzz walkthrough openapi reference api-check api-check-long

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

run: ## Serve on 127.0.0.1:8080, with everything kept in ./data
	cargo run --release

demo: ## Fill ./demo-data with a plausible campaign and serve it
	cargo run --release -- demo

test: ## All tests, with PostgreSQL, Redis, PgBouncer, nginx and Chromium of their own
	scripts/with-servers cargo test --locked

chaos: ## Some minutes of kills and outages against the release binary; prints what was counted
	cargo build --release --locked
	LEADLINE_CHAOS=long LEADLINE_TEST_PROGRAM=target/release/leadline \
	scripts/with-servers cargo test --locked --test it chaos:: -- --skip chaos::database_faults --skip chaos::redis_faults --nocapture --test-threads=1

flood: ## A flood by those without a key against the release binary, on both stores; prints a table
	cargo build --release --locked
	LEADLINE_CHAOS=long LEADLINE_TEST_PROGRAM=target/release/leadline \
	scripts/with-servers cargo test --locked --test it chaos::flood -- --nocapture --test-threads=1

accuracy: ## How many people are lost and robots missed, over agents gathered by others
	cargo test --locked --test it pipeline::accuracy -- --nocapture --test-threads 1

lint: ## Formatting, clippy, documentation, dead code, dependencies; needs jq
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --quiet
	scripts/dead-code
	scripts/unused-dependencies
	@if command -v cargo-deny >/dev/null; then cargo deny --locked check licenses bans sources; \
	else echo "cargo-deny is not installed: licences and sources were not checked" \
	"(cargo install --locked cargo-deny)"; fi

edits: ## How long an edit waits beside 5,000 webhooks a second on SQLite; needs wrk
	cargo build --release --locked
	scripts/edits-beside-webhooks target/release/leadline

fuzz: ## Every provider for a minute with changed requests; needs cargo-fuzz. scripts/fuzz PROVIDER SECONDS for longer
	for provider in $$(ls fuzz/fuzz_targets | sed s/.rs$$//); do scripts/fuzz $$provider 60 || exit 1; done

audit: ## Known vulnerabilities of dependencies; fetches the RustSec database
	cargo deny --locked check advisories

bench: ## Benchmarks; the load benchmark needs wrk and redis-server
	scripts/with-servers cargo bench --locked

bench-webhooks: ## Signed orders of 20 KB beside a bare handler; needs wrk and redis-server
	cargo bench --locked --bench webhook

bench-reports: ## Reports over ten million clicks, on SQLite and PostgreSQL; takes long, and 10 GB
	scripts/with-servers cargo bench --locked --bench reports -- 10000000

walkthrough: ## The whole story, and what senders' libraries send, against the release binary
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

api-check: ## The API held against its description: generated clients, and schemathesis for at most two minutes
	cargo build --locked
	scripts/api-check target/debug/leadline 90

api-check-long: ## The same for half an hour, with another seed each time; LEADLINE_API_SEED repeats one
	cargo build --locked
	LEADLINE_API_SEED=$${LEADLINE_API_SEED:-$$(date +%s)} scripts/api-check target/debug/leadline 1800
