//! Common filters of lists of clicks and of conversions: a time, a campaign, a network.

use std::ops::Range;

use crate::clock::Millis;
use crate::id::CampaignId;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::{CampaignRef, find_named};
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::operations::time_span::time_span;
use crate::store::Tx;

/// The common filters of a query, as the request gave them.
pub(in crate::operations) struct EventQuery<'a> {
    /// Start and end: days or times.
    pub bounds: (Option<&'a str>, Option<&'a str>),
    /// The zone of the days.
    pub time_zone: Option<&'a str>,
    /// A campaign, by id or tag.
    pub campaign: Option<&'a CampaignRef>,
    /// A network, by name or alias.
    pub network: Option<&'a str>,
}

/// The resolved filters of a list of events.
pub(in crate::operations) struct EventFilter {
    /// The range of time.
    pub time: Range<Millis>,
    /// Only events of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Only events of this network, by canonical name.
    pub network: Option<String>,
}

impl EventQuery<'_> {
    /// Resolves the names in the query.
    ///
    /// # Errors
    /// A network, campaign, zone or bound that is not valid, or a store that does not answer.
    pub(in crate::operations) async fn resolve(
        &self,
        tx: &mut Tx,
        context: &Context,
        actor: &Actor,
    ) -> Result<EventFilter, Error> {
        let network = match self.network {
            Some(name) => Some(context.registry.find(name)?.name.clone()),
            None => None,
        };
        let campaign = find_named(tx, actor.workspace, self.campaign).await?;
        let time = time_span(self.bounds, self.time_zone, campaign.as_ref())?;
        Ok(EventFilter {
            time,
            campaign_id: campaign.map(|campaign| campaign.id),
            network,
        })
    }
}
