//! The owner's own clicks: invitations to mark a browser as the owner's own.
//!
//! # Invariants
//! An invitation works for a day. It is no mark by itself.
//!
//! # Out of scope
//! The mark, which is a cookie.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::{DAY_MS, Millis};
use crate::link::domain::table::ServedDomain;
use crate::operations::context::Context;
use crate::vault::Vault;

/// The purpose of the proof in an invitation.
const INVITATION: &str = "own browser invitation";

/// URLs that mark a browser as the owner's own.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct SelfTrafficLinks {
    /// One URL for each domain of short links; open each of them in each of your browsers.
    #[schema(example = json!(["https://go.example.com/_self?mark=1790000000.Zm9v"]))]
    pub urls: Vec<String>,
    /// When the URLs expire. A marked browser stays marked for 400 days.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Millis,
}

/// Creates URLs that mark a browser.
pub fn invite(context: &Context) -> SelfTrafficLinks {
    let expires_at = context.clock.now().plus_ms(DAY_MS);
    let invitation = invitation(&context.vault, expires_at);
    let table = context.domains();
    let served = table.iter().filter(|domain| !domain.is_former);
    let url = |domain: &ServedDomain| format!("{}/_self?mark={invitation}", domain.address.base());
    SelfTrafficLinks {
        urls: served.map(url).collect(),
        expires_at,
    }
}

/// The token with which an owner opens `/_self` to mark a browser.
pub fn invitation(vault: &Vault, expires_at: Millis) -> String {
    vault.sign_until(INVITATION, expires_at)
}

/// Whether the text is an invitation that has not expired.
pub fn is_invitation(vault: &Vault, text: &str, now: Millis) -> bool {
    vault.has_signed_until(INVITATION, text, now)
}
