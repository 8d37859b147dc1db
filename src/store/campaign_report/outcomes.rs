//! When outcomes happened and what each link brought. Forecasts and advice on the next post use
//! this.

use std::collections::BTreeMap;

use crate::attribution::WHOLE;
use crate::campaign_report::expected::CountedOutcome;
use crate::campaign_report::next_posts::PostedLink;
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, fetch, statements, value, values};
use crate::id::{CampaignId, LinkId, WorkspaceId};
use crate::store::text_column::read_id;

statements! {
    sql BY_QUARTER = "SELECT occurred_at / 900000 * 900000 AS quarter, \
        CAST(count(*) AS BIGINT) AS count FROM conversion \
        WHERE workspace_id = $1 AND kind = $2 AND occurred_at >= $3 AND occurred_at < $4 \
        GROUP BY occurred_at / 900000 * 900000 ORDER BY 1";
    sql FIRST = "SELECT min(occurred_at) FROM conversion WHERE workspace_id = $1 AND kind = $2";
    sql POSTED_AT = "SELECT DISTINCT created_at FROM link \
        WHERE workspace_id = $1 AND created_at >= $2 AND created_at < $3 AND network IS NOT NULL \
        ORDER BY created_at";
    sql POSTED = "SELECT id, network, intent, created_at, archived_at FROM link \
        WHERE campaign_id = $1 AND network IS NOT NULL ORDER BY id";
}

fn word(outcome: CountedOutcome) -> &'static str {
    match outcome {
        CountedOutcome::Leads => "lead",
        CountedOutcome::Sales => "sale",
    }
}

/// The number of outcomes in each quarter-hour of `[from, to)` in the whole workspace, in the order
/// of time. Quarter-hours without outcomes are left out.
///
/// # Errors
/// When the store does not answer.
pub async fn by_quarter(
    tx: &mut Tx,
    workspace: WorkspaceId,
    outcome: CountedOutcome,
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

/// The time of the first outcome, if there was one.
///
/// # Errors
/// When the store does not answer.
pub async fn first(
    tx: &mut Tx,
    workspace: WorkspaceId,
    outcome: CountedOutcome,
) -> Result<Option<Millis>, Error> {
    let first = value!(Option<i64>, tx, FIRST, workspace.to_string(), word(outcome))?;
    Ok(first.flatten().map(Millis))
}

/// When links for networks were created in `[from, to)`; equal times occur once.
///
/// # Errors
/// When the store does not answer.
pub async fn posted_at(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (from, to): (Millis, Millis),
) -> Result<Vec<Millis>, Error> {
    let rows = values!(i64, tx, POSTED_AT, workspace.to_string(), from.0, to.0)?;
    Ok(rows.into_iter().map(Millis).collect())
}

/// The campaign's links for networks, with the leads credited to each in millionths. Links that
/// were archived before they brought a lead are left out.
///
/// # Errors
/// When the store does not answer.
pub async fn posted(
    tx: &mut Tx,
    campaign: CampaignId,
    leads: &BTreeMap<LinkId, i64>,
) -> Result<Vec<PostedLink>, Error> {
    type PostedLinkRow = (String, String, String, i64, Option<i64>);
    let mut posted = Vec::new();
    for (link, network, intent, at, archived_at) in
        fetch!(all PostedLinkRow, tx, POSTED, campaign.to_string())?
    {
        let weight = leads.get(&read_id(&link)?).copied().unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "exact up to 9e15")]
        let leads = weight as f64 / WHOLE as f64;
        if archived_at.is_none() || weight > 0 {
            posted.push(PostedLink {
                network,
                intent,
                at: Millis(at),
                leads,
            });
        }
    }
    Ok(posted)
}
