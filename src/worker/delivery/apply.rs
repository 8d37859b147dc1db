//! Writes what deliveries report.
//!
//! # Invariants
//! - A delivery takes effect completely, in the transaction that stores its status, or not at all.
//! - A delivery that is applied again changes nothing.
//! - A delivery that cannot be read stays in the inbox with the reason, until somebody fixes the
//!   cause and replays it.

use super::parse::{Effect, ParsedDelivery};
use super::reason::without_addresses;
use crate::clock::Millis;
use crate::conversion::order::OrderObservation;
use crate::event_log::entry::SealedDelivery;
use crate::metric::outcome::WebhookOutcome;
use crate::provider::ReportError;
use crate::store::inbox::{self, DeliveryStatus, InboxItem};
use crate::store::source;
use crate::store::{Error, Tx};
use crate::worker::batch_metrics::EntryOutcome;
use crate::worker::context::IngestContext;
use crate::worker::conversions;
use crate::worker::erasure::{self, ErasureSubject};
use crate::worker::orders::{self, OrderSource};

/// Writes what a delivery reports.
pub(in crate::worker) async fn apply(
    tx: &mut Tx,
    context: IngestContext<'_>,
    delivery: &ParsedDelivery,
    now: Millis,
) -> Result<EntryOutcome, Error> {
    let sealed = &delivery.sealed;
    let before = inbox::by_id(tx, sealed.id).await?;
    if before.as_ref().is_some_and(|item| item.sealed.is_none()) {
        // Its person was erased in the meantime.
        return Ok(EntryOutcome::Repeat);
    }
    let Some(effects) = &delivery.effects else {
        return Ok(EntryOutcome::Repeat);
    };
    let mut item = new_item(sealed, now);
    match effects {
        Ok(effects) => {
            let names_erased = names_erased(tx, context, sealed, &effects.all).await?;
            item.detail = effects.note.map(str::to_owned);
            item.told = i64::try_from(effects.all.len()).unwrap_or(i64::MAX);
            item.status = if item.told == 0 {
                DeliveryStatus::Nothing
            } else {
                DeliveryStatus::Read
            };
            match write(tx, context, sealed, &effects.all, now).await? {
                Err(TooLarge(reason)) => {
                    (item.status, item.detail) = (DeliveryStatus::Failed, Some(reason));
                    item.code = Some("person_too_large".to_owned());
                }
                Ok(warnings) => {
                    item.detail = join_notes(item.detail, warnings);
                    if let Some(error) = &effects.failed {
                        mark_unreadable(context, &mut item, error);
                    }
                    if names_erased {
                        item.sealed = None;
                    }
                }
            }
        }
        Err(error) => mark_unreadable(context, &mut item, error),
    }
    if before.is_none_or(|item| item.status == DeliveryStatus::Refused) {
        source::count_accepted(tx, sealed.source_id, sealed.received_at).await?;
    }
    inbox::upsert(tx, &item).await?;
    Ok(EntryOutcome::Delivery)
}

fn new_item(sealed: &SealedDelivery, now: Millis) -> InboxItem {
    InboxItem {
        id: sealed.id,
        workspace_id: sealed.workspace_id,
        source_id: sealed.source_id,
        received_at: sealed.received_at,
        status: DeliveryStatus::Failed,
        code: None,
        detail: None,
        told: 0,
        tries: 1,
        handled_at: now,
        sealed: Some(sealed.sealed.clone()),
    }
}

/// Stores that a delivery waits in the inbox, and why. The readable part has already been written.
fn mark_unreadable(context: IngestContext<'_>, item: &mut InboxItem, error: &ReportError) {
    context
        .metrics
        .webhook(item.source_id, WebhookOutcome::Unreadable);
    let rest = if item.told > 0 {
        "; the other events were read"
    } else {
        ""
    };
    item.status = DeliveryStatus::Failed;
    item.code = Some(error.code().to_owned());
    item.detail = Some(without_addresses(&format!("{error}{rest}")));
    tracing::warn!(source.id = %item.source_id, delivery = %item.id, code = error.code(),
        "a webhook cannot be read; it waits in the inbox");
}

/// The identifiers of a person belong to too many people.
struct TooLarge(String);

/// Writes the effects. Returns notes for the operator about repeats.
async fn write(
    tx: &mut Tx,
    context: IngestContext<'_>,
    sealed: &SealedDelivery,
    effects: &[Effect],
    now: Millis,
) -> Result<Result<Vec<String>, TooLarge>, Error> {
    let of = OrderSource {
        workspace_id: sealed.workspace_id,
        source_id: sealed.source_id,
        received_at: sealed.received_at,
    };
    let mut warnings = Vec::new();
    let mut too_large = None;
    let mut is_news = effects.is_empty();
    for effect in effects {
        match effect {
            Effect::Conversion(report) => {
                // A repeat has its own body, which is deleted together with the first one.
                let applied = conversions::apply(tx, context, report).await?;
                is_news |= applied.is_new;
                inbox::record_subject(tx, sealed.id, &applied.id.to_string()).await?;
                warnings.extend(applied.warning);
            }
            Effect::Order(names, observations) => {
                let mut affected = Vec::new();
                let changes = (context.metrics, &mut affected);
                let observations = observations.clone();
                let order =
                    orders::apply(tx, of, context.erasures, names, observations, changes).await?;
                is_news |= !affected.is_empty();
                inbox::record_subject(tx, sealed.id, &order.to_string()).await?;
                context.joiner(tx).run(affected).await?;
            }
            Effect::Erase(marks) if marks.is_empty() => is_news = true,
            Effect::Erase(marks) => {
                is_news = true;
                let person = ErasureSubject::Customer(marks.clone());
                match erasure::begin(tx, context.vault, sealed.workspace_id, &person, now).await {
                    Ok(_) => context.metrics.erasure(),
                    Err(erasure::Error::Store(error)) => return Err(error),
                    Err(error @ erasure::Error::TooLarge) => {
                        too_large = Some(TooLarge(error.to_string()));
                    }
                }
            }
        }
    }
    if !is_news {
        context
            .metrics
            .webhook(sealed.source_id, WebhookOutcome::Repeat);
    }
    Ok(too_large.map_or(Ok(warnings), Err))
}

/// Whether a delivery names somebody who was erased or must be erased.
async fn names_erased(
    tx: &mut Tx,
    context: IngestContext<'_>,
    sealed: &SealedDelivery,
    effects: &[Effect],
) -> Result<bool, Error> {
    for effect in effects {
        let evidence = match effect {
            Effect::Erase(_) => return Ok(true),
            Effect::Conversion(report) => vec![&report.evidence],
            Effect::Order(_, observations) => observations
                .iter()
                .filter_map(OrderObservation::evidence)
                .collect(),
        };
        let Some(erasures) = context.erasures else {
            continue;
        };
        for evidence in evidence {
            let erased = erasures
                .of_evidence(tx, sealed.workspace_id, evidence)
                .await?;
            if erased.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The notes for the operator about a delivery that was read.
fn join_notes(note: Option<String>, warnings: Vec<String>) -> Option<String> {
    let notes: Vec<String> = note.into_iter().chain(warnings).collect();
    (!notes.is_empty()).then(|| without_addresses(&notes.join("; ")))
}
