//! One database file in `MaxMind` format (`.mmdb`), kept in memory and replaced when it changes.
//!
//! # Invariants
//! A lookup sees either the old database or the new one, never a mix. A missing, truncated or
//! damaged file is logged once for each change and never replaces a good one.
//!
//! # Out of scope
//! Callers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use maxminddb::{MaxMindDbError, Reader, WithinOptions};

use super::record::GeoRecord;
use crate::clock::Millis;

/// What a database says about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeoDatabaseKind {
    /// Its location.
    Place,
    /// The operator of its network.
    Network,
}

impl GeoDatabaseKind {
    /// Each kind, in the order of the configuration's keys.
    pub const BOTH: [GeoDatabaseKind; 2] = [GeoDatabaseKind::Place, GeoDatabaseKind::Network];
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is missing, or another user owns it.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The file is incomplete.
    #[error("it is cut off or damaged: {0}")]
    Damaged(#[from] MaxMindDbError),
    /// The file has no records of places.
    #[error("it is a {0} database without places; use a database of cities or countries")]
    NoPlaces(String),
    /// The file has no records of networks.
    #[error("it is a {0} database without networks; use a database of AS numbers")]
    NoNetworks(String),
}

/// Detects a changed file: its time and size, or why they cannot be read.
type Mark = Result<(SystemTime, u64), io::ErrorKind>;

/// A database file.
pub struct GeoDatabase {
    path: PathBuf,
    kind: GeoDatabaseKind,
    held: RwLock<Option<Reader<Vec<u8>>>>,
    /// The mark of the last file that was tried; `None` before the first try.
    tried: Mutex<Option<Mark>>,
    /// How many files were loaded.
    taken: AtomicU64,
}

impl GeoDatabase {
    /// Loads the file, or warns that it cannot be used.
    pub fn open(path: PathBuf, kind: GeoDatabaseKind) -> GeoDatabase {
        let database = GeoDatabase {
            path,
            kind,
            held: RwLock::new(None),
            tried: Mutex::new(None),
            taken: AtomicU64::new(0),
        };
        database.refresh();
        database
    }

    /// Loads the file again if its time or size changed; otherwise it only reads both.
    pub fn refresh(&self) {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        // The mark is read before the bytes, so a write in between is noticed at the next refresh.
        let mark = mark(&self.path);
        if *tried == Some(mark) {
            return;
        }
        *tried = Some(mark);
        match load(&self.path, self.kind) {
            Ok(reader) => {
                let metadata = reader.metadata();
                let built = i64::try_from(metadata.build_epoch).unwrap_or_default();
                tracing::info!(
                    geo.file = %self.path.display(),
                    geo.kind = metadata.database_type,
                    geo.built_at = %Millis(built.saturating_mul(1000)),
                    "geo database loaded"
                );
                let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
                let old = held.replace(reader);
                drop(held);
                self.taken.fetch_add(1, Ordering::SeqCst);
                drop(old); // Frees hundreds of megabytes while lookups continue.
            }
            Err(error) => {
                let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
                let so = match *held {
                    Some(_) => "the previous one stays in use",
                    None => "its fields stay empty",
                };
                tracing::warn!(
                    geo.file = %self.path.display(),
                    %error,
                    "a geo database cannot be used; {so} until the file changes"
                );
            }
        }
    }

    /// How many files were loaded. Answers from before the last load may be different now.
    pub fn version(&self) -> u64 {
        self.taken.load(Ordering::SeqCst)
    }

    /// Reads from the database in use; `None` without one.
    pub fn ask<T>(&self, question: impl FnOnce(&Reader<Vec<u8>>) -> Option<T>) -> Option<T> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        question(held.as_ref()?)
    }
}

fn mark(path: &Path) -> Mark {
    let of = |metadata: fs::Metadata| Ok((metadata.modified()?, metadata.len()));
    fs::metadata(path)
        .and_then(of)
        .map_err(|error| error.kind())
}

/// Reads a file as the service does at its start, and checks every record.
///
/// # Errors
/// When the file cannot be used.
pub fn examine(path: &Path, kind: GeoDatabaseKind) -> Result<(), Error> {
    load(path, kind).map(drop)
}

/// Reads a file and checks every record, so that no lookup meets a damaged one.
///
/// The records decide whether the file has the right kind, not its name: databases of anonymizers,
/// domains and connections have many names.
fn load(path: &Path, kind: GeoDatabaseKind) -> Result<Reader<Vec<u8>>, Error> {
    let reader = Reader::from_source(fs::read(path)?)?;
    reader.verify()?;
    let tells: fn(&GeoRecord<'_>) -> bool = match kind {
        GeoDatabaseKind::Place => |record| record.tells_place(),
        GeoDatabaseKind::Network => |record| record.system().is_some(),
    };
    for network in reader.networks(WithinOptions::default())? {
        // A record of another layout does not decode, so it has no fields to read.
        if let Ok(Some(record)) = network?.decode::<GeoRecord<'_>>()
            && tells(&record)
        {
            return Ok(reader);
        }
    }
    let name = reader.metadata().database_type.clone();
    Err(match kind {
        GeoDatabaseKind::Place => Error::NoPlaces(name),
        GeoDatabaseKind::Network => Error::NoNetworks(name),
    })
}
