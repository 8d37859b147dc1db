//! Promo codes over the API: each tied to a campaign, and to a network or link of it where it was
//! given out on one only.
//!
//! Holds: a new or removed code goes through the log, so who used it before is joined anew in
//! order.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::auth::Caller;
use super::campaign::{CampaignName, find_named};
use super::error::{Problem, ProblemDetails};
use super::idempotency::create;
use super::json::{Json, Query};
use super::page::limit;
use crate::clock::Millis;
use crate::event_log::entry::Entry;
use crate::id::{CampaignId, LinkId};
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
    campaign_id: Option<CampaignName>,
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
pub(super) async fn make(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    caller: Caller,
    request: HttpRequest,
    body: Json<NewPromoCode>,
) -> Result<HttpResponse, Problem> {
    let new = body.value;
    let text = new.code.trim().to_owned();
    if !(1..=MAX_CODE).contains(&text.chars().count()) || names_a_person(&text) {
        let mend = "has 1 to 100 characters, and is no e-mail address".to_owned();
        return Err(Problem::Field("code", mend));
    }
    let effect = async |tx: &mut Tx| {
        let code = resolved(tx, &state, &caller, &new, &text).await?;
        match promo_code::insert(tx, &code).await {
            Ok(()) => Ok(PromoCodeBody::from(code)),
            Err(store::Error::Duplicate) => Err(Problem::PromoCodeTaken(text.clone())),
            Err(error) => Err(error.into()),
        }
    };
    let made = create(&state, &caller, &request, &body.raw, effect).await?;
    if made.value.is_some() {
        rejoin(&state, &recorder, &caller, &text).await?;
    }
    Ok(made.response)
}

/// The code with what its link tells, checked to be of the key's workspace.
async fn resolved(
    tx: &mut Tx,
    state: &State,
    caller: &Caller,
    new: &NewPromoCode,
    text: &str,
) -> Result<PromoCode, Problem> {
    let link = match &new.link_id {
        Some(id) => {
            let id: LinkId = id.parse().map_err(|_| Problem::NotFound("link"))?;
            let found = link::by_id(tx, caller.workspace, id).await?;
            Some(found.ok_or(Problem::NotFound("link"))?)
        }
        None => None,
    };
    let network = match &new.network {
        Some(name) => Some(state.registry.find(name)?.name.clone()),
        None => link.as_ref().and_then(|link| link.network.clone()),
    };
    let of_link = link.as_ref().and_then(|link| link.campaign_id);
    let named = find_named(tx, caller.workspace, new.campaign_id.as_ref()).await?;
    let Some(campaign_id) = named.map(|campaign| campaign.id).or(of_link) else {
        let mend = "is needed, unless a link of a campaign is given".to_owned();
        return Err(Problem::Field("campaign_id", mend));
    };
    if of_link.is_some_and(|of| of != campaign_id) {
        let mend = "is another than the link's".to_owned();
        return Err(Problem::Field("campaign_id", mend));
    }
    Ok(PromoCode {
        workspace_id: caller.workspace,
        code: text.to_owned(),
        campaign_id,
        network,
        link_id: link.map(|link| link.id),
        created_at: state.clock.now(),
    })
}

async fn rejoin(
    state: &State,
    recorder: &Recorder,
    caller: &Caller,
    code: &str,
) -> Result<(), Problem> {
    let entry = Entry::PromoCode {
        workspace_id: caller.workspace,
        code: code.to_owned(),
        at: state.clock.now(),
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
    campaign_id: Option<CampaignName>,
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
pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let limit = limit(query.limit)?;
    let after = query.cursor.unwrap_or_default();
    if after.chars().count() > MAX_CODE {
        return Err(Problem::Cursor);
    }
    let mut tx = state.store.read().await?;
    let campaign = find_named(&mut tx, caller.workspace, query.campaign_id.as_ref()).await?;
    let campaign = campaign.map(|campaign| campaign.id);
    let mut rows = promo_code::list(&mut tx, caller.workspace, &after, campaign, limit + 1).await?;
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
pub(super) async fn remove(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    caller: Caller,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.store.write().await?;
    let found = promo_code::by_code(&mut tx, caller.workspace, &code).await?;
    let found = found.ok_or(Problem::NotFound("promo code"))?;
    promo_code::remove(&mut tx, caller.workspace, &code).await?;
    tx.commit().await?;
    rejoin(&state, &recorder, &caller, &code).await?;
    Ok(HttpResponse::Ok().json(PromoCodeBody::from(found)))
}
