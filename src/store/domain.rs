//! Domains of short links, and to which domains links were moved.

use std::collections::HashMap;

use super::text_column::{read_id, read_id_option};
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, fetch, statements, value};
use crate::id::WorkspaceId;
use crate::link::domain::{Domain, DomainAddress, DomainOrigin};

#[derive(sqlx_macros::FromRow)]
struct DomainRow {
    id: String,
    workspace_id: Option<String>,
    host: String,
    scheme: String,
    path: String,
    origin: String,
    created_at: i64,
    moved_to: Option<String>,
}

/// The name of a link.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct LinkName {
    /// Its slug.
    pub slug: String,
    /// Its domain.
    pub domain: String,
}

statements! {
    sql ALL = "SELECT d.id, d.workspace_id, d.host, d.scheme, d.path, d.origin, d.created_at, \
        m.moved_to FROM domain d LEFT JOIN domain_move m ON m.domain = d.host \
        ORDER BY d.created_at, d.id, m.moved_at, m.moved_to";
    sql INSERT = "INSERT INTO domain (id, workspace_id, host, scheme, path, origin, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (host) DO NOTHING";
    sql UPDATE = "UPDATE domain SET workspace_id = $2, scheme = $3, path = $4, origin = $5 \
        WHERE host = $1";
    sql NEXT_OF_LINKS = "SELECT min(domain) FROM link WHERE domain > $1";
    sql LOCK = "UPDATE domain SET host = host WHERE host = $1";
    sql DELETE = "DELETE FROM domain WHERE host = $1";
    sql HAS_MOVES = "SELECT count(*) FROM domain_move WHERE domain = $1 OR moved_to = $1";
    sql COUNT_LINKS_OF = "SELECT count(*) FROM link WHERE domain = $1 AND workspace_id = $2";
    bulk COUNT_LINKS_BY_HOST = bulk_sql!(
        "SELECT l.domain, count(*) FROM " rows(host TEXT, workspace_id TEXT)
        " JOIN link l ON l.domain = a.host AND l.workspace_id = a.workspace_id GROUP BY l.domain"
    );
    sql COUNT_LINKS = "SELECT count(*) FROM link WHERE domain = $1";
    sql COUNT_FREE = "SELECT count(*) FROM link o WHERE o.domain = $1 \
        AND NOT EXISTS (SELECT 1 FROM link n WHERE n.domain = $2 AND n.slug = o.slug)";
    sql TAKEN = "SELECT n.slug, n.domain FROM link o \
        JOIN link n ON n.domain = $2 AND n.slug = o.slug \
        WHERE o.domain = $1 AND o.slug > $3 AND o.slug <= $4 ORDER BY n.slug";
    sql END_OF_SOME = "SELECT max(slug) FROM (SELECT slug FROM link \
        WHERE domain = $1 AND slug > $2 ORDER BY slug LIMIT $3) AS part";
    sql MOVE_LINKS = "UPDATE link SET domain = $2, updated_at = CASE WHEN updated_at >= $3 \
        THEN updated_at + 1 ELSE $3 END WHERE domain = $1 \
        AND NOT EXISTS (SELECT 1 FROM link n WHERE n.domain = $2 AND n.slug = link.slug)";
    sql MOVE_SOME = "UPDATE link SET domain = $2, updated_at = CASE WHEN updated_at >= $3 \
        THEN updated_at + 1 ELSE $3 END WHERE domain = $1 AND slug > $4 AND slug <= $5 \
        AND NOT EXISTS (SELECT 1 FROM link n WHERE n.domain = $2 AND n.slug = link.slug)";
    sql SET_ASIDE = "UPDATE link SET domain = $3 WHERE domain = $1 AND slug > $4 AND slug <= $5 \
        AND EXISTS (SELECT 1 FROM link n WHERE n.domain = $2 AND n.slug = link.slug)";
    sql MOVED = "SELECT slug, domain FROM link WHERE domain = $1 AND slug > $2 \
        AND updated_at >= $3 ORDER BY slug LIMIT $4";
    sql NOTE_MOVE = "INSERT INTO domain_move (domain, moved_to, moved_at) VALUES ($1, $2, $3) \
        ON CONFLICT (domain, moved_to) DO NOTHING";
    sql RESERVED_SINCE = "SELECT slug, domain FROM link WHERE domain = $1 \
        AND lower(slug) IN ('app', 'compat', 'share') AND archived_at IS NULL ORDER BY slug";
}

