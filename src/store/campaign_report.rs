//! What reports need of a campaign beside its credits (see [`super::credit::days`]) and clicks (see
//! [`super::click`]).

pub mod active;
pub mod journeys;
pub mod outcomes;
