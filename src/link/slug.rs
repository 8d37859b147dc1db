//! Slugs: the path of a short link.
//!
//! # Invariants
//! A made slug has no letters that look alike and no vowels, so it can be read aloud and spells no
//! word; a custom slug never hides a path of the service.

pub mod repair;

use nanoid::nanoid;

/// Characters of a made slug.
pub const LENGTH: usize = 7;

/// Most characters of a slug.
const LONGEST: usize = 64;

/// No 0 O o, 1 l I i, no other vowels, no 5 S s, no 2 Z z, no V v w; and of letters whose two cases
/// differ in size only, one.
const ALPHABET: [char; 34] = [
    '3', '4', '6', '7', '8', '9', 'B', 'D', 'F', 'G', 'H', 'J', 'L', 'M', 'N', 'Q', 'R', 'T', 'W',
    'b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 't', 'x',
];

/// Paths that belong to the service, now or later, or that people would be misled by.
const RESERVED: [&str; 32] = [
    "_self",
    "about",
    "account",
    "admin",
    "api",
    "app",
    "assets",
    "auth",
    "compat",
    "dashboard",
    "demo",
    "docs",
    "favicon",
    "health",
    "healthz",
    "help",
    "legal",
    "login",
    "logout",
    "metrics",
    "openapi",
    "postback",
    "privacy",
    "ready",
    "readyz",
    "robots",
    "security",
    "share",
    "static",
    "status",
    "webhooks",
    "www",
];

/// Why a custom slug is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fewer than 3 or more than 64 characters.
    #[error("a slug has 3 to 64 characters, not {0}")]
    Length(usize),
    /// Another character.
    #[error("a slug holds letters A-Z a-z, digits, - and _ only; replace {0:?}")]
    Character(char),
    /// One of the service's own paths.
    #[error("{0:?} is reserved; choose another slug")]
    Reserved(String),
}

/// A random slug of [`LENGTH`] characters: one of about 5·10¹⁰.
pub fn generate() -> String {
    nanoid!(LENGTH, &ALPHABET)
}

/// Whether a link could have this slug at all; what could not need not be looked up.
pub fn is_possible(slug: &str) -> bool {
    (1..=LONGEST).contains(&slug.len()) && slug.chars().all(is_allowed)
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Whether it is one of the service's own paths.
pub fn is_reserved(slug: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(slug))
}

/// Whether a slug of somebody's own choice may be used.
///
/// # Errors
/// The first rule broken.
pub fn check(slug: &str) -> Result<(), Error> {
    if let Some(other) = slug.chars().find(|c| !is_allowed(*c)) {
        return Err(Error::Character(other));
    }
    if !(3..=LONGEST).contains(&slug.len()) {
        return Err(Error::Length(slug.len()));
    }
    if is_reserved(slug) {
        return Err(Error::Reserved(slug.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_slugs_pass_the_check_and_have_no_look_alikes() {
        for _ in 0..1_000 {
            let slug = generate();
            assert_eq!(slug.len(), LENGTH);
            assert_eq!(check(&slug), Ok(()));
            assert!(
                !slug.contains(['0', 'O', 'o', '1', 'l', 'I', 'i', 'a', 'e', 'u']),
                "{slug}"
            );
        }
    }

    #[test]
    fn custom_slugs_are_checked() {
        assert_eq!(check("Spring_26-x"), Ok(()));
        assert_eq!(check("ab"), Err(Error::Length(2)));
        assert_eq!(check("a/b"), Err(Error::Character('/')));
        for word in ["API", "app", "compat", "Share"] {
            assert_eq!(check(word), Err(Error::Reserved(word.into())));
        }
        assert_eq!(check("größe"), Err(Error::Character('ö')));
    }
}
