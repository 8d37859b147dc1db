//! The form of a record in a file, and how records are found in a damaged file.
//!
//! ```text
//! magic u32 | length u32 | crc32 u32 | payload      ; little endian; crc over length and payload
//! ```
//!
//! # Invariants
//! - Bytes with a wrong checksum are never delivered as a record, and never hide the records after
//!   them.
//! - The magic contains bytes that no UTF-8 text contains. So a client cannot write anything into
//!   an entry that looks like the start of a record.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Bytes before the payload.
pub(super) const HEADER_BYTES: usize = 12;

/// Largest payload. A greater length in a header means damage. The Base64 form of the largest
/// record fits, because dead letters need it.
const MAX_PAYLOAD_BYTES: usize = 16 * 1024 * 1024;

/// Longest unreadable span that is delivered as one piece. It must fit into a dead letter.
const MAX_DAMAGED_BYTES: usize = 1024 * 1024;

const MAGIC: [u8; 4] = [0xff, b'L', b'L', 0xfe];

/// Adds the framed payload to `out`.
pub(super) fn encode(payload: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let length = u32::try_from(payload.len())
        .ok()
        .filter(|_| payload.len() <= MAX_PAYLOAD_BYTES)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "record too large"))?;
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum(length, payload).to_le_bytes());
    out.extend_from_slice(payload);
    Ok(())
}

/// The payload of the record at the start of `bytes`.
pub(super) fn decode(bytes: &[u8]) -> Option<&[u8]> {
    let (header, rest) = bytes.split_first_chunk()?;
    let header = FrameHeader::parse(header)?;
    let payload = rest.get(..header.length)?;
    header.fits(payload).then_some(payload)
}

fn checksum(length: u32, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

struct FrameHeader {
    length: usize,
    length_field: u32,
    crc: u32,
}

impl FrameHeader {
    fn parse(bytes: &[u8; HEADER_BYTES]) -> Option<FrameHeader> {
        let [m0, m1, m2, m3, l0, l1, l2, l3, c0, c1, c2, c3] = *bytes;
        let length_field = u32::from_le_bytes([l0, l1, l2, l3]);
        let length = usize::try_from(length_field).ok()?;
        ([m0, m1, m2, m3] == MAGIC && length <= MAX_PAYLOAD_BYTES).then_some(FrameHeader {
            length,
            length_field,
            crc: u32::from_le_bytes([c0, c1, c2, c3]),
        })
    }

    fn fits(&self, payload: &[u8]) -> bool {
        checksum(self.length_field, payload) == self.crc
    }
}

/// One piece of a file.
pub(super) struct FramePiece {
    /// First byte, counted from the start of the file.
    pub(super) start: u64,
    /// First byte after it.
    pub(super) end: u64,
    /// The record, or the bytes of a damaged span.
    pub(super) body: Result<Vec<u8>, Vec<u8>>,
}

/// Reads records one after the other.
pub(super) struct Frames<'a> {
    source: BufReader<&'a File>,
    at: u64,
    limit: u64,
}

impl<'a> Frames<'a> {
    /// The records of `file` from byte `at`, which must be a boundary, up to `limit` or the end of
    /// the file. Moves the cursor of `file`.
    pub(super) fn new(file: &'a File, at: u64, limit: u64) -> io::Result<Frames<'a>> {
        let limit = limit.min(file.metadata()?.len());
        let mut source = BufReader::with_capacity(64 * 1024, file);
        source.seek(SeekFrom::Start(at))?;
        Ok(Frames { source, at, limit })
    }

    /// Where the next record starts.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next piece; `None` at the limit.
    pub(super) fn next(&mut self) -> io::Result<Option<FramePiece>> {
        if self.at >= self.limit {
            return Ok(None);
        }
        let start = self.at;
        let body = match self.whole()? {
            Some(payload) => Ok(payload),
            None => Err(self.damaged()?),
        };
        let length = match &body {
            Ok(payload) => HEADER_BYTES + payload.len(),
            Err(span) => span.len(),
        };
        self.at = start + length as u64;
        Ok(Some(FramePiece {
            start,
            end: self.at,
            body,
        }))
    }

    fn whole(&mut self) -> io::Result<Option<Vec<u8>>> {
        let left = self.limit - self.at;
        if left < HEADER_BYTES as u64 {
            return Ok(None);
        }
        let mut header = [0; HEADER_BYTES];
        self.source.read_exact(&mut header)?;
        let Some(header) = FrameHeader::parse(&header) else {
            return Ok(None);
        };
        if (HEADER_BYTES + header.length) as u64 > left {
            return Ok(None);
        }
        let mut payload = vec![0; header.length];
        self.source.read_exact(&mut payload)?;
        Ok(header.fits(&payload).then_some(payload))
    }

    /// The bytes up to the next complete record, limited to one piece. Afterwards the source is
    /// positioned after them.
    fn damaged(&mut self) -> io::Result<Vec<u8>> {
        self.source.seek(SeekFrom::Start(self.at))?;
        let mut rest = Vec::new();
        self.source
            .by_ref()
            .take(self.limit - self.at)
            .read_to_end(&mut rest)?;
        if rest.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let next = (1..rest.len())
            .find(|&from| rest[from..].starts_with(&MAGIC) && decode(&rest[from..]).is_some());
        rest.truncate(next.unwrap_or(rest.len()).min(MAX_DAMAGED_BYTES));
        self.source
            .seek(SeekFrom::Start(self.at + rest.len() as u64))?;
        Ok(rest)
    }
}

/// The end of the complete writes to `file`. After it there may be the beginning of a record.
///
/// An interrupted write leaves the beginning of its bytes, or zeros if the file grew and the bytes
/// were not written. All other bytes were a record once.
pub(super) fn end_of_written(file: &File) -> io::Result<u64> {
    let end = end_of_last_whole(file)?;
    let mut tail = Vec::new();
    let mut source = file;
    source.seek(SeekFrom::Start(end))?;
    source.read_to_end(&mut tail)?;
    let mut at = 0;
    loop {
        let rest = &tail[at..];
        if rest.iter().all(|byte| *byte == 0) || rest.len() < HEADER_BYTES {
            break;
        }
        let header = rest.first_chunk().and_then(FrameHeader::parse);
        let length = header.map_or(rest.len(), |header| HEADER_BYTES + header.length);
        if length > rest.len() {
            break;
        }
        at += length;
    }
    Ok(end + at as u64)
}

/// The end of the last complete record of `file`. After it there may be an incomplete one.
pub(super) fn end_of_last_whole(file: &File) -> io::Result<u64> {
    let mut frames = Frames::new(file, 0, u64::MAX)?;
    let mut end = 0;
    while let Some(found) = frames.next()? {
        if found.body.is_ok() {
            end = found.end;
        }
    }
    Ok(end)
}
