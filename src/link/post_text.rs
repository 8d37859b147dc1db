//! A post ready to paste: its length by the network's own rule, and whether the network will
//! recognise its short link.
//!
//! Sources: X counts by configuration version 3 of twitter-text (weights by code point range, an
//! emoji sequence 2, every link 23). Mastodon counts grapheme clusters, and every http(s) link as
//! 23. Bluesky counts grapheme clusters and bytes, with links as short as its app displays them
//! (`app.bsky.feed.post`). `tests/oracles/posts` compares all three with the networks' own
//! libraries.

mod bluesky;
mod emoji;
mod mastodon;
mod web_link;
mod x;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use utoipa::ToSchema;

use self::web_link::WebLinkFinder;
use crate::network::{LengthUnit, LinkLength, PostLengthRule};

/// The placeholder of the short link in a text.
const PLACEHOLDER: &str = "{link}";

/// A post ready to paste.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct PostText {
    /// The text with its link.
    pub text: String,
    /// Its length in the network's units.
    pub length: u32,
    /// The most units it may have; `null` if the network has no limit.
    pub limit: Option<u32>,
    /// The units that are left; negative when the text is too long.
    pub remaining: Option<i64>,
    /// The unit that the network counts.
    pub unit: LengthUnit,
    /// Whether it can be posted unchanged.
    pub fits: bool,
}

/// Puts the short link in place of every `{link}`, or at the end.
pub fn compose(text: &str, short_url: &str) -> String {
    let text = text.trim();
    if text.contains(PLACEHOLDER) {
        text.replace(PLACEHOLDER, short_url)
    } else if text.is_empty() {
        short_url.to_owned()
    } else {
        format!("{text} {short_url}")
    }
}

/// The post with its length. Without a rule, characters are counted and any length fits.
pub fn ready(rule: Option<&PostLengthRule>, text: &str, short_url: &str) -> PostText {
    let text = compose(text, short_url);
    let Some(rule) = rule else {
        return PostText {
            length: whole(text.chars().count()),
            limit: None,
            remaining: None,
            unit: LengthUnit::Characters,
            fits: true,
            text,
        };
    };
    let length = measure_with(rule, &text, Some(short_url));
    let fits_bytes = rule
        .max_bytes
        .is_none_or(|most| text.len() <= most as usize);
    PostText {
        length,
        limit: Some(rule.limit),
        remaining: Some(i64::from(rule.limit) - i64::from(length)),
        unit: rule.unit,
        fits: fits_bytes && length <= rule.limit,
        text,
    }
}

/// Why a short link in a text will not work where the text is pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// The text right before it keeps the network from recognising it.
    GluedBefore,
    /// The text right after it becomes part of the link.
    GluedBehind,
}

/// The fault of the first short link in a composed text that the network would not recognise as it
/// is. A parameter or an anchor after it (`?a=1`, `#top`) is intended.
pub fn link_fault(rule: Option<&PostLengthRule>, text: &str, short_url: &str) -> Option<LinkFault> {
    let links = rule.and_then(|rule| links(rule, text, short_url));
    text.match_indices(short_url).find_map(|(start, _)| {
        let end = start + short_url.len();
        if text[end..].starts_with(['?', '#']) {
            return None;
        }
        let Some(links) = &links else {
            return glued(text, start..end);
        };
        let link = links
            .iter()
            .find(|link| link.start <= start && end <= link.end);
        match link {
            None => Some(LinkFault::GluedBefore),
            Some(link) if link.start < start => Some(LinkFault::GluedBefore),
            Some(link) if link.end > end => Some(LinkFault::GluedBehind),
            Some(_) => None,
        }
    })
}

/// Where the network sees links; `None` if its rules are unknown.
fn links(rule: &PostLengthRule, text: &str, short_url: &str) -> Option<Vec<Range<usize>>> {
    let finder = |bare| WebLinkFinder::new(text, Some(short_url), bare).links();
    match (rule.unit, rule.link) {
        (LengthUnit::Weighted, _) => Some(finder(true)),
        (_, LinkLength::Fixed(_)) => Some(finder(false)),
        (_, LinkLength::Shortened) => Some(bluesky::links(text)),
        (_, LinkLength::Full) => None,
    }
}

