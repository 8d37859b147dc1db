//! Deliveries: providers' requests, parsed before the transaction and applied within it.

pub mod reason;

pub(super) mod apply;
pub(super) mod parse;
