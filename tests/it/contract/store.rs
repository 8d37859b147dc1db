//! The guarantees of the store, on both databases.

mod access;
mod click_days;
pub(crate) mod clicks;
mod conversions;
mod costs;
mod credits;
mod customers;
mod dropping;
mod engagement;
mod journeys;
mod migrations;
mod nouns;
mod orphans;
mod people;
mod posts;
mod rates;
mod statements;
mod tombstones;

use leadline::campaign::{Campaign, GoalOrWaiver};
use leadline::clock::Millis;
use leadline::id::{CampaignId, ClickId, ConversionId, KeyId, LinkId, SourceId, WorkspaceId};
use leadline::link::utm::UtmTags;
use leadline::link::{Intent, Link};
use leadline::store::workspace::Workspace;
use leadline::store::{self, Store};

pub(crate) const T0: Millis = Millis(1_773_144_000_000);

/// A small number as the random part of an id.
pub(crate) fn bits(n: u8) -> [u8; 10] {
    [n; 10]
}

pub(crate) fn campaign_id(n: u8) -> CampaignId {
    CampaignId::from_parts(T0.plus_ms(i64::from(n)), bits(n))
}
pub(crate) fn link_id(n: u8) -> LinkId {
    LinkId::from_parts(T0.plus_ms(i64::from(n)), bits(n))
}
pub(crate) fn click_id(n: u8) -> ClickId {
    ClickId::from_parts(T0.plus_ms(i64::from(n)), bits(n))
}
pub(crate) fn conversion_id(n: u8) -> ConversionId {
    ConversionId::from_parts(T0.plus_ms(i64::from(n)), bits(n))
}
pub(crate) fn source_id(n: u8) -> SourceId {
    SourceId::from_parts(T0.plus_ms(i64::from(n)), bits(n))
}
pub(crate) fn key_id(n: u8) -> KeyId {
    KeyId::from_parts(T0.plus_ms(i64::from(n)), bits(n))
}

/// A workspace in the store.
pub(crate) async fn workspace(store: &Store, n: u8) -> WorkspaceId {
    let id = WorkspaceId::from_parts(T0.plus_ms(i64::from(n)), bits(n));
    let workspace = Workspace::new(id, &format!("w{n}"), T0);
    let mut tx = store.write().await.unwrap();
    store::workspace::insert(&mut tx, &workspace).await.unwrap();
    tx.commit().await.unwrap();
    id
}

pub(crate) fn campaign(workspace_id: WorkspaceId, n: u8, name: &str) -> Campaign {
    Campaign {
        id: campaign_id(n),
        workspace_id,
        name: name.to_owned(),
        utm_campaign: name.to_lowercase(),
        aim: GoalOrWaiver::Waived("test".to_owned()),
        currency: "EUR".parse().unwrap(),
        time_zone: "Europe/Berlin".to_owned(),
        starts_at: Some(T0),
        ends_at: None,
        hourly_rate: Some(4000),
        lead_window_days: Some(14),
        sale_window_days: None,
        created_at: T0,
        updated_at: T0,
        archived_at: None,
    }
}

pub(crate) fn link(workspace_id: WorkspaceId, n: u8, campaign: u8, network: &str) -> Link {
    Link {
        handed_on: leadline::link::handed_on::HandedOn::AdNetworks,
        id: link_id(n),
        workspace_id,
        campaign_id: Some(campaign_id(campaign)),
        post_id: None,
        network: Some(network.to_owned()),
        domain: "ll.example".to_owned(),
        slug: format!("slug-{n}"),
        url: "https://shop.example/".to_owned(),
        destination: format!("https://shop.example/?utm_source={network}"),
        utm: UtmTags {
            source: Some(network.to_owned()),
            campaign: Some("spring".to_owned()),
            ..UtmTags::default()
        },
        intent: Intent::Promotion,
        click_id_param: Some("ll_click".to_owned()),
        created_at: T0,
        updated_at: T0,
        archived_at: None,
    }
}
