//! What reports read about a campaign besides its credits ([`super::credit::cache`]) and its clicks
//! ([`super::click_event`]).

pub mod active;
pub mod journeys;
pub mod outcomes;
