//! What came when, and what each link brought: for questions about time and about the next post.

use crate::attribution::{Model, WHOLE};
use crate::campaign_report::expected::Outcome;
use crate::campaign_report::next::Posted;
use crate::campaign_report::{Axis, Leads};
use crate::clock::Millis;
use crate::id::{CampaignId, WorkspaceId};
use crate::store::db::{Only, fetch};
use crate::store::{Error, Tx, read_id_option};

const BY_QUARTER: &str = "SELECT occurred_at / 900000 * 900000 AS quarter, \
     CAST(count(*) AS BIGINT) AS count FROM credit \
     WHERE workspace_id = $1 AND model = 'last_touch' AND ordinal = 0 AND kind = $2 \
     AND occurred_at >= $3 AND occurred_at < $4 \
     GROUP BY occurred_at / 900000 * 900000 ORDER BY 1";
const FIRST: &str = "SELECT min(occurred_at) FROM credit \
     WHERE workspace_id = $1 AND model = 'last_touch' AND kind = $2";
const POSTED_AT: &str = "SELECT DISTINCT created_at FROM link \
     WHERE workspace_id = $1 AND created_at >= $2 AND created_at < $3 AND network IS NOT NULL \
     ORDER BY created_at";
const POSTED: &str = "SELECT l.network, l.intent, l.created_at, \
     CAST(coalesce(c.weight, 0) AS BIGINT) AS weight FROM link l LEFT JOIN (\
     SELECT link_id, sum(weight) AS weight FROM credit \
     WHERE campaign_id = $1 AND model = $2 AND kind = 'lead' GROUP BY link_id\
     ) c ON c.link_id = l.id WHERE l.campaign_id = $1 AND l.network IS NOT NULL \
     AND (l.archived_at IS NULL OR c.weight > 0) ORDER BY l.id";

const LEADS: &str = "SELECT link_id, network, CAST(sum(weight) AS BIGINT) AS weight FROM credit \
     WHERE campaign_id = $1 AND model = $2 AND kind = 'lead' \
     AND CASE WHEN $3 THEN coalesce(clicked_at, earned_at) ELSE occurred_at END >= $4 \
     AND CASE WHEN $3 THEN coalesce(clicked_at, earned_at) ELSE occurred_at END < $5 \
     AND (clicked_at IS NULL OR earned_at - clicked_at <= $6) GROUP BY link_id, network";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[BY_QUARTER, FIRST, POSTED_AT, POSTED, LEADS];

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Leads => "lead",
        Outcome::Sales => "sale",
    }
}

/// How many came in each quarter-hour of `[from, to)`, in the whole workspace, in the order of time;
/// quarter-hours without any are left out.
///
/// # Errors
/// When the store does not answer.
pub async fn by_quarter(
    tx: &mut Tx,
    workspace: WorkspaceId,
    outcome: Outcome,
    (from, to): (Millis, Millis),
) -> Result<Vec<(Millis, u64)>, Error> {
    let rows = fetch!(
        all(i64, i64),
        tx,
        BY_QUARTER,
        workspace.to_string(),
        word(outcome),
        from.0,
        to.0
    )?;
    let count = |(at, count): (i64, i64)| (Millis(at), count.cast_unsigned());
    Ok(rows.into_iter().map(count).collect())
}

/// When the first one came, if any did.
///
/// # Errors
/// When the store does not answer.
pub async fn first(
    tx: &mut Tx,
    workspace: WorkspaceId,
    outcome: Outcome,
) -> Result<Option<Millis>, Error> {
    let first = fetch!(
        optional Only<Option<i64>>, tx, FIRST, workspace.to_string(), word(outcome)
    )?;
    Ok(first.and_then(|(at,)| at).map(Millis))
}

/// When links for networks were made in `[from, to)`, each moment once.
///
/// # Errors
/// When the store does not answer.
pub async fn posted_at(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (from, to): (Millis, Millis),
) -> Result<Vec<Millis>, Error> {
    let rows = fetch!(all Only<i64>, tx, POSTED_AT, workspace.to_string(), from.0, to.0)?;
    Ok(rows.into_iter().map(|(at,)| Millis(at)).collect())
}

/// Leads of a campaign in the period, and within the window, by link and by network: by their clicks' moments, or their own.
///
/// # Errors
/// When the store does not answer.
pub async fn leads(
    tx: &mut Tx,
    campaign: CampaignId,
    model: Model,
    axis: Axis,
    (from, to): (Millis, Millis),
    window_ms: i64,
) -> Result<Leads, Error> {
    let rows = fetch!(
        all(Option<String>, Option<String>, i64),
        tx,
        LEADS,
        campaign.to_string(),
        model.as_str(),
        axis == Axis::Click,
        from.0,
        to.0,
        window_ms
    )?;
    let mut leads = Leads::default();
    for (link, network, weight) in rows {
        if let Some(link) = read_id_option(link.as_deref())? {
            *leads.by_link.entry(link).or_default() += weight;
        }
        if let Some(network) = network {
            *leads.by_network.entry(network).or_default() += weight;
        }
    }
    Ok(leads)
}

/// The campaign's links for networks with the leads credited to each, without those that were taken back
/// before they brought any.
///
/// # Errors
/// When the store does not answer.
pub async fn posted(tx: &mut Tx, campaign: CampaignId, model: Model) -> Result<Vec<Posted>, Error> {
    type Row = (String, String, i64, i64);
    let rows = fetch!(all Row, tx, POSTED, campaign.to_string(), model.as_str())?;
    #[expect(clippy::cast_precision_loss, reason = "exact up to 9e15")]
    let posted = |(network, intent, at, weight): Row| Posted {
        network,
        intent,
        at: Millis(at),
        leads: weight as f64 / WHOLE as f64,
    };
    Ok(rows.into_iter().map(posted).collect())
}
