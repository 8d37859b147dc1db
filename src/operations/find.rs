//! Finds what a request names, or returns that the workspace does not have it.

use std::str::FromStr;

use crate::operations::error::{Error, Noun};

impl Noun {
    /// The id in a request. A text that is not an id names nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn parse_id<I: FromStr>(self, text: &str) -> Result<I, Error> {
        text.parse().map_err(|_| Error::NotFound(self))
    }

    /// The found object.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn found<T>(self, found: Option<T>) -> Result<T, Error> {
        found.ok_or(Error::NotFound(self))
    }
}
