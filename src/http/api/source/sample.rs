//! A dry run: what a sample of a provider's body would come to, before anybody sends one.
//!
//! Holds: nothing is kept and nothing is counted; no signature is needed, as the actor has a key.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::conversion::order::{self, Facts};
use crate::conversion::{ConversionKind, Evidence, NewConversion};
use crate::http::State;
use crate::http::api::source::find;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Raw;
use crate::id::{ClickId, ConversionId};
use crate::money::Money;
use crate::operations::actor::Actor;
use crate::operations::error::Error;
use crate::provider::report::ReportContext;
use crate::provider::{self, Delivery, SourceSettings, VerifiedWebhook, WebhookEffect};

/// What a sample would come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SampleResult {
    /// The lines that the ledger would get from this request alone.
    conversions: Vec<SampleConversion>,
    /// Why nothing would come of it.
    note: Option<&'static str>,
}

/// One line.
#[derive(Debug, Serialize, ToSchema)]
pub struct SampleConversion {
    kind: ConversionKind,
    event_id: String,
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Millis,
    value: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    #[schema(value_type = Vec<String>)]
    click_ids: Vec<ClickId>,
    customer_external_id: Option<String>,
    /// Whether an e-mail address was found; only its keyed hash is ever kept.
    has_email: bool,
    promo_codes: Vec<String>,
    utm: crate::link::utm::UtmTags,
}

/// Test a source with a sample
///
/// Reads a body as the source would read a webhook, and answers what would be counted. Nothing is
/// kept. Headers that the provider's protocol reads, such as `X-Shopify-Topic`, are taken from this
/// request.
#[utoipa::path(
    operation_id = "test_source",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    request_body(content = serde_json::Value, description = "A body as the provider sends it", content_type = "application/json"),
    responses(
        (status = 200, description = "The conversions that the sample would report", body = SampleResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/sources/{id}/test")]
pub(in crate::http) async fn test(
    state: web::Data<State>,
    actor: Actor,
    request: actix_web::HttpRequest,
    id: web::Path<String>,
    Raw(mut body): Raw,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.context.store.read().await?;
    let source = find(&mut tx, &actor, &id).await?;
    drop(tx);
    let live = crate::sources::ActiveSource::open(&state.context.vault, &source)?;
    let delivery = crate::http::webhook::delivery(&state, &live, &request, body.take());
    let trial = run(
        &state,
        live.kind,
        &live.settings,
        &delivery,
        actor.workspace,
    )?;
    Ok(HttpResponse::Ok().json(trial))
}

fn run(
    state: &State,
    kind: provider::ProviderKind,
    settings: &SourceSettings,
    delivery: &Delivery,
    workspace: crate::id::WorkspaceId,
) -> Result<SampleResult, Error> {
    let now = state.context.clock.now();
    let email_hash = |email: &str| state.context.vault.email_hash(workspace, email);
    let verified = VerifiedWebhook::before(delivery);
    kind.check_form(verified)?;
    let parsed = kind.read(verified, settings, now)?;
    if let Some(error) = parsed.failed {
        return Err(error.into());
    }
    let mut conversions = Vec::new();
    let mut orders: BTreeMap<String, Facts> = BTreeMap::new();
    for told in parsed.effects {
        match told {
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
            WebhookEffect::Order(told) => {
                let name = told.names.iter().min().map_or("", |(_, name)| name);
                let facts = orders.entry(name.to_owned()).or_default();
                for it in told.observations(now, &email_hash)? {
                    order::add(facts, it);
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
        note: parsed.note,
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

    fn part(name: &str, line: &order::Line, evidence: &Evidence) -> SampleConversion {
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
