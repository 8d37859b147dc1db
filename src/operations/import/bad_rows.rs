//! What is wrong with the rows of an import.
//!
//! # Invariants
//! One answer names everything that is wrong: for each row the line, the field and what to do.

use crate::export_file::PassedOver;
use crate::operations::error::Error;
use crate::operations::import::bad_row::BadRow;

/// Most wrong rows that an answer lists.
const MAX_LISTED: usize = 100;

/// Why a row is not imported.
#[derive(Debug)]
pub enum RowError {
    /// It is wrong: the field, and what to do.
    Bad(&'static str, String),
    /// Its campaign is not in the workspace: what to do.
    OtherCampaign(String),
    /// Rows cannot be imported now.
    Failed(Error),
}

impl RowError {
    /// The error of a request that is one row by itself.
    pub fn of_request(self) -> Error {
        match self {
            // A column is called `link`, a field of a request is called `link_id`.
            RowError::Bad("link", problem) => Error::Field("link_id", problem),
            RowError::Bad(field, problem) => Error::Field(field, problem),
            RowError::OtherCampaign(problem) => Error::Field("campaign_id", problem),
            RowError::Failed(error) => error,
        }
    }
}

impl<E: Into<Error>> From<E> for RowError {
    fn from(error: E) -> Self {
        RowError::Failed(error.into())
    }
}

/// A wrong row.
///
/// # Errors
/// Always.
pub fn bad<T>(field: &'static str, problem: impl Into<String>) -> Result<T, RowError> {
    Err(RowError::Bad(field, problem.into()))
}

/// Collects wrong rows.
#[derive(Debug, Default)]
pub struct BadRows {
    bad: Vec<BadRow>,
    /// Lines of other campaigns, if they are skipped.
    others: Option<Vec<PassedOver>>,
}

impl BadRows {
    /// An empty collection. Rows whose campaign is not in the workspace are wrong, or are skipped.
    pub fn new(passes_over_other_campaigns: bool) -> BadRows {
        BadRows {
            bad: Vec::new(),
            others: passes_over_other_campaigns.then(Vec::new),
        }
    }

    /// The value of a good row; a wrong row is recorded.
    ///
    /// # Errors
    /// [`RowError::Failed`]: rows cannot be imported now.
    pub fn sift<T>(&mut self, line: u64, row: Result<T, RowError>) -> Result<Option<T>, Error> {
        match row {
            Ok(value) => Ok(Some(value)),
            Err(RowError::Failed(problem)) => Err(problem),
            Err(RowError::OtherCampaign(problem)) => {
                match &mut self.others {
                    Some(others) => others.push(PassedOver {
                        line,
                        cause: "its campaign is not in this workspace".to_owned(),
                    }),
                    None => self.note(line, "campaign_id", problem),
                }
                Ok(None)
            }
            Err(RowError::Bad(field, problem)) => {
                self.note(line, field, problem);
                Ok(None)
            }
        }
    }

    fn note(&mut self, line: u64, field: &'static str, problem: String) {
        self.bad.push(BadRow {
            line,
            field,
            problem,
        });
    }

    /// The skipped rows of other campaigns, if no other row is wrong.
    ///
    /// # Errors
    /// [`Error::Rows`] with the wrong rows and the number of all rows; [`Error::Table`] when no row
    /// is left.
    pub fn finish(mut self, rows: usize) -> Result<Vec<PassedOver>, Error> {
        let others = self.others.unwrap_or_default();
        if rows > 0 && others.len() == rows {
            return Err(Error::Table(
                "none of its campaigns is in this workspace; name the campaign of all rows \
                 (campaign_id=…, --campaign), or give a campaign the name that it has in the file"
                    .to_owned(),
            ));
        }
        if self.bad.is_empty() {
            return Ok(others);
        }
        self.bad.sort_by_key(|row| row.line);
        let bad = self.bad.len();
        self.bad.truncate(MAX_LISTED);
        Err(Error::Rows {
            bad,
            rows,
            first: self.bad,
        })
    }
}
