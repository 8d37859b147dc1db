//! Every integration test, in one binary: contracts of the adapters on all backends, and flows
//! through the real program.

mod api;
mod cli;
mod contract;
mod floors;
mod joins;
mod recorder;
mod redirect;
mod reports;
mod support;
mod webhooks;
