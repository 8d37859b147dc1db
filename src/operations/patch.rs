//! Distinguishes an absent field of a change from a field that is `null`.

use serde::{Deserialize, Deserializer};

/// A field that cannot be removed. If it is absent, the value stays; `null` is refused.
///
/// # Errors
/// When the value has the wrong form.
pub fn given<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A field that can be removed. If it is absent, the value stays; `null` removes the value.
///
/// # Errors
/// When the value has the wrong form.
pub fn change<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
