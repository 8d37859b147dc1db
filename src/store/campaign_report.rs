//! The sums a campaign's report is made of: credits, grouped. Clicks come from the roll-up in
//! [`super::click`].

use super::db::fetch;
use super::{Error, Tx};
use crate::attribution::Model;
use crate::campaign_report::{Axis, Converted, CreditSum};
use crate::clock::Millis;
use crate::conversion::JoinedBy;
use crate::id::{CampaignId, WorkspaceId};

#[derive(sqlx::FromRow)]
struct Row {
    network: Option<String>,
    network_seen: Option<String>,
    kind: String,
    name: Option<String>,
    currency: Option<String>,
    joined_by: String,
    in_window: i64,
    weight: i64,
    amount: i64,
    converted: Option<i64>,
    rate_day: Option<i64>,
}

impl TryFrom<Row> for CreditSum {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let corrupt = |what, value: &str| Error::Corrupt {
            what,
            value: value.to_owned(),
        };
        Ok(CreditSum {
            network: row.network,
            network_seen: row.network_seen,
            kind: row.kind.parse().map_err(|_| corrupt("kind", &row.kind))?,
            name: row.name,
            currency: row
                .currency
                .map(|code| code.parse().map_err(|_| corrupt("currency", &code)))
                .transpose()?,
            joined_by: JoinedBy::from_stored(&row.joined_by),
            in_window: row.in_window == 1,
            weight: row.weight,
            amount: row.amount,
            converted: row
                .converted
                .zip(row.rate_day)
                .map(|(amount, latest_day)| Converted { amount, latest_day }),
        })
    }
}

const CREDITS: &str = "SELECT network, network_seen, kind, name, currency, joined_by, \
     CAST(CASE WHEN clicked_at IS NULL OR earned_at - clicked_at <= $6 THEN 1 ELSE 0 END \
          AS BIGINT) AS in_window, \
     CAST(sum(weight) AS BIGINT) AS weight, CAST(coalesce(sum(amount), 0) AS BIGINT) AS amount, \
     CAST(sum(converted) AS BIGINT) AS converted, max(rate_day) AS rate_day \
     FROM credit WHERE campaign_id = $1 AND model = $2 \
     AND CASE $3 WHEN 'click' THEN coalesce(clicked_at, earned_at) WHEN 'earned' THEN earned_at \
          ELSE occurred_at END >= $4 \
     AND CASE $3 WHEN 'click' THEN coalesce(clicked_at, earned_at) WHEN 'earned' THEN earned_at \
          ELSE occurred_at END < $5 \
     GROUP BY network, network_seen, kind, name, currency, joined_by, \
     CASE WHEN clicked_at IS NULL OR earned_at - clicked_at <= $6 THEN 1 ELSE 0 END, \
     CASE WHEN rate_day IS NULL THEN 0 ELSE 1 END \
     ORDER BY network, network_seen, kind, name, currency, joined_by";
const UNATTRIBUTED: &str = "SELECT network, network_seen, kind, name, currency, joined_by, \
     CAST(1 AS BIGINT) AS in_window, \
     CAST(sum(weight) AS BIGINT) AS weight, CAST(coalesce(sum(amount), 0) AS BIGINT) AS amount, \
     CAST(NULL AS BIGINT) AS converted, CAST(NULL AS BIGINT) AS rate_day \
     FROM credit WHERE workspace_id = $1 AND model = $2 AND campaign_id IS NULL \
     AND link_id IS NULL AND CASE WHEN $5 THEN occurred_at ELSE earned_at END >= $3 \
     AND CASE WHEN $5 THEN occurred_at ELSE earned_at END < $4 \
     GROUP BY network, network_seen, kind, name, currency, joined_by ORDER BY kind, name, currency";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[CREDITS, UNATTRIBUTED];

/// Which moment of a credit must lie in the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// That of the click; where none is known, as [`Moment::Earned`].
    Click,
    /// That of the conversion.
    Conversion,
    /// That of the conversion, and for a refund that of its sale.
    Earned,
}

impl From<Axis> for Moment {
    fn from(axis: Axis) -> Self {
        match axis {
            Axis::Click => Moment::Click,
            Axis::Conversion => Moment::Conversion,
        }
    }
}

/// Credits of a campaign in `[from, to)`. Those whose click lies more than
/// `window_ms` before the conversion (a refund's sale) come apart, with `in_window` false.
///
/// # Errors
/// When the store does not answer.
pub async fn credits(
    tx: &mut Tx,
    campaign: CampaignId,
    model: Model,
    moment: Moment,
    (from, to): (Millis, Millis),
    window_ms: i64,
) -> Result<Vec<CreditSum>, Error> {
    let moment = match moment {
        Moment::Click => "click",
        Moment::Conversion => "conversion",
        Moment::Earned => "earned",
    };
    fetch!(
        all Row, tx, CREDITS,
        campaign.to_string(), model.as_str(), moment, from.0, to.0, window_ms
    )?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

/// Conversions of the workspace in `[from, to)` that no campaign could be credited with. Without a campaign
/// there is no currency to convert them to.
///
/// # Errors
/// When the store does not answer.
pub async fn unattributed(
    tx: &mut Tx,
    workspace: WorkspaceId,
    model: Model,
    moment: Moment,
    (from, to): (Millis, Millis),
) -> Result<Vec<CreditSum>, Error> {
    let by_conversion = moment == Moment::Conversion;
    fetch!(
        all Row, tx, UNATTRIBUTED,
        workspace.to_string(), model.as_str(), from.0, to.0, by_conversion
    )?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}
