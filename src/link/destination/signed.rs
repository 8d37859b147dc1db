//! Signed URLs: any addition to their query breaks the signature.
//!
//! Sources: the guides of object stores, content delivery networks and social networks. Names are
//! compared without regard to case.
//!
//! # Out of scope
//! Whether a signature is valid, and signatures in a path.

use super::url_parts::parameters;

/// Query parameters that sign a URL, each alone or several together.
const SIGNATURES: [&[&str]; 32] = [
    &["x-amz-signature"],
    &["x-goog-signature"],
    &["x-oss-signature"],
    &["x-tos-signature"],
    &["x-obs-signature"],
    &["x-signature"],
    &["q-signature"],
    &["sig"],
    &["signature"],
    &["temp_url_sig"],
    &["authorization"],
    &["auth_key"],
    &["hmac"],
    &["hdnts"],
    &["hdnea"],
    &["hdntl"],
    &["__token__"],
    &["__gda__"],
    &["ik-s"],
    &["_upt"],
    &["tempauth"],
    &["txsecret", "txtime"],
    &["wssecret", "wstime"],
    &["token", "expires"],
    &["token", "expire"],
    &["token", "exp"],
    &["token", "e"],
    &["md5", "expires"],
    &["sign", "t"],
    &["sign", "expires"],
    &["oh", "oe"],
    &["ex", "is", "hm"],
];

/// Whether a parameter signs the URL, so that any addition would break the signature.
pub(in crate::link) fn is_signed(url: &str) -> bool {
    let has = |wanted: &&str| parameters(url).any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    SIGNATURES.iter().any(|names| names.iter().all(has))
}
