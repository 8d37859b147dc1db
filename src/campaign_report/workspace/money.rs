//! Money of a row of the report over all campaigns: each currency by itself.

use serde::{Deserialize, Serialize};

use crate::campaign_report::cost::ratios::{CostRatios, RatioInputs};
use crate::conversion::ConversionKind;
use crate::money::{Currency, Money};

/// Money of one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CurrencySums {
    /// The currency.
    #[schema(value_type = String, example = "EUR")]
    pub currency: Currency,
    /// Money of the sales.
    pub revenue: Money,
    /// Refunds and chargebacks, as a positive amount.
    pub refunds: Money,
    /// Revenue minus refunds.
    pub net_revenue: Money,
    /// Value of named events.
    pub events: Money,
    /// Cost of money and work; `null` without a cost, and in a filtered report.
    pub cost: Option<Money>,
    /// Cost per lead; `null` without a cost or leads, and if the row has costs in several
    /// currencies.
    pub cost_per_lead: Option<Money>,
    /// (Net revenue − cost) / cost, in this currency; `null` without a cost.
    pub return_on_cost: Option<f64>,
}

/// The same while it gathers, in minor units.
#[derive(Clone, Debug)]
pub(super) struct MoneySums {
    pub(super) currency: Currency,
    pub(super) revenue: i64,
    pub(super) refunds: i64,
    pub(super) events: i64,
    pub(super) cost: Option<i64>,
}

impl MoneySums {
    pub(super) fn add(&mut self, kind: ConversionKind, amount: i64) {
        match kind {
            ConversionKind::Lead => {}
            ConversionKind::Sale => self.revenue = self.revenue.saturating_add(amount),
            ConversionKind::Event => self.events = self.events.saturating_add(amount),
            ConversionKind::Refund
            | ConversionKind::Chargeback
            | ConversionKind::ChargebackReversal => {
                self.refunds = self.refunds.saturating_sub(amount);
            }
        }
    }

    pub(super) fn add_all(&mut self, other: &MoneySums) {
        self.revenue = self.revenue.saturating_add(other.revenue);
        self.refunds = self.refunds.saturating_add(other.refunds);
        self.events = self.events.saturating_add(other.events);
        self.cost = match (self.cost, other.cost) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            (one, other) => one.or(other),
        };
    }
}

/// The sums in that currency, which begin with nothing.
pub(super) fn of(all: &mut Vec<MoneySums>, currency: Currency) -> &mut MoneySums {
    let code = currency.code();
    let place = all.binary_search_by(|sums| sums.currency.code().cmp(code));
    let place = place.unwrap_or_else(|place| {
        let nothing = MoneySums {
            currency,
            revenue: 0,
            refunds: 0,
            events: 0,
            cost: None,
        };
        all.insert(place, nothing);
        place
    });
    &mut all[place]
}

/// The sums as the API shows them, of a row with so many leads.
pub(super) fn shown(all: &[MoneySums], leads: f64) -> Vec<CurrencySums> {
    let has_one_cost = all.iter().filter(|sums| sums.cost.is_some()).count() == 1;
    let of_one = |sums: &MoneySums| {
        let currency = sums.currency;
        let money = |amount| Money { amount, currency };
        let net_revenue = money(sums.revenue.saturating_sub(sums.refunds));
        let cost = sums.cost.map(money);
        let ratios = cost.map(|cost| {
            CostRatios::of(&RatioInputs {
                cost,
                net_revenue,
                leads,
                customers: 0.0,
                visitors: 0,
            })
        });
        CurrencySums {
            currency,
            revenue: money(sums.revenue),
            refunds: money(sums.refunds),
            net_revenue,
            events: money(sums.events),
            cost,
            cost_per_lead: ratios
                .filter(|_| has_one_cost)
                .and_then(|ratios| ratios.cost_per_lead),
            return_on_cost: ratios.and_then(|ratios| ratios.return_on_cost),
        }
    };
    all.iter().map(of_one).collect()
}
