//! The post ready to paste, and its length by the network's own rule.
//!
//! Sources: X counts by twitter-text's configuration version 3 (weights by code point range, an
//! emoji sequence 2, every link 23); Bluesky counts graphemes and bytes
//! (`app.bsky.feed.post`); Mastodon counts code points with every link as 23.

use linkify::{LinkFinder, LinkKind};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;
use utoipa::ToSchema;

use crate::network::{LengthUnit, LinkLength, PostLengthRule};

/// Stands for the short link in a text.
const PLACEHOLDER: &str = "{link}";

/// A post ready to paste.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PostText {
    /// The text with its link.
    pub text: String,
    /// Its length in the network's units.
    pub length: u32,
    /// The most it may have; `null` where the network has no rule.
    pub limit: Option<u32>,
    /// What is left; negative when it is too long.
    pub remaining: Option<i64>,
    /// What the network counts.
    pub unit: LengthUnit,
    /// Whether it may be posted as it stands.
    pub fits: bool,
}

/// Puts the short link in the place of every `{link}`, or at the end.
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

/// The post with its length; without a rule, in characters and of any length.
pub fn ready(rule: Option<&PostLengthRule>, text: &str, short_url: &str) -> PostText {
    let text = compose(text, short_url);
    let Some(rule) = rule else {
        let unit = LengthUnit::Characters;
        return PostText {
            length: units(unit, &text),
            limit: None,
            remaining: None,
            unit,
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

/// The length of a text in the network's units.
pub fn measure(rule: &PostLengthRule, text: &str) -> u32 {
    measure_with(rule, text, None)
}

/// `known` is a link for certain, even where its host is not one of the public internet.
fn measure_with(rule: &PostLengthRule, text: &str, known: Option<&str>) -> u32 {
    let text: String = match rule.unit {
        LengthUnit::Weighted => text.nfc().collect(),
        LengthUnit::Graphemes | LengthUnit::Characters => text.to_owned(),
    };
    let LinkLength::Fixed(link) = rule.link else {
        return units(rule.unit, &text);
    };
    let mut length = 0u32;
    let mut end = 0;
    for (from, to) in links(&text, known) {
        length = length
            .saturating_add(units(rule.unit, &text[end..from]))
            .saturating_add(link);
        end = to;
    }
    length.saturating_add(units(rule.unit, &text[end..]))
}

/// Where links stand in a text, in order, without overlaps.
fn links(text: &str, known: Option<&str>) -> Vec<(usize, usize)> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]).url_must_have_scheme(false);
    let mut spans: Vec<(usize, usize)> = known
        .into_iter()
        .flat_map(|known| text.match_indices(known))
        .map(|(start, link)| (start, start + link.len()))
        .collect();
    for link in finder.links(text) {
        let span = (link.start(), link.end());
        let overlaps = spans
            .iter()
            .any(|known| span.0 < known.1 && known.0 < span.1);
        if !overlaps && is_wrapped(link.as_str()) {
            spans.push(span);
        }
    }
    spans.sort_unstable();
    spans
}

/// Whether a network takes this for a link: a host under a known top-level domain, no user name,
/// and no other scheme than http and https.
fn is_wrapped(link: &str) -> bool {
    let rest = match link.split_once("://") {
        Some((scheme, rest))
            if matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") =>
        {
            rest
        }
        Some(_) => return false,
        None => link,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    !authority.contains('@')
        && host
            .rsplit_once('.')
            .is_some_and(|(_, last)| tld::exist(&last.to_ascii_lowercase()))
}

fn units(unit: LengthUnit, text: &str) -> u32 {
    let count = match unit {
        LengthUnit::Characters => text.chars().count(),
        LengthUnit::Graphemes => text.graphemes(true).count(),
        LengthUnit::Weighted => return text.graphemes(true).map(weight).sum(),
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// X's weight of one grapheme: an emoji is 2 whatever it is made of, else each code point counts.
fn weight(grapheme: &str) -> u32 {
    if emojis::get(grapheme).is_some() {
        return 2;
    }
    grapheme
        .chars()
        .map(|c| match u32::from(c) {
            0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
            _ => 2,
        })
        .sum()
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
        link: LinkLength::Full,
    };
    const MASTODON: PostLengthRule = PostLengthRule {
        limit: 500,
        unit: LengthUnit::Characters,
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
}
