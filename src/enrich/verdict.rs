//! The verdict: the class of a click and the rule that decided it.
//!
//! # Invariants
//! Layers are checked in a fixed order, and the first that decides wins; its code is stored with
//! the click. Certain signs precede likely ones. A single weak sign never excludes a person from
//! the count, except an address in a data centre. A click that no layer decides is a person's.
//!
//! # Out of scope
//! The origin of the traits.

use std::borrow::Cow;

use super::agent::{Agent, AgentKind};
use super::{mail_gateway, robot};
use crate::click::{ClickClass, RequestKind, SelfTraffic};
use crate::link::slug::repair::SlugRepair;

/// A visitor that asks for this many slugs in ten seconds is a program that guesses links.
pub const MANY_LINKS: u32 = 8;

/// A click on a link younger than this comes from the program that posted the link.
pub const YOUNG_LINK_MS: i64 = 2_000;

/// Prefix of a rule when a conversion proved that the click was a person's. The previous rule
/// follows it.
pub const CONVERTED: &str = "converted:";

/// The new rule of a click when a conversion brings its id back and proves a person.
///
/// `None` if class and rule stay. Only heuristic rules are overridden. A person's click needs no
/// proof, the owner's clicks never count, and a program that names itself stays a program.
pub fn converted(class: ClickClass, rule: &str) -> Option<String> {
    let is_heuristic = matches!(rule, "empty" | "hosting" | "prefetch")
        || rule.starts_with("behaviour:")
        || rule.starts_with("app:")
        || mail_gateway::is_scanner(rule);
    (is_heuristic && !class.is_person()).then(|| format!("{CONVERTED}{rule}"))
}

/// Every fact that a verdict may use.
#[derive(Clone, Copy, Debug)]
pub struct ClickTraits<'a> {
    /// The kind of the request.
    pub request: RequestKind,
    /// Why it is the owner's own click, if it is.
    pub self_traffic: Option<SelfTraffic>,
    /// What is known of the user agent.
    pub agent: &'a Agent,
    /// The referrer, trimmed to scheme, host and path.
    pub referrer: Option<&'a str>,
    /// Whether the request had an `Accept-Language` header.
    pub has_accept_language: bool,
    /// Time between the creation of the link and the click.
    pub link_age_ms: Option<i64>,
    /// Whether the address is in a data centre's network; `None` if no database knows.
    pub hosting: Option<bool>,
    /// How many different slugs this visitor asked for in the last ten seconds.
    pub recent_links: u32,
}

/// The class of a click, with its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickVerdict {
    /// The class.
    pub class: ClickClass,
    /// Code of the rule that decided, such as `preview:twitterbot` or `default`.
    pub rule: Cow<'static, str>,
}

/// The stored form of a click's traits, besides agent and referrer, so that later rules can use
/// them.
///
/// ```text
/// bits 0-1   request   0 get, 1 head, 2 prefetch
/// bits 2-3   own       0 no, 1 address, 2 cookie, 3 parameter
/// bit  4     speaks
/// bits 5-6   hosting   0 not known, 1 no, 2 yes
/// bits 8-15  different slugs lately, 255 for more
/// bit  16    coarse: agent and referrer are not what they were
/// bits 17-19 repair    0 none, else its number in `SlugRepair::ALL`
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedTraits(pub i64);

impl PackedTraits {
    /// Packs the traits of a click.
    pub fn of(traits: &ClickTraits<'_>) -> PackedTraits {
        let request = match traits.request {
            RequestKind::Get => 0,
            RequestKind::Head => 1,
            RequestKind::Prefetch => 2,
        };
        let own = match traits.self_traffic {
            None => 0,
            Some(SelfTraffic::Address) => 1,
            Some(SelfTraffic::Cookie) => 2,
            Some(SelfTraffic::Parameter) => 3,
        };
        let hosting = match traits.hosting {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        };
        let slugs = i64::from(traits.recent_links.min(255));
        PackedTraits(
            request
                | own << 2
                | i64::from(traits.has_accept_language) << 4
                | hosting << 5
                | slugs << 8,
        )
    }

    /// A copy that records what was removed from the slug.
    #[must_use]
    pub fn repaired(self, by: Option<SlugRepair>) -> PackedTraits {
        let number = by.and_then(|by| (1..).zip(SlugRepair::ALL).find(|(_, repair)| *repair == by));
        PackedTraits(self.0 | number.map_or(0, |(number, _)| number) << 17)
    }

    /// What was removed from the slug.
    pub fn repair(self) -> Option<SlugRepair> {
        let number = usize::try_from(self.0 >> 17 & 7).ok()?;
        SlugRepair::ALL.get(number.checked_sub(1)?).copied()
    }

    /// A copy that records that agent and referrer were reduced.
    #[must_use]
    pub fn coarse(self) -> PackedTraits {
        PackedTraits(self.0 | 1 << 16)
    }

    /// Whether agent and referrer were reduced, so that rules cannot run again.
    pub fn is_coarse(self) -> bool {
        self.0 >> 16 & 1 == 1
    }

