//! Orders as they were reported: their names, the newest fact about each part, and their
//! identifiers.
//!
//! # Invariants
//! - All names and parts of an order have one id. If two orders turn out to share a name, they are
//!   merged under the smaller id.
//! - The caller holds [`Store::ingest`](super::Store::ingest) while it writes.
//!
//! # Out of scope
//! What follows from the parts.

use std::collections::BTreeSet;

use super::text_column::{read_id, read_json, write_json};
use crate::clock::Millis;
use crate::conversion::JoinEvidence;
use crate::conversion::order::{OrderFacts, OrderObservation};
use crate::drivers::sql::{Error, Tx, execute, fetch, statements, value, values};
use crate::id::{OrderId, SourceId, WorkspaceId};

statements! {
    sql BY_NAME = "SELECT order_id FROM order_name WHERE source_id = $1 AND name = $2";
    sql NAME = "INSERT INTO order_name (source_id, name, order_id, rank) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (source_id, name) DO UPDATE SET order_id = excluded.order_id, \
        rank = CASE WHEN excluded.rank < order_name.rank THEN excluded.rank ELSE order_name.rank END";
    sql BEST_NAME = "SELECT name FROM order_name WHERE order_id = $1 ORDER BY rank, name LIMIT 1";
    sql MOVE_NAMES = "UPDATE order_name SET order_id = $2 WHERE order_id = $1";
    sql FACTS = "SELECT part, version, fact FROM order_fact WHERE order_id = $1 \
        ORDER BY version, part";
    sql FORGET_FACTS = "DELETE FROM order_fact WHERE order_id = $1";
    sql PUT = "INSERT INTO order_fact (order_id, part, version, fact) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (order_id, part) DO UPDATE SET version = excluded.version, fact = excluded.fact";
    sql NAMES = "SELECT source_id, name FROM order_name WHERE order_id = $1 ORDER BY rank, name";
    sql RENAME = "UPDATE order_name SET name = $3 WHERE source_id = $1 AND name = $2";
    sql MARK = "INSERT INTO order_mark (workspace_id, mark, order_id) VALUES ($1, $2, $3) \
        ON CONFLICT (workspace_id, mark, order_id) DO NOTHING";
    sql UNMARK = "DELETE FROM order_mark WHERE order_id = $1";
    sql MARKED = "SELECT order_id FROM order_mark WHERE workspace_id = $1 AND mark = $2 \
        ORDER BY order_id LIMIT $3";
}

/// The orders with one of these names, each once, smallest id first.
///
/// # Errors
/// When the store does not answer.
pub async fn by_names(
    tx: &mut Tx,
    source: SourceId,
    names: &[(u8, String)],
) -> Result<Vec<OrderId>, Error> {
    let mut orders = Vec::new();
    for (_, name) in names {
        if let Some(id) = value!(String, tx, BY_NAME, source.to_string(), name)? {
            orders.push(read_id(&id)?);
        }
    }
    orders.sort_unstable();
    orders.dedup();
    Ok(orders)
}

/// Adds names to the order.
///
/// # Errors
/// When the store does not answer.
pub async fn add_names(
    tx: &mut Tx,
    source: SourceId,
    order: OrderId,
    names: &[(u8, String)],
) -> Result<(), Error> {
    for (rank, name) in names {
        let (source, order) = (source.to_string(), order.to_string());
        execute!(tx, NAME, source, name, order, i64::from(*rank))?;
    }
    Ok(())
}

/// The best name of the order.
///
/// # Errors
/// When the store does not answer.
pub async fn best_name(tx: &mut Tx, order: OrderId) -> Result<Option<String>, Error> {
    let found = value!(String, tx, BEST_NAME, order.to_string())?;
    Ok(found)
}

#[derive(sqlx_macros::FromRow)]
struct OrderFactRow {
    part: String,
    version: i64,
    fact: String,
}

