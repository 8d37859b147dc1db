//! Removes people from the ledger.
//!
//! # Invariants
//! - Amounts, times, campaigns, networks and links stay, so sums do not change.
//! - If another person's conversion names an erased click, it then names the click's stand-in.
//! - A refund still names the sale that it reversed, and no other.
//! - Each function looks up all its conversions at once.

use super::related::Identifier;
use super::row::{Conversion, ConversionRow, read_source, select};
use super::{precedence, sale_by_event};
use crate::conversion::erasure::EMAIL_AS_ID;
use crate::conversion::{ConversionKind, NewConversion};
use crate::drivers::sql::{Bulk, Error, Only, Tx, bulk, bulk_sql, execute, statements, values};
use crate::id::{ClickId, ConversionId, WorkspaceId};
use crate::store::credit;
use crate::store::text_column::{read_id, write_json};

/// Most conversions of one result. One more is returned if there are more.
pub const MOST: usize = 10_000;

statements! {
    // The texts differ: PostgreSQL reads its arrays once, and SQLite plans best without a CTE.
    bulk CARRYING = Bulk {
        postgres: "WITH asked AS (SELECT * FROM UNNEST($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[]) \
            AS asked (workspace_id, external_id, email_hash, as_id)) \
            SELECT c.id FROM asked a JOIN conversion c \
            ON c.workspace_id = a.workspace_id AND c.external_id = a.external_id \
            UNION SELECT c.id FROM asked a JOIN conversion c \
            ON c.workspace_id = a.workspace_id AND c.email_hash = a.email_hash \
            UNION SELECT c.id FROM asked a JOIN conversion c \
            ON c.workspace_id = a.workspace_id AND c.event_id = a.as_id \
            UNION SELECT c.id FROM asked a JOIN conversion c \
            ON c.workspace_id = a.workspace_id AND c.refund_of = a.as_id LIMIT 10001",
        sqlite: "SELECT c.id FROM json_each($1) a JOIN conversion c \
            ON c.workspace_id = a.value ->> 0 AND c.external_id = a.value ->> 1 \
            UNION SELECT c.id FROM json_each($1) a JOIN conversion c \
            ON c.workspace_id = a.value ->> 0 AND c.email_hash = a.value ->> 2 \
            UNION SELECT c.id FROM json_each($1) a JOIN conversion c \
            ON c.workspace_id = a.value ->> 0 AND c.event_id = a.value ->> 3 \
            UNION SELECT c.id FROM json_each($1) a JOIN conversion c \
            ON c.workspace_id = a.value ->> 0 AND c.refund_of = a.value ->> 3 LIMIT 10001",
    };
    // CROSS JOIN fixes the order: without it, SQLite would scan the whole workspace for each click.
    bulk NAMING = bulk_sql!(
        "SELECT DISTINCT c.id FROM " rows(workspace_id TEXT, click_id TEXT)
        either(" JOIN", " CROSS JOIN") " conversion_touch t ON t.click_id = a.click_id"
        either(" JOIN", " CROSS JOIN")
        " conversion c ON c.id = t.conversion_id AND c.workspace_id = a.workspace_id LIMIT 10001"
    );
    bulk BY_IDS = bulk_sql!(select!("WHERE id ") in_list);
    bulk REWRITE = bulk_sql!(
        "UPDATE conversion SET external_id = a.external_id, email_hash = a.email_hash, \
        evidence = a.evidence, event_id = a.event_id, refund_of = a.refund_of \
        FROM " rows(
            id TEXT, external_id TEXT, email_hash TEXT, evidence TEXT, event_id TEXT, refund_of TEXT
        ) " WHERE conversion.id = a.id"
    );
    bulk UNJOIN = bulk_sql!(
        "UPDATE conversion SET click_id = NULL, joined_via = NULL WHERE id " in_list
    );
    bulk UNCREDIT = bulk_sql!(
        "UPDATE credit SET click_id = NULL, country = NULL, device = NULL \
        WHERE conversion_id " in_list
    );
    bulk FORGET_VIA = bulk_sql!(
        "UPDATE conversion SET joined_via = NULL WHERE joined_via " in_list
    );
    bulk FORGET_TOUCHES = bulk_sql!(
        "DELETE FROM conversion_touch WHERE (click_id, conversion_id) IN (SELECT * \
        FROM " rows(click_id TEXT, conversion_id TEXT) ")"
    );
    bulk CLAIM_TOUCHES = bulk_sql!(
        "INSERT INTO conversion_touch " values(click_id TEXT, conversion_id TEXT)
        " ON CONFLICT (click_id, conversion_id) DO NOTHING"
    );
    // The plus keeps SQLite from scanning the whole workspace for each click.
    bulk STAND_IN = bulk_sql!(
        "UPDATE conversion SET click_id = a.stand_in FROM "
        rows(workspace_id TEXT, click_id TEXT, stand_in TEXT) " WHERE " either("", "+")
        "conversion.workspace_id = a.workspace_id AND conversion.click_id = a.click_id"
    );
    bulk CREDITED = bulk_sql!(
        "SELECT DISTINCT c.conversion_id FROM " rows(workspace_id TEXT, click_id TEXT)
        " JOIN credit c ON " either("", "+")
        "c.workspace_id = a.workspace_id AND c.click_id = a.click_id"
    );
    bulk CREDIT_STAND_IN = bulk_sql!(
        "UPDATE credit SET click_id = a.stand_in, country = NULL, device = NULL \
        FROM " rows(workspace_id TEXT, click_id TEXT, stand_in TEXT) " WHERE " either("", "+")
        "credit.workspace_id = a.workspace_id AND credit.click_id = a.click_id"
    );
    sql REFUNDERS = "SELECT DISTINCT source_id FROM conversion WHERE workspace_id = $1 \
        AND refund_of = $2";
    sql RENAME_SALE = "UPDATE conversion SET refund_of = $3 \
        WHERE workspace_id = $1 AND refund_of = $2 AND source_id = $4";
}

