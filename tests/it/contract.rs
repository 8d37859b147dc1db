//! One suite per adapter, run on every backend, and the page that lists the stored columns.

mod event_log;
mod privacy;
mod releases;
pub(crate) mod store;
