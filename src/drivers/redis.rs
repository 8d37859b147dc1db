//! A Redis server: its address, its connections, what it reports about itself and why it refuses.
//!
//! # Invariants
//! - Event log, links and visitor keys open their connections here, with one address, one set of
//!   TLS roots and one way to check the server's name.
//! - Commands share one connection ([`SharedCommands`]). Reads that block, and appends, have a
//!   connection of their own ([`LazyConnection`]).
//! - Neither an error nor `Debug` shows the address: it may hold a password.
//!
//! # Out of scope
//! Keys and commands: they belong to the module that uses them.

mod commands;
mod condition;
mod connection;
mod endpoint;
mod refusal;

pub use commands::{CommandError, SharedCommands};
pub use condition::RedisCondition;
pub use connection::{LazyConnection, TIMEOUT};
pub use endpoint::{RedisEndpoint, RedisEndpointError};
pub use refusal::RedisRefusal;
