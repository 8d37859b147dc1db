//! One database file in the format of `MaxMind` (`.mmdb`), held in memory and swapped when it
//! changes.
//!
//! # Invariants
//! Look-ups see the old database or the new one, whole; a file that is missing, cut off or damaged
//! is told of once for each change and never takes the place of a good one.
//!
//! # Out of scope
//! Who asks.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use maxminddb::{MaxMindDbError, Reader, WithinOptions};

use super::record::GeoRecord;
use crate::clock::Millis;

/// What a database tells of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeoDatabaseKind {
    /// Where it is.
    Place,
    /// Whose network it belongs to.
    Network,
}

impl GeoDatabaseKind {
    /// Each kind, in the order of the configuration's keys.
    pub const BOTH: [GeoDatabaseKind; 2] = [GeoDatabaseKind::Place, GeoDatabaseKind::Network];
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is missing, or another user's.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// It is not whole.
    #[error("it is cut off or damaged: {0}")]
    Damaged(#[from] MaxMindDbError),
    /// No record of it tells a place.
    #[error("it is a {0} database and tells no places; give one of cities or countries")]
    NoPlaces(String),
    /// No record of it tells a network.
    #[error("it is a {0} database and tells no networks; give one of AS numbers")]
    NoNetworks(String),
}

/// What tells a changed file from an unchanged one: time and size, or why there are none.
type Mark = Result<(SystemTime, u64), io::ErrorKind>;

/// A database file.
pub struct GeoDatabase {
    path: PathBuf,
    kind: GeoDatabaseKind,
    held: RwLock<Option<Reader<Vec<u8>>>>,
    /// The mark of the file that was tried last; `None` before the first.
    tried: Mutex<Option<Mark>>,
    /// How often a file was taken up.
    taken: AtomicU64,
}

impl GeoDatabase {
    /// Takes the file up, or warns that it cannot be used.
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

    /// Takes the file up again when its time or size has changed; else it costs one look at them.
    pub fn refresh(&self) {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        // The mark is taken before the bytes: what is written meanwhile makes the next look differ.
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
                    "geo database taken up"
                );
                let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
                let old = held.replace(reader);
                drop(held);
                self.taken.fetch_add(1, Ordering::SeqCst);
                drop(old); // Hundreds of megabytes: given back while look-ups go on.
            }
            Err(error) => {
                let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
                let so = match *held {
                    Some(_) => "the one before it stays in use",
                    None => "what it would tell stays empty",
                };
                tracing::warn!(
                    geo.file = %self.path.display(),
                    %error,
                    "a geo database cannot be used; {so} until the file changes"
                );
            }
        }
    }

    /// How often a file was taken up: what was answered before the last time may be different now.
    pub fn version(&self) -> u64 {
        self.taken.load(Ordering::SeqCst)
    }

    /// Asks the database that is in force; `None` without one.
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

/// Reads a file as a start would, and checks every record of it.
///
/// # Errors
/// When it cannot be used.
pub fn examine(path: &Path, kind: GeoDatabaseKind) -> Result<(), Error> {
    load(path, kind).map(drop)
}

/// Reads a file and checks every record of it, so that no look-up meets a damaged one.
///
/// What a file tells of decides whether it is of the right kind, not what its maker calls it: there
/// are databases of anonymizers, domains and connections under many names.
fn load(path: &Path, kind: GeoDatabaseKind) -> Result<Reader<Vec<u8>>, Error> {
    let reader = Reader::from_source(fs::read(path)?)?;
    reader.verify()?;
    let tells: fn(&GeoRecord<'_>) -> bool = match kind {
        GeoDatabaseKind::Place => |record| record.tells_place(),
        GeoDatabaseKind::Network => |record| record.system().is_some(),
    };
    for network in reader.networks(WithinOptions::default())? {
        // A record of another layout does not decode: it tells nothing that is read here.
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
