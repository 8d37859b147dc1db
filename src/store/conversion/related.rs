//! From one conversion to others: to those of the same customer, from a sale to its refunds, from a
//! click to the conversions that claim it. Joins use these.

use std::collections::HashSet;

use super::row::{Conversion, ConversionRow, select};
use crate::attribution::window::SKEW_MS;
use crate::clock::Millis;
use crate::conversion::{JoinEvidence, MatchRule, NewConversion};
use crate::drivers::sql::{Error, Tx, fetch, find, list, statements, value};
use crate::id::{ClickId, ConversionId, CustomerId, WorkspaceId};
use crate::store::text_column::read_id;

/// The first conversion in a span of time that has an identifier and was joined by a rule.
macro_rules! source_by {
    ($mark:literal, $moment:literal) => {
        concat!(
            select!("WHERE workspace_id = $1 AND "),
            $mark,
            " = $2 AND (joined_by = $3 OR ($3 = 'click_id' AND joined_by IN ('landing_url', 'path')) \
             OR ($3 = 'utm' AND joined_by = 'promo_code')) AND id <> $5 \
             AND kind NOT IN ('refund', 'chargeback', 'chargeback_reversal') AND ",
            $moment,
            ", click_id DESC, source_id, event_id, kind, coalesce(name, '') LIMIT 1"
        )
    };
}

statements! {
    sql BEFORE_BY_EXTERNAL_ID = source_by!(
        "external_id",
        "occurred_at <= $4 ORDER BY occurred_at DESC"
    );
    sql BEFORE_BY_EMAIL = source_by!(
        "email_hash",
        "occurred_at <= $4 ORDER BY occurred_at DESC"
    );
    sql SOON_BY_EXTERNAL_ID = source_by!(
        "external_id",
        "occurred_at > $4 AND occurred_at <= $6 ORDER BY occurred_at"
    );
    sql SOON_BY_EMAIL = source_by!(
        "email_hash",
        "occurred_at > $4 AND occurred_at <= $6 ORDER BY occurred_at"
    );
    sql CLAIMED_BETWEEN = "SELECT t.click_id, c.occurred_at, c.id FROM conversion_touch t \
        JOIN conversion c ON c.id = t.conversion_id WHERE t.click_id >= $1 AND t.click_id <= $2";
    sql LATER_OF = "SELECT occurred_at, id FROM conversion WHERE workspace_id = $1 \
        AND (external_id = $2 OR email_hash = $3) AND occurred_at >= $4 AND id <> $5 \
        AND joined_by NOT IN ('click_id', 'landing_url', 'path')";
    // A conversion from shortly before is already joined, unless a later one or this one joined it.
    // So an identifier that many people share does not return all conversions of the last minutes
    // each time.
    sql SERVED_BY = "SELECT c.occurred_at, c.id FROM conversion c WHERE c.workspace_id = $1 \
        AND (c.external_id = $2 OR c.email_hash = $3) AND c.occurred_at >= $4 AND c.id <> $5 \
        AND c.joined_by NOT IN ('click_id', 'landing_url', 'path') AND (c.occurred_at >= $6 \
        OR c.joined_by NOT IN ('customer', 'email', 'customer_campaign') \
        OR ($7 AND c.joined_by = 'customer_campaign') OR c.joined_via = $5 OR EXISTS (SELECT 1 \
        FROM conversion v WHERE v.id = c.joined_via AND v.occurred_at > c.occurred_at))";
    sql SALES_FROM = "SELECT occurred_at, id FROM conversion WHERE workspace_id = $1 \
        AND (external_id = $2 OR email_hash = $3) AND occurred_at >= $4 AND kind = 'sale'";
    sql LEAD_BY_EXTERNAL_ID = "SELECT occurred_at FROM conversion WHERE workspace_id = $1 \
        AND external_id = $2 AND occurred_at >= $3 AND occurred_at <= $4 AND kind = 'lead' \
        ORDER BY occurred_at LIMIT 1";
    sql LEAD_BY_EMAIL = "SELECT occurred_at FROM conversion WHERE workspace_id = $1 \
        AND email_hash = $2 AND occurred_at >= $3 AND occurred_at <= $4 AND kind = 'lead' \
        ORDER BY occurred_at LIMIT 1";
    sql REFUNDS_OF = "SELECT occurred_at, id FROM conversion WHERE workspace_id = $1 \
        AND refund_of = $2";
    sql LATEST_OF_CUSTOMER = select!("WHERE customer_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT $2");
}

