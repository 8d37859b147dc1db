//! What Mastodon counts: grapheme clusters. Each http(s) link counts as a fixed number, and a
//! mention counts without the host of its server.
//!
//! Source: the counter of Mastodon's own page, which finds links with twitter-text.

use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use super::web_link::WebLinkFinder;

/// Replaces a link, one for each unit.
const UNIT: &str = "x";

static MENTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let mention = r"(^|[^/0-9A-Za-z_])@([0-9A-Za-z_]+)@[0-9A-Za-z.-]+[0-9A-Za-z]+";
    Regex::new(mention).ok()
});

/// The length of a text in which a link counts `link`.
pub(super) fn length(text: &str, known: Option<&str>, link: u32) -> usize {
    let stand_in = UNIT.repeat(link as usize);
    let mut counted = String::with_capacity(text.len());
    let mut end = 0;
    for found in WebLinkFinder::new(text, known, false).links() {
        counted.push_str(&text[end..found.start]);
        counted.push_str(&stand_in);
        end = found.end;
    }
    counted.push_str(&text[end..]);
    let counted = match MENTION.as_ref() {
        Some(mention) => mention.replace_all(&counted, "$1@$2"),
        None => counted.into(),
    };
    counted.graphemes(true).count()
}