fn origin(text: &str) -> Result<DomainOrigin, Error> {
    let known = [
        DomainOrigin::Configuration,
        DomainOrigin::Command,
        DomainOrigin::Links,
    ];
    let found = known.into_iter().find(|origin| origin.as_str() == text);
    found.ok_or_else(|| Error::Corrupt {
        what: "origin",
        value: text.to_owned(),
    })
}

/// Every domain, oldest first.
///
/// # Errors
/// When the store does not answer.
pub async fn all(tx: &mut Tx) -> Result<Vec<Domain>, Error> {
    let mut domains: Vec<Domain> = Vec::new();
    for row in fetch!(all DomainRow, tx, ALL)? {
        if let Some(last) = domains
            .last_mut()
            .filter(|last| last.address.host == row.host)
        {
            last.moved_to.extend(row.moved_to);
            continue;
        }
        let scheme = row.scheme.parse().map_err(|_| Error::Corrupt {
            what: "scheme",
            value: row.scheme.clone(),
        })?;
        domains.push(Domain {
            id: read_id(&row.id)?,
            workspace_id: read_id_option(row.workspace_id.as_deref())?,
            origin: origin(&row.origin)?,
            address: DomainAddress {
                scheme,
                host: row.host,
                path: row.path,
            },
            moved_to: row.moved_to.into_iter().collect(),
            created_at: Millis(row.created_at),
        });
    }
    Ok(domains)
}

/// Adds a domain; `false` when its host exists.
///
/// # Errors
/// When the store does not answer.
pub async fn insert(tx: &mut Tx, domain: &Domain) -> Result<bool, Error> {
    let added = execute!(
        tx,
        INSERT,
        domain.id.to_string(),
        domain.workspace_id.map(|id| id.to_string()),
        &domain.address.host,
        domain.address.scheme.as_str(),
        &domain.address.path,
        domain.origin.as_str(),
        domain.created_at.0,
    )?;
    Ok(added == 1)
}

/// Writes back owner, scheme, path and origin of a domain, by its host.
///
/// # Errors
/// When the store does not answer.
pub async fn update(tx: &mut Tx, domain: &Domain) -> Result<(), Error> {
    execute!(
        tx,
        UPDATE,
        &domain.address.host,
        domain.workspace_id.map(|id| id.to_string()),
        domain.address.scheme.as_str(),
        &domain.address.path,
        domain.origin.as_str(),
    )?;
    Ok(())
}

/// Locks a domain until the transaction ends; `false` when no domain has this host.
///
/// # Errors
/// When the store does not answer.
pub async fn lock(tx: &mut Tx, host: &str) -> Result<bool, Error> {
    Ok(execute!(tx, LOCK, host)? == 1)
}

/// Deletes a domain.
///
/// # Errors
/// When the store does not answer.
pub async fn delete(tx: &mut Tx, host: &str) -> Result<(), Error> {
    execute!(tx, DELETE, host)?;
    Ok(())
}

/// Whether links were ever moved from this host or to it.
///
/// # Errors
/// When the store does not answer.
pub async fn has_moves(tx: &mut Tx, host: &str) -> Result<bool, Error> {
    let counted = value!(i64, tx, HAS_MOVES, host)?;
    Ok(counted.unwrap_or(0) > 0)
}

/// How many links a workspace has on a domain, including archived ones.
///
/// # Errors
/// When the store does not answer.
pub async fn count_links_of(tx: &mut Tx, host: &str, workspace: WorkspaceId) -> Result<i64, Error> {
    let counted = value!(i64, tx, COUNT_LINKS_OF, host, workspace.to_string())?;
    Ok(counted.unwrap_or(0))
}

/// How many links a workspace has on each of these domains, including archived ones. A domain
/// without links is left out.
///
/// # Errors
/// When the store does not answer.
pub async fn count_links_by_host(
    tx: &mut Tx,
    workspace: WorkspaceId,
    hosts: &[&str],
) -> Result<HashMap<String, i64>, Error> {
    let host = |host: &&str| (*host).to_owned();
    let workspace = |_: &&str| workspace.to_string();
    let counts = bulk!(
        all(String, i64),
        tx,
        COUNT_LINKS_BY_HOST,
        hosts,
        [host, workspace]
    )?;
    Ok(counts.into_iter().collect())
}

