//! The two cookies of short links: one marks the owner's browsers, the other recognises a visitor
//! on later days.
//!
//! # Invariants
//! - `ll_self` counts only with the vault's proof, so nobody marks a browser without an invitation.
//! - `ll_visitor` is set only with `visitor.cookie`, and never for a person who declines tracking.
//!   It leads only to a keyed hash.
//!
//! # Out of scope
//! The use of the cookies.
//!
//! ```text
//! ll_self    = expires "." proof        ; expires: Unix seconds; proof: Vault::sign_until
//! ll_visitor = 22 letters               ; 128 random bits, base64url
//! ```

use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::click::Visitor;
use crate::clock::{DAY_MS, Millis};
use crate::vault::Vault;

/// Days for which a browser is marked; the longest lifetime that browsers allow.
pub const OWN_DAYS: i64 = 400;

/// Days for which a visitor is recognised.
const VISITOR_DAYS: i64 = 395;

const OWN: &str = "ll_self";
const VISITOR: &str = "ll_visitor";

/// The purpose of the proof in a cookie; an invitation has another purpose.
const MARK: &str = "own browser";

/// Whether the request comes from a marked browser.
pub fn is_own(vault: &Vault, headers: &HeaderMap, now: Millis) -> bool {
    named(headers, OWN).is_some_and(|text| vault.has_signed_until(MARK, text, now))
}

/// `Set-Cookie` that marks a browser.
pub fn mark(vault: &Vault, now: Millis, secure: bool) -> Option<HeaderValue> {
    let value = vault.sign_until(MARK, now.plus_ms(OWN_DAYS * DAY_MS));
    set(OWN, &value, OWN_DAYS, secure)
}

/// `Set-Cookie` that removes the mark.
pub fn unmark(secure: bool) -> Option<HeaderValue> {
    set(OWN, "", 0, secure)
}

/// The visitor that a cookie names, and the `Set-Cookie` if there was none.
pub fn visitor(vault: &Vault, headers: &HeaderMap, secure: bool) -> (Visitor, Option<HeaderValue>) {
    let known = named(headers, VISITOR).filter(|text| {
        text.len() == 22
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    });
    if let Some(text) = known {
        return (pseudonym(vault, text), None);
    }
    let text = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
    (
        pseudonym(vault, &text),
        set(VISITOR, &text, VISITOR_DAYS, secure),
    )
}

fn pseudonym(vault: &Vault, text: &str) -> Visitor {
    let hash = vault.hash("visitor cookie", text);
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    Visitor::of_cookie(u64::from_be_bytes(first))
}

fn set(name: &str, value: &str, days: i64, secure: bool) -> Option<HeaderValue> {
    let seconds = days * DAY_MS / 1000;
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    text.parse().ok()
}

fn named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut pairs = headers
        .get_all(COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'));
    pairs.find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::operations::self_traffic;

    fn headers(cookie: &str) -> HeaderMap {
        let request = TestRequest::default().append_header((COOKIE, cookie));
        request.to_http_request().headers().clone()
    }

    fn value(cookie: &HeaderValue) -> String {
        let text = cookie.to_str().unwrap();
        text.split(';').next().unwrap().to_owned()
    }

    #[test]
    fn only_a_proof_marks_a_browser_and_only_until_it_expires() {
        let [vault, other] = [1, 2].map(|n| Vault::from_key([n; 32]));
        let now = Millis(1_773_144_000_000);
        let cookie = format!("a=b; {}; c=d", value(&mark(&vault, now, true).unwrap()));
        assert!(is_own(&vault, &headers(&cookie), now));
        assert!(!is_own(&other, &headers(&cookie), now));
        assert!(!is_own(
            &vault,
            &headers(&cookie),
            now.plus_ms(OWN_DAYS * DAY_MS)
        ));
        let invited = self_traffic::invitation(&vault, now.plus_ms(1000));
        assert!(self_traffic::is_invitation(&vault, &invited, now));
        let later = now.plus_ms(1000);
        assert!(!self_traffic::is_invitation(&vault, &invited, later));
        // An invitation that somebody else has does not mark their browser.
        assert!(!is_own(
            &vault,
            &headers(&format!("ll_self={invited}")),
            now
        ));
        for forged in [
            "",
            "ll_self",
            "ll_self=9999999999",
            "ll_self=9999999999.x",
            "ll_self=..",
        ] {
            assert!(!is_own(&vault, &headers(forged), now), "{forged}");
        }
    }

    #[test]
    fn a_visitor_is_the_same_again_by_a_cookie_that_leads_nowhere() {
        let vault = Vault::from_key([1; 32]);
        let (first, cookie) = visitor(&vault, &headers("x=y"), false);
        let cookie = cookie.unwrap();
        assert!(!cookie.to_str().unwrap().contains("Secure"));
        assert_eq!(
            visitor(&vault, &headers(&value(&cookie)), false),
            (first, None)
        );
        assert!(
            visitor(&vault, &headers("ll_visitor=short"), false)
                .1
                .is_some()
        );
        assert_ne!(visitor(&vault, &headers("x=y"), false).0, first);
    }
}
