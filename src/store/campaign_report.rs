//! What reports read of a campaign beside its credits ([`super::credit::cache`]) and its clicks
//! ([`super::click_event`]).

pub mod active;
pub mod journeys;
pub mod outcomes;
