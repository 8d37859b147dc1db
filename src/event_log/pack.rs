//! Packs the records of one append into one entry of a Redis stream. The cost of an entry for Redis
//! does not depend on its number of records.
//!
//! ```text
//! form u8 = 1 | { length u32 little endian | record }*
//! ```
//!
//! # Invariants
//! A pack is read completely or not at all. Redis verifies what it stores, so a pack has no
//! checksum.

use super::records::Records;

const FORM: u8 = 1;

/// Most records of a pack: one reader gets them together, and they are repeated together.
const MAX_RECORDS: usize = 1024;

/// The record that passes this many bytes is the last of its pack.
const MAX_BYTES: usize = 1024 * 1024;

/// The packs, each with the number of its records.
pub(super) fn packs(records: &Records) -> impl Iterator<Item = (Vec<u8>, usize)> {
    let mut rest = records.iter().peekable();
    let room = records.byte_len().min(MAX_BYTES) + 4 * records.len().min(MAX_RECORDS) + 1;
    std::iter::from_fn(move || {
        rest.peek()?;
        let mut pack = Vec::with_capacity(room);
        pack.push(FORM);
        let mut count = 0;
        while count < MAX_RECORDS && pack.len() < MAX_BYTES {
            let Some(record) = rest.next() else { break };
            // The length of records was already checked.
            let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
            pack.extend_from_slice(&length.to_le_bytes());
            pack.extend_from_slice(record);
            count += 1;
        }
        Some((pack, count))
    })
}

/// The records of a pack; `None` if the bytes are not a pack.
pub(super) fn unpack(pack: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (&FORM, mut rest) = pack.split_first()? else {
        return None;
    };
    let mut records = Vec::new();
    while let Some((length, more)) = rest.split_first_chunk() {
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (record, more) = more.split_at_checked(length)?;
        records.push(record.to_vec());
        rest = more;
    }
    rest.is_empty().then_some(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_out_as_they_went_in() {
        let large = vec![7; MAX_BYTES];
        let records: Records = (0..3000)
            .map(|number: u32| number.to_le_bytes().to_vec())
            .chain([Vec::new(), large.clone(), large])
            .collect();
        let packs: Vec<_> = packs(&records).collect();
        assert_eq!(packs.len(), 4);
        assert_eq!(packs.iter().map(|(_, count)| count).sum::<usize>(), 3003);
        let out: Vec<_> = packs
            .iter()
            .flat_map(|(pack, _)| unpack(pack).unwrap())
            .collect();
        assert!(records.iter().eq(out.iter().map(Vec::as_slice)));
    }

    #[test]
    fn what_is_no_pack_is_refused() {
        let records: Records = ["one", "two"].iter().collect();
        let (pack, _) = packs(&records).next().unwrap();
        for end in 1..pack.len() {
            let whole = [1, 1 + 4 + 3].contains(&end);
            assert_eq!(unpack(&pack[..end]).is_some(), whole, "{end}");
        }
        assert!(unpack(b"").is_none() && unpack(&[2]).is_none());
    }
}
