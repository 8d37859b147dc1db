//! Every integration test, in one binary: contracts of the adapters on all backends, and flows
//! through the real program.

mod contract;
mod floors;
mod recorder;
mod support;
