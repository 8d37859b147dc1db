//! Sources over the API: the places that report conversions by webhook.
//!
//! Holds: a secret is shown once, when it was generated here, and never read back; at rest it is
//! sealed. Each source shows how many of its requests were accepted and refused, and why last.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::auth::Caller;
use super::error::{Body, Problem};
use super::idempotency::create;
use super::json::{Json, Query};
use super::page::{cut, page};
use crate::clock::Millis;
use crate::id::SourceId;
use crate::provider;
use crate::store::key::Scope;
use crate::store::source::Source;
use crate::store::{self, Tx};
use crate::vault;

/// A new source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// Which protocol it speaks.
    #[schema(example = "standard")]
    provider: String,
    /// Shown name, 1 to 200 characters.
    #[schema(example = "Web shop")]
    name: String,
    /// The secret it signs with, where the sender made it; generated when absent.
    #[schema(value_type = Option<String>)]
    secret: Option<SecretString>,
}

/// Changes of a source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceChange {
    /// Shown name.
    name: Option<String>,
    /// A new secret; the old one stops to work.
    #[schema(value_type = Option<String>)]
    secret: Option<SecretString>,
}

/// A source.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceBody {
    #[schema(value_type = String, example = "src_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: SourceId,
    provider: String,
    name: String,
    /// Where the sender posts to.
    #[schema(example = "https://go.example.com/api/v1/webhooks/src_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    webhook_url: String,
    /// The generated secret: shown in this answer only.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// Requests accepted.
    accepted: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_accepted_at: Option<Millis>,
    /// Requests refused.
    rejected: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_rejected_at: Option<Millis>,
    /// Code of the last refusal.
    last_rejection: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Millis,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Millis,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Millis>,
}

/// A page of sources.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourcePage {
    /// Oldest first.
    sources: Vec<SourceBody>,
    /// `cursor` of the next page; `null` on the last one.
    next_cursor: Option<String>,
}

impl SourceBody {
    fn new(state: &State, source: Source) -> SourceBody {
        SourceBody {
            webhook_url: format!(
                "{}/api/v1/webhooks/{}",
                state.settings.public_url, source.id
            ),
            id: source.id,
            provider: source.provider,
            name: source.name,
            secret: None,
            accepted: source.accepted,
            last_accepted_at: source.last_accepted_at,
            rejected: source.rejected,
            last_rejected_at: source.last_rejected_at,
            last_rejection: source.last_rejection,
            created_at: source.created_at,
            updated_at: source.updated_at,
            archived_at: source.archived_at,
        }
    }
}

fn kind(text: &str) -> Result<provider::Kind, Problem> {
    text.parse().map_err(|_| {
        let known: Vec<&str> = provider::Kind::ALL
            .iter()
            .map(|kind| kind.as_str())
            .collect();
        Problem::Field(
            "provider",
            format!("is not known; give one of {}", known.join(", ")),
        )
    })
}

fn check_name(name: &str) -> Result<(), Problem> {
    if (1..=200).contains(&name.trim().chars().count()) {
        Ok(())
    } else {
        Err(Problem::Field("name", "has 1 to 200 characters".to_owned()))
    }
}

fn check_secret(kind: provider::Kind, secret: &SecretString) -> Result<(), Problem> {
    kind.check_secret(secret)
        .map_err(|error| Problem::Field("secret", error.to_string()))
}

