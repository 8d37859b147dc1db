//! Bodies and query strings, read into types; errors name the field.
//!
//! # Invariants
//! A body is read within the limits of [`bodies`](crate::http::extract::bodies), and only after the
//! key of its sender was checked.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::QueryPayloadError;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use crate::http::error::Problem;
use crate::http::extract::bodies::{WholeBody, announced};
use crate::http::state::State;
use crate::operations::error::Error;
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
            let state = state.ok_or(Error::Broken)?;
            let limit = state.settings.body_limit_bytes;
            let body = state.bodies.keyed.read(payload, announced, limit).await?;
            Ok(Raw(body))
        })
    }
}

/// A JSON body, with its bytes.
#[derive(Debug)]
pub struct Json<T> {
    /// The parsed value.
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
            let nul = "the query holds %00, a character that texts must not have; remove it";
            return std::future::ready(Err(Error::Query(nul.to_owned()).into()));
        }
        let read = web::Query::<T>::from_query(request.query_string());
        let refused = |error: QueryPayloadError| match error {
            QueryPayloadError::Deserialize(error) => {
                Error::Query(format!("the query cannot be read: {error}"))
            }
            error => Error::Query(error.to_string()),
        };
        let read = read.map(|query| Query(query.into_inner()));
        std::future::ready(read.map_err(|error| refused(error).into()))
    }
}
