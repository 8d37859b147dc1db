//! Every integration test, in one binary: contracts of the adapters on all backends, and flows
//! through the real program. `tests/README.md` says which room a test belongs to.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test cannot go on without fails it"
)]

mod api;
mod chaos;
mod cli;
mod contract;
mod docs;
mod pipeline;
mod support;
