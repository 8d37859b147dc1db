//! Limits of one statement: a page of a list, and the rows that one statement deletes.

/// Most expired rows that one statement deletes. The caller repeats it while its turn lasts, and
/// others write in between.
pub(super) const DROPPED_AT_ONCE: i64 = 500;

/// One page of a list in the order of ids: newest last, except where a list says otherwise.
#[derive(Clone, Debug)]
pub struct Page {
    /// Only ids that the list has after this one; from the start when absent.
    pub after: Option<String>,
    /// At most this many rows.
    pub limit: i64,
}

impl Page {
    /// What statements compare ids with; empty from the start.
    pub(super) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or("")
    }
}
