//! Deliveries: opens providers' requests, reads them, and writes what they tell.
//!
//! Holds: a delivery takes effect whole, in the transaction that notes what became of it, or not at
//! all; of a batch whose events have nothing to do with each other those that can be read do. Read
//! again it changes nothing. One that cannot be read stays in the inbox with the reason, for who
//! mends the cause to have it read again. Reasons name no person. Must not know: HTTP, signatures.

use super::erasure::{self, ErasureSubject};
use super::ingest::{IngestContext, apply_conversion};
use super::orders::{self, OrderSource};
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::conversion::order::OrderObservation;
use crate::event_log::entry::SealedDelivery;
use crate::id::ConversionId;
use crate::provider::report::{ReportContext, ReportedCustomer, email_as_id, names_a_person};
use crate::provider::{
    Delivery, ProviderKind, ReportError, SourceSettings, VerifiedWebhook, WebhookEffect,
};
use crate::store::conversion::related::Identifier;
use crate::store::inbox::{self, DeliveryStatus, Item};
use crate::store::source::{self, Source};
use crate::store::{Error, Tx};
use crate::vault::Vault;

/// Longest reason that is kept, in characters.
const MAX_DETAIL: usize = 500;

/// First byte of a request's form before it is sealed.
const FORM: u8 = 1;

/// One thing to be written.
enum Effect {
    Conversion(Box<NewConversion>),
    Order(Vec<(u8, String)>, Vec<OrderObservation>),
    Erase(Vec<Identifier>),
}

/// What a delivery tells, ready to be written, and what the operator is told of it.
struct Effects {
    all: Vec<Effect>,
    note: Option<&'static str>,
    /// Why an event of a batch could not be read.
    failed: Option<ReportError>,
}

/// Reads a delivery and writes what it tells; gives under what it counts.
pub(super) async fn apply(
    tx: &mut Tx,
    site: IngestContext<'_>,
    sealed: &SealedDelivery,
    now: Millis,
) -> Result<&'static str, Error> {
    let before = inbox::by_id(tx, sealed.id).await?;
    if before.as_ref().is_some_and(|item| item.sealed.is_none()) {
        // Its person was erased meanwhile.
        return Ok("repeat");
    }
    let Some(source) = source::by_id(tx, sealed.source_id).await? else {
        return Ok("repeat");
    };
    let mut item = Item {
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
    };
    match read(site.vault, &source, sealed) {
        Ok(effects) => {
            let names_erased = names_erased(tx, site, sealed, &effects.all).await?;
            item.detail = effects.note.map(str::to_owned);
            item.told = i64::try_from(effects.all.len()).unwrap_or(i64::MAX);
            item.status = if item.told == 0 {
                DeliveryStatus::Nothing
            } else {
                DeliveryStatus::Read
            };
            match write(tx, site, sealed, effects.all, now).await? {
                Err(TooLarge(reason)) => {
                    (item.status, item.detail) = (DeliveryStatus::Failed, Some(reason));
                    item.code = Some("person_too_large".to_owned());
                }
                Ok(warnings) => {
                    item.detail = noted(item.detail, warnings);
                    if let Some(error) = &effects.failed {
                        cannot_be_read(site, &source, &mut item, error);
                    }
                    if names_erased {
                        item.sealed = None;
                    }
                }
            }
        }
        Err(error) => cannot_be_read(site, &source, &mut item, &error),
    }
    if before.is_none_or(|item| item.status == DeliveryStatus::Refused) {
        source::count_accepted(tx, source.id, sealed.received_at).await?;
    }
    inbox::put(tx, &item).await?;
    Ok("delivery")
}

/// Notes that a delivery waits in the inbox, and why. What it told all the same has been written.
fn cannot_be_read(site: IngestContext<'_>, source: &Source, item: &mut Item, error: &ReportError) {
    site.tally.webhook(source.id, "unreadable");
    let rest = if item.told > 0 {
        "; the other events were read"
    } else {
        ""
    };
    item.status = DeliveryStatus::Failed;
    item.code = Some(error.code().to_owned());
    item.detail = Some(nameless(&format!("{error}{rest}")));
    tracing::warn!(source.id = %source.id, delivery = %item.id, code = error.code(),
        "a webhook could not be read; it waits in the inbox");
}

