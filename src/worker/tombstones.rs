//! Keeps erased people out: what comes late, or again, is written without them.
//!
//! Holds: as long as nobody was erased a batch costs one look; after that, only clicks of
//! quarter-hours with an erased click are hashed. A click that was counted before has its
//! stand-in's id, so it is a repeat; a conversion is one by either name of its event. Everything is
//! looked up in the batch's own transaction, by what the batch holds; nothing is remembered. Must
//! not know: HTTP.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::click::{ClickClass, Enrichment, RawClick};
use crate::clock::Millis;
use crate::conversion::erasure::ErasureScope;
use crate::conversion::{JoinEvidence, NewConversion};
use crate::enrich::verdict;
use crate::id::{ClickId, WorkspaceId};
use crate::store::conversion::Conversion;
use crate::store::tombstone::{self, Kind};
use crate::store::{Error, Tx, click, conversion as ledger, touch};
use crate::vault::Vault;

/// What the id of an erased person's event begins with.
const ERASED: &str = "erased:";

/// Gives the event of an erased person another id, always the same one.
pub(super) fn event_name(vault: &Vault, workspace: WorkspaceId) -> impl Fn(&str) -> String {
    move |event| format!("{ERASED}{}", vault.mark_hash(workspace, "event", event))
}

/// What stands for it that a conversion with a secret had named this click, when its person was
/// erased.
pub(super) fn proof_of(vault: &Vault, workspace: WorkspaceId, click: ClickId) -> String {
    vault.mark_hash(workspace, Kind::Proof.as_str(), &click.to_string())
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

    /// The key that they are recognised by.
    pub(super) fn vault(&self) -> Arc<Vault> {
        self.vault.clone()
    }

    /// What recognises the erased; `None` as long as nobody was.
    pub(super) async fn look(&mut self, tx: &mut Tx) -> Result<Option<ErasureLookup<'_>>, Error> {
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
        Ok(keys.contains(&print).then_some(ErasureLookup(&self.vault)))
    }
}

/// What is left of a report.
#[expect(clippy::large_enum_variant, reason = "one is in memory at a time")]
pub(super) enum LateReport<'r> {
    /// It is new; this may be written.
    New(Cow<'r, NewConversion>),
    /// Its event was told of before.
    Before(Box<Conversion>),
}

/// Recognises what was erased under this master key.
#[derive(Clone, Copy, Debug)]
pub(super) struct ErasureLookup<'a>(&'a Vault);

impl<'a> ErasureLookup<'a> {
    /// What recognises the erased under this key, if anybody was.
    pub(super) async fn anybody(
        tx: &mut Tx,
        vault: &'a Vault,
    ) -> Result<Option<ErasureLookup<'a>>, Error> {
        let keys = tombstone::keys(tx).await?;
        Ok(keys
            .contains(&vault.print())
            .then_some(ErasureLookup(vault)))
    }
}

