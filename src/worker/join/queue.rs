//! The queue of conversions to join, and what a changed join adds to it.

use super::joiner::{Joiner, LadderMatch};
use crate::attribution::Touch;
use crate::conversion::{ConversionKind, MatchRule, NewConversion};
use crate::id::ConversionId;
use crate::store::conversion::related::{self, DatedConversion, Identifier};
use crate::store::conversion::{self, Conversion, Join};
use crate::store::{Error, click_event};

impl Joiner<'_> {
    /// Joins these conversions, and those that depend on them.
    pub(in crate::worker) async fn run(
        mut self,
        affected: Vec<DatedConversion>,
    ) -> Result<(), Error> {
        self.queue.extend(affected);
        while let Some(id) = self.next() {
            if let Some(conversion) = conversion::by_id(self.tx, id).await? {
                self.join_and_assign(&conversion).await?;
            }
        }
        self.finish().await
    }

    /// Writes the effects of the joins.
    pub(super) async fn finish(self) -> Result<(), Error> {
        self.customers.finish(self.tx).await?;
        click_event::converted::promote(self.tx, &self.converted).await
    }

    /// The earliest conversion of the queue.
    pub(super) fn next(&mut self) -> Option<ConversionId> {
        let (at, id) = self.queue.pop_first()?;
        if at < self.reached {
            // Conversions that were in the queue at that time may have left it.
            self.followed.clear();
        }
        self.reached = at;
        Some(id)
    }

    pub(super) async fn join_and_assign(&mut self, conversion: &Conversion) -> Result<(), Error> {
        let brought = self.join(conversion).await?;
        let report = &conversion.report;
        self.customers.assign(self.tx, report, &brought).await
    }

    /// Joins a conversion. Returns the touches that its own evidence found.
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
                // The queue moves forward in time, so it still contains what an earlier conversion
                // of the customer added. Without this check, a customer with many conversions would
                // be read again for each of them.
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

    fn queue_served(&mut self, report: &NewConversion, served: Vec<DatedConversion>) {
        self.queue.extend(served);
        for mark in Identifier::of(report) {
            self.followed.entry(mark).or_insert(report.occurred_at);
        }
    }

    /// Queues the refunds of a sale.
    pub(super) async fn follow_sale(&mut self, report: &NewConversion) -> Result<(), Error> {
        if report.kind == ConversionKind::Sale {
            let refunds =
                related::refunds_of(self.tx, report.workspace_id, &report.event_id).await?;
            self.queue.extend(refunds);
        }
        Ok(())
    }
}
