//! Tombstones: who was erased, as hashes that only the master key can make.
//!
//! # Invariants
//! - An identifier is never written here, only the hash that the vault makes of it. A hash
//!   includes its workspace, so hashes alone are looked up.
//! - A click's tombstone is the id that stands in for it. That begins with the click's
//!   quarter-hour: clicks of a quarter-hour without tombstones need no hash.
//! - A look-up reads no more tombstones than it asks for.
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
    // A click that somebody asks to erase is more than one that went along with its person.
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

/// What a mark was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TombstoneKind {
    /// The shop's own id of a customer.
    Customer,
    /// The hash of an e-mail address.
    Email,
    /// A click that was asked for: whoever names it is its person.
    Click,
    /// A click that a person's conversion named: others may name it too, who shared the browser.
    Visit,
    /// That a conversion with a secret had named a click: a person made it. Its mark is a hash.
    Proof,
}

impl TombstoneKind {
    /// The word at rest, and in hashes.
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

/// Prints of the master keys that tombstones were made under; none as long as nobody was erased.
///
/// # Errors
/// When the store does not answer.
pub async fn keys(tx: &mut Tx) -> Result<Vec<String>, Error> {
    Ok(values!(String, tx, KEYS)?)
}

/// Notes that tombstones are made under the key of this print.
///
/// # Errors
/// When the store does not answer.
pub async fn add_key(tx: &mut Tx, print: &str) -> Result<(), Error> {
    execute!(tx, ADD_KEY, print)?;
    Ok(())
}

/// Writes them, each mark once; a second one for the same mark changes nothing, unless it says
/// more.
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
            |it: &Marked| it.1.clone(),
            |_: &Marked| workspace.to_string(),
            |it: &Marked| it.0.as_str(),
            |_: &Marked| now.0,
        ]
    )?;
    Ok(())
}

/// Those of the marks that are erased, with whether who carries one is its person: who names a
/// [`TombstoneKind::Visit`] may be another.
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

/// Those of the quarter-hours, given by their starts, in which there are erased clicks.
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