/// The facts about the order, by part.
///
/// # Errors
/// When the store does not answer.
pub async fn facts(tx: &mut Tx, order: OrderId) -> Result<OrderFacts, Error> {
    let rows = fetch!(all OrderFactRow, tx, FACTS, order.to_string())?;
    let read = |row: OrderFactRow| {
        let observation = OrderObservation {
            part: row.part.clone(),
            version: Millis(row.version),
            fact: read_json("fact", &row.fact)?,
        };
        Ok((row.part, observation))
    };
    rows.into_iter().map(read).collect()
}

/// Writes a part and replaces the earlier fact about it.
///
/// # Errors
/// When the store does not answer.
pub async fn upsert_fact(
    tx: &mut Tx,
    order: OrderId,
    observation: &OrderObservation,
) -> Result<(), Error> {
    let fact = write_json("fact", &observation.fact)?;
    let (part, version) = (observation.part.as_str(), observation.version.0);
    execute!(tx, PUT, order.to_string(), part, version, fact)?;
    Ok(())
}

/// Deletes the facts of `from` and moves its names to `into`. Returns the facts.
///
/// # Errors
/// When the store does not answer.
pub async fn dissolve(tx: &mut Tx, from: OrderId, into: OrderId) -> Result<OrderFacts, Error> {
    let facts = facts(tx, from).await?;
    execute!(tx, FORGET_FACTS, from.to_string())?;
    execute!(tx, UNMARK, from.to_string())?;
    execute!(tx, MOVE_NAMES, from.to_string(), into.to_string())?;
    Ok(facts)
}

/// The names of an order, each with the source that gave it.
///
/// # Errors
/// When the store does not answer.
pub async fn names(tx: &mut Tx, order: OrderId) -> Result<Vec<(SourceId, String)>, Error> {
    let rows = fetch!(all(String, String), tx, NAMES, order.to_string())?;
    let read = |(source, name): (String, String)| Ok((read_id(&source)?, name));
    rows.into_iter().map(read).collect()
}

/// Changes the text of a name.
///
/// # Errors
/// When the store does not answer.
pub async fn rename(tx: &mut Tx, source: SourceId, from: &str, to: &str) -> Result<(), Error> {
    execute!(tx, RENAME, source.to_string(), from, to)?;
    Ok(())
}

/// The identifiers in evidence, each with its kind.
fn marks(evidence: &JoinEvidence) -> impl Iterator<Item = String> {
    let id = evidence
        .external_id
        .iter()
        .map(|id| format!("customer:{id}"));
    let email = evidence
        .email_hash
        .iter()
        .map(|hash| format!("email:{hash}"));
    let clicks = evidence.click_ids.iter().map(|id| format!("click:{id}"));
    id.chain(email).chain(clicks)
}

/// Sets the identifiers of the order to exactly those in its facts.
///
/// # Errors
/// When the store does not answer.
pub async fn set_marks(
    tx: &mut Tx,
    workspace: WorkspaceId,
    order: OrderId,
    facts: &[OrderObservation],
) -> Result<(), Error> {
    execute!(tx, UNMARK, order.to_string())?;
    for mark in facts
        .iter()
        .filter_map(OrderObservation::evidence)
        .flat_map(marks)
    {
        execute!(tx, MARK, workspace.to_string(), mark, order.to_string())?;
    }
    Ok(())
}

/// The orders with an identifier in this evidence, at most `limit` for each.
///
/// # Errors
/// When the store does not answer.
pub async fn marked(
    tx: &mut Tx,
    workspace: WorkspaceId,
    sought: &[JoinEvidence],
    limit: usize,
) -> Result<BTreeSet<OrderId>, Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut orders = BTreeSet::new();
    for mark in sought.iter().flat_map(marks) {
        for id in values!(String, tx, MARKED, workspace.to_string(), mark, limit)? {
            orders.insert(read_id(&id)?);
        }
    }
    Ok(orders)
}
