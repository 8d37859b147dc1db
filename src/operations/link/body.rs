//! Requests for links and their answers.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::id::{CampaignId, LinkId, PostId};
use crate::link::destination::{self, UtmConflict};
use crate::link::domain::{self, reach};
use crate::link::post_text::PostText;
use crate::link::tagging::ClickIdMode;
use crate::link::utm::UtmTags;
use crate::link::{Intent, Link};
use crate::operations::campaign::name::CampaignRef;
use crate::operations::context::Context;
use crate::operations::link::create::CreatedLink;
use crate::operations::patch::{change, given};

/// A new link.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// Destination: http or https, at most 2048 bytes.
    #[schema(example = "https://shop.example/lamp?colour=red", max_length = 2048)]
    pub url: String,
    /// Domain of the short link, in ASCII or Unicode; the service's default when absent.
    pub domain: Option<String>,
    /// Path of the short link, 3 to 64 of A-Z a-z 0-9 _ -; generated when absent.
    pub slug: Option<String>,
    /// Its campaign: id or tag (`utm_campaign`).
    #[schema(value_type = Option<String>, max_length = 128)]
    pub campaign_id: Option<CampaignRef>,
    /// The network it is posted on: its name or an alias.
    pub network: Option<String>,
    /// The intent of its post.
    #[serde(default)]
    pub intent: Intent,
    /// UTM tags; those of network and campaign fill the missing ones.
    #[serde(default)]
    pub utm: UtmTags,
    /// What happens to UTM tags that the URL already has.
    #[serde(default)]
    pub utm_conflict: UtmConflict,
    /// Whether the redirect adds a click id.
    #[serde(default)]
    pub click_id: ClickIdMode,
    /// Query parameter of the click id; `ll_click` when absent.
    pub click_id_param: Option<String>,
    /// Query parameters of a click that are passed on to the destination, at most 40; the
    /// workspace's list when absent. An empty list passes on none. The default click ids of ad
    /// networks are not added to signed URLs.
    #[schema(max_items = 40, example = json!(["gclid", "fbclid"]))]
    pub handed_on: Option<Vec<String>>,
}

/// Changes of a link. Domain, slug, campaign and network cannot change, because they are published.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkChange {
    /// A new destination.
    #[schema(value_type = String, required = false, max_length = 2048)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub url: Option<String>,
    /// `true` archives it, `false` restores it.
    #[schema(value_type = bool, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub archived: Option<bool>,
    /// New UTM tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm: Option<UtmTags>,
    /// What happens to UTM tags that the URL already has.
    #[serde(default)]
    pub utm_conflict: UtmConflict,
    /// The intent of its post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    /// Whether the redirect adds a click id; unchanged when absent. A signed URL does not remember
    /// `never`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click_id: Option<ClickIdMode>,
    /// Query parameter of the click id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click_id_param: Option<String>,
    /// Query parameters of a click that are passed on to the destination, at most 40; `null` means
    /// the click ids of ad networks.
    #[schema(value_type = Option<Vec<String>>, max_items = 40)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub handed_on: Option<Option<Vec<String>>>,
}

/// The filters of a list of links.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LinkQuery {
    /// Only links of this campaign: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    pub campaign_id: Option<CampaignRef>,
    /// Only links of this network: its name or an alias.
    pub network: Option<String>,
    /// Part of the slug or destination.
    pub q: Option<String>,
    /// Whether archived ones are also listed.
    #[serde(default)]
    pub archived: bool,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// A link.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Link)]
pub struct LinkView {
    /// Id.
    #[schema(value_type = String, example = "lnk_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: LinkId,
    /// The short URL to paste.
    #[schema(example = "https://go.example.com/h4KtWx9")]
    pub short_url: String,
    /// The short URL for people, if its host has letters other than a-z (IDN).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_url: Option<String>,
    /// Host in its ASCII form.
    pub domain: String,
    /// Path of the short link.
    pub slug: String,
    /// The destination as the request gave it.
    pub url: String,
    /// The destination with its UTM tags.
    pub destination: String,
    /// Its campaign.
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<CampaignId>,
    /// The post it was created for.
    #[schema(value_type = Option<String>)]
    pub post_id: Option<PostId>,
    /// The network it is posted on.
    pub network: Option<String>,
    /// The intent of its post.
    pub intent: Intent,
    /// Its UTM tags.
    pub utm: UtmTags,
    /// Query parameter of the click id; `null` if no click id is added.
    pub click_id_param: Option<String>,
    /// Query parameters of a click that are passed on to the destination.
    pub handed_on: Vec<String>,
    /// The post ready to paste, if a text was given and the network has a length rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post: Option<PostText>,
    /// Warnings about this link.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
    /// When it was archived; an archived link answers 410.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Millis>,
}

/// A page of links.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct LinkPage {
    /// Oldest first.
    pub links: Vec<LinkView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

impl LinkView {
    /// A stored link in the form of an answer.
    pub fn new(context: &Context, link: Link) -> LinkView {
        let table = context.domains();
        let short_url = table.short_url(&link.domain, &link.slug);
        let shown = domain::unicode(&link.domain);
        let is_former = table
            .get(&link.domain)
            .is_some_and(|domain| domain.is_former);
        let warnings = is_former.then(|| {
            format!(
                "this service's configuration does not name {host}: add it to `server.domains`, or give its \
                 links another domain with `leadline domain move {host} NEW`",
                host = link.domain
            )
        });
        let handed_on = link.handed_on.names(&link.destination);
        LinkView {
            id: link.id,
            display_url: shown.map(|host| short_url.replacen(&link.domain, &host, 1)),
            short_url,
            domain: link.domain,
            slug: link.slug,
            url: link.url,
            destination: link.destination,
            campaign_id: link.campaign_id,
            post_id: link.post_id,
            network: link.network,
            intent: link.intent,
            utm: link.utm,
            click_id_param: link.click_id_param,
            handed_on,
            post: None,
            warnings: warnings.into_iter().collect(),
            created_at: link.created_at,
            updated_at: link.updated_at,
            archived_at: link.archived_at,
        }
    }

    /// A link that was just created or changed, with its warnings.
    pub fn created(context: &Context, created: CreatedLink) -> LinkView {
        let mut body = LinkView::new(context, created.link);
        if body.warnings.is_empty() {
            body.warnings.extend(reach::warning(&body.domain));
        }
        let (_, cleaned) = destination::clean(&body.url);
        body.warnings
            .extend(cleaned.iter().map(ToString::to_string));
        if created.signed {
            body.warnings.push(
                "the URL is signed, so it gets neither UTM tags nor a click id, which would \
                 break it; send `click_id: always` to add them all the same"
                    .to_owned(),
            );
        }
        body
    }
}
