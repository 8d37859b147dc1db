//! Why the rules of enrichment cannot be used.

/// Why an embedded list is refused. A released program never returns it: tests read every list.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A line of a list without a rule code.
    #[error("a line in a list of robots has no rule code: {0:?}")]
    Line(&'static str),
    /// Names that the matcher refuses.
    #[error("the matcher for names of robots and apps cannot be built: {0}")]
    Names(#[from] aho_corasick::BuildError),
    /// A pattern that is not a regular expression.
    #[error("a pattern for robots is not a regular expression: {0}")]
    Forms(#[from] regex::Error),
    /// Browser families that are not TOML of the expected form.
    #[error("the browser families are not valid TOML: {0}")]
    Families(#[from] toml::de::Error),
    /// A browser family with a regular expression that cannot be used.
    #[error("the pattern of a browser family cannot be used: {0}")]
    Family(String),
}
