//! Sources: the senders that report conversions by webhook.
//!
//! # Invariants
//! A generated secret is shown once and never again; it is stored sealed.

pub mod body;
pub mod sample;

use secrecy::{ExposeSecret, SecretString};

use crate::clock::{DAY_MS, Millis};
use crate::id::SourceId;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::operations::repeat::{self, Created, RepeatKey};
use crate::operations::shown_name;
use crate::provider::{self, SourceSettings};
use crate::store::source::{PreviousSecret, Source};
use crate::store::{self, Tx};
use crate::vault;
use body::{NewSource, SourceChange, SourcePage, SourceQuery, SourceView};

/// How long a replaced secret still works.
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

fn check_quiet(hours: Option<i64>) -> Result<(), Error> {
    match hours {
        Some(hours) if !(1..=8760).contains(&hours) => {
            let most = "must be 1 to 8760 hours".to_owned();
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

/// Creates a source. If its secret is generated here, the answer has it.
///
/// # Errors
/// A field that breaks a rule, or a store that does not answer.
pub async fn create(
    context: &Context,
    actor: &Actor,
    repeat: Option<&RepeatKey>,
    new: NewSource,
) -> Result<Created<SourceView>, Error> {
    let (source, generated) = draft(context, actor, new, context.clock.now())?;
    let effect = async |tx: &mut Tx| {
        store::source::insert(tx, &source).await?;
        Ok(SourceView::with_secret(context, source, generated))
    };
    repeat::create(context, actor, repeat, effect).await
}

/// Creates a source in a transaction of the caller's.
///
/// # Errors
/// As [`create`].
pub async fn create_in(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    new: NewSource,
    at: Millis,
) -> Result<Source, Error> {
    let (source, _) = draft(context, actor, new, at)?;
    store::source::insert(tx, &source).await?;
    Ok(source)
}

/// The source as asked for, checked, and the secret that was generated for it.
fn draft(
    context: &Context,
    actor: &Actor,
    new: NewSource,
    now: Millis,
) -> Result<(Source, Option<SecretString>), Error> {
    shown_name::check(&new.name)?;
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
    let source = Source {
        id: SourceId::new(now),
        workspace_id: actor.workspace,
        provider: kind.to_string(),
        name: new.name,
        sealed_secret: context.vault.seal(secret)?,
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
    Ok((source, generated))
}

/// A page of the workspace's sources.
///
/// # Errors
/// A limit or cursor that is not valid, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: SourceQuery,
) -> Result<SourcePage, Error> {
    let page = page(query.limit, query.cursor.as_deref(), "src")?;
    let mut tx = context.store.read().await?;
    let mut rows = store::source::list(&mut tx, actor.workspace, query.archived, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    let view = |source| SourceView::new(context, source);
    Ok(SourcePage {
        sources: rows.into_iter().map(view).collect(),
        next_cursor,
    })
}

/// The source with this id.
pub(in crate::operations) async fn find(
    tx: &mut Tx,
    actor: &Actor,
    id: &str,
) -> Result<Source, Error> {
    let id: SourceId = id.parse().map_err(|_| Error::NotFound(Noun::Source))?;
    store::source::by_id(tx, id)
        .await?
        .filter(|source| source.workspace_id == actor.workspace)
        .ok_or(Error::NotFound(Noun::Source))
}

/// Finds a source for a change: other writers wait.
async fn find_to_change(tx: &mut Tx, actor: &Actor, id: &str) -> Result<Source, Error> {
    let source = find(tx, actor, id).await?;
    store::source::lock(tx, source.id).await?;
    find(tx, actor, id).await
}

/// One source.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn read(context: &Context, actor: &Actor, id: &str) -> Result<SourceView, Error> {
    let mut tx = context.store.read().await?;
    let source = find(&mut tx, actor, id).await?;
    Ok(SourceView::new(context, source))
}

/// Changes a source. A replaced secret still works for seven days.
///
/// # Errors
/// [`Error::NotFound`], or a field that breaks a rule.
pub async fn update(
    context: &Context,
    actor: &Actor,
    id: &str,
    change: SourceChange,
) -> Result<SourceView, Error> {
    let mut tx = context.store.write().await?;
    let mut source = find_to_change(&mut tx, actor, id).await?;
    if let Some(name) = change.name {
        shown_name::check(&name)?;
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
            "secret",
            "is missing: this sender generates its secret itself, so it cannot be rotated here. Generate a \
             new one there, and give it"
                .to_owned(),
        ));
    }
    let generated = change.rotate.then(|| new_secret(kind));
    let given = change.secret.as_ref();
    let in_force = context.vault.unseal(&source.sealed_secret)?;
    // A repeated change must not replace the previous secret.
    let given = given.filter(|secret| secret.expose_secret() != in_force.expose_secret());
    if let Some(secret) = generated.as_ref().or(given) {
        check_secret(kind, secret)?;
        let sealed_secret =
            std::mem::replace(&mut source.sealed_secret, context.vault.seal(secret)?);
        let until = context.clock.now().plus_ms(PREVIOUS_MS);
        // Without a previous secret, none continues to work.
        source.previous = (!in_force.expose_secret().is_empty()).then_some(PreviousSecret {
            sealed_secret,
            until,
        });
    }
    if change.drop_previous_secret {
        source.previous = None;
    }
    source.updated_at = context.clock.now();
    if let Some(archived) = change.archived {
        source.archived_at = archived.then(|| source.archived_at.unwrap_or(source.updated_at));
    }
    store::source::update(&mut tx, &source).await?;
    tx.commit().await?;
    context.sources.invalidate(source.id);
    Ok(SourceView::with_secret(context, source, generated))
}

/// A new secret in the form of the protocol.
fn new_secret(kind: provider::ProviderKind) -> SecretString {
    match kind {
        provider::ProviderKind::Postback => vault::new_path_key(),
        _ => vault::new_webhook_secret(),
    }
}

/// Archives a source: its webhooks answer 410 from now on; what it reported stays.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn archive(context: &Context, actor: &Actor, id: &str) -> Result<SourceView, Error> {
    let now = context.clock.now();
    let mut tx = context.store.write().await?;
    let mut source = find_to_change(&mut tx, actor, id).await?;
    archive_in(&mut tx, &mut source, now).await?;
    tx.commit().await?;
    context.sources.invalidate(source.id);
    Ok(SourceView::new(context, source))
}

/// Archives a source in a transaction of the caller's.
///
/// # Errors
/// When the store does not answer.
pub async fn archive_in(tx: &mut Tx, source: &mut Source, at: Millis) -> Result<(), Error> {
    source.archived_at = source.archived_at.or(Some(at));
    source.updated_at = at;
    Ok(store::source::update(tx, source).await?)
}
