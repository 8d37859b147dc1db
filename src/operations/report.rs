//! Reports: what a campaign or a workspace yielded.

pub mod shares;
