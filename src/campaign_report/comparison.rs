//! What a report is held against.

use serde::{Deserialize, Serialize};

use super::row::ReportRow;
use crate::clock::Millis;
use crate::id::CampaignId;
use crate::money::Currency;

/// Another report with the same kind of rows, for comparison. Money is in its own campaign's
/// currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ComparedReport {
    /// The campaign's id.
    #[schema(value_type = String)]
    pub campaign: CampaignId,
    /// The campaign's name.
    pub campaign_name: String,
    /// Currency of its money.
    #[schema(value_type = String, example = "EUR")]
    pub currency: Currency,
    /// Start of its period.
    #[schema(value_type = String, format = DateTime)]
    pub from: Millis,
    /// End of its period, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub to: Millis,
    /// Its rows.
    pub rows: Vec<ReportRow>,
    /// Everything that cannot be credited to a row.
    pub unattributed: ReportRow,
    /// Everything.
    pub total: ReportRow,
}