/// An identifier of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// The shop's own id.
    ExternalId(String),
    /// The keyed hash of the e-mail address.
    EmailHash(String),
}

impl Identifier {
    /// The identifiers of a report, the stronger one first.
    pub fn of(report: &NewConversion) -> Vec<Identifier> {
        Identifier::in_evidence(&report.evidence)
    }

    /// The identifiers in evidence, the stronger one first.
    pub fn in_evidence(evidence: &JoinEvidence) -> Vec<Identifier> {
        let external = evidence.external_id.clone().map(Identifier::ExternalId);
        let email = evidence.email_hash.clone().map(Identifier::EmailHash);
        external.into_iter().chain(email).collect()
    }
}

/// The customer's latest conversion with this identifier, up to `until`, that was joined by
/// `match_rule`.
///
/// It skips `except`, and the line that represents its sale. [`MatchRule::ClickId`] includes every
/// rule that finds the report's own clicks; [`MatchRule::Utm`] includes promo codes.
///
/// # Errors
/// When the store does not answer.
pub async fn source_before(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mark: &Identifier,
    match_rule: MatchRule,
    until: Millis,
    except: ConversionId,
) -> Result<Option<Conversion>, Error> {
    let (statement, mark) = match mark {
        Identifier::ExternalId(id) => (BEFORE_BY_EXTERNAL_ID, id),
        Identifier::EmailHash(hash) => (BEFORE_BY_EMAIL, hash),
    };
    find!(
        ConversionRow,
        tx,
        statement,
        workspace.to_string(),
        mark,
        match_rule.as_str(),
        until.0,
        except.to_string()
    )
}

/// The same, but the earliest one after `after`, within the difference that clocks may have.
///
/// # Errors
/// When the store does not answer.
pub async fn source_soon(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mark: &Identifier,
    match_rule: MatchRule,
    after: Millis,
    except: ConversionId,
) -> Result<Option<Conversion>, Error> {
    let (statement, mark) = match mark {
        Identifier::ExternalId(id) => (SOON_BY_EXTERNAL_ID, id),
        Identifier::EmailHash(hash) => (SOON_BY_EMAIL, hash),
    };
    let until = after.plus_ms(SKEW_MS);
    find!(
        ConversionRow,
        tx,
        statement,
        workspace.to_string(),
        mark,
        match_rule.as_str(),
        after.0,
        except.to_string(),
        until.0
    )
}

/// A conversion and when it happened. Joins are computed in this order.
pub type DatedConversion = (Millis, ConversionId);

/// The conversions that claim one of these clicks.
///
/// Clicks of one batch are close in time, and so are their ids. So all claims between the first and
/// the last click are looked up at once.
///
/// # Errors
/// When the store does not answer.
pub async fn claimed_by(tx: &mut Tx, clicks: &[ClickId]) -> Result<Vec<DatedConversion>, Error> {
    let (Some(first), Some(last)) = (clicks.iter().min(), clicks.iter().max()) else {
        return Ok(Vec::new());
    };
    let (first, last) = (first.to_string(), last.to_string());
    let rows = fetch!(all(String, i64, String), tx, CLAIMED_BETWEEN, &first, &last)?;
    let clicks: HashSet<&ClickId> = clicks.iter().collect();
    let mut claimed = Vec::new();
    for (click, at, id) in rows {
        if clicks.contains(&read_id(&click)?) {
            claimed.push((Millis(at), read_id(&id)?));
        }
    }
    Ok(claimed)
}

