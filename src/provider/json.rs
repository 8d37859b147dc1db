//! Reads JSON from outside into types; errors name the place. Structs are read from objects only.

mod objects;

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use objects::object;
use objects::objects;

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    path: String,
    detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorKind {
    Syntax,
    UnknownField,
    Field,
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::Syntax => "invalid_json",
            ErrorKind::UnknownField => "unknown_field",
            ErrorKind::Field => "invalid_field",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::Syntax => write!(f, "the body is not JSON: {}", self.detail),
            _ if self.path == "." => f.write_str(&self.detail),
            _ => write!(f, "`{}`: {}", self.path, self.detail),
        }
    }
}

impl std::error::Error for Error {}

/// Reads `body` as JSON of one value.
///
/// # Errors
/// When it is not JSON, or does not have the form of `T`; the message names the place.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    if let Some(place) = escaped_nul(body) {
        return Err(Error {
            kind: ErrorKind::Syntax,
            path: ".".to_owned(),
            detail: format!(
                "\\u0000 at byte {place} is a character that texts must not have; remove it"
            ),
        });
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(objects(&mut reader)).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let detail = inner.to_string();
        let kind = match inner.classify() {
            serde_json::error::Category::Data if detail.starts_with("unknown field") => {
                ErrorKind::UnknownField
            }
            serde_json::error::Category::Data => ErrorKind::Field,
            _ => ErrorKind::Syntax,
        };
        Error { kind, path, detail }
    })?;
    reader.end().map_err(|error| Error {
        kind: ErrorKind::Syntax,
        path: ".".to_owned(),
        detail: error.to_string(),
    })?;
    Ok(value)
}

/// Checks that `body` is JSON, whatever its content.
///
/// # Errors
/// When it is not JSON.
pub fn check(body: &[u8]) -> Result<(), Error> {
    read::<serde::de::IgnoredAny>(body).map(drop)
}

/// The text or number at a JSON Pointer, as text; `None` if the place has neither, or only spaces.
pub fn text_at(value: &Value, pointer: &str) -> Option<String> {
    let text = match value.pointer(pointer)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Whether `body` may be JSON. The text inside the brackets of objects and lists is not parsed.
/// This takes a twentieth of the time of [`check`], and still rejects forms, XML and truncated
/// texts.
///
/// # Errors
/// When it cannot be JSON.
pub fn check_brackets(body: &[u8]) -> Result<(), Error> {
    let whole = body.trim_ascii();
    let ends = (whole.first(), whole.last());
    let is_enclosed = matches!(ends, (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')));
    if is_enclosed && escaped_nul(body).is_none() {
        Ok(())
    } else {
        // Names what is wrong, and where.
        check(body)
    }
}

/// The place of an escaped NUL, which some databases cannot store. Unescaped, JSON does not allow
/// it.
fn escaped_nul(body: &[u8]) -> Option<usize> {
    let found = memchr::memmem::find_iter(body, b"\\u0000");
    let mut found = found.filter(|place| {
        let before = body[..*place].iter().rev();
        before.take_while(|byte| **byte == b'\\').count() % 2 == 0
    });
    found.next()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only read")]
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only read")]
        count: u32,
    }

    fn refusal(body: &str) -> (&'static str, String) {
        let error = read::<Outer>(body.as_bytes()).unwrap_err();
        (error.code(), error.to_string())
    }

    #[test]
    fn texts_and_numbers_are_texts() {
        let value = serde_json::json!({"a": [" x ", 12.50, 7, "", null, true, {}]});
        let at = |n: usize| text_at(&value, &format!("/a/{n}"));
        let all: Vec<_> = (0..8).map(at).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(all[..3], [some("x"), some("12.5"), some("7")]);
        assert_eq!(all[3..], [const { None }; 5]);
    }

    #[test]
    fn brackets_are_a_hint_only() {
        for may_be in ["{}", " [1]\n", r#"{"a":1,}"#, "7", r#"["\\u0000"]"#] {
            assert_eq!(check_brackets(may_be.as_bytes()), Ok(()), "{may_be}");
        }
        for is_none in ["", "a=1&b=2", "<a/>", r#"{"a":1"#, "[}", r#"["\u0000"]"#] {
            let error = check_brackets(is_none.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "invalid_json", "{is_none}");
        }
    }

    #[test]
    fn no_array_is_an_object() {
        assert!(read::<Outer>(br#"{"inner":{"count":1}}"#).is_ok());
        for body in ["[]", "[[1]]", r#"[{"count":1}]"#, r#"{"inner":[1]}"#] {
            let (code, text) = refusal(body);
            assert_eq!(code, "invalid_field", "{body}");
            assert!(text.contains("expected an object"), "{body}: {text}");
        }
    }

    #[test]
    fn errors_name_their_place() {
        assert_eq!(refusal("{").0, "invalid_json");
        assert_eq!(refusal("{\"inner\":{\"count\":1}} x").0, "invalid_json");
        let (code, text) = refusal("{\"inner\":{\"counter\":1}}");
        assert_eq!(code, "unknown_field");
        assert!(
            text.contains("inner.counter") && text.contains("expected `count`"),
            "{text}"
        );
        let (code, text) = refusal("{\"inner\":{\"count\":\"1\"}}");
        assert_eq!(code, "invalid_field");
        assert!(text.starts_with("`inner.count`"), "{text}");
    }
}
