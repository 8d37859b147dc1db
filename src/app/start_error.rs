//! Why a start ends before it begins.

use std::io::{self, ErrorKind};

/// What a start failed at, by what has to happen before the next try.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody has to change the configuration, or what it names.
    #[error("{0}")]
    Configuration(String),
    /// It may work later: something is in use or away.
    #[error("{0}")]
    Temporary(String),
}

impl StartError {
    /// Puts an error of a file or an address under its kind.
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
