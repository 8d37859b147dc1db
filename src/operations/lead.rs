//! Leads that a page reports with a public key.
//!
//! # Invariants
//! - The answer does not reveal what the lead was joined to, or whether it was already reported.
//! - A lead without an event id gets one from its page, customer and UTC day. The id reveals none
//!   of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::conversion::ConversionKind;
use crate::event_log::entry::Entry;
use crate::id::{ConversionId, WorkspaceId};
use crate::link::utm::UtmTags;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::provider::ReportContext;
use crate::provider::report::{ConversionReport, ReportedCustomer};
use crate::recorder::Recorder;
use crate::vault::Vault;

/// Prefix of the generated event ids of leads from pages.
const PAGE: &str = "page:";

/// A lead from a page: somebody signed up, asked or subscribed.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLead {
    /// Your id of the event, 1 to 200 characters; the same id again is a repeat. Without one,
    /// `page` and `customer` are required, and the same two on the same day (UTC) are a repeat.
    #[schema(example = "signup-1001")]
    pub event_id: Option<String>,
    /// Host and path of the page. Only its keyed hash is stored, and only without an `event_id`.
    #[schema(example = "shop.example/signup")]
    pub page: Option<String>,
    /// The click id from the landing URL's `ll_click`.
    pub click_id: Option<String>,
    /// All click ids that the browser has stored, oldest first.
    #[serde(default)]
    pub path: Vec<String>,
    /// Who it is.
    pub customer: Option<ReportedCustomer>,
    /// The promo code that the customer used.
    pub promo_code: Option<String>,
    /// UTM tags of the visit.
    pub utm: Option<UtmTags>,
}

/// A durably stored lead.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct QueuedLead {
    /// Always `queued`.
    #[schema(example = "queued")]
    pub status: String,
    /// The id that the lead got if it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "page:5f2b…")]
    pub event_id: Option<String>,
}

/// Reports a lead; its time is the current time.
///
/// # Errors
/// A report that is refused, or an event log that does not accept it.
pub async fn create(
    context: &Context,
    recorder: &Recorder,
    actor: &Actor,
    mut lead: NewLead,
) -> Result<QueuedLead, Error> {
    let now = context.clock.now();
    let derived = match lead.event_id {
        Some(_) => None,
        None => lead.derived_id(&context.vault, actor.workspace, now),
    };
    lead.event_id = lead.event_id.or_else(|| derived.clone());
    let email_hash = |email: &str| context.vault.email_hash(actor.workspace, email);
    let mut new = ConversionReport::from(lead).into_conversion(&ReportContext {
        id: ConversionId::new(now),
        workspace_id: actor.workspace,
        source_id: None,
        now,
        email_hash: &email_hash,
    })?;
    // Everybody can read the key in the page, including a robot.
    new.evidence.by_public_key = actor.has_public_key();
    recorder.record(&Entry::Conversion(new)).await?;
    Ok(QueuedLead {
        status: "queued".to_owned(),
        event_id: derived,
    })
}

impl NewLead {
    /// The generated id of a lead; `None` if the page or the customer is missing.
    fn derived_id(&self, vault: &Vault, workspace: WorkspaceId, now: Millis) -> Option<String> {
        let page = self.page.as_deref()?.split(['?', '#']).next()?.trim();
        let customer = self.customer.as_ref()?;
        let email = customer.email.as_deref();
        let person = match email {
            Some(email) => format!("email {}", vault.email_hash(workspace, email)),
            None => format!("id {}", customer.external_id.as_deref()?.trim()),
        };
        let text = format!("{} {page} {person}", now.day());
        let hash = vault.mark_hash(workspace, "lead", &text);
        Some(format!("{PAGE}{hash}"))
    }
}

impl From<NewLead> for ConversionReport {
    fn from(lead: NewLead) -> ConversionReport {
        ConversionReport {
            landing_url: None,
            kind: ConversionKind::Lead,
            name: None,
            event_id: lead.event_id,
            occurred_at: None,
            click_id: lead.click_id,
            path: lead.path,
            customer: lead.customer,
            promo_code: lead.promo_code,
            utm: lead.utm,
            value: None,
            of: None,
        }
    }
}
