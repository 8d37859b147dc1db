//! The fields of a link that the redirect needs, in one allocation. A million of these records must
//! fit into memory.
//!
//! ```text
//!  0 form u8 = 3      1 flags u8: 1 archived, 2 campaign, 4 hands on ad networks' parameters
//!  2 version i64      when the link was last changed, Unix milliseconds, big endian
//! 10 link id [16]    26 workspace id [16]    42 campaign id [16]
//! 58 n u8            59 f u8
//! 60 place u16       where in the destination the click id belongs, big endian
//! 62 h u16           big endian
//! 64 network [n]     text before the click id [f]     names handed on, with commas [h]
//!    destination, to the end
//! ```
//!
//! # Invariants
//! - A value of this type is complete, so reading it cannot fail.
//! - Of two records of one link, the one with the greater version is newer.
//! - Redis holds the same bytes.
//!
//! # Out of scope
//! Caches.

use std::ops::Range;
use std::sync::Arc;

use crate::id::{CampaignId, ClickId, Id, IdKind, LinkId, WorkspaceId};
use crate::link::Link;
use crate::link::destination::ClickTarget;
use crate::link::handed_on::{self, AD_NETWORKS, HandedOn};

const FORM: u8 = 3;
const ARCHIVED: u8 = 1;
const HAS_CAMPAIGN: u8 = 2;
const HANDS_ON: u8 = 4;

/// Bytes before the texts.
const FRONT: usize = 64;

/// The bytes of the version. Their order is the order of versions.
pub const VERSION: Range<usize> = 2..10;

/// The bytes of the link's id.
pub const LINK_ID: Range<usize> = 10..26;

/// The fields of a link that the redirect needs. Clones share the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectTarget(Arc<[u8]>);

impl RedirectTarget {
    /// The record of a link; `None` if a text is too long for the record. Valid links have no such
    /// text.
    pub fn of(link: &Link) -> Option<RedirectTarget> {
        let click = ClickTarget::new(&link.destination, link.click_id_param.as_deref());
        let network = link.network.as_deref().unwrap_or_default();
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let (by_network, handed_on) = match &link.handed_on {
            HandedOn::AdNetworks => (
                !link.handed_on.names(&link.destination).is_empty(),
                String::new(),
            ),
            HandedOn::Listed(names) => (false, names.join(",")),
        };
        let mut bytes = Vec::with_capacity(FRONT + network.len() + link.destination.len() + 16);
        bytes.push(FORM);
        bytes.push(
            flag(link.archived_at.is_some(), ARCHIVED)
                | flag(link.campaign_id.is_some(), HAS_CAMPAIGN)
                | flag(by_network, HANDS_ON),
        );
        bytes.extend_from_slice(&link.updated_at.0.to_be_bytes());
        bytes.extend_from_slice(link.id.as_bytes());
        bytes.extend_from_slice(link.workspace_id.as_bytes());
        let campaign = link.campaign_id.map_or([0; 16], |id| *id.as_bytes());
        bytes.extend_from_slice(&campaign);
        bytes.push(u8::try_from(network.len()).ok()?);
        bytes.push(u8::try_from(click.front.len()).ok()?);
        bytes.extend_from_slice(&u16::try_from(click.at).ok()?.to_be_bytes());
        bytes.extend_from_slice(&u16::try_from(handed_on.len()).ok()?.to_be_bytes());
        for text in [network, &click.front, &handed_on, click.destination] {
            bytes.extend_from_slice(text.as_bytes());
        }
        Some(RedirectTarget(bytes.into()))
    }

