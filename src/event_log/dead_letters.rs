//! The dead letters of a local log: one file that only grows.
//!
//! ```text
//! dead-letters   frames
//! payload        {"at":"RFC 3339","reason":"…","delivery":"1-2","bytes":"Base64"}
//! ```
//!
//! # Invariants
//! A dead letter stays until a person deletes the file while the program is stopped.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::append_file::AppendFile;
use super::delivery::{DeadLetter, LogDelivery};
use super::frame::{self, Frames};
use super::settings::SyncMode;
use crate::clock::Millis;

/// Name of the file in the log's folder.
const NAME: &str = "dead-letters";

#[derive(Serialize, Deserialize)]
struct DeadLetterLine {
    at: Millis,
    reason: String,
    delivery: String,
    bytes: String,
}

/// The open file.
#[derive(Debug)]
pub(super) struct DeadLetters {
    path: PathBuf,
    file: AppendFile,
}

impl DeadLetters {
    /// Opens or creates the file in `dir`, and cuts off incomplete records. Also returns how many
    /// it holds.
    pub(super) fn open(dir: &Path, sync: SyncMode) -> io::Result<(DeadLetters, u64)> {
        let path = dir.join(NAME);
        let good = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            file => frame::end_of_last_whole(&file?)?,
        };
        let file = AppendFile::open(&path, good, sync)?;
        let opened = DeadLetters { path, file };
        let count = opened.read(usize::MAX)?.len() as u64;
        Ok((opened, count))
    }

    /// Adds a dead letter.
    pub(super) fn append(
        &mut self,
        delivery: &LogDelivery,
        reason: &str,
        at: Millis,
    ) -> io::Result<()> {
        let kept = DeadLetterLine {
            at,
            reason: reason.to_owned(),
            delivery: delivery.id.to_string(),
            bytes: STANDARD.encode(&delivery.bytes),
        };
        let mut framed = Vec::new();
        frame::encode(&serde_json::to_vec(&kept)?, &mut framed)?;
        self.file.append(&framed)
    }

    /// The oldest dead letters, at most `max`, without damaged ones.
    pub(super) fn read(&self, max: usize) -> io::Result<Vec<DeadLetter>> {
        let file = File::open(&self.path)?;
        let mut frames = Frames::new(&file, 0, self.file.len())?;
        let mut letters = Vec::new();
        while letters.len() < max
            && let Some(found) = frames.next()?
        {
            letters.extend(found.body.ok().and_then(|payload| parse(&payload)));
        }
        Ok(letters)
    }
}

fn parse(payload: &[u8]) -> Option<DeadLetter> {
    let kept: DeadLetterLine = serde_json::from_slice(payload).ok()?;
    let bytes = STANDARD.decode(kept.bytes).ok()?;
    Some(DeadLetter {
        at: kept.at,
        reason: kept.reason,
        bytes,
    })
}
