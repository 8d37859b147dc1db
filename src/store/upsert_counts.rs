//! What became of rows that an import wrote.

/// The result of writing rows, some of which existed before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpsertCounts {
    /// Rows that were created.
    pub new: u64,
    /// Rows that replaced others.
    pub changed: u64,
    /// Rows that existed before with the same values.
    pub unchanged: u64,
}
