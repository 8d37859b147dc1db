//! The fan-out: one post, one tagged link for each of its networks, in one transaction.

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Problem;
use super::body::LinkBody;
use super::making::{self, Order};
use crate::campaign::Campaign;
use crate::http::State;
use crate::http::auth::Caller;
use crate::http::campaign::CampaignName;
use crate::http::error::ProblemDetails;
use crate::http::idempotency::create;
use crate::http::json::Json;
use crate::http::workspace::read_handed_on;
use crate::id::PostId;
use crate::link::Intent;
use crate::link::destination::UtmConflict;
use crate::link::post_text::{self, LinkFault};
use crate::link::tagging::ClickIdMode;
use crate::link::utm::UtmTags;
use crate::network::Network;
use crate::store::campaign::Post;
use crate::store::{self, Tx};

/// Longest text of a post, in bytes; twice what the most generous network takes.
const MAX_TEXT: usize = 128 * 1024;

/// A post for several networks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// Destination: http or https, at most 2048 bytes.
    #[schema(example = "https://shop.example/lamp?colour=red", max_length = 2048)]
    url: String,
    /// Names or aliases of networks, each once.
    #[schema(example = json!(["x", "facebook", "linkedin"]), min_items = 1)]
    networks: Vec<String>,
    /// Text of the post; `{link}` stands for the short link, which else is put at the end.
    #[schema(max_length = 131_072)]
    text: Option<String>,
    /// Why it is posted.
    #[serde(default)]
    intent: Intent,
    /// UTM tags; those of network and campaign fill what is left out.
    #[serde(default)]
    utm: UtmTags,
    /// What becomes of UTM tags that the URL has already.
    #[serde(default)]
    utm_conflict: UtmConflict,
    /// Path of the short link. With several networks each gets it with its own name behind, as
    /// in `spring-x`.
    slug: Option<String>,
    /// Domain of the short links; the service's own when absent.
    domain: Option<String>,
    /// Whether the redirect adds a click id.
    #[serde(default)]
    click_id: ClickIdMode,
    /// Query parameter of the click id; `ll_click` when absent.
    click_id_param: Option<String>,
    /// Query parameters of a click that go on to the destination, at most 40; the workspace's when
    /// absent. An empty list hands on none.
    #[schema(max_items = 40, example = json!(["gclid", "fbclid"]))]
    handed_on: Option<Vec<String>>,
}

/// The links of a post.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostLinks {
    /// The post.
    #[schema(value_type = String)]
    post_id: PostId,
    /// One link for each network, in the order asked for.
    links: Vec<LinkBody>,
}

/// Create one link per network for a post
#[utoipa::path(
    operation_id = "create_post_links",
    tag = "links",
    params(
        ("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat answer the first result"),
    ),
    request_body = NewPost,
    responses(
        (status = 201, description = "The post and one link for each network", body = PostLinks),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/campaigns/{id}/links")]
pub(in crate::http) async fn fan_out(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<CampaignName>,
    body: Json<NewPost>,
) -> Result<HttpResponse, Problem> {
    let new = body.value;
    if new.text.as_ref().is_some_and(|text| text.len() > MAX_TEXT) {
        return Err(Problem::Field(
            "text",
            format!("has at most {MAX_TEXT} bytes"),
        ));
    }
    let networks = networks(&state, &new.networks)?;
    let effect = async |tx: &mut Tx| {
        let campaign = id.find_open(tx, caller.workspace).await?;
        publish(tx, &state, &caller, &campaign, &networks, &new).await
    };
    let created = create(&state, &caller, &request, &body.raw, effect).await?;
    let links = created.value.iter().flat_map(|post| &post.links);
    let keys = links.map(|link| (link.domain.as_str(), link.slug.as_str()));
    state.resolver.made(keys).await;
    Ok(created.response)
}

async fn publish(
    tx: &mut Tx,
    state: &State,
    caller: &Caller,
    campaign: &Campaign,
    networks: &[&Network],
    new: &NewPost,
) -> Result<PostLinks, Problem> {
    let now = state.clock.now();
    let post = Post {
        id: PostId::new(now),
        workspace_id: caller.workspace,
        campaign_id: campaign.id,
        text: new.text.clone(),
        created_at: now,
    };
    store::campaign::insert_post(tx, &post).await?;
    let handed_on = new.handed_on.clone();
    let handed_on = handed_on.map(|it| read_handed_on(Some(it))).transpose()?;
    let mut links = Vec::with_capacity(networks.len());
    for network in networks {
        let slug = new.slug.as_ref().map(|slug| match networks {
            [_] => slug.clone(),
            _ => format!("{slug}-{}", network.name),
        });
        let order = Order {
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
            handed_on: handed_on.clone(),
        };
        let made = making::make(tx, state, caller, &order).await?;
        let mut body = LinkBody::made(state, made);
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
            body.warnings.extend(fault.map(|it| glued(it, network)));
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

/// The warning for a text that is posted with what was to be the short link.
fn mistyped(text: &str) -> Option<String> {
    let placeholder = post_text::mistyped_placeholder(text)?;
    Some(format!(
        "`{placeholder}` stays in the text as it is; write `{{link}}` where the short link is to stand"
    ))
}

/// The warning for a short link that touches its neighbours in a post.
fn glued(fault: LinkFault, network: &Network) -> String {
    let network = &network.title;
    match fault {
        LinkFault::GluedBefore => format!(
            "{network} may not make the short link a link: put a blank or a line break before it"
        ),
        LinkFault::GluedBehind => format!(
            "{network} may take what stands behind the short link for a part of it: put a blank or a \
             line break behind it"
        ),
    }
}

fn networks<'a>(state: &'a State, names: &[String]) -> Result<Vec<&'a Network>, Problem> {
    if names.is_empty() {
        return Err(Problem::Networks(
            "`networks` is empty; give at least one, like [\"x\", \"linkedin\"]".to_owned(),
        ));
    }
    let mut found: Vec<&Network> = Vec::with_capacity(names.len());
    for name in names {
        let network = state.registry.find(name)?;
        if found.iter().any(|other| other.name == network.name) {
            return Err(Problem::Networks(format!(
                "`networks` names {} twice; give each network once",
                network.name
            )));
        }
        found.push(network);
    }
    Ok(found)
}
