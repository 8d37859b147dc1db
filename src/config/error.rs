//! Why a configuration is refused.

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("the configuration cannot be read: {0}")]
    Read(String),
    /// A key that is not known, or a value that its key cannot have.
    #[error("`{key}` {problem}")]
    Value {
        /// The key, or the variable that should set one.
        key: String,
        /// What is wrong and how to fix it.
        problem: String,
    },
    /// Several of these.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  "))]
    Several(Vec<Error>),
}

impl Error {
    pub(super) fn value(key: impl Into<String>, problem: impl Into<String>) -> Error {
        Error::Value {
            key: key.into(),
            problem: problem.into(),
        }
    }

    /// What is refused, as one error; `Ok` where nothing is.
    pub(super) fn unless_none(mut refused: Vec<Error>) -> Result<(), Error> {
        match refused.len() {
            0 => Ok(()),
            1 => Err(refused.remove(0)),
            _ => Err(Error::Several(refused)),
        }
    }
}
