//! Makes untrusted text safe for a terminal. Characters that control the terminal or mislead a
//! reader are escaped.
//!
//! # Invariants
//! - Line ends and tabs are the only control characters in the output. No character changes the
//!   direction of the text.
//! - The only invisible characters are joiners and tags that are used as intended.
//! - An escape has the form that JSON uses, such as `\u001b`. So escaped JSON keeps its value.

use std::borrow::Cow;
use std::fmt::Write;

/// Escapes a text of several lines; line ends and tabs stay.
pub fn lines(text: &str) -> Cow<'_, str> {
    written_out(text, |character| matches!(character, '\n' | '\t'))
}

/// Escapes a text that is shown within one line.
pub fn line(text: &str) -> Cow<'_, str> {
    written_out(text, |_| false)
}

fn written_out(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Nearly every text is plain. Printable ASCII is never escaped.
    if text
        .bytes()
        .all(|byte| (b' '..=b'~').contains(&byte) || stays(char::from(byte)))
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        if stays(character) || !misleads(character) || joins(before, character, after) {
            shown.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a `String` cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        }
        before = character;
    }
    Cow::Owned(shown)
}

/// Whether the character controls a terminal, changes the direction of text, or is invisible.
fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether an invisible character is used as intended. A joiner must stand between characters that
/// are not ASCII. A tag must belong to the flag of a region.
fn joins(before: char, character: char, after: Option<char>) -> bool {
    let is_drawn = |side: char| !side.is_ascii() && !misleads(side);
    match character {
        '\u{200c}' | '\u{200d}' => is_drawn(before) && after.is_some_and(is_drawn),
        '\u{e0020}'..='\u{e007f}' => {
            before == '\u{1f3f4}' || ('\u{e0020}'..'\u{e007f}').contains(&before)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_or_hides_is_written_out() {
        for (text, shown) in [
            (
                "plain, with a tab\tand\nlines",
                "plain, with a tab\tand\nlines",
            ),
            ("Grüße, 日本語, 😀", "Grüße, 日本語, 😀"),
            ("\u{1b}]0;title\u{7}", "\\u001b]0;title\\u0007"),
            ("\u{1b}[2J\u{9b}31m\u{7f}", "\\u001b[2J\\u009b31m\\u007f"),
            ("over\rwritten\u{8}", "over\\u000dwritten\\u0008"),
            ("invoice\u{202e}fdp.exe", "invoice\\u202efdp.exe"),
            ("\u{2066}a\u{2069}\u{200f}", "\\u2066a\\u2069\\u200f"),
            ("shop\u{200b}.example\u{feff}", "shop\\u200b.example\\ufeff"),
            ("pay\u{200d}pal", "pay\\u200dpal"),
            (
                "👩\u{200d}💻 می\u{200c}خواهم",
                "👩\u{200d}💻 می\u{200c}خواهم",
            ),
            ("a\u{e0041}", "a\\udb40\\udc41"),
            (
                "🏴\u{e0067}\u{e0062}\u{e007f}",
                "🏴\u{e0067}\u{e0062}\u{e007f}",
            ),
        ] {
            assert_eq!(lines(text), shown);
        }
        assert_eq!(line("two\nlines\t"), "two\\u000alines\\u0009");
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = serde_json::json!({"id": "a\u{202e}b\u{7f}\u{e0041}\u{1b}"});
        let shown = lines(&format!("{value:#}\n")).into_owned();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
        assert!(
            shown
                .chars()
                .all(|character| character == '\n' || !misleads(character))
        );
    }
}
