//! A link as the API shows it, with what to know about it.

use serde::Serialize;
use utoipa::ToSchema;

use super::making::Made;
use crate::clock::Millis;
use crate::http::State;
use crate::id::{CampaignId, LinkId, PostId};
use crate::link::destination;
use crate::link::domain::{self, reach};
use crate::link::post_text::PostText;
use crate::link::utm::UtmTags;
use crate::link::{Intent, Link};

/// A link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Link)]
pub struct LinkBody {
    #[schema(value_type = String, example = "lnk_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub(super) id: LinkId,
    /// What to paste.
    #[schema(example = "https://go.example.com/h4KtWx9")]
    pub(super) short_url: String,
    /// The same as people read it, where its host is written in other letters than a-z (IDN).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_url: Option<String>,
    /// Host in its ASCII form.
    pub(super) domain: String,
    pub(super) slug: String,
    /// The destination as it was given.
    pub(super) url: String,
    /// The destination with its UTM tags.
    pub(super) destination: String,
    #[schema(value_type = Option<String>)]
    pub(super) campaign_id: Option<CampaignId>,
    #[schema(value_type = Option<String>)]
    pub(super) post_id: Option<PostId>,
    pub(super) network: Option<String>,
    pub(super) intent: Intent,
    pub(super) utm: UtmTags,
    /// Query parameter of the click id; `null` when none is added.
    pub(super) click_id_param: Option<String>,
    /// Query parameters of a click that go on to the destination.
    pub(super) handed_on: Vec<String>,
    /// The post ready to paste, where a text was given and the network has a length rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) post: Option<PostText>,
    /// What to know about this link.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub(super) created_at: Millis,
    #[schema(value_type = String, format = DateTime)]
    pub(super) updated_at: Millis,
    /// When it was taken back; it then answers 410.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) archived_at: Option<Millis>,
}

/// A page of links.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkPage {
    /// Oldest first.
    pub(super) links: Vec<LinkBody>,
    /// `cursor` of the next page; `null` on the last one.
    pub(super) next_cursor: Option<String>,
}

impl LinkBody {
    pub(super) fn new(state: &State, link: Link) -> LinkBody {
        let table = state.domains();
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
        LinkBody {
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

    pub(super) fn made(state: &State, made: Made) -> LinkBody {
        let mut body = LinkBody::new(state, made.link);
        if body.warnings.is_empty() {
            body.warnings.extend(reach::warning(&body.domain));
        }
        let (_, cleaned) = destination::clean(&body.url);
        body.warnings
            .extend(cleaned.iter().map(ToString::to_string));
        if made.signed {
            body.warnings.push(
                "the URL is signed, so it gets neither UTM tags nor a click id, which would \
                 break it; send `click_id: always` to add them all the same"
                    .to_owned(),
            );
        }
        body
    }
}
