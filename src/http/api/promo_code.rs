//! Promo codes over the API: each tied to a campaign, and to a network or link of it where it was
//! given out on one only.
//!
//! Holds: a new or removed code goes through the log, so who used it before is joined anew in
//! order.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::event_log::entry::Entry;
use crate::http::State;
use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::{Json, Query};
use crate::id::{CampaignId, LinkId};
use crate::operations::actor::Actor;
use crate::operations::campaign::name::{CampaignRef, find_named};
use crate::operations::error::{Error, Noun};
use crate::operations::page::limit;
use crate::operations::repeat::{self, Created};
use crate::provider::report::names_a_person;
use crate::recorder::Recorder;
use crate::store::promo_code::{self, MAX_CODE, PromoCode};
use crate::store::{self, Tx, link};

/// A new promo code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPromoCode {
    /// 1 to 100 characters; upper and lower case are the same.
    #[schema(example = "POD10", min_length = 1, max_length = 100)]
    code: String,
    /// The campaign whose conversions it brings, by its id or its tag (`utm_campaign`); the link's
    /// when absent.
    #[schema(value_type = Option<String>, max_length = 128)]
    campaign_id: Option<CampaignRef>,
    /// The network, where it was given out on one only; the link's when absent.
    #[schema(example = "instagram")]
    network: Option<String>,
    /// The link, where it was given out with one only.
    #[schema(pattern = "^lnk_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    link_id: Option<String>,
}

/// A promo code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromoCode)]
pub struct PromoCodeBody {
    #[schema(example = "POD10")]
    code: String,
    #[schema(value_type = String)]
    campaign_id: CampaignId,
    network: Option<String>,
    #[schema(value_type = Option<String>)]
    link_id: Option<LinkId>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Millis,
}

/// A page of promo codes.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromoCodePage {
    /// In alphabetical order.
    promo_codes: Vec<PromoCodeBody>,
    /// `cursor` of the next page; `null` on the last one.
    next_cursor: Option<String>,
}

impl From<PromoCode> for PromoCodeBody {
    fn from(code: PromoCode) -> PromoCodeBody {
        PromoCodeBody {
            code: code.code,
            campaign_id: code.campaign_id,
            network: code.network,
            link_id: code.link_id,
            created_at: code.created_at,
        }
    }
}

/// Create a promo code
///
/// A conversion that used the code and names no known click or customer is credited so. Conversions
/// that used it before are joined anew.
#[utoipa::path(
    operation_id = "create_promo_code",
    tag = "campaigns",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat answer the first result")),
    request_body = NewPromoCode,
    responses(
        (status = 201, description = "The promo code", body = PromoCodeBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/promo-codes")]
pub(in crate::http) async fn make(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    request: HttpRequest,
    body: Json<NewPromoCode>,
) -> Result<HttpResponse, Problem> {
    let new = body.value;
    let text = new.code.trim().to_owned();
    if !(1..=MAX_CODE).contains(&text.chars().count()) || names_a_person(&text) {
        let mend = "has 1 to 100 characters, and is no e-mail address".to_owned();
        return Err(Error::Field("code", mend).into());
    }
    let effect = async |tx: &mut Tx| {
        let code = resolved(tx, &state, &actor, &new, &text).await?;
        match promo_code::insert(tx, &code).await {
            Ok(()) => Ok(PromoCodeBody::from(code)),
            Err(store::Error::Duplicate) => Err(Error::PromoCodeTaken(text.clone())),
            Err(error) => Err(error.into()),
        }
    };
    let repeat = repeat_key(&request, &body.raw)?;
    let made = repeat::create(&state.context, &actor, repeat.as_ref(), effect).await?;
    if let Created::New(..) = &made {
        rejoin(&state, &recorder, &actor, &text).await?;
    }
    Ok(created(made))
}

/// The code with what its link tells, checked to be of the key's workspace.
async fn resolved(
    tx: &mut Tx,
    state: &State,
    actor: &Actor,
    new: &NewPromoCode,
    text: &str,
) -> Result<PromoCode, Error> {
    let link = match &new.link_id {
        Some(id) => {
            let id: LinkId = id.parse().map_err(|_| Error::NotFound(Noun::Link))?;
            let found = link::by_id(tx, actor.workspace, id).await?;
            Some(found.ok_or(Error::NotFound(Noun::Link))?)
        }
        None => None,
    };
    let network = match &new.network {
        Some(name) => Some(state.context.registry.find(name)?.name.clone()),
        None => link.as_ref().and_then(|link| link.network.clone()),
    };
    let of_link = link.as_ref().and_then(|link| link.campaign_id);
    let named = find_named(tx, actor.workspace, new.campaign_id.as_ref()).await?;
    let Some(campaign_id) = named.map(|campaign| campaign.id).or(of_link) else {
        let mend = "is needed, unless a link of a campaign is given".to_owned();
        return Err(Error::Field("campaign_id", mend));
    };
    if of_link.is_some_and(|of| of != campaign_id) {
        let mend = "is another than the link's".to_owned();
        return Err(Error::Field("campaign_id", mend));
    }
    Ok(PromoCode {
        workspace_id: actor.workspace,
        code: text.to_owned(),
        campaign_id,
        network,
        link_id: link.map(|link| link.id),
        created_at: state.context.clock.now(),
    })
}

async fn rejoin(
    state: &State,
    recorder: &Recorder,
    actor: &Actor,
    code: &str,
) -> Result<(), Error> {
    let entry = Entry::PromoCode {
        workspace_id: actor.workspace,
        code: code.to_owned(),
        at: state.context.clock.now(),
    };
    Ok(recorder.record(&entry).await?)
}

/// What a list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only those of this campaign: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    campaign_id: Option<CampaignRef>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List promo codes
#[utoipa::path(
    operation_id = "list_promo_codes",
    tag = "campaigns",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of promo codes", body = PromoCodePage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/promo-codes")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let limit = limit(query.limit)?;
    let after = query.cursor.unwrap_or_default();
    if after.chars().count() > MAX_CODE {
        return Err(Error::Cursor.into());
    }
    let mut tx = state.context.store.read().await?;
    let campaign = find_named(&mut tx, actor.workspace, query.campaign_id.as_ref()).await?;
    let campaign = campaign.map(|campaign| campaign.id);
    let mut rows = promo_code::list(&mut tx, actor.workspace, &after, campaign, limit + 1).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_last = rows.len() <= most;
    rows.truncate(most);
    let last = rows.last().map(|code| code.code.clone());
    Ok(HttpResponse::Ok().json(PromoCodePage {
        promo_codes: rows.into_iter().map(Into::into).collect(),
        next_cursor: last.filter(|_| !is_last),
    }))
}

/// Delete a promo code
///
/// Conversions that it brought are joined anew without it.
#[utoipa::path(
    operation_id = "delete_promo_code",
    tag = "campaigns",
    params(("code" = String, Path, description = "The code")),
    responses(
        (status = 200, body = PromoCodeBody, description = "It is gone; this is what it was"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/promo-codes/{code}")]
pub(in crate::http) async fn remove(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.context.store.write().await?;
    let found = promo_code::by_code(&mut tx, actor.workspace, &code).await?;
    let found = found.ok_or(Error::NotFound(Noun::PromoCode))?;
    promo_code::remove(&mut tx, actor.workspace, &code).await?;
    tx.commit().await?;
    rejoin(&state, &recorder, &actor, &code).await?;
    Ok(HttpResponse::Ok().json(PromoCodeBody::from(found)))
}
