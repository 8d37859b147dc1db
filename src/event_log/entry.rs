//! The entries of the event log and their form.
//!
//! Clicks, floods, orphans and deliveries have a compact form, because they are many and a client
//! waits for each. Other entries are JSON, which people can read.
//!
//! ```text
//! 0x07 postcard(click::Flood)              ; fields in their order, ids as 16 bytes
//! 0x06 postcard(SealedDelivery)            ; likewise
//! 0x09 postcard(click::Orphan)             ; likewise
//! 0x08 postcard(click::RawClick)           ; likewise
//! 0x05 postcard(…)                         ; read, no longer written: without `context.repair`
//! 0x04 postcard(…)                         ; likewise, of an orphan
//! 0x03 postcard(…)                         ; read, no longer written: without `context`
//! 0x02 postcard(…)                         ; read, no longer written: the visitor as text
//! {"v":1,"entry":"conversion", …fields of conversion::NewConversion…}
//! {"v":1,"entry":"promo_code", …}          ; its conversions are joined again
//! {"v":1,"entry":"click", …}               ; read, no longer written
//! ```
//!
//! The first byte decides the form: JSON never begins with a control character. The compact form
//! has no field names, so a change of `RawClick` or `Orphan` needs another first byte and a struct
//! with the old field order.
//!
//! # Invariants
//! - Every later version can read an entry.
//! - An entry of an unknown version or kind is an error, so it is dead-lettered and not lost.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::click::{Flood, Orphan, RawClick, RequestContext, RequestKind, SelfTraffic, Visitor};
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::id::{CampaignId, ClickId, DeliveryId, LinkId, SourceId, WorkspaceId};

/// Version of the JSON form.
const VERSION: u32 = 1;

/// First byte of a click in its compact form.
const CLICK: u8 = 8;

/// First byte of a flood: clicks above the bound, summed.
const FLOOD: u8 = 7;

/// First byte of a provider's request, sealed.
const DELIVERY: u8 = 6;

/// First byte of a request for an unknown slug, in its compact form.
const ORPHAN: u8 = 9;

/// First byte of a click without the repair of its slug; the next one is for an orphan.
const CLICK_WITHOUT_REPAIR: u8 = 5;
const ORPHAN_WITHOUT_REPAIR: u8 = 4;

/// First byte of a click without facts about its request.
const CLICK_WITHOUT_MANNER: u8 = 3;

/// First byte of such a click whose visitor is a text of hex digits.
const CLICK_WITH_TEXT: u8 = 2;

/// The form of older clicks after their first byte.
#[derive(Deserialize)]
struct OldHit<V> {
    id: ClickId,
    workspace_id: WorkspaceId,
    link_id: LinkId,
    campaign_id: Option<CampaignId>,
    network: Option<String>,
    clicked_at: Millis,
    visitor: Option<V>,
    user_agent: Option<String>,
    referrer: Option<String>,
}

impl<V> OldHit<V> {
    fn read(self, visitor: impl Fn(V) -> Option<Visitor>, context: RequestContext) -> Entry {
        Entry::Click(RawClick {
            id: self.id,
            workspace_id: self.workspace_id,
            link_id: self.link_id,
            campaign_id: self.campaign_id,
            network: self.network,
            clicked_at: self.clicked_at,
            visitor: self.visitor.and_then(visitor),
            user_agent: self.user_agent,
            referrer: self.referrer,
            context,
        })
    }
}

/// Facts about the request of an older click or orphan.
#[derive(Deserialize)]
struct OldManner {
    request: RequestKind,
    own: Option<SelfTraffic>,
    speaks: bool,
    nearby: Option<IpAddr>,
    told: Option<String>,
}

impl From<OldManner> for RequestContext {
    fn from(old: OldManner) -> RequestContext {
        RequestContext {
            request: old.request,
            self_traffic: old.own,
            has_accept_language: old.speaks,
            client_subnet: old.nearby,
            network_param: old.told,
            repair: None,
        }
    }
}

/// The form of older orphans after their first byte.
#[derive(Deserialize)]
struct OldOrphan {
    id: ClickId,
    at: Millis,
    domain: String,
    slug: String,
    user_agent: Option<String>,
    referrer: Option<String>,
    context: OldManner,
}

impl From<OldOrphan> for Orphan {
    fn from(old: OldOrphan) -> Orphan {
        Orphan {
            id: old.id,
            at: old.at,
            domain: old.domain,
            slug: old.slug,
            user_agent: old.user_agent,
            referrer: old.referrer,
            context: old.context.into(),
        }
    }
}

/// A provider's request whose sender is verified, sealed by the vault for its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Owner.
    pub workspace_id: WorkspaceId,
    /// The source that it was sent to.
    pub source_id: SourceId,
    /// When it arrived.
    pub received_at: Millis,
    /// The request.
    #[serde(with = "bytes")]
    pub sealed: Vec<u8>,
}

