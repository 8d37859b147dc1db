//! The join ladder: finds the clicks behind a conversion, and joins again whatever new evidence
//! touches.
//!
//! Holds: what a conversion is joined to is a function of the ledger and the clicks known, so
//! every order of arrival ends the same. The rungs, first match wins:
//!
//! 1. a refund follows the sale it takes back;
//! 2. click ids in the report, of the same workspace, not later than the conversion;
//! 3. the customer's latest earlier conversion that a click id joined (by external id, then
//!    e-mail);
//! 4. UTM tags that name one campaign: campaign and network known, no click;
//! 5. nothing: kept as unattributed.

use std::collections::{BTreeSet, VecDeque};

use crate::attribution::{Credit, Model, Touch, WHOLE, credits, refund_credits};
use crate::conversion::{JoinedBy, Kind};
use crate::id::ConversionId;
use crate::network::Registry;
use crate::store::conversion::{self, Conversion, Join};
use crate::store::{Error, Tx, click, credit, link};

/// How far a shop's clock may lag behind ours: a click this much later still counts.
const SKEW_MS: i64 = 5 * 60 * 1000;

/// Joins conversions within one transaction.
pub(super) struct Joins<'a> {
    tx: &'a mut Tx,
    registry: &'a Registry,
    queue: VecDeque<ConversionId>,
}

/// What the ladder found.
enum Found {
    /// The clicks, or the one touch that UTM tags tell of; none for the last rung.
    Touches(JoinedBy, Vec<Touch>),
    /// The sale that a refund takes back.
    Sale(Box<Conversion>),
}

impl<'a> Joins<'a> {
    pub(super) fn new(tx: &'a mut Tx, registry: &'a Registry) -> Self {
        Joins {
            tx,
            registry,
            queue: VecDeque::new(),
        }
    }

    /// Joins these conversions, and those that depend on them.
    pub(super) async fn run(mut self, affected: Vec<ConversionId>) -> Result<(), Error> {
        self.queue.extend(affected);
        while let Some(id) = self.queue.pop_front() {
            let Some(conversion) = conversion::by_id(self.tx, id).await? else {
                continue;
            };
            self.join(&conversion).await?;
        }
        Ok(())
    }

    async fn join(&mut self, conversion: &Conversion) -> Result<(), Error> {
        let report = &conversion.report;
        let found = self.climb(conversion).await?;
        let joined_by = match &found {
            Found::Touches(rung, _) => *rung,
            Found::Sale(_) => JoinedBy::Sale,
        };
        let amount = report.value.map(|value| value.amount);
        let mut last = None;
        let mut changed = joined_by != conversion.join.joined_by;
        for model in Model::ALL {
            let shares = match &found {
                Found::Touches(_, touches) => credits(model, touches, amount),
                Found::Sale(sale) => {
                    refund_credits(&credit::of(self.tx, sale.report.id, model).await?, amount)
                }
            };
            if changed || credit::of(self.tx, report.id, model).await? != shares {
                credit::replace(self.tx, report, model, joined_by.as_str(), &shares).await?;
                changed = true;
            }
            if model == Model::LastTouch {
                last = shares.into_iter().next();
            }
        }
        let join = join_of(joined_by, last);
        if changed || join != conversion.join {
            conversion::set_join(self.tx, report.id, &join).await?;
            self.follow(conversion, &join).await?;
        }
        Ok(())
    }

    /// Queues what depends on a conversion whose join has changed.
    async fn follow(&mut self, conversion: &Conversion, join: &Join) -> Result<(), Error> {
        let rungs = [join.joined_by, conversion.join.joined_by];
        if let Some(customer) = conversion.customer_id
            && rungs.contains(&JoinedBy::ClickId)
        {
            self.queue
                .extend(conversion::unbound_of(self.tx, customer).await?);
        }
        if conversion.report.kind == Kind::Sale {
            let report = &conversion.report;
            let refunds =
                conversion::refunds_of(self.tx, report.workspace_id, &report.event_id).await?;
            self.queue.extend(refunds);
        }
        Ok(())
    }

