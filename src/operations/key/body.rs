//! Requests for keys and what they are answered with.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::id::KeyId;
use crate::operations::patch::given;
use crate::store::key::{ApiKey, Scope};

/// A new key.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Display name, 1 to 200 characters.
    #[schema(example = "Web shop", min_length = 1, max_length = 200)]
    pub name: String,
    /// Its scopes, which the key of this request must also have. Only a key with `lead` alone may
    /// be public in a page.
    #[schema(value_type = Vec<Scope>, example = json!(["read", "convert"]), min_items = 1)]
    pub scopes: Vec<String>,
}

/// Changes of a key.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyChange {
    /// Display name, 1 to 200 characters.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// Its new scopes, which the key of this request must also have. A key with `lead` alone cannot
    /// get others, because its token may be public. No other key can become one with `lead` alone.
    #[schema(value_type = Vec<Scope>, required = false, min_items = 1)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub scopes: Option<Vec<String>>,
}

/// The filters of a list of keys.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct KeyQuery {
    /// Whether revoked ones are also listed.
    #[serde(default)]
    pub revoked: bool,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// A key, without its token.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Key)]
pub struct KeyView {
    /// Id.
    #[schema(value_type = String, example = "key_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: KeyId,
    /// Display name.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    /// UTC day of its last use; `null` if it was not used yet.
    #[schema(value_type = Option<String>, format = Date)]
    pub last_used_on: Option<String>,
    /// When it was revoked; `null` while it is active.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Millis>,
}

/// A new key with its token.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
pub struct CreatedKey {
    /// The key.
    #[serde(flatten)]
    pub key: KeyView,
    /// The token for `Authorization: Bearer …`; only this answer shows it.
    #[schema(example = "ll_…")]
    pub token: String,
}

/// A page of keys.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct KeyPage {
    /// Oldest first.
    pub keys: Vec<KeyView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        KeyView {
            id: key.id,
            name: key.name,
            scopes: key.scopes,
            created_at: key.created_at,
            last_used_on: key.last_used_day.map(|day| Millis::of_day(day).date()),
            revoked_at: key.revoked_at,
        }
    }
}

impl CreatedKey {
    pub(super) fn new(key: ApiKey, token: &SecretString) -> CreatedKey {
        CreatedKey {
            key: key.into(),
            token: token.expose_secret().to_owned(),
        }
    }
}
