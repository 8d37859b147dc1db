//! The message about rows that cannot be imported. It spells the first few out.

use std::fmt::Write as _;

use crate::operations::import::bad_rows::BadRow;

/// Most rows that the message spells out.
const MAX_SPELT_OUT: usize = 10;

/// Names the first bad rows and what is wrong with each.
pub(in crate::operations) fn rows_detail(bad: usize, rows: usize, first: &[BadRow]) -> String {
    let mut detail = format!("{bad} of {rows} rows cannot be taken, so none was");
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
