//! Why nobody was erased.

use crate::store;
use crate::store::conversion::erasure::MOST;

/// Why nobody was erased.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// More conversions or clicks have the identifiers than one person can have.
    #[error(
        "this identifier connects more than {MOST} conversions or clicks, so it stands for many people; \
         nothing was erased. Report conversions without such an identifier. Erase the person by \
         `click_id`, from which no further identifiers are followed"
    )]
    TooLarge,
}
