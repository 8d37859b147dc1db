//! Removes the names of devices and of people's apps from a user agent.
//!
//! # Invariants
//! Anybody may choose the model of a device or the name of an app (`Discovery SE`, `M bot 54`,
//! `AppleNews`), so robots are not searched in them. A comment with an address belongs to a robot
//! and keeps all its words.
//!
//! # Out of scope
//! The lists of robots.

use std::borrow::Cow;

use aho_corasick::AhoCorasick;

use crate::enrich::error::Error;

pub(in super::super) const APPS: &str = include_str!("../../../config/robots/apps.txt");

/// Replaces a removed name, so that forms still see that there was one.
const PLACEHOLDER: &str = " K";

/// Apps whose names are removed.
#[derive(Debug)]
pub struct NameFilter {
    apps: AhoCorasick,
    begins: Vec<&'static str>,
}

impl NameFilter {
    /// Reads the list of apps.
    ///
    /// # Errors
    /// Never in a released program: a test reads the list.
    pub fn embedded() -> Result<NameFilter, Error> {
        let apps = APPS
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (begins, apps): (Vec<_>, Vec<_>) = apps.partition(|line| line.starts_with('^'));
        Ok(NameFilter {
            apps: AhoCorasick::new(apps)?,
            begins: begins.into_iter().map(|line| &line[1..]).collect(),
        })
    }

    /// Whether the agent begins like that of a device or an old browser, which may have no more
    /// text.
    pub fn is_device(&self, agent: &str) -> bool {
        self.begins.iter().any(|mark| agent.starts_with(mark))
    }

    /// The agent without models and apps. The rest keeps its order.
    pub fn text<'a>(&self, agent: &'a str) -> Cow<'a, str> {
        let mut out = models(agent);
        out.extend(self.names(agent));
        if out.is_empty() {
            return Cow::Borrowed(agent);
        }
        out.sort_unstable();
        let mut text = String::with_capacity(agent.len());
        let mut kept = 0;
        for (start, end) in out {
            if start >= kept {
                text.push_str(&agent[kept..start]);
                text.push_str(PLACEHOLDER);
                kept = end;
            }
        }
        text.push_str(&agent[kept..]);
        Cow::Owned(text)
    }

    /// Apps in the agent of a browser. An agent that is not a browser's belongs to a program.
    fn names(&self, agent: &str) -> impl Iterator<Item = Part> {
        let bytes = agent.as_bytes();
        let is_browser = agent.starts_with("Mozilla/");
        let found = self.apps.find_iter(agent).filter(move |_| is_browser);
        found
            .map(|name| (name.start(), name.end()))
            .filter(|&(start, end)| {
                let beside = [
                    start.checked_sub(1).map(|at| bytes[at]),
                    bytes.get(end).copied(),
                ];
                !beside
                    .into_iter()
                    .flatten()
                    .any(|byte| byte.is_ascii_alphabetic())
            })
    }
}

/// Start and end of a part of the agent.
type Part = (usize, usize);

/// Models of devices. In a comment of Android or another phone system, this is the first segment
/// after the system's name that is not one of the usual words of browsers. In each comment it is
/// also what names the build.
fn models(agent: &str) -> Vec<Part> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(open) = agent[rest..].find('(').map(|at| rest + at + 1) {
        let end = closing(agent, open);
        let comment = &agent[open..end];
        if !names_an_address(comment) {
            model(comment, open, &mut found);
        }
        rest = end;
    }
    found
}

/// End of the comment that begins at `open`; a model may contain brackets.
fn closing(agent: &str, open: usize) -> usize {
    let mut depth = 1_u32;
    for (at, byte) in agent.bytes().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    agent.len()
}

fn names_an_address(comment: &str) -> bool {
    comment.contains("http") || comment.contains("www.") || comment.contains('@')
}

fn model(comment: &str, from: usize, found: &mut Vec<Part>) {
    let (mut is_phone, mut is_named) = (false, false);
    let mut at = from;
    for segment in comment.split(';') {
        let part = (at, at + segment.len());
        at = part.1 + 1;
        let word = segment.trim();
        if word.contains(" Build/") || (is_phone && !is_named && !is_common(word)) {
            // Windows writes the maker's name before the model.
            is_named = !comment.contains("Windows Phone");
            found.push(part);
        }
        is_phone |= SYSTEMS.into_iter().any(|system| word.starts_with(system));
    }
}

/// Beginnings of the names of phone systems. A phone with `KaiOS` has `Mobile` first.
const SYSTEMS: [&str; 6] = [
    "Android",
    "Linux Android",
    "OpenHarmony",
    "Windows Phone",
    "Tizen",
    "Mobile",
];

/// Words between the version of a system and the model.
fn is_common(word: &str) -> bool {
    let is_locale = || {
        let mut parts = word.split(['-', '_']);
        let is_short = |part: &str| {
            (2..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
        };
        parts.clone().count() <= 2 && parts.all(is_short) && word.as_bytes()[0].is_ascii_lowercase()
    };
    word.is_empty()
        || matches!(
            word,
            "U" | "wv"
                | "Mobile"
                | "Tablet"
                | "compatible"
                | "arm_64"
                | "HarmonyOS"
                | "ARM"
                | "Touch"
        )
        || SYSTEMS.into_iter().any(|system| word.starts_with(system))
        || word.starts_with("Trident/")
        || word.starts_with("IEMobile/")
        || word.starts_with("rv:")
        || is_locale()
}
