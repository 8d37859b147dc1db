//! Signatures: the common parts of proving who sent a request.
//!
//! # Invariants
//! A signature is decoded and compared as bytes, in constant time. Every active secret is tried.
//!
//! # Out of scope
//! The headers of a provider.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::clock::Millis;

/// Largest difference between the time of signing and our clock, in both directions, by default.
pub const TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// Most signatures of one request that are checked.
pub const MAX_SIGNATURES: usize = 16;

/// Longest secret, in bytes.
const MAX_SECRET: usize = 500;

/// Why a request does not prove its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A header is missing or not ASCII.
    #[error("the header `{0}` is missing, so the sender is not proven")]
    MissingHeader(&'static str),
    /// The header that the source's settings name is missing.
    #[error("the header that the source's settings name for the signature is missing")]
    MissingSignature,
    /// The time of signing cannot be read.
    #[error("the time of signing cannot be read; send a whole number since 1970")]
    Timestamp,
    /// The signature is too old.
    #[error("the request was signed too long ago; sign each attempt again, and check the clock")]
    TooOld,
    /// The time of signing is in the future.
    #[error("the request was signed in the future; check the sender's clock")]
    TooNew,
    /// The id is empty or has a full stop, so the signed text would be ambiguous.
    #[error("`webhook-id` must have 1 to 200 characters and no full stop")]
    Id,
    /// No signature is valid.
    #[error(
        "no signature is valid; check the secret, and that nothing changes the body on its way"
    )]
    Signature,
    /// The path has no key, or a wrong one.
    #[error("the key in the path does not belong to this source; copy the whole URL")]
    Key,
    /// The request has neither a signature nor a write key.
    #[error(
        "neither `x-signature` nor `Authorization: Basic` with the write key is there, so nothing proves \
         who sent this; give the source's secret to the library as its `writeKey`"
    )]
    MissingWriteKey,
    /// The write key is wrong.
    #[error(
        "the write key does not belong to this source; give the source's secret to the library as its \
         `writeKey`"
    )]
    WriteKey,
    /// Standard Webhooks cannot use the secret.
    #[error(
        "is neither 8 to 500 bytes in base64, with `whsec_` before them or not, nor `whpk_` and a public \
         key of 32; leave it out to have one generated"
    )]
    Secret,
    /// The secret is too short or too long.
    #[error("must have 8 to {MAX_SECRET} characters; copy the whole secret from the sender")]
    SecretLength,
    /// The key cannot be in a path.
    #[error("must have 20 to 100 of a-z A-Z 0-9 _ -; leave it out to have one generated")]
    PathKey,
}

impl Error {
    /// The stable error code.
    pub fn code(&self) -> &'static str {
        match self {
            Error::MissingHeader(_) | Error::MissingSignature | Error::MissingWriteKey => {
                "signature_missing"
            }
            Error::Timestamp | Error::TooOld | Error::TooNew => "signature_time",
            Error::Id
            | Error::Signature
            | Error::Key
            | Error::WriteKey
            | Error::Secret
            | Error::SecretLength
            | Error::PathKey => "signature_invalid",
        }
    }
}

/// Checks whether a text can be a secret that is used unchanged.
///
/// # Errors
/// [`Error::SecretLength`].
pub fn check_text(secret: &SecretString) -> Result<(), Error> {
    // Some shops generate short ones; an empty one would accept any sender.
    let length = secret.expose_secret().trim().len();
    if (8..=MAX_SECRET).contains(&length) {
        Ok(())
    } else {
        Err(Error::SecretLength)
    }
}

/// HMAC-SHA256 of the concatenated parts.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    hmac::<Hmac<Sha256>>(key, parts)
}

/// HMAC-SHA1 of the concatenated parts.
pub fn hmac_sha1(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    hmac::<Hmac<Sha1>>(key, parts)
}

fn hmac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else {
        // HMAC takes keys of any length; an empty signature never matches.
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Checks that one of the signatures was made with one of the secrets.
///
/// # Errors
/// [`Error::Signature`] when none was.
pub fn one_fits(
    given: &[Vec<u8>],
    secrets: &[SecretString],
    sign: impl Fn(&[u8]) -> Vec<u8>,
) -> Result<(), Error> {
    let mut fits = false;
    for secret in secrets {
        let expected = sign(secret.expose_secret().as_bytes());
        for signature in given.iter().take(MAX_SIGNATURES) {
            fits |= !expected.is_empty() && bool::from(expected.ct_eq(signature));
        }
    }
    if fits { Ok(()) } else { Err(Error::Signature) }
}

/// Checks that the time of signing differs from `now` by at most `tolerance_ms`.
///
/// # Errors
/// [`Error::TooOld`] or [`Error::TooNew`].
pub fn check_time(signed_at: Millis, now: Millis, tolerance_ms: i64) -> Result<(), Error> {
    let age = now.0.saturating_sub(signed_at.0);
    if age > tolerance_ms {
        Err(Error::TooOld)
    } else if age < -tolerance_ms {
        Err(Error::TooNew)
    } else {
        Ok(())
    }
}

/// A time in whole seconds since 1970, as in many protocols.
///
/// # Errors
/// [`Error::Timestamp`].
pub fn seconds(text: &str) -> Result<Millis, Error> {
    let seconds: i64 = text.parse().map_err(|_| Error::Timestamp)?;
    seconds
        .checked_mul(1000)
        .map(Millis)
        .ok_or(Error::Timestamp)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const BODY: &[u8] = br#"{"id":820982911946154508,"total_price":"409.94"}"#;

    #[test]
    fn known_answers() {
        let base64 = STANDARD.encode(hmac_sha256(b"hush", &[BODY]));
        assert_eq!(base64, "jSVzwWQU71i3ii1JotpyTkmYUUi8hmWB2gGcJyfZwDw=");
        let hex = hex::encode(hmac_sha1(b"hush", &[BODY]));
        assert_eq!(hex, "6f3c7a38ef0adf328b6b76731048a58ab5327b48");
    }

    #[test]
    fn any_live_secret_will_do_and_nothing_else() {
        let secrets = ["old", "new"].map(|text| SecretString::from(text.to_owned()));
        let sign = |key: &[u8]| hmac_sha256(key, &[BODY]);
        let fits = |given: &[Vec<u8>]| one_fits(given, &secrets, sign);
        assert_eq!(fits(&[sign(b"old")]), Ok(()));
        assert_eq!(fits(&[vec![0; 32], sign(b"new")]), Ok(()));
        for wrong in [
            vec![],
            vec![0; 32],
            sign(b"other"),
            sign(b"new")[..31].to_vec(),
        ] {
            assert_eq!(fits(&[wrong]), Err(Error::Signature));
        }
        assert_eq!(fits(&[]), Err(Error::Signature));
        assert_eq!(one_fits(&[sign(b"")], &[], sign), Err(Error::Signature));
    }

    #[test]
    fn times_may_differ_a_little_both_ways() {
        let now = Millis(1_649_367_553_000);
        let at = |ms| check_time(now.plus_ms(ms), now, TOLERANCE_MS);
        assert_eq!((at(300_000), at(-300_000)), (Ok(()), Ok(())));
        assert_eq!(at(301_000), Err(Error::TooNew));
        assert_eq!(at(-301_000), Err(Error::TooOld));
        assert_eq!(seconds("1649367553"), Ok(now));
        for odd in ["", "soon", "1.5", "9223372036854775807"] {
            assert_eq!(seconds(odd), Err(Error::Timestamp), "{odd}");
        }
    }
}
