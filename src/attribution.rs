//! Attribution: how the credit for a conversion is shared among its touches.
//!
//! # Invariants
//! - For every model, the weights of one conversion sum to exactly [`WHOLE`], and its shares of
//!   money to exactly the amount (largest remainder).
//! - The order of the touches does not matter.
//! - A refund is shared like its sale.
//! - Rules use whole numbers only, so every machine gives the same shares.
//!
//! Data-driven models credit networks instead, from all journeys ([`data_driven`]).
//!
//! # Out of scope
//! The source of touches, and the use of credits.

mod credit;
pub mod data_driven;
mod decay;
pub mod markov;
mod model;
pub mod path;
mod rule;
mod settings;
pub mod shapley;
mod split;
mod touch;
pub mod window;

pub use credit::{Credit, CreditsByModel, WHOLE, credits, refund_credits};
pub use model::{AttributionModel, UnknownModel};
pub use settings::AttributionSettings;
pub use split::split;
pub use touch::Touch;

#[cfg(test)]
mod tests;
