//! The redirect: the one job of a short link, and the service's hot path.
//!
//! # Invariants
//! - A person who clicked gets a 302 after the click is durable in the log, or on disk while Redis
//!   does not confirm in time. If both refuse it, the visitor is still redirected and the click is
//!   lost; that is counted, and readiness reports it.
//! - Requests for unknown slugs are also stored, within the limit.
//! - The answer contains nothing of the request except the id of its click.
//! - Clicks above the bound of one address on one link are counted and get no id.
//! - A cached link does not need the store.

mod facts;
mod outcome;

use std::borrow::Cow;

use actix_web::http::header::{
    CACHE_CONTROL, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};

use crate::click::{FloodedLink, Orphan, RawClick, RequestKind, Visitor};
use crate::clock::Millis;
use crate::event_log::entry::Entry;
use crate::http::connections;
use crate::http::error::Problem;
use crate::http::extract::client::RequestHeaders;
use crate::http::extract::{cookie, host};
use crate::http::no_route::no_route;
use crate::http::state::State;
use crate::id::ClickId;
use crate::link::domain::table::ServedDomain;
use crate::link::slug;
use crate::link::slug::repair::{self, SlugRepair};
use crate::link_resolver::RedirectTarget;
use crate::metric::Metrics;
use crate::metric::outcome::RedirectOutcome;
use crate::quiet::QuietLine;
use crate::recorder::{self, PendingWrite, Recorder};
use crate::store;
use facts::{RequestFacts, sender};

const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// Logged while clicks are lost, for any link.
static LOST: QuietLine = QuietLine::new();

/// Logged while links cannot be looked up.
static UNRESOLVED: QuietLine = QuietLine::new();

/// Answers `GET` and `HEAD` of a short link, and of every path that no other route has.
pub(super) async fn redirect(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    connections::note_answer(&request);
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return no_route(state).await;
    }
    let headers = RequestHeaders::of(request.headers());
    let table = state.context.domains();
    let asked = host::domain(&table, &state.settings, &request, headers.host);
    let domain = asked.address.host.as_str();
    let path = request.path();
    let resolved = resolve(&state, asked, path).await;
    Ok(match resolved {
        Ok((Some(target), _)) if target.archived() => {
            let text = "The owner has archived this link.\n";
            page(&state, RedirectOutcome::Archived, text)
        }
        Ok((Some(target), repair)) => {
            let click = keep(
                &state,
                &recorder,
                &request,
                &headers,
                domain,
                (&target, repair),
            );
            drop(table);
            lead(&state, click, &target, request.query_string()).await
        }
        Ok((None, _)) if asked.slug(path).is_none() => return no_route(state).await,
        Ok((None, _))
            if !state
                .limits
                .allows_unknown_slug(sender(&state, &request, &headers).address) =>
        {
            let text = "Too many requests for links that do not exist. Wait a minute.\n";
            page(&state, RedirectOutcome::Limited, text)
        }
        Ok((None, _)) => {
            Box::pin(note_orphan(&state, &recorder, &request, &headers, asked)).await;
            let text = "There is no such link.\n";
            page(&state, RedirectOutcome::Unknown, text)
        }
        Err(error) => {
            if let Some(times) = UNRESOLVED.fails(&error.to_string()) {
                tracing::error!(%error, times, "a link that is not cached cannot be resolved");
            }
            let text = "This link cannot be looked up right now. Try again in a moment.\n";
            page(&state, RedirectOutcome::Unavailable, text)
        }
    })
}

/// The link of a path, and what was removed from the path if it did not match unchanged.
async fn resolve(
    state: &State,
    asked: &ServedDomain,
    path: &str,
) -> Result<(Option<RedirectTarget>, Option<SlugRepair>), store::Error> {
    let domain = asked.address.host.as_str();
    if let Some(slug) = asked.slug(path).filter(|slug| slug::is_possible(slug))
        && let Some(target) = state.context.resolver.resolve(domain, slug).await?
    {
        return Ok((Some(target), None));
    }
    Box::pin(async move {
        for repaired in repair::candidates(asked.behind(path)) {
            if let Some(target) = state
                .context
                .resolver
                .resolve(domain, &repaired.slug)
                .await?
            {
                Metrics::count(&state.context.metrics.repairs, repaired.by.as_str());
                return Ok((Some(target), Some(repaired.by)));
            }
        }
        Ok((None, None))
    })
    .await
}

