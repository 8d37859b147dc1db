//! Requests for posts and their answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::id::{CampaignId, LinkId, PostId};
use crate::link::Intent;
use crate::link::destination::UtmConflict;
use crate::link::tagging::ClickIdMode;
use crate::link::utm::UtmTags;
use crate::operations::context::Context;
use crate::operations::link::body::LinkView;
use crate::operations::patch::change;
use crate::store::post::{Post, PostLink};
use crate::store::publication::Publication;

/// A post for several networks.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// Destination: http or https, at most 2048 bytes.
    #[schema(example = "https://shop.example/lamp?colour=red", max_length = 2048)]
    pub url: String,
    /// Names or aliases of networks, each once.
    #[schema(example = json!(["x", "facebook", "linkedin"]), min_items = 1)]
    pub networks: Vec<String>,
    /// Text of the post. The short link replaces `{link}`, or is appended at the end.
    #[schema(max_length = 131_072)]
    pub text: Option<String>,
    /// The intent of its post.
    #[serde(default)]
    pub intent: Intent,
    /// UTM tags; those of network and campaign fill the missing ones.
    #[serde(default)]
    pub utm: UtmTags,
    /// What happens to UTM tags that the URL already has.
    #[serde(default)]
    pub utm_conflict: UtmConflict,
    /// Path of the short link. With several networks, the network's name is appended to each, as in
    /// `spring-x`.
    pub slug: Option<String>,
    /// Domain of the short links; the service's default when absent.
    pub domain: Option<String>,
    /// Whether the redirect adds a click id.
    #[serde(default)]
    pub click_id: ClickIdMode,
    /// Query parameter of the click id; `ll_click` when absent.
    pub click_id_param: Option<String>,
    /// Query parameters of a click that are passed on to the destination, at most 40; the
    /// workspace's list when absent. An empty list passes on none.
    #[schema(max_items = 40, example = json!(["gclid", "fbclid"]))]
    pub handed_on: Option<Vec<String>>,
}

/// The links of a post.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct PostLinks {
    /// The post.
    #[schema(value_type = String)]
    pub post_id: PostId,
    /// One link for each network, in the order of the request.
    pub links: Vec<LinkView>,
}

/// Where a post was published on a network.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPublication {
    /// The network: its name or an alias.
    #[schema(example = "x")]
    pub network: String,
    /// The post's address there; `null` removes it.
    #[schema(example = "https://x.com/ann/status/1780000000000000001")]
    pub permalink: Option<String>,
    /// When it was published there.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Millis>,
}

/// Changes of a post. Its campaign and links stay.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostChange {
    /// Text of the post; `null` removes it.
    #[schema(value_type = Option<String>, max_length = 131_072)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub text: Option<Option<String>>,
    /// Its publications; networks that are not named stay unchanged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<NewPublication>,
}

/// A post on one of its networks.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Publication)]
pub struct PublicationView {
    /// The network it is posted on.
    pub network: String,
    /// Its address in normal form, without parameters that say who shared it.
    pub permalink: String,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Millis>,
}

/// A link of a post.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = PostLink)]
pub struct PostLinkView {
    /// The network it is posted on.
    pub network: String,
    /// Id of the link.
    #[schema(value_type = String)]
    pub link_id: LinkId,
    /// Path of the short link.
    #[schema(example = "h4KtWx9")]
    pub slug: String,
    /// What to paste.
    #[schema(example = "https://go.example.com/h4KtWx9")]
    pub short_url: String,
}

/// A message with links.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Post)]
pub struct PostDetails {
    /// Id.
    #[schema(value_type = String, example = "pst_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: PostId,
    /// Its campaign.
    #[schema(value_type = String)]
    pub campaign_id: CampaignId,
    /// Text of the post.
    pub text: Option<String>,
    /// Its links, by network.
    pub links: Vec<PostLinkView>,
    /// Its known publications, by network.
    pub publications: Vec<PublicationView>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

/// A page of posts.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct PostPage {
    /// Newest first.
    pub posts: Vec<PostDetails>,
    /// `cursor` of the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

impl PostDetails {
    pub(super) fn new(
        context: &Context,
        post: Post,
        links: Vec<PostLink>,
        publications: Vec<Publication>,
    ) -> PostDetails {
        let domains = context.domains();
        let link = |link: PostLink| PostLinkView {
            short_url: domains.short_url(&link.domain, &link.slug),
            network: link.network,
            link_id: link.id,
            slug: link.slug,
        };
        PostDetails {
            id: post.id,
            campaign_id: post.campaign_id,
            text: post.text,
            links: links.into_iter().map(link).collect(),
            publications: publications
                .into_iter()
                .map(PublicationView::from)
                .collect(),
            created_at: post.created_at,
        }
    }
}

impl From<Publication> for PublicationView {
    fn from(publication: Publication) -> PublicationView {
        PublicationView {
            network: publication.network,
            permalink: publication.permalink,
            published_at: publication.published_at,
        }
    }
}