/// The same customer's conversions, by either identifier, that what `report` brings may join.
///
/// `report` may bring a click, or only a campaign. The conversions happened no earlier, within the
/// difference of clocks, and have no click id of their own.
///
/// # Errors
/// When the store does not answer.
pub async fn served_by(
    tx: &mut Tx,
    report: &NewConversion,
    has_clicks: bool,
) -> Result<Vec<DatedConversion>, Error> {
    dated(&fetch!(
        all(i64, String),
        tx,
        SERVED_BY,
        report.workspace_id.to_string(),
        report.evidence.external_id.as_deref(),
        report.evidence.email_hash.as_deref(),
        report.occurred_at.plus_ms(-SKEW_MS).0,
        report.id.to_string(),
        report.occurred_at.0,
        has_clicks,
    )?)
}

/// The same customer's conversions, by either identifier, that happened at `since` or later and
/// have no click id of their own.
///
/// # Errors
/// When the store does not answer.
pub async fn served_from(
    tx: &mut Tx,
    report: &NewConversion,
    since: Millis,
) -> Result<Vec<DatedConversion>, Error> {
    dated(&fetch!(
        all(i64, String),
        tx,
        LATER_OF,
        report.workspace_id.to_string(),
        report.evidence.external_id.as_deref(),
        report.evidence.email_hash.as_deref(),
        since.0,
        report.id.to_string(),
    )?)
}

/// The same customer's sales, by either identifier, at the time of a lead or later, within the
/// difference of clocks: the lead decides which of their clicks count.
///
/// # Errors
/// When the store does not answer.
pub async fn sales_from(tx: &mut Tx, lead: &NewConversion) -> Result<Vec<DatedConversion>, Error> {
    dated(&fetch!(
        all(i64, String),
        tx,
        SALES_FROM,
        lead.workspace_id.to_string(),
        lead.evidence.external_id.as_deref(),
        lead.evidence.email_hash.as_deref(),
        lead.occurred_at.plus_ms(-SKEW_MS).0,
    )?)
}

/// The time of the first lead with any of these identifiers, between `from` and `until`, both
/// inclusive.
///
/// # Errors
/// When the store does not answer.
pub async fn first_lead(
    tx: &mut Tx,
    workspace: WorkspaceId,
    marks: &[Identifier],
    from: Millis,
    until: Millis,
) -> Result<Option<Millis>, Error> {
    let mut first = None;
    for mark in marks {
        let (statement, mark) = match mark {
            Identifier::ExternalId(id) => (LEAD_BY_EXTERNAL_ID, id),
            Identifier::EmailHash(hash) => (LEAD_BY_EMAIL, hash),
        };
        let workspace = workspace.to_string();
        let found = value!(i64, tx, statement, workspace, mark, from.0, until.0)?;
        first = first.into_iter().chain(found.map(Millis)).min();
    }
    Ok(first)
}

/// Refunds that name this event as their sale.
///
/// # Errors
/// When the store does not answer.
pub async fn refunds_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    event_id: &str,
) -> Result<Vec<DatedConversion>, Error> {
    dated(&fetch!(
        all(i64, String),
        tx,
        REFUNDS_OF,
        workspace.to_string(),
        event_id
    )?)
}

/// The customer's latest conversions, newest first, at most `most`.
///
/// # Errors
/// When the store does not answer.
pub async fn latest_of_customer(
    tx: &mut Tx,
    customer: CustomerId,
    most: i64,
) -> Result<Vec<Conversion>, Error> {
    list!(
        ConversionRow,
        tx,
        LATEST_OF_CUSTOMER,
        customer.to_string(),
        most
    )
}

fn dated(rows: &[(i64, String)]) -> Result<Vec<DatedConversion>, Error> {
    rows.iter()
        .map(|(at, id)| Ok((Millis(*at), read_id(id)?)))
        .collect()
}
