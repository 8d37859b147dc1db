//! Placements: the owner, link, campaign and network of a link when it was clicked, each stored
//! once.
//!
//! # Invariants
//! - A placement never changes; a changed link gets a new one.
//! - Ids increase under the lock of [`Store::ingest`](crate::store::Store::ingest). Small numbers
//!   keep click rows small.

use foldhash::HashMap;
use std::sync::Arc;

use crate::click::RawClick;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, statements, value};
use crate::id::{CampaignId, LinkId};
use crate::store::text_column::{read_id, read_id_option};

/// Most links in memory. Beyond it, the memory is cleared and placements are looked up again.
const REMEMBERED: usize = 100_000;

statements! {
    sql LAST = "SELECT coalesce(max(id), 0) FROM placement";
    bulk FIND = bulk_sql!(
        "SELECT id, link_id, campaign_id, network FROM placement WHERE link_id " in_list
    );
    bulk INSERT = bulk_sql!(
        "INSERT INTO placement "
        values(id BIGINT, workspace_id TEXT, link_id TEXT, campaign_id TEXT, network TEXT)
    );
}

/// The part of a placement that clicks need.
#[derive(Clone, Debug)]
pub(super) struct PlacementRef {
    pub(super) id: i64,
    /// The campaign, or the link if it has none.
    pub(super) scope: Arc<str>,
    /// Empty if there is none.
    pub(super) network: Arc<str>,
    pub(super) link: Arc<str>,
}

#[derive(Debug)]
struct Placement {
    placed: PlacementRef,
    campaign_id: Option<CampaignId>,
    network: Option<String>,
}

impl Placement {
    fn new(id: i64, link: LinkId, campaign: Option<CampaignId>, network: Option<String>) -> Self {
        let scope = campaign.map_or_else(|| link.to_string(), |campaign| campaign.to_string());
        Placement {
            placed: PlacementRef {
                id,
                scope: scope.into(),
                network: network.as_deref().unwrap_or_default().into(),
                link: link.to_string().into(),
            },
            campaign_id: campaign,
            network,
        }
    }

    fn is_of(&self, hit: &RawClick) -> bool {
        self.campaign_id == hit.campaign_id && self.network == hit.network
    }
}

/// Id, link, campaign and network.
type Found = (i64, String, Option<String>, Option<String>);

/// The known placements, by link.
#[derive(Debug, Default)]
pub(super) struct KnownPlacements(HashMap<LinkId, Vec<Placement>>);

impl KnownPlacements {
    /// The placement of each click; unknown placements are created.
    pub(super) async fn of(
        &mut self,
        tx: &mut Tx,
        hits: &[&RawClick],
    ) -> Result<Vec<PlacementRef>, Error> {
        if self.0.len() > REMEMBERED {
            self.0.clear();
        }
        if self.missing(hits).next().is_some() {
            self.find(tx, hits).await?;
            self.make(tx, hits).await?;
        }
        let of = |hit: &&RawClick| {
            let placement = self.get(hit).map(|placement| placement.placed.clone());
            placement.ok_or_else(|| Error::Corrupt {
                what: "placement of link",
                value: hit.link_id.to_string(),
            })
        };
        hits.iter().map(of).collect()
    }

    fn get(&self, hit: &RawClick) -> Option<&Placement> {
        let known = self.0.get(&hit.link_id)?;
        known.iter().find(|placement| placement.is_of(hit))
    }

    fn missing<'a>(&'a self, hits: &'a [&RawClick]) -> impl Iterator<Item = &'a RawClick> {
        hits.iter().copied().filter(|hit| self.get(hit).is_none())
    }

    /// Reads the placements of unknown links from the store.
    async fn find(&mut self, tx: &mut Tx, hits: &[&RawClick]) -> Result<(), Error> {
        let mut links: Vec<LinkId> = self.missing(hits).map(|hit| hit.link_id).collect();
        links.sort_unstable();
        links.dedup();
        let found = bulk!(all Found, tx, FIND, links, [|link: &LinkId| link.to_string()])?;
        for link in links {
            self.0.insert(link, Vec::new());
        }
        for (id, link, campaign, network) in found {
            let (link, campaign) = (read_id(&link)?, read_id_option(campaign.as_deref())?);
            let placement = Placement::new(id, link, campaign, network);
            self.0.entry(link).or_default().push(placement);
        }
        Ok(())
    }

    /// Creates the placements that the store does not have.
    async fn make(&mut self, tx: &mut Tx, hits: &[&RawClick]) -> Result<(), Error> {
        let mut last = value!(i64, tx, LAST)?.unwrap_or(0);
        let mut made: Vec<(i64, &RawClick)> = Vec::new();
        for hit in hits {
            if self.get(hit).is_none() {
                last += 1;
                made.push((last, hit));
                let placement =
                    Placement::new(last, hit.link_id, hit.campaign_id, hit.network.clone());
                self.0.entry(hit.link_id).or_default().push(placement);
            }
        }
        if made.is_empty() {
            return Ok(());
        }
        bulk!(
            execute,
            tx,
            INSERT,
            made,
            [
                |row: &(i64, &RawClick)| row.0,
                |row: &(i64, &RawClick)| row.1.workspace_id.to_string(),
                |row: &(i64, &RawClick)| row.1.link_id.to_string(),
                |row: &(i64, &RawClick)| row.1.campaign_id.map(|id| id.to_string()),
                |row: &(i64, &RawClick)| row.1.network.clone(),
            ]
        )?;
        Ok(())
    }
}
