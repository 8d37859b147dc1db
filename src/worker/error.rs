//! Why a step of the worker failed.

use crate::{enrich, event_log, store};

/// Why a step failed. The next step tries the same entries again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log did not answer.
    #[error(transparent)]
    Log(#[from] event_log::Error),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The embedded rules cannot be used. This cannot happen in a released program.
    #[error(transparent)]
    Rules(#[from] enrich::Error),
    /// The task that compiles the rules stopped early.
    #[error("the rules for clicks could not be compiled: the task stopped early")]
    RulesBroke,
}
