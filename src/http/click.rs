//! Clicks over the API, one by one.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::auth::Caller;
use super::error::{Body, Problem};
use super::json::Query;
use super::page::{cut, page};
use crate::click::{Class, Click, Visitor};
use crate::clock::Millis;
use crate::id::{CampaignId, ClickId, LinkId};
use crate::store::click::{self, Filter};
use crate::store::key::Scope;

/// A click.
#[derive(Debug, Serialize, ToSchema)]
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
    class: Class,
    /// Code of the rule that decided the class.
    #[schema(example = "preview:twitterbot")]
    class_rule: String,
    /// Whether it is its visitor's first in this network of this campaign on that day.
    first: bool,
    /// Pseudonym of the browser for one day, 16 hex digits; `null` where no identity was wanted.
    #[schema(value_type = Option<String>, example = "9f86d081884c7d65")]
    visitor: Option<Visitor>,
    user_agent: Option<String>,
    /// Where the browser came from, without query.
    referrer: Option<String>,
}

impl From<Click> for ClickBody {
    fn from(click: Click) -> Self {
        ClickBody {
            id: click.hit.id,
            clicked_at: click.hit.clicked_at,
            link_id: click.hit.link_id,
            campaign_id: click.hit.campaign_id,
            network: click.hit.network,
            class: click.class,
            class_rule: click.class_rule,
            first: click.first,
            visitor: click.hit.visitor,
            user_agent: click.hit.user_agent,
            referrer: click.hit.referrer,
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
    /// Only people's, or only programs'.
    class: Option<Class>,
    /// Rows of the page, 1 to 200; 50 when absent.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List clicks
#[utoipa::path(
    tag = "clicks",
    params(ListQuery),
    responses(
        (status = 200, body = ClickPage),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[get("/clicks")]
pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Read)?;
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
