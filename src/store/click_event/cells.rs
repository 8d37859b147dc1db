//! The codec of a placement's day: its sums as bytes.
//!
//! # Invariants
//! - Decoding gives what was encoded, in the order of the keys.
//! - A cell takes about eight bytes, so a report over months reads few rows.
//! - Numbers may be negative, because they may be changes.
//!
//! ```text
//! cells  = version u8 = 1  names  count varint  *cell
//! names  = count varint  *( length varint  bytes )      ; each text once
//! cell   = quarter-hour of the day u8  seen varint  country varint  device varint  class varint
//!          clicks zigzag  visitors zigzag  link visitors zigzag
//! varint = little endian base 128, as in LEB128
//! ```

use std::collections::BTreeMap;

/// Quarter-hour of the day, network seen, country, device and class.
pub(super) type CellName<'a> = (u8, &'a str, &'a str, &'a str, &'a str);

/// Clicks, visitors of the network and visitors of the link.
pub(super) type CellSum = [i64; 3];

const VERSION: u8 = 1;

/// The bytes of these cells.
pub(super) fn pack(cells: &BTreeMap<CellName<'_>, CellSum>) -> Vec<u8> {
    let mut names: Vec<&str> = Vec::new();
    let mut body = Vec::with_capacity(cells.len() * 8);
    for ((quarter, seen, country, device, class), sum) in cells {
        body.push(*quarter);
        for name in [*seen, *country, *device, *class] {
            let at = names.iter().position(|known| *known == name);
            let at = at.unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            varint(&mut body, at as u64);
        }
        for number in sum {
            varint(&mut body, ((number << 1) ^ (number >> 63)).cast_unsigned());
        }
    }
    let mut bytes = vec![VERSION];
    varint(&mut bytes, names.len() as u64);
    for name in names {
        varint(&mut bytes, name.len() as u64);
        bytes.extend_from_slice(name.as_bytes());
    }
    varint(&mut bytes, cells.len() as u64);
    bytes.extend_from_slice(&body);
    bytes
}

fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or_default());
}

/// An iterator over packed cells. After the last one, the caller must check
/// [`PackedCells::is_whole`].
pub(super) struct PackedCells<'a> {
    names: Vec<&'a str>,
    left: &'a [u8],
    /// The number of remaining cells.
    count: u64,
}

/// A cell; its texts are indexes into [`PackedCells::names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The quarter-hour, 0 to 95.
    pub(super) quarter: u8,
    /// Network seen, country, device and class.
    pub(super) names: [usize; 4],
    pub(super) sum: CellSum,
}

impl<'a> PackedCells<'a> {
    /// `None` if the bytes are not cells.
    pub(super) fn new(bytes: &'a [u8]) -> Option<PackedCells<'a>> {
        let (version, mut left) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        let count = number(&mut left)?;
        let mut names = Vec::new();
        for _ in 0..count {
            let length = usize::try_from(number(&mut left)?).ok()?;
            let (name, rest) = left.split_at_checked(length)?;
            names.push(std::str::from_utf8(name).ok()?);
            left = rest;
        }
        let count = number(&mut left)?;
        Some(PackedCells { names, left, count })
    }

    /// The texts, each once.
    pub(super) fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// Whether every cell was read and no bytes are left.
    pub(super) fn is_whole(&self) -> bool {
        self.count == 0 && self.left.is_empty()
    }

    fn read(&mut self) -> Option<Cell> {
        if self.count == 0 {
            return None;
        }
        let (quarter, rest) = self.left.split_first()?;
        let mut left = rest;
        let mut names = [0; 4];
        for name in &mut names {
            *name = usize::try_from(number(&mut left)?).ok()?;
            if *name >= self.names.len() {
                return None;
            }
        }
        let mut sum = [0; 3];
        for part in &mut sum {
            let bits = number(&mut left)?;
            *part = (bits >> 1).cast_signed() ^ -((bits & 1).cast_signed());
        }
        self.left = left;
        self.count -= 1;
        Some(Cell {
            quarter: *quarter,
            names,
            sum,
        })
    }
}

impl Iterator for PackedCells<'_> {
    type Item = Cell;

    fn next(&mut self) -> Option<Cell> {
        self.read()
    }
}

fn number(left: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = left.split_first()?;
        *left = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unpacked(bytes: &[u8]) -> Vec<(u8, [String; 4], CellSum)> {
        let cells = PackedCells::new(bytes).unwrap();
        let names: Vec<String> = cells
            .names()
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        let cell = |cell: Cell| {
            (
                cell.quarter,
                cell.names.map(|at| names[at].clone()),
                cell.sum,
            )
        };
        cells.map(cell).collect()
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out(
            cells in prop::collection::btree_map(
                (0u8..96, "[a-z]{0,3}", "[A-Z]{0,2}", "[a-z]{0,2}", "[a-z]{1,2}"),
                prop::array::uniform3(prop_oneof![any::<i64>(), -3i64..300]),
                0..50,
            ),
            cut in 0usize..200,
        ) {
            let borrowed: BTreeMap<CellName<'_>, CellSum> = cells
                .iter()
                .map(|((q, a, b, c, d), sum)| ((*q, &**a, &**b, &**c, &**d), *sum))
                .collect();
            let bytes = pack(&borrowed);
            let expected: Vec<_> = cells
                .iter()
                .map(|((q, a, b, c, d), sum)| {
                    (*q, [a, b, c, d].map(Clone::clone), *sum)
                })
                .collect();
            prop_assert_eq!(unpacked(&bytes), expected);
            let mut all = PackedCells::new(&bytes).unwrap();
            prop_assert_eq!(all.by_ref().count(), borrowed.len());
            prop_assert!(all.is_whole());
            // Truncated bytes are detected, wherever they end.
            if cut < bytes.len() && let Some(mut cells) = PackedCells::new(&bytes[..cut]) {
                while cells.next().is_some() {}
                prop_assert!(!cells.is_whole());
            }
        }
    }

    #[test]
    fn ordinary_cells_are_small() {
        let cell = |quarter| ((quarter, "x", "DE", "mobile", "human"), [3, 2, 2]);
        let cells: BTreeMap<_, _> = (0..96).map(cell).collect();
        assert!(pack(&cells).len() < 96 * 8 + 30);
    }
}
