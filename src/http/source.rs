//! Sources over the API: the places that report conversions by webhook.
//!
//! Holds: a secret is shown once, when it was generated here, and never read back; at rest it is
//! sealed. Each source shows how many of its requests were accepted and refused, and why last.

mod body;
pub mod sample;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::IntoParams;

use super::State;
use super::auth::Caller;
use super::error::{Problem, ProblemDetails};
use super::idempotency::create;
use super::json::{Json, Query};
use super::page::{cut, page};
use crate::clock::DAY_MS;
use crate::id::SourceId;
use crate::provider::{self, SourceSettings};
use crate::store::source::{Previous, Source};
use crate::store::{self, Tx};
use crate::vault;
pub use body::{NewSource, SourceBody, SourceChange, SourcePage};

/// How long a secret that was replaced works on.
const PREVIOUS_MS: i64 = 7 * DAY_MS;

fn kind(text: &str) -> Result<provider::ProviderKind, Problem> {
    text.parse().map_err(|_| {
        let known: Vec<&str> = provider::ProviderKind::ALL
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

fn check_quiet(hours: Option<i64>) -> Result<(), Problem> {
    match hours {
        Some(hours) if !(1..=8760).contains(&hours) => {
            let most = "is 1 to 8760 hours".to_owned();
            Err(Problem::Field("quiet_after_hours", most))
        }
        _ => Ok(()),
    }
}

fn checked(kind: provider::ProviderKind, settings: &SourceSettings) -> Result<String, Problem> {
    let fits = settings.check(kind);
    fits.map_err(|mend| Problem::Field("settings", mend))?;
    Ok(serde_json::to_string(settings)?)
}

fn check_secret(kind: provider::ProviderKind, secret: &SecretString) -> Result<(), Problem> {
    kind.check_secret(secret)
        .map_err(|error| Problem::Field("secret", error.to_string()))
}

/// Create a source
///
/// Answers with the URL to paste into the sender and, unless one was given, the secret.
#[utoipa::path(
    operation_id = "create_source",
    tag = "sources",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat answer the first result")),
    request_body = NewSource,
    responses(
        (status = 201, description = "The source, with its secret, which is shown this once", body = SourceBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/sources")]
pub(super) async fn make(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    body: Json<NewSource>,
) -> Result<HttpResponse, Problem> {
    let new = body.value;
    check_name(&new.name)?;
    let kind = kind(&new.provider)?;
    if let Some(secret) = &new.secret {
        check_secret(kind, secret)?;
    }
    check_quiet(new.quiet_after_hours)?;
    let settings = checked(kind, &new.settings)?;
    let is_made_here = new.secret.is_none() && !kind.makes_its_secret();
    let generated = is_made_here.then(|| new_secret(kind));
    let none = SecretString::default();
    let secret = generated.as_ref().or(new.secret.as_ref());
    let secret = secret.unwrap_or(&none);
    let now = state.clock.now();
    let source = Source {
        id: SourceId::new(now),
        workspace_id: caller.workspace,
        provider: kind.to_string(),
        name: new.name,
        sealed_secret: state.vault.seal(secret)?,
        previous: None,
        settings,
        quiet_after_hours: new.quiet_after_hours,
        created_at: now,
        updated_at: now,
        archived_at: None,
        accepted: 0,
        last_accepted_at: None,
        rejected: 0,
        last_rejected_at: None,
        last_rejection: None,
        unproven: 0,
        last_unproven_at: None,
        last_unproven: None,
    };
    let effect = async |tx: &mut Tx| {
        store::source::insert(tx, &source).await?;
        Ok(SourceBody::with_secret(&state, source, generated))
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
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List sources
#[utoipa::path(
    operation_id = "list_sources",
    tag = "sources",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of sources", body = SourcePage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/sources")]
pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
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
    operation_id = "read_source",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    responses(
        (status = 200, description = "The source", body = SourceBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/sources/{id}")]
pub(super) async fn read(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.store.read().await?;
    let source = find(&mut tx, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(SourceBody::new(&state, source)))
}

/// Update a source
#[utoipa::path(
    operation_id = "update_source",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    request_body = SourceChange,
    responses(
        (status = 200, description = "The source as it is now", body = SourceBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/sources/{id}")]
pub(super) async fn edit(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    body: Json<SourceChange>,
) -> Result<HttpResponse, Problem> {
    let change = body.value;
    let mut tx = state.store.write().await?;
    let mut source = find_to_change(&mut tx, &caller, &id).await?;
    if let Some(name) = change.name {
        check_name(&name)?;
        source.name = name;
    }
    if let Some(hours) = change.quiet_after_hours {
        check_quiet(hours)?;
        source.quiet_after_hours = hours;
    }
    let kind = kind(&source.provider)?;
    if let Some(settings) = &change.settings {
        source.settings = checked(kind, settings)?;
    }
    if change.rotate && kind.makes_its_secret() {
        return Err(Problem::Field(
            "rotate",
            "this sender makes its secret itself; make a new one there, and give it as `secret`"
                .to_owned(),
        ));
    }
    let generated = change.rotate.then(|| new_secret(kind));
    let given = change.secret.as_ref();
    let in_force = state.vault.unseal(&source.sealed_secret)?;
    // Who sends the same change again must not lose the secret before.
    let given = given.filter(|it| it.expose_secret() != in_force.expose_secret());
    if let Some(secret) = generated.as_ref().or(given) {
        check_secret(kind, secret)?;
        let sealed_secret = std::mem::replace(&mut source.sealed_secret, state.vault.seal(secret)?);
        let until = state.clock.now().plus_ms(PREVIOUS_MS);
        // Where there was none before, none works on.
        source.previous = (!in_force.expose_secret().is_empty()).then_some(Previous {
            sealed_secret,
            until,
        });
    }
    if change.drop_previous_secret {
        source.previous = None;
    }
    source.updated_at = state.clock.now();
    store::source::update(&mut tx, &source).await?;
    tx.commit().await?;
    state.sources.invalidate(source.id);
    Ok(HttpResponse::Ok().json(SourceBody::with_secret(&state, source, generated)))
}

/// A secret of the form that the protocol takes.
fn new_secret(kind: provider::ProviderKind) -> SecretString {
    match kind {
        provider::ProviderKind::Postback => vault::new_path_key(),
        _ => vault::new_webhook_secret(),
    }
}

/// Archive a source
///
/// Its webhooks answer 410 from now on; what it reported stays.
#[utoipa::path(
    operation_id = "archive_source",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    responses(
        (status = 200, description = "The archived source", body = SourceBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/sources/{id}")]
pub(super) async fn archive(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let mut tx = state.store.write().await?;
    let mut source = find_to_change(&mut tx, &caller, &id).await?;
    source.archived_at = source.archived_at.or(Some(now));
    source.updated_at = now;
    store::source::update(&mut tx, &source).await?;
    tx.commit().await?;
    state.sources.invalidate(source.id);
    Ok(HttpResponse::Ok().json(SourceBody::new(&state, source)))
}
