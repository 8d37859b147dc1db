//! Links that may be meant by a request for an unknown slug.
//!
//! # Invariants
//! One statement looks up a few slugs by an index, and reads only similar links.
//!
//! # Out of scope
//! Which links the caller may see.

use std::collections::HashMap;

use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, statements};
use crate::id::WorkspaceId;
use crate::link::typo;
use crate::store::text_column::read_id;

statements! {
    bulk NEAR = bulk_sql!(
        "SELECT l.workspace_id, l.domain, l.slug FROM " rows(domain TEXT, slug TEXT)
        " JOIN link l ON l.domain = a.domain AND lower(l.slug) = a.slug"
    );
}

/// Slugs whose neighbours are looked up at once: about a thousand candidates.
const AT_ONCE: usize = 10;

/// A link with a similar slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearLink {
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// Its slug.
    pub slug: String,
}

/// The links similar to each of these domains and slugs, in their order, including archived ones.
/// [`typo`] defines similarity.
///
/// # Errors
/// When the store does not answer.
pub async fn near_links(tx: &mut Tx, slugs: &[(&str, &str)]) -> Result<Vec<Vec<NearLink>>, Error> {
    let mut all = Vec::with_capacity(slugs.len());
    for few in slugs.chunks(AT_ONCE) {
        let asked: Vec<(&str, String)> = few
            .iter()
            .flat_map(|(domain, slug)| {
                typo::candidates(slug)
                    .into_iter()
                    .map(|slug| (*domain, slug))
            })
            .collect();
        let rows = bulk!(
            all(String, String, String),
            tx,
            NEAR,
            asked,
            [
                |row: &(&str, String)| row.0.to_owned(),
                |row: &(&str, String)| row.1.clone(),
            ]
        )?;
        let mut found: HashMap<(String, String), Vec<NearLink>> = HashMap::new();
        for (workspace, domain, slug) in rows {
            let workspace_id = read_id(&workspace)?;
            let links = found
                .entry((domain, slug.to_ascii_lowercase()))
                .or_default();
            // Two slugs of a page may share a neighbour.
            if !links.iter().any(|near| near.slug == slug) {
                links.push(NearLink { workspace_id, slug });
            }
        }
        all.extend(few.iter().map(|(domain, slug)| {
            let of = |candidate| found.get(&((*domain).to_owned(), candidate)).cloned();
            let candidates = typo::candidates(slug).into_iter();
            candidates.filter_map(of).flatten().collect()
        }));
    }
    Ok(all)
}