impl ErasureLookup<'_> {
    /// What of evidence is erased, if anything.
    pub(super) async fn of_evidence(
        self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        evidence: &JoinEvidence,
    ) -> Result<Option<ErasureScope>, Error> {
        self.erased_of(tx, workspace, evidence, &[]).await
    }

    /// What stands for a name that names somebody who was erased.
    pub(super) fn renamed(self, workspace: WorkspaceId, name: &str) -> String {
        event_name(self.0, workspace)(name)
    }

    /// What is left of those of these clicks that are erased, by place.
    pub(super) async fn clicks(
        self,
        tx: &mut Tx,
        clicks: &[(&RawClick, &Enrichment)],
    ) -> Result<HashMap<usize, (RawClick, Enrichment)>, Error> {
        let clicks = || {
            let places = clicks.iter().enumerate();
            places.map(|(at, (hit, finding))| (at, *hit, *finding))
        };
        let quarter = |hit: &RawClick| hit.id.time().quarter_hour();
        let quarters: BTreeSet<Millis> = clicks().map(|(_, hit, _)| quarter(hit)).collect();
        if quarters.is_empty() {
            return Ok(HashMap::new());
        }
        let quarters = tombstone::quarters(tx, &quarters).await?;
        let suspect: Vec<_> = clicks()
            .filter(|(_, hit, _)| quarters.contains(&quarter(hit)))
            .map(|click| (self.0.stand_in(click.1.workspace_id, click.1.id), click))
            .collect();
        if suspect.is_empty() {
            return Ok(HashMap::new());
        }
        let proof = |hit: &RawClick| proof_of(self.0, hit.workspace_id, hit.id);
        let stand_ins = suspect.iter().map(|(id, _)| id.to_string());
        let proofs = suspect.iter().map(|(_, (_, hit, _))| proof(hit));
        let asked: Vec<String> = stand_ins.chain(proofs).collect();
        let erased = tombstone::among(tx, &asked).await?;
        let mut suspect = suspect;
        suspect.retain(|(stand_in, _)| erased.contains_key(stand_in.text().as_str()));
        let owned: Vec<_> = suspect
            .iter()
            .map(|(_, (_, hit, _))| (hit.workspace_id, hit.id))
            .collect();
        // One that is not erased yet is a repeat under its own id.
        let kept = touch::stored(tx, &owned).await?;
        let left = suspect.into_iter().filter_map(|(stand_in, click)| {
            let (at, hit, finding) = click;
            (!kept.contains(&hit.id)).then(|| {
                let is_proven = erased.contains_key(&proof(hit));
                let (hit, mut finding) = click::erasure::erased(hit, finding, stand_in);
                let rule = verdict::converted(finding.class, &finding.rule);
                if let Some(rule) = rule.filter(|_| is_proven) {
                    (finding.class, finding.rule) = (ClickClass::Human, rule.into());
                }
                (at, (hit, finding))
            })
        });
        Ok(left.collect())
    }

    /// What of a report may be written, or the conversion that its event was written as before, by
    /// whatever marks the person was known then.
    pub(super) async fn left_of<'r>(
        self,
        tx: &mut Tx,
        report: &'r NewConversion,
    ) -> Result<LateReport<'r>, Error> {
        let rename = event_name(self.0, report.workspace_id);
        for name in [&report.event_id, &rename(&report.event_id)] {
            if let Some(first) = ledger::first_named(tx, report, name).await? {
                return Ok(LateReport::Before(Box::new(first)));
            }
        }
        let left = match self.erased(tx, report).await? {
            Some(erased) => Cow::Owned(report.without(&erased, &rename)),
            None => Cow::Borrowed(report),
        };
        ledger::erasure::rename_sale(tx, report, &left.event_id).await?;
        self.find_sale(tx, left).await.map(LateReport::New)
    }

    /// What of a report is erased, if anything.
    async fn erased(
        self,
        tx: &mut Tx,
        report: &NewConversion,
    ) -> Result<Option<ErasureScope>, Error> {
        let emails: Vec<&str> = report.email_hashes().collect();
        self.erased_of(tx, report.workspace_id, &report.evidence, &emails)
            .await
    }

    /// The same, of evidence and the hashes of e-mail addresses that stand beside it.
    async fn erased_of(
        self,
        tx: &mut Tx,
        of: WorkspaceId,
        evidence: &JoinEvidence,
        emails: &[&str],
    ) -> Result<Option<ErasureScope>, Error> {
        let customer = evidence.external_id.as_deref();
        let customer = customer.map(|id| (Kind::Customer, id));
        let emails = emails.iter().copied().chain(evidence.email_hash.as_deref());
        let emails = emails.map(|hash| (Kind::Email, hash));
        let marks = customer.into_iter().chain(emails);
        let marks = marks.map(|(kind, mark)| self.0.mark_hash(of, kind.as_str(), mark));
        let clicks = evidence.click_ids.iter();
        let clicks: Vec<_> = clicks.map(|id| (*id, self.0.stand_in(of, *id))).collect();
        let stand_ins = clicks.iter().map(|(_, stand_in)| stand_in.to_string());
        let asked: Vec<String> = marks.chain(stand_ins).collect();
        if asked.is_empty() {
            return Ok(None);
        }
        let found = tombstone::among(tx, &asked).await?;
        if found.values().any(|is_person| *is_person) {
            return Ok(Some(ErasureScope::Person));
        }
        let gone = |pair: &(_, ClickId)| found.contains_key(pair.1.text().as_str());
        let stand_ins: HashMap<ClickId, ClickId> = clicks.into_iter().filter(gone).collect();
        Ok((!stand_ins.is_empty()).then_some(ErasureScope::Clicks(stand_ins)))
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
        let other = event_name(self.0, of)(sale);
        let Some(renamed) = ledger::sale_by_event(tx, of, source, &other).await? else {
            return Ok(report);
        };
        let precedence = |sale: &Conversion| ledger::precedence(&sale.report, source);
        let named = ledger::sale_by_event(tx, of, source, sale).await?;
        if named.is_some_and(|named| precedence(&named) < precedence(&renamed)) {
            return Ok(report);
        }
        let mut report = report.into_owned();
        report.refund_of = Some(other);
        Ok(Cow::Owned(report))
    }
}
