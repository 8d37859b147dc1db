//! Names that people give to a workspace, a key or a source.

use crate::operations::error::Error;

/// Checks that a name has 1 to 200 characters.
///
/// # Errors
/// [`Error::Field`] of `name`.
pub(in crate::operations) fn check(name: &str) -> Result<(), Error> {
    if (1..=200).contains(&name.trim().chars().count()) {
        Ok(())
    } else {
        Err(Error::Field(
            "name",
            "must have 1 to 200 characters".to_owned(),
        ))
    }
}
