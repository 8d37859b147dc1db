//! A wrong row of an import, and the message about several. It spells the first few out.

use std::fmt::Write as _;

use serde::Serialize;
use utoipa::ToSchema;

/// Most rows that the message lists.
const MAX_SPELT_OUT: usize = 10;

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BadRow {
    /// The line of the file; for JSON, the number of the row, from 1.
    pub line: u64,
    /// The column or field.
    #[schema(value_type = String)]
    pub field: &'static str,
    /// What is wrong, and what to do.
    pub problem: String,
}

/// Names the first wrong rows and what is wrong with each.
pub(in crate::operations) fn rows_detail(bad: usize, rows: usize, first: &[BadRow]) -> String {
    let mut detail = format!("{bad} of {rows} rows cannot be imported, so none was");
    let mut before = ": ";
    for row in first.iter().take(MAX_SPELT_OUT) {
        let _ = write!(
            detail,
            "{before}line {}, `{}` {}",
            row.line, row.field, row.problem
        );
        before = "; ";
    }
    if bad > MAX_SPELT_OUT {
        detail.push_str("; …");
    }
    detail
}
