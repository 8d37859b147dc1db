//! Allocates the credit for a join by every model, and reallocates it when windows or rules have
//! changed.
//!
//! # Invariants
//! - Touches outside their campaigns' windows are removed first. If none is left, nobody gets the
//!   credit and the join stays.
//! - A reallocation keeps the join. The rules run again only for customers of whom nothing was
//!   known, because newer rules may know more.
//!
//! # Out of scope
//! How touches are found.

use super::joiner::{Joiner, LadderMatch};
use super::ladder::is_erased;
use crate::attribution::window::{AttributionWindows, SKEW_MS};
use crate::attribution::{
    AttributionModel, AttributionSettings, Credit, CreditsByModel, Touch, credits, refund_credits,
};
use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule, UnjoinedReason};
use crate::id::{ClickId, ConversionId};
use crate::store::conversion::related::{self, DatedConversion, Identifier};
use crate::store::conversion::{self, Conversion, Join};
use crate::store::{Error, campaign, credit};

/// The allocation of a conversion's credit.
pub(super) struct Allocation {
    /// Whether the credits changed.
    pub(super) changed: bool,
    /// The last known click, credited or not.
    click_id: Option<ClickId>,
    /// The touch that has the credit by last touch.
    last: Option<Touch>,
}

impl Allocation {
    pub(super) fn join(
        &self,
        joined_by: MatchRule,
        via: Option<ConversionId>,
        unjoined: Option<UnjoinedReason>,
    ) -> Join {
        let last = self.last.as_ref();
        Join {
            joined_by,
            via,
            unjoined,
            click_id: self.click_id,
            campaign_id: last.and_then(|touch| touch.campaign_id),
            network: last.and_then(|touch| touch.network.clone()),
            link_id: last.and_then(|touch| touch.link_id),
        }
    }
}