    /// The traits again, with the facts that are stored elsewhere.
    pub fn unpack<'a>(
        self,
        agent: &'a Agent,
        referrer: Option<&'a str>,
        link_age_ms: Option<i64>,
    ) -> ClickTraits<'a> {
        let bits = |from: u32, mask: i64| self.0 >> from & mask;
        ClickTraits {
            request: match bits(0, 3) {
                1 => RequestKind::Head,
                2 => RequestKind::Prefetch,
                _ => RequestKind::Get,
            },
            self_traffic: match bits(2, 3) {
                1 => Some(SelfTraffic::Address),
                2 => Some(SelfTraffic::Cookie),
                3 => Some(SelfTraffic::Parameter),
                _ => None,
            },
            agent,
            referrer,
            has_accept_language: bits(4, 1) == 1,
            link_age_ms,
            hosting: match bits(5, 3) {
                1 => Some(false),
                2 => Some(true),
                _ => None,
            },
            recent_links: u32::try_from(bits(8, 255)).unwrap_or(0),
        }
    }
}

type Layer = fn(&ClickTraits<'_>) -> Option<ClickVerdict>;

const LAYERS: [Layer; 10] = [
    own,
    request,
    in_app,
    program,
    mail_scanner,
    behaviour,
    hosting,
    app,
    language,
    safe_link,
];

/// Decides the class of a click, and by which rule.
pub fn classify(traits: &ClickTraits<'_>) -> ClickVerdict {
    LAYERS
        .iter()
        .find_map(|layer| layer(traits))
        .unwrap_or_else(|| verdict(ClickClass::Human, "default"))
}

fn verdict(class: ClickClass, rule: impl Into<Cow<'static, str>>) -> ClickVerdict {
    ClickVerdict {
        class,
        rule: rule.into(),
    }
}

fn own(traits: &ClickTraits<'_>) -> Option<ClickVerdict> {
    let rule = match traits.self_traffic? {
        SelfTraffic::Address => "self:address",
        SelfTraffic::Cookie => "self:cookie",
        SelfTraffic::Parameter => "self:parameter",
    };
    Some(verdict(ClickClass::Own, rule))
}

fn request(traits: &ClickTraits<'_>) -> Option<ClickVerdict> {
    match traits.request {
        RequestKind::Get => None,
        RequestKind::Head => Some(verdict(ClickClass::Head, "head")),
        RequestKind::Prefetch => Some(verdict(ClickClass::Prefetch, "prefetch")),
    }
}

/// Checked before every layer for robots: names of apps resemble those of their robots, and these
/// clicks are the ones that posts bring.
fn in_app(traits: &ClickTraits<'_>) -> Option<ClickVerdict> {
    let AgentKind::InApp(app) = &traits.agent.kind else {
        return None;
    };
    let class = if traits.has_accept_language && traits.hosting != Some(true) {
        ClickClass::Human
    } else {
        ClickClass::LikelyHuman
    };
    Some(verdict(class, format!("in_app:{}", app.name)))
}

fn program(traits: &ClickTraits<'_>) -> Option<ClickVerdict> {
    match traits.agent.kind {
        AgentKind::Empty => Some(verdict(ClickClass::Unknown, "empty")),
        AgentKind::Program(code) => Some(verdict(robot::class(code), code)),
        AgentKind::InApp(_) | AgentKind::App(_) | AgentKind::Browser => None,
    }
}

fn mail_scanner(traits: &ClickTraits<'_>) -> Option<ClickVerdict> {
    let code = mail_gateway::scanner(traits.referrer?)?;
    Some(verdict(ClickClass::Scanner, code))
}

fn behaviour(traits: &ClickTraits<'_>) -> Option<ClickVerdict> {
    if traits.recent_links >= MANY_LINKS {
        return Some(verdict(ClickClass::Scanner, "behaviour:many_slugs"));
    }
    // Clocks of two machines differ slightly, so a click may seem to precede its link.
    let young = traits.link_age_ms?.abs() < YOUNG_LINK_MS;
    young.then(|| verdict(ClickClass::Preview, "behaviour:young_link"))
}

fn hosting(traits: &ClickTraits<'_>) -> Option<ClickVerdict> {
    (traits.hosting == Some(true)).then(|| verdict(ClickClass::Unknown, "hosting"))
}

/// The agent of an app does not separate a person from a preview. Only a request for a page to read
/// names languages.
fn app(traits: &ClickTraits<'_>) -> Option<ClickVerdict> {
    let AgentKind::App(app) = &traits.agent.kind else {
        return None;
    };
    let class = if traits.has_accept_language {
        ClickClass::LikelyHuman
    } else {
        ClickClass::Unknown
    };
    Some(verdict(class, format!("app:{}", app.name)))
}

/// Every browser names the languages of its owner; a program that imitates a browser often does
/// not. Some privacy tools remove the header, so it does not exclude a person alone.
fn language(traits: &ClickTraits<'_>) -> Option<ClickVerdict> {
    (!traits.has_accept_language).then(|| verdict(ClickClass::LikelyHuman, "behaviour:no_language"))
}

fn safe_link(traits: &ClickTraits<'_>) -> Option<ClickVerdict> {
    let code = mail_gateway::safe_link(traits.referrer?)?;
    Some(verdict(ClickClass::LikelyHuman, code))
}

#[cfg(test)]
mod tests;
