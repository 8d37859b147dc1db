//! What became of rows that an import wrote.

/// What became of rows that were written, some of which were there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpsertCounts {
    /// Rows that were created.
    pub new: u64,
    /// Rows that replaced others.
    pub changed: u64,
    /// Rows that were there already, with the same values.
    pub unchanged: u64,
}
