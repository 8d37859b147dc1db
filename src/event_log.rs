//! The durable log: everything that arrives from outside is appended here before it is answered.
//!
//! # Invariants
//! - An entry that [`EventLog::append`] accepted is delivered, oldest first, until it is
//!   acknowledged or dead-lettered. Nothing else removes an entry.
//! - An entry may be delivered twice, so readers must tolerate repeats.
//! - Every backend passes the same contract tests.
//! - A local log has one consumer. A log in Redis has several, each with its own name. An entry
//!   goes to one of them, and to another one if the first holds it too long.
//!
//! # Out of scope
//! The meaning of the bytes (see [`entry`]), who reads them, the store.

pub mod condition;
pub mod entry;
pub mod local;
pub mod records;
pub mod redis;
pub mod spilling;

mod append_file;
mod blocking;
mod checkpoint;
mod dead_letters;
mod delivery;
mod error;
mod frame;
mod lock;
mod log;
mod pack;
mod segment;
mod settings;

pub use self::delivery::{DeadLetter, LogDelivery, LogDeliveryId};
pub use self::error::Error;
pub use self::log::EventLog;
pub use self::settings::{LogSettings, LogTarget, MAX_RECORD_BYTES, SyncMode};
