//! The report over all campaigns of a workspace: the only one that counts what no campaign is known
//! for.
//!
//! # Invariants
//! - For every column, the rows and `unattributed` sum to `total`; money for each currency by
//!   itself, to the last minor unit.
//! - A campaign's rows sum to the total of the campaign's own report.
//! - Nothing is added across currencies.
//!
//! # Out of scope
//! Where the sums come from, HTTP, and statistics beyond the lead rate: those belong to a
//! campaign's own report.

mod money;
mod report;
mod row;
mod sums;

pub use money::CurrencySums;
pub use report::{
    ComparedWorkspaceReport, WorkspaceBreakdown, WorkspaceComparison, WorkspaceQuery,
    WorkspaceReport,
};
pub use row::WorkspaceRow;
pub use sums::WorkspaceSums;