/// Whether letters, digits or path characters touch the link.
fn glued(text: &str, link: Range<usize>) -> Option<LinkFault> {
    let touches = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    if touches(text[..link.start].chars().next_back()) {
        Some(LinkFault::GluedBefore)
    } else if goes_on(&text[link.end..]) {
        Some(LinkFault::GluedBehind)
    } else {
        None
    }
}

/// Whether a path may continue with `behind`: with a letter or digit, or with a path character that
/// another one follows. The two characters that short links reserve never continue a path.
fn goes_on(behind: &str) -> bool {
    let rest = behind.trim_start_matches(['-', '_', '/', '&', '=', '%', '@']);
    rest.starts_with(char::is_alphanumeric) || behind.starts_with(['+', '~'])
}

/// A text that looks like the placeholder but is not, such as `{Link}` or `{url}`.
pub fn mistyped_placeholder(text: &str) -> Option<&str> {
    let mut parts = text.match_indices('{').filter_map(|(start, _)| {
        let end = text[start..].find('}')?;
        Some(&text[start..=start + end])
    });
    let is_meant = |part: &&str| {
        let name = part.trim_matches(['{', '}', ' ']).to_lowercase();
        let name = name.replace(['_', '-', ' '], "");
        matches!(&*name, "link" | "url" | "shorturl" | "shortlink") && *part != PLACEHOLDER
    };
    parts.find(is_meant)
}

/// The length of a text in the network's units.
pub fn measure(rule: &PostLengthRule, text: &str) -> u32 {
    measure_with(rule, text, None)
}

/// `known` is always a link, even if its host is not on the public internet.
fn measure_with(rule: &PostLengthRule, text: &str, known: Option<&str>) -> u32 {
    match (rule.unit, rule.link) {
        (LengthUnit::Weighted, link) => x::length(text, known, link),
        (LengthUnit::Graphemes, LinkLength::Fixed(link)) => {
            whole(mastodon::length(text, known, link))
        }
        (LengthUnit::Graphemes, LinkLength::Shortened) => {
            whole(bluesky::shown(text).graphemes(true).count())
        }
        (LengthUnit::Graphemes, LinkLength::Full) => whole(text.graphemes(true).count()),
        (LengthUnit::Characters, _) => whole(text.chars().count()),
    }
}

fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: PostLengthRule = PostLengthRule {
        limit: 280,
        unit: LengthUnit::Weighted,
        max_bytes: None,
        link: LinkLength::Fixed(23),
    };
    const BLUESKY: PostLengthRule = PostLengthRule {
        limit: 300,
        unit: LengthUnit::Graphemes,
        max_bytes: Some(3000),
        link: LinkLength::Shortened,
    };
    const MASTODON: PostLengthRule = PostLengthRule {
        limit: 500,
        unit: LengthUnit::Graphemes,
        ..X
    };

    #[test]
    fn x_weighs_text_and_counts_links_as_23() {
        for (text, length) in [
            ("Hi http://test.co", 26),
            ("Hi test.co.", 27),
            ("日本語", 6),
            ("👨‍👩‍👧‍👦", 2),
            ("a👍🏽b", 4),
            ("café", 4),
            ("cafe\u{301}", 4),
            ("see https://user:password@test.co", 33),
            ("file.notatld", 12),
            ("“quoted” – dash…", 17),
        ] {
            assert_eq!(measure(&X, text), length, "{text}");
        }
    }

    #[test]
    fn the_short_link_counts_as_a_link_on_any_host() {
        let ready = ready(Some(&X), "New lamp", "http://127.0.0.1:8080/abc1234");
        assert_eq!(ready.text, "New lamp http://127.0.0.1:8080/abc1234");
        assert_eq!(
            (ready.length, ready.remaining, ready.fits),
            (32, Some(248), true)
        );
        assert_eq!(
            super::ready(Some(&MASTODON), "New lamp", "http://localhost/abc").length,
            32
        );
    }

    #[test]
    fn bluesky_counts_graphemes_and_bytes() {
        assert_eq!(measure(&BLUESKY, "👨‍👩‍👧‍👦é"), 2);
        let link = "https://go.example/abc";
        let ready = ready(Some(&BLUESKY), &"👨‍👩‍👧‍👦".repeat(200), link);
        assert!(
            ready.length <= 300 && !ready.fits,
            "200 families have more than 3000 bytes"
        );
    }

    #[test]
    fn the_link_goes_where_the_text_says() {
        assert_eq!(compose("Go {link} now", "u"), "Go u now");
        assert_eq!(compose(" Go ", "u"), "Go u");
        assert_eq!(compose("", "u"), "u");
    }

    #[test]
    fn too_long_is_said_by_how_much() {
        let ready = ready(Some(&X), &"a".repeat(280), "https://go.example/abc");
        assert_eq!(
            (ready.length, ready.remaining, ready.fits),
            (304, Some(-24), false)
        );
    }

    #[test]
    fn each_network_counts_as_its_own_library() {
        let oracle = include_str!("../../tests/oracles/posts/posts.json");
        let oracle: serde_json::Value = serde_json::from_str(oracle).unwrap();
        let link = oracle["link"].as_str().unwrap();
        let posts = oracle["posts"].as_array().unwrap();
        assert!(posts.len() >= 300, "{} texts", posts.len());
        let mut wrong = Vec::new();
        for post in posts {
            let text = post[0].as_str().unwrap().replace(PLACEHOLDER, link);
            for (at, (name, rule)) in [("X", X), ("Mastodon", MASTODON), ("Bluesky", BLUESKY)]
                .iter()
                .enumerate()
            {
                let (ours, right) = (measure(rule, &text), &post[at + 1]);
                if *right != ours {
                    wrong.push(format!("{name}: {ours}, right is {right}: {:?}", post[0]));
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "{} wrong:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }

    #[test]
    fn a_placeholder_that_is_none_is_named() {
        for (text, found) in [
            ("look {Link}", Some("{Link}")),
            ("look { link } there", Some("{ link }")),
            ("{link} or {URL}", Some("{URL}")),
            ("{short_url}", Some("{short_url}")),
            ("look {link}", None),
            ("{linked} {} { {name}", None),
            ("{", None),
        ] {
            assert_eq!(mistyped_placeholder(text), found, "{text}");
        }
    }

    #[test]
    fn a_link_that_touches_a_word_is_a_fault() {
        let link = "https://go.lampshop.com/x7Kp2aQ";
        let before = Some(LinkFault::GluedBefore);
        let behind = Some(LinkFault::GluedBehind);
        for (text, x, mastodon, bluesky, other) in [
            ("look {link}", None, None, None, None),
            ("look{link}", before, before, before, before),
            ("ランプ{link}", None, None, before, before),
            ("{link}です", None, None, behind, behind),
            ("{link}, {link}next", behind, behind, behind, behind),
            ("{link}?a=1 {link}#top", None, None, None, None),
            ("({link}).", None, None, None, None),
            ("“{link}”", None, None, before, None),
            ("{link}-now", behind, behind, behind, behind),
            ("{link}_now", behind, behind, behind, behind),
            ("{link}/now", behind, behind, behind, behind),
            ("{link}+", behind, behind, behind, behind),
            ("{link}~now", behind, behind, behind, behind),
        ] {
            let text = compose(text, link);
            let fault = |rule| link_fault(rule, &text, link);
            let found = [
                fault(Some(&X)),
                fault(Some(&MASTODON)),
                fault(Some(&BLUESKY)),
                fault(None),
            ];
            assert_eq!(found, [x, mastodon, bluesky, other], "{text}");
        }
    }
}