async fn lead(
    state: &State,
    click: PendingClick,
    target: &RedirectTarget,
    query: &str,
) -> HttpResponse {
    let PendingClick {
        id,
        asked,
        is_flood,
        declines,
        cookie,
        waiting,
    } = click;
    let durable = match waiting {
        Ok(waiting) => waiting.durable().await,
        Err(error) => Err(error),
    };
    if let Err(error) = durable {
        Metrics::count(&state.context.metrics.clicks_lost, error.code());
        if let Some(times) = LOST.fails(&error.to_string()) {
            let link_id = target.link_id();
            tracing::error!(link.id = %link_id, %error, times, "clicks are lost: no log accepts them");
        }
    }
    match asked {
        RequestKind::Get => {
            let outcome = if is_flood {
                RedirectOutcome::Flood
            } else {
                RedirectOutcome::Found
            };
            // If a person declines tracking, nothing that identifies them is passed on.
            let query = if declines { "" } else { query };
            let mut response = found(state, outcome, target.location(id, query));
            if let Some(cookie) = cookie {
                response.headers_mut().insert(SET_COOKIE, cookie);
            }
            response
        }
        // Networks check links with HEAD and a browser's name; nobody has clicked.
        RequestKind::Head => found(state, RedirectOutcome::Head, target.location(None, "")),
        RequestKind::Prefetch if state.settings.answer_prefetch => {
            found(state, RedirectOutcome::Prefetch, target.location(None, ""))
        }
        RequestKind::Prefetch => page(state, RedirectOutcome::Prefetch, ""),
    }
}

/// A click on its way into the log, and the facts that the answer needs.
struct PendingClick {
    /// The id for the destination; `None` if the person declines tracking.
    id: Option<ClickId>,
    asked: RequestKind,
    /// Whether it is above the bound of its address on this link.
    is_flood: bool,
    /// Whether the person declines tracking.
    declines: bool,
    cookie: Option<HeaderValue>,
    waiting: Result<PendingWrite, recorder::Error>,
}

/// Everything before the wait for the log, so that the future stays small.
fn keep(
    state: &State,
    recorder: &Recorder,
    request: &HttpRequest,
    headers: &RequestHeaders<'_>,
    domain: &str,
    (target, repair): (&RedirectTarget, Option<SlugRepair>),
) -> PendingClick {
    let now = state.context.clock.now();
    let mut facts = RequestFacts::of(state, request, headers, now);
    facts.context.repair = repair;
    if facts.origin.is_hidden {
        state.hidden_origins.note();
    }
    let (asked, anonymous) = (facts.context.request, facts.anonymous);
    let (visitor, cookie) = match asked {
        _ if anonymous => (None, None),
        RequestKind::Get if state.settings.visitor_cookie => by_cookie(state, request),
        RequestKind::Get | RequestKind::Head | RequestKind::Prefetch => {
            (by_address(state, now, domain, &facts), None)
        }
    };
    if !is_within_bound(state, now, target, &facts) {
        return PendingClick {
            id: None,
            asked,
            is_flood: true,
            declines: anonymous,
            cookie: None,
            waiting: recorder.put_flood(flooded(target), now),
        };
    }
    let click = raw_click(now, target, facts, visitor);
    let id = click.id;
    PendingClick {
        id: (!anonymous).then_some(id),
        asked,
        is_flood: false,
        declines: anonymous,
        cookie,
        waiting: recorder.put(&[click]),
    }
}

