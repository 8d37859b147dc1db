//! Campaigns: create, list, read, update, archive.
//!
//! # Invariants
//! A campaign has a goal, or a reason why it has none. After its start, each change of the goal
//! needs a reason, and the previous goal is kept.

pub mod body;
pub mod name;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::campaign::goal::{GoalVersion, current_version};
use crate::campaign::{self, Campaign, Goal, GoalOrWaiver};
use crate::clock::Millis;
use crate::id::CampaignId;
use crate::link::utm::{UtmConvention, slugify};
use crate::money::{Currency, Money};
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::operations::repeat::{self, Created, RepeatKey};
use crate::store::campaign::CampaignFilter;
use crate::store::workspace::Workspace;
use crate::store::{self, Tx, goal_version};
use body::{CampaignChange, CampaignDetails, CampaignPage, CampaignView, GoalBody, NewCampaign};
use name::CampaignRef;

/// How many names are tried before a conflict of `utm_campaign` becomes an error.
const NAME_TRIES: u32 = 50;

/// The filters of a list of campaigns.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CampaignQuery {
    /// Part of the name.
    pub q: Option<String>,
    /// Whether archived ones are also listed.
    #[serde(default)]
    pub archived: bool,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Creates a campaign.
///
/// # Errors
/// A field that breaks a rule, a tag of another campaign, or a store that does not answer.
pub async fn create(
    context: &Context,
    actor: &Actor,
    repeat: Option<&RepeatKey>,
    new: NewCampaign,
) -> Result<Created<CampaignView>, Error> {
    let now = context.clock.now();
    let effect = async |tx: &mut Tx| create_in(tx, actor, new, now).await.map(CampaignView::from);
    repeat::create(context, actor, repeat, effect).await
}

/// Creates a campaign in the caller's transaction.
///
/// # Errors
/// The errors of [`create`].
pub async fn create_in(
    tx: &mut Tx,
    actor: &Actor,
    new: NewCampaign,
    at: Millis,
) -> Result<Campaign, Error> {
    let workspace = store::workspace::by_id(tx, actor.workspace).await?;
    let workspace = Noun::Workspace.found(workspace)?;
    let tag = new.utm_campaign.clone();
    let campaign = draft(&workspace, new, at)?;
    insert(tx, campaign, tag, &workspace.convention).await
}

/// The checked campaign, without its tag.
fn draft(workspace: &Workspace, new: NewCampaign, now: Millis) -> Result<Campaign, Error> {
    let currency: Currency = match (&new.currency, workspace.currency) {
        (Some(code), _) => code.parse()?,
        (None, Some(default)) => default,
        (None, None) => return Err(no_default("currency", "EUR")),
    };
    let time_zone = new.time_zone.or_else(|| workspace.time_zone.clone());
    let campaign = Campaign {
        id: CampaignId::new(now),
        workspace_id: workspace.id,
        utm_campaign: String::new(),
        aim: aim(new.goal, new.goal_waiver)?,
        currency,
        time_zone: time_zone.ok_or_else(|| no_default("time_zone", "Europe/Berlin"))?,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        hourly_rate: rate(new.hourly_rate, currency)?,
        lead_window_days: new.lead_window_days,
        sale_window_days: new.sale_window_days,
        created_at: now,
        updated_at: now,
        archived_at: None,
        name: new.name,
    };
    campaign.check()?;
    Ok(campaign)
}

/// A field that neither the request nor the workspace gives.
fn no_default(field: &'static str, example: &str) -> Error {
    let option = field.replace('_', "-");
    Error::Field(
        field,
        format!(
            "is missing, and the workspace has no default for it. Give it, such as {example}, or set the \
             default by PATCH /api/v1/workspace or `leadline workspace edit --{option} {example}`"
        ),
    )
}

