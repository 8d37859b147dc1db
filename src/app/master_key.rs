//! Opens the vault, and verifies that the store was written with its master key.
//!
//! # Invariants
//! - A key is created only for a store without data of another key. With a new key, hashes of
//!   e-mail addresses, tombstones and sealed secrets would be useless, and nobody would notice.
//! - A program that may start without the store compares keys only if the store answers. It never
//!   writes the mark.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio::time::timeout;

use super::role::Role;
use crate::sources::ActiveSource;
use crate::store::master_key::WrongMasterKey;
use crate::store::{self, Error, Store, master_key, source, tombstone};
use crate::vault::Vault;

/// How long a program that does not need the store waits for the store's mark.
const LOOK_DEADLINE: Duration = Duration::from_secs(2);

/// The vault in the data folder `dir`, for a program on `store`.
///
/// # Errors
/// [`WrongMasterKey`] when the data was written with another key than the folder's, or the folder
/// has lost its key; when the key's file cannot be used; when a required store does not answer.
pub(super) async fn open(dir: &Path, store: &Store, role: Role) -> anyhow::Result<Vault> {
    if role.needs_store() {
        let mark = mark(store).await.context("cannot read the store")?;
        return open_for(dir, store, mark).await;
    }
    match timeout(LOOK_DEADLINE, mark(store)).await {
        Ok(Ok(Some(mark))) => compare(dir, &mark),
        _ => Ok(Vault::open(dir)?),
    }
}

async fn mark(store: &Store) -> Result<Option<String>, Error> {
    let mut tx = store.read().await?;
    master_key::mark(&mut tx).await
}

fn compare(dir: &Path, mark: &str) -> anyhow::Result<Vault> {
    anyhow::ensure!(Vault::exists(dir)?, other_key(dir, "has none"));
    let vault = Vault::open(dir)?;
    anyhow::ensure!(vault.print() == mark, other_key(dir, "has another one"));
    Ok(vault)
}

async fn open_for(dir: &Path, store: &Store, mark: Option<String>) -> anyhow::Result<Vault> {
    if let Some(mark) = mark {
        return compare(dir, &mark);
    }
    // A store of an earlier version, or a new one.
    let existed = Vault::exists(dir)?;
    let mut tx = store.write().await?;
    if !existed && has_secrets(&mut tx).await? {
        anyhow::bail!(other_key(dir, "has none"));
    }
    let vault = Vault::open(dir)?;
    anyhow::ensure!(
        is_readable(&mut tx, &vault).await?,
        other_key(dir, "has another one")
    );
    master_key::add(&mut tx, &vault.print()).await?;
    tx.commit().await?;
    // If two programs start at once, one of them has already written the mark.
    match self::mark(store).await? {
        Some(mark) => compare(dir, &mark),
        None => Ok(vault),
    }
}

/// Whether the store has data that depends on a master key.
async fn has_secrets(tx: &mut store::Tx) -> Result<bool, Error> {
    Ok(!tombstone::keys(tx).await?.is_empty() || !source::newest(tx, 1).await?.is_empty())
}

/// Whether this master key opens the data in the store, as far as that can be checked.
async fn is_readable(tx: &mut store::Tx, vault: &Vault) -> Result<bool, Error> {
    let prints = tombstone::keys(tx).await?;
    let newest = source::newest(tx, 1).await?;
    let opens = newest.iter().all(|source| {
        !matches!(
            ActiveSource::open(vault, source),
            Err(crate::sources::Error::Vault(_))
        )
    });
    Ok(opens && (prints.is_empty() || prints.contains(&vault.print())))
}

fn other_key(dir: &Path, what: &'static str) -> WrongMasterKey {
    WrongMasterKey {
        folder: dir.display().to_string(),
        what,
    }
}

/// Accepts the key in the data folder for the store. The key is created if there is none.
///
/// # Errors
/// When the key's file cannot be used, or the store does not answer.
pub async fn accept_new_master(dir: &Path, store: &Store) -> anyhow::Result<()> {
    let vault = Vault::open(dir)?;
    let mut tx = store.write().await?;
    master_key::replace(&mut tx, &vault.print()).await?;
    tx.commit().await?;
    Ok(())
}
