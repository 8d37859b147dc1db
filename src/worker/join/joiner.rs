//! The state of joining within one transaction, and the possible results.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::attribution::window::AttributionWindows;
use crate::attribution::{AttributionSettings, Touch};
use crate::clock::Millis;
use crate::conversion::{MatchRule, UnjoinedReason};
use crate::id::{CampaignId, ClickId, ConversionId};
use crate::network::NetworkRegistry;
use crate::store::Tx;
use crate::store::conversion::Conversion;
use crate::store::conversion::related::{DatedConversion, Identifier};
use crate::worker::customers::CustomerChanges;

/// Joins conversions within one transaction.
pub(in crate::worker) struct Joiner<'a> {
    pub(super) tx: &'a mut Tx,
    pub(super) registry: &'a NetworkRegistry,
    pub(super) terms: AttributionSettings,
    /// Windows of campaigns that were already looked up.
    pub(super) windows: HashMap<CampaignId, AttributionWindows>,
    /// Conversions to join, earliest first.
    pub(super) queue: BTreeSet<DatedConversion>,
    /// Identifiers of customers whose conversions after that time are already in the queue.
    pub(super) followed: HashMap<Identifier, Millis>,
    /// The latest time that was taken from the queue.
    pub(super) reached: Millis,
    pub(super) customers: CustomerChanges,
    /// Clicks that heuristics attributed to a program although conversions name them, with the rule
    /// that makes them a person's.
    pub(super) converted: BTreeMap<ClickId, String>,
}

impl<'a> Joiner<'a> {
    pub(in crate::worker) fn new(
        tx: &'a mut Tx,
        registry: &'a NetworkRegistry,
        terms: AttributionSettings,
    ) -> Self {
        Joiner {
            tx,
            registry,
            terms,
            windows: HashMap::new(),
            queue: BTreeSet::new(),
            followed: HashMap::new(),
            reached: Millis(i64::MIN),
            customers: CustomerChanges::default(),
            converted: BTreeMap::new(),
        }
    }
}

/// The result of the rules for a conversion.
pub(super) enum LadderMatch {
    /// The clicks, or the one touch of a promo code or UTM tags.
    Touches(MatchRule, Vec<Touch>),
    /// The clicks of an earlier conversion of the customer.
    Customer(MatchRule, ConversionId, Vec<Touch>),
    /// The credits that a promo code or UTM tags gave to an earlier conversion of the customer.
    Campaign(DatedConversion, Vec<Touch>),
    /// The sale that a refund reverses.
    Sale(Box<Conversion>),
    /// Nothing, for that reason.
    Nothing(UnjoinedReason),
    /// The result from before the person was erased.
    Kept(MatchRule),
}

/// What is searched among the customer's other conversions.
#[derive(Clone, Copy)]
pub(super) enum Sought {
    /// Clicks that one of them names.
    Clicks,
    /// A campaign that a promo code or UTM tags of one of them name.
    Campaign,
}

impl Sought {
    /// The rule of conversions that have it by their own evidence.
    pub(super) fn own(self) -> MatchRule {
        match self {
            Sought::Clicks => MatchRule::ClickId,
            Sought::Campaign => MatchRule::Utm,
        }
    }

    /// The rule of a conversion that has it by this identifier.
    pub(super) fn match_rule(self, mark: &Identifier) -> MatchRule {
        match (self, mark) {
            (Sought::Clicks, Identifier::ExternalId(_)) => MatchRule::Customer,
            (Sought::Clicks, Identifier::EmailHash(_)) => MatchRule::Email,
            (Sought::Campaign, _) => MatchRule::CustomerCampaign,
        }
    }

    /// The rule of a conversion with this identifier that has it by its other identifier.
    pub(super) fn bridge(self, mark: &Identifier) -> MatchRule {
        match (self, mark) {
            (Sought::Clicks, Identifier::ExternalId(_)) => MatchRule::Email,
            (Sought::Clicks, Identifier::EmailHash(_)) => MatchRule::Customer,
            (Sought::Campaign, _) => MatchRule::CustomerCampaign,
        }
    }
}
