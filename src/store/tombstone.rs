//! Tombstones: who was erased, as hashes that only the master key makes.
//!
//! Holds: no mark is ever written here, only what the vault made of it; a hash tells its workspace as
//! well, so marks alone are looked up. A click's is the id that stands in for it, which begins with the
//! click's quarter-hour: clicks of a time without tombstones need no hash. Must not know: the key.

use super::db::{Only, execute, fetch};
use super::{Error, Tx, read_id};
use crate::clock::{Millis, QUARTER_HOUR_MS};
use crate::id::{ClickId, WorkspaceId};

const KEYS: &str = "SELECT print FROM tombstone_key";
const ADD_KEY: &str =
    "INSERT INTO tombstone_key (print) VALUES ($1) ON CONFLICT (print) DO NOTHING";
// A click that somebody asks to erase is more than one that went along with its person.
const ADD: &str = "INSERT INTO tombstone (mark, workspace_id, kind, erased_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (mark) DO UPDATE SET kind = excluded.kind \
     WHERE tombstone.kind = 'visit'";
const HOLDS: &str = "SELECT kind FROM tombstone WHERE mark = $1";
const CLICKS: &str = "SELECT mark, kind FROM tombstone WHERE mark >= $1 AND mark < $2";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[KEYS, ADD_KEY, ADD, HOLDS, CLICKS];

/// What a mark was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The shop's own id of a customer.
    Customer,
    /// The hash of an e-mail address.
    Email,
    /// A click that was asked for: whoever names it is its person.
    Click,
    /// A click that a person's conversion named: others may name it too, who shared the browser.
    Visit,
}

impl Kind {
    /// The word at rest, and in hashes.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Customer => "customer",
            Kind::Email => "email",
            Kind::Click => "click",
            Kind::Visit => "visit",
        }
    }
}

/// Prints of the master keys that tombstones were made under; none as long as nobody was erased.
///
/// # Errors
/// When the store does not answer.
pub async fn keys(tx: &mut Tx) -> Result<Vec<String>, Error> {
    let keys = fetch!(all Only<String>, tx, KEYS)?;
    Ok(keys.into_iter().map(|(print,)| print).collect())
}

/// Notes that tombstones are made under the key of this print.
///
/// # Errors
/// When the store does not answer.
pub async fn add_key(tx: &mut Tx, print: &str) -> Result<(), Error> {
    execute!(tx, ADD_KEY, print)?;
    Ok(())
}

/// Writes one; a second one for the same mark changes nothing, unless it says more.
///
/// # Errors
/// When the store does not answer.
pub async fn add(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kind: Kind,
    mark: &str,
    now: Millis,
) -> Result<(), Error> {
    execute!(tx, ADD, mark, workspace.to_string(), kind.as_str(), now.0)?;
    Ok(())
}

/// Whether there is one for this mark.
///
/// # Errors
/// When the store does not answer.
pub async fn holds(tx: &mut Tx, mark: &str) -> Result<bool, Error> {
    Ok(fetch!(optional Only<String>, tx, HOLDS, mark)?.is_some())
}

/// The stand-ins of erased clicks from the quarter-hour of `first` to that of `last`, with whether the
/// click was asked for.
///
/// # Errors
/// When the store does not answer.
pub async fn clicks(
    tx: &mut Tx,
    first: Millis,
    last: Millis,
) -> Result<Vec<(ClickId, bool)>, Error> {
    let from = ClickId::least_text(first.quarter_hour());
    let to = ClickId::least_text(last.quarter_hour().plus_ms(QUARTER_HOUR_MS));
    fetch!(all(String, String), tx, CLICKS, &from, &to)?
        .into_iter()
        .map(|(mark, kind)| Ok((read_id(&mark)?, kind == Kind::Click.as_str())))
        .collect()
}
