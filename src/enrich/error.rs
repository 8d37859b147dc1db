//! Why the rules of enrichment cannot be used.

/// Why an embedded list is refused. A released program never returns it: tests read every list.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A line of a list has no rule code.
    #[error("a line in a list of robots has no rule code: {0:?}")]
    Line(&'static str),
    /// The matcher refuses the names.
    #[error("the matcher for names of robots and apps cannot be built: {0}")]
    Names(#[from] aho_corasick::BuildError),
    /// A pattern is not a regular expression.
    #[error("a pattern for robots is not a regular expression: {0}")]
    Forms(#[from] regex::Error),
    /// The browser families are not TOML of the expected form.
    #[error("the browser families are not valid TOML: {0}")]
    Families(#[from] toml::de::Error),
    /// The regular expression of a browser family cannot be used.
    #[error("the pattern of a browser family cannot be used: {0}")]
    Family(String),
}
