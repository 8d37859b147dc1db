//! The exit code of a command, which tells a script or a service manager what to do next.
//!
//! # Invariants
//! The codes are those of `sysexits.h`, listed in docs/operating.md. A failure that may succeed
//! later has another code than one that needs a change first.

use std::error::Error as StdError;

use crate::app::StartError;
use crate::store::master_key::WrongMasterKey;
use crate::{config, event_log, store};

/// Any failure without its own code.
pub(super) const FAILURE: u8 = 1;

/// The arguments cannot be read.
pub(super) const USAGE: u8 = 64;

/// Something is unavailable or in use; the same command may succeed later.
pub(super) const TEMPORARY: u8 = 75;

/// The configuration, or something that it names, must be changed first.
pub(super) const CONFIGURATION: u8 = 78;

/// The code for arguments that do not run a command: help and version are results.
pub(super) fn of_usage(error: &clap::Error) -> u8 {
    if error.exit_code() == 0 { 0 } else { USAGE }
}

/// The code for an error.
pub(super) fn code(error: &anyhow::Error) -> u8 {
    // anyhow finds contexts by type, and causes are searched by their types.
    if let Some(error) = error.downcast_ref::<StartError>() {
        return of_start(error);
    }
    error.chain().find_map(of_cause).unwrap_or(FAILURE)
}

/// Whether the reader of the output has closed it, which is not a failure.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn of_start(error: &StartError) -> u8 {
    match error {
        StartError::Configuration(_) => CONFIGURATION,
        StartError::Temporary(_) => TEMPORARY,
    }
}

fn of_cause(cause: &(dyn StdError + 'static)) -> Option<u8> {
    if cause.is::<config::Error>() || cause.is::<WrongMasterKey>() {
        return Some(CONFIGURATION);
    }
    if let Some(error) = cause.downcast_ref::<event_log::Error>() {
        let is_wrong = matches!(
            error,
            event_log::Error::Cluster | event_log::Error::Endpoint(_)
        );
        return is_wrong.then_some(CONFIGURATION);
    }
    match cause.downcast_ref::<store::Error>()? {
        error if error.is_configuration() => Some(CONFIGURATION),
        error if error.is_transient() => Some(TEMPORARY),
        _ => None,
    }
}
