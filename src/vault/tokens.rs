//! New secrets: each holds 256 random bits, in the form that its user needs.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::SecretString;

/// A new API token: `ll_` and 256 random bits.
pub fn new_token() -> SecretString {
    format!("ll_{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())).into()
}

/// The token of a publishable key: like [`new_token`], but it begins with `ll_pub_`.
pub fn new_publishable_token() -> SecretString {
    format!(
        "ll_pub_{}",
        URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
    )
    .into()
}

/// A new secret for Standard Webhooks: `whsec_` and 256 random bits.
pub fn new_webhook_secret() -> SecretString {
    format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 32]>())).into()
}

/// A new key for the path of a URL: 256 random bits in 43 characters.
pub fn new_path_key() -> SecretString {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()).into()
}
