//! Changes a cost, by the rules of the import.

use std::ops::RangeInclusive;

use crate::campaign::Campaign;
use crate::campaign_report::cost::CostAmount;
use crate::clock::Millis;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::cost::amount::{RoundingRests, StatedCost};
use crate::operations::cost::batch::checked_note;
use crate::operations::cost::body::CostChange;
use crate::operations::import::bad_rows::{RowError, bad};
use crate::operations::import::days::days;
use crate::operations::import::target::{RowNames, TargetFinder};
use crate::operations::link;
use crate::store::Tx;
use crate::store::cost::Cost;

/// Applies a change to a cost of `campaign`. What the change does not name stays.
pub(super) async fn apply(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    campaign: &Campaign,
    cost: Cost,
    change: CostChange,
) -> Result<Cost, RowError> {
    let mut changed = cost.clone();
    changed.days = days_of(&cost, &change)?;
    if change.minutes.is_some()
        && campaign.hourly_rate.is_none()
        && matches!(cost.spent, CostAmount::Money(_))
    {
        return bad(
            "minutes",
            "would take the place of money, and the campaign has no `hourly_rate` that values them; \
             set it first, or import the work as a cost of its own",
        );
    }
    if let Some(stated) = StatedCost::of(change.money, change.minutes)? {
        changed.spent = stated.amount_for(campaign, &mut RoundingRests::default())?;
    }
    if let Some(note) = change.note {
        changed.note = checked_note(note)?;
    }
    if change.network.is_none() && change.link_id.is_none() {
        return Ok(changed);
    }
    // A new link brings its network, so only a network that the change names must fit it.
    let network = match (&change.network, &change.link_id) {
        (Some(network), _) => network.clone(),
        (None, Some(Some(_))) => None,
        (None, _) => cost.network.clone(),
    };
    let has_new_link = matches!(change.link_id, Some(Some(_)));
    let link = match change.link_id {
        Some(Some(name)) => Some(link::name::find(tx, context, actor, &name).await?.id),
        Some(None) => None,
        None => cost.link_id,
    };
    let names = RowNames {
        campaigns: vec![cost.campaign_id.to_string()],
        network,
        link: link.map(|id| id.to_string()),
        permalink: None,
    };
    let is_network_removed = matches!(change.network, Some(None));
    let mut finder = TargetFinder::new(context, cost.workspace_id);
    let target = finder.find(tx, &names).await?;
    if let (true, Some(own)) = (is_network_removed, &target.network) {
        return bad(
            "network",
            format!("cannot be removed: the link has {own}; remove the link as well"),
        );
    }
    let kept = cost
        .network
        .filter(|_| change.network.is_none() && !has_new_link);
    changed.network = target.network.or(kept);
    changed.link_id = target.link_id;
    Ok(changed)
}

/// The days of a changed cost: one day, or a first or last day beside the earlier other one.
fn days_of(cost: &Cost, change: &CostChange) -> Result<RangeInclusive<i64>, RowError> {
    if change.day.is_none() && change.from.is_none() && change.to.is_none() {
        return Ok(cost.days.clone());
    }
    let known = |day: i64| Millis::of_day(day).date();
    let from = change.from.clone();
    let to = change.to.clone();
    let from = from.unwrap_or_else(|| known(*cost.days.start()));
    let to = to.unwrap_or_else(|| known(*cost.days.end()));
    days(change.day.as_deref(), Some(&from), Some(&to), None)
}
