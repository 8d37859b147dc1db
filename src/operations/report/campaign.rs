//! Reads the report of a campaign.

use tokio::task::spawn_blocking;

use super::reading;
use super::shares::JourneyShares;
use crate::campaign::Campaign;
use crate::campaign_report::{ReportQuery, YieldReport, yield_report};
use crate::operations::error::Error;
use crate::store::Tx;

/// The report of a campaign. Its statistics take a while, so they get a thread of their own.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn read_report(
    tx: &mut Tx,
    shares: &JourneyShares,
    campaign: Campaign,
    query: ReportQuery,
) -> Result<YieldReport, Error> {
    let (observed, declared) = reading::read(tx, shares, campaign, &query).await?;
    let report = spawn_blocking(move || yield_report(&query, &observed, &declared)).await;
    report.map_err(|_| Error::Broken)
}
