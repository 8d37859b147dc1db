//! What X counts: each link by its rule, any emoji as 2, everything else by code point.
//!
//! Source: twitter-text's configuration version 3.

use unicode_normalization::UnicodeNormalization;

use super::emoji;
use super::web_link::WebLinkFinder;
use crate::network::LinkLength;

/// The weight of a text in NFC.
pub(super) fn length(text: &str, known: Option<&str>, link: LinkLength) -> u32 {
    let text: String = text.nfc().collect();
    let links = match link {
        LinkLength::Fixed(_) => WebLinkFinder::new(&text, known, true).links(),
        LinkLength::Full | LinkLength::Shortened => Vec::new(),
    };
    let mut length = 0u32;
    let mut at = 0;
    let mut links = links.into_iter().peekable();
    while let Some(c) = text[at..].chars().next() {
        if let (Some(found), LinkLength::Fixed(units)) =
            (links.next_if(|span| span.start == at), link)
        {
            length = length.saturating_add(units);
            at = found.end;
        } else if let Some(bytes) = emoji::length(&text[at..]) {
            length = length.saturating_add(2);
            at += bytes;
        } else {
            length = length.saturating_add(weight(c));
            at += c.len_utf8();
        }
    }
    length
}

/// X's weight of a code point.
fn weight(c: char) -> u32 {
    match u32::from(c) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}
