//! The join ladder: finds the clicks behind a conversion, and joins again whatever new evidence
//! touches.
//!
//! Holds: what a conversion is joined to is a function of the ledger and the clicks known, so
//! every order of arrival ends the same. The rungs, first match wins:
//!
//! 1. a refund follows the sale it takes back (of an erased person everything stays where it was);
//! 2. click ids that came along (in a field, in a landing URL, in the path; the strongest that
//!    finds one names the rung), of the same workspace, not later than the conversion;
//! 3. an earlier conversion with the same external id, then with the same e-mail: the latest that a
//!    click id joined, else the latest that was itself joined by the other mark; else the first
//!    that a click id joined within [`SKEW_MS`](crate::attribution::window::SKEW_MS) after it, as
//!    clocks differ;
//! 4. a promo code that a campaign has: no click;
//! 5. UTM tags that name one campaign: campaign and network known, no click;
//! 6. an earlier conversion of the customer, found as on rung 3, that rung 4 or 5 joined: what it
//!    was credited with;
//! 7. nothing: kept as unattributed, with the reason.
//!
//! # Invariants
//! Joining again comes to an end, and to the same one in every order of arrival:
//! - A rung depends on the rungs above it, on clicks and campaigns, and on conversions of the
//!   customer.
//! - Of its own rung it depends on strictly earlier conversions only. Later ones count where a
//!   stronger rung than its own joined them by evidence of their own.
//! - A refund depends on its sale.
//!
//! A click that a conversion names was a person's, whatever heuristics said: it is counted as one
//! from then on. How the credit for what was found is shared stands in [`allocation`].

mod allocation;
mod campaign_evidence;
mod clicks;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use self::clicks::NamedClicks;
use super::customers::CustomerChanges;
use crate::attribution::window::AttributionWindows;
use crate::attribution::{AttributionSettings, Touch};
use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule, NewConversion, UnjoinedReason};
use crate::id::{CampaignId, ClickId, ConversionId};
use crate::network::NetworkRegistry;
use crate::store::conversion::related::{self, Dated, Identifier};
use crate::store::conversion::{self, Conversion, Join};
use crate::store::{Error, Tx, click, credit};

/// Joins conversions within one transaction.
pub(super) struct Joiner<'a> {
    tx: &'a mut Tx,
    registry: &'a NetworkRegistry,
    terms: AttributionSettings,
    /// Windows of campaigns, as far as they were looked up.
    windows: HashMap<CampaignId, AttributionWindows>,
    /// What is to be joined, earliest first.
    queue: BTreeSet<Dated>,
    /// Marks of customers whose conversions after that moment are in the queue already.
    followed: HashMap<Identifier, Millis>,
    /// The latest moment that was taken from the queue.
    reached: Millis,
    customers: CustomerChanges,
    /// Clicks that heuristics took for a program's and conversions have named, with the rule by
    /// which they are a person's.
    converted: BTreeMap<ClickId, String>,
}

/// What the ladder found.
enum LadderMatch {
    /// The clicks, or the one touch that a promo code or UTM tags tell of.
    Touches(MatchRule, Vec<Touch>),
    /// The clicks of an earlier conversion of the customer.
    Customer(MatchRule, ConversionId, Vec<Touch>),
    /// What an earlier conversion of the customer was credited with by promo code or UTM tags.
    Campaign(Dated, Vec<Touch>),
    /// The sale that a refund takes back.
    Sale(Box<Conversion>),
    /// Nothing, for that reason.
    Nothing(UnjoinedReason),
    /// What was found before the person was erased.
    Kept(MatchRule),
}

/// What is sought among the customer's other conversions.
#[derive(Clone, Copy)]
enum Sought {
    /// Clicks that one of them names.
    Clicks,
    /// A campaign that a promo code or UTM tags of one of them name.
    Campaign,
}

impl Sought {
    /// The rung that stands for having it by evidence of their own.
    fn own(self) -> MatchRule {
        match self {
            Sought::Clicks => MatchRule::ClickId,
            Sought::Campaign => MatchRule::Utm,
        }
    }

    /// The rung of who has it by this mark.
    fn match_rule(self, mark: &Identifier) -> MatchRule {
        match (self, mark) {
            (Sought::Clicks, Identifier::ExternalId(_)) => MatchRule::Customer,
            (Sought::Clicks, Identifier::EmailHash(_)) => MatchRule::Email,
            (Sought::Campaign, _) => MatchRule::CustomerCampaign,
        }
    }

