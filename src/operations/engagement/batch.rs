//! The engagement numbers of one import, collected and then stored together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::clock::Millis;
use crate::id::{CampaignId, EngagementId, WorkspaceId};
use crate::operations::engagement::body::{EngagementImportResult, EngagementView};
use crate::operations::engagement::row::EngagementRow;
use crate::operations::error::Error;
use crate::operations::import::bad_rows::{RowError, bad};
use crate::operations::import::rows::{FileSummary, sort_ids};
use crate::operations::import::run::MAX_SHOWN;
use crate::operations::import::target::RowTarget;
use crate::store::Tx;
use crate::store::engagement::{self, EngagedPost, Engagement};

/// The totals of one import, one for each campaign, network, post and day.
#[derive(Debug)]
pub(super) struct EngagementBatch {
    workspace: WorkspaceId,
    now: Millis,
    totals: Vec<Engagement>,
    places: HashMap<(CampaignId, String, EngagedPost, i64), usize>,
}

impl EngagementBatch {
    /// An empty batch.
    pub(super) fn new(workspace: WorkspaceId, now: Millis) -> EngagementBatch {
        EngagementBatch {
            workspace,
            now,
            totals: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Adds a row. Rows of a table without a post are summed, because a file may have one row for
    /// each post.
    pub(super) fn add(&mut self, row: &EngagementRow, target: RowTarget) -> Result<(), RowError> {
        let is_of_table = row.is_of_table;
        let totals = self.totals_of(row, target)?;
        let adds_up = is_of_table && totals.post == EngagedPost::All;
        let place = (
            totals.campaign_id,
            totals.network.clone(),
            totals.post.clone(),
            totals.day,
        );
        match self.places.entry(place) {
            Entry::Vacant(place) => {
                place.insert(self.totals.len());
                self.totals.push(totals);
            }
            Entry::Occupied(earlier) if adds_up => {
                if let Some(earlier) = self.totals.get_mut(*earlier.get()) {
                    earlier.figures = earlier.figures.and(totals.figures);
                }
            }
            Entry::Occupied(_) => {
                return bad(
                    "day",
                    "has an earlier row of the same campaign, network and post; give one row for each",
                );
            }
        }
        Ok(())
    }

    fn totals_of(&self, row: &EngagementRow, target: RowTarget) -> Result<Engagement, RowError> {
        let Some(network) = target.network else {
            return bad(
                "network",
                "is missing; name it in each row, or once for all rows in the query",
            );
        };
        let post = match (target.link_id, target.permalink) {
            (Some(link), _) => EngagedPost::Link(link),
            (None, Some(permalink)) => EngagedPost::Permalink(permalink),
            (None, None) => EngagedPost::All,
        };
        Ok(Engagement {
            id: EngagementId::new(self.now),
            workspace_id: self.workspace,
            campaign_id: target.campaign.id,
            network,
            post,
            day: row.day,
            figures: row.figures,
            updated_at: self.now,
        })
    }

    /// Stores the totals.
    pub(super) async fn keep(
        self,
        tx: &mut Tx,
        file: FileSummary,
        dry_run: bool,
    ) -> Result<EngagementImportResult, Error> {
        let mut totals = self.totals;
        sort_ids(&mut totals, |row| &mut row.id);
        let put = engagement::upsert(tx, &mut totals).await?;
        if totals.len() > MAX_SHOWN {
            totals.clear();
        }
        Ok(EngagementImportResult {
            new: put.new,
            changed: put.changed,
            unchanged: put.unchanged,
            engagement: totals.into_iter().map(EngagementView::from).collect(),
            columns_left_out: file.columns_left_out,
            totals_left_out: file.totals_left_out,
            passed_over: file.passed_over,
            file: file.read,
            dry_run,
        })
    }
}
