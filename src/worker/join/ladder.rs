//! The match rules, from the strongest to the weakest.

use super::campaign_evidence;
use super::clicks::NamedClicks;
use super::joiner::{Joiner, LadderMatch, Sought};
use crate::conversion::{MatchRule, NewConversion, UnjoinedReason};
use crate::store::conversion::related::{self, Identifier};
use crate::store::conversion::{self, Conversion};
use crate::store::{Error, credit};

impl Joiner<'_> {
    pub(super) async fn climb(&mut self, conversion: &Conversion) -> Result<LadderMatch, Error> {
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

    /// The credits that a promo code or UTM tags gave to a conversion of the customer.
    pub(super) async fn campaign_of(&mut self, source: &Conversion) -> Result<LadderMatch, Error> {
        let touches = credit::touches(credit::all(self.tx, source.report.id).await?);
        let dated = (source.report.occurred_at, source.report.id);
        Ok(LadderMatch::Campaign(dated, touches))
    }

    /// The rule that finds the customer, and the customer's conversion that has its own evidence.
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
            // The bridge must be strictly earlier. Otherwise two conversions of the same time
            // could depend on each other.
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

/// Why nothing matched: the reason of the strongest rule that had evidence.
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

/// Whether the person was erased after the join. An identifier had joined the conversion, but the
/// conversion names nobody now. Only its credits are left.
pub(super) fn is_erased(conversion: &Conversion) -> bool {
    let join = &conversion.join;
    let by_person = join.joined_by.serves_customer() && join.joined_by != MatchRule::Utm;
    by_person && join.click_id.is_none() && conversion.report.evidence.is_anonymous()
}
