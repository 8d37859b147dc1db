//! Imports: they read JSON rows or a table into typed rows, and report what is wrong with them.
//!
//! # Invariants
//! - Either all rows of a request are stored, or none.
//! - Nothing is dropped silently: ignored columns and lines are named.
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
