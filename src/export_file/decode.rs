//! The text of a file, whichever encoding it has.
//!
//! # Invariants
//! The content decides the encoding: a byte order mark, then zero bytes as UTF-16 has them, then
//! valid UTF-8; what is left is Windows-1252. The file's name says nothing.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::error::TableError;

/// How many bytes are searched for UTF-16 without a byte order mark.
const SAMPLE: usize = 1024;

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Windows-1252.
    Windows1252,
}

impl TextEncoding {
    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            TextEncoding::Windows1252 => "Windows-1252",
            other => other.codec().name(),
        }
    }

    fn codec(self) -> &'static encoding_rs::Encoding {
        match self {
            TextEncoding::Utf8 => UTF_8,
            TextEncoding::Utf16Le => UTF_16LE,
            TextEncoding::Utf16Be => UTF_16BE,
            TextEncoding::Windows1252 => WINDOWS_1252,
        }
    }

    /// The encoding of a text, and how many bytes its byte order mark has.
    fn of(raw: &[u8]) -> (TextEncoding, usize) {
        if let Some((codec, mark)) = encoding_rs::Encoding::for_bom(raw) {
            let wide = [TextEncoding::Utf16Le, TextEncoding::Utf16Be];
            let wide = wide.into_iter().find(|wide| wide.codec() == codec);
            let after = &raw[mark..];
            return (wide.unwrap_or_else(|| narrow(after)), mark);
        }
        (wide_without_mark(raw).unwrap_or_else(|| narrow(raw)), 0)
    }
}

/// The text of a file without its byte order mark, and its encoding.
///
/// # Errors
/// When it is compressed, a web page or not text at all.
pub fn decode(raw: &[u8]) -> Result<(String, TextEncoding), TableError> {
    refuse_other_kinds(raw)?;
    let (encoding, mark) = TextEncoding::of(raw);
    let codec = encoding.codec();
    let text = codec.decode_without_bom_handling_and_without_replacement(&raw[mark..]);
    match text {
        Some(text) if !text.contains('\0') => Ok((text.into_owned(), encoding)),
        _ => Err(TableError::new(format!(
            "it is not text in {}; export it again, or save it as CSV in UTF-8",
            encoding.name()
        ))),
    }
}

fn refuse_other_kinds(raw: &[u8]) -> Result<(), TableError> {
    let kind = if raw.starts_with(&[0x1f, 0x8b]) {
        "it is compressed (gzip)"
    } else if is_page(raw) {
        "it is a web page (HTML)"
    } else {
        return Ok(());
    };
    Err(TableError::new(format!(
        "{kind}; open it and save the sheet with the figures as CSV (UTF-8), or unpack it"
    )))
}

fn is_page(raw: &[u8]) -> bool {
    let start: Vec<u8> = raw.trim_ascii_start().iter().take(9).copied().collect();
    let start = start.to_ascii_lowercase();
    [&b"<!doctype"[..], b"<html", b"<?xml", b"<table"]
        .iter()
        .any(|mark| start.starts_with(mark))
}

/// UTF-16 by its zero bytes: marks, digits and Latin letters have one each.
fn wide_without_mark(raw: &[u8]) -> Option<TextEncoding> {
    let sample = &raw[..raw.len().min(SAMPLE)];
    let (mut even, mut odd) = (0_usize, 0_usize);
    for pair in sample.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let some = (sample.len() / 2).div_ceil(5).max(1);
    match (even >= some, odd >= some) {
        (false, true) => Some(TextEncoding::Utf16Le),
        (true, false) => Some(TextEncoding::Utf16Be),
        _ => None,
    }
}

fn narrow(bytes: &[u8]) -> TextEncoding {
    if std::str::from_utf8(bytes).is_ok() {
        TextEncoding::Utf8
    } else {
        TextEncoding::Windows1252
    }
}

/// A name that was UTF-8 and was decoded as Windows-1252, as it was before: `dÃ©pensÃ©` is
/// `dépensé`.
pub fn repaired(text: &str) -> Option<String> {
    if !text.contains(['Ã', 'Â', 'Ä', 'Å', 'Ø', 'Ù']) {
        return None;
    }
    let (bytes, _, has_other_letters) = WINDOWS_1252.encode(text);
    if has_other_letters {
        return None;
    }
    String::from_utf8(bytes.into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "Tag;Kosten\n2026-09-01;5,00 €\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let windows = text.replace('€', "\u{80}");
        let windows: Vec<u8> = windows
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect();
        let with = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        for (raw, encoding) in [
            (text.as_bytes().to_vec(), TextEncoding::Utf8),
            (
                with(&[0xef, 0xbb, 0xbf], text.as_bytes()),
                TextEncoding::Utf8,
            ),
            (with(&[0xff, 0xfe], &le), TextEncoding::Utf16Le),
            (le, TextEncoding::Utf16Le),
            (with(&[0xfe, 0xff], &be), TextEncoding::Utf16Be),
            (be, TextEncoding::Utf16Be),
            (windows.clone(), TextEncoding::Windows1252),
            // As a marked file is read that its program wrote in another encoding.
            (
                with(&[0xef, 0xbb, 0xbf], &windows),
                TextEncoding::Windows1252,
            ),
        ] {
            assert_eq!(decode(&raw).unwrap(), (text.to_owned(), encoding));
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_what_to_do() {
        for raw in [
            &b"\x1f\x8b\x08"[..],
            b"\n<HTML><table>",
            b"\xff\xfea",
            b"a\0b\0\0\0",
            b"\x89PNG\0\0\0\0",
        ] {
            let refused = decode(raw).unwrap_err().to_string();
            assert!(refused.contains("CSV"), "{refused}");
        }
    }

    #[test]
    fn names_that_were_decoded_twice_are_repaired() {
        let twice = "Montant dÃ©pensÃ©";
        assert_eq!(repaired(twice).as_deref(), Some("Montant dépensé"));
        assert_eq!(repaired("Montant dépensé"), None);
        assert_eq!(repaired("Ãb"), None);
    }
}
