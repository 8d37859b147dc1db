//! Tombstones: erased people, as hashes that only the master key can produce.
//!
//! # Invariants
//! - An identifier is never stored here, only its hash by the vault. A hash includes its workspace,
//!   so hashes alone are looked up.
//! - A click's tombstone is its stand-in id, which begins with the click's quarter-hour. So clicks
//!   in a quarter-hour without tombstones need no hash.
//! - A lookup reads no more tombstones than it asks for.
//!
//! # Out of scope
//! The key.

use std::collections::{BTreeSet, HashMap};

use crate::clock::{Millis, QUARTER_HOUR_MS};
use crate::drivers::sql::{Error, Only, Tx, bulk, bulk_sql, execute, statements, values};
use crate::id::{ClickId, WorkspaceId};

statements! {
    sql KEYS = "SELECT print FROM tombstone_key";
    sql ADD_KEY = "INSERT INTO tombstone_key (print) VALUES ($1) ON CONFLICT (print) DO NOTHING";
    // A click whose erasure was requested has priority over one that was erased with its person.
    bulk ADD = bulk_sql!(
        "INSERT INTO tombstone " values(mark TEXT, workspace_id TEXT, kind TEXT, erased_at BIGINT)
        " ON CONFLICT (mark) DO UPDATE SET kind = excluded.kind WHERE tombstone.kind = 'visit'"
    );
    bulk AMONG = bulk_sql!("SELECT mark, kind FROM tombstone WHERE mark " in_list);
    bulk QUARTERS = bulk_sql!(
        "SELECT a.quarter FROM " rows(quarter BIGINT, first TEXT, next TEXT)
        " WHERE EXISTS (SELECT 1 FROM tombstone t WHERE t.mark >= a.first AND t.mark < a.next)"
    );
}

/// The kind of an erased identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TombstoneKind {
    /// The shop's own id of a customer.
    Customer,
    /// The hash of an e-mail address.
    Email,
    /// A click whose erasure was requested: whoever names it is its person.
    Click,
    /// A click that a person's conversion named. Others who shared the browser may name it too.
    Visit,
    /// A record that a conversion with a secret named a click, so a person made it. Its identifier
    /// is a hash.
    Proof,
}

impl TombstoneKind {
    /// The word in the store and in hashes.
    pub fn as_str(self) -> &'static str {
        match self {
            TombstoneKind::Customer => "customer",
            TombstoneKind::Email => "email",
            TombstoneKind::Click => "click",
            TombstoneKind::Visit => "visit",
            TombstoneKind::Proof => "proof",
        }
    }
}

/// Fingerprints of the master keys that made tombstones; empty while nobody was erased.
///
/// # Errors
/// When the store does not answer.
pub async fn keys(tx: &mut Tx) -> Result<Vec<String>, Error> {
    Ok(values!(String, tx, KEYS)?)
}

/// Stores the fingerprint of a key that makes tombstones.
///
/// # Errors
/// When the store does not answer.
pub async fn add_key(tx: &mut Tx, print: &str) -> Result<(), Error> {
    execute!(tx, ADD_KEY, print)?;
    Ok(())
}

/// Writes tombstones, each identifier once. A second one for the same identifier changes nothing,
/// unless its kind has priority.
///
/// # Errors
/// When the store does not answer.
pub async fn add(
    tx: &mut Tx,
    workspace: WorkspaceId,
    marks: &[(TombstoneKind, String)],
    now: Millis,
) -> Result<(), Error> {
    type Marked = (TombstoneKind, String);
    bulk!(
        execute,
        tx,
        ADD,
        marks,
        [
            |marked: &Marked| marked.1.clone(),
            |_: &Marked| workspace.to_string(),
            |marked: &Marked| marked.0.as_str(),
            |_: &Marked| now.0,
        ]
    )?;
    Ok(())
}

/// The erased ones among the identifiers, each with whether everybody who has it is its person: a
/// [`TombstoneKind::Visit`] may belong to another person.
///
/// # Errors
/// When the store does not answer.
pub async fn erased_among(tx: &mut Tx, marks: &[String]) -> Result<HashMap<String, bool>, Error> {
    let found = bulk!(all(String, String), tx, AMONG, marks, [String::clone])?;
    let found = found.into_iter();
    Ok(found
        .map(|(mark, kind)| (mark, kind != TombstoneKind::Visit.as_str()))
        .collect())
}

/// The quarter-hours, given by their starts, that have erased clicks.
///
/// # Errors
/// When the store does not answer.
pub async fn quarters(tx: &mut Tx, quarters: &BTreeSet<Millis>) -> Result<BTreeSet<Millis>, Error> {
    let found = bulk!(
        all Only<i64>,
        tx,
        QUARTERS,
        quarters,
        [
            |quarter: &Millis| quarter.0,
            |quarter: &Millis| ClickId::least_text(*quarter),
            |quarter: &Millis| ClickId::least_text(quarter.plus_ms(QUARTER_HOUR_MS)),
        ]
    )?;
    Ok(found.into_iter().map(|(start,)| Millis(start)).collect())
}
