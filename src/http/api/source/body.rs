//! Sources as they are made, changed and shown.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::http::State;
use crate::id::SourceId;
use crate::link::domain::reach;
use crate::operations::patch::change;
use crate::provider::{self, SourceSettings};
use crate::store::source::Source;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// A new source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// Which protocol it speaks.
    #[schema(value_type = provider::ProviderKind, example = "standard")]
    pub(super) provider: String,
    /// Shown name, 1 to 200 characters.
    #[schema(example = "Web shop", min_length = 1, max_length = 200)]
    pub(super) name: String,
    /// The secret it signs with, where the sender made it; generated when absent.
    #[schema(value_type = Option<String>)]
    pub(super) secret: Option<SecretString>,
    /// What is set about it.
    #[serde(default)]
    pub(super) settings: SourceSettings,
    /// After how many hours without a request the source counts as `quiet`; never when absent.
    #[schema(example = 48, minimum = 1, maximum = 8760)]
    pub(super) quiet_after_hours: Option<i64>,
}

/// Changes of a source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceChange {
    /// Shown name.
    #[schema(min_length = 1, max_length = 200)]
    pub(super) name: Option<String>,
    /// A new secret. The one before works on for seven days, so that nothing is lost while the
    /// sender changes over.
    #[schema(value_type = Option<String>)]
    pub(super) secret: Option<SecretString>,
    /// `true`: a new secret is made here, and shown in this answer only.
    #[serde(default)]
    pub(super) rotate: bool,
    /// `true`: the secret before stops to work at once.
    #[serde(default)]
    pub(super) drop_previous_secret: bool,
    /// What is set about it, in place of everything that was.
    pub(super) settings: Option<SourceSettings>,
    /// After how many hours without a request the source counts as `quiet`; `null`: never.
    #[serde(default, deserialize_with = "change")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 8760)]
    pub(super) quiet_after_hours: Option<Option<i64>>,
}

/// How a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
pub struct SourceBody {
    #[schema(value_type = String, example = "src_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: SourceId,
    #[schema(value_type = provider::ProviderKind)]
    provider: String,
    name: String,
    /// Where the sender posts to. Of a postback the key stands in it, as long as it is shown.
    #[schema(example = "https://go.example.com/api/v1/webhooks/src_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    webhook_url: String,
    /// The generated secret: shown in this answer only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<String>,
    /// Until when the secret before works.
    #[schema(value_type = Option<String>, format = DateTime)]
    previous_secret_until: Option<Millis>,
    /// Whether the sender's secret is still to be given, by PATCH; until then nothing is accepted.
    needs_secret: bool,
    settings: SourceSettings,
    quiet_after_hours: Option<i64>,
    status: SourceHealth,
    /// Requests accepted.
    accepted: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_accepted_at: Option<Millis>,
    /// Requests of the sender that were refused.
    rejected: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_rejected_at: Option<Millis>,
    /// Code of the last refusal.
    last_rejection: Option<String>,
    /// Requests that proved no sender: anybody may have sent them, so they say nothing of the
    /// source.
    unproven: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_unproven_at: Option<Millis>,
    /// Code of why the last of these proved none.
    #[schema(example = "signature_invalid")]
    last_unproven: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Millis,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Millis,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Millis>,
    /// What to know before the URL is given to the sender.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// A page of sources.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourcePage {
    /// Oldest first.
    pub(super) sources: Vec<SourceBody>,
    /// `cursor` of the next page; `null` on the last one.
    pub(super) next_cursor: Option<String>,
}

impl SourceBody {
    pub(super) fn new(state: &State, source: Source) -> SourceBody {
        let now = state.context.clock.now();
        SourceBody {
            webhook_url: webhook_url(state, &source, None),
            status: health(&source, now),
            needs_secret: state
                .context
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
    pub(super) fn with_secret(
        state: &State,
        source: Source,
        generated: Option<SecretString>,
    ) -> SourceBody {
        let secret = generated.map(|secret| secret.expose_secret().to_owned());
        let webhook_url = webhook_url(state, &source, secret.as_deref());
        let table = state.context.domains();
        let warning = reach::warning(&table.default_domain().address.host);
        SourceBody {
            webhook_url,
            secret,
            warnings: warning.into_iter().collect(),
            ..SourceBody::new(state, source)
        }
    }
}

fn webhook_url(state: &State, source: &Source, key: Option<&str>) -> String {
    let base = &state.settings.public_url;
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
