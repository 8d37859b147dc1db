//! Configuration: embedded defaults, then a file, then the environment.
//!
//! # Invariants
//! - `config/default.toml` is the only place for defaults.
//! - An unknown key is an error, wherever it comes from.
//! - Addresses that may hold a password are never shown.
//! - Nothing else reads the environment.

mod check;
mod derived;
mod environment;
mod error;
mod layers;
mod load;
mod nearest;
mod open_sections;
mod preflight;
mod sections;
mod shown;
mod store;

pub use self::error::Error;
pub use self::load::{environment, secret_file};
pub use self::preflight::PreflightFindings;
pub use self::sections::*;

#[cfg(test)]
mod tests;