/// A report without the data of its person.
#[derive(Clone, Debug)]
pub struct RedactedReport {
    /// The report as it is in the ledger.
    pub original: NewConversion,
    /// The report as it will be in the ledger.
    pub redacted: NewConversion,
}

/// The conversions with one of these identifiers of a customer; at most one more than [`MOST`].
///
/// # Errors
/// When the store does not answer.
pub async fn with_identifiers(
    tx: &mut Tx,
    workspace: WorkspaceId,
    marks: &[Identifier],
) -> Result<Vec<ConversionId>, Error> {
    let external_id = |mark: &Identifier| match mark {
        Identifier::ExternalId(id) => Some(id.clone()),
        Identifier::EmailHash(_) => None,
    };
    let email_hash = |mark: &Identifier| match mark {
        Identifier::ExternalId(_) => None,
        Identifier::EmailHash(hash) => Some(hash.clone()),
    };
    let as_id = |mark: &Identifier| email_hash(mark).map(|hash| format!("{EMAIL_AS_ID}{hash}"));
    let workspace = |_: &Identifier| workspace.to_string();
    ids(&bulk!(
        all Only<String>, tx, CARRYING, marks, [workspace, external_id, email_hash, as_id]
    )?)
}

/// The conversions that name one of these clicks; at most one more than [`MOST`].
///
/// # Errors
/// When the store does not answer.
pub async fn naming_clicks(
    tx: &mut Tx,
    workspace: WorkspaceId,
    clicks: &[ClickId],
) -> Result<Vec<ConversionId>, Error> {
    let workspace = |_: &ClickId| workspace.to_string();
    ids(&bulk!(all Only<String>, tx, NAMING, clicks, [workspace, ToString::to_string])?)
}

fn ids(rows: &[Only<String>]) -> Result<Vec<ConversionId>, Error> {
    rows.iter().map(|(id,)| read_id(id)).collect()
}

/// The reports of these conversions.
///
/// # Errors
/// When the store does not answer.
pub async fn reports(tx: &mut Tx, ids: &[ConversionId]) -> Result<Vec<NewConversion>, Error> {
    bulk!(all ConversionRow, tx, BY_IDS, ids, [|id: &ConversionId| id.to_string()])?
        .into_iter()
        .map(|row| Ok(Conversion::try_from(row)?.report))
        .collect()
}

/// Replaces reports by their redacted form, and removes the clicks that they were joined by.
///
/// # Errors
/// When the store does not answer.
pub async fn detach(tx: &mut Tx, all: &[RedactedReport]) -> Result<(), Error> {
    rewrite(tx, all).await?;
    let ids: Vec<ConversionId> = all.iter().map(|report| report.original.id).collect();
    detach_clicks(tx, &ids).await?;
    bulk!(
        execute,
        tx,
        FORGET_VIA,
        ids,
        [|id: &ConversionId| id.to_string()]
    )?;
    Ok(())
}

