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

use crate::clock::DAY_MS;
use crate::http::State;
use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::{Json, Query};
use crate::id::SourceId;
use crate::operations::actor::Actor;
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::operations::repeat;
use crate::provider::{self, SourceSettings};
use crate::store::source::{Previous, Source};
use crate::store::{self, Tx};
use crate::vault;
pub use body::{NewSource, SourceBody, SourceChange, SourcePage};

/// How long a secret that was replaced works on.
const PREVIOUS_MS: i64 = 7 * DAY_MS;

fn kind(text: &str) -> Result<provider::ProviderKind, Error> {
    text.parse().map_err(|_| {
        let known: Vec<&str> = provider::ProviderKind::ALL
            .iter()
            .map(|kind| kind.as_str())
            .collect();
        Error::Field(
            "provider",
            format!("is not known; give one of {}", known.join(", ")),
        )
    })
}

fn check_name(name: &str) -> Result<(), Error> {
    if (1..=200).contains(&name.trim().chars().count()) {
        Ok(())
    } else {
        Err(Error::Field("name", "has 1 to 200 characters".to_owned()))
    }
}

fn check_quiet(hours: Option<i64>) -> Result<(), Error> {
    match hours {
        Some(hours) if !(1..=8760).contains(&hours) => {
            let most = "is 1 to 8760 hours".to_owned();
            Err(Error::Field("quiet_after_hours", most))
        }
        _ => Ok(()),
    }
}

fn checked(kind: provider::ProviderKind, settings: &SourceSettings) -> Result<String, Error> {
    let fits = settings.check(kind);
    fits.map_err(|mend| Error::Field("settings", mend))?;
    Ok(serde_json::to_string(settings)?)
}

fn check_secret(kind: provider::ProviderKind, secret: &SecretString) -> Result<(), Error> {
    kind.check_secret(secret)
        .map_err(|error| Error::Field("secret", error.to_string()))
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
pub(in crate::http) async fn make(
    state: web::Data<State>,
    actor: Actor,
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
    let now = state.context.clock.now();
    let source = Source {
        id: SourceId::new(now),
        workspace_id: actor.workspace,
        provider: kind.to_string(),
        name: new.name,
        sealed_secret: state.context.vault.seal(secret)?,
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
    let repeat = repeat_key(&request, &body.raw)?;
    let made = repeat::create(&state.context, &actor, repeat.as_ref(), effect).await?;
    Ok(created(made))
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
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = page(query.limit, query.cursor.as_deref(), "src")?;
    let mut tx = state.context.store.read().await?;
    let mut rows = store::source::list(&mut tx, actor.workspace, &page).await?;
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

async fn find(tx: &mut Tx, actor: &Actor, id: &str) -> Result<Source, Error> {
    let id: SourceId = id.parse().map_err(|_| Error::NotFound(Noun::Source))?;
    store::source::by_id(tx, id)
        .await?
        .filter(|source| source.workspace_id == actor.workspace)
        .ok_or(Error::NotFound(Noun::Source))
}

/// The same, for who reads it to write it back.
async fn find_to_change(tx: &mut Tx, actor: &Actor, id: &str) -> Result<Source, Error> {
    let source = find(tx, actor, id).await?;
    store::source::lock(tx, source.id).await?;
    find(tx, actor, id).await
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
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.context.store.read().await?;
    let source = find(&mut tx, &actor, &id).await?;
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
pub(in crate::http) async fn edit(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
    body: Json<SourceChange>,
) -> Result<HttpResponse, Problem> {
    let change = body.value;
    let mut tx = state.context.store.write().await?;
    let mut source = find_to_change(&mut tx, &actor, &id).await?;
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
        return Err(Error::Field(
            "rotate",
            "this sender makes its secret itself; make a new one there, and give it as `secret`"
                .to_owned(),
        )
        .into());
    }
    let generated = change.rotate.then(|| new_secret(kind));
    let given = change.secret.as_ref();
    let in_force = state.context.vault.unseal(&source.sealed_secret)?;
    // Who sends the same change again must not lose the secret before.
    let given = given.filter(|it| it.expose_secret() != in_force.expose_secret());
    if let Some(secret) = generated.as_ref().or(given) {
        check_secret(kind, secret)?;
        let sealed_secret =
            std::mem::replace(&mut source.sealed_secret, state.context.vault.seal(secret)?);
        let until = state.context.clock.now().plus_ms(PREVIOUS_MS);
        // Where there was none before, none works on.
        source.previous = (!in_force.expose_secret().is_empty()).then_some(Previous {
            sealed_secret,
            until,
        });
    }
    if change.drop_previous_secret {
        source.previous = None;
    }
    source.updated_at = state.context.clock.now();
    store::source::update(&mut tx, &source).await?;
    tx.commit().await?;
    state.context.sources.invalidate(source.id);
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
pub(in crate::http) async fn archive(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let now = state.context.clock.now();
    let mut tx = state.context.store.write().await?;
    let mut source = find_to_change(&mut tx, &actor, &id).await?;
    source.archived_at = source.archived_at.or(Some(now));
    source.updated_at = now;
    store::source::update(&mut tx, &source).await?;
    tx.commit().await?;
    state.context.sources.invalidate(source.id);
    Ok(HttpResponse::Ok().json(SourceBody::new(&state, source)))
}
