//! Orphans: requested slugs that no link has, with the link that was probably meant.
//!
//! # Invariants
//! An orphan belongs to no workspace, so every key with the scope `read` sees it. If only links of
//! other workspaces are similar, only they see it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::campaign_report::period;
use crate::click::ClickClass;
use crate::clock::Millis;
use crate::id::WorkspaceId;
use crate::link::slug;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::operations::page::limit;
use crate::store::link::near::{self, NearLink};
use crate::store::orphan::{self, OrphanCursor, OrphanSlug};

/// Requests for a slug that no link has.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Orphan)]
pub struct OrphanView {
    /// The requested domain.
    #[schema(example = "go.example.com")]
    pub domain: String,
    /// The requested slug; `null` for the sum of all slugs beyond the first 10,000 of their day.
    #[schema(example = "sumer-lamp")]
    pub slug: Option<String>,
    /// Requests of people: classes `human` and `likely_human`.
    pub people: i64,
    /// Requests of programs and possible programs: `preview`, `crawler`, `scanner`, `unknown`.
    pub bots: i64,
    /// All requests by class; classes without requests are left out.
    #[schema(value_type = BTreeMap<String, i64>)]
    pub by_class: BTreeMap<ClickClass, i64>,
    /// All requests by the network they were seen on; `unknown` without evidence.
    pub networks_seen: BTreeMap<String, i64>,
    /// When it was last requested.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Millis,
    /// Your only link with a similar slug: apart from case, one character is missing, extra or
    /// wrong, or two are swapped. `null` if there is none, or more than one.
    #[schema(example = "https://go.example.com/summer-lamp")]
    pub did_you_mean: Option<String>,
}

/// A page of orphans.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct OrphanPage {
    /// Slugs with most people first.
    pub orphans: Vec<OrphanView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

/// The filters of a list of orphans.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OrphanQuery {
    /// First day (UTC); unlimited when absent.
    #[param(example = "2026-03-01")]
    pub from: Option<String>,
    /// Last day (UTC); today when absent.
    #[param(example = "2026-03-31")]
    pub to: Option<String>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page. Counts may grow between pages, so a row that moves
    /// meanwhile may occur twice or be missing.
    pub cursor: Option<String>,
}

impl OrphanView {
    fn of(asked: OrphanSlug, did_you_mean: Option<String>) -> OrphanView {
        OrphanView {
            domain: asked.domain,
            slug: Some(asked.slug).filter(|slug| !slug.is_empty()),
            people: asked.clicks.human,
            bots: asked.clicks.bot,
            by_class: asked.clicks.by_class,
            networks_seen: asked.networks_seen,
            last_at: asked.last_at,
            did_you_mean,
        }
    }
}

/// A page of orphans, most people first.
///
/// # Errors
/// A day, limit or cursor that is not valid, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: OrphanQuery,
) -> Result<OrphanPage, Error> {
    let days = period::utc_days(query.from.as_deref(), query.to.as_deref())?;
    let limit = limit(query.limit)?;
    let after = query.cursor.as_deref().map(place).transpose()?;
    let mut tx = context.store.read().await?;
    // One row more than the page, to see whether there is a next one.
    let mut rows = orphan::list(&mut tx, &days, after.as_ref(), limit + 1).await?;
    let more = i64::try_from(rows.len()).is_ok_and(|found| found > limit);
    if more {
        rows.pop();
    }
    let next_cursor = rows.last().filter(|_| more).map(cursor);
    let slugs: Vec<(&str, &str)> = rows.iter().map(|row| (&*row.domain, &*row.slug)).collect();
    let near = near::near_links(&mut tx, &slugs).await?;
    let mut orphans = Vec::with_capacity(rows.len());
    for (row, near) in rows.into_iter().zip(near) {
        if !near.is_empty() && near.iter().all(|link| link.workspace_id != actor.workspace) {
            continue;
        }
        let meant = meant(&row.slug, &near, actor.workspace);
        let did_you_mean = meant.map(|slug| context.domains().short_url(&row.domain, slug));
        orphans.push(OrphanView::of(row, did_you_mean));
    }
    Ok(OrphanPage {
        orphans,
        next_cursor,
    })
}

/// The slug that was probably meant: the workspace's only one that differs by case alone, or else
/// its only one within one edit.
fn meant<'a>(asked: &str, near: &'a [NearLink], workspace: WorkspaceId) -> Option<&'a str> {
    let own = near.iter().filter(|link| link.workspace_id == workspace);
    // A link with exactly that slug is new, or the service would have found it.
    let others: Vec<&str> = own
        .map(|link| &*link.slug)
        .filter(|slug| *slug != asked)
        .collect();
    let (same, edited): (Vec<&str>, Vec<&str>) = others
        .into_iter()
        .partition(|slug| slug.eq_ignore_ascii_case(asked));
    match (&same[..], &edited[..]) {
        ([one], _) | ([], [one]) => Some(one),
        _ => None,
    }
}

/// Longest cursor, in bytes: a number, a slug and a host name are shorter.
pub const MAX_CURSOR: usize = 512;

/// A row's place in the list, such as `12~sumer-lamp~go.example.com`; a slug never has a `~`.
fn cursor(row: &OrphanSlug) -> String {
    format!("{}~{}~{}", row.clicks.human, row.slug, row.domain)
}

fn place(cursor: &str) -> Result<OrphanCursor, Error> {
    if cursor.len() > MAX_CURSOR {
        return Err(Error::Cursor);
    }
    let mut parts = cursor.splitn(3, '~');
    let mut part = || parts.next().ok_or(Error::Cursor);
    let place = OrphanCursor {
        people: part()?.parse().map_err(|_| Error::Cursor)?,
        slug: part()?.to_owned(),
        domain: part()?.to_owned(),
    };
    if place.slug.is_empty() || slug::is_possible(&place.slug) {
        Ok(place)
    } else {
        Err(Error::Cursor)
    }
}
