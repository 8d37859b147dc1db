//! Erases a person: their conversions and clicks stay as figures that lead to nobody.
//!
//! # Invariants
//! - One transaction finds the person, writes tombstones for every mark, known or not, and notes
//!   what must be erased. From then on nothing new of them is written (`worker::tombstones`).
//! - Short transactions follow, in which everything noted loses its person (`portions`). If they
//!   are interrupted, the notes stay and [`Eraser::finish`] goes on.
//! - All of it is done under [`Store::ingest`](crate::store::Store::ingest), so no batch is
//!   half-written beside it, on whichever node either runs. Workers remember no single click or
//!   conversion, so no memory can write back what was erased.
//! - Other people who named a click of the person keep their own marks and the click's stand-in.

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