/// Whether a click is within the bound of its address on this link. Without a known address there
/// is no bound, because it may stand for many people.
fn is_within_bound(
    state: &State,
    now: Millis,
    target: &RedirectTarget,
    facts: &RequestFacts<'_>,
) -> bool {
    let Some(address) = facts.origin.own_address() else {
        return true;
    };
    let agent = facts.user_agent.as_deref().unwrap_or_default();
    let link = target.link_id();
    state.flood_bound.allows(now, link, address, agent)
}

fn flooded(target: &RedirectTarget) -> FloodedLink {
    FloodedLink {
        workspace_id: target.workspace_id(),
        link_id: target.link_id(),
        campaign_id: target.campaign_id(),
        network: target.network().map(str::to_owned),
    }
}

/// Stores a request for an unknown slug. It is not a click: if the log refuses it, the answer stays
/// the same.
async fn note_orphan(
    state: &State,
    recorder: &Recorder,
    request: &HttpRequest,
    headers: &RequestHeaders<'_>,
    asked: &ServedDomain,
) {
    let could_be = |slug: &&str| slug::is_possible(slug) && !slug::is_reserved(slug);
    let slug = asked.slug(request.path()).filter(could_be);
    let slug = slug.map(str::to_owned);
    let Some(slug) = slug.or_else(|| repair::orphan_name(asked.behind(request.path()))) else {
        return;
    };
    let now = state.context.clock.now();
    let facts = RequestFacts::of(state, request, headers, now);
    let entry = Entry::Orphan(Orphan {
        id: ClickId::new(now),
        at: now,
        domain: asked.address.host.clone(),
        slug,
        user_agent: facts.user_agent.map(Cow::into_owned),
        referrer: facts.referrer.map(Cow::into_owned),
        context: facts.context.into_owned(),
    });
    if let Err(error) = recorder.record(&entry).await {
        tracing::debug!(%error, "a request for an unknown link is not stored");
    }
}

/// The log entry of a click.
fn raw_click<'a>(
    now: Millis,
    target: &'a RedirectTarget,
    facts: RequestFacts<'a>,
    visitor: Option<Visitor>,
) -> RawClick<Cow<'a, str>> {
    RawClick {
        id: ClickId::new(now),
        workspace_id: target.workspace_id(),
        link_id: target.link_id(),
        campaign_id: target.campaign_id(),
        network: target.network().map(Cow::Borrowed),
        clicked_at: now,
        visitor,
        user_agent: facts.user_agent,
        referrer: facts.referrer,
        context: facts.context,
    }
}

/// The visitor for longer than a day; with the cookie to set if there was none.
fn by_cookie(state: &State, request: &HttpRequest) -> (Option<Visitor>, Option<HeaderValue>) {
    let secure = state.context.is_secure();
    let (visitor, new) = cookie::visitor(&state.context.vault, request.headers(), secure);
    (Some(visitor), new)
}

/// The visitor for today.
fn by_address(
    state: &State,
    now: Millis,
    domain: &str,
    facts: &RequestFacts<'_>,
) -> Option<Visitor> {
    let agent = facts.user_agent.as_deref().unwrap_or_default();
    Some(
        state
            .pseudonyms
            .of(now, facts.origin.address?, agent, domain),
    )
}

fn found(state: &State, outcome: RedirectOutcome, location: String) -> HttpResponse {
    if outcome == RedirectOutcome::Found {
        state.context.metrics.found.inc();
    } else {
        Metrics::count(&state.context.metrics.redirects, outcome);
    }
    answer(StatusCode::FOUND)
        .insert_header((LOCATION, location))
        .finish()
}

fn page(state: &State, outcome: RedirectOutcome, text: &'static str) -> HttpResponse {
    Metrics::count(&state.context.metrics.redirects, outcome);
    let mut response = answer(outcome.status());
    if let Some(seconds) = outcome.retry_after() {
        response.insert_header((RETRY_AFTER, HeaderValue::from_static(seconds)));
    }
    response
        .content_type("text/plain; charset=utf-8")
        .body(text)
}

/// A cached answer would lose clicks, and search engines must not list short links.
fn answer(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store, private")))
        .insert_header((X_ROBOTS_TAG, HeaderValue::from_static("noindex")));
    response
}
