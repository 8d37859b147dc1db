//! Emoji as X counts them: a whole sequence counts as one.
//!
//! Source: the emoji that the parser of twitter-text knows. Newer ones count the same, as in X's
//! apps.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};

/// Variation selector that displays a character as an emoji. It also counts as one by itself.
const AS_EMOJI: char = '\u{fe0f}';

/// Variation selector that displays an emoji as text.
const AS_TEXT: char = '\u{fe0e}';

/// Combining character of a keycap.
const KEYCAP: char = '\u{20e3}';

/// Characters that are emoji only with [`AS_EMOJI`] behind them.
const PLAIN: [char; 4] = ['©', '®', '™', '♟'];

/// Emoji that may have [`AS_EMOJI`] behind them, although they do not need it.
const OPTIONAL: &str =
    "⌚⌛◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛔⛪⛲⛳⛵⛺⛽❗⬛⬜⭐⭕🀄🈚🈯";

/// The one sequence of which X counts the parts.
const IN_PARTS: &str = "👁\u{fe0f}\u{200d}🗨\u{fe0f}";

static FORMS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let emoji = emojis::iter().flat_map(|emoji| {
        let tones = emoji.skin_tones().into_iter().flatten();
        std::iter::once(emoji).chain(tones)
    });
    let mut forms: Vec<String> = emoji.flat_map(|emoji| forms(emoji.as_str())).collect();
    forms.sort_unstable();
    forms.dedup();
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .start_kind(StartKind::Anchored)
        .build(forms)
        .ok()
});

/// How an emoji may be written. Single characters and keycaps may also omit [`AS_EMOJI`].
fn forms(emoji: &str) -> Vec<String> {
    let plain = emoji.replace(AS_EMOJI, "");
    let mut signs = plain.chars();
    let (first, second) = (signs.next(), signs.next());
    if first.is_some_and(|first| second.is_none() && OPTIONAL.contains(first)) {
        return vec![format!("{emoji}{AS_EMOJI}"), emoji.to_owned()];
    }
    let is_plain = first.is_some_and(|first| PLAIN.contains(&first));
    if !is_plain && matches!(second, None | Some(KEYCAP)) {
        return vec![emoji.to_owned(), plain];
    }
    if emoji == IN_PARTS {
        return vec![plain];
    }
    vec![emoji.to_owned()]
}

/// Length in bytes of the emoji at the start of the text.
pub(super) fn length(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first == AS_EMOJI {
        return Some(AS_EMOJI.len_utf8());
    }
    // Digits are the only ASCII characters that begin an emoji, in a keycap.
    if first.is_ascii() && !text.contains(KEYCAP) {
        return None;
    }
    let forms = FORMS.as_ref()?;
    let found = |text: &str| {
        let input = Input::new(text).anchored(Anchored::Yes);
        forms.find(input).map(|form| form.end())
    };
    let end = found(text)?;
    let is_sign = text[end..].starts_with(AS_TEXT) && end == first.len_utf8();
    let as_emoji = format!("{first}{AS_EMOJI}");
    (!is_sign || found(&as_emoji) != Some(as_emoji.len())).then_some(end)
}
