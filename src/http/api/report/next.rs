//! What to post next.

use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::attribution::data_driven::RequestedModel;
use crate::campaign::time_zone;
use crate::campaign_report::ReportQuery;
use crate::campaign_report::next_posts::{self, NextPosts};
use crate::campaign_report::period;
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::error::Error;
use crate::store::campaign_report::outcomes;
use crate::store::credit::days;

/// How lots are drawn.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NextQuery {
    /// Attribution model: a rule, such as `linear`; `last_touch` when absent.
    model: Option<String>,
    /// What lots are drawn from: the same seed draws the same suggestions. 1 when absent.
    #[param(maximum = 4_294_967_295_u64)]
    seed: Option<u32>,
}

/// Suggest what to post next
#[utoipa::path(
    operation_id = "read_next_posts",
    tag = "reports",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign"), NextQuery),
    responses(
        (status = 200, description = "The ranked choices", body = NextPosts),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns/{id}/next")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<CampaignRef>,
    Query(query): Query<NextQuery>,
) -> Result<HttpResponse, Problem> {
    let model = match query.model.as_deref().unwrap_or("last_touch").parse()? {
        RequestedModel::Rule(model) => model,
        asked @ RequestedModel::DataDriven(_) => {
            return Err(Error::ModelByNetwork(asked).into());
        }
    };
    let mut tx = state.context.store.read().await?;
    let campaign = id.find(&mut tx, actor.workspace).await?;
    let zone = time_zone(&campaign.time_zone).map_err(period::Error::from)?;
    let all = days::of_campaign(&mut tx, campaign.id).await?;
    let leads = all.leads(&ReportQuery {
        model: model.into(),
        ..ReportQuery::default()
    });
    let posted = outcomes::posted(&mut tx, campaign.id, &leads.by_link).await?;
    let answer = next_posts::next_posts(
        &posted,
        &zone,
        u64::from(query.seed.unwrap_or(1)),
        state.context.clock.now(),
    );
    Ok(HttpResponse::Ok().json(answer))
}
