//! The format that a request wants for its answer, by its `Accept` header.
//!
//! # Invariants
//! A request that accepts none of the formats gets JSON, like every answer of the API.

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header, Quality};

/// A format of rows in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFormat {
    /// JSON, a page of a list.
    Json,
    /// A JSON object on each line.
    Ndjson,
    /// A table.
    Csv,
}

impl AnswerFormat {
    /// The format that a request prefers among JSON and those in `besides_json`.
    pub fn of(request: &HttpRequest, besides_json: &[AnswerFormat]) -> AnswerFormat {
        let Ok(mut accept) = Accept::parse(request) else {
            return AnswerFormat::Json;
        };
        accept.0.retain(|kind| kind.quality > Quality::ZERO);
        let ranked = accept.ranked().into_iter();
        let mut formats = ranked.filter_map(|kind| match kind.essence_str() {
            "application/json" | "application/*" | "*/*" => Some(AnswerFormat::Json),
            "application/x-ndjson" | "application/ndjson" => Some(AnswerFormat::Ndjson),
            "text/csv" | "text/*" => Some(AnswerFormat::Csv),
            _ => None,
        });
        let is_offered =
            |format: &AnswerFormat| *format == AnswerFormat::Json || besides_json.contains(format);
        formats.find(is_offered).unwrap_or(AnswerFormat::Json)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_preferred_format_wins() {
        for (accept, format) in [
            ("*/*", AnswerFormat::Json),
            ("text/csv", AnswerFormat::Csv),
            ("TEXT/CSV; charset=utf-8", AnswerFormat::Csv),
            ("application/x-ndjson", AnswerFormat::Ndjson),
            ("application/json;q=0.5, text/csv", AnswerFormat::Csv),
            (
                "text/csv;q=0.5, application/x-ndjson;q=0.7",
                AnswerFormat::Ndjson,
            ),
            ("text/html, text/csv;q=0.1", AnswerFormat::Csv),
            ("text/csv;q=0", AnswerFormat::Json),
            ("image/png", AnswerFormat::Json),
            ("", AnswerFormat::Json),
            ("nonsense", AnswerFormat::Json),
        ] {
            let request = TestRequest::get().insert_header(("accept", accept));
            let request = request.to_http_request();
            let found = AnswerFormat::of(&request, &[AnswerFormat::Csv, AnswerFormat::Ndjson]);
            assert_eq!(found, format, "{accept}");
        }
        let request =
            TestRequest::get().insert_header(("accept", "application/x-ndjson, text/csv"));
        assert_eq!(
            AnswerFormat::of(&request.to_http_request(), &[AnswerFormat::Csv]),
            AnswerFormat::Csv
        );
    }
}
