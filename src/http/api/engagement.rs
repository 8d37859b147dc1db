//! Engagement over the API: what networks tell of posts, told row by row or as a table, listed,
//! taken back.
//!
//! Holds: of the rows of a request all are kept or none; totals told again take the place of the
//! earlier ones. Must not know: how it is held against what posts yield.

mod body;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};

use crate::campaign::engagement::EngagementFigures;
use crate::export_file::format::ExportKind;
use crate::export_file::{ExportRow, FileContent, ReadOptions};
use crate::http::State;
use crate::http::api::cost::{ListQuery, MOST_SHOWN};
use crate::http::api::table::asked::ImportQuery;
use crate::http::api::table::place::{Finder, Found, Named, days};
use crate::http::api::table::{
    ReadRows, content, imported, in_order, json_rows, own_rows, sort_ids,
};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::bodies::announced;
use crate::http::extract::json::Query;
use crate::id::{CampaignId, EngagementId};
use crate::money::number_text;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::find_named;
use crate::operations::error::{Error, Noun};
use crate::operations::import::bad_rows::{BadRows, RowError, bad};
use crate::operations::page::{cut, page};
use crate::store::engagement::{self, Post, Told};
use crate::store::{Tx, workspace};
use body::{EngagementBody, EngagementImportResult, EngagementPage, NewEngagement, NewEngagements};

/// Largest figure.
const MOST: i64 = 1_000_000_000_000;

/// A row, before anything it names was found.
#[derive(Debug)]
struct Said {
    line: u64,
    named: Named,
    day: i64,
    figures: EngagementFigures,
}

