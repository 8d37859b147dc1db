//! Shared by the tests.

pub(crate) mod app;
pub(crate) mod body;
pub(crate) mod browser;
pub(crate) mod database;
pub(crate) mod disk;
pub(crate) mod ground;
pub(crate) mod load;
pub(crate) mod nginx;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod raw_http;
pub(crate) mod redis;
pub(crate) mod shop;

use std::sync::Arc;

use leadline::campaign_report::breakdown::Breakdown;
use leadline::campaign_report::filter::SegmentFilter;
use leadline::campaign_report::granularity::Granularity;
use leadline::click::{AgentFamilies, ClickClass, Enrichment};
use leadline::store::click_event::ClickSums;

/// Nothing but who it was.
pub(crate) fn finding(class: ClickClass) -> Enrichment {
    Enrichment {
        class,
        rule: "default".into(),
        rules: 1,
        traits: 16,
        seen_on: None,
        place: None,
        families: Arc::new(AgentFamilies::default()),
    }
}

/// Everything told apart that can be.
pub(crate) fn finest() -> Granularity {
    let by: Breakdown = "day,hour_of_week".parse().unwrap();
    let mut grain = Granularity::new(&by, &SegmentFilter::default(), jiff::tz::TimeZone::UTC);
    grain.network_seen = true;
    grain.link = true;
    grain.country = true;
    grain.device = true;
    grain
}

/// People's clicks, those of others, and visitors.
pub(crate) fn totals(counted: &ClickSums) -> [i64; 3] {
    let mut totals = [0; 3];
    for sum in &counted.sums {
        totals[usize::from(!sum.class.is_person())] += sum.clicks;
        totals[2] += sum.visitors;
    }
    totals
}