fn aim(goal: Option<GoalBody>, waiver: Option<String>) -> Result<GoalOrWaiver, Error> {
    match (goal, waiver) {
        (Some(goal), None) => Ok(GoalOrWaiver::Goal(Goal {
            metric: goal.metric.parse()?,
            target: goal.target,
            by: goal.by,
        })),
        (None, Some(reason)) => Ok(GoalOrWaiver::Waived(reason)),
        _ => Err(campaign::Error::GoalRequired.into()),
    }
}

fn rate(money: Option<Money>, currency: Currency) -> Result<Option<i64>, Error> {
    match money {
        Some(money) if money.currency != currency => Err(Error::CurrencyMismatch(currency)),
        money => Ok(money.map(|money| money.amount)),
    }
}

/// Adds the campaign with the given `utm_campaign`, or with the first free one: its name, then its
/// name with a number.
async fn insert(
    tx: &mut Tx,
    mut campaign: Campaign,
    tag: Option<String>,
    convention: &UtmConvention,
) -> Result<Campaign, Error> {
    if let Some(tag) = tag {
        check_tag(&tag)?;
        convention.validate_value("utm_campaign", &tag)?;
        campaign.utm_campaign = tag;
        return if store::campaign::insert(tx, &campaign).await? {
            Ok(campaign)
        } else {
            let taken = "is another campaign's; choose another".to_owned();
            Err(Error::Field("utm_campaign", taken))
        };
    }
    let separator = convention.separator;
    let slug = slugify(&campaign.name, separator);
    for place in 1..=NAME_TRIES {
        campaign.utm_campaign = if place == 1 {
            slug.clone()
        } else {
            format!("{slug}{separator}{place}")
        };
        if store::campaign::insert(tx, &campaign).await? {
            return Ok(campaign);
        }
    }
    Err(Error::Field(
        "name",
        "is used by too many campaigns; choose another".to_owned(),
    ))
}

/// A tag is part of paths, so it must not look like an id.
fn check_tag(tag: &str) -> Result<(), Error> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let is_form = (1..=80).contains(&tag.len()) && tag.bytes().all(is_plain);
    if is_form && tag.parse::<CampaignId>().is_err() && tag.bytes().any(|b| b != b'.') {
        return Ok(());
    }
    let form =
        "must have 1 to 80 of A-Z a-z 0-9 - _ . and must not be an id; write it like spring-launch";
    Err(Error::Field("utm_campaign", form.to_owned()))
}

/// A page of the workspace's campaigns.
///
/// # Errors
/// A limit or cursor that is not valid, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: CampaignQuery,
) -> Result<CampaignPage, Error> {
    let page = page(query.limit, query.cursor.as_deref(), "cmp")?;
    let filter = CampaignFilter {
        q: query.q,
        archived: query.archived,
    };
    let mut tx = context.store.read().await?;
    let mut rows = store::campaign::list(&mut tx, actor.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    let campaigns = rows.into_iter().map(CampaignView::from).collect();
    Ok(CampaignPage {
        campaigns,
        next_cursor,
    })
}

/// One campaign, with its earlier goals.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn read(
    context: &Context,
    actor: &Actor,
    campaign: &CampaignRef,
) -> Result<CampaignDetails, Error> {
    let mut tx = context.store.read().await?;
    let campaign = campaign.find(&mut tx, actor.workspace).await?;
    details(&mut tx, campaign).await
}

/// The campaign with its earlier goals.
async fn details(tx: &mut Tx, campaign: Campaign) -> Result<CampaignDetails, Error> {
    let past = goal_version::list(tx, campaign.id).await?;
    Ok(CampaignDetails::new(campaign, past))
}