    /// Reads the bytes of [`RedirectTarget::as_bytes`]; `None` if they are not a complete record.
    pub fn from_bytes(bytes: &[u8]) -> Option<RedirectTarget> {
        if bytes.len() < FRONT || bytes[0] != FORM {
            return None;
        }
        let target = RedirectTarget(bytes.into());
        let [network, front, handed_on] = target.text_lengths();
        let text = str::from_utf8(&bytes[FRONT..]).ok()?;
        let (_, text) = text.split_at_checked(network)?;
        let (_, text) = text.split_at_checked(front)?;
        let (_, destination) = text.split_at_checked(handed_on)?;
        destination
            .is_char_boundary(target.place())
            .then_some(target)
    }

    /// The record.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// When the link was last changed. Of two records of one link, the greater version is newer.
    pub fn version(&self) -> i64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[VERSION]);
        i64::from_be_bytes(bytes)
    }

    /// Whether `other` replaces this record: `other` is newer, or belongs to another link.
    pub fn is_older(&self, other: &RedirectTarget) -> bool {
        self.version() < other.version() || self.0[LINK_ID] != other.0[LINK_ID]
    }

    /// The link.
    pub fn link_id(&self) -> LinkId {
        self.id(LINK_ID.start)
    }

    /// The workspace of the link.
    pub fn workspace_id(&self) -> WorkspaceId {
        self.id(26)
    }

    /// The campaign of the link, if any.
    pub fn campaign_id(&self) -> Option<CampaignId> {
        (self.0[1] & HAS_CAMPAIGN != 0).then(|| self.id(42))
    }

    /// The network of the link, if any.
    pub fn network(&self) -> Option<&str> {
        let [network, ..] = self.text_lengths();
        Some(self.text(FRONT..FRONT + network)).filter(|text| !text.is_empty())
    }

    /// Whether the link is archived.
    pub fn archived(&self) -> bool {
        self.0[1] & ARCHIVED != 0
    }

    /// The URL to redirect to. It contains the click id, if one is given and the link adds it. It
    /// also contains the parameters of `query` that the link hands on.
    pub fn location(&self, click: Option<ClickId>, query: &str) -> String {
        let [network, front, handed_on] = self.text_lengths();
        let destination = FRONT + network + front + handed_on;
        let target = ClickTarget {
            destination: self.text(destination..self.0.len()),
            at: self.place(),
            front: self.text(FRONT + network..FRONT + network + front).into(),
        };
        if query.is_empty() {
            return target.location(click, &[]);
        }
        let by_network = self.0[1] & HANDS_ON != 0;
        let listed = self.text(destination - handed_on..destination);
        // The request must not set the click id.
        let of_click = target.front.trim_matches(['?', '&', '=']);
        let pairs = handed_on::pairs(query, target.destination, |name| {
            let is_name = |it: &str| it.eq_ignore_ascii_case(name);
            let is_listed = listed.split(',').any(is_name)
                || (by_network && AD_NETWORKS.into_iter().any(is_name));
            is_listed && !is_name(of_click)
        });
        target.location(click, &pairs)
    }

    fn id<K: IdKind>(&self, at: usize) -> Id<K> {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0[at..at + 16]);
        Id::from_bytes(bytes)
    }

    fn text_lengths(&self) -> [usize; 3] {
        [self.0[58].into(), self.0[59].into(), self.number(62)]
    }

    fn place(&self) -> usize {
        self.number(60)
    }

    fn number(&self, at: usize) -> usize {
        u16::from_be_bytes([self.0[at], self.0[at + 1]]).into()
    }

    /// The text is always valid: [`RedirectTarget::from_bytes`] refuses other records.
    fn text(&self, range: Range<usize>) -> &str {
        str::from_utf8(&self.0[range]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Millis;
    use crate::link::Intent;
    use crate::link::utm::UtmTags;

    fn link() -> Link {
        Link {
            id: LinkId::from_parts(Millis(1), [1; 10]),
            workspace_id: WorkspaceId::from_parts(Millis(2), [2; 10]),
            campaign_id: Some(CampaignId::from_parts(Millis(3), [3; 10])),
            post_id: None,
            network: Some("x".to_owned()),
            domain: "go.example.com".to_owned(),
            slug: "slug".to_owned(),
            url: String::new(),
            destination: "https://shop.example/?a=1#top".to_owned(),
            utm: UtmTags::default(),
            intent: Intent::Promotion,
            click_id_param: Some("c".to_owned()),
            handed_on: HandedOn::AdNetworks,
            created_at: Millis(4),
            updated_at: Millis(5),
            archived_at: None,
        }
    }

    #[test]
    fn everything_is_there() {
        let link = link();
        let target =
            RedirectTarget::from_bytes(RedirectTarget::of(&link).unwrap().as_bytes()).unwrap();
        assert_eq!(target.link_id(), link.id);
        assert_eq!(target.workspace_id(), link.workspace_id);
        assert_eq!(target.campaign_id(), link.campaign_id);
        assert_eq!(target.network(), Some("x"));
        assert_eq!((target.archived(), target.version()), (false, 5));
        let click = ClickId::from_parts(Millis(6), [6; 10]);
        let location = format!("https://shop.example/?a=1&c={click}#top");
        assert_eq!(target.location(Some(click), ""), location);
        assert_eq!(target.location(None, "x=1"), link.destination);
        let handed_on = target.location(Some(click), "gclid=7&x=1");
        assert_eq!(
            handed_on,
            format!("https://shop.example/?a=1&c={click}&gclid=7#top")
        );
        let listed = HandedOn::Listed(vec!["x".to_owned()]);
        let listing = RedirectTarget::of(&Link {
            handed_on: listed,
            ..link.clone()
        })
        .unwrap();
        assert_eq!(
            listing.location(None, "gclid=7&x=1"),
            "https://shop.example/?a=1&x=1#top"
        );
        assert_eq!(
            listing.location(None, "c=7&x=1"),
            "https://shop.example/?a=1&x=1#top"
        );
        let forged = RedirectTarget::of(&Link {
            handed_on: HandedOn::Listed(vec!["c".to_owned()]),
            ..link.clone()
        });
        let forged = forged.unwrap().location(Some(click), "c=7&C=8");
        assert_eq!(forged, format!("https://shop.example/?a=1&c={click}#top"));
        let bare = RedirectTarget::of(&Link {
            campaign_id: None,
            network: None,
            click_id_param: None,
            archived_at: Some(Millis(5)),
            ..link.clone()
        });
        let bare = bare.unwrap();
        assert_eq!((bare.campaign_id(), bare.network()), (None, None));
        assert!(bare.archived());
        assert_eq!(bare.location(Some(click), ""), link.destination);
    }

    #[test]
    fn the_longest_list_has_a_record() {
        let name = |nth: usize| format!("{nth:0>40}");
        let longest = HandedOn::listed((0..handed_on::MOST).map(name).collect()).unwrap();
        let target = RedirectTarget::of(&Link {
            handed_on: longest,
            ..link()
        });
        let target = RedirectTarget::from_bytes(target.unwrap().as_bytes()).unwrap();
        let query = format!("gclid=1&{}=2", name(handed_on::MOST - 1));
        let location = target.location(None, &query);
        assert!(
            location.ends_with("39=2#top") && !location.contains("gclid"),
            "{location}"
        );
    }

    #[test]
    fn a_record_that_is_not_whole_is_refused() {
        let whole = RedirectTarget::of(&link()).unwrap();
        for end in 0..FRONT + 1 + "&c=".len() {
            assert!(
                RedirectTarget::from_bytes(&whole.as_bytes()[..end]).is_none(),
                "{end}"
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_in_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 55..96)) {
            let mut bytes = bytes;
            bytes[0] = FORM;
            if let Some(target) = RedirectTarget::from_bytes(&bytes) {
                let _ = (target.network(), target.campaign_id(), target.version());
                target.location(Some(ClickId::from_parts(Millis(6), [6; 10])), "gclid=1");
            }
        }
    }
}