/// Removes the clicks that these conversions were joined by. Credits stay.
///
/// # Errors
/// When the store does not answer.
pub async fn detach_clicks(tx: &mut Tx, ids: &[ConversionId]) -> Result<(), Error> {
    credit::cache::invalidate(tx, ids).await?;
    for bulk in [UNJOIN, UNCREDIT] {
        bulk!(execute, tx, bulk, ids, [|id: &ConversionId| id.to_string()])?;
    }
    Ok(())
}

/// Replaces reports by their redacted form. Joins stay.
///
/// # Errors
/// When the store does not answer.
pub async fn rewrite(tx: &mut Tx, all: &[RedactedReport]) -> Result<(), Error> {
    type Written<'a> = (&'a NewConversion, String);
    touch(
        tx,
        FORGET_TOUCHES,
        all.iter().map(|report| &report.original),
    )
    .await?;
    touch(tx, CLAIM_TOUCHES, all.iter().map(|report| &report.redacted)).await?;
    let mut rows = Vec::with_capacity(all.len());
    for RedactedReport { redacted, .. } in all {
        rows.push((redacted, write_json("evidence", &redacted.evidence)?));
    }
    bulk!(
        execute,
        tx,
        REWRITE,
        rows,
        [
            |row: &Written<'_>| row.0.id.to_string(),
            |row: &Written<'_>| row.0.evidence.external_id.clone(),
            |row: &Written<'_>| row.0.evidence.email_hash.clone(),
            |row: &Written<'_>| row.1.clone(),
            |row: &Written<'_>| row.0.event_id.clone(),
            |row: &Written<'_>| row.0.refund_of.clone(),
        ]
    )?;
    for RedactedReport { original, redacted } in all {
        rename_sale(tx, original, &redacted.event_id).await?;
    }
    Ok(())
}

/// Runs one of the statements about which reports name which clicks.
async fn touch(
    tx: &mut Tx,
    bulk: Bulk,
    reports: impl Iterator<Item = &NewConversion>,
) -> Result<(), Error> {
    type Touch = (ClickId, ConversionId);
    let of = |report: &NewConversion| {
        let (clicks, id) = (report.evidence.click_ids.clone(), report.id);
        clicks.into_iter().map(move |click| (click, id))
    };
    let touches: Vec<Touch> = reports.flat_map(of).collect();
    bulk!(
        execute,
        tx,
        bulk,
        touches,
        [
            |touch: &Touch| touch.0.to_string(),
            |touch: &Touch| touch.1.to_string(),
        ]
    )?;
    Ok(())
}

/// Replaces clicks by their stand-ins wherever they are credited.
///
/// # Errors
/// When the store does not answer.
pub async fn stand_in(
    tx: &mut Tx,
    workspace: WorkspaceId,
    clicks: &[(ClickId, ClickId)],
) -> Result<(), Error> {
    type Pair = (ClickId, ClickId);
    let owner = |_: &Pair| workspace.to_string();
    let click = |pair: &Pair| pair.0.to_string();
    let credited = ids(&bulk!(all Only<String>, tx, CREDITED, clicks, [owner, click])?)?;
    credit::cache::invalidate(tx, &credited).await?;
    for bulk in [STAND_IN, CREDIT_STAND_IN] {
        bulk!(
            execute,
            tx,
            bulk,
            clicks,
            [owner, click, |pair: &Pair| pair.1.to_string(),]
        )?;
    }
    Ok(())
}

/// Refunds of a sale whose event gets another id still name it. The sale itself may already have
/// that id, or arrive later. Sales of others with the former id keep their refunds.
///
/// # Errors
/// When the store does not answer.
pub async fn rename_sale(tx: &mut Tx, sale: &NewConversion, to: &str) -> Result<(), Error> {
    if sale.kind != ConversionKind::Sale || sale.event_id == to {
        return Ok(());
    }
    let (workspace, from) = (sale.workspace_id, &sale.event_id);
    let of = workspace.to_string();
    for source in values!(String, tx, REFUNDERS, &of, from)? {
        let by = read_source(&source)?;
        let other = sale_by_event(tx, workspace, by, from).await?;
        let comes_first = |other: Conversion| precedence(&other.report, by) < precedence(sale, by);
        if !other.is_some_and(comes_first) {
            execute!(tx, RENAME_SALE, &of, from, to, &source)?;
        }
    }
    Ok(())
}
