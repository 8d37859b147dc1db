//! Changes a link that exists.

use crate::link::Link;
use crate::link::destination::Destination;
use crate::link::handed_on::HandedOn;
use crate::link::tagging::{self, ClickIdMode, TaggingRequest};
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::operations::link::body::LinkChange;
use crate::operations::link::create::{CreatedLink, defaults};
use crate::operations::workspace::read_handed_on;
use crate::store::{self, Tx};

/// Applies a change. A new URL or new tags are tagged again; all else stays.
pub(in crate::operations) async fn apply(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    mut link: Link,
    change: LinkChange,
) -> Result<CreatedLink, Error> {
    link.touch(context.clock.now());
    link.intent = change.intent.unwrap_or(link.intent);
    let says_handed_on = change.handed_on.is_some();
    if let Some(names) = change.handed_on {
        link.handed_on = read_handed_on(names)?;
    }
    if let Some(archived) = change.archived {
        link.archived_at = archived.then(|| link.archived_at.unwrap_or(link.updated_at));
    }
    let retag = change.url.is_some()
        || change.utm.is_some()
        || change.click_id.is_some()
        || change.click_id_param.is_some();
    if !retag {
        return Ok(CreatedLink {
            link,
            signed: false,
        });
    }
    let (convention, usual) = defaults(tx, actor).await?;
    let table = context.resolver.domains().snapshot();
    let campaign = match link.campaign_id {
        Some(id) => store::campaign::by_id(tx, actor.workspace, id).await?,
        None => None,
    };
    let before = link.click_id_param.clone();
    let mode = change.click_id.unwrap_or_else(|| click_id_mode(&link));
    if let Some(url) = change.url {
        link.url = url;
    }
    let tagged = tagging::tag(&TaggingRequest {
        url: &link.url,
        own_domains: table.own_addresses(),
        campaign: campaign.as_ref(),
        network: link
            .network
            .as_deref()
            .and_then(|name| context.registry.get(name)),
        utm: change.utm.as_ref().unwrap_or(&link.utm),
        conflict: change.utm_conflict,
        click_id: mode,
        click_id_param: change.click_id_param.as_deref().or(before.as_deref()),
        convention: &convention,
    })?;
    link.destination = tagged.destination;
    link.utm = tagged.utm;
    link.click_id_param = tagged.click_id_param;
    if tagged.signed && !says_handed_on && link.handed_on == usual {
        link.handed_on = HandedOn::AdNetworks;
    }
    Ok(CreatedLink {
        link,
        signed: tagged.signed,
    })
}

/// Whether the redirect of an existing link adds a click id.
fn click_id_mode(link: &Link) -> ClickIdMode {
    let signed = Destination::parse(&link.url, &[]).is_ok_and(|url| url.is_signed());
    match &link.click_id_param {
        Some(_) if signed => ClickIdMode::Always,
        None if !signed => ClickIdMode::Never,
        _ => ClickIdMode::Auto,
    }
}
