//! A dry run: what a sample of a provider's body would report.
//!
//! # Invariants
//! Nothing is stored or counted. A signature is not needed, because the actor has a key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::conversion::order::{self, OrderFacts};
use crate::conversion::{ConversionKind, JoinEvidence, NewConversion};
use crate::id::{ClickId, ConversionId};
use crate::money::Money;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::operations::source::find;
use crate::provider::ReportContext;
use crate::provider::{self, Delivery, SourceSettings, VerifiedWebhook, WebhookEffect};
use crate::sources::ActiveSource;

/// The result of a sample.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct SampleResult {
    /// The lines that this request alone would add to the ledger.
    pub conversions: Vec<SampleConversion>,
    /// Why nothing would count.
    pub note: Option<String>,
}

/// One line of the ledger.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct SampleConversion {
    /// What it is.
    pub kind: ConversionKind,
    /// Id of the event at its source.
    pub event_id: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Millis,
    /// Amount, in minor units.
    pub value: Option<Money>,
    /// The sale that a refund or chargeback belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Click ids in it.
    #[schema(value_type = Vec<String>)]
    pub click_ids: Vec<ClickId>,
    /// The shop's own id of the customer.
    pub customer_external_id: Option<String>,
    /// Whether an e-mail address was found; only its keyed hash is ever stored.
    pub has_email: bool,
    /// Promo codes in it.
    pub promo_codes: Vec<String>,
    /// UTM tags in it.
    pub utm: crate::link::utm::UtmTags,
}

/// Reads a sample as the source would read a webhook. `deliver` creates the delivery for the
/// source.
///
/// # Errors
/// [`Error::NotFound`], or a sample that the source cannot read.
pub async fn test(
    context: &Context,
    actor: &Actor,
    id: &str,
    deliver: impl FnOnce(&ActiveSource) -> Delivery,
) -> Result<SampleResult, Error> {
    let mut tx = context.store.read().await?;
    let source = find(&mut tx, actor, id).await?;
    drop(tx);
    let source = ActiveSource::open(&context.vault, &source)?;
    let delivery = deliver(&source);
    run(
        context,
        source.kind,
        &source.settings,
        &delivery,
        actor.workspace,
    )
}

fn run(
    context: &Context,
    kind: provider::ProviderKind,
    settings: &SourceSettings,
    delivery: &Delivery,
    workspace: crate::id::WorkspaceId,
) -> Result<SampleResult, Error> {
    let now = context.clock.now();
    let email_hash = |email: &str| context.vault.email_hash(workspace, email);
    let verified = VerifiedWebhook::before(delivery);
    kind.check_form(verified)?;
    let parsed = kind.read(verified, settings, now)?;
    if let Some(error) = parsed.failed {
        return Err(error.into());
    }
    let mut conversions = Vec::new();
    let mut orders: BTreeMap<String, OrderFacts> = BTreeMap::new();
    for effect in parsed.effects {
        match effect {
            WebhookEffect::Conversion(report) => {
                let report = report.into_conversion(&ReportContext {
                    id: ConversionId::new(now),
                    workspace_id: workspace,
                    source_id: None,
                    now,
                    email_hash: &email_hash,
                })?;
                conversions.push(SampleConversion::of(report));
            }
            WebhookEffect::Order(order) => {
                let name = order.names.iter().min().map_or("", |(_, name)| name);
                let facts = orders.entry(name.to_owned()).or_default();
                for observation in order.observations(now, &email_hash)? {
                    order::apply(facts, observation);
                }
            }
            WebhookEffect::Erase(_) => {}
        }
    }
    for (name, facts) in orders {
        let facts: Vec<_> = facts.into_values().collect();
        let evidence = order::evidence(&facts);
        let lines = order::ledger(&facts).into_iter();
        conversions.extend(lines.map(|line| SampleConversion::part(&name, &line, &evidence)));
    }
    Ok(SampleResult {
        conversions,
        note: parsed.note.map(str::to_owned),
    })
}

impl SampleConversion {
    fn of(report: NewConversion) -> SampleConversion {
        SampleConversion {
            kind: report.kind,
            event_id: report.event_id,
            occurred_at: report.occurred_at,
            value: report.value,
            of: report.refund_of,
            click_ids: report.evidence.click_ids,
            customer_external_id: report.evidence.external_id,
            has_email: report.evidence.email_hash.is_some(),
            promo_codes: report.evidence.promo_codes,
            utm: report.evidence.utm,
        }
    }

    fn part(name: &str, line: &order::LedgerLine, evidence: &JoinEvidence) -> SampleConversion {
        let event_id = match line.part.as_str() {
            "" => name.to_owned(),
            part => format!("{name}:{part}"),
        };
        SampleConversion {
            kind: line.kind,
            event_id,
            occurred_at: line.occurred_at,
            value: line.value,
            of: line.kind.follows_a_sale().then(|| name.to_owned()),
            click_ids: evidence.click_ids.clone(),
            customer_external_id: evidence.external_id.clone(),
            has_email: evidence.email_hash.is_some(),
            promo_codes: evidence.promo_codes.clone(),
            utm: evidence.utm.clone(),
        }
    }
}
