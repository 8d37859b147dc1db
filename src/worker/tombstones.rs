//! Keeps erased people out: what comes late, or again, is written without them.
//!
//! Holds: as long as nobody was erased a batch costs one look; after that, clicks are only hashed where
//! the batch reaches back to a quarter-hour with an erased click. A click that was counted before has
//! its stand-in's id, so it is a repeat; a conversion likewise by its event. Everything is looked up in
//! the batch's own transaction, nothing is remembered. Must not know: HTTP.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::reading::Prepared;
use crate::click::{Finding, Hit};
use crate::conversion::NewConversion;
use crate::conversion::erasure::Erased;
use crate::id::{ClickId, Id, WorkspaceId};
use crate::store::tombstone::{self, Kind};
use crate::store::{Error, Tx, click, conversion as ledger};
use crate::vault::Vault;

/// Gives the event of an erased person another id, always the same one.
pub(super) fn event_name(vault: &Vault, workspace: WorkspaceId) -> impl Fn(&str) -> String {
    move |event| format!("erased:{}", vault.mark_hash(workspace, "event", event))
}

/// Recognises what was erased.
#[derive(Debug)]
pub(super) struct Tombstones {
    vault: Arc<Vault>,
    /// Whether the operator was told of tombstones that this key cannot recognise.
    told: bool,
}

impl Tombstones {
    pub(super) fn new(vault: Arc<Vault>) -> Tombstones {
        Tombstones { vault, told: false }
    }

    /// What recognises the erased; `None` as long as nobody was.
    pub(super) async fn look(&mut self, tx: &mut Tx) -> Result<Option<Gone<'_>>, Error> {
        let keys = tombstone::keys(tx).await?;
        if keys.is_empty() {
            return Ok(None);
        }
        let print = self.vault.print();
        if !self.told && keys.iter().any(|key| *key != print) {
            self.told = true;
            tracing::error!(
                "people were erased under another master.key than this data folder's: what comes \
                 late of them is not recognised here; put the same master.key into every data folder"
            );
        }
        Ok(keys.contains(&print).then_some(Gone(&self.vault)))
    }
}

/// Recognises what was erased under this master key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gone<'a>(&'a Vault);

impl Gone<'_> {
    /// What is left of the erased clicks among these entries, by place.
    pub(super) async fn clicks(
        self,
        tx: &mut Tx,
        entries: &[&Prepared],
    ) -> Result<HashMap<usize, (Hit, Finding)>, Error> {
        let clicks = || {
            entries.iter().enumerate().filter_map(|(at, entry)| {
                let Prepared::Click(hit, finding) = entry else {
                    return None;
                };
                Some((at, hit, finding))
            })
        };
        let times = || clicks().map(|(_, hit, _)| hit.id.time());
        let (Some(first), Some(last)) = (times().min(), times().max()) else {
            return Ok(HashMap::new());
        };
        let erased = tombstone::clicks(tx, first, last).await?;
        if erased.is_empty() {
            return Ok(HashMap::new());
        }
        let erased: HashSet<ClickId> = erased.into_iter().map(|(id, _)| id).collect();
        let left = clicks().filter_map(|(at, hit, finding)| {
            let stand_in = self.0.stand_in(hit.workspace_id, hit.id);
            let erased = erased.contains(&stand_in);
            erased.then(|| (at, click::erasure::erased(hit, finding, stand_in)))
        });
        Ok(left.collect())
    }

    /// What of a report may be written.
    pub(super) async fn left_of<'r>(
        self,
        tx: &mut Tx,
        report: &'r NewConversion,
    ) -> Result<Cow<'r, NewConversion>, Error> {
        let left = match self.erased(tx, report).await? {
            Some(erased) => {
                let rename = event_name(self.0, report.workspace_id);
                Cow::Owned(report.without(&erased, &rename))
            }
            None => Cow::Borrowed(report),
        };
        if left.event_id != report.event_id {
            let (of, from, to) = (report.workspace_id, &report.event_id, &left.event_id);
            ledger::erasure::rename_sale(tx, of, from, to).await?;
        }
        self.find_sale(tx, left).await
    }

    /// What of a report is erased, if anything.
    async fn erased(self, tx: &mut Tx, report: &NewConversion) -> Result<Option<Erased>, Error> {
        let of = report.workspace_id;
        let customer = report.evidence.external_id.as_deref();
        let customer = customer.map(|id| (Kind::Customer, id));
        let emails = report.email_hashes().map(|hash| (Kind::Email, hash));
        for (kind, mark) in customer.into_iter().chain(emails) {
            let hash = self.0.mark_hash(of, kind.as_str(), mark);
            if tombstone::holds(tx, &hash).await? {
                return Ok(Some(Erased::Person));
            }
        }
        let ids = &report.evidence.click_ids;
        let times = || ids.iter().map(Id::time);
        let (Some(first), Some(last)) = (times().min(), times().max()) else {
            return Ok(None);
        };
        let erased: HashMap<ClickId, bool> = tombstone::clicks(tx, first, last)
            .await?
            .into_iter()
            .collect();
        let mut stand_ins = HashMap::new();
        for id in ids {
            let stand_in = self.0.stand_in(of, *id);
            match erased.get(&stand_in) {
                Some(true) => return Ok(Some(Erased::Person)),
                Some(false) => stand_ins.insert(*id, stand_in),
                None => None,
            };
        }
        Ok((!stand_ins.is_empty()).then_some(Erased::Clicks(stand_ins)))
    }

    /// A refund names its sale also where the sale's event has another id by now.
    async fn find_sale<'r>(
        self,
        tx: &mut Tx,
        report: Cow<'r, NewConversion>,
    ) -> Result<Cow<'r, NewConversion>, Error> {
        let Some(sale) = report.refund_of.as_deref() else {
            return Ok(report);
        };
        let (of, source) = (report.workspace_id, report.source_id);
        if ledger::sale_by_event(tx, of, source, sale).await?.is_some() {
            return Ok(report);
        }
        let other = event_name(self.0, of)(sale);
        let renamed = ledger::sale_by_event(tx, of, source, &other).await?;
        if renamed.is_none() {
            return Ok(report);
        }
        let mut report = report.into_owned();
        report.refund_of = Some(other);
        Ok(Cow::Owned(report))
    }
}
