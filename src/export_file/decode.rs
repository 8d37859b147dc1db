//! The text of a file, whichever encoding it has.
//!
//! # Invariants
//! The first bytes decide, and then the content; the file's name says nothing.

use super::TableError;

/// Windows-1252 from 0x80 to 0x9F; the unassigned bytes stay control characters.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// How many bytes are looked at to find UTF-16 without a mark.
const SAMPLE: usize = 1024;

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Windows-1252.
    Windows1252,
}

impl Encoding {
    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
            Encoding::Windows1252 => "Windows-1252",
        }
    }
}

/// The text of a file without its byte order mark, and the encoding that it had.
///
/// # Errors
/// When it is compressed, a web page or no text at all.
pub fn decode(raw: &[u8]) -> Result<(String, Encoding), TableError> {
    refuse_other_kinds(raw)?;
    let (text, encoding) = match raw {
        [0xff, 0xfe, rest @ ..] => (wide(rest, u16::from_le_bytes), Encoding::Utf16Le),
        [0xfe, 0xff, rest @ ..] => (wide(rest, u16::from_be_bytes), Encoding::Utf16Be),
        [0xef, 0xbb, 0xbf, rest @ ..] => narrow(rest),
        _ => match zeros(raw) {
            Zeros::Odd => (wide(raw, u16::from_le_bytes), Encoding::Utf16Le),
            Zeros::Even => (wide(raw, u16::from_be_bytes), Encoding::Utf16Be),
            Zeros::Neither => narrow(raw),
        },
    };
    match text {
        Some(text) if !text.contains('\0') => Ok((text, encoding)),
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

enum Zeros {
    Odd,
    Even,
    Neither,
}

/// Where most bytes are zero: marks, digits and Latin letters of UTF-16 have one.
fn zeros(raw: &[u8]) -> Zeros {
    let sample = &raw[..raw.len().min(SAMPLE)];
    let (mut even, mut odd) = (0_usize, 0_usize);
    for pair in sample.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let some = (sample.len() / 2).div_ceil(5).max(1);
    match (even >= some, odd >= some) {
        (false, true) => Zeros::Odd,
        (true, false) => Zeros::Even,
        _ => Zeros::Neither,
    }
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let units: Vec<u16> = pairs.map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

fn narrow(bytes: &[u8]) -> (Option<String>, Encoding) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Some(text.to_owned()), Encoding::Utf8);
    }
    let text = bytes.iter().map(|byte| match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        _ => char::from(*byte),
    });
    (Some(text.collect()), Encoding::Windows1252)
}

/// A name that was UTF-8 and was read as Windows-1252, as it was: `dÃ©pensÃ©` is `dépensé`.
pub fn repaired(text: &str) -> Option<String> {
    if !text.contains(['Ã', 'Â', 'Ä', 'Å', 'Ø', 'Ù']) {
        return None;
    }
    let byte = |c: char| {
        let of_windows = WINDOWS.iter().position(|known| *known == c);
        let code = of_windows.map_or(u32::from(c), |at| 0x80 + u32::try_from(at).unwrap_or(0));
        u8::try_from(code).ok()
    };
    let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
    String::from_utf8(bytes?).ok()
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
            (text.as_bytes().to_vec(), Encoding::Utf8),
            (with(&[0xef, 0xbb, 0xbf], text.as_bytes()), Encoding::Utf8),
            (with(&[0xff, 0xfe], &le), Encoding::Utf16Le),
            (le, Encoding::Utf16Le),
            (with(&[0xfe, 0xff], &be), Encoding::Utf16Be),
            (be, Encoding::Utf16Be),
            (windows, Encoding::Windows1252),
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
