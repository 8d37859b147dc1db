//! Import of rows: tables and JSON rows that people send, and what is wrong with them.

pub mod bad_rows;
pub mod rows_detail;
