//! What comes of visits: leads, named events, sales, and money that goes back.
//!
//! # Invariants
//! A refund and a chargeback never take back the same sale. Stories without a season have leads,
//! sales and refunds in the currency of their campaign only.
//!
//! # Out of scope
//! Who visits which link.

use rand::RngExt;

use super::scene::Scene;
use super::visits::{HOUR_MS, Timed, Visits};
use crate::clock::{DAY_MS, Millis};
use crate::conversion::{ConversionKind, JoinEvidence, NewConversion};
use crate::event_log::entry::Entry;
use crate::id::{ClickId, ConversionId, WorkspaceId};
use crate::link::Link;
use crate::link::utm::UtmTags;
use crate::money::{Currency, Money};

/// Share of leads that take their time.
const SLOW_LEADS: f64 = 0.15;

/// Share of leads that are known by their UTM tags only, because a browser cut the click id off.
const TAGS_ONLY: f64 = 0.06;

/// Share of leads that nothing is known of.
const UNKNOWN: f64 = 0.05;

/// Share of sales that are taken back.
const REFUND: f64 = 0.09;

/// Share of a season's visitors that download the guide.
const GUIDE: f64 = 0.06;

/// Share of a season's sales in a currency of the customer's own.
const ABROAD: f64 = 0.12;

/// Share of a season's buyers that buy again.
const REPEAT: f64 = 0.3;

/// Every so many of a season's sales is charged back; of these every second chargeback is lost by
/// the bank.
const CHARGED_BACK: u32 = 9;

/// A customer's order.
struct DemoOrder {
    at: Millis,
    id: String,
    value: Money,
}

impl Visits {
    /// A visitor becomes a lead, and perhaps buys.
    pub(super) fn lead(
        &mut self,
        at: Millis,
        link: &Link,
        path: Vec<ClickId>,
        of: &Scene,
        into: &mut Vec<Timed>,
    ) {
        self.customers += 1;
        let customer = format!("cust-{}", self.customers);
        let most = if self.rng.random_bool(SLOW_LEADS) {
            5 * DAY_MS
        } else {
            3 * HOUR_MS
        };
        let at = at.plus_ms(self.rng.random_range(2 * 60_000..most));
        let mut evidence = JoinEvidence {
            external_id: Some(customer.clone()),
            ..JoinEvidence::default()
        };
        let luck: f64 = self.rng.random();
        if luck < TAGS_ONLY {
            evidence.utm = UtmTags {
                campaign: link.utm.campaign.clone(),
                source: link.utm.source.clone(),
                ..UtmTags::default()
            };
        } else if luck > UNKNOWN + TAGS_ONLY {
            evidence.click_ids = path;
        }
        let lead = format!("lead-{customer}");
        let workspace = link.workspace_id;
        let kind = ConversionKind::Lead;
        into.push(self.conversion(at, workspace, kind, lead, None, &evidence));
        if !self.rng.random_bool(of.audience.sale) {
            return;
        }
        // The shop knows its customer; the click is long gone.
        evidence.click_ids.clear();
        let order = DemoOrder {
            at: at.plus_ms(self.rng.random_range(HOUR_MS..6 * DAY_MS)),
            id: format!("order-{customer}"),
            value: self.price(of),
        };
        let (kind, value) = (ConversionKind::Sale, Some(order.value));
        let id = order.id.clone();
        into.push(self.conversion(order.at, workspace, kind, id, value, &evidence));
        self.after_sale(&order, workspace, of, &evidence, into);
    }

