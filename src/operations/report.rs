//! Reports: what a campaign or a workspace yielded.

pub mod campaign;
pub mod reading;
pub mod shares;
pub mod workspace;
