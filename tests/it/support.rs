//! What the tests share.

pub(crate) mod app;
pub(crate) mod body;
pub(crate) mod database;
pub(crate) mod ground;
pub(crate) mod load;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod redis;
