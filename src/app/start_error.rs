//! Why the program cannot start.

use std::io::{self, ErrorKind};

/// Why a start failed, and what must happen before the next attempt.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody must change the configuration, or the thing that it names.
    #[error("{0}")]
    Configuration(String),
    /// The next attempt may succeed: something is in use or does not answer.
    #[error("{0}")]
    Temporary(String),
}

impl StartError {
    /// Classifies an error of a file or an address.
    pub(super) fn of(error: io::Error, text: String) -> anyhow::Error {
        let kind = match error.kind() {
            ErrorKind::PermissionDenied
            | ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::AlreadyExists
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::InvalidInput
            | ErrorKind::AddrNotAvailable => StartError::Configuration(text),
            _ => StartError::Temporary(text),
        };
        anyhow::Error::new(error).context(kind)
    }
}
