//! Drivers: how servers and files are reached.
//!
//! # Invariants
//! A driver knows addresses, connections, transactions and their faults, and nothing of what is
//! kept there. Adapters hold the keys, the commands and the SQL.

pub mod file_access;
pub mod redis;
pub mod sql;
