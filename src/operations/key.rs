//! Keys of a workspace: create, list, read, update, revoke.
//!
//! # Invariants
//! - A token is given out once, by the create. The store has only its hash.
//! - An actor gives no scope that it lacks, so no key makes a more powerful one.
//! - A key does not revoke itself, and does not take `admin` from itself. So the workspace always
//!   has a key that can create others.
//! - Only a key that was created with `lead` alone has `lead` alone. Its token shows that it may be
//!   published.
//!
//! # Out of scope
//! Whoever can open the store needs no key: [`on_store`].

pub mod body;
mod draft;
mod lock;
pub mod on_store;

use crate::clock::Millis;
use crate::id::KeyId;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::operations::repeat::{self, Created, RepeatKey};
use crate::operations::shown_name;
use crate::store::key::{ApiKey, Scope};
use crate::store::{self, Store, Tx};
use body::{CreatedKey, KeyChange, KeyPage, KeyQuery, KeyView, NewKey};
use draft::KeyDraft;

/// Creates a key.
///
/// # Errors
/// A field that breaks a rule, a scope that the actor lacks, or a store that does not answer.
pub async fn create(
    context: &Context,
    actor: &Actor,
    repeat: Option<&RepeatKey>,
    new: NewKey,
) -> Result<Created<CreatedKey>, Error> {
    shown_name::check(&new.name)?;
    // Before the stored answer of an earlier create, which holds a token with these scopes.
    let scopes = granted(actor, &new.scopes)?;
    let draft = KeyDraft::new(&new.name, scopes, context.clock.now());
    let effect = async |tx: &mut Tx| {
        let actor = lock::lock(tx, actor, None).await?;
        granted(&actor, &new.scopes)?;
        let key = draft.insert(tx, actor.workspace).await?;
        Ok(CreatedKey::new(key, &draft.token))
    };
    repeat::create(context, actor, repeat, effect).await
}

/// The scopes with these names, if the actor has all of them.
fn granted(actor: &Actor, words: &[String]) -> Result<Vec<Scope>, Error> {
    let mut scopes = Vec::new();
    for word in words {
        let scope: Scope = word.parse().map_err(|_| unknown(word))?;
        actor.require(scope)?;
        scopes.push(scope);
    }
    if scopes.is_empty() {
        let some = "names at least one of read, write, convert, lead and admin".to_owned();
        return Err(Error::Field("scopes", some));
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

fn unknown(word: &str) -> Error {
    let word: String = word.chars().take(32).collect();
    let known = "use read, write, convert, lead or admin";
    Error::Field("scopes", format!("holds {word:?}, which is none; {known}"))
}

/// A page of the workspace's keys.
///
/// # Errors
/// A limit or cursor that is not valid, or a store that does not answer.
pub async fn list(store: &Store, actor: &Actor, query: KeyQuery) -> Result<KeyPage, Error> {
    let page = page(query.limit, query.cursor.as_deref(), "key")?;
    let mut tx = store.read().await?;
    let mut rows = store::key::page(&mut tx, actor.workspace, query.revoked, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    let keys = rows.into_iter().map(KeyView::from).collect();
    Ok(KeyPage { keys, next_cursor })
}

async fn find(tx: &mut Tx, actor: &Actor, id: KeyId) -> Result<ApiKey, Error> {
    Noun::Key.found(store::key::by_id(tx, actor.workspace, id).await?)
}

/// One key.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn read(store: &Store, actor: &Actor, id: &str) -> Result<KeyView, Error> {
    let id = Noun::Key.parse_id(id)?;
    let mut tx = store.read().await?;
    Ok(find(&mut tx, actor, id).await?.into())
}

/// Changes a key. The next request with it uses the change.
///
/// # Errors
/// [`Error::NotFound`], [`Error::KeyInactive`], a field that breaks a rule, a scope that the actor
/// lacks, [`Error::OwnKey`], or an actor whose own key was revoked meanwhile.
pub async fn update(
    store: &Store,
    actor: &Actor,
    id: &str,
    change: KeyChange,
) -> Result<KeyView, Error> {
    let id = Noun::Key.parse_id(id)?;
    let mut tx = store.write().await?;
    let actor = lock::lock(&mut tx, actor, Some(id)).await?;
    let mut key = find(&mut tx, &actor, id).await?;
    if key.revoked_at.is_some() {
        return Err(Error::KeyInactive);
    }
    if let Some(name) = change.name {
        shown_name::check(&name)?;
        key.name = name;
    }
    if let Some(words) = change.scopes {
        let scopes = granted(&actor, &words)?;
        check_scopes(&actor, &key, &scopes)?;
        key.scopes = scopes;
    }
    store::key::update(&mut tx, &key).await?;
    tx.commit().await?;
    Ok(key.into())
}

/// Checks whether a key may get these scopes.
fn check_scopes(actor: &Actor, key: &ApiKey, scopes: &[Scope]) -> Result<(), Error> {
    let is_publishable = |scopes: &[Scope]| *scopes == [Scope::Lead];
    let refused = match (is_publishable(&key.scopes), is_publishable(scopes)) {
        // Its token may stand in a page.
        (true, false) => Some("of a key that may be published stay `lead`; create another key"),
        (false, true) => Some(
            "cannot become `lead` alone, because the key's token is not publishable (`ll_pub_…`); \
             create another key with `lead` alone",
        ),
        _ => None,
    };
    if let Some(reason) = refused {
        return Err(Error::Field("scopes", reason.to_owned()));
    }
    if is_own(actor, key) && !scopes.contains(&Scope::Admin) {
        return Err(Error::OwnKey);
    }
    Ok(())
}

fn is_own(actor: &Actor, key: &ApiKey) -> bool {
    actor.key.as_ref().is_some_and(|own| own.id == key.id)
}

/// Revokes a key: it stops working immediately and permanently.
///
/// # Errors
/// [`Error::NotFound`], [`Error::OwnKey`], an actor whose own key was revoked meanwhile, or a store
/// that does not answer.
pub async fn revoke(store: &Store, actor: &Actor, id: &str, now: Millis) -> Result<KeyView, Error> {
    let id = Noun::Key.parse_id(id)?;
    let mut tx = store.write().await?;
    let actor = lock::lock(&mut tx, actor, Some(id)).await?;
    let mut key = find(&mut tx, &actor, id).await?;
    if is_own(&actor, &key) {
        return Err(Error::OwnKey);
    }
    store::key::revoke(&mut tx, key.id, now).await?;
    tx.commit().await?;
    key.revoked_at = key.revoked_at.or(Some(now));
    Ok(key.into())
}
