//! Emoji as X counts them: a whole sequence weighs as one.
//!
//! Source: the emoji that twitter-text's parser knows; newer ones count alike, as in X's apps.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};

/// Makes a sign an emoji; stands for one by itself.
const AS_EMOJI: char = '\u{fe0f}';

/// Makes an emoji a plain sign.
const AS_TEXT: char = '\u{fe0e}';

/// Makes a sign a key.
const KEYCAP: char = '\u{20e3}';

/// Signs that are emoji only where they are told to be.
const PLAIN: [char; 4] = ['©', '®', '™', '♟'];

/// Emoji that may be told to be emoji although they are.
const MAY_BE_TOLD: &str =
    "⌚⌛◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛔⛪⛲⛳⛵⛺⛽❗⬛⬜⭐⭕🀄🈚🈯";

/// A sequence of which X counts the parts.
const IN_PARTS: &str = "👁\u{fe0f}\u{200d}🗨\u{fe0f}";

static FORMS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let emoji = emojis::iter().flat_map(|it| {
        let tones = it.skin_tones().into_iter().flatten();
        std::iter::once(it).chain(tones)
    });
    let mut forms: Vec<String> = emoji.flat_map(|it| forms(it.as_str())).collect();
    forms.sort_unstable();
    forms.dedup();
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .start_kind(StartKind::Anchored)
        .build(forms)
        .ok()
});

/// How an emoji may be written: a single sign and a keycap also without being told to be one.
fn forms(emoji: &str) -> Vec<String> {
    let plain = emoji.replace(AS_EMOJI, "");
    let mut signs = plain.chars();
    let (first, second) = (signs.next(), signs.next());
    if first.is_some_and(|it| second.is_none() && MAY_BE_TOLD.contains(it)) {
        return vec![format!("{emoji}{AS_EMOJI}"), emoji.to_owned()];
    }
    let is_plain = first.is_some_and(|it| PLAIN.contains(&it));
    if !is_plain && matches!(second, None | Some(KEYCAP)) {
        return vec![emoji.to_owned(), plain];
    }
    if emoji == IN_PARTS {
        return vec![plain];
    }
    vec![emoji.to_owned()]
}

/// How many bytes the emoji has that the text begins with.
pub(super) fn length(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first == AS_EMOJI {
        return Some(AS_EMOJI.len_utf8());
    }
    // Digits are the only ASCII signs that begin one, in a keycap.
    if first.is_ascii() && !text.contains(KEYCAP) {
        return None;
    }
    let forms = FORMS.as_ref()?;
    let found = |text: &str| {
        let input = Input::new(text).anchored(Anchored::Yes);
        forms.find(input).map(|it| it.end())
    };
    let end = found(text)?;
    let is_sign = text[end..].starts_with(AS_TEXT) && end == first.len_utf8();
    let told = format!("{first}{AS_EMOJI}");
    (!is_sign || found(&told) != Some(told.len())).then_some(end)
}
