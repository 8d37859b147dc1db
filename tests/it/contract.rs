//! One suite per adapter, run on every backend, and the page that lists what the store keeps.

mod event_log;
mod privacy;
mod releases;
pub(crate) mod store;
