//! Faults of the database: what the store does during them, and that they end with their cause.

mod cancelled;
mod disks;
mod erased;
mod master_key;
mod outages;
mod permissions;
mod pooler;
mod probe;
mod tls;
mod turns;
mod unconfirmed;
