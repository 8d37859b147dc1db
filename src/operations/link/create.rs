//! Creates a link: tags the destination, finds a slug, writes the row. Single links and the fan-out
//! both use it.

use crate::campaign::Campaign;
use crate::clock::Millis;
use crate::id::{LinkId, PostId};
use crate::link::destination::{Destination, UtmConflict};
use crate::link::domain::table::{DomainTable, ServedDomain};
use crate::link::handed_on::HandedOn;
use crate::link::tagging::{self, ClickIdMode, TaggedDestination, TaggingRequest};
use crate::link::utm::{UtmConvention, UtmTags};
use crate::link::{Intent, Link, slug};
use crate::network::Network;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::store::{self, Tx};

/// How many random slugs are tried. Even two collisions in a row are rare.
const SLUG_TRIES: usize = 8;

/// The input for a new link.
#[derive(Debug)]
pub struct LinkDraft<'a> {
    /// The URL that the link leads to.
    pub url: &'a str,
    /// Its domain; the default one when `None`.
    pub domain: Option<&'a str>,
    /// Its slug; generated when `None`.
    pub slug: Option<&'a str>,
    /// Its campaign.
    pub campaign: Option<&'a Campaign>,
    /// The post it belongs to.
    pub post: Option<PostId>,
    /// The network it is posted on.
    pub network: Option<&'a Network>,
    /// The intent of its post.
    pub intent: Intent,
    /// UTM tags; those of network and campaign fill the missing ones.
    pub utm: &'a UtmTags,
    /// What happens to UTM tags that the URL already has.
    pub utm_conflict: UtmConflict,
    /// Whether the redirect adds a click id.
    pub click_id: ClickIdMode,
    /// Query parameter of the click id.
    pub click_id_param: Option<&'a str>,
    /// When it is created.
    pub at: Millis,
    /// Query parameters that it passes on; the workspace's list when `None`.
    pub handed_on: Option<HandedOn>,
}

/// A link, and whether its URL stayed unchanged because it is signed.
#[derive(Debug)]
pub struct CreatedLink {
    /// The link.
    pub link: Link,
    /// Whether its URL is signed and stayed unchanged.
    pub signed: bool,
}

/// Creates the link in the caller's transaction.
///
/// # Errors
/// A field that breaks a rule, a slug that another link has, or a store that does not answer.
pub async fn create_in(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    draft: &LinkDraft<'_>,
) -> Result<CreatedLink, Error> {
    let (convention, handed_on) = defaults(tx, actor).await?;
    let table = context.resolver.read_domains(tx).await?;
    let domain = domain(&table, actor, draft.domain)?;
    let (host, configured) = (
        &domain.address.host,
        context.resolver.domains().configured(),
    );
    // A domain that is being removed gets no link.
    if !configured.names(host) && !store::domain::lock(tx, host).await? {
        return Err(Error::Domain(host.clone()));
    }
    if let Some(slug) = draft.slug {
        slug::check(slug)?;
        if domain.address.path.split('/').nth(1) == Some(slug) {
            return Err(slug::Error::Reserved(slug.to_owned()).into());
        }
    }
    let tagged = tagging::tag(&TaggingRequest {
        url: draft.url,
        own_domains: table.own_addresses(),
        campaign: draft.campaign,
        network: draft.network,
        utm: draft.utm,
        conflict: draft.utm_conflict,
        click_id: draft.click_id,
        click_id_param: draft.click_id_param,
        convention: &convention,
    })?;
    let mut link = link_of(actor, draft, domain.address.host.clone(), &tagged);
    // The workspace's list applies to all links, so it must not break a signature.
    let is_signed = Destination::parse(&link.destination, &[]).is_ok_and(|url| url.is_signed());
    let usual = if is_signed {
        HandedOn::AdNetworks
    } else {
        handed_on
    };
    link.handed_on = draft.handed_on.clone().unwrap_or(usual);
    let link = insert(tx, link, draft.slug, &domain.fallbacks).await?;
    Ok(CreatedLink {
        link,
        signed: tagged.signed,
    })
}

fn link_of(
    actor: &Actor,
    draft: &LinkDraft<'_>,
    domain: String,
    tagged: &TaggedDestination,
) -> Link {
    let now = draft.at;
    Link {
        id: LinkId::new(now),
        workspace_id: actor.workspace,
        campaign_id: draft.campaign.map(|campaign| campaign.id),
        post_id: draft.post,
        network: draft.network.map(|network| network.name.clone()),
        domain,
        slug: String::new(),
        url: draft.url.to_owned(),
        destination: tagged.destination.clone(),
        utm: tagged.utm.clone(),
        intent: draft.intent,
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
) -> Result<Link, Error> {
    if let Some(slug) = custom {
        slug.clone_into(&mut link.slug);
        if let Some(domain) = answering(tx, fallbacks, slug).await? {
            let here = format!("{}/{slug}", link.domain);
            return Err(Error::SlugAnswers(here, format!("{domain}/{slug}")));
        }
        return if store::link::insert(tx, &link).await? {
            Ok(link)
        } else {
            Err(Error::SlugTaken {
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
    Err(Error::Field(
        "slug",
        "cannot be generated; send your own slug".to_owned(),
    ))
}

/// The domain whose link already answers to this slug on the domain of the new link.
async fn answering<'a>(
    tx: &mut Tx,
    fallbacks: &'a [String],
    slug: &str,
) -> Result<Option<&'a str>, Error> {
    for domain in fallbacks {
        if store::link::by_slug(tx, domain, slug).await?.is_some() {
            return Ok(Some(domain));
        }
    }
    Ok(None)
}

/// The workspace's settings for its links.
pub(super) async fn defaults(
    tx: &mut Tx,
    actor: &Actor,
) -> Result<(UtmConvention, HandedOn), Error> {
    let workspace = store::workspace::by_id(tx, actor.workspace).await?;
    Ok(workspace
        .map(|workspace| (workspace.convention, workspace.handed_on))
        .unwrap_or_default())
}

/// The domain for a new link. The configuration or a command must name it, and the actor must be
/// allowed to use it.
fn domain<'t>(
    table: &'t DomainTable,
    actor: &Actor,
    wanted: Option<&str>,
) -> Result<&'t ServedDomain, Error> {
    let Some(wanted) = wanted else {
        return Ok(table.default_domain());
    };
    let found = table.asked(wanted.trim().as_bytes());
    let may_use = |domain: &ServedDomain| {
        let owner = domain.workspace_id;
        !domain.is_former && owner.is_none_or(|owner| owner == actor.workspace)
    };
    found
        .filter(|domain| may_use(domain))
        .ok_or_else(|| Error::Domain(wanted.chars().take(260).collect()))
}