/// Changes a campaign. A change of its windows queues its conversions for re-crediting.
///
/// # Errors
/// [`Error::NotFound`], a field that breaks a rule, or a frozen goal without a reason for its
/// change.
pub async fn update(
    context: &Context,
    actor: &Actor,
    campaign: &CampaignRef,
    change: CampaignChange,
) -> Result<CampaignDetails, Error> {
    let mut tx = context.store.write().await?;
    let before = campaign.find_to_change(&mut tx, actor.workspace).await?;
    let now = context.clock.now();
    let reason = change.goal_change_reason.clone();
    let campaign = changed(before.clone(), change, now)?;
    campaign.check()?;
    let windows = |campaign: &Campaign| [campaign.lead_window_days, campaign.sale_window_days];
    let has_other_windows = windows(&campaign) != windows(&before);
    if campaign.has_other_goal(&before) {
        keep_version(&mut tx, actor, before, reason, now).await?;
    }
    store::campaign::update(&mut tx, &campaign).await?;
    if has_other_windows {
        store::credit::version::queue_recrediting(&mut tx, actor.workspace, campaign.id).await?;
    }
    let shown = details(&mut tx, campaign).await?;
    tx.commit().await?;
    Ok(shown)
}

fn changed(mut campaign: Campaign, change: CampaignChange, now: Millis) -> Result<Campaign, Error> {
    if change.goal.is_some() || change.goal_waiver.is_some() {
        campaign.aim = aim(change.goal, change.goal_waiver)?;
    }
    campaign.name = change.name.unwrap_or(campaign.name);
    campaign.time_zone = change.time_zone.unwrap_or(campaign.time_zone);
    campaign.starts_at = change.starts_at.unwrap_or(campaign.starts_at);
    campaign.ends_at = change.ends_at.unwrap_or(campaign.ends_at);
    if let Some(money) = change.hourly_rate {
        campaign.hourly_rate = rate(money, campaign.currency)?;
    }
    let lead = change.lead_window_days;
    campaign.lead_window_days = lead.unwrap_or(campaign.lead_window_days);
    let sale = change.sale_window_days;
    campaign.sale_window_days = sale.unwrap_or(campaign.sale_window_days);
    if let Some(archived) = change.archived {
        campaign.archived_at = archived.then(|| campaign.archived_at.unwrap_or(now));
    }
    campaign.updated_at = now;
    Ok(campaign)
}

/// Stores the previous goal, if the campaign had begun. After the first stored version it always
/// counts as begun, even if its start is postponed.
async fn keep_version(
    tx: &mut Tx,
    actor: &Actor,
    before: Campaign,
    reason: Option<String>,
    now: Millis,
) -> Result<(), Error> {
    let past = goal_version::list(tx, before.id).await?;
    let frozen_at = before.goal_frozen_at();
    if now < frozen_at && past.is_empty() {
        return Ok(());
    }
    let reason = reason.map(|reason| reason.trim().to_owned());
    let reason = reason.filter(|reason| (1..=500).contains(&reason.chars().count()));
    let Some(reason) = reason else {
        let since = past
            .first()
            .map_or(frozen_at, |first| first.changed_at.min(frozen_at));
        return Err(campaign::Error::GoalFrozen(since).into());
    };
    let key = actor.key.as_ref();
    let version = GoalVersion {
        number: current_version(&past),
        aim: before.aim,
        starts_at: before.starts_at,
        ends_at: before.ends_at,
        changed_at: now,
        key_id: key.map_or_else(String::new, |key| key.id.to_string()),
        key_name: key.map_or("leadline", |key| &key.name).to_owned(),
        reason,
    };
    Ok(goal_version::insert(tx, before.id, &version).await?)
}

/// Archives a campaign: lists no longer show it; its links and reports stay.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn archive(
    context: &Context,
    actor: &Actor,
    campaign: &CampaignRef,
) -> Result<CampaignView, Error> {
    let now = context.clock.now();
    let mut tx = context.store.write().await?;
    let mut campaign = campaign.find_to_change(&mut tx, actor.workspace).await?;
    archive_in(&mut tx, &mut campaign, now).await?;
    tx.commit().await?;
    Ok(CampaignView::from(campaign))
}

/// Archives a campaign in the caller's transaction.
///
/// # Errors
/// When the store does not answer.
pub async fn archive_in(tx: &mut Tx, campaign: &mut Campaign, at: Millis) -> Result<(), Error> {
    campaign.archived_at = campaign.archived_at.or(Some(at));
    campaign.updated_at = at;
    Ok(store::campaign::update(tx, campaign).await?)
}
