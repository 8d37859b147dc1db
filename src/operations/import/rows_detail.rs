//! What is said of rows that cannot be taken.
//!
//! Holds: the first few are spelt out, however many there are. Out of scope: what is wrong with a
//! row.

use std::fmt::Write as _;

use crate::operations::import::bad_rows::BadRow;

/// Rows that are spelt out where several are wrong.
const SPELT_OUT: usize = 10;

/// Names the first bad rows and what is wrong with each.
pub(in crate::operations) fn rows_detail(bad: usize, rows: usize, told: &[BadRow]) -> String {
    let mut detail = format!("{bad} of {rows} rows cannot be taken, so none was");
    let mut before = ": ";
    for row in told.iter().take(SPELT_OUT) {
        let _ = write!(
            detail,
            "{before}line {}, `{}` {}",
            row.line, row.field, row.problem
        );
        before = "; ";
    }
    if bad > SPELT_OUT {
        detail.push_str("; …");
    }
    detail
}
