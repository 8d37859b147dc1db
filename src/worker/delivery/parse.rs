//! Opens sealed deliveries and lets their providers read them.
//!
//! # Invariants
//! - Parsing neither reads nor writes the store, so it is done before the transaction begins.
//! - If the events of a request are independent, those that can be read count.
//!
//! # Out of scope
//! Signatures: they were verified before the request was put into the log.

use std::collections::HashMap;

use crate::conversion::NewConversion;
use crate::conversion::order::OrderObservation;
use crate::event_log::entry::SealedDelivery;
use crate::id::{ConversionId, SourceId};
use crate::provider::ReportContext;
use crate::provider::attribution_hints::AttributionHints;
use crate::provider::report::{ReportedCustomer, email_as_id, names_a_person};
use crate::provider::{
    Delivery, ProviderKind, ReportError, SourceSettings, VerifiedWebhook, WebhookEffect,
};
use crate::store::conversion::related::Identifier;
use crate::store::source::Source;
use crate::vault::Vault;

/// One effect to write.
#[derive(Debug)]
pub(in crate::worker) enum Effect {
    Conversion(Box<NewConversion>),
    /// Names of an order with their ranks, and the observations of it.
    Order(Vec<(u8, String)>, Vec<OrderObservation>),
    Erase(Vec<Identifier>),
}

/// The effects of a delivery, ready to write.
#[derive(Debug)]
pub(in crate::worker) struct Effects {
    pub(in crate::worker) all: Vec<Effect>,
    /// A note for the operator about the delivery.
    pub(in crate::worker) note: Option<&'static str>,
    /// Why an event of the request cannot be read, although others can.
    pub(in crate::worker) failed: Option<ReportError>,
}

/// The sources of deliveries by their ids: `None` if there is no such source, the reason if it
/// cannot be read.
pub(in crate::worker) type SourceLookup = HashMap<SourceId, Result<Option<Source>, String>>;

/// A provider's request, parsed.
#[derive(Debug)]
pub(in crate::worker) struct ParsedDelivery {
    pub(in crate::worker) sealed: SealedDelivery,
    /// The effects, or why the request cannot be read; `None` if its source is unknown.
    pub(in crate::worker) effects: Option<Result<Effects, ReportError>>,
}

impl ParsedDelivery {
    /// Parses the request, if its source is known.
    ///
    /// # Errors
    /// Why its source cannot be read.
    pub(in crate::worker) fn parse(
        &mut self,
        lookup: &SourceLookup,
        vault: &Vault,
    ) -> Result<(), String> {
        self.effects = match lookup.get(&self.sealed.source_id) {
            Some(Err(reason)) => return Err(reason.clone()),
            Some(Ok(Some(source))) => Some(parse(vault, source, &self.sealed)),
            Some(Ok(None)) | None => None,
        };
        Ok(())
    }
}

fn parse(vault: &Vault, source: &Source, sealed: &SealedDelivery) -> Result<Effects, ReportError> {
    let unusable = |what: &str| ReportError::Payload(what.to_owned());
    let (head, body): (Delivery, _) =
        vault
            .open_delivery(sealed.id, &sealed.sealed)
            .ok_or_else(|| {
                unusable("sealed under another master.key; put the same one into every data folder")
            })?;
    let delivery = Delivery { body, ..head };
    let kind: ProviderKind = source
        .provider
        .parse()
        .map_err(|_| unusable("this version of the program does not know the source's provider"))?;
    let settings: SourceSettings = serde_json::from_str(&source.settings)
        .map_err(|_| unusable("this version of the program cannot read the source's settings"))?;
    let verified = VerifiedWebhook::before(&delivery);
    let parsed = kind.read(verified, &settings, sealed.received_at)?;
    let email_hash = |email: &str| vault.email_hash(source.workspace_id, email);
    let mut effects = Effects {
        all: Vec::with_capacity(parsed.effects.len()),
        note: parsed.note,
        failed: parsed.failed,
    };
    for reported in parsed.effects {
        match effect(sealed, reported, &email_hash) {
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

fn effect(
    sealed: &SealedDelivery,
    reported: WebhookEffect,
    email_hash: &dyn Fn(&str) -> String,
) -> Result<Effect, ReportError> {
    Ok(match reported {
        WebhookEffect::Conversion(report) => {
            Effect::Conversion(Box::new(report.into_conversion(&ReportContext {
                id: ConversionId::new(sealed.received_at),
                workspace_id: sealed.workspace_id,
                source_id: Some(sealed.source_id),
                now: sealed.received_at,
                email_hash,
            })?))
        }
        WebhookEffect::Order(order) => {
            let observations = order.observations(sealed.received_at, email_hash)?;
            let names = order.names.into_iter();
            let names = names.map(|(rank, name)| (rank, with_hashed_addresses(&name, email_hash)));
            Effect::Order(names.collect(), observations)
        }
        WebhookEffect::Erase(customer) => Effect::Erase(marks(customer, email_hash)),
    })
}

/// The name of an order, with keyed hashes instead of e-mail addresses: some senders use an address
/// as an id.
fn with_hashed_addresses(name: &str, email_hash: &dyn Fn(&str) -> String) -> String {
    let words = name.split(':').map(|word| {
        if names_a_person(word) {
            email_as_id(&email_hash(word))
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(":")
}

/// All identifiers of a customer.
fn marks(customer: ReportedCustomer, email_hash: &dyn Fn(&str) -> String) -> Vec<Identifier> {
    let hints = AttributionHints {
        customer,
        ..Default::default()
    };
    Identifier::in_evidence(&hints.evidence(email_hash))
}
