//! `leadline key`: the keys of the store that the configuration names.

use anyhow::Context;
use clap::Subcommand;
use secrecy::ExposeSecret;

use super::option_words::with_options;
use super::store_access::{block_on, ensure_store};
use super::terminal::{facts, lines, plain_table, print};
use super::times::{day, minute};
use crate::app;
use crate::clock::{Clock, Millis};
use crate::config::Config;
use crate::id::KeyId;
use crate::operations::actor::Actor;
use crate::operations::key::body::{KeyChange, KeyView};
use crate::operations::key::{self, on_store};
use crate::store;
use crate::store::key::Scope;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Create a key and print it, alone, on standard output
    #[command(
        after_help = "Example:\n  export LEADLINE_KEY=$(leadline key create --name shop \
        --scopes convert)"
    )]
    Create {
        /// Scopes: read, write, convert, lead, admin. Only a key with `lead` alone may be public in
        /// a page
        #[arg(long, value_delimiter = ',', default_value = "read,write,convert")]
        scopes: Vec<String>,
        /// Display name
        #[arg(long, default_value = "key")]
        name: String,
    },
    /// List keys, without their tokens
    #[command(after_help = "Example:\n  leadline key list")]
    List,
    /// Show a key, without its token
    #[command(after_help = "Example:\n  leadline key show key_01kb3v…")]
    Show {
        /// Id of the key, as `leadline key list` shows it
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Edit a key's name or scopes; its token stays
    #[command(
        after_help = "Example:\n  leadline key edit key_01kb3v… --name shop --scopes read,convert"
    )]
    Edit {
        /// Id of the key, as `leadline key list` shows it
        id: String,
        /// Display name
        #[arg(long)]
        name: Option<String>,
        /// Its new scopes: read, write, convert, lead, admin
        #[arg(long, value_delimiter = ',')]
        scopes: Option<Vec<String>>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key; it stops working immediately
    #[command(after_help = "Example:\n  leadline key revoke key_01kb3v…")]
    Revoke {
        /// Id of the key, as `leadline key list` shows it
        id: String,
    },
    /// Continue with the data folder's master.key, or a new one, after the right one is lost
    #[command(after_help = "Example:\n  leadline key accept-new-master")]
    AcceptNewMaster,
}

pub(super) fn run(config: &Config, command: KeyCommand) -> anyhow::Result<()> {
    ensure_store(config)?;
    block_on(async {
        let store = app::open_store(config).await?;
        let done = match command {
            KeyCommand::Create { scopes, name } => create(&store, &name, &scopes).await,
            KeyCommand::List => list(&store).await,
            KeyCommand::Show { id, json } => show(&store, &id, json).await,
            KeyCommand::Edit {
                id,
                name,
                scopes,
                json,
            } => edit(&store, &id, KeyChange { name, scopes }, json).await,
            KeyCommand::Revoke { id } => revoke(&store, &id).await,
            KeyCommand::AcceptNewMaster => accept_new_master(config, &store).await,
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
    let made = on_store::create(store, name, wanted, Clock::System.now()).await;
    let (key, token) = made.context(
        "cannot create the key. If `leadline key list` shows it once the database answers, revoke it and \
         create another one",
    )?;
    say!(
        "Key {} may {}. Its token is shown only now; the server on this store accepts it at once.",
        key.id,
        words(&key.scopes)
    );
    print(&format!("{}\n", token.expose_secret()))
}

async fn list(store: &store::Store) -> anyhow::Result<()> {
    let keys = on_store::list(store).await?;
    let mut table = plain_table(["Id", "May", "Created (UTC)", "Last used", "Revoked", "Name"]);
    for key in keys {
        let last_used = key.last_used_day.map(Millis::of_day);
        table.add_row([
            key.id.to_string(),
            words(&key.scopes),
            minute(key.created_at),
            last_used.map(day).unwrap_or_default(),
            key.revoked_at.map(minute).unwrap_or_default(),
            key.name,
        ]);
    }
    print(&lines(&table))
}

/// The program itself, in the workspace of this key.
async fn actor(store: &store::Store, id: &str) -> anyhow::Result<Option<Actor>> {
    let id: KeyId = id
        .parse()
        .context("`leadline key list` shows the ids of keys")?;
    Ok(on_store::actor_beside(store, id).await?)
}

async fn show(store: &store::Store, id: &str, json: bool) -> anyhow::Result<()> {
    let actor = actor(store, id).await?.with_context(|| unknown(id))?;
    print_key(&key::read(store, &actor, id).await?, json)
}

async fn edit(store: &store::Store, id: &str, change: KeyChange, json: bool) -> anyhow::Result<()> {
    anyhow::ensure!(
        change.name.is_some() || change.scopes.is_some(),
        "nothing to change; give --name or --scopes"
    );
    let actor = actor(store, id).await?.with_context(|| unknown(id))?;
    let edited = key::update(store, &actor, id, change).await;
    let edited = edited.map_err(|error| anyhow::anyhow!(with_options(&error.to_string())))?;
    print_key(&edited, json)
}

fn unknown(id: &str) -> String {
    format!("the store has no key {id}; `leadline key list` shows the keys that it has")
}

fn print_key(key: &KeyView, json: bool) -> anyhow::Result<()> {
    if json {
        return print(&format!("{}\n", serde_json::to_string_pretty(key)?));
    }
    let utc = |at| format!("{} (UTC)", minute(at));
    print(&facts(&[
        ("Key", key.name.clone()),
        ("Id", key.id.to_string()),
        ("May", words(&key.scopes)),
        ("Created", utc(key.created_at)),
        ("Last used", key.last_used_on.clone().unwrap_or_default()),
        ("Revoked", key.revoked_at.map(utc).unwrap_or_default()),
    ]))
}

async fn revoke(store: &store::Store, id: &str) -> anyhow::Result<()> {
    let not_in_use =
        || format!("no key {id} is in use; `leadline key list` shows which keys are revoked");
    let actor = actor(store, id).await?.with_context(not_in_use)?;
    let before = key::read(store, &actor, id).await?;
    anyhow::ensure!(before.revoked_at.is_none(), not_in_use());
    key::revoke(store, &actor, id, Clock::System.now()).await?;
    say!("Key {id} is revoked.");
    Ok(())
}

async fn accept_new_master(config: &Config, store: &store::Store) -> anyhow::Result<()> {
    app::accept_new_master(&config.data.dir, store).await?;
    say!(
        "The store continues with the master.key in {}. Copy it into the data folder of every other \
         program on this store, and restart them. Give each source a secret again \
         (`leadline source secret`): the earlier ones cannot be opened. Customers known by e-mail alone start \
         again, and people erased before are not recognised when they come again: erase them once more.",
        config.data.dir.display()
    );
    Ok(())
}

fn words(scopes: &[Scope]) -> String {
    scopes
        .iter()
        .map(|scope| scope.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
