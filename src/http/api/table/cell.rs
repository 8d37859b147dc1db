//! Cells of tables in answers.

use std::borrow::Cow;

/// Characters with which a formula begins in spreadsheets.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The text as a spreadsheet displays it. An apostrophe precedes a text that would be a formula.
/// Numbers stay unchanged.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.starts_with(FORMULA) || is_number(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{text}"))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or_default();
    let mut parts = digits.splitn(2, '.');
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.all(is_plain) && !digits.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_and_numbers_are_numbers() {
        for text in ["", "lamp", "4.5", "-49.99", "-3", "a=b", "'=1"] {
            assert_eq!(shown(text), text);
        }
        for text in [
            "=1+2", "+1", "-1+2", "-", "-.5", "@SUM(A1)", "\t=1", "＝1", "-inf",
        ] {
            assert_eq!(shown(text), format!("'{text}"), "{text:?}");
        }
    }
}