    /// The rung of a conversion with this mark that has it by its other mark.
    fn bridge(self, mark: &Identifier) -> MatchRule {
        match (self, mark) {
            (Sought::Clicks, Identifier::ExternalId(_)) => MatchRule::Email,
            (Sought::Clicks, Identifier::EmailHash(_)) => MatchRule::Customer,
            (Sought::Campaign, _) => MatchRule::CustomerCampaign,
        }
    }
}

impl<'a> Joiner<'a> {
    pub(super) fn new(
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

    /// Joins these conversions, and those that depend on them.
    pub(super) async fn run(mut self, affected: Vec<Dated>) -> Result<(), Error> {
        self.queue.extend(affected);
        while let Some(id) = self.next() {
            if let Some(conversion) = conversion::by_id(self.tx, id).await? {
                self.join_and_place(&conversion).await?;
            }
        }
        self.finish().await
    }

    /// Writes what follows from the joins.
    async fn finish(self) -> Result<(), Error> {
        self.customers.finish(self.tx).await?;
        click::converted::promote(self.tx, &self.converted).await
    }

    /// The earliest conversion of the queue.
    fn next(&mut self) -> Option<ConversionId> {
        let (at, id) = self.queue.pop_first()?;
        if at < self.reached {
            // What was in the queue then may have left it.
            self.followed.clear();
        }
        self.reached = at;
        Some(id)
    }

    async fn join_and_place(&mut self, conversion: &Conversion) -> Result<(), Error> {
        let brought = self.join(conversion).await?;
        let report = &conversion.report;
        self.customers.place(self.tx, report, &brought).await
    }

    /// Gives the touches that the conversion itself brought.
    async fn join(&mut self, conversion: &Conversion) -> Result<Vec<Touch>, Error> {
        let found = self.climb(conversion).await?;
        let (joined_by, via) = match &found {
            LadderMatch::Touches(match_rule, _) | LadderMatch::Kept(match_rule) => {
                (*match_rule, None)
            }
            LadderMatch::Customer(match_rule, via, _) => (*match_rule, Some(*via)),
            LadderMatch::Campaign(source, _) => (MatchRule::CustomerCampaign, Some(source.1)),
            LadderMatch::Sale(_) => (MatchRule::Sale, None),
            LadderMatch::Nothing(_) => (MatchRule::None, None),
        };
        let unjoined = match &found {
            LadderMatch::Nothing(why) => Some(*why),
            _ => None,
        };
        let shared = self.allocate(conversion, &found, joined_by).await?;
        let join = shared.join(joined_by, via, unjoined);
        if shared.changed || join != conversion.join {
            conversion::set_join(self.tx, conversion.report.id, &join).await?;
            self.follow(conversion, &join).await?;
        }
        Ok(match found {
            LadderMatch::Touches(_, touches) => touches,
            _ => Vec::new(),
        })
    }

    /// Queues what depends on a conversion whose join has changed.
    async fn follow(&mut self, conversion: &Conversion, join: &Join) -> Result<(), Error> {
        let report = &conversion.report;
        let match_rules = [join.joined_by, conversion.join.joined_by];
        if !report.kind.follows_a_sale() {
            if match_rules
                .iter()
                .any(|match_rule| match_rule.is_own_evidence())
            {
                let has_clicks = match_rules
                    .iter()
                    .any(|match_rule| match_rule.is_own_clicks());
                let served = related::served_by(self.tx, report, has_clicks).await?;
                self.queue_served(report, served);
            } else if match_rules
                .iter()
                .any(|match_rule| match_rule.serves_customer())
            {
                // The queue goes forward in time, so what followed an earlier conversion of the
                // customer is in it still: a customer of many conversions is not read anew for each
                // of them.
                let queued = |mark| {
                    let since = self.followed.get(mark);
                    since.is_some_and(|since| *since < report.occurred_at)
                };
                if !Identifier::of(report).iter().all(queued) {
                    let since = report.occurred_at;
                    let served = related::served_from(self.tx, report, since).await?;
                    self.queue_served(report, served);
                }
            }
        }
        self.follow_sale(report).await
    }

    fn queue_served(&mut self, report: &NewConversion, served: Vec<Dated>) {
        self.queue.extend(served);
        for mark in Identifier::of(report) {
            self.followed.entry(mark).or_insert(report.occurred_at);
        }
    }

    /// Queues what takes a sale back.
    async fn follow_sale(&mut self, report: &NewConversion) -> Result<(), Error> {
        if report.kind == ConversionKind::Sale {
            let refunds =
                related::refunds_of(self.tx, report.workspace_id, &report.event_id).await?;
            self.queue.extend(refunds);
        }
        Ok(())
    }

    async fn climb(&mut self, conversion: &Conversion) -> Result<LadderMatch, Error> {
        let report = &conversion.report;
        if is_erased(conversion) {
            return Ok(LadderMatch::Kept(conversion.join.joined_by));
        }
        if let Some(sale) = conversion::sale_of(self.tx, report).await? {
            return Ok(LadderMatch::Sale(Box::new(sale)));
        }
        let clicks = self.clicks_of(conversion).await?;
        if !clicks.touches.is_empty() {
            return Ok(LadderMatch::Touches(clicks.match_rule, clicks.touches));
        }
        if let Some((match_rule, source)) = self.customer(report, Sought::Clicks).await? {
            let clicks = self.clicks_of(&source).await?;
            return Ok(LadderMatch::Customer(
                match_rule,
                source.report.id,
                clicks.touches,
            ));
        }
        if let Some(touch) = campaign_evidence::by_code(self.tx, report).await? {
            return Ok(LadderMatch::Touches(MatchRule::PromoCode, vec![touch]));
        }
        if let Some(touch) = campaign_evidence::by_tags(self.tx, self.registry, report).await? {
            return Ok(LadderMatch::Touches(MatchRule::Utm, vec![touch]));
        }
        if let Some((_, source)) = self.customer(report, Sought::Campaign).await? {
            return self.campaign_of(&source).await;
        }
        Ok(LadderMatch::Nothing(why(report, &clicks)))
    }

    /// What a conversion of the customer was credited with by promo code or UTM tags.
    async fn campaign_of(&mut self, source: &Conversion) -> Result<LadderMatch, Error> {
        let touches = credit::touches(credit::all(self.tx, source.report.id).await?);
        let dated = (source.report.occurred_at, source.report.id);
        Ok(LadderMatch::Campaign(dated, touches))
    }

    /// The rung of the customer, and the conversion whose own evidence it leads to.
    async fn customer(
        &mut self,
        report: &NewConversion,
        sought: Sought,
    ) -> Result<Option<(MatchRule, Conversion)>, Error> {
        let (workspace, now) = (report.workspace_id, report.occurred_at);
        let marks = Identifier::of(report);
        for mark in &marks {
            let (match_rule, own) = (sought.match_rule(mark), sought.own());
            let own = related::source_before(self.tx, workspace, mark, own, now, report.id);
            if let Some(source) = own.await? {
                return Ok(Some((match_rule, source)));
            }
            // Strictly earlier, or two of the same moment would each be the other's reason.
            let (bridge, before) = (sought.bridge(mark), now.plus_ms(-1));
            let bridge =
                related::source_before(self.tx, workspace, mark, bridge, before, report.id).await?;
            if let Some(via) = bridge.and_then(|bridge| bridge.join.via)
                && let Some(source) = conversion::by_id(self.tx, via).await?
            {
                return Ok(Some((match_rule, source)));
            }
        }
        for mark in &marks {
            let own = sought.own();
            let soon = related::source_soon(self.tx, workspace, mark, own, now, report.id).await?;
            if let Some(source) = soon {
                return Ok(Some((sought.match_rule(mark), source)));
            }
        }
        Ok(None)
    }
}

/// Why nothing matched: the strongest thing that was tried.
fn why(report: &NewConversion, clicks: &NamedClicks) -> UnjoinedReason {
    let evidence = &report.evidence;
    if let Some(missed) = clicks.missed {
        missed
    } else if report.kind.follows_a_sale() && report.refund_of.is_some() {
        UnjoinedReason::SaleUnknown
    } else if evidence.external_id.is_some() || evidence.email_hash.is_some() {
        UnjoinedReason::CustomerUnknown
    } else if !evidence.promo_codes.is_empty() {
        UnjoinedReason::CodeUnknown
    } else if !evidence.utm.is_empty() {
        UnjoinedReason::TagsUnknown
    } else {
        UnjoinedReason::NoEvidence
    }
}

/// Whether the person was erased since the conversion was joined: it names nobody, but a mark of
/// somebody had joined it, and of their click only the credit is left.
fn is_erased(conversion: &Conversion) -> bool {
    let join = &conversion.join;
    let by_person = join.joined_by.serves_customer() && join.joined_by != MatchRule::Utm;
    by_person && join.click_id.is_none() && conversion.report.evidence.is_anonymous()
}
