//! Customers: people a shop knows by its own id and/or by e-mail, of which only a keyed hash is
//! kept.

use super::db::{execute, fetch};
use super::{Error, Tx, read_id};
use crate::clock::Millis;
use crate::id::{CustomerId, WorkspaceId};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    external_id: Option<String>,
    email_hash: Option<String>,
}

const INSERT: &str = "INSERT INTO customer (id, workspace_id, external_id, email_hash, created_at) \
     VALUES ($1, $2, $3, $4, $5)";
const BY_EXTERNAL_ID: &str = "SELECT id, external_id, email_hash FROM customer \
     WHERE workspace_id = $1 AND external_id = $2";
const BY_EMAIL: &str = "SELECT id, external_id, email_hash FROM customer \
     WHERE workspace_id = $1 AND email_hash = $2";
const SET: &str = "UPDATE customer SET external_id = $2, email_hash = $3 WHERE id = $1";
const MOVE_CONVERSIONS: &str = "UPDATE conversion SET customer_id = $2 WHERE customer_id = $1";
const DELETE: &str = "DELETE FROM customer WHERE id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    INSERT,
    BY_EXTERNAL_ID,
    BY_EMAIL,
    SET,
    MOVE_CONVERSIONS,
    DELETE,
];

/// A customer found by its marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Who it is.
    pub id: CustomerId,
    /// Whether this mark completed or merged what was known, so that earlier conversions of the
    /// person may now be joined.
    pub completed: bool,
}

/// The customer known by these marks, made or completed as needed; `None` without any mark.
///
/// When the two marks were known as two people, and one of them by e-mail only, they become one.
/// Two different external ids are two people, even if they share an e-mail address.
///
/// # Errors
/// When the store does not answer.
pub async fn identify(
    tx: &mut Tx,
    workspace: WorkspaceId,
    external_id: Option<&str>,
    email_hash: Option<&str>,
    fresh: CustomerId,
    now: Millis,
) -> Result<Option<Identified>, Error> {
    let workspace = workspace.to_string();
    let mut completed = false;
    let by_external = match external_id {
        Some(mark) => fetch!(optional Row, tx, BY_EXTERNAL_ID, &workspace, mark)?,
        None => None,
    };
    let by_email = match email_hash {
        Some(mark) => fetch!(optional Row, tx, BY_EMAIL, &workspace, mark)?,
        None => None,
    };
    let id = match (by_external, by_email) {
        (Some(person), None) => {
            if person.email_hash.is_none() && email_hash.is_some() {
                execute!(tx, SET, &person.id, external_id, email_hash)?;
                completed = true;
            }
            person.id
        }
        (Some(person), Some(same)) if person.id == same.id => person.id,
        (Some(person), Some(other)) => {
            if other.external_id.is_none() && person.email_hash.is_none() {
                merge(tx, &other.id, &person.id).await?;
                execute!(tx, SET, &person.id, external_id, email_hash)?;
                completed = true;
            }
            person.id
        }
        (None, Some(person)) if external_id.is_none() => person.id,
        (None, Some(person)) if person.external_id.is_none() => {
            execute!(tx, SET, &person.id, external_id, email_hash)?;
            completed = true;
            person.id
        }
        (None, Some(_)) => insert(tx, &workspace, external_id, None, fresh, now).await?,
        (None, None) if external_id.is_none() && email_hash.is_none() => return Ok(None),
        (None, None) => insert(tx, &workspace, external_id, email_hash, fresh, now).await?,
    };
    Ok(Some(Identified {
        id: read_id(&id)?,
        completed,
    }))
}

async fn insert(
    tx: &mut Tx,
    workspace: &str,
    external_id: Option<&str>,
    email_hash: Option<&str>,
    fresh: CustomerId,
    now: Millis,
) -> Result<String, Error> {
    let id = fresh.to_string();
    execute!(tx, INSERT, &id, workspace, external_id, email_hash, now.0)?;
    Ok(id)
}

async fn merge(tx: &mut Tx, from: &str, into: &str) -> Result<(), Error> {
    execute!(tx, MOVE_CONVERSIONS, from, into)?;
    execute!(tx, DELETE, from)?;
    Ok(())
}
