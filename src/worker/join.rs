//! The join ladder: finds the clicks behind a conversion, and joins again whatever new evidence
//! touches.
//!
//! Holds: what a conversion is joined to is a function of the ledger and the clicks known, so
//! every order of arrival ends the same. The rungs, first match wins:
//!
//! 1. a refund follows the sale it takes back (of an erased person everything stays where it was);
//! 2. click ids that came along (in a field, in a landing URL, in the path; the strongest that finds one
//!    names the rung), of the same workspace, not later than the conversion;
//! 3. an earlier conversion with the same external id, then with the same e-mail: the latest that a
//!    click id joined, else the latest that was itself joined by the other mark;
//! 4. a promo code that a campaign has: no click;
//! 5. UTM tags that name one campaign: campaign and network known, no click;
//! 6. nothing: kept as unattributed, with the reason.
//!
//! A join depends on clicks and on earlier conversions only (a refund on its sale), so joining again
//! in the order of time comes to an end, and to the same one. How the credit for what was found is shared
//! stands in [`sharing`].

mod placeless;
mod sharing;

use std::collections::{BTreeSet, HashMap};

use super::customers::Customers;
use crate::attribution::window::{SKEW_MS, Windows};
use crate::attribution::{Terms, Touch};
use crate::click::ClickClass;
use crate::clock::Millis;
use crate::conversion::{Brought, ConversionKind, JoinedBy, NewConversion, UnjoinedReason};
use crate::id::{CampaignId, ConversionId};
use crate::network::Registry;
use crate::store::conversion::related::{self, Dated, Mark};
use crate::store::conversion::{self, Conversion, Join};
use crate::store::{Error, Tx, click, credit};

/// Joins conversions within one transaction.
pub(super) struct Joins<'a> {
    tx: &'a mut Tx,
    registry: &'a Registry,
    terms: Terms,
    /// Windows of campaigns, as far as they were looked up.
    windows: HashMap<CampaignId, Windows>,
    /// What is to be joined, earliest first.
    queue: BTreeSet<Dated>,
    /// Marks of customers whose conversions after that moment are in the queue already.
    followed: HashMap<Mark, Millis>,
    customers: Customers,
}

/// The clicks of a report's own.
struct Clicks {
    /// The strongest rung that found one.
    rung: JoinedBy,
    touches: Vec<Touch>,
    /// Why one that it names is none of them.
    missed: Option<UnjoinedReason>,
}

impl Default for Clicks {
    fn default() -> Self {
        Clicks {
            rung: JoinedBy::Path,
            touches: Vec::new(),
            missed: None,
        }
    }
}

/// What the ladder found.
enum Found {
    /// The clicks, or the one touch that a promo code or UTM tags tell of.
    Touches(JoinedBy, Vec<Touch>),
    /// The clicks of an earlier conversion of the customer.
    Customer(JoinedBy, ConversionId, Vec<Touch>),
    /// The sale that a refund takes back.
    Sale(Box<Conversion>),
    /// Nothing, for that reason.
    Nothing(UnjoinedReason),
    /// What was found before the person was erased.
    Kept(JoinedBy),
}

impl<'a> Joins<'a> {
    pub(super) fn new(tx: &'a mut Tx, registry: &'a Registry, terms: Terms) -> Self {
        Joins {
            tx,
            registry,
            terms,
            windows: HashMap::new(),
            queue: BTreeSet::new(),
            followed: HashMap::new(),
            customers: Customers::default(),
        }
    }

    /// Joins these conversions, and those that depend on them.
    pub(super) async fn run(mut self, affected: Vec<Dated>) -> Result<(), Error> {
        self.queue.extend(affected);
        while let Some((_, id)) = self.queue.pop_first() {
            let Some(conversion) = conversion::by_id(self.tx, id).await? else {
                continue;
            };
            let brought = self.join(&conversion).await?;
            let report = &conversion.report;
            self.customers.place(self.tx, report, &brought).await?;
        }
        self.customers.finish(self.tx).await
    }

    /// Gives the touches that the conversion itself brought.
    async fn join(&mut self, conversion: &Conversion) -> Result<Vec<Touch>, Error> {
        let found = self.climb(conversion).await?;
        let (joined_by, via) = match &found {
            Found::Touches(rung, _) | Found::Kept(rung) => (*rung, None),
            Found::Customer(rung, via, _) => (*rung, Some(*via)),
            Found::Sale(_) => (JoinedBy::Sale, None),
            Found::Nothing(_) => (JoinedBy::None, None),
        };
        let unjoined = match &found {
            Found::Nothing(why) => Some(*why),
            _ => None,
        };
        let shared = self.share(conversion, &found, joined_by).await?;
        let join = shared.join(joined_by, via, unjoined);
        if shared.changed || join != conversion.join {
            conversion::set_join(self.tx, conversion.report.id, &join).await?;
            self.follow(conversion, &join).await?;
        }
        Ok(match found {
            Found::Touches(_, touches) => touches,
            _ => Vec::new(),
        })
    }

