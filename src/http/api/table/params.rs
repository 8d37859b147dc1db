//! The query string of an import, in which `column` may be repeated.

use actix_web::error::QueryPayloadError;
use actix_web::web;
use serde::Deserialize;

use crate::operations::import::query::ImportQuery;

/// The query of an import, read from a query string.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<(String, String)>")]
pub struct ImportParams(pub ImportQuery);

impl TryFrom<Vec<(String, String)>> for ImportParams {
    type Error = String;

    fn try_from(pairs: Vec<(String, String)>) -> Result<ImportParams, String> {
        let (columns, single): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(name, _)| name == "column");
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        let text = text.extend_pairs(single).finish();
        let query = web::Query::<ImportQuery>::from_query(&text);
        let mut query = query.map_err(problem)?.into_inner();
        query.column = columns.into_iter().map(|(_, column)| column).collect();
        Ok(ImportParams(query))
    }
}

fn problem(error: QueryPayloadError) -> String {
    match error {
        QueryPayloadError::Deserialize(error) => error.to_string(),
        error => error.to_string(),
    }
}
