//! Records of a stream of BIFF8, and the texts in them.
//!
//! # Invariants
//! Nothing is read beyond the stream, and no length in it is believed.

/// The kind of a record that goes on with the one before.
const CONTINUE: u16 = 0x003C;

/// A record.
pub(super) struct BiffRecord<'a> {
    pub(super) kind: u16,
    pub(super) data: &'a [u8],
    /// The records that go on with it.
    more: Vec<&'a [u8]>,
}

impl BiffRecord<'_> {
    fn bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.data.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    pub(super) fn u16(&self, at: usize) -> Option<u16> {
        self.bytes(at).map(u16::from_le_bytes)
    }

    pub(super) fn u32(&self, at: usize) -> Option<u32> {
        self.bytes(at).map(u32::from_le_bytes)
    }

    pub(super) fn f64(&self, at: usize) -> Option<f64> {
        self.bytes(at).map(f64::from_le_bytes)
    }
}

/// The records of a stream, up to its end or the first that is cut.
pub(super) fn records(stream: &[u8]) -> impl Iterator<Item = BiffRecord<'_>> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let (kind, data, behind) = one(rest)?;
        rest = behind;
        let mut more = Vec::new();
        while let Some((CONTINUE, data, behind)) = one(rest) {
            more.push(data);
            rest = behind;
        }
        Some(BiffRecord { kind, data, more })
    })
}

fn one(stream: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (head, rest) = stream.split_at_checked(4)?;
    let kind = u16::from_le_bytes([head[0], head[1]]);
    let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
    let (data, rest) = rest.split_at_checked(length)?;
    Some((kind, data, rest))
}

/// The bytes of a record and of those that go on with it.
pub(super) struct RecordSegments<'a> {
    now: &'a [u8],
    more: std::slice::Iter<'a, &'a [u8]>,
}

impl<'a> RecordSegments<'a> {
    pub(super) fn of(record: &'a BiffRecord<'_>) -> RecordSegments<'a> {
        RecordSegments {
            now: record.data,
            more: record.more.iter(),
        }
    }

    /// Goes to the next record where this one is at its end; `None` at the end of all.
    fn advance(&mut self) -> Option<()> {
        while self.now.is_empty() {
            self.now = self.more.next()?;
        }
        Some(())
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.advance()?;
        let (first, rest) = self.now.split_first()?;
        self.now = rest;
        Some(*first)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.u8()?, self.u8()?]))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | (u32::from(self.u16()?) << 16))
    }

    pub(super) fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            self.advance()?;
            let here = count.min(self.now.len());
            self.now = &self.now[here..];
            count -= here;
        }
        Some(())
    }

    /// A text of so many units, with its flags before it.
    pub(super) fn text(&mut self, count: usize) -> Option<String> {
        let flags = self.u8()?;
        self.units(count, flags)
    }

    /// Units of UTF-16, whose upper bytes are left out where the flags say so. A record that goes
    /// on within them begins with flags of its own.
    fn units(&mut self, count: usize, flags: u8) -> Option<String> {
        let mut is_wide = flags & 1 == 1;
        let mut units = Vec::new();
        while units.len() < count {
            if self.now.is_empty() {
                self.advance()?;
                is_wide = self.u8()? & 1 == 1;
            }
            let unit = if is_wide {
                self.u16()?
            } else {
                u16::from(self.u8()?)
            };
            units.push(unit);
        }
        Some(String::from_utf16_lossy(&units))
    }

    /// The table of texts that cells name by their numbers.
    pub(super) fn strings(&mut self) -> Option<Vec<String>> {
        self.skip(8)?;
        let mut strings = Vec::new();
        while self.advance().is_some() {
            let (count, flags) = (self.u16()?, self.u8()?);
            let runs = if flags & 8 == 8 { self.u16()? } else { 0 };
            let extra = if flags & 4 == 4 { self.u32()? } else { 0 };
            strings.push(self.units(usize::from(count), flags)?);
            self.skip(usize::from(runs) * 4)?;
            self.skip(usize::try_from(extra).ok()?)?;
        }
        Some(strings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
    }

    #[test]
    fn texts_go_on_in_the_next_record() {
        let head = [0; 8];
        let first = [&head[..], &[2, 0, 0, b'h', b'i'], &[4, 0, 0, b'l', b'a']].concat();
        // The rest of the second text in two bytes each, then one with runs of formats.
        let second = [
            &[1, b'm', 0, 0xe9, 0][..],
            &[1, 0, 8, 1, 0, b'x', 0, 0, 0, 0],
        ]
        .concat();
        let stream = [
            record(0x00FC, &first),
            record(CONTINUE, &second),
            record(9, &[]),
        ]
        .concat();
        let all: Vec<BiffRecord<'_>> = records(&stream).collect();
        assert_eq!(all.len(), 2);
        let strings = RecordSegments::of(&all[0]).strings().unwrap();
        assert_eq!(strings, ["hi", "lamé", "x"]);
        for cut in 0..stream.len() {
            for record in records(&stream[..cut]) {
                RecordSegments::of(&record).strings();
            }
        }
    }
}
