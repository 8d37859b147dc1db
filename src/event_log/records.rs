//! The records of one append in one buffer. So a click on its way into the log needs no allocation
//! of its own.
//!
//! # Invariants
//! A record is added completely or not at all.
//!
//! # Out of scope
//! The meaning of the bytes.

/// Some records, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    bytes: Vec<u8>,
    /// The end of each record.
    ends: Vec<usize>,
}

impl Records {
    /// Adds the bytes that `write` writes as one record. Returns its length.
    ///
    /// # Errors
    /// The error of `write`. Then nothing was added.
    pub fn push_with<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let start = self.bytes.len();
        if let Err(error) = write(&mut self.bytes) {
            self.bytes.truncate(start);
            return Err(error);
        }
        self.ends.push(self.bytes.len());
        Ok(self.bytes.len() - start)
    }

    /// Removes the last record.
    pub fn pop(&mut self) {
        self.ends.pop();
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The number of bytes of all records.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The number of bytes that fit without an allocation.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Removes all records, but keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Each record.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let record = &self.bytes[start..end];
            start = end;
            record
        })
    }
}

impl<R: AsRef<[u8]>> FromIterator<R> for Records {
    fn from_iter<I: IntoIterator<Item = R>>(records: I) -> Records {
        let mut all = Records::default();
        for record in records {
            all.bytes.extend_from_slice(record.as_ref());
            all.ends.push(all.bytes.len());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_leaves_nothing_behind() {
        let mut records: Records = ["one", ""].iter().collect();
        let failed = records.push_with(|out| {
            out.push(7);
            Err("no")
        });
        assert_eq!(failed, Err("no"));
        let added: Result<usize, ()> = records.push_with(|out| {
            out.extend_from_slice(b"three");
            Ok(())
        });
        assert_eq!(added, Ok(5));
        assert_eq!(records, ["one", "", "three"].iter().collect());
        records.pop();
        assert_eq!((records.len(), records.byte_len()), (2, 3));
        assert!(records.iter().eq([&b"one"[..], b""]));
    }
}
