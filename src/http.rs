//! The HTTP surfaces: short links at the root, the API under `/api/v1`, webhooks, health checks.
//!
//! # Invariants
//! Handlers parse a request, call one operation and render its result. Everything that arrives from
//! outside passes the recorder before it is answered.
//!
//! # Out of scope
//! The rules of the product ([`crate::operations`]), and opening the parts of [`State`].

pub mod access;
pub mod api;
pub mod connections;
pub mod description;
pub mod error;
pub mod extract;
pub mod flood_bound;
pub mod health;
pub mod health_state;
pub mod key_uses;
pub mod limit;
mod no_route;
pub mod openapi;
pub mod postback;
mod process;
pub mod redirect;
pub mod routes;
pub mod settings;
pub mod snippet;
pub mod state;
pub mod webhook;

pub use health_state::HealthState;
pub use routes::{Surfaces, admin_routes, routes};
pub use settings::Settings;
pub use state::State;