    /// What follows a sale: a refund, a chargeback, another sale.
    fn after_sale(
        &mut self,
        order: &DemoOrder,
        workspace: WorkspaceId,
        of: &Scene,
        evidence: &JoinEvidence,
        into: &mut Vec<Timed>,
    ) {
        let is_refunded = self.rng.random_bool(REFUND);
        if is_refunded {
            let at = order.at.plus_ms(self.rng.random_range(DAY_MS..5 * DAY_MS));
            let kind = ConversionKind::Refund;
            into.push(self.taken_back(order, at, workspace, kind, evidence));
        }
        if !of.is_season {
            return;
        }
        self.sales += 1;
        if !is_refunded && self.sales.is_multiple_of(CHARGED_BACK) {
            let at = order.at.plus_ms(4 * DAY_MS);
            let kind = ConversionKind::Chargeback;
            into.push(self.taken_back(order, at, workspace, kind, evidence));
            if self.sales.is_multiple_of(2 * CHARGED_BACK) {
                let kind = ConversionKind::ChargebackReversal;
                let at = at.plus_ms(6 * DAY_MS);
                into.push(self.taken_back(order, at, workspace, kind, evidence));
            }
        }
        if self.rng.random_bool(REPEAT) {
            let at = order
                .at
                .plus_ms(self.rng.random_range(6 * DAY_MS..25 * DAY_MS));
            let (kind, id) = (ConversionKind::Sale, format!("{}-again", order.id));
            let value = Some(self.price(of));
            into.push(self.conversion(at, workspace, kind, id, value, evidence));
        }
    }

    /// A visitor may download a guide: a named event.
    pub(super) fn guide(
        &mut self,
        at: Millis,
        of: &Scene,
        path: &[ClickId],
        into: &mut Vec<Timed>,
    ) {
        let Some(workspace) = of.links.first().map(|link| link.workspace_id) else {
            return;
        };
        if !self.rng.random_bool(GUIDE) {
            return;
        }
        let evidence = JoinEvidence {
            click_ids: path.to_vec(),
            ..JoinEvidence::default()
        };
        let at = at.plus_ms(self.rng.random_range(30_000..20 * 60_000));
        let id = path
            .last()
            .map_or_else(String::new, |id| format!("guide-{id}"));
        let kind = ConversionKind::Event;
        let mut event = self.conversion(at, workspace, kind, id, None, &evidence);
        if let Entry::Conversion(report) = &mut event.1 {
            report.name = Some("guide_downloaded".to_owned());
        }
        into.push(event);
    }

    fn price(&mut self, of: &Scene) -> Money {
        let mut currency = of.currency;
        if of.is_season && self.rng.random_bool(ABROAD) {
            let abroad = if currency.code() == "USD" {
                "EUR"
            } else {
                "USD"
            };
            currency = abroad.parse().unwrap_or(currency);
        }
        let amount = prices(currency)[self.rng.random_range(0..4)];
        Money { amount, currency }
    }

    fn taken_back(
        &mut self,
        order: &DemoOrder,
        at: Millis,
        workspace: WorkspaceId,
        kind: ConversionKind,
        evidence: &JoinEvidence,
    ) -> Timed {
        let number = order.id.trim_start_matches("order-");
        let id = format!("{kind}-{number}");
        let amount = if kind == ConversionKind::ChargebackReversal {
            order.value.amount
        } else {
            -order.value.amount
        };
        let value = Some(Money {
            amount,
            ..order.value
        });
        let mut back = self.conversion(at, workspace, kind, id, value, evidence);
        if let Entry::Conversion(report) = &mut back.1 {
            report.refund_of = Some(order.id.clone());
        }
        back
    }

    /// A report of the shop's.
    pub(super) fn conversion(
        &mut self,
        at: Millis,
        workspace_id: WorkspaceId,
        kind: ConversionKind,
        event_id: String,
        value: Option<Money>,
        evidence: &JoinEvidence,
    ) -> Timed {
        let report = NewConversion {
            id: ConversionId::from_parts(at, self.bits()),
            workspace_id,
            source_id: None,
            event_id,
            kind,
            name: None,
            occurred_at: at,
            received_at: at,
            value,
            refund_of: None,
            evidence: evidence.clone(),
            order: None,
        };
        (at, Entry::Conversion(report))
    }
}

/// What lamps cost, in minor units.
pub(super) fn prices(currency: Currency) -> [i64; 4] {
    match currency.code() {
        "JPY" => [7800, 12800, 19800, 38000],
        _ => [4900, 7900, 12900, 24900],
    }
}