    async fn climb(&mut self, conversion: &Conversion) -> Result<Found, Error> {
        let report = &conversion.report;
        if let (Kind::Refund, Some(event)) = (report.kind, &report.refund_of) {
            let sale =
                conversion::sale_by_event(self.tx, report.workspace_id, report.source_id, event);
            if let Some(sale) = sale.await? {
                return Ok(Found::Sale(Box::new(sale)));
            }
        }
        let touches = self.clicks_of(conversion).await?;
        if !touches.is_empty() {
            return Ok(Found::Touches(JoinedBy::ClickId, touches));
        }
        if let Some(customer) = conversion.customer_id {
            let bound = conversion::bound(self.tx, customer, report.occurred_at, report.id).await?;
            if let Some(bound) = bound {
                let touches = self.clicks_of(&bound).await?;
                return Ok(Found::Touches(customer_rung(conversion, &bound), touches));
            }
        }
        Ok(match self.utm_touch(conversion).await? {
            Some(touch) => Found::Touches(JoinedBy::Utm, vec![touch]),
            None => Found::Touches(JoinedBy::None, Vec::new()),
        })
    }

    /// The known clicks that the report names and that do not lie after it.
    async fn clicks_of(&mut self, conversion: &Conversion) -> Result<Vec<Touch>, Error> {
        let report = &conversion.report;
        let latest = report.occurred_at.plus_ms(SKEW_MS);
        let mut touches = Vec::new();
        for id in &report.evidence.click_ids {
            let Some(click) = click::by_id(self.tx, report.workspace_id, *id).await? else {
                continue;
            };
            if click.hit.clicked_at <= latest {
                touches.push(Touch {
                    click_id: Some(click.hit.id),
                    campaign_id: click.hit.campaign_id,
                    network: click.hit.network,
                    link_id: Some(click.hit.link_id),
                    clicked_at: Some(click.hit.clicked_at),
                });
            }
        }
        Ok(touches)
    }

    /// Campaign and network by tags; `None` when the tags name no campaign, or several.
    async fn utm_touch(&mut self, conversion: &Conversion) -> Result<Option<Touch>, Error> {
        let report = &conversion.report;
        let utm = &report.evidence.utm;
        let Some(tag) = &utm.campaign else {
            return Ok(None);
        };
        let links = link::campaigns_by_utm(self.tx, report.workspace_id, tag, "").await?;
        let campaigns: BTreeSet<_> = links.iter().map(|(campaign, _)| *campaign).collect();
        let (Some(campaign), 1) = (campaigns.first(), campaigns.len()) else {
            return Ok(None);
        };
        let network = match &utm.source {
            None => None,
            Some(source) => match self.registry.by_utm_source(source) {
                Some(network) => Some(network.name.clone()),
                None => self.network_of_tags(conversion, tag, source).await?,
            },
        };
        Ok(Some(Touch {
            click_id: None,
            campaign_id: Some(*campaign),
            network,
            link_id: None,
            clicked_at: None,
        }))
    }

    /// The one network whose links carry a source of the workspace's own making.
    async fn network_of_tags(
        &mut self,
        conversion: &Conversion,
        campaign: &str,
        source: &str,
    ) -> Result<Option<String>, Error> {
        let workspace = conversion.report.workspace_id;
        let links = link::campaigns_by_utm(self.tx, workspace, campaign, source).await?;
        Ok(match &links[..] {
            [(_, network)] => network.clone(),
            _ => None,
        })
    }
}

fn customer_rung(conversion: &Conversion, bound: &Conversion) -> JoinedBy {
    let external = &conversion.report.evidence.external_id;
    if external.is_some() && *external == bound.report.evidence.external_id {
        JoinedBy::Customer
    } else {
        JoinedBy::Email
    }
}

fn join_of(joined_by: JoinedBy, last: Option<Credit>) -> Join {
    debug_assert!(last.as_ref().is_none_or(|credit| credit.weight <= WHOLE));
    let touch = last.and_then(|credit| credit.touch);
    Join {
        joined_by,
        click_id: touch.as_ref().and_then(|touch| touch.click_id),
        campaign_id: touch.as_ref().and_then(|touch| touch.campaign_id),
        network: touch.as_ref().and_then(|touch| touch.network.clone()),
        link_id: touch.as_ref().and_then(|touch| touch.link_id),
    }
}
