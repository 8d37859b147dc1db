//! The PostgreSQL that benchmarks may use.

/// Its URL, where `LEADLINE_TEST_POSTGRES_URL` names one.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark has no configuration to read it from"
)]
pub(crate) fn url() -> Option<String> {
    std::env::var("LEADLINE_TEST_POSTGRES_URL").ok()
}
