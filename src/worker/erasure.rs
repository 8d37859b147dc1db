//! Erases a person: their conversions and clicks stay as figures without an identity.
//!
//! # Invariants
//! - One transaction finds the person, writes tombstones for every identifier, known or not, and
//!   lists what must be erased. From then on, new data of them are not written
//!   (`worker::tombstones`).
//! - Short transactions follow, in which everything on the list loses its person (`portions`). If
//!   they are interrupted, the list stays and [`Eraser::finish`] continues.
//! - All of it runs under [`Store::ingest`](crate::store::Store::ingest), so no batch is
//!   half-written at the same time, on any node. Workers do not cache single clicks or conversions,
//!   so no cache can write erased data back.
//! - Other people who named a click of the person keep their own identifiers and the click's
//!   stand-in.

mod begin;
mod eraser;
mod error;
mod finish;
mod person;
mod portions;

pub use self::begin::{ErasureCounts, ErasureSubject, begin};
pub use self::eraser::Eraser;
pub use self::error::Error;
pub use self::finish::scrub_again;
