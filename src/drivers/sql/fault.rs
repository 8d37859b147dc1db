//! Which errors a connection does not survive.
//!
//! # Invariants
//! - When in doubt, a connection is closed. A new one costs milliseconds; a broken one in the pool
//!   fails others for as long as it stays there.
//! - Errors of the data (a duplicate, a value out of range) and another program's lock break
//!   nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::Error;

/// `SQLite` ends the transaction by itself after these, and the driver goes on counting it as open;
/// or the file is not what the connection took it for. Primary result codes: NOMEM, READONLY,
/// IOERR, CORRUPT, FULL, CANTOPEN, NOTADB.
const SQLITE_BREAKS: [u32; 7] = [7, 8, 10, 11, 13, 14, 26];

/// The session is read-only: a standby, or `default_transaction_read_only`. It stays so when the
/// server behind the address changes, or accepts writes again.
const READ_ONLY: &str = "25006";

/// SQLSTATE classes after which a session ends or is not to be trusted: connection, invalid state
/// of a transaction, resources, operator intervention (but not a cancelled statement), system and
/// internal errors.
const POSTGRES_BREAKS: [&str; 6] = ["08", "25", "53", "57P", "58", "XX"];

/// Sessions are renewed at most this often.
const RENEW_EVERY: Duration = Duration::from_secs(1);

/// Whether this error makes a connection to SQLite unusable.
pub(super) fn breaks_sqlite(error: &Error) -> bool {
    match error {
        Error::Database(error) => {
            // Extended codes hold the primary one in their lowest byte.
            let code = error.code().and_then(|code| code.parse::<u32>().ok());
            code.is_some_and(|code| SQLITE_BREAKS.contains(&(code & 0xff)))
        }
        error => breaks_any(error),
    }
}

/// Whether this error makes a connection to PostgreSQL unusable.
pub(super) fn breaks_postgres(error: &Error) -> bool {
    match error {
        Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            POSTGRES_BREAKS.iter().any(|class| code.starts_with(class))
        }
        error => breaks_any(error),
    }
}

/// SQLSTATEs after which nobody knows whether a commit was done.
const IN_DOUBT: [&str; 6] = ["08006", "08007", "08P01", "40003", "57P01", "57P02"];

/// Whether a commit that ended like this may have been done.
///
/// A server that answers with an error has not done it, unless it was being stopped or a pooler
/// answered in its place (08P01 of `PgBouncer`). Without an answer nobody knows. The same holds
/// after an error of the disk below SQLite: a restart may read what was written.
pub(super) fn leaves_commit_open(error: &Error) -> bool {
    match error {
        Error::Database(_) => has_code(error, &IN_DOUBT, 10),
        error => breaks_any(error),
    }
}

/// Whether the database takes no writes, at least from this session.
pub(super) fn is_read_only(error: &Error) -> bool {
    has_code(error, &[READ_ONLY], 8)
}

/// Whether the database's disk is full.
pub(super) fn is_disk_full(error: &Error) -> bool {
    has_code(error, &["53100"], 13)
}

/// Whether the session lacks a statement of this connection, or has one of another: a pooler gave
/// the connection another session.
pub(super) fn is_of_another_session(error: &Error) -> bool {
    match error {
        Error::Database(error) => matches!(error.code().as_deref(), Some("26000" | "42P05")),
        _ => false,
    }
}

/// Whether an error has one of these SQLSTATEs (PostgreSQL, five characters) or this primary code
/// (SQLite, at most four).
fn has_code(error: &Error, states: &[&str], primary: u32) -> bool {
    let Error::Database(error) = error else {
        return false;
    };
    let code = error.code().unwrap_or_default();
    match code.len() {
        5 => states.contains(&&*code),
        _ => code.parse::<u32>().is_ok_and(|code| code & 0xff == primary),
    }
}

/// Errors of the driver and the wire. Those of values leave the connection as it was.
fn breaks_any(error: &Error) -> bool {
    matches!(
        error,
        Error::Io(_)
            | Error::Tls(_)
            | Error::Protocol(_)
            | Error::WorkerCrashed
            | Error::BeginFailed
            | Error::InvalidSavePointStatement
    )
}

/// When all sessions of a pool were replaced, because one of them had turned read-only.
#[derive(Clone, Debug)]
pub(super) struct Renewal {
    opened: Instant,
    /// Sessions that began before this many milliseconds after `opened` are old.
    renewed_ms: Arc<AtomicU64>,
    /// Whether nothing was written since a session was found to be read-only.
    is_read_only: Arc<AtomicBool>,
}

impl Default for Renewal {
    fn default() -> Renewal {
        Renewal {
            opened: Instant::now(),
            renewed_ms: Arc::default(),
            is_read_only: Arc::default(),
        }
    }
}

impl Renewal {
    /// Replaces all sessions if this error says that they are read-only.
    pub(super) fn note(&self, error: &Error) {
        if !has_code(error, &[READ_ONLY], u32::MAX) {
            return;
        }
        self.is_read_only.store(true, Ordering::Relaxed);
        let now = millis(self.opened.elapsed());
        let before = self.renewed_ms.load(Ordering::Relaxed);
        if before == 0 || now >= before.saturating_add(millis(RENEW_EVERY)) {
            self.renewed_ms.store(now.max(1), Ordering::Relaxed);
            tracing::warn!("PostgreSQL refuses writes; its sessions are opened again");
        }
    }

    /// Replaces sessions that began before the first write that succeeds: they may still be
    /// read-only.
    pub(super) fn note_write(&self) {
        if self.is_read_only.swap(false, Ordering::Relaxed) {
            let now = millis(self.opened.elapsed());
            self.renewed_ms.store(now.max(1), Ordering::Relaxed);
        }
    }

    /// Whether a session of this age is to be replaced.
    pub(super) fn is_old(&self, age: Duration) -> bool {
        let began = self.opened.elapsed().saturating_sub(age);
        millis(began) < self.renewed_ms.load(Ordering::Relaxed)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
