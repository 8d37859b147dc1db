//! A Redis server: its address, its connections, its configuration, and why it refuses commands.
//!
//! # Invariants
//! - The event log, links and visitor keys open their connections here. They share the address, the
//!   TLS roots and the check of the server's name.
//! - Commands share one connection ([`SharedCommands`]). Blocking reads and appends have their own
//!   connections ([`LazyConnection`]).
//! - Neither an error nor `Debug` shows the address, because it may contain a password.
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
