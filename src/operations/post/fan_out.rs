//! The fan-out: one post, one tagged link for each of its networks, in one transaction.

use crate::campaign::Campaign;
use crate::clock::Millis;
use crate::id::PostId;
use crate::link::post_text::{self, LinkFault};
use crate::network::Network;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::operations::link;
use crate::operations::link::announce;
use crate::operations::link::body::LinkView;
use crate::operations::link::create::LinkDraft;
use crate::operations::post::body::{NewPost, PostLinks};
use crate::operations::repeat::{self, Created, RepeatKey};
use crate::operations::workspace::read_handed_on;
use crate::store::post::Post;
use crate::store::{self, Tx};

/// Longest text of a post, in bytes: twice the limit of the most generous network.
const MAX_TEXT: usize = 128 * 1024;

/// Creates a post with one link for each of its networks.
///
/// # Errors
/// A field that breaks a rule, a slug that another link has, an archived campaign.
pub async fn fan_out(
    context: &Context,
    actor: &Actor,
    repeat: Option<&RepeatKey>,
    campaign: &CampaignRef,
    new: NewPost,
) -> Result<Created<PostLinks>, Error> {
    check_text(new.text.as_deref())?;
    let networks = networks(context, &new.networks)?;
    let effect = async |tx: &mut Tx| {
        let campaign = campaign.find_open(tx, actor.workspace).await?;
        publish(tx, context, actor, &campaign, &networks, &new).await
    };
    let created = repeat::create(context, actor, repeat, effect).await?;
    if let Created::New(post, _) = &created {
        announce(context, &post.links).await;
    }
    Ok(created)
}

/// Creates a post without links in the caller's transaction.
///
/// # Errors
/// When the store does not answer.
pub async fn create_in(
    tx: &mut Tx,
    campaign: &Campaign,
    text: Option<String>,
    at: Millis,
) -> Result<Post, Error> {
    let post = Post {
        id: PostId::new(at),
        workspace_id: campaign.workspace_id,
        campaign_id: campaign.id,
        text,
        created_at: at,
    };
    store::post::insert(tx, &post).await?;
    Ok(post)
}

/// Refuses a text that is too long.
pub(super) fn check_text(text: Option<&str>) -> Result<(), Error> {
    if text.is_some_and(|text| text.len() > MAX_TEXT) {
        let problem = format!("may have at most {MAX_TEXT} bytes");
        return Err(Error::Field("text", problem));
    }
    Ok(())
}

async fn publish(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    campaign: &Campaign,
    networks: &[&Network],
    new: &NewPost,
) -> Result<PostLinks, Error> {
    let text = new.text.clone();
    let post = create_in(tx, campaign, text, context.clock.now()).await?;
    let handed_on = new.handed_on.clone();
    let handed_on = handed_on
        .map(|names| read_handed_on(Some(names)))
        .transpose()?;
    let mut links = Vec::with_capacity(networks.len());
    for network in networks {
        let slug = new.slug.as_ref().map(|slug| match networks {
            [_] => slug.clone(),
            _ => format!("{slug}-{}", network.name),
        });
        let draft = LinkDraft {
            url: &new.url,
            domain: new.domain.as_deref(),
            slug: slug.as_deref(),
            campaign: Some(campaign),
            post: Some(post.id),
            network: Some(network),
            intent: new.intent,
            utm: &new.utm,
            utm_conflict: new.utm_conflict,
            click_id: new.click_id,
            click_id_param: new.click_id_param.as_deref(),
            at: post.created_at,
            handed_on: handed_on.clone(),
        };
        let created = link::create::create_in(tx, context, actor, &draft).await?;
        let mut body = LinkView::created(context, created);
        if let Some(text) = &new.text {
            let ready = post_text::ready(network.post.as_ref(), text, &body.short_url);
            if let (false, Some(limit), Some(remaining)) =
                (ready.fits, ready.limit, ready.remaining)
            {
                body.warnings.push(format!(
                    "the post is {} over {}'s limit of {limit}",
                    -remaining, network.title
                ));
            }
            let fault = post_text::link_fault(network.post.as_ref(), &ready.text, &body.short_url);
            body.warnings
                .extend(fault.map(|fault| glued(fault, network)));
            body.warnings.extend(mistyped(text));
            body.post = Some(ready);
        }
        links.push(body);
    }
    Ok(PostLinks {
        post_id: post.id,
        links,
    })
}

/// The warning for a text with a mistyped placeholder of the short link.
fn mistyped(text: &str) -> Option<String> {
    let placeholder = post_text::mistyped_placeholder(text)?;
    Some(format!(
        "`{placeholder}` stays in the text unchanged; write `{{link}}` in the place of the short link"
    ))
}

/// The warning for a short link that touches the text around it.
fn glued(fault: LinkFault, network: &Network) -> String {
    let network = &network.title;
    match fault {
        LinkFault::GluedBefore => format!(
            "{network} may not recognise the short link: put a space or a line break before it"
        ),
        LinkFault::GluedBehind => format!(
            "{network} may read the text after the short link as a part of it: put a space or a \
             line break after it"
        ),
    }
}

fn networks<'a>(context: &'a Context, names: &[String]) -> Result<Vec<&'a Network>, Error> {
    if names.is_empty() {
        return Err(Error::Networks(
            "`networks` is empty; give at least one, like [\"x\", \"linkedin\"]".to_owned(),
        ));
    }
    let mut found: Vec<&Network> = Vec::with_capacity(names.len());
    for name in names {
        let network = context.registry.find(name)?;
        if found.iter().any(|other| other.name == network.name) {
            return Err(Error::Networks(format!(
                "`networks` names {} twice; give each network once",
                network.name
            )));
        }
        found.push(network);
    }
    Ok(found)
}
