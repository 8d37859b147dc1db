//! The form of Segment's requests: one event or a batch, signed by Segment or sent by a library.
//!
//! Segment's webhook destination signs with `x-signature`, the hex HMAC-SHA1 of the raw body; in a
//! batch it signs only the first event. Segment's libraries send batches directly to a host that
//! their user configures, and append a path such as `/v1/batch`. They send `Authorization: Basic`
//! with the write key and no password, and may compress the body with gzip.
//!
//! # Invariants
//! If a request has `x-signature`, only this proves its sender. So the headers alone decide which
//! events are read: see [`proven`]. The size of a decompressed body is bounded.
//!
//! # Out of scope
//! The content of an event.

use std::borrow::Cow;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::provider::delivery::Delivery;
use crate::provider::report_error::ReportError;
use crate::provider::signature::{self, Error};

/// The headers that are read.
pub(in crate::provider) const HEADERS: &[&str] = &[SIGNATURE, AUTHORIZATION];

const SIGNATURE: &str = "x-signature";
const AUTHORIZATION: &str = "authorization";

/// The paths that libraries append after `/v1/`, and the type of events that have none.
pub(in crate::provider) const CALLS: [(&str, Option<&str>); 14] = [
    ("batch", None),
    ("b", None),
    ("import", None),
    ("track", Some("track")),
    ("t", Some("track")),
    ("identify", Some("identify")),
    ("i", Some("identify")),
    ("page", Some("page")),
    ("p", Some("page")),
    ("screen", Some("screen")),
    ("s", Some("screen")),
    ("group", Some("group")),
    ("g", Some("group")),
    ("alias", Some("alias")),
];

/// Largest decompressed body: twice what Segment accepts.
const MAX_BYTES: usize = 1024 * 1024;

/// First bytes of gzip; JSON never begins with them.
const GZIP: [u8; 2] = [0x1f, 0x8b];

pub(in crate::provider) fn verify(
    delivery: &Delivery,
    secrets: &[SecretString],
) -> Result<(), Error> {
    if let Some(given) = delivery.header(SIGNATURE) {
        return signed(delivery, given, secrets);
    }
    let given = write_key(delivery).ok_or(Error::MissingWriteKey)?;
    let sent = |key: &[u8]| [key, b":"].concat();
    signature::one_fits(&[given], secrets, sent).map_err(|_| Error::WriteKey)
}

fn signed(delivery: &Delivery, given: &str, secrets: &[SecretString]) -> Result<(), Error> {
    let given = hex::decode(given.trim()).map_err(|_| Error::Signature)?;
    let given = [given];
    let fits = |signed: &[u8]| {
        signature::one_fits(&given, secrets, |key| signature::hmac_sha1(key, &[signed]))
    };
    let batch = batch(&delivery.body);
    match (
        fits(&delivery.body),
        batch.as_deref().and_then(<[_]>::first),
    ) {
        (Err(_), Some(first)) => fits(first.get().as_bytes()),
        (whole, _) => whole,
    }
}

/// User and password of `Authorization: Basic`, still joined.
fn write_key(delivery: &Delivery) -> Option<Vec<u8>> {
    let (scheme, text) = delivery.header(AUTHORIZATION)?.trim().split_once(' ')?;
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    is_basic.then(|| STANDARD.decode(text.trim()).unwrap_or_default())
}

/// The decompressed body.
///
/// # Errors
/// [`ReportError::Payload`] when it cannot be decompressed, or is too large.
pub(in crate::provider) fn plain(body: &[u8]) -> Result<Cow<'_, [u8]>, ReportError> {
    if !body.starts_with(&GZIP) {
        return Ok(Cow::Borrowed(body));
    }
    let unusable = |what: &str| ReportError::Payload(what.to_owned());
    let mut plain = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    MultiGzDecoder::new(body)
        .take(most + 1)
        .read_to_end(&mut plain)
        .map_err(|_| unusable("the body begins like gzip but cannot be decompressed"))?;
    if plain.len() > MAX_BYTES {
        return Err(unusable("the decompressed body is larger than 1 MiB"));
    }
    Ok(Cow::Owned(plain))
}

/// The events of a batch, as raw JSON; `None` for a single event.
pub(super) fn batch(body: &[u8]) -> Option<Vec<&RawValue>> {
    #[derive(Deserialize)]
    struct Batch<'a> {
        #[serde(borrow)]
        batch: Vec<&'a RawValue>,
    }
    if let Ok(all) = serde_json::from_slice(body) {
        return Some(all);
    }
    serde_json::from_slice::<Batch<'_>>(body)
        .ok()
        .map(|envelope| envelope.batch)
}

/// The events of a batch whose sender is proven.
pub(super) fn proven<'a, 'b>(delivery: &Delivery, batch: &'b [&'a RawValue]) -> &'b [&'a RawValue] {
    let is_signed = delivery.header(SIGNATURE).is_some();
    &batch[..if is_signed {
        batch.len().min(1)
    } else {
        batch.len()
    }]
}

/// The type of an event without one, by the path of its request.
pub(super) fn type_by_path(delivery: &Delivery) -> Option<&'static str> {
    let path = delivery.url.split(['?', '#']).next()?;
    let (_, call) = path.trim_end_matches('/').rsplit_once("/v1/")?;
    CALLS.iter().find(|(known, _)| *known == call)?.1
}