/// Import engagement numbers
///
/// Rows as JSON, an array or `{"rows": […]}`; or a table (`Content-Type: text/csv`, also for a
/// workbook) as networks export it, in any language whose names of columns are known or mapped by
/// `column`. With `dry_run=true` the answer is the same, and nothing is kept. Totals of the same
/// campaign, network, post and day take the place of earlier ones, figure by figure; so a file may
/// be sent again. A post is named by its link, or by its permalink, which is looked for among those
/// that `PATCH /posts/{id}` noted; without either the row is of all in the network.
#[utoipa::path(
    operation_id = "import_engagement",
    tag = "costs",
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat answer the first result")),
    request_body(content((NewEngagements = "application/json"), (String = "text/csv")), description = "At most 16 MiB"),
    responses(
        (status = 200, description = "With `dry_run`: what would become of the rows", body = EngagementImportResult),
        (status = 201, description = "How many rows were new, changed or known, and the rows", body = EngagementImportResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/engagement")]
pub(in crate::http) async fn tell(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    Query(query): Query<ImportQuery>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (body, announced) = (body.into_inner(), announced(&request));
    let raw = state
        .bodies
        .keyed
        .read(body, announced, crate::http::api::table::MAX)
        .await?;
    let file = content(&state, &request, &raw).await?;
    let effect = async |tx: &mut Tx| {
        let (mut bad, kind) = (query.bad_rows(), ExportKind::Engagement);
        workspace::lock(tx, actor.workspace).await?;
        let options = query.options(tx, &state, actor.workspace, kind).await?;
        let table = file.as_ref().map(|(content, _)| (content, &options));
        let read = read(&raw, table, &query, &mut bad)?;
        let mut finder = Finder::new(&state, actor.workspace);
        let mut gathered = Gathered::default();
        for row in read.rows {
            let found = finder.find(tx, &row.named).await;
            let made = found.and_then(|found| told_of(&state, &actor, &row, found));
            let added = made.and_then(|told| gathered.add(told, read.file.is_some()));
            bad.sift(row.line, added)?;
        }
        let mut told = gathered.told;
        let others = bad.none_of(read.count)?;
        query
            .keep(tx, &state, (actor.workspace, kind), read.file.as_ref())
            .await?;
        sort_ids(&mut told, |row| &mut row.id);
        let put = engagement::put(tx, &mut told).await?;
        let shown = if told.len() <= MOST_SHOWN {
            told
        } else {
            Vec::new()
        };
        Ok(EngagementImportResult {
            new: put.new,
            changed: put.changed,
            unchanged: put.unchanged,
            engagement: shown.into_iter().map(EngagementBody::from).collect(),
            columns_left_out: read.columns_left_out,
            totals_left_out: read.totals_left_out,
            passed_over: in_order(read.passed_over, others),
            file: read.file,
            dry_run: query.is_dry_run(),
        })
    };
    imported((&state, &actor, &request), &raw, query.is_dry_run(), effect).await
}

/// Columns of a table whose values add up.
const FIGURES: &[&str] = &["impressions", "likes", "reposts", "replies"];

/// Columns whose values do not.
const LEVELS: &[&str] = &["followers"];

/// The rows of a body.
fn read(
    raw: &[u8],
    table: Option<(&FileContent, &ReadOptions)>,
    query: &ImportQuery,
    bad: &mut BadRows,
) -> Result<ReadRows<Said>, Error> {
    if let Some((content, options)) = table {
        let read = |line, row: ExportRow<'_>| of_row(line, row, query);
        return own_rows(content, options, (FIGURES, LEVELS), bad, read);
    }
    json_rows(raw, bad, |line, new: NewEngagement| {
        of_json(line, new, query)
    })
}

fn of_json(line: u64, new: NewEngagement, query: &ImportQuery) -> Result<Said, RowError> {
    let day = *days(Some(&new.day), None, None, query.dates())?.start();
    let figures = EngagementFigures {
        impressions: new.impressions,
        likes: new.likes,
        reposts: new.reposts,
        replies: new.replies,
        followers: new.followers,
    };
    let named = Named {
        campaigns: new.campaign_id.into_iter().collect(),
        network: new.network,
        link: new.link_id,
        permalink: new.permalink,
    };
    Ok(Said {
        line,
        named: query.over(named),
        day,
        figures: checked(figures)?,
    })
}

fn of_row(line: u64, row: ExportRow<'_>, query: &ImportQuery) -> Result<Said, RowError> {
    // Meta writes it where a figure is of no day in particular; the day of the post stands beside
    // it.
    let day = row
        .all("day")
        .find(|text| !text.eq_ignore_ascii_case("lifetime"));
    let days = match row.range_of_file() {
        Some(days) => days,
        None => days(day, None, None, query.dates())?,
    };
    let day = *days.start();
    let figure = |field: &'static str| {
        let read = row.get(field).map(number_text::count).transpose();
        read.or_else(|error| bad(field, error.to_string()))
    };
    let figures = EngagementFigures {
        impressions: figure("impressions")?,
        likes: figure("likes")?,
        reposts: figure("reposts")?,
        replies: figure("replies")?,
        followers: figure("followers")?,
    };
    Ok(Said {
        line,
        named: query.over(Named::of_row(row)),
        day,
        figures: checked(figures)?,
    })
}

fn checked(figures: EngagementFigures) -> Result<EngagementFigures, RowError> {
    if figures.is_empty() {
        return bad(
            "impressions",
            "is missing, and so are likes, reposts, replies and followers",
        );
    }
    for (field, figure) in [
        ("impressions", figures.impressions),
        ("likes", figures.likes),
        ("reposts", figures.reposts),
        ("replies", figures.replies),
        ("followers", figures.followers),
    ] {
        if figure.is_some_and(|figure| !(0..=MOST).contains(&figure)) {
            return bad(field, format!("is 0 to {MOST}"));
        }
    }
    Ok(figures)
}

fn told_of(state: &State, actor: &Actor, row: &Said, found: Found) -> Result<Told, RowError> {
    let Some(network) = found.network else {
        return bad(
            "network",
            "is missing; name it in each row, or one for all rows in the query",
        );
    };
    let post = match (found.link_id, found.permalink) {
        (Some(link), _) => Post::Link(link),
        (None, Some(permalink)) => Post::Permalink(permalink),
        (None, None) => Post::All,
    };
    let now = state.context.clock.now();
    Ok(Told {
        id: EngagementId::new(now),
        workspace_id: actor.workspace,
        campaign_id: found.campaign.id,
        network,
        post,
        day: row.day,
        figures: row.figures,
        updated_at: now,
    })
}

/// The rows of a request, one for each campaign, network, post and day.
#[derive(Default)]
struct Gathered {
    told: Vec<Told>,
    places: HashMap<(CampaignId, String, Post, i64), usize>,
}

impl Gathered {
    /// Adds a row. Rows of a table that name no post are added up: a file may have one for each.
    fn add(&mut self, row: Told, is_table: bool) -> Result<(), RowError> {
        let adds_up = is_table && row.post == Post::All;
        let place = (
            row.campaign_id,
            row.network.clone(),
            row.post.clone(),
            row.day,
        );
        match self.places.entry(place) {
            Entry::Vacant(place) => {
                place.insert(self.told.len());
                self.told.push(row);
            }
            Entry::Occupied(before) if adds_up => {
                if let Some(before) = self.told.get_mut(*before.get()) {
                    before.figures = before.figures.and(row.figures);
                }
            }
            Entry::Occupied(_) => {
                return bad(
                    "day",
                    "has an earlier row of the same campaign, network and post; give one row for each",
                );
            }
        }
        Ok(())
    }
}

/// List engagement numbers
#[utoipa::path(
    operation_id = "list_engagement",
    tag = "costs",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of engagement numbers", body = EngagementPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/engagement")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = page(query.limit, query.cursor.as_deref(), "eng")?;
    let mut tx = state.context.store.read().await?;
    let campaign = find_named(&mut tx, actor.workspace, query.campaign_id.as_ref()).await?;
    let campaign = campaign.map(|campaign| campaign.id);
    let mut rows = engagement::list(&mut tx, actor.workspace, campaign, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    Ok(HttpResponse::Ok().json(EngagementPage {
        engagement: rows.into_iter().map(EngagementBody::from).collect(),
        next_cursor,
    }))
}

/// Delete engagement numbers
#[utoipa::path(
    operation_id = "delete_engagement",
    tag = "costs",
    params(("id" = String, Path, description = "Id of the row")),
    responses(
        (status = 200, body = EngagementBody, description = "It is gone; this is what it was"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/engagement/{id}")]
pub(in crate::http) async fn remove(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let missing = || Error::NotFound(Noun::Engagement);
    let id: EngagementId = id.parse().map_err(|_| missing())?;
    let mut tx = state.context.store.write().await?;
    let found = engagement::by_id(&mut tx, actor.workspace, id)
        .await?
        .ok_or_else(missing)?;
    engagement::remove(&mut tx, actor.workspace, id).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(EngagementBody::from(found)))
}
