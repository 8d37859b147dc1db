//! Opens everything that must be open before the program runs: the data folder, the store,
//! addresses.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::node;
use super::role::Role;
use super::start_error::StartError;
use crate::clock::Millis;
use crate::config::{Config, PrivacyPreset};
use crate::drivers::file_access;
use crate::enrich::EnrichmentRules;
use crate::enrich::geo::GeoLookup;
use crate::event_log::EventLog;
use crate::link_resolver::LinkResolver;
use crate::network::NetworkRegistry;
use crate::redis_links::RedisLinks;
use crate::store::Store;
use crate::visitor_key::Pseudonyms;
use crate::visitor_key::shared::SharedKeys;
use crate::worker::retention::RetentionTimes;

/// Creates the data folder if it is missing, for its owner only.
///
/// # Errors
/// When it cannot be created.
pub fn create_data_dir(config: &Config) -> anyhow::Result<()> {
    let dir = &config.data.dir;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|error| {
        let shown = dir.display();
        StartError::of(
            error,
            format!("cannot create the data folder {shown}; set `data.dir` to a writable place"),
        )
    })?;
    if let Some(reason) = file_access::refusal(dir) {
        let text = format!("cannot use the data folder: {reason}");
        return Err(StartError::Configuration(text).into());
    }
    make_private(dir);
    Ok(())
}

/// Removes other users' permissions on the program's files in its folder.
fn make_private(dir: &Path) {
    let own = [
        "leadline.db",
        "leadline.db-wal",
        "leadline.db-shm",
        "master.key",
        "visitor.key",
        "node",
    ];
    let log = std::fs::read_dir(dir.join("log"))
        .into_iter()
        .flatten()
        .flatten();
    let files = own
        .iter()
        .map(|name| dir.join(name))
        .chain(log.map(|entry| entry.path()));
    let changed = files.filter(|file| file_access::make_private(file)).count();
    if changed > 0 {
        tracing::warn!(
            "other users had permissions on {changed} files in the data folder {}; these permissions are removed",
            dir.display()
        );
    }
    if file_access::is_open_to_others(dir) {
        tracing::warn!(
            "other users can read the data folder {0}; to close it: chmod 0700 {0}",
            dir.display()
        );
    }
}

/// Fails if the role cannot work with the configured log.
pub(super) fn ensure_shared_log(config: &Config, role: Role) -> Result<(), StartError> {
    if role == Role::All || config.shares_log() {
        return Ok(());
    }
    let remedy = "set `log.url`, or run `leadline serve`";
    let text = format!("programs that share the work share a log in Redis; {remedy}");
    Err(StartError::Configuration(text))
}

/// The configured retention times.
pub(super) fn kept(config: &Config) -> RetentionTimes {
    RetentionTimes {
        clicks_days: config.clicks_days(),
        orphans_days: config.retention.orphans_days,
        inbox_days: config.retention.inbox_days,
    }
}

/// Opens the store and migrates its schema.
///
/// # Errors
/// When it does not answer or has another program's schema.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let store = connect_store(config).await?;
    store.migrate().await.with_context(|| {
        let url = config.shown_store_url();
        format!("cannot migrate the schema of the store at {url}")
    })?;
    let written = store.verify().await;
    written
        .with_context(|| format!("cannot write to the store at {}", config.shown_store_url()))?;
    Ok(store)
}

/// The store as the role needs it: migrated, or not contacted yet.
pub(super) async fn store(config: &Config, role: Role) -> anyhow::Result<Store> {
    if role.needs_store() {
        open_store(config).await
    } else {
        connect_store(config).await
    }
}

async fn connect_store(config: &Config) -> anyhow::Result<Store> {
    Store::open_with(&config.store_url(), config.store_options())
        .await
        .with_context(|| format!("cannot open the store at {}", config.shown_store_url()))
}

/// Binds an address.
///
/// # Errors
/// When it is in use or does not belong to this machine. The message names the configuration key.
pub fn bind(address: std::net::SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::AddrInUse => "another program uses it; stop that one, or set",
            ErrorKind::PermissionDenied => {
                "ports below 1024 need a special permission; grant it, or set"
            }
            _ => "set",
        };
        let text = format!("cannot listen on {address}; {remedy} `{key}` to another");
        StartError::of(error, text)
    })
}

/// The rules that enrich clicks, as far as the operator allows.
pub(super) fn rules(
    config: &Config,
    registry: &Arc<NetworkRegistry>,
    places: &Arc<GeoLookup>,
) -> EnrichmentRules {
    let rules = EnrichmentRules::new(registry.clone(), places.clone());
    match config.privacy.preset {
        PrivacyPreset::Standard => rules,
        PrivacyPreset::Strict => rules.coarse(),
    }
}

/// The log, read under this program's own name.
pub(super) async fn log(config: &Config, now: Millis) -> anyhow::Result<EventLog> {
    let consumer = node::name(&config.data.dir, now)
        .context("cannot use the file `node` in the data folder")?;
    EventLog::open(&config.log_settings(&consumer))
        .await
        .context("cannot open the log")
}

/// Visitors' pseudonyms. Nodes that share a log share the key.
pub(super) async fn pseudonyms(config: &Config, now: Millis) -> anyhow::Result<Pseudonyms> {
    match config.shared_keys() {
        Some(settings) => Ok(Pseudonyms::shared(SharedKeys::open(&settings)?, now).await),
        None => Pseudonyms::open(&config.data.dir, now)
            .context("cannot use visitor.key in the data folder"),
    }
}

/// The geo databases. Reading and checking a large one takes seconds.
pub(super) async fn places(config: &Config) -> anyhow::Result<Arc<GeoLookup>> {
    let [database, asn_database] = config.geo_databases();
    let opened = tokio::task::spawn_blocking(move || GeoLookup::open(database, asn_database)).await;
    Ok(Arc::new(
        opened.context("the geo databases cannot be opened")?,
    ))
}

/// The link resolver.
///
/// # Errors
/// When domains or the log's address cannot be read.
pub fn resolver(config: &Config, store: &Store) -> anyhow::Result<LinkResolver> {
    let unknown_ttl = Duration::from_secs(config.cache.unknown_ttl_s);
    let links = config.redis_links().map(RedisLinks::open).transpose()?;
    let links_bytes = config.cache.links_bytes;
    Ok(LinkResolver::new(
        store.clone(),
        links,
        config.domains()?,
        links_bytes,
        unknown_ttl,
    ))
}

/// The listener for operators, if one is configured.
pub(super) fn admin_listener(config: &Config) -> anyhow::Result<Option<TcpListener>> {
    let address = config.admin_listen()?;
    address
        .map(|address| bind(address, "admin.listen"))
        .transpose()
}

/// The link resolver. If the role uses the store, the configured domains are written to it.
pub(super) async fn merged_resolver(
    config: &Config,
    store: &Store,
    role: Role,
    now: Millis,
) -> anyhow::Result<LinkResolver> {
    let resolver = resolver(config, store)?;
    if role.needs_store() {
        let merged = resolver.domains().merge(store, now).await;
        merged.context("cannot write the domains of short links to the store")?;
    }
    Ok(resolver)
}