/// Serializes bytes as bytes, not as a list of numbers.
mod bytes {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        <&'de [u8]>::deserialize(from).map(<[u8]>::to_vec)
    }
}

/// One thing that arrived from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "clicks and conversions are few in memory at a time"
)]
pub enum Entry {
    /// A redirect was answered.
    Click(RawClick),
    /// Clicks above the bound of one address on one link.
    Flood(Flood),
    /// An unknown slug was requested.
    Orphan(Orphan),
    /// A provider reported a conversion.
    Conversion(NewConversion),
    /// A provider's request, not parsed yet.
    Delivery(SealedDelivery),
    /// A promo code was created or deleted.
    PromoCode {
        /// Owner.
        workspace_id: WorkspaceId,
        /// The code.
        code: String,
        /// When it happened.
        at: Millis,
    },
}

#[derive(Serialize)]
struct WireEntry<'a> {
    v: u32,
    #[serde(flatten)]
    entry: &'a Entry,
}

#[derive(Deserialize)]
struct WireVersion {
    v: u32,
}

/// Why bytes cannot be read as an entry.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not JSON of the expected form.
    #[error("not an entry: {0}")]
    Form(#[from] serde_json::Error),
    /// The bytes do not have the form of their first byte.
    #[error("not an entry in its compact form: {0}")]
    Compact(#[from] postcard::Error),
    /// A later version of Leadline wrote the entry.
    #[error("entry of version {0}, this program reads {VERSION}")]
    Version(u32),
}

/// Why an entry cannot be written. It does not happen in practice, because all its types can be
/// written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// As JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// In the compact form.
    #[error(transparent)]
    Compact(#[from] postcard::Error),
}

/// What can be written to the log.
pub trait Encode {
    /// Appends the bytes for the log to `out`.
    ///
    /// # Errors
    /// [`EncodeError`]. `out` may then contain part of them.
    fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError>;
}

/// Encodes like an [`Entry::Click`], so that a redirect need not own the texts.
impl<T: Serialize> Encode for RawClick<T> {
    fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(CLICK);
        postcard::to_io(self, out)?;
        Ok(())
    }
}

impl Encode for Entry {
    fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Entry::Click(hit) => hit.encode_into(out)?,
            Entry::Flood(flood) => {
                out.push(FLOOD);
                postcard::to_io(flood, out)?;
            }
            Entry::Orphan(orphan) => {
                out.push(ORPHAN);
                postcard::to_io(orphan, out)?;
            }
            Entry::Delivery(delivery) => {
                out.push(DELIVERY);
                postcard::to_io(delivery, out)?;
            }
            Entry::Conversion(_) | Entry::PromoCode { .. } => serde_json::to_writer(
                out,
                &WireEntry {
                    v: VERSION,
                    entry: self,
                },
            )?,
        }
        Ok(())
    }
}

impl Entry {
    /// The bytes for the log.
    ///
    /// # Errors
    /// [`EncodeError`].
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut bytes = Vec::new();
        self.encode_into(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads what [`Entry::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes are not an entry, or have an unknown version.
    pub fn decode(bytes: &[u8]) -> Result<Entry, DecodeError> {
        match bytes.split_first() {
            Some((&CLICK, click)) => return Ok(Entry::Click(postcard::from_bytes(click)?)),
            Some((&FLOOD, flood)) => return Ok(Entry::Flood(postcard::from_bytes(flood)?)),
            Some((&DELIVERY, delivery)) => {
                return Ok(Entry::Delivery(postcard::from_bytes(delivery)?));
            }
            Some((&ORPHAN, orphan)) => return Ok(Entry::Orphan(postcard::from_bytes(orphan)?)),
            Some((&CLICK_WITHOUT_REPAIR, click)) => {
                let (old, context): (OldHit<Visitor>, OldManner) = postcard::from_bytes(click)?;
                return Ok(old.read(Some, context.into()));
            }
            Some((&ORPHAN_WITHOUT_REPAIR, orphan)) => {
                let old: OldOrphan = postcard::from_bytes(orphan)?;
                return Ok(Entry::Orphan(old.into()));
            }
            Some((&CLICK_WITHOUT_MANNER, click)) => {
                let old: OldHit<Visitor> = postcard::from_bytes(click)?;
                return Ok(old.read(Some, RequestContext::default()));
            }
            Some((&CLICK_WITH_TEXT, click)) => {
                let old: OldHit<String> = postcard::from_bytes(click)?;
                return Ok(old.read(|text| Visitor::from_hex(&text), RequestContext::default()));
            }
            _ => {}
        }
        let WireVersion { v } = serde_json::from_slice(bytes)?;
        if v != VERSION {
            return Err(DecodeError::Version(v));
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

#[cfg(test)]
mod tests;
