//! Enrichment: what can be told of a click from what its browser said.
//!
//! Holds: nothing here drops a click; it only says what it is and by which rule, so that a better
//! rule can be run over old clicks. Nothing reads a clock, a file or the network: the same traits
//! give the same verdict. Must not know: storage, HTTP.

pub mod agent;
pub mod in_app;
pub mod mail_gateway;
pub mod network_seen;
pub mod place;
pub mod referrer;
pub mod robot;
pub mod user_agent;
pub mod verdict;
pub mod visitor;

use std::sync::LazyLock;

use crate::click::Class;
use crate::network::Registry;
use agent::Agents;
use verdict::{Request, Traits};

/// Version of the rules: raised with every change of a rule or its data, stored with what they
/// decide.
pub const RULES_VERSION: u32 = 2;

/// Why the embedded rules are refused; none in a released program, because tests read them.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A line of a list without a rule code.
    #[error("a list of robots has a line without a rule code: {0:?}")]
    Line(&'static str),
    /// Names that cannot be looked for.
    #[error("the names of robots and apps cannot be looked for: {0}")]
    Names(#[from] aho_corasick::BuildError),
    /// A form that is no regular expression.
    #[error("the forms of robots cannot be read: {0}")]
    Forms(#[from] regex::Error),
    /// Families that are not TOML of the expected form.
    #[error("the families of browsers cannot be read: {0}")]
    Families(#[from] toml::de::Error),
    /// A family whose regular expression cannot be used.
    #[error("the families of browsers cannot be used: {0}")]
    Family(String),
}

/// Who made a click, and the code of the rule that says so, from user agent and referrer.
pub fn classify(user_agent: Option<&str>, referrer: Option<&str>) -> (Class, String) {
    static AGENTS: LazyLock<Option<Agents>> =
        LazyLock::new(|| Agents::new(&Registry::embedded().ok()?).ok());
    let Some(agents) = &*AGENTS else {
        return (Class::Unknown, "no_rules".to_owned());
    };
    let agent = agents.look_up(user_agent.unwrap_or_default());
    let verdict = verdict::classify(&Traits {
        request: Request::Get,
        own: None,
        agent: &agent,
        referrer,
        speaks: true,
        link_age_ms: None,
        hosting: None,
        slugs_lately: 0,
    });
    (verdict.class, verdict.rule.into_owned())
}