impl Joiner<'_> {
    /// Allocates the credit for the result of the rules.
    pub(super) async fn allocate(
        &mut self,
        conversion: &Conversion,
        found: &LadderMatch,
        joined_by: MatchRule,
    ) -> Result<Allocation, Error> {
        let report = &conversion.report;
        let amount = report.value.map(|value| value.amount);
        let earned_at = match found {
            LadderMatch::Sale(sale) => sale.report.occurred_at,
            _ => report.occurred_at,
        };
        let standing = credit::current(self.tx, report, earned_at).await?;
        let mut left_out = 0;
        let mut click_id = None;
        let shares = match found {
            LadderMatch::Touches(_, touches)
            | LadderMatch::Customer(_, _, touches)
            | LadderMatch::Campaign(_, touches) => {
                let stand_in = match found {
                    LadderMatch::Campaign((at, _), _) => Some(*at),
                    _ => None,
                };
                let held = self.within_windows(conversion, touches, stand_in).await?;
                left_out = touches.len() - held.len();
                let order = |touch: &&Touch| (touch.clicked_at, touch.click_id);
                click_id = touches
                    .iter()
                    .max_by_key(order)
                    .and_then(|touch| touch.click_id);
                self.by_model(|model, terms| credits(model, &held, amount, terms))
            }
            LadderMatch::Nothing(_) => {
                self.by_model(|model, terms| credits(model, &[], amount, terms))
            }
            LadderMatch::Sale(sale) => {
                click_id = sale.join.click_id;
                let sale = credit::all(self.tx, sale.report.id).await?;
                self.by_model(|model, _| refund_credits(of(&sale, model), amount))
            }
            LadderMatch::Kept(_) => {
                let kept = &standing.credits;
                self.by_model(|model, _| refund_credits(of(kept, model), amount))
            }
        };
        // A refund may now belong to another sale, at another time, with the same credits.
        let changed = joined_by != conversion.join.joined_by
            || matches!(found, LadderMatch::Sale(_))
            || !standing.is_of_report
            || standing.credits != shares;
        if changed {
            credit::replace(self.tx, report, earned_at, joined_by.as_str(), &shares).await?;
        }
        credit::version::set(self.tx, report, self.terms.version(), left_out).await?;
        let last = of(&shares, AttributionModel::LastTouch).first();
        Ok(Allocation {
            changed,
            click_id,
            last: last.and_then(|credit| credit.touch.clone()),
        })
    }

    fn by_model(
        &self,
        allocate: impl Fn(AttributionModel, &AttributionSettings) -> Vec<Credit>,
    ) -> CreditsByModel {
        let shares = |model| (model, allocate(model, &self.terms));
        AttributionModel::ALL.into_iter().map(shares).collect()
    }

    /// The touches within their campaigns' windows. For a touch without a click, `stand_in`
    /// replaces the time of the click.
    async fn within_windows(
        &mut self,
        conversion: &Conversion,
        touches: &[Touch],
        stand_in: Option<Millis>,
    ) -> Result<Vec<Touch>, Error> {
        let report = &conversion.report;
        let marks = match report.kind {
            ConversionKind::Sale => Identifier::of(report),
            _ => Vec::new(),
        };
        let mut held = Vec::with_capacity(touches.len());
        for touch in touches {
            let Some(clicked_at) = touch.clicked_at.or(stand_in) else {
                held.push(touch.clone());
                continue;
            };
            let (workspace, until) = (report.workspace_id, report.occurred_at);
            let since = clicked_at.plus_ms(-SKEW_MS);
            let last = until.plus_ms(SKEW_MS);
            let lead = related::first_lead(self.tx, workspace, &marks, since, last).await?;
            let windows = self.windows_of(touch).await?;
            if windows.hold(clicked_at, lead, until) {
                held.push(touch.clone());
            }
        }
        Ok(held)
    }

    async fn windows_of(&mut self, touch: &Touch) -> Result<AttributionWindows, Error> {
        let Some(id) = touch.campaign_id else {
            return Ok(self.terms.windows(None, None));
        };
        if let Some(known) = self.windows.get(&id) {
            return Ok(*known);
        }
        let (lead, sale) = campaign::windows(self.tx, id).await?;
        let windows = self.terms.windows(lead, sale);
        self.windows.insert(id, windows);
        Ok(windows)
    }

    /// Reallocates the credit of these conversions and of their refunds. Their joins stay, unless
    /// nothing was known of their customer.
    pub(in crate::worker) async fn reallocate(
        mut self,
        conversions: Vec<DatedConversion>,
    ) -> Result<(), Error> {
        self.queue.extend(conversions);
        while let Some(id) = self.next() {
            let Some(conversion) = conversion::by_id(self.tx, id).await? else {
                credit::version::delete(self.tx, id).await?;
                continue;
            };
            if conversion.join.unjoined == Some(UnjoinedReason::CustomerUnknown) {
                self.join_and_assign(&conversion).await?;
                continue;
            }
            let found = self.found_before(&conversion).await?;
            let Join {
                joined_by,
                via,
                unjoined,
                ..
            } = conversion.join;
            let shared = self.allocate(&conversion, &found, joined_by).await?;
            let join = shared.join(joined_by, via, unjoined);
            if shared.changed || join != conversion.join {
                conversion::set_join(self.tx, id, &join).await?;
                self.follow_sale(&conversion.report).await?;
            }
        }
        self.finish().await
    }

    /// What the conversion is joined to, with every touch that is still known.
    async fn found_before(&mut self, conversion: &Conversion) -> Result<LadderMatch, Error> {
        let (report, join) = (&conversion.report, &conversion.join);
        let match_rule = join.joined_by;
        if is_erased(conversion) {
            return Ok(LadderMatch::Kept(match_rule));
        }
        let touches = match match_rule {
            MatchRule::None => return Ok(LadderMatch::Nothing(UnjoinedReason::NoEvidence)),
            MatchRule::Sale => {
                let sale = conversion::sale_of(self.tx, report).await?;
                let kept = LadderMatch::Kept(match_rule);
                return Ok(sale.map_or(kept, |sale| LadderMatch::Sale(Box::new(sale))));
            }
            MatchRule::ClickId | MatchRule::LandingUrl | MatchRule::Path => {
                self.clicks_of(conversion).await?.touches
            }
            MatchRule::Customer | MatchRule::Email => match join.via {
                Some(via) => match conversion::by_id(self.tx, via).await? {
                    Some(source) => self.clicks_of(&source).await?.touches,
                    None => Vec::new(),
                },
                None => Vec::new(),
            },
            MatchRule::CustomerCampaign => {
                if let Some(via) = join.via
                    && let Some(source) = conversion::by_id(self.tx, via).await?
                {
                    return self.campaign_of(&source).await;
                }
                Vec::new()
            }
            MatchRule::PromoCode | MatchRule::Utm => Vec::new(),
        };
        if !touches.is_empty() {
            return Ok(LadderMatch::Touches(match_rule, touches));
        }
        let kept = credit::touches(credit::all(self.tx, report.id).await?);
        Ok(LadderMatch::Touches(match_rule, kept))
    }
}

/// The credits of a model, or those of the last touch if the model has none.
fn of(credits: &CreditsByModel, model: AttributionModel) -> &[Credit] {
    let own = credits.get(&model);
    let own = own.or_else(|| credits.get(&AttributionModel::LastTouch));
    own.map_or(&[], Vec::as_slice)
}