/// The request as it came in; `None` when it was sealed under another key.
pub fn open(vault: &Vault, sealed: &SealedDelivery) -> Option<Delivery> {
    let owner = sealed.id.to_string();
    let plain = vault.unseal_bytes(&sealed.sealed, &owner).ok()?;
    let (&FORM, plain) = plain.split_first()? else {
        return None;
    };
    let ((method, url, headers), body) = postcard::take_from_bytes(plain).ok()?;
    let body = lz4_flex::decompress_size_prepended(body).ok()?;
    Some(Delivery {
        method,
        url,
        headers,
        body,
    })
}

/// The request, sealed for the log and the inbox.
///
/// ```text
/// plain = 1 postcard(method, url, headers) length u32 little endian lz4(body)
/// ```
///
/// Shops say the same fields of every line of an order, so packing takes less time than to encrypt
/// and write what it saves.
///
/// # Errors
/// When it cannot be sealed; none in practice.
pub fn seal(
    vault: &Vault,
    mut sealed: SealedDelivery,
    delivery: &Delivery,
) -> Result<SealedDelivery, crate::vault::Error> {
    let head = (&delivery.method, &delivery.url, &delivery.headers);
    let head = postcard::to_extend(&head, vec![FORM]).map_err(|_| crate::vault::Error::Sealed)?;
    let body = lz4_flex::compress_prepend_size(&delivery.body);
    let room = head.len() + body.len();
    sealed.sealed = vault.seal_bytes(&sealed.id.to_string(), room, |out| {
        out.extend_from_slice(&head);
        out.extend_from_slice(&body);
    })?;
    Ok(sealed)
}

