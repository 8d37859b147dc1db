//! Finds what a request names, or says that the workspace has nothing of that name.

use std::str::FromStr;

use crate::operations::error::{Error, Noun};

impl Noun {
    /// The id that a request gives. A text that is not an id names nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn parse_id<I: FromStr>(self, text: &str) -> Result<I, Error> {
        text.parse().map_err(|_| Error::NotFound(self))
    }

    /// What was found.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn found<T>(self, found: Option<T>) -> Result<T, Error> {
        found.ok_or(Error::NotFound(self))
    }
}
