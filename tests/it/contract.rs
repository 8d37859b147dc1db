//! One suite per adapter, run on every backend.
