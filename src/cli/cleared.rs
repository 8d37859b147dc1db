//! The value `none` of an option: it clears a field that may be empty.

/// Clears a field.
pub(super) const NONE: &str = "none";

/// The new value of a field that may be cleared: `None` clears it.
pub(super) fn cleared(text: &str) -> Option<String> {
    Some(text).filter(|text| *text != NONE).map(str::to_owned)
}

/// The same for a value that is read from the text. Without a text the field stays: `None`.
///
/// # Errors
/// Those of `read`.
pub(super) fn cleared_or<T>(
    text: Option<&str>,
    read: impl FnOnce(&str) -> anyhow::Result<T>,
) -> anyhow::Result<Option<Option<T>>> {
    match text {
        None => Ok(None),
        Some(NONE) => Ok(Some(None)),
        Some(text) => Ok(Some(Some(read(text)?))),
    }
}
