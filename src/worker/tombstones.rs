//! Anonymises late and repeated entries of erased people.
//!
//! # Invariants
//! - As long as nobody was erased, a batch costs one query. Later, only clicks in quarter-hours
//!   with an erased click are hashed.
//! - An erased click gets the id of its stand-in, so a click that was already counted is a repeat.
//! - A conversion is a repeat if its event is known by its own id or by the replacement.
//! - All lookups use the transaction of the batch. Nothing is cached.

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
use crate::store::tombstone::{self, TombstoneKind};
use crate::store::{Error, Tx, click_event, conversion as ledger, touch};
use crate::vault::Vault;

/// The prefix of the ids of erased people's events.
const ERASED: &str = "erased:";

/// A function that replaces the ids of erased people's events. Equal ids get equal replacements.
pub(super) fn event_name(vault: &Vault, workspace: WorkspaceId) -> impl Fn(&str) -> String {
    move |event| format!("{ERASED}{}", vault.mark_hash(workspace, "event", event))
}

/// The hash that marks a click of an erased person as proven: a conversion with a secret named it.
pub(super) fn proof_of(vault: &Vault, workspace: WorkspaceId, click: ClickId) -> String {
    vault.mark_hash(workspace, TombstoneKind::Proof.as_str(), &click.to_string())
}

/// Reads tombstones with the master key.
#[derive(Debug)]
pub(super) struct Tombstones {
    vault: Arc<Vault>,
    /// Whether the operator was warned about tombstones of another key.
    has_warned: bool,
}

impl Tombstones {
    pub(super) fn new(vault: Arc<Vault>) -> Tombstones {
        Tombstones {
            vault,
            has_warned: false,
        }
    }

    /// The vault that recognizes erased people.
    pub(super) fn vault(&self) -> Arc<Vault> {
        self.vault.clone()
    }

    /// The lookup of erased people; `None` while nobody was erased.
    pub(super) async fn lookup(&mut self, tx: &mut Tx) -> Result<Option<ErasureLookup<'_>>, Error> {
        let keys = tombstone::keys(tx).await?;
        if keys.is_empty() {
            return Ok(None);
        }
        let print = self.vault.print();
        if !self.has_warned && keys.iter().any(|key| *key != print) {
            self.has_warned = true;
            tracing::error!(
                "people were erased under another master.key than the one in this data folder, so \
                 late reports of them are not recognized; put the same master.key into every data \
                 folder"
            );
        }
        Ok(keys.contains(&print).then_some(ErasureLookup(&self.vault)))
    }
}

/// A report, checked against tombstones.
#[expect(clippy::large_enum_variant, reason = "one is in memory at a time")]
pub(super) enum LateReport<'r> {
    /// The event is new, and this much of the report may be written.
    New(Cow<'r, NewConversion>),
    /// The event was already reported.
    Repeat(Box<Conversion>),
}

/// Recognizes data that were erased under this master key.
#[derive(Clone, Copy, Debug)]
pub(super) struct ErasureLookup<'a>(&'a Vault);

impl<'a> ErasureLookup<'a> {
    /// The lookup of people who were erased under this key, if anybody was.
    pub(super) async fn find(
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
    /// The erased part of evidence, if any.
    pub(super) async fn of_evidence(
        self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        evidence: &JoinEvidence,
    ) -> Result<Option<ErasureScope>, Error> {
        self.erased_of(tx, workspace, evidence, &[]).await
    }

    /// The replacement for the name of an erased person's event or order.
    pub(super) fn renamed(self, workspace: WorkspaceId, name: &str) -> String {
        event_name(self.0, workspace)(name)
    }

    /// The erased clicks among these, by their index, in the form that may be written.
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
        let erased = tombstone::erased_among(tx, &asked).await?;
        let mut suspect = suspect;
        suspect.retain(|(stand_in, _)| erased.contains_key(stand_in.text().as_str()));
        let owned: Vec<_> = suspect
            .iter()
            .map(|(_, (_, hit, _))| (hit.workspace_id, hit.id))
            .collect();
        // A click whose erasure is not finished is a repeat under its own id.
        let kept = touch::stored(tx, &owned).await?;
        let left = suspect.into_iter().filter_map(|(stand_in, click)| {
            let (at, hit, finding) = click;
            (!kept.contains(&hit.id)).then(|| {
                let is_proven = erased.contains_key(&proof(hit));
                let (hit, mut finding) = click_event::erasure::erased(hit, finding, stand_in);
                let rule = verdict::converted(finding.class, &finding.rule);
                if let Some(rule) = rule.filter(|_| is_proven) {
                    (finding.class, finding.rule) = (ClickClass::Human, rule.into());
                }
                (at, (hit, finding))
            })
        });
        Ok(left.collect())
    }

    /// The part of a report that may be written. If the event was already reported, its conversion,
    /// whatever identifiers the person had then.
    pub(super) async fn check_report<'r>(
        self,
        tx: &mut Tx,
        report: &'r NewConversion,
    ) -> Result<LateReport<'r>, Error> {
        let rename = event_name(self.0, report.workspace_id);
        for name in [&report.event_id, &rename(&report.event_id)] {
            if let Some(first) = ledger::first_named(tx, report, name).await? {
                return Ok(LateReport::Repeat(Box::new(first)));
            }
        }
        let left = match self.erased(tx, report).await? {
            Some(erased) => Cow::Owned(report.without(&erased, &rename)),
            None => Cow::Borrowed(report),
        };
        ledger::erasure::rename_sale(tx, report, &left.event_id).await?;
        self.find_sale(tx, left).await.map(LateReport::New)
    }

    /// The erased part of a report, if any.
    async fn erased(
        self,
        tx: &mut Tx,
        report: &NewConversion,
    ) -> Result<Option<ErasureScope>, Error> {
        let emails: Vec<&str> = report.email_hashes().collect();
        self.erased_of(tx, report.workspace_id, &report.evidence, &emails)
            .await
    }

    /// The erased part of evidence and of its hashed e-mail addresses.
    async fn erased_of(
        self,
        tx: &mut Tx,
        of: WorkspaceId,
        evidence: &JoinEvidence,
        emails: &[&str],
    ) -> Result<Option<ErasureScope>, Error> {
        let customer = evidence.external_id.as_deref();
        let customer = customer.map(|id| (TombstoneKind::Customer, id));
        let emails = emails.iter().copied().chain(evidence.email_hash.as_deref());
        let emails = emails.map(|hash| (TombstoneKind::Email, hash));
        let marks = customer.into_iter().chain(emails);
        let marks = marks.map(|(kind, mark)| self.0.mark_hash(of, kind.as_str(), mark));
        let clicks = evidence.click_ids.iter();
        let clicks: Vec<_> = clicks.map(|id| (*id, self.0.stand_in(of, *id))).collect();
        let stand_ins = clicks.iter().map(|(_, stand_in)| stand_in.to_string());
        let asked: Vec<String> = marks.chain(stand_ins).collect();
        if asked.is_empty() {
            return Ok(None);
        }
        let found = tombstone::erased_among(tx, &asked).await?;
        if found.values().any(|is_person| *is_person) {
            return Ok(Some(ErasureScope::Person));
        }
        let gone = |pair: &(_, ClickId)| found.contains_key(pair.1.text().as_str());
        let stand_ins: HashMap<ClickId, ClickId> = clicks.into_iter().filter(gone).collect();
        Ok((!stand_ins.is_empty()).then_some(ErasureScope::Clicks(stand_ins)))
    }

    /// Lets a refund name its sale, even if the sale's event has another id now.
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