    /// Queues what depends on a conversion whose join has changed.
    async fn follow(&mut self, conversion: &Conversion, join: &Join) -> Result<(), Error> {
        let report = &conversion.report;
        let rungs = [join.joined_by, conversion.join.joined_by];
        if rungs.iter().any(|rung| brings_clicks(*rung)) && !report.kind.follows_a_sale() {
            // The queue goes forward in time, so what followed an earlier conversion of the customer
            // is in it still: a customer of many conversions is not read anew for each of them. Only
            // clicks of a conversion's own reach others of the same moment, which may be done with.
            let marks = Mark::of(report);
            let queued = |mark| {
                let since = self.followed.get(mark);
                since.is_some_and(|since| *since < report.occurred_at)
            };
            if rungs.iter().any(|rung| rung.is_own_clicks()) || !marks.iter().all(queued) {
                self.queue.extend(related::later_of(self.tx, report).await?);
                for mark in marks {
                    self.followed.entry(mark).or_insert(report.occurred_at);
                }
            }
        }
        self.follow_sale(report).await
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

    async fn climb(&mut self, conversion: &Conversion) -> Result<Found, Error> {
        let report = &conversion.report;
        if is_erased(conversion) {
            return Ok(Found::Kept(conversion.join.joined_by));
        }
        if let Some(sale) = conversion::sale_of(self.tx, report).await? {
            return Ok(Found::Sale(Box::new(sale)));
        }
        let clicks = self.clicks_of(conversion).await?;
        if !clicks.touches.is_empty() {
            return Ok(Found::Touches(clicks.rung, clicks.touches));
        }
        if let Some((rung, source)) = self.customer(conversion).await? {
            let clicks = self.clicks_of(&source).await?;
            return Ok(Found::Customer(rung, source.report.id, clicks.touches));
        }
        if let Some(touch) = placeless::by_code(self.tx, report).await? {
            return Ok(Found::Touches(JoinedBy::PromoCode, vec![touch]));
        }
        if let Some(touch) = placeless::by_tags(self.tx, self.registry, report).await? {
            return Ok(Found::Touches(JoinedBy::Utm, vec![touch]));
        }
        Ok(Found::Nothing(why(report, &clicks)))
    }

    /// The rung of the customer, and the earlier conversion whose click ids it leads to.
    async fn customer(
        &mut self,
        conversion: &Conversion,
    ) -> Result<Option<(JoinedBy, Conversion)>, Error> {
        let report = &conversion.report;
        let (workspace, now) = (report.workspace_id, report.occurred_at);
        for mark in &Mark::of(report) {
            let (rung, other) = match mark {
                Mark::ExternalId(_) => (JoinedBy::Customer, JoinedBy::Email),
                Mark::EmailHash(_) => (JoinedBy::Email, JoinedBy::Customer),
            };
            let own =
                related::source_of(self.tx, workspace, mark, JoinedBy::ClickId, now, report.id);
            if let Some(source) = own.await? {
                return Ok(Some((rung, source)));
            }
            // Strictly earlier, or two of the same moment would each be the other's reason.
            let before = now.plus_ms(-1);
            let bridge =
                related::source_of(self.tx, workspace, mark, other, before, report.id).await?;
            if let Some(via) = bridge.and_then(|bridge| bridge.join.via)
                && let Some(source) = conversion::by_id(self.tx, via).await?
            {
                return Ok(Some((rung, source)));
            }
        }
        Ok(None)
    }

    /// The known clicks that the report names and that do not lie after it.
    async fn clicks_of(&mut self, conversion: &Conversion) -> Result<Clicks, Error> {
        let report = &conversion.report;
        let latest = report.occurred_at.plus_ms(SKEW_MS);
        let mut clicks = Clicks::default();
        let mut gone = Vec::new();
        for (id, brought) in report.evidence.clicks() {
            let Some(click) = click::by_id(self.tx, report.workspace_id, id).await? else {
                gone.push((id, brought));
                continue;
            };
            // The owner's own clicks count for nothing, and so does what comes of them.
            if click.finding.class == ClickClass::Own {
                clicks.missed = Some(UnjoinedReason::ClickOwn);
            } else if click.hit.clicked_at > latest {
                clicks.missed = Some(UnjoinedReason::ClickLater);
            } else {
                clicks.add(
                    brought,
                    Touch {
                        click_id: Some(click.hit.id),
                        campaign_id: click.hit.campaign_id,
                        network: click.hit.network,
                        network_seen: click.finding.seen_on.map(|seen| seen.network),
                        country: click.finding.place.and_then(|place| place.country.clone()),
                        device: Some(click.finding.families.device.to_string())
                            .filter(|device| !device.is_empty()),
                        link_id: Some(click.hit.link_id),
                        clicked_at: Some(click.hit.clicked_at),
                    },
                );
            }
        }
        if gone.is_empty() {
            return Ok(clicks);
        }
        // Clicks are dropped after their time; what they were credited with is not.
        let kept = credit::touches(credit::all(self.tx, report.id).await?);
        for (id, brought) in gone {
            match kept.iter().find(|touch| touch.click_id == Some(id)) {
                Some(touch) => clicks.add(brought, touch.clone()),
                None => clicks.missed = clicks.missed.or(Some(UnjoinedReason::ClickUnknown)),
            }
        }
        Ok(clicks)
    }
}

impl Clicks {
    fn add(&mut self, brought: Brought, touch: Touch) {
        self.rung = self.rung.min(brought.rung());
        self.touches.push(touch);
    }
}

/// Why nothing matched: the strongest thing that was tried.
fn why(report: &NewConversion, clicks: &Clicks) -> UnjoinedReason {
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

/// Whether the person was erased since the conversion was joined: it names nobody, but a mark of somebody
/// had joined it, and of their click only the credit is left.
fn is_erased(conversion: &Conversion) -> bool {
    let join = &conversion.join;
    let by_person = brings_clicks(join.joined_by) || join.joined_by == JoinedBy::PromoCode;
    by_person && join.click_id.is_none() && conversion.report.evidence.is_nobodys()
}

/// Whether a conversion joined so knows clicks that later ones of its customer may use.
fn brings_clicks(rung: JoinedBy) -> bool {
    rung.is_own_clicks() || matches!(rung, JoinedBy::Customer | JoinedBy::Email)
}
