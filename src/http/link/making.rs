//! Makes links: tags the destination, finds a slug, writes the row. Shared by the single link,
//! the fan-out and the change of a link.

use super::LinkChange;
use crate::campaign::Campaign;
use crate::http::State;
use crate::http::auth::Caller;
use crate::http::error::Problem;
use crate::http::workspace::read_handed_on;
use crate::id::{LinkId, PostId};
use crate::link::destination::{Destination, UtmConflict};
use crate::link::domain::table::{DomainTable, ServedDomain};
use crate::link::handed_on::HandedOn;
use crate::link::tagging::{self, ClickIdMode, Tagged, Wanted};
use crate::link::utm::{UtmConvention, UtmTags};
use crate::link::{Intent, Link, slug};
use crate::network::Network;
use crate::store::{self, Tx};

/// How many random slugs are tried; a second collision in a row is already a rarity.
const SLUG_TRIES: usize = 8;

/// What link is wanted.
#[derive(Debug)]
pub(super) struct Order<'a> {
    pub(super) url: &'a str,
    pub(super) domain: Option<&'a str>,
    pub(super) slug: Option<&'a str>,
    pub(super) campaign: Option<&'a Campaign>,
    pub(super) post: Option<PostId>,
    pub(super) network: Option<&'a Network>,
    pub(super) intent: Intent,
    pub(super) utm: &'a UtmTags,
    pub(super) utm_conflict: UtmConflict,
    pub(super) click_id: ClickIdMode,
    pub(super) click_id_param: Option<&'a str>,
    /// The workspace's where there is none.
    pub(super) handed_on: Option<HandedOn>,
}

/// A link, and whether its URL was left alone because it is signed.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) link: Link,
    pub(super) signed: bool,
}

impl From<tagging::Error> for Problem {
    fn from(error: tagging::Error) -> Self {
        match error {
            tagging::Error::Destination(error) => Problem::Destination(error),
            tagging::Error::Utm(error) => Problem::Utm(error),
        }
    }
}

/// Makes the link and writes it.
pub(super) async fn make(
    tx: &mut Tx,
    state: &State,
    caller: &Caller,
    order: &Order<'_>,
) -> Result<Made, Problem> {
    let (convention, handed_on) = defaults(tx, caller).await?;
    let table = state.resolver.read_domains(tx).await?;
    let domain = domain(&table, caller, order.domain)?;
    if let Some(slug) = order.slug {
        slug::check(slug)?;
        if domain.address.path.split('/').nth(1) == Some(slug) {
            return Err(slug::Error::Reserved(slug.to_owned()).into());
        }
    }
    let tagged = tagging::tag(&Wanted {
        url: order.url,
        own_domains: table.own_addresses(),
        campaign: order.campaign,
        network: order.network,
        utm: order.utm,
        conflict: order.utm_conflict,
        click_id: order.click_id,
        click_id_param: order.click_id_param,
        convention: &convention,
    })?;
    let mut link = link_of(state, caller, order, domain.address.host.clone(), &tagged);
    // A list that the workspace has for all its links must not break a signature.
    let is_signed = Destination::parse(&link.destination, &[]).is_ok_and(|url| url.is_signed());
    let usual = if is_signed {
        HandedOn::AdNetworks
    } else {
        handed_on
    };
    link.handed_on = order.handed_on.clone().unwrap_or(usual);
    let link = insert(tx, link, order.slug, &domain.fallbacks).await?;
    Ok(Made {
        link,
        signed: tagged.signed,
    })
}

fn link_of(
    state: &State,
    caller: &Caller,
    order: &Order<'_>,
    domain: String,
    tagged: &Tagged,
) -> Link {
    let now = state.clock.now();
    Link {
        id: LinkId::new(now),
        workspace_id: caller.workspace,
        campaign_id: order.campaign.map(|campaign| campaign.id),
        post_id: order.post,
        network: order.network.map(|network| network.name.clone()),
        domain,
        slug: String::new(),
        url: order.url.to_owned(),
        destination: tagged.destination.clone(),
        utm: tagged.utm.clone(),
        intent: order.intent,
        click_id_param: tagged.click_id_param.clone(),
        handed_on: HandedOn::default(),
        created_at: now,
        updated_at: now,
        archived_at: None,
    }
}

