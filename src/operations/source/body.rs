//! Requests for sources and what they are answered with.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::id::SourceId;
use crate::link::domain::reach;
use crate::operations::context::Context;
use crate::operations::patch::change;
use crate::provider::{self, SourceSettings};
use crate::store::source::Source;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Writes a secret into the request of a client, which has to send it.
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
    /// Which protocol it speaks.
    #[schema(value_type = provider::ProviderKind, example = "standard")]
    pub provider: String,
    /// Shown name, 1 to 200 characters.
    #[schema(example = "Web shop", min_length = 1, max_length = 200)]
    pub name: String,
    /// The secret it signs with, where the sender made it; generated when absent.
    #[schema(value_type = Option<String>)]
    #[serde(
        default,
        serialize_with = "send_secret",
        skip_serializing_if = "Option::is_none"
    )]
    pub secret: Option<SecretString>,
    /// What is set about it.
    #[serde(default)]
    pub settings: SourceSettings,
    /// After how many hours without a request the source counts as `quiet`; never when absent.
    #[schema(example = 48, minimum = 1, maximum = 8760)]
    pub quiet_after_hours: Option<i64>,
}

/// Changes of a source.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceChange {
    /// Shown name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// A new secret. The one before works on for seven days, so that nothing is lost while the
    /// sender changes over.
    #[schema(value_type = Option<String>)]
    #[serde(
        default,
        serialize_with = "send_secret",
        skip_serializing_if = "Option::is_none"
    )]
    pub secret: Option<SecretString>,
    /// `true`: a new secret is made here, and shown in this answer only.
    #[serde(default)]
    pub rotate: bool,
    /// `true`: the secret before stops to work at once.
    #[serde(default)]
    pub drop_previous_secret: bool,
    /// What is set about it, in place of everything that was.
    pub settings: Option<SourceSettings>,
    /// After how many hours without a request the source counts as `quiet`; `null`: never.
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 8760)]
    pub quiet_after_hours: Option<Option<i64>>,
}

/// Which page of the sources.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SourceQuery {
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// How a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceHealth {
    /// Nothing came yet.
    Waiting,
    /// Requests come in and can be read.
    Ok,
    /// Nothing came for longer than `quiet_after_hours`.
    Quiet,
    /// The sender's last request was refused; or none was accepted yet, and one proved no sender,
    /// so that the secret may be wrong.
    Failing,
    /// It was taken back.
    Archived,
}

/// A source.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Source)]
pub struct SourceView {
    /// Id.
    #[schema(value_type = String, example = "src_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: SourceId,
    /// Which protocol it speaks.
    #[schema(value_type = provider::ProviderKind)]
    pub provider: String,
    /// Shown name.
    pub name: String,
    /// Where the sender posts to. Of a postback the key stands in it, as long as it is shown.
    #[schema(example = "https://go.example.com/api/v1/webhooks/src_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub webhook_url: String,
    /// The generated secret: shown in this answer only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Until when the secret before works.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub previous_secret_until: Option<Millis>,
    /// Whether the sender's secret is still to be given, by PATCH; until then nothing is accepted.
    pub needs_secret: bool,
    /// What is set about it.
    pub settings: SourceSettings,
    /// After how many hours without a request it counts as `quiet`; `null`: never.
    pub quiet_after_hours: Option<i64>,
    /// What became of it.
    pub status: SourceHealth,
    /// Requests accepted.
    pub accepted: i64,
    /// When the last one was accepted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_accepted_at: Option<Millis>,
    /// Requests of the sender that were refused.
    pub rejected: i64,
    /// When the last one was refused.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_rejected_at: Option<Millis>,
    /// Code of the last refusal.
    pub last_rejection: Option<String>,
    /// Requests that proved no sender: anybody may have sent them, so they say nothing of the
    /// source.
    pub unproven: i64,
    /// When the last of these came.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_unproven_at: Option<Millis>,
    /// Code of why the last of these proved none.
    #[schema(example = "signature_invalid")]
    pub last_unproven: Option<String>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
    /// When it was archived; `null` while it is in use.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Millis>,
    /// What to know before the URL is given to the sender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A page of sources.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct SourcePage {
    /// Oldest first.
    pub sources: Vec<SourceView>,
    /// `cursor` of the next page; `null` on the last one.
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

    /// The same with the secret that was generated, which is shown this once.
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
