//! Workbooks: their sheets as rows of text.
//!
//! # Invariants
//! Numbers are written with a point and in no language, so each can be read in one way only. Days
//! are written as `2026-03-29`.
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

/// How a zip file begins.
const ZIP: &[u8] = b"PK\x03\x04";

/// Whether a file is a workbook, or a zip file as one is.
pub(super) fn is_one(raw: &[u8]) -> bool {
    raw.starts_with(ZIP) || raw.starts_with(&[0xd0, 0xcf, 0x11, 0xe0])
}

/// The kind and the sheets of a workbook; `None` where it is none.
///
/// # Errors
/// When it is a kind that is not read, is broken, or is too large.
pub(super) fn read(raw: &[u8]) -> Result<Option<(&'static str, Vec<WorkbookSheet>)>, TableError> {
    if !is_one(raw) {
        return Ok(None);
    }
    let (kind, read): (_, fn(&[u8]) -> _) = if raw.starts_with(ZIP) {
        ("xlsx", xlsx::read)
    } else {
        ("xls", xls::read)
    };
    // A file that is broken may end a reader in ways of its own.
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
