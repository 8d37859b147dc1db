//! A row of the yield report, as the API shows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::by::Key;
use super::sums;
use super::wilson::Rate;
use crate::click::Class;
use crate::money::Money;

/// Clicks by who made them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Clicks {
    /// People: classes `human` and `likely_human`.
    pub human: i64,
    /// Programs, and what may be some: classes `preview`, `crawler`, `scanner` and `unknown`.
    pub bot: i64,
    /// Every request for a link: people, programs, the owner's own clicks, HEAD and prefetches.
    pub all: i64,
    /// The same by class; classes that did not come are left out.
    #[schema(value_type = BTreeMap<String, i64>)]
    pub by_class: BTreeMap<Class, i64>,
}

impl Clicks {
    /// Counts `count` requests of that class.
    pub fn add(&mut self, class: Class, count: i64) {
        *self.by_class.entry(class).or_default() += count;
        self.all += count;
        match class {
            Class::Human | Class::LikelyHuman => self.human += count,
            Class::Preview | Class::Crawler | Class::Scanner | Class::Unknown => self.bot += count,
            Class::Own | Class::Head | Class::Prefetch => {}
        }
    }
}

/// Named events of one name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Events {
    /// How many.
    #[serde(serialize_with = "sums::count")]
    pub count: f64,
    /// What they are worth.
    pub value: Money,
}

/// One row of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Row {
    /// What the row is of.
    #[serde(flatten)]
    pub key: Key,
    /// Requests for links.
    pub clicks: Clicks,
    /// People, each counted once for a network and day; where rows are made by `link` or `post`, once for a
    /// link and day.
    pub visitors: i64,
    /// Different people of the whole period, so rows do not add up: who came by two networks is one
    /// person. Pseudonyms last a UTC day, so who comes back on another day counts again. `null` where
    /// rows are not made by `network` alone, and for clicks that are not kept any more.
    pub people: Option<i64>,
    /// Leads credited; a fraction where a model shares them.
    #[serde(serialize_with = "sums::count")]
    pub leads: f64,
    /// Leads for each visitor with the 95 % Wilson interval; `null` where there are no visitors
    /// to divide by, or fewer than leads.
    pub lead_rate: Option<Rate>,
    /// Sales credited.
    #[serde(serialize_with = "sums::count")]
    pub sales: f64,
    /// Money of the sales.
    pub revenue: Money,
    /// Money that went back, as a positive amount.
    pub refunds: Money,
    /// Revenue less refunds.
    pub net_revenue: Money,
    /// Named events, by name.
    pub events: BTreeMap<String, Events>,
}
