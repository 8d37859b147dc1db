//! Clicks over the API, one by one.

use std::sync::Arc;

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::auth::Caller;
use super::error::{Problem, ProblemDetails};
use super::json::Query;
use super::page::{cut, page};
use crate::click::{Click, ClickClass, Visitor};
use crate::clock::Millis;
use crate::enrich::network_seen;
use crate::id::{CampaignId, ClickId, LinkId};
use crate::store::click::{self, Filter};

/// A click.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Click)]
pub struct ClickBody {
    #[schema(value_type = String, example = "clk_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: ClickId,
    #[schema(value_type = String, format = DateTime)]
    clicked_at: Millis,
    #[schema(value_type = String)]
    link_id: LinkId,
    #[schema(value_type = Option<String>)]
    campaign_id: Option<CampaignId>,
    network: Option<String>,
    /// Who made it.
    class: ClickClass,
    /// Code of the rule that decided the class.
    #[schema(example = "preview:twitterbot")]
    class_rule: String,
    /// Version of the rules.
    rules: u32,
    /// Whether it is its visitor's first in this network of this campaign on that UTC day.
    first: bool,
    /// Whether it is its visitor's first of this link on that UTC day.
    first_of_link: bool,
    /// Pseudonym of the browser for one day, 16 hex digits; `null` where no identity was wanted.
    #[schema(value_type = Option<String>, example = "9f86d081884c7d65")]
    visitor: Option<Visitor>,
    user_agent: Option<String>,
    /// Where the browser came from, without query.
    referrer: Option<String>,
    /// Canonical name of the network it was seen on, which may be another than the link's.
    network_seen: Option<String>,
    /// What says so: `parameter`, `in_app`, `referrer`, `android_app` or `path`.
    seen_by: Option<String>,
    /// The part of a `t.co` referrer that tells X's posts apart.
    post_hint: Option<String>,
    /// Family of the browser; of an in-app browser the app.
    #[schema(example = "Firefox")]
    browser: Option<String>,
    /// Family of the operating system.
    #[schema(example = "Android")]
    os: Option<String>,
    /// `desktop`, `mobile`, `tablet`, `bot` or `other`.
    device: String,
    /// Where it came from, as far as databases say: continent, of two letters.
    continent: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    #[schema(example = "DE")]
    country: Option<String>,
    /// Region, ISO 3166-2, or its name.
    region: Option<String>,
    /// City, in English.
    city: Option<String>,
    /// Number of the network's autonomous system.
    asn: Option<u32>,
}

impl From<Click> for ClickBody {
    fn from(click: Click) -> Self {
        let Click {
            hit,
            finding,
            first,
        } = click;
        let hint = hit.referrer.as_deref().and_then(network_seen::post_hint);
        let (network_seen, seen_by) = finding
            .seen_on
            .map(|seen| (seen.network, seen.by.into_owned()))
            .unzip();
        let place = finding.place.map(Arc::unwrap_or_clone).unwrap_or_default();
        let families = Arc::unwrap_or_clone(finding.families);
        ClickBody {
            id: hit.id,
            clicked_at: hit.clicked_at,
            link_id: hit.link_id,
            campaign_id: hit.campaign_id,
            network: hit.network,
            class: finding.class,
            class_rule: finding.rule.into_owned(),
            rules: finding.rules,
            first: first.of_network,
            first_of_link: first.of_link,
            visitor: hit.visitor,
            user_agent: hit.user_agent,
            post_hint: hint.map(str::to_owned),
            referrer: hit.referrer,
            network_seen,
            seen_by,
            browser: families.browser,
            os: families.os,
            device: families.device.into_owned(),
            continent: place.continent,
            country: place.country,
            region: place.region,
            city: place.city,
            asn: place.asn,
        }
    }
}

/// A page of clicks.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClickPage {
    /// Oldest first.
    clicks: Vec<ClickBody>,
    /// `cursor` of the next page; `null` on the last one.
    next_cursor: Option<String>,
}

/// What a list of clicks is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only this campaign's.
    campaign_id: Option<String>,
    /// Only this link's.
    link_id: Option<String>,
    /// Only this class.
    class: Option<ClickClass>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List clicks
#[utoipa::path(
    operation_id = "list_clicks",
    tag = "clicks",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of clicks", body = ClickPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/clicks")]
pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = page(query.limit, query.cursor.as_deref(), "clk")?;
    let campaign_id = match &query.campaign_id {
        Some(id) => Some(id.parse().map_err(|_| Problem::NotFound("campaign"))?),
        None => None,
    };
    let link_id = match &query.link_id {
        Some(id) => Some(id.parse().map_err(|_| Problem::NotFound("link"))?),
        None => None,
    };
    let filter = Filter {
        campaign_id,
        link_id,
        class: query.class,
    };
    let mut tx = state.store.read().await?;
    let mut rows = click::list(&mut tx, caller.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.hit.id.to_string());
    let clicks = rows.into_iter().map(ClickBody::from).collect();
    Ok(HttpResponse::Ok().json(ClickPage {
        clicks,
        next_cursor,
    }))
}
