//! The verdict: who made a click, by which rule.
//!
//! Holds: layers are asked in a fixed order and the first that knows decides; its code is kept with
//! the click. What is certain comes before what is likely, and no single soft sign takes a person
//! out of the count, except an address in a data centre. What no layer knows is a person.
//! Must not know: where the traits come from.

use std::borrow::Cow;

use super::agent::{Agent, Kind};
use super::{mail_gateway, robot};
use crate::click::Class;

/// From how many slugs in ten seconds on a visitor is a machine that tries links.
pub const MANY_SLUGS: u32 = 8;

/// A link younger than this was clicked by the program that the link was posted with.
pub const YOUNG_LINK_MS: i64 = 2_000;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A page, because somebody tapped.
    Get,
    /// Headers alone (HEAD, and OPTIONS, which asks for no page either).
    Head,
    /// A page, in case somebody taps (`Sec-Purpose`, `Purpose`, `X-Moz`).
    Prefetch,
}

/// What makes a click the owner's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// An address of the owner's list.
    Address,
    /// The cookie that says so.
    Cookie,
    /// The parameter that says so.
    Parameter,
}

/// All that a verdict may rest on.
#[derive(Clone, Copy, Debug)]
pub struct Traits<'a> {
    /// What was asked for.
    pub request: Request,
    /// What makes it the owner's own, if anything.
    pub own: Option<Own>,
    /// What is known of the user agent.
    pub agent: &'a Agent,
    /// The referrer, trimmed to scheme, host and path.
    pub referrer: Option<&'a str>,
    /// Whether an `Accept-Language` header was sent.
    pub speaks: bool,
    /// Time from the link's creation to the click.
    pub link_age_ms: Option<i64>,
    /// Whether the address is in a data centre's network; `None` where no database says.
    pub hosting: Option<bool>,
    /// How many different slugs this visitor asked for in the last ten seconds.
    pub slugs_lately: u32,
}

/// Who made a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who.
    pub class: Class,
    /// Code of the rule that decided, such as `preview:twitterbot` or `default`.
    pub rule: Cow<'static, str>,
}

type Layer = fn(&Traits<'_>) -> Option<Verdict>;

const LAYERS: [Layer; 9] = [
    own,
    request,
    in_app,
    program,
    mail_scanner,
    behaviour,
    hosting,
    language,
    safe_link,
];

/// Who made a click, and by which rule.
pub fn classify(traits: &Traits<'_>) -> Verdict {
    LAYERS
        .iter()
        .find_map(|layer| layer(traits))
        .unwrap_or_else(|| verdict(Class::Human, "default"))
}

fn verdict(class: Class, rule: impl Into<Cow<'static, str>>) -> Verdict {
    Verdict {
        class,
        rule: rule.into(),
    }
}

fn own(traits: &Traits<'_>) -> Option<Verdict> {
    let rule = match traits.own? {
        Own::Address => "self:address",
        Own::Cookie => "self:cookie",
        Own::Parameter => "self:parameter",
    };
    Some(verdict(Class::Own, rule))
}

fn request(traits: &Traits<'_>) -> Option<Verdict> {
    match traits.request {
        Request::Get => None,
        Request::Head => Some(verdict(Class::Head, "head")),
        Request::Prefetch => Some(verdict(Class::Prefetch, "prefetch")),
    }
}

/// Goes before everything that knows robots: apps' names look like those of their robots, and these
/// are the very clicks that posts bring.
fn in_app(traits: &Traits<'_>) -> Option<Verdict> {
    let Kind::InApp(app) = &traits.agent.kind else {
        return None;
    };
    let class = if traits.speaks && traits.hosting != Some(true) {
        Class::Human
    } else {
        Class::LikelyHuman
    };
    Some(verdict(class, format!("in_app:{}", app.name)))
}

fn program(traits: &Traits<'_>) -> Option<Verdict> {
    match traits.agent.kind {
        Kind::Empty => Some(verdict(Class::Unknown, "empty")),
        Kind::Program(code) => Some(verdict(robot::class(code), code)),
        Kind::InApp(_) | Kind::Browser => None,
    }
}

fn mail_scanner(traits: &Traits<'_>) -> Option<Verdict> {
    let code = mail_gateway::scanner(traits.referrer?)?;
    Some(verdict(Class::Scanner, code))
}

fn behaviour(traits: &Traits<'_>) -> Option<Verdict> {
    if traits.slugs_lately >= MANY_SLUGS {
        return Some(verdict(Class::Scanner, "behaviour:many_slugs"));
    }
    // Clocks of two machines differ a little, so a click may seem to come before its link.
    let young = traits.link_age_ms?.abs() < YOUNG_LINK_MS;
    young.then(|| verdict(Class::Preview, "behaviour:young_link"))
}

fn hosting(traits: &Traits<'_>) -> Option<Verdict> {
    (traits.hosting == Some(true)).then(|| verdict(Class::Unknown, "hosting"))
}

/// Every browser says which languages its owner reads; a program that took a browser's name often
/// does not. Some privacy tools take the header away, so alone it does not deny the person.
fn language(traits: &Traits<'_>) -> Option<Verdict> {
    (!traits.speaks).then(|| verdict(Class::LikelyHuman, "behaviour:no_language"))
}

fn safe_link(traits: &Traits<'_>) -> Option<Verdict> {
    let code = mail_gateway::safe_link(traits.referrer?)?;
    Some(verdict(Class::LikelyHuman, code))
}

#[cfg(test)]
mod tests;
