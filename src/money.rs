//! Money as whole minor units of one ISO 4217 currency.
//!
//! # Invariants
//! - Fractions of a minor unit do not exist.
//! - Amounts of different currencies are never added.
//! - Sums saturate and never wrap.
//!
//! [`rate`] converts one currency into another, [`ecb`] reads lists of rates, and [`number_text`]
//! reads amounts as exports write them.

mod amount;
mod currency;
pub mod ecb;
pub mod number_text;
pub mod rate;

pub use amount::{MAX_AMOUNT, MAX_CONVERTED, Money};
pub use currency::{Currency, UnknownCurrency};
