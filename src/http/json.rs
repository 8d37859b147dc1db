//! Bodies and query strings, read into types with errors that name the field.
//!
//! Holds: a body is read within the bounds of [`super::bodies`], and for a caller whose key was
//! asked for.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::QueryPayloadError;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::State;
use super::bodies::{WholeBody, announced};
use super::error::Problem;
use crate::provider;

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// The raw body of a request with a key, within the configured limit.
#[derive(Debug)]
pub struct Raw(pub WholeBody);

impl FromRequest for Raw {
    type Error = Problem;
    type Future = Extracted<Raw>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<State>>().cloned();
        let announced = announced(request);
        let payload = payload.take();
        Box::pin(async move {
            let state = state.ok_or(Problem::Broken)?;
            let limit = state.settings.body_limit_bytes;
            let body = state.bodies.keyed.read(payload, announced, limit).await?;
            Ok(Raw(body))
        })
    }
}

/// A JSON body, and the bytes it came from.
#[derive(Debug)]
pub struct Json<T> {
    /// What it says.
    pub value: T,
    /// Its bytes.
    pub raw: WholeBody,
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Extracted<Json<T>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let raw = Raw::from_request(request, payload);
        Box::pin(async move {
            let Raw(raw) = raw.await?;
            Ok(Json {
                value: provider::json::read(&raw)?,
                raw,
            })
        })
    }
}

/// A query string.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Query<T>, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        if request.query_string().contains("%00") {
            let nul = "the query holds %00, a sign that no text here has; leave it out";
            return std::future::ready(Err(Problem::Query(nul.to_owned())));
        }
        let read = web::Query::<T>::from_query(request.query_string());
        std::future::ready(read.map(|query| Query(query.into_inner())).map_err(
            |error| match error {
                QueryPayloadError::Deserialize(error) => {
                    Problem::Query(format!("the query cannot be read: {error}"))
                }
                error => Problem::Query(error.to_string()),
            },
        ))
    }
}

/// A field of a change that cannot be taken away: absent leaves the value, `null` is refused.
///
/// # Errors
/// When the value is of the wrong form.
pub fn given<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A field of a change: absent leaves the value, `null` takes it away.
///
/// # Errors
/// When the value is of the wrong form.
pub fn change<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