async fn insert(
    tx: &mut Tx,
    mut link: Link,
    custom: Option<&str>,
    fallbacks: &[String],
) -> Result<Link, Problem> {
    if let Some(slug) = custom {
        slug.clone_into(&mut link.slug);
        if let Some(domain) = answering(tx, fallbacks, slug).await? {
            let here = format!("{}/{slug}", link.domain);
            return Err(Problem::SlugAnswers(here, format!("{domain}/{slug}")));
        }
        return if store::link::insert(tx, &link).await? {
            Ok(link)
        } else {
            Err(Problem::SlugTaken {
                domain: link.domain,
                slug: link.slug,
            })
        };
    }
    for _ in 0..SLUG_TRIES {
        link.slug = slug::generate();
        let is_free = answering(tx, fallbacks, &link.slug).await?.is_none();
        if is_free && store::link::insert(tx, &link).await? {
            return Ok(link);
        }
    }
    Err(Problem::Field(
        "slug",
        "cannot be made; send one of your own".to_owned(),
    ))
}

/// The domain whose link of this slug answers already where one is to be made.
async fn answering<'a>(
    tx: &mut Tx,
    fallbacks: &'a [String],
    slug: &str,
) -> Result<Option<&'a str>, Problem> {
    for domain in fallbacks {
        if store::link::by_slug(tx, domain, slug).await?.is_some() {
            return Ok(Some(domain));
        }
    }
    Ok(None)
}

/// Applies a change: a new URL or new tags are tagged anew, everything else stays.
pub(super) async fn remake(
    tx: &mut Tx,
    state: &State,
    caller: &Caller,
    mut link: Link,
    change: LinkChange,
) -> Result<Made, Problem> {
    link.touch(state.clock.now());
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
        return Ok(Made {
            link,
            signed: false,
        });
    }
    let (convention, usual) = defaults(tx, caller).await?;
    let table = state.resolver.domains().snapshot();
    let campaign = match link.campaign_id {
        Some(id) => store::campaign::by_id(tx, caller.workspace, id).await?,
        None => None,
    };
    let before = link.click_id_param.clone();
    let mode = change.click_id.unwrap_or_else(|| click_id_mode(&link));
    if let Some(url) = change.url {
        link.url = url;
    }
    let tagged = tagging::tag(&Wanted {
        url: &link.url,
        own_domains: table.own_addresses(),
        campaign: campaign.as_ref(),
        network: link
            .network
            .as_deref()
            .and_then(|name| state.registry.get(name)),
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
    Ok(Made {
        link,
        signed: tagged.signed,
    })
}

/// Whether the redirect of a link that is there adds a click id.
fn click_id_mode(link: &Link) -> ClickIdMode {
    let signed = Destination::parse(&link.url, &[]).is_ok_and(|url| url.is_signed());
    match &link.click_id_param {
        Some(_) if signed => ClickIdMode::Always,
        None if !signed => ClickIdMode::Never,
        _ => ClickIdMode::Auto,
    }
}

/// What the workspace says of its links.
async fn defaults(tx: &mut Tx, caller: &Caller) -> Result<(UtmConvention, HandedOn), Problem> {
    let workspace = store::workspace::by_id(tx, caller.workspace).await?;
    Ok(workspace
        .map(|workspace| (workspace.convention, workspace.handed_on))
        .unwrap_or_default())
}

/// The domain to make a link on: it must be one that configuration or command names, and the
/// caller's.
fn domain<'t>(
    table: &'t DomainTable,
    caller: &Caller,
    wanted: Option<&str>,
) -> Result<&'t ServedDomain, Problem> {
    let Some(wanted) = wanted else {
        return Ok(table.default_domain());
    };
    let found = table.asked(wanted.trim().as_bytes());
    let may_use = |domain: &ServedDomain| {
        let owner = domain.workspace_id;
        !domain.is_former && owner.is_none_or(|owner| owner == caller.workspace)
    };
    found
        .filter(|domain| may_use(domain))
        .ok_or_else(|| Problem::Domain(wanted.chars().take(260).collect()))
}
