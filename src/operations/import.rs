//! Import of rows: JSON rows or a table in, typed rows out, and what is wrong with them.
//!
//! # Invariants
//! - All rows of a request are kept, or none is.
//! - Nothing is dropped in silence: columns and lines that nothing is taken from are named.
//!
//! # Out of scope
//! How a file becomes a table: [`export_file`](crate::export_file).

pub mod bad_row;
pub mod bad_rows;
pub mod body;
pub mod days;
pub mod query;
pub mod rows;
pub mod run;
pub mod target;
