//! Suggests what to post next.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::attribution::data_driven::RequestedModel;
use crate::campaign::time_zone;
use crate::campaign_report::ReportQuery;
use crate::campaign_report::next_posts::{self, NextPosts};
use crate::campaign_report::period;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::store::campaign_report::outcomes;
use crate::store::credit::cache;

/// The model and seed of suggestions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NextPostsParams {
    /// Attribution model: a rule, such as `linear`; `last_touch` when absent.
    pub model: Option<String>,
    /// Seed of the random numbers: the same seed gives the same suggestions. 1 when absent.
    #[param(maximum = 4_294_967_295_u64)]
    pub seed: Option<u32>,
}

/// Suggests what to post next for a campaign.
///
/// # Errors
/// A model that is not a rule, [`Error::NotFound`], or a store that does not answer.
pub async fn read(
    context: &Context,
    actor: &Actor,
    campaign: &CampaignRef,
    params: &NextPostsParams,
) -> Result<NextPosts, Error> {
    let model = match params.model.as_deref().unwrap_or("last_touch").parse()? {
        RequestedModel::Rule(model) => model,
        model @ RequestedModel::DataDriven(_) => return Err(Error::ModelByNetwork(model)),
    };
    let mut tx = context.store.read().await?;
    let campaign = campaign.find(&mut tx, actor.workspace).await?;
    let zone = time_zone(&campaign.time_zone).map_err(period::Error::from)?;
    let credits = cache::of_campaign(&mut tx, campaign.id).await?;
    let leads = credits.leads(&ReportQuery {
        model: model.into(),
        ..ReportQuery::default()
    });
    let posted = outcomes::posted(&mut tx, campaign.id, &leads.by_link).await?;
    let seed = u64::from(params.seed.unwrap_or(1));
    Ok(next_posts::next_posts(
        &posted,
        &zone,
        seed,
        context.clock.now(),
    ))
}