fn read(vault: &Vault, source: &Source, sealed: &SealedDelivery) -> Result<Effects, ReportError> {
    let unusable = |what: &str| ReportError::Payload(what.to_owned());
    let delivery = open(vault, sealed).ok_or_else(|| {
        unusable("sealed under another master.key; put the same one into every data folder")
    })?;
    let kind: ProviderKind = source
        .provider
        .parse()
        .map_err(|_| unusable("this version of the program does not know the source's provider"))?;
    let settings: SourceSettings = serde_json::from_str(&source.settings)
        .map_err(|_| unusable("this version of the program cannot read the source's settings"))?;
    let verified = VerifiedWebhook::before(&delivery);
    let parsed = kind.read(verified, &settings, sealed.received_at)?;
    let email_hash = |email: &str| vault.email_hash(source.workspace_id, email);
    let effect = |told: WebhookEffect| {
        Ok(match told {
            WebhookEffect::Conversion(report) => {
                Effect::Conversion(Box::new(report.into_conversion(&ReportContext {
                    id: ConversionId::new(sealed.received_at),
                    workspace_id: sealed.workspace_id,
                    source_id: Some(sealed.source_id),
                    now: sealed.received_at,
                    email_hash: &email_hash,
                })?))
            }
            WebhookEffect::Order(order) => {
                let observations = order.observations(sealed.received_at, &email_hash)?;
                let names = order.names.into_iter();
                let hashed =
                    |(rank, name): (u8, String)| (rank, without_addresses(&name, &email_hash));
                Effect::Order(names.map(hashed).collect(), observations)
            }
            WebhookEffect::Erase(customer) => Effect::Erase(marks(&customer, &email_hash)),
        })
    };
    let mut effects = Effects {
        all: Vec::with_capacity(parsed.effects.len()),
        note: parsed.note,
        failed: parsed.failed,
    };
    for told in parsed.effects {
        match effect(told) {
            Ok(effect) => effects.all.push(effect),
            Err(error) if kind.batches() => {
                effects.failed.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    match effects.failed {
        Some(error) if effects.all.is_empty() => Err(error),
        failed => Ok(Effects { failed, ..effects }),
    }
}

/// A name of an order in which an e-mail address stands as its keyed hash: some senders use it for
/// an id.
fn without_addresses(name: &str, email_hash: &dyn Fn(&str) -> String) -> String {
    let words = name.split(':').map(|word| {
        if names_a_person(word) {
            email_as_id(&email_hash(word))
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(":")
}

/// Everything that a customer is known by.
pub fn marks(customer: &ReportedCustomer, email_hash: &dyn Fn(&str) -> String) -> Vec<Identifier> {
    let evidence = crate::provider::attribution_hints::AttributionHints {
        customer: customer.clone(),
        ..Default::default()
    }
    .evidence(email_hash);
    Identifier::in_evidence(&evidence)
}

/// A person whose marks stand for too many.
struct TooLarge(String);

/// Writes what a delivery tells; gives what the operator should know of repeats.
async fn write(
    tx: &mut Tx,
    site: IngestContext<'_>,
    sealed: &SealedDelivery,
    effects: Vec<Effect>,
    now: Millis,
) -> Result<Result<Vec<String>, TooLarge>, Error> {
    let teller = OrderSource {
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
                // A repeat has a body of its own, which is to go with the first one's.
                let applied = apply_conversion(tx, site, &report).await?;
                is_news |= applied.is_new;
                inbox::note_subject(tx, sealed.id, &applied.id.to_string()).await?;
                warnings.extend(applied.warning);
            }
            Effect::Order(names, told) => {
                let mut affected = Vec::new();
                let changes = (site.tally, &mut affected);
                let order =
                    orders::apply_order(tx, teller, site.gone, &names, told, changes).await?;
                is_news |= !affected.is_empty();
                inbox::note_subject(tx, sealed.id, &order.to_string()).await?;
                site.joins(tx).run(affected).await?;
            }
            Effect::Erase(marks) if marks.is_empty() => is_news = true,
            Effect::Erase(marks) => {
                is_news = true;
                let person = ErasureSubject::Customer(marks);
                let workspace = sealed.workspace_id;
                match erasure::begin(tx, site.vault, workspace, &person, now).await {
                    Ok(_) => site.tally.erasure(),
                    Err(erasure::Error::Store(error)) => return Err(error),
                    Err(error @ erasure::Error::TooLarge) => {
                        too_large = Some(TooLarge(error.to_string()));
                    }
                }
            }
        }
    }
    if !is_news {
        site.tally.webhook(sealed.source_id, "repeat");
    }
    Ok(too_large.map_or(Ok(warnings), Err))
}

/// Whether a delivery names somebody who was erased, or is to be.
async fn names_erased(
    tx: &mut Tx,
    site: IngestContext<'_>,
    sealed: &SealedDelivery,
    effects: &[Effect],
) -> Result<bool, Error> {
    for effect in effects {
        let evidence = match effect {
            Effect::Erase(_) => return Ok(true),
            Effect::Conversion(report) => vec![&report.evidence],
            Effect::Order(_, told) => told.iter().filter_map(OrderObservation::evidence).collect(),
        };
        let Some(gone) = site.gone else { continue };
        for evidence in evidence {
            let erased = gone.of_evidence(tx, sealed.workspace_id, evidence).await?;
            if erased.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// What the operator is told of a delivery that was read.
fn noted(note: Option<String>, warnings: Vec<String>) -> Option<String> {
    let notes: Vec<String> = note.into_iter().chain(warnings).collect();
    (!notes.is_empty()).then(|| nameless(&notes.join("; ")))
}

/// A reason without anybody's address, whatever of the request it quotes.
pub fn nameless(reason: &str) -> String {
    let words = reason.split(' ');
    let words = words.map(|word| if word.contains('@') { "…" } else { word });
    let text = words.collect::<Vec<_>>().join(" ");
    text.chars().take(MAX_DETAIL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_name_nobody() {
        let reason = "`email`: invalid type: string \"ann@shop.example\", expected a number";
        let kept = nameless(reason);
        assert_eq!(kept, "`email`: invalid type: string … expected a number");
        assert_eq!(nameless(&"x".repeat(900)).len(), MAX_DETAIL);
    }
}