/// Every domain that has links, as the links name it. Reads one index entry for each.
///
/// # Errors
/// When the store does not answer.
pub async fn of_links(tx: &mut Tx) -> Result<Vec<String>, Error> {
    let mut found: Vec<String> = Vec::new();
    loop {
        let after = found.last().map_or("", String::as_str);
        let next = value!(Option<String>, tx, NEXT_OF_LINKS, after)?;
        match next.flatten() {
            Some(next) => found.push(next),
            None => return Ok(found),
        }
    }
}

/// How many links a domain has, including archived ones.
///
/// # Errors
/// When the store does not answer.
pub async fn count_links(tx: &mut Tx, host: &str) -> Result<i64, Error> {
    let counted = value!(i64, tx, COUNT_LINKS, host)?;
    Ok(counted.unwrap_or(0))
}

/// How many links of `host` have a slug that no link of `other` has.
///
/// # Errors
/// When the store does not answer.
pub async fn count_free(tx: &mut Tx, host: &str, other: &str) -> Result<i64, Error> {
    let counted = value!(i64, tx, COUNT_FREE, host, other)?;
    Ok(counted.unwrap_or(0))
}

/// A range of slugs of a domain: after the first one, up to and including the second.
pub type SlugRange<'a> = (&'a str, &'a str);

/// The last slug of the next `most` links of `host` after `after`; `None` when none is left.
///
/// # Errors
/// When the store does not answer.
pub async fn end_of_batch(
    tx: &mut Tx,
    host: &str,
    after: &str,
    most: i64,
) -> Result<Option<String>, Error> {
    let end = value!(Option<String>, tx, END_OF_SOME, host, after, most)?;
    Ok(end.flatten())
}

/// Links of `other` whose slugs links of `host` also have.
///
/// # Errors
/// When the store does not answer.
pub async fn taken_links(
    tx: &mut Tx,
    host: &str,
    other: &str,
    (after, end): SlugRange<'_>,
) -> Result<Vec<LinkName>, Error> {
    Ok(fetch!(all LinkName, tx, TAKEN, host, other, after, end)?)
}

/// Moves the links of `host` to `other`, except those whose slug exists there. Returns how many.
///
/// # Errors
/// When the store does not answer.
pub async fn move_links(tx: &mut Tx, host: &str, other: &str, now: Millis) -> Result<u64, Error> {
    Ok(execute!(tx, MOVE_LINKS, host, other, now.0)?)
}

/// The same for some of its links.
///
/// # Errors
/// When the store does not answer.
pub async fn move_batch(
    tx: &mut Tx,
    host: &str,
    other: &str,
    (after, end): SlugRange<'_>,
    now: Millis,
) -> Result<u64, Error> {
    Ok(execute!(tx, MOVE_SOME, host, other, now.0, after, end)?)
}

/// Moves some links of `host` to `aside` instead: those whose slug a link of `other` has.
///
/// # Errors
/// When the store does not answer.
pub async fn set_aside(
    tx: &mut Tx,
    host: &str,
    other: &str,
    aside: &str,
    (after, end): SlugRange<'_>,
) -> Result<u64, Error> {
    Ok(execute!(tx, SET_ASIDE, host, other, aside, after, end)?)
}

/// Links of a domain that were changed at `since` or later, sorted by slug, after `after`.
///
/// # Errors
/// When the store does not answer.
pub async fn moved_links(
    tx: &mut Tx,
    host: &str,
    after: &str,
    since: Millis,
    most: i64,
) -> Result<Vec<LinkName>, Error> {
    Ok(fetch!(all LinkName, tx, MOVED, host, after, since.0, most)?)
}

/// Stores that links of `host` were moved to `other`, so that lookups continue there.
///
/// # Errors
/// When the store does not answer.
pub async fn record_move(tx: &mut Tx, host: &str, other: &str, now: Millis) -> Result<(), Error> {
    execute!(tx, NOTE_MOVE, host, other, now.0)?;
    Ok(())
}

/// Links of a domain whose slugs were allowed once, but are the service's own paths now.
///
/// # Errors
/// When the store does not answer.
pub async fn reserved_since(tx: &mut Tx, host: &str) -> Result<Vec<LinkName>, Error> {
    Ok(fetch!(all LinkName, tx, RESERVED_SINCE, host)?)
}
