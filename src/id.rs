//! Prefixed, sortable ids: `clk_01j…`, a UUIDv7 in 26 characters of Crockford base32.
//!
//! # Invariants
//! - The text sorts by the time of creation.
//! - An id of one kind is never taken for another, neither by the compiler nor when it is read from
//!   outside.
//! - 74 of the 128 bits are random, so ids cannot be guessed.
//!
//! # Forms
//!
//! ```text
//! id     = prefix "_" 26 * base32            ; lower case, first character 0 to 7
//! base32 = 0-9 a-h j k m n p-t v-z           ; no i, l, o, u
//! ```
//!
//! In binary forms, such as the event log's, an id is its 16 bytes without the prefix.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::clock::Millis;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LEN: usize = 26;

/// The last time that fits into the 48 bits of an id.
const LATEST_MS: u128 = (1 << 48) - 1;

/// What an id names, with the prefix of its text.
pub trait IdKind {
    /// The part before the underscore, lower case letters.
    const PREFIX: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $alias:ident $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $kind {}
            impl IdKind for $kind {
                const PREFIX: &'static str = $prefix;
            }
            $(#[$doc])*
            pub type $alias = Id<$kind>;
        )*
    };
}

kinds! {
    /// Owner of everything below it.
    WorkspaceIdKind WorkspaceId "ws";
    /// An API key (not its secret).
    KeyIdKind KeyId "key";
    /// A campaign.
    CampaignIdKind CampaignId "cmp";
    /// One message, published on one or more networks.
    PostIdKind PostId "pst";
    /// A short link.
    LinkIdKind LinkId "lnk";
    /// A domain of short links.
    DomainIdKind DomainId "dom";
    /// One redirect answered; travels to the destination.
    ClickIdKind ClickId "clk";
    /// A reported lead, sale, refund or event.
    ConversionIdKind ConversionId "cnv";
    /// A running program, among those that share a log.
    NodeIdKind NodeId "nod";
    /// A place that reports conversions by webhook.
    SourceIdKind SourceId "src";
    /// A request of a provider as it arrived.
    DeliveryIdKind DeliveryId "dlv";
    /// An order as a provider reports it.
    OrderIdKind OrderId "ord";
    /// The person whom conversions have in common.
    CustomerIdKind CustomerId "cus";
    /// Money or work that a campaign cost.
    CostIdKind CostId "cst";
    /// What a network reports of a post and day.
    EngagementIdKind EngagementId "eng";
}

/// Longest text of an id: a prefix of five letters and its underscore before the rest.
const TEXT_ROOM: usize = TEXT_LEN + 6;

/// An id as text.
#[derive(Clone, Copy, Debug)]
pub struct IdText {
    text: [u8; TEXT_ROOM],
    len: usize,
}

impl IdText {
    /// The text.
    pub fn as_str(&self) -> &str {
        // Prefix and alphabet are ASCII, so the bytes are always text.
        str::from_utf8(&self.text[..self.len]).unwrap_or_default()
    }
}

/// An id of one [`IdKind`].
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

impl<K: IdKind> Id<K> {
    /// A new id made at `now`, with random bits from the operating system's generator.
    pub fn new(now: Millis) -> Self {
        Self::from_parts(now, rand::random())
    }

    /// The id of a moment and given random bits; the same parts give the same id.
    pub fn from_parts(now: Millis, random: [u8; 10]) -> Self {
        let ms = u64::try_from(now.0).unwrap_or(0);
        Id(
            uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid(),
            PhantomData,
        )
    }

    /// The id as text, without an allocation.
    pub fn text(&self) -> IdText {
        let mut text = [0u8; TEXT_ROOM];
        let start = K::PREFIX.len() + 1;
        text[..start - 1].copy_from_slice(K::PREFIX.as_bytes());
        text[start - 1] = b'_';
        let mut bits = self.0.as_u128();
        for place in text[start..start + TEXT_LEN].iter_mut().rev() {
            *place = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
        }
        IdText {
            text,
            len: start + TEXT_LEN,
        }
    }

    /// The 16 bytes of the id, without the prefix.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id of 16 bytes that [`Id::as_bytes`] gave.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Id(Uuid::from_bytes(bytes), PhantomData)
    }

    /// When it was created.
    pub fn time(&self) -> Millis {
        let bits = self.0.as_u128() >> 80;
        Millis(i64::try_from(bits).unwrap_or(i64::MAX))
    }

    /// The least text that an id created at `timestamp` or later can have.
    pub fn least_text(timestamp: Millis) -> String {
        let ms = u128::try_from(timestamp.0).unwrap_or(0).min(LATEST_MS);
        Self(Uuid::from_u128(ms << 80), PhantomData).to_string()
    }

    fn decode(text: &str) -> Option<Uuid> {
        let bytes = text.as_bytes();
        // 26 characters hold 130 bits: the first may only use three of its five.
        if bytes.len() != TEXT_LEN || bytes[0] > b'7' {
            return None;
        }
        let mut bits: u128 = 0;
        for byte in bytes {
            let value = ALPHABET.iter().position(|letter| letter == byte)?;
            bits = (bits << 5) | value as u128;
        }
        Some(Uuid::from_u128(bits))
    }
}

/// The text is not an id of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_ and 26 characters")]
pub struct InvalidId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// Whether a text is an id that begins with `prefix`.
pub fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|rest| ClickId::decode(rest).is_some())
}

/// The regular expression of ids that begin with `prefix`, for descriptions.
pub fn pattern(prefix: &str) -> String {
    format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$")
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(Self::decode)
            .map(|uuid| Id(uuid, PhantomData))
            .ok_or(InvalidId { prefix: K::PREFIX })
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.as_bytes().serialize(serializer)
        }
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let bytes = <[u8; 16]>::deserialize(deserializer)?;
            return Ok(Id(Uuid::from_bytes(bytes), PhantomData));
        }
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let id = ClickId::new(Millis(1_780_000_000_000));
        assert_eq!(id.to_string().len(), "clk_".len() + TEXT_LEN);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn sorts_by_time() {
        let early = LinkId::from_parts(Millis(1_000), [255; 10]);
        let late = LinkId::from_parts(Millis(1_001), [0; 10]);
        assert!(early.to_string() < late.to_string());
        assert!(early < late);
        let least = LinkId::least_text(Millis(1_001));
        assert!(early.to_string() < least && least <= late.to_string());
        assert!(late.to_string() < LinkId::least_text(Millis(i64::MAX)));
    }

    #[test]
    fn other_kinds_and_broken_text_are_refused() {
        let id = LinkId::new(Millis(5)).to_string();
        assert!(id.parse::<ClickId>().is_err());
        for bad in [
            "",
            "lnk_",
            "lnk_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            &id.to_uppercase(),
            &id[1..],
        ] {
            assert!(bad.parse::<LinkId>().is_err(), "{bad}");
        }
    }
}
