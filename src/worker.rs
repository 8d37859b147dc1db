//! The worker turns the event log into rows, exactly once for each id.
//!
//! # Invariants
//! - A batch is acknowledged only after the transaction that wrote it has committed. A crash in
//!   between repeats the batch, and a repeat changes nothing.
//! - If the store is unavailable, only the worker stops. Entries wait in the log.
//! - An entry that can never be processed is dead-lettered, and the next entry follows.
//!
//! # Out of scope
//! HTTP.

pub mod customers;
pub mod delivery;
pub mod erasure;
pub mod rates;
pub mod reclassify;
pub mod recredit;
pub mod report_cache;
pub mod retention;

mod batch;
mod batch_metrics;
mod batch_reader;
mod batch_writer;
mod context;
mod conversions;
mod error;
mod ingest;
mod join;
mod orders;
mod runner;
mod time_budget;
mod tombstones;

pub use self::error::Error;
pub use self::runner::{StepOutcome, Worker, WorkerDeps};
