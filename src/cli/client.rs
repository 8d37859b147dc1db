//! The API, as the commands call it.
//!
//! # Invariants
//! A path begins with a slash and is below `/api/v1`. A refusal of the API becomes an [`ApiError`];
//! a missing answer is a temporary failure.

mod answer;
mod body;
mod error;
pub(super) mod named;

use std::io::{self, BufRead, BufReader};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;
use url::Url;

use super::terminal;
use crate::app::StartError;

pub(super) use answer::{Answer, Rows};
pub(super) use body::Body;
pub(super) use error::ApiError;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Rows of a page; the API's maximum.
const PAGE: &str = "200";

type Outcome = Result<Response<ureq::Body>, ureq::Error>;

/// A server and a key for it.
#[derive(Debug)]
pub(super) struct ApiClient {
    agent: Agent,
    base: String,
    key: String,
}

impl ApiClient {
    pub(super) fn new(server: &str, key: Option<&str>) -> anyhow::Result<ApiClient> {
        let url = Url::parse(server)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .with_context(|| format!("--server is {server:?}; write http://127.0.0.1:8080"))?;
        let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) else {
            bail!(
                "no API key is given; set LEADLINE_KEY, or create a key in the server's folder:\n  \
                 export LEADLINE_KEY=$(leadline key create --scopes read,write,convert)"
            );
        };
        anyhow::ensure!(
            key.starts_with("ll_") && key.bytes().all(|byte| byte.is_ascii_graphic()),
            "the API key is not one of Leadline's: they begin with ll_ and have letters, digits, _ and -; \
             copy the whole key, as `leadline key create` printed it"
        );
        let agent = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Ok(ApiClient {
            agent: agent.into(),
            base: format!("{}/api/v1", url.as_str().trim_end_matches('/')),
            key: key.to_owned(),
        })
    }

    /// Reads `path`.
    pub(super) fn get(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let outcome = self.waiting(|| {
            self.agent
                .get(self.url(path))
                .header("Authorization", self.bearer())
                .query_pairs(query.iter().copied())
                .call()
        });
        self.answer(outcome)
    }

    /// Reads `path` as CSV.
    pub(super) fn get_csv(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<String> {
        let outcome = self.waiting(|| {
            self.agent
                .get(self.url(path))
                .header("Authorization", self.bearer())
                .header("Accept", "text/csv")
                .query_pairs(query.iter().copied())
                .call()
        });
        let mut response = self.accepted(outcome)?;
        let table = response.body_mut().read_to_string();
        table.with_context(|| format!("the answer of {} stopped early", self.base))
    }

    /// Passes all rows of `path` to `take`, in the content type `kind`, without a time limit.
    pub(super) fn get_stream(
        &self,
        path: &str,
        query: &[(&str, &str)],
        kind: &str,
        take: impl FnOnce(&mut dyn BufRead) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let outcome = self.waiting(|| {
            self.agent
                .get(self.url(path))
                .config()
                .timeout_global(None)
                .timeout_connect(Some(TIMEOUT))
                .timeout_recv_response(Some(TIMEOUT))
                .build()
                .header("Authorization", self.bearer())
                .header("Accept", kind)
                .query_pairs(query.iter().copied())
                .call()
        });
        let response = self.accepted(outcome)?;
        let rows = response.into_body().into_with_config().limit(u64::MAX);
        take(&mut BufReader::new(rows.reader())).map_err(|error| self.broken_off(error))
    }

    /// Sends `body` to `path`.
    pub(super) fn post(&self, path: &str, body: &impl Serialize) -> anyhow::Result<Answer> {
        let answer = self.post_as_given(path, body);
        answer.map_err(ApiError::without_place)
    }

    /// Sends JSON of the user to `path`. A refusal may name a place in it.
    pub(super) fn post_as_given(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<Answer> {
        let outcome = self.waiting(|| {
            self.agent
                .post(self.url(path))
                .header("Authorization", self.bearer())
                .send_json(body)
        });
        self.answer(outcome)
    }

    /// Sends a file to `path` as a table.
    pub(super) fn post_table(
        &self,
        path: &str,
        query: &[(&str, &str)],
        table: &[u8],
    ) -> anyhow::Result<Answer> {
        let outcome = self.waiting(|| {
            self.agent
                .post(self.url(path))
                .header("Authorization", self.bearer())
                .header("Content-Type", "text/csv")
                .query_pairs(query.iter().copied())
                .send(table)
        });
        self.answer(outcome)
    }

    /// Updates the object at `path`.
    pub(super) fn patch(&self, path: &str, body: &impl Serialize) -> anyhow::Result<Answer> {
        let outcome = self.waiting(|| {
            self.agent
                .patch(self.url(path))
                .header("Authorization", self.bearer())
                .send_json(body)
        });
        self.answer(outcome).map_err(ApiError::without_place)
    }

    /// Deletes or archives the object at `path`.
    pub(super) fn delete(&self, path: &str) -> anyhow::Result<Answer> {
        self.delete_named(path, &serde_json::json!({}))
    }

    /// Deletes at `path` what `body` names.
    pub(super) fn delete_named(&self, path: &str, body: &impl Serialize) -> anyhow::Result<Answer> {
        let outcome = self.waiting(|| {
            self.agent
                .delete(self.url(path))
                .header("Authorization", self.bearer())
                .force_send_body()
                .send_json(body)
        });
        self.answer(outcome).map_err(ApiError::without_place)
    }

    /// Every row of the list at `path`; `field` of each page holds the rows.
    pub(super) fn list(
        &self,
        path: &str,
        field: &str,
        query: &[(&str, &str)],
    ) -> anyhow::Result<Rows> {
        let mut all = Rows::default();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("limit", PAGE));
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            cursor = all.take_page(self.get(path, &query)?, field)?;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    fn waiting<T>(&self, call: impl FnOnce() -> T) -> T {
        terminal::waiting(&format!("Waiting for {}", self.base), call)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.key)
    }

    fn answer(&self, outcome: Outcome) -> anyhow::Result<Answer> {
        let mut response = self.accepted(outcome)?;
        let status = response.status();
        let body: Value = response
            .body_mut()
            .read_json()
            .with_context(|| format!("{} does not answer like Leadline ({status})", self.base))?;
        Ok(Answer::new(body))
    }

    /// The response, if it is a success.
    fn accepted(&self, outcome: Outcome) -> anyhow::Result<Response<ureq::Body>> {
        let mut response = outcome.map_err(|error| {
            let remedy = "is the server running, and is --server right?";
            let text = format!("no answer from {}; {remedy}", self.base);
            anyhow::Error::new(error).context(StartError::Temporary(text))
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem: Value = response
            .body_mut()
            .read_json()
            .with_context(|| format!("{} does not answer like Leadline ({status})", self.base))?;
        Err(ApiError::new(status.as_u16(), problem, &self.base).into())
    }

    /// The error of a stream that was not passed on completely.
    fn broken_off(&self, error: io::Error) -> anyhow::Error {
        let is_of_output = matches!(
            error.kind(),
            io::ErrorKind::BrokenPipe | io::ErrorKind::StorageFull
        );
        let error = anyhow::Error::new(error);
        if is_of_output {
            return error;
        }
        error.context(StartError::Temporary(format!(
            "the answer of {} stopped early; the printed list is incomplete",
            self.base
        )))
    }
}

/// Whether a change changes nothing.
///
/// # Errors
/// If the change cannot be written as JSON.
pub(super) fn is_empty(change: &impl Serialize) -> anyhow::Result<bool> {
    Ok(serde_json::to_value(change)? == serde_json::json!({}))
}

/// The parameters that have a value.
pub(super) fn given<'a>(parameters: &[(&'a str, Option<&'a str>)]) -> Vec<(&'a str, &'a str)> {
    let given = parameters.iter();
    given
        .filter_map(|(name, value)| Some((*name, (*value)?)))
        .collect()
}

/// Any text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                // Writing to a text cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_a_path_stays_one_segment() {
        assert_eq!(segment("cust-17"), "cust-17");
        assert_eq!(segment("a/b?ü."), "a%2Fb%3F%C3%BC%2E");
    }
}
