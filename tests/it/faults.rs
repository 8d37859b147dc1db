//! Faults of the database: what the store does during them, and that they end with their cause.

mod probe;
