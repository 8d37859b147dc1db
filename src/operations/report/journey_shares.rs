//! The share of each network by data-driven models, computed on demand and cached.
//!
//! # Invariants
//! A cached answer is used only while the journeys have the same fingerprint.

use std::sync::Arc;

use quick_cache::sync::Cache;
use tokio::task::spawn_blocking;

use crate::attribution::data_driven::DataDrivenModel;
use crate::campaign_report::credits::CampaignCredits;
use crate::operations::error::Error;
use crate::store::Tx;
use crate::store::campaign_report::journeys::{self, JourneyFingerprint, JourneyQuery};

/// Most cached answers, each a few hundred bytes.
const CACHED: usize = 256;

/// Networks and their shares of 1; empty if nobody converted.
type Answer = Arc<Vec<(String, f64)>>;

/// The cached answers.
#[derive(Debug)]
pub struct JourneyShares(Cache<(DataDrivenModel, JourneyQuery, JourneyFingerprint), Answer>);

impl Default for JourneyShares {
    fn default() -> JourneyShares {
        JourneyShares(Cache::new(CACHED))
    }
}

impl JourneyShares {
    /// The share of each network by `model`. `credits` are those of the campaign.
    pub(super) async fn of(
        &self,
        tx: &mut Tx,
        credits: &CampaignCredits,
        model: DataDrivenModel,
        wanted: JourneyQuery,
    ) -> Result<Answer, Error> {
        let key = (
            model,
            wanted,
            journeys::fingerprint(tx, credits, &wanted).await?,
        );
        if let Some(known) = self.0.get(&key) {
            return Ok(known);
        }
        let journeys = journeys::read(tx, credits, &wanted).await?;
        // Many networks take a while, and other requests wait for this thread.
        let compute = move || {
            let shares = model.shares(&journeys.paths);
            journeys.networks.into_iter().zip(shares).collect()
        };
        let answer = Arc::new(spawn_blocking(compute).await.map_err(|_| Error::Broken)?);
        self.0.insert(key, Arc::clone(&answer));
        Ok(answer)
    }
}
