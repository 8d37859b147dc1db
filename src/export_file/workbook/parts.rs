//! The parts of a zipped workbook: unpacked once and counted, before anything is made of them.
//!
//! # Invariants
//! Nothing that a workbook says of its sizes is believed: its parts are counted as they unpack, and
//! what it announces may not be more than it can hold.

use std::io::{Cursor, Read};

use memchr::memmem;
use zip::ZipArchive;

use super::sheet::{MOST_CELLS, broken};
use crate::export_file::error::TableError;

/// Most bytes of all parts together, unpacked.
const MOST_UNPACKED: usize = 32 * 1024 * 1024;

/// Most parts.
const MOST_PARTS: usize = 1000;

/// Most bytes of the part of formats: each byte of it takes many in memory.
const MOST_STYLES: usize = 1024 * 1024;

/// Most bytes that sheets make somebody read, where all name the largest part.
const MOST_READ: usize = 2 * MOST_UNPACKED;

/// How many sheets a workbook may have, so that it takes no more memory and time than it may.
///
/// # Errors
/// When it is no zip file, or more than the bounds.
pub(super) fn most_sheets(raw: &[u8]) -> Result<usize, TableError> {
    if announces_many_parts(raw) {
        return Err(too_large());
    }
    let mut zip = ZipArchive::new(Cursor::new(raw)).map_err(|_| broken())?;
    if zip.len() > MOST_PARTS {
        return Err(too_large());
    }
    let (mut left, mut largest) = (MOST_UNPACKED, 1);
    let mut part = Vec::new();
    for at in 0..zip.len() {
        part.clear();
        let file = zip.by_index(at).map_err(|_| broken())?;
        let name = file.name().map_err(|_| broken())?.to_ascii_lowercase();
        let bound = u64::try_from(left).unwrap_or(u64::MAX);
        let read = file.take(bound + 1).read_to_end(&mut part);
        let read = read.map_err(|_| broken())?;
        left = left.checked_sub(read).ok_or_else(too_large)?;
        let is_too_large = name.ends_with("styles.xml") && read > MOST_STYLES;
        if is_too_large || announces_many_strings(&part) {
            return Err(too_large());
        }
        largest = largest.max(read);
    }
    Ok(MOST_READ / largest)
}

fn too_large() -> TableError {
    TableError::new(format!(
        "it is a zip file or workbook of more than {} MiB unpacked, or of more than {MOST_PARTS} parts; export fewer \
         days or columns at once, or save the sheet with the figures as CSV (UTF-8)",
        MOST_UNPACKED / 1024 / 1024
    ))
}

/// Whether the end of a large zip file (zip64) says that it has more parts than it may; memory is
/// taken for as many as it says.
fn announces_many_parts(raw: &[u8]) -> bool {
    let follows = |at: usize| raw.get(at + 20..at + 24) == Some(b"PK\x05\x06");
    let is_large = memmem::find_iter(raw, b"PK\x06\x07").any(follows);
    let count = |at: usize| {
        let bytes = raw.get(at + 32..at + 40)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    };
    is_large
        && memmem::find_iter(raw, b"PK\x06\x06")
            .filter_map(count)
            .any(|count| count > MOST_PARTS as u64)
}

/// Whether a part says that it has more strings than a workbook has cells; memory is taken for as
/// many as it says.
///
/// A part in UTF-16 could say so in other bytes, so that one with a zero and that word counts too.
fn announces_many_strings(part: &[u8]) -> bool {
    const WORD: &[u8] = b"uniqueCount";
    const WIDE: &[u8] = b"u\0n\0i\0q\0u\0e\0C\0o\0u\0n\0t";
    let is_many = |at: usize| {
        let behind = part[at + WORD.len()..].iter();
        let number: String = behind
            .skip_while(|byte| byte.is_ascii_whitespace() || b"=\"'+".contains(byte))
            .take_while(|byte| byte.is_ascii_digit())
            .map(|digit| char::from(*digit))
            .collect();
        let count = number.parse::<usize>();
        !number.is_empty() && !count.is_ok_and(|count| count <= MOST_CELLS)
    };
    memmem::find(part, WIDE).is_some() || memmem::find_iter(part, WORD).any(is_many)
}
