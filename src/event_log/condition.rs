//! Whether a log keeps what arrives, and what puts that at risk.

/// The result of a check of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogCondition {
    /// Whether an entry that arrives now is kept somewhere.
    pub keeps: bool,
    /// What is wrong, or may go wrong.
    pub problems: Vec<LogProblem>,
}

/// One thing that is wrong with a log, or may go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProblem {
    /// A stable code.
    pub code: &'static str,
    /// What it means for users, and the remedy.
    pub says: String,
}

impl LogProblem {
    pub(super) fn new(code: &'static str, says: impl Into<String>) -> LogProblem {
        LogProblem {
            code,
            says: says.into(),
        }
    }
}
