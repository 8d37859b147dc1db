//! Notes about imported costs: days outside the periods of their campaigns, future days, and ranges
//! of days.
//!
//! # Out of scope
//! Reports: by default they exclude costs outside their period.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::campaign::{Campaign, time_zone};
use crate::campaign_report::cost::{OutsideCosts, days_of_period as days_of};
use crate::campaign_report::period::{self, Period};
use crate::clock::Millis;
use crate::id::CampaignId;
use crate::operations::error::Error;
use crate::store::cost::Cost;

/// A note about costs outside the periods of their campaigns.
pub(super) fn outside_periods(
    costs: &[Cost],
    campaigns: &HashMap<CampaignId, Arc<Campaign>>,
    now: Millis,
) -> Result<Vec<String>, Error> {
    let mut outside: BTreeMap<CampaignId, [OutsideCosts; 2]> = BTreeMap::new();
    let mut periods: HashMap<CampaignId, RangeInclusive<i64>> = HashMap::new();
    for cost in costs {
        let Some(campaign) = campaigns.get(&cost.campaign_id) else {
            continue;
        };
        let days = match periods.entry(campaign.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(own_days(campaign, now)?),
        };
        let value = cost.spent.value(campaign.hourly_rate).unwrap_or(0);
        let [before, after] = outside.entry(campaign.id).or_default();
        before.add(value, cost.days.clone(), i64::MIN..=*days.start() - 1);
        after.add(value, cost.days.clone(), *days.end() + 1..=i64::MAX);
    }
    let mut notes = Vec::new();
    for (id, [before, after]) in outside {
        let Some(campaign) = campaigns.get(&id) else {
            continue;
        };
        let name = &campaign.name;
        let what = |side| format!("are {side} the period of {name}, so its report excludes them");
        let fix = |bound, field| format!("ask it for {bound}, or set the campaign's `{field}`");
        let currency = campaign.currency;
        notes.extend(before.note(
            currency,
            &what("before"),
            &fix("an earlier `from`", "starts_at"),
        ));
        notes.extend(after.note(currency, &what("after"), &fix("a later `to`", "ends_at")));
    }
    Ok(notes)
}

/// A note about rows of future days: most likely their year is wrong.
pub(super) fn future_days(costs: &[Cost], now: Millis) -> Option<String> {
    // In some time zones, tomorrow may already have begun.
    let tomorrow = now.day() + 1;
    let mut future = costs.iter().filter(|cost| *cost.days.end() > tomorrow);
    let first = future.next()?;
    Some(format!(
        "{} of {} rows have future days, such as {}: check their year.",
        future.count() + 1,
        costs.len(),
        Millis::of_day(*first.days.end()).date()
    ))
}

/// A note about rows of a file that cover several days each.
pub(super) fn ranges(costs: &[Cost]) -> Option<String> {
    let mut ranges = costs
        .iter()
        .filter(|cost| cost.days.start() != cost.days.end());
    let first = ranges.next()?;
    let rest = ranges.count();
    Some(format!(
        "{} of {} rows cover several days each, such as {} to {}: each day gets an equal share. Break the export \
         down by day to have each day's own cost.",
        rest + 1,
        costs.len(),
        Millis::of_day(*first.days.start()).date(),
        Millis::of_day(*first.days.end()).date()
    ))
}

/// Days of the campaign's own period, which may have no end.
fn own_days(campaign: &Campaign, now: Millis) -> Result<RangeInclusive<i64>, Error> {
    let zone = time_zone(&campaign.time_zone).map_err(period::Error::from)?;
    let period = Period::of(campaign, None, None, now)?;
    let days = days_of(period.from, period.to, &zone);
    let last = campaign.ends_at.map_or(i64::MAX - 1, |_| *days.end());
    Ok(*days.start()..=last)
}
