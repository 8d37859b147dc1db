//! Why a file cannot be read.

/// Why a whole file cannot be read: the line if there is one, the cause, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TableError(String);

impl TableError {
    pub(super) fn new(text: impl Into<String>) -> TableError {
        TableError(text.into())
    }
}
