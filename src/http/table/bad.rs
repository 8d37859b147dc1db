//! What is wrong with the rows of a request.
//!
//! Holds: all that is wrong is told at once, each row by its line, field and remedy. Must not know:
//! what rows are of.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::Problem;

/// Most rows that are told of where several are wrong.
const MOST_TOLD: usize = 100;

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BadRow {
    /// The line of the file, or the place among JSON rows, from 1.
    pub line: u64,
    /// The column or field.
    #[schema(value_type = String)]
    pub field: &'static str,
    /// What is wrong, and how to mend it.
    pub problem: String,
}

/// Why a row is not taken.
#[derive(Debug)]
pub enum RowError {
    /// It is wrong: the field, and how to mend it.
    Bad(&'static str, String),
    /// Nothing can be taken now.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for RowError {
    fn from(error: E) -> Self {
        RowError::Problem(error.into())
    }
}

/// A wrong row.
///
/// # Errors
/// Always.
pub fn bad<T>(field: &'static str, problem: impl Into<String>) -> Result<T, RowError> {
    Err(RowError::Bad(field, problem.into()))
}

/// Gathers what is wrong with rows, so that all of it is told at once.
#[derive(Debug, Default)]
pub struct BadRows(Vec<BadRow>);

impl BadRows {
    /// The value of a good row; notes a bad one.
    ///
    /// # Errors
    /// Where nothing can be taken now.
    pub fn sift<T>(&mut self, line: u64, row: Result<T, RowError>) -> Result<Option<T>, Problem> {
        match row {
            Ok(value) => Ok(Some(value)),
            Err(RowError::Problem(problem)) => Err(problem),
            Err(RowError::Bad(field, problem)) => {
                self.0.push(BadRow {
                    line,
                    field,
                    problem,
                });
                Ok(None)
            }
        }
    }

    /// Passes where all of so many rows are good.
    ///
    /// # Errors
    /// [`Problem::Rows`] with those that are not.
    pub fn none_of(mut self, rows: usize) -> Result<(), Problem> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort_by_key(|row| row.line);
        let bad = self.0.len();
        self.0.truncate(MOST_TOLD);
        Err(Problem::Rows {
            bad,
            rows,
            told: self.0,
        })
    }
}
