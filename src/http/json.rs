//! Bodies and query strings, read into types with errors that name the field.
//!
//! Holds: no more than its limit of a body is ever kept in memory.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::QueryPayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::State;
use super::error::Problem;
use crate::provider;

/// Most bytes that a body gets before it comes: whoever announces one need not send it.
const MOST_ROOM: usize = 64 * 1024;

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// The raw body, within the configured limit.
#[derive(Debug)]
pub struct Raw(pub Bytes);

impl FromRequest for Raw {
    type Error = Problem;
    type Future = Extracted<Raw>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<State>>();
        let limit = state.map_or(0, |state| state.settings.body_limit_bytes);
        let told = request.headers().get(CONTENT_LENGTH);
        let told = told.and_then(|length| length.to_str().ok()?.parse().ok());
        let room = told.unwrap_or(0);
        let payload = payload.take();
        Box::pin(async move { Ok(Raw(whole(payload, room, limit).await?)) })
    }
}

/// The whole body, of about `room` bytes and at most `limit`.
///
/// # Errors
/// [`Problem::BodyTooLarge`], and [`Problem::BodyBroken`] where it does not arrive whole.
pub async fn whole(mut payload: Payload, room: usize, limit: usize) -> Result<Bytes, Problem> {
    let mut body = BytesMut::with_capacity(room.min(limit).min(MOST_ROOM));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::BodyBroken)?;
        if body.len() + chunk.len() > limit {
            return Err(Problem::BodyTooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// A JSON body, and the bytes it came from.
#[derive(Debug)]
pub struct Json<T> {
    /// What it says.
    pub value: T,
    /// Its bytes.
    pub raw: Bytes,
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
