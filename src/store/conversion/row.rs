//! A conversion as the ledger holds it.

use crate::clock::Millis;
use crate::conversion::{MatchRule, NewConversion, OrderPart, UnjoinedReason};
use crate::drivers::sql::Error;
use crate::id::{CampaignId, ClickId, ConversionId, LinkId, SourceId};
use crate::money::Money;
use crate::store::text_column::{read_id, read_id_option, read_json};

/// Source id of the reports of the API itself.
pub const API: &str = "api";

/// What a conversion was joined to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The rule that found it.
    pub joined_by: MatchRule,
    /// The last known click, if any.
    pub click_id: Option<ClickId>,
    /// The campaign credited by last touch, if any.
    pub campaign_id: Option<CampaignId>,
    /// The network credited by last touch, if any.
    pub network: Option<String>,
    /// The link credited by last touch, if any.
    pub link_id: Option<LinkId>,
    /// For rules that use them: the customer's earlier conversion whose click ids were used.
    pub via: Option<ConversionId>,
    /// Why nothing matched, if nothing did.
    pub unjoined: Option<UnjoinedReason>,
}

/// A conversion in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The report.
    pub report: NewConversion,
    /// What it was joined to.
    pub join: Join,
}

/// Selects whole rows.
macro_rules! select {
    ($rest:expr) => {
        concat!(
            "SELECT id, workspace_id, source_id, event_id, kind, name, occurred_at, received_at, amount, \
             currency, refund_of, evidence, joined_by, click_id, campaign_id, network, link_id, joined_via, \
             order_id, order_part, unjoined FROM conversion ",
            $rest
        )
    };
}

pub(super) use select;

#[derive(sqlx_macros::FromRow)]
pub(super) struct ConversionRow {
    id: String,
    workspace_id: String,
    source_id: String,
    event_id: String,
    kind: String,
    name: Option<String>,
    occurred_at: i64,
    received_at: i64,
    amount: Option<i64>,
    currency: Option<String>,
    refund_of: Option<String>,
    evidence: String,
    joined_by: String,
    click_id: Option<String>,
    campaign_id: Option<String>,
    network: Option<String>,
    link_id: Option<String>,
    joined_via: Option<String>,
    order_id: Option<String>,
    order_part: Option<String>,
    unjoined: Option<String>,
}

impl TryFrom<ConversionRow> for Conversion {
    type Error = Error;

    fn try_from(row: ConversionRow) -> Result<Self, Error> {
        let corrupt = |what, value: &str| Error::Corrupt {
            what,
            value: value.to_owned(),
        };
        let value = match (row.amount, &row.currency) {
            (Some(amount), Some(code)) => Some(Money {
                amount,
                currency: code.parse().map_err(|_| corrupt("currency", code))?,
            }),
            _ => None,
        };
        Ok(Conversion {
            report: NewConversion {
                id: read_id(&row.id)?,
                workspace_id: read_id(&row.workspace_id)?,
                source_id: read_source(&row.source_id)?,
                event_id: row.event_id,
                kind: row.kind.parse().map_err(|_| corrupt("kind", &row.kind))?,
                name: row.name,
                occurred_at: Millis(row.occurred_at),
                received_at: Millis(row.received_at),
                value,
                refund_of: row.refund_of,
                evidence: read_json("evidence", &row.evidence)?,
                order: match read_id_option(row.order_id.as_deref())? {
                    Some(id) => Some(OrderPart {
                        id,
                        part: row.order_part.unwrap_or_default(),
                    }),
                    None => None,
                },
            },
            join: Join {
                joined_by: MatchRule::from_stored(&row.joined_by),
                click_id: read_id_option(row.click_id.as_deref())?,
                campaign_id: read_id_option(row.campaign_id.as_deref())?,
                network: row.network,
                link_id: read_id_option(row.link_id.as_deref())?,
                via: read_id_option(row.joined_via.as_deref())?,
                unjoined: row
                    .unjoined
                    .as_deref()
                    .and_then(UnjoinedReason::from_stored),
            },
        })
    }
}

pub(super) fn source_column(source: Option<SourceId>) -> String {
    source.map_or_else(|| API.to_owned(), |id| id.to_string())
}

pub(super) fn read_source(column: &str) -> Result<Option<SourceId>, Error> {
    if column == API {
        return Ok(None);
    }
    read_id(column).map(Some)
}
