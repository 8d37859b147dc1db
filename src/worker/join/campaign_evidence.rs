//! The rules that find a campaign, and maybe a network, but no click: promo codes and UTM tags.

use std::collections::BTreeSet;

use crate::attribution::Touch;
use crate::conversion::NewConversion;
use crate::id::CampaignId;
use crate::network::NetworkRegistry;
use crate::store::{Error, Tx, campaign, link, promo_code};

/// The campaign, network and link of the first promo code that has a campaign.
pub(super) async fn by_code(tx: &mut Tx, report: &NewConversion) -> Result<Option<Touch>, Error> {
    for code in &report.evidence.promo_codes {
        if let Some(found) = promo_code::by_code(tx, report.workspace_id, code).await? {
            return Ok(Some(Touch {
                click_id: None,
                campaign_id: Some(found.campaign_id),
                network: found.network,
                network_seen: None,
                country: None,
                device: None,
                link_id: found.link_id,
                clicked_at: None,
            }));
        }
    }
    Ok(None)
}

/// The campaign and network that the tags name; `None` if they name several campaigns or none.
pub(super) async fn by_tags(
    tx: &mut Tx,
    registry: &NetworkRegistry,
    report: &NewConversion,
) -> Result<Option<Touch>, Error> {
    let utm = &report.evidence.utm;
    let Some(tag) = &utm.campaign else {
        return Ok(None);
    };
    let Some(campaign) = campaign_of_tag(tx, report, tag).await? else {
        return Ok(None);
    };
    let network = match &utm.source {
        None => None,
        Some(source) => match registry.by_utm_source(source) {
            Some(network) => Some(network.name.clone()),
            None => network_of_tags(tx, report, campaign, tag, source).await?,
        },
    };
    Ok(Some(Touch {
        click_id: None,
        campaign_id: Some(campaign),
        network,
        network_seen: None,
        country: None,
        device: None,
        link_id: None,
        clicked_at: None,
    }))
}

/// The campaign with this tag, or else the only campaign whose links have it.
async fn campaign_of_tag(
    tx: &mut Tx,
    report: &NewConversion,
    tag: &str,
) -> Result<Option<CampaignId>, Error> {
    let own = campaign::by_utm(tx, report.workspace_id, tag).await?;
    if own.is_some() {
        return Ok(own);
    }
    let links = link::campaigns_by_utm(tx, report.workspace_id, tag, "").await?;
    let campaigns: BTreeSet<_> = links.iter().map(|(campaign, _)| *campaign).collect();
    Ok(match campaigns.len() {
        1 => campaigns.first().copied(),
        _ => None,
    })
}

/// The only network whose links in the campaign have this source, which the workspace chose itself.
async fn network_of_tags(
    tx: &mut Tx,
    report: &NewConversion,
    campaign: CampaignId,
    tag: &str,
    source: &str,
) -> Result<Option<String>, Error> {
    let mut links = link::campaigns_by_utm(tx, report.workspace_id, tag, source).await?;
    links.retain(|(of, _)| *of == campaign);
    Ok(match &links[..] {
        [(_, network)] => network.clone(),
        _ => None,
    })
}
