//! Sections that take keys which the defaults do not name.

/// Sections whose keys the defaults do not all name.
const OPEN: [&str; 1] = ["retention.clicks_days"];

/// Whether the key is in one of these sections.
pub(super) fn is_open(key: &str) -> bool {
    OPEN.iter().any(|section| {
        key.strip_prefix(section)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}
