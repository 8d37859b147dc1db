//! A refusal of the API, and its reason.
//!
//! # Invariants
//! The message names options of the command line, not fields of the API. It also names the command
//! that lists what was not found.

use serde::Deserialize;
use serde_json::Value;

use super::super::option_words;

/// A refusal of the API.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub(in crate::cli) struct ApiError {
    status: u16,
    base: String,
    problem: Option<ProblemDetails>,
}

/// The problem details in an answer of the API.
#[derive(Debug, Deserialize)]
struct ProblemDetails {
    code: String,
    detail: String,
}

impl ApiError {
    pub(super) fn new(status: u16, problem: Value, base: &str) -> ApiError {
        ApiError {
            status,
            base: base.to_owned(),
            // A program other than Leadline may also answer with JSON.
            problem: serde_json::from_value(problem).ok(),
        }
    }

    /// Whether an error is a refusal with this code.
    pub(in crate::cli) fn has_code(error: &anyhow::Error, code: &str) -> bool {
        let problem = error
            .downcast_ref::<ApiError>()
            .and_then(|error| error.problem.as_ref());
        problem.is_some_and(|problem| problem.code == code)
    }

    /// The error without a place in JSON that the command wrote and nobody has seen.
    pub(super) fn without_place(mut error: anyhow::Error) -> anyhow::Error {
        let refusal = error.downcast_mut::<ApiError>();
        if let Some(problem) = refusal.and_then(|error| error.problem.as_mut()) {
            let detail = &mut problem.detail;
            detail.truncate(end_before_place(detail));
            if let Some(rest) = detail.strip_prefix(ONE_ROW) {
                *detail = rest.to_owned();
            }
        }
        error
    }

    fn message(&self) -> String {
        let Some(ProblemDetails { code, detail }) = &self.problem else {
            return format!("the server answered {}", self.status);
        };
        let detail = option_words::with_options(detail);
        if self.status == 401 {
            return format!("{detail} ({code}); the server asked is {}", self.base);
        }
        match list_of(code) {
            Some(command) => format!("{detail}; `{command}` lists them all ({code})"),
            None => format!("{detail} ({code})"),
        }
    }
}

/// What the server says before the fault of the only row of a request.
const ONE_ROW: &str = "1 of 1 rows cannot be imported, so none was: line 1, ";

/// The command that lists what a request did not find, where there is one.
fn list_of(code: &str) -> Option<&'static str> {
    Some(match code {
        "campaign_not_found" => "leadline campaign list --archived",
        "click_not_found" => "leadline click list",
        "conversion_not_found" => "leadline conversion list",
        "cost_not_found" => "leadline cost list",
        "customer_not_found" => "leadline customer list",
        "delivery_not_found" => "leadline inbox list",
        "engagement_not_found" => "leadline engagement list",
        "link_not_found" => "leadline link list --archived",
        "post_not_found" => "leadline post list",
        "promo_code_not_found" => "leadline promo list",
        "source_not_found" => "leadline source list --archived",
        _ => return None,
    })
}

/// Where a text ends, without a place in JSON (`at line 4 column 23`) at its end.
fn end_before_place(text: &str) -> usize {
    let place = text.rfind(" at line ");
    let is_place = |at: &usize| {
        let numbers = text[*at..].trim_start_matches(" at line ");
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let numbers = numbers.split_once(" column ");
        numbers.is_some_and(|(line, column)| is_number(line) && is_number(column))
    };
    place.filter(is_place).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(code: &str, detail: &str) -> anyhow::Error {
        let problem = json!({"code": code, "detail": detail});
        ApiError::new(422, problem, "http://127.0.0.1:8080").into()
    }

    #[test]
    fn the_line_of_a_row_that_nobody_wrote_is_left_out() {
        let told = refusal("invalid_rows", &format!("{ONE_ROW}`day` is \"today\""));
        let shown = ApiError::without_place(told).to_string();
        assert_eq!(shown, "`day` is \"today\" (invalid_rows)");
    }

    #[test]
    fn places_in_json_that_nobody_wrote_are_left_out() {
        let detail = "`target`: expected i64 at line 1 column 23";
        let given = refusal("invalid_field", detail);
        assert_eq!(given.to_string(), format!("{detail} (invalid_field)"));
        let built = ApiError::without_place(given).to_string();
        assert_eq!(built, "`target`: expected i64 (invalid_field)");
        let table = ApiError::without_place(refusal("invalid_table", "no day at line 3"));
        assert_eq!(table.to_string(), "no day at line 3 (invalid_table)");
    }

    #[test]
    fn what_is_not_found_comes_with_the_command_that_lists_it() {
        let text = refusal("link_not_found", "no such link").to_string();
        let list = "`leadline link list --archived` lists them all";
        assert_eq!(text, format!("no such link; {list} (link_not_found)"));
    }
}
