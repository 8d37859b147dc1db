//! In which form a request wants its answer, by its `Accept`.
//!
//! # Invariants
//! What asks for none of the forms that there are gets JSON, like every answer of the API.

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header, Quality};

/// A form that rows are answered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON, a page of a list.
    Json,
    /// A JSON object on each line.
    Ndjson,
    /// A table.
    Csv,
}

impl Form {
    /// What a request asks for first, of forms that there are besides JSON.
    pub fn of(request: &HttpRequest, besides_json: &[Form]) -> Form {
        let Ok(mut accept) = Accept::parse(request) else {
            return Form::Json;
        };
        accept.0.retain(|kind| kind.quality > Quality::ZERO);
        let ranked = accept.ranked().into_iter();
        let forms = ranked.filter_map(|kind| match kind.essence_str() {
            "application/json" | "application/*" | "*/*" => Some(Form::Json),
            "application/x-ndjson" | "application/ndjson" => Some(Form::Ndjson),
            "text/csv" | "text/*" => Some(Form::Csv),
            _ => None,
        });
        let mut forms = forms.filter(|form| *form == Form::Json || besides_json.contains(form));
        forms.next().unwrap_or(Form::Json)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_best_form_that_there_is() {
        for (accept, form) in [
            ("*/*", Form::Json),
            ("text/csv", Form::Csv),
            ("TEXT/CSV; charset=utf-8", Form::Csv),
            ("application/x-ndjson", Form::Ndjson),
            ("application/json;q=0.5, text/csv", Form::Csv),
            ("text/csv;q=0.5, application/x-ndjson;q=0.7", Form::Ndjson),
            ("text/html, text/csv;q=0.1", Form::Csv),
            ("text/csv;q=0", Form::Json),
            ("image/png", Form::Json),
            ("", Form::Json),
            ("nonsense", Form::Json),
        ] {
            let request = TestRequest::get().insert_header(("accept", accept));
            let request = request.to_http_request();
            let found = Form::of(&request, &[Form::Csv, Form::Ndjson]);
            assert_eq!(found, form, "{accept}");
        }
        let request =
            TestRequest::get().insert_header(("accept", "application/x-ndjson, text/csv"));
        assert_eq!(
            Form::of(&request.to_http_request(), &[Form::Csv]),
            Form::Csv
        );
    }
}
