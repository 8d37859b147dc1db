//! Reads the sheets of a workbook as rows of text.
//!
//! # Invariants
//! Numbers have a decimal point in every language, so each can be read in one way only. Days are
//! written as `2026-03-29`.
//!
//! # Out of scope
//! Which sheet has the figures.

mod parts;
mod sheet;
mod xls;
mod xlsx;

use super::error::TableError;
pub(super) use sheet::WorkbookSheet;
use sheet::broken;

/// The first bytes of a zip file.
const ZIP: &[u8] = b"PK\x03\x04";

/// Whether a file begins like a workbook. Other zip files begin so too.
pub(super) fn is_one(raw: &[u8]) -> bool {
    raw.starts_with(ZIP) || raw.starts_with(&[0xd0, 0xcf, 0x11, 0xe0])
}

/// The kind and the sheets of a workbook; `None` if the file is not a workbook.
///
/// # Errors
/// When the workbook has an unknown kind, is damaged, or is too large.
pub(super) fn read(raw: &[u8]) -> Result<Option<(&'static str, Vec<WorkbookSheet>)>, TableError> {
    if !is_one(raw) {
        return Ok(None);
    }
    let (kind, read): (_, fn(&[u8]) -> _) = if raw.starts_with(ZIP) {
        ("xlsx", xlsx::read)
    } else {
        ("xls", xls::read)
    };
    // A reader may panic on a damaged file.
    let sheets = std::panic::catch_unwind(|| read(raw)).unwrap_or_else(|_| Err(broken()))?;
    Ok(Some((kind, sheets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_is_refused_with_what_to_do() {
        for raw in [
            &b"PK\x03\x04rest"[..],
            b"\xd0\xcf\x11\xe0",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        ] {
            let refused = read(raw).unwrap_err().to_string();
            assert!(refused.contains("CSV"), "{refused}");
        }
        assert!(read(b"Day,Spend\n").unwrap().is_none());
    }
}
