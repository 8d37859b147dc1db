//! One suite per adapter, run on every backend.

mod event_log;
pub(crate) mod store;