/// Make a source
///
/// Answers with the URL to paste into the sender and, unless one was given, the secret.
#[utoipa::path(
    tag = "sources",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat answer the first result")),
    request_body = NewSource,
    responses(
        (status = 201, body = SourceBody),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[post("/sources")]
pub(super) async fn make(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    body: Json<NewSource>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Admin)?;
    let new = body.value;
    check_name(&new.name)?;
    let kind = kind(&new.provider)?;
    if let Some(secret) = &new.secret {
        check_secret(kind, secret)?;
    }
    let generated = new.secret.is_none().then(vault::new_webhook_secret);
    let Some(secret) = generated.as_ref().or(new.secret.as_ref()) else {
        return Err(Problem::Field("secret", "is missing".to_owned()));
    };
    let now = state.clock.now();
    let source = Source {
        id: SourceId::new(now),
        workspace_id: caller.workspace,
        provider: kind.to_string(),
        name: new.name,
        sealed_secret: state.vault.seal(secret)?,
        created_at: now,
        updated_at: now,
        archived_at: None,
        accepted: 0,
        last_accepted_at: None,
        rejected: 0,
        last_rejected_at: None,
        last_rejection: None,
    };
    let effect = async |tx: &mut Tx| {
        store::source::insert(tx, &source).await?;
        let secret = generated.map(|secret| secret.expose_secret().to_owned());
        Ok(SourceBody {
            secret,
            ..SourceBody::new(&state, source)
        })
    };
    Ok(create(&state, &caller, &request, &body.raw, effect)
        .await?
        .response)
}

/// Which page of the sources.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Rows of the page, 1 to 200; 50 when absent.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List sources
#[utoipa::path(
    tag = "sources",
    params(ListQuery),
    responses(
        (status = 200, body = SourcePage),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[get("/sources")]
pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Read)?;
    let page = page(query.limit, query.cursor.as_deref(), "src")?;
    let mut tx = state.store.read().await?;
    let mut rows = store::source::list(&mut tx, caller.workspace, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    let sources = rows
        .into_iter()
        .map(|source| SourceBody::new(&state, source))
        .collect();
    Ok(HttpResponse::Ok().json(SourcePage {
        sources,
        next_cursor,
    }))
}

async fn find(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Source, Problem> {
    let id: SourceId = id.parse().map_err(|_| Problem::NotFound("source"))?;
    store::source::by_id(tx, id)
        .await?
        .filter(|source| source.workspace_id == caller.workspace)
        .ok_or(Problem::NotFound("source"))
}

/// The same, for who reads it to write it back.
async fn find_to_change(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Source, Problem> {
    let source = find(tx, caller, id).await?;
    store::source::lock(tx, source.id).await?;
    find(tx, caller, id).await
}

/// Read a source
#[utoipa::path(
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    responses(
        (status = 200, body = SourceBody),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[get("/sources/{id}")]
pub(super) async fn read(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Read)?;
    let mut tx = state.store.read().await?;
    let source = find(&mut tx, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(SourceBody::new(&state, source)))
}

/// Change a source
#[utoipa::path(
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    request_body = SourceChange,
    responses(
        (status = 200, body = SourceBody),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[patch("/sources/{id}")]
pub(super) async fn edit(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    body: Json<SourceChange>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Admin)?;
    let change = body.value;
    let mut tx = state.store.write().await?;
    let mut source = find_to_change(&mut tx, &caller, &id).await?;
    if let Some(name) = change.name {
        check_name(&name)?;
        source.name = name;
    }
    if let Some(secret) = change.secret {
        check_secret(kind(&source.provider)?, &secret)?;
        source.sealed_secret = state.vault.seal(&secret)?;
    }
    source.updated_at = state.clock.now();
    store::source::update(&mut tx, &source).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(SourceBody::new(&state, source)))
}

/// Archive a source
///
/// Its webhooks answer 410 from now on; what it reported stays.
#[utoipa::path(
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    responses(
        (status = 200, body = SourceBody),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[delete("/sources/{id}")]
pub(super) async fn archive(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Admin)?;
    let now = state.clock.now();
    let mut tx = state.store.write().await?;
    let mut source = find_to_change(&mut tx, &caller, &id).await?;
    source.archived_at = source.archived_at.or(Some(now));
    source.updated_at = now;
    store::source::update(&mut tx, &source).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(SourceBody::new(&state, source)))
}
