//! Requests for sources and their answers.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::id::SourceId;
use crate::link::domain::reach;
use crate::operations::context::Context;
use crate::operations::patch::{change, given};
use crate::provider::{self, SourceSettings};
use crate::store::source::Source;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Serializes a secret into the request of a client, which must send it.
#[expect(clippy::ref_option, reason = "the form that serde calls it in")]
fn send_secret<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = secret.as_ref().map(ExposeSecret::expose_secret);
    text.serialize(serializer)
}

/// A new source.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// Its protocol.
    #[schema(value_type = provider::ProviderKind, example = "standard")]
    pub provider: String,
    /// Display name, 1 to 200 characters.
    #[schema(example = "Web shop", min_length = 1, max_length = 200)]
    pub name: String,
    /// The secret of its signatures, if the sender generated it. When absent, Leadline generates
    /// one.
    #[schema(value_type = Option<String>)]
    #[serde(
        default,
        serialize_with = "send_secret",
        skip_serializing_if = "Option::is_none"
    )]
    pub secret: Option<SecretString>,
    /// Its settings.
    #[serde(default)]
    pub settings: SourceSettings,
    /// Hours without a request after which the source counts as `quiet`; never when absent.
    #[schema(example = 48, minimum = 1, maximum = 8760)]
    pub quiet_after_hours: Option<i64>,
}

/// Changes of a source.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceChange {
    /// Display name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// A new secret. The previous one still works for seven days, so that no request is lost while
    /// the sender changes.
    #[schema(value_type = Option<String>)]
    #[serde(
        default,
        serialize_with = "send_secret",
        skip_serializing_if = "Option::is_none"
    )]
    pub secret: Option<SecretString>,
    /// `true` archives the source, `false` restores it.
    #[schema(value_type = bool, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub archived: Option<bool>,
    /// `true`: a new secret is generated, and only this answer shows it.
    #[serde(default)]
    pub rotate: bool,
    /// `true`: the previous secret stops working immediately.
    #[serde(default)]
    pub drop_previous_secret: bool,
    /// The new settings, which replace all previous ones.
    pub settings: Option<SourceSettings>,
    /// Hours without a request after which the source counts as `quiet`; `null` means never.
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 8760)]
    pub quiet_after_hours: Option<Option<i64>>,
}

/// The filter and the page of a list of sources.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SourceQuery {
    /// Whether archived ones are listed as well.
    #[serde(default)]
    pub archived: bool,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// The health of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceHealth {
    /// No request arrived yet.
    Waiting,
    /// Requests arrive and can be read.
    Ok,
    /// No request arrived for longer than `quiet_after_hours`.
    Quiet,
    /// The sender's last request was refused. A source is also failing if no request was accepted
    /// yet and one was unproven, so its secret may be wrong.
    Failing,
    /// The source is archived.
    Archived,
}

/// A source.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Source)]
pub struct SourceView {
    /// Id.
    #[schema(value_type = String, example = "src_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: SourceId,
    /// Its protocol.
    #[schema(value_type = provider::ProviderKind)]
    pub provider: String,
    /// Display name.
    pub name: String,
    /// The URL to which the sender posts. For a postback it contains the key while the secret is
    /// shown.
    #[schema(example = "https://go.example.com/api/v1/webhooks/src_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub webhook_url: String,
    /// The generated secret; only this answer shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Until when the previous secret works.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub previous_secret_until: Option<Millis>,
    /// Whether the sender's secret is still missing; set it with PATCH. Until then, requests are
    /// refused.
    pub needs_secret: bool,
    /// Its settings.
    pub settings: SourceSettings,
    /// Hours without a request after which it counts as `quiet`; `null` means never.
    pub quiet_after_hours: Option<i64>,
    /// Its status.
    pub status: SourceHealth,
    /// Requests accepted.
    pub accepted: i64,
    /// When the last request was accepted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_accepted_at: Option<Millis>,
    /// Requests of the sender that were refused.
    pub rejected: i64,
    /// When the last request was refused.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_rejected_at: Option<Millis>,
    /// Code of the last refusal.
    pub last_rejection: Option<String>,
    /// Requests that did not prove their sender. Anybody may have sent them, so they say little
    /// about the source.
    pub unproven: i64,
    /// When the last of these arrived.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_unproven_at: Option<Millis>,
    /// Code of the reason for the last of these.
    #[schema(example = "signature_invalid")]
    pub last_unproven: Option<String>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
    /// When it was archived; `null` while it is in use.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Millis>,
    /// Warnings about the use of the URL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A page of sources.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct SourcePage {
    /// Oldest first.
    pub sources: Vec<SourceView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

impl SourceView {
    pub(in crate::operations) fn new(context: &Context, source: Source) -> SourceView {
        let now = context.clock.now();
        SourceView {
            webhook_url: webhook_url(context, &source, None),
            status: health(&source, now),
            needs_secret: context
                .vault
                .unseal(&source.sealed_secret)
                .is_ok_and(|secret| secret.expose_secret().is_empty()),
            settings: serde_json::from_str(&source.settings).unwrap_or_default(),
            previous_secret_until: source
                .previous
                .as_ref()
                .map(|previous| previous.until)
                .filter(|until| now < *until),
            quiet_after_hours: source.quiet_after_hours,
            id: source.id,
            provider: source.provider,
            name: source.name,
            secret: None,
            accepted: source.accepted,
            last_accepted_at: source.last_accepted_at,
            rejected: source.rejected,
            last_rejected_at: source.last_rejected_at,
            last_rejection: source.last_rejection,
            unproven: source.unproven,
            last_unproven_at: source.last_unproven_at,
            last_unproven: source.last_unproven,
            created_at: source.created_at,
            updated_at: source.updated_at,
            archived_at: source.archived_at,
            warnings: Vec::new(),
        }
    }

    /// The view with the generated secret, which only this answer shows.
    pub(in crate::operations) fn with_secret(
        context: &Context,
        source: Source,
        generated: Option<SecretString>,
    ) -> SourceView {
        let secret = generated.map(|secret| secret.expose_secret().to_owned());
        let webhook_url = webhook_url(context, &source, secret.as_deref());
        let table = context.domains();
        let warning = reach::warning(&table.default_domain().address.host);
        SourceView {
            webhook_url,
            secret,
            warnings: warning.into_iter().collect(),
            ..SourceView::new(context, source)
        }
    }
}

fn webhook_url(context: &Context, source: &Source, key: Option<&str>) -> String {
    let base = &context.public_url;
    if source.provider == provider::ProviderKind::Postback.as_str() {
        let key = key.unwrap_or("KEY");
        format!("{base}/api/v1/postback/{}/{key}", source.id)
    } else {
        format!("{base}/api/v1/webhooks/{}", source.id)
    }
}

fn health(source: &Source, now: Millis) -> SourceHealth {
    let hours = source.quiet_after_hours.unwrap_or(i64::MAX / HOUR_MS);
    let since = source.last_accepted_at.unwrap_or(source.created_at);
    if source.archived_at.is_some() {
        SourceHealth::Archived
    } else if source.last_rejected_at > source.last_accepted_at
        || source.last_accepted_at.is_none() && source.unproven > 0
    {
        SourceHealth::Failing
    } else if now.0 - since.0 > hours.saturating_mul(HOUR_MS) {
        SourceHealth::Quiet
    } else if source.last_accepted_at.is_none() {
        SourceHealth::Waiting
    } else {
        SourceHealth::Ok
    }
}
