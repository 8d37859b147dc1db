//! `leadline key`: the keys of the store that the configuration names.

use anyhow::Context;
use clap::Subcommand;
use secrecy::ExposeSecret;

use super::{block_on, ensure_store, print};
use crate::app::{self, create_key};
use crate::clock::{Clock, DAY_MS, Millis};
use crate::config::Config;
use crate::id::KeyId;
use crate::store;
use crate::store::key::Scope;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a key and print it, alone, on standard output
    #[command(
        after_help = "Example:\n  export LEADLINE_KEY=$(leadline key create --name shop \
        --scopes convert)"
    )]
    Create {
        /// What it may do: read, write, convert, lead, admin. One with `lead` alone may stand in a
        /// page
        #[arg(long, value_delimiter = ',', default_value = "read,write,convert")]
        scopes: Vec<String>,
        /// Shown name
        #[arg(long, default_value = "key")]
        name: String,
    },
    /// List keys, without their tokens
    List,
    /// Revoke a key; it stops to work at once
    #[command(after_help = "Example:\n  leadline key revoke key_01kb3v…")]
    Revoke {
        /// Id of the key, as `leadline key list` shows it
        id: String,
    },
    /// Go on with the data folder's master.key, or a new one, when the right one is lost for good
    AcceptNewMaster,
}

pub(super) fn run(config: &Config, command: Command) -> anyhow::Result<()> {
    ensure_store(config)?;
    block_on(async {
        let store = app::open_store(config).await?;
        let done = match command {
            Command::Create { scopes, name } => create(&store, &name, &scopes).await,
            Command::List => list(&store).await,
            Command::Revoke { id } => revoke(&store, &id).await,
            Command::AcceptNewMaster => accept_new_master(config, &store).await,
        };
        store.close().await;
        done
    })
}

async fn create(store: &store::Store, name: &str, scopes: &[String]) -> anyhow::Result<()> {
    let mut wanted = scopes
        .iter()
        .map(|scope| scope.parse())
        .collect::<Result<Vec<Scope>, _>>()?;
    wanted.sort_unstable();
    wanted.dedup();
    let made = create_key(store, name, wanted, Clock::System.now()).await;
    let (key, token) = made.context(
        "cannot make the key. If `leadline key list` shows it when the database answers, revoke it and \
         make another one",
    )?;
    say!(
        "Key {} may {}. Its token is shown this once; the server on this store takes it at once.",
        key.id,
        words(&key.scopes)
    );
    print(&format!("{}\n", token.expose_secret()))
}

async fn list(store: &store::Store) -> anyhow::Result<()> {
    let mut tx = store.read().await?;
    let keys = store::key::list(&mut tx).await?;
    let mut table =
        super::report::plain_table(["Id", "May", "Made (UTC)", "Last used", "Revoked", "Name"]);
    for key in keys {
        table.add_row([
            key.id.to_string(),
            words(&key.scopes),
            minute(key.created_at),
            key.last_used_day.map(day).unwrap_or_default(),
            key.revoked_at.map(minute).unwrap_or_default(),
            key.name,
        ]);
    }
    print(&super::report::lines(&table))
}

async fn revoke(store: &store::Store, id: &str) -> anyhow::Result<()> {
    let id: KeyId = id
        .parse()
        .context("`leadline key list` shows the ids of keys")?;
    let mut tx = store.write().await?;
    let revoked = store::key::revoke(&mut tx, id, Clock::System.now()).await?;
    tx.commit().await?;
    anyhow::ensure!(revoked, "no key {id} that is not revoked already");
    say!("Key {id} is revoked.");
    Ok(())
}

async fn accept_new_master(config: &Config, store: &store::Store) -> anyhow::Result<()> {
    app::accept_new_master(&config.data.dir, store).await?;
    say!(
        "The store goes on under the master.key in {}. Copy it into the data folder of every other \
         program on this store, and restart them. Give each source a secret again \
         (`leadline source secret`): those sealed before cannot be opened. Customers known by e-mail alone begin anew, and \
         people erased before are not recognised when they come again: erase them once more.",
        config.data.dir.display()
    );
    Ok(())
}

fn minute(at: Millis) -> String {
    at.timestamp().strftime("%Y-%m-%d %H:%M").to_string()
}

/// A UTC day, counted from 1970-01-01.
fn day(number: i64) -> String {
    let at = Millis(number.saturating_mul(DAY_MS));
    at.timestamp().strftime("%Y-%m-%d").to_string()
}

fn words(scopes: &[Scope]) -> String {
    scopes
        .iter()
        .map(|scope| scope.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
