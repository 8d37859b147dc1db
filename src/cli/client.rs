//! The API as the commands use it.

use std::io::{self, BufRead, BufReader};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use ureq::Agent;
use url::Url;

use super::terminal;
use crate::app::StartError;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server and a key for it.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    base: String,
    key: String,
}

impl Client {
    pub(super) fn new(server: &str, key: Option<&str>) -> anyhow::Result<Client> {
        let url = Url::parse(server)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .with_context(|| format!("--server is {server:?}; write http://127.0.0.1:8080"))?;
        let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) else {
            bail!(
                "no key; put the server's into LEADLINE_KEY, or make one in the server's folder:\n  \
                 export LEADLINE_KEY=$(leadline key create --scopes read,write,convert)"
            );
        };
        anyhow::ensure!(
            key.starts_with("ll_") && key.bytes().all(|byte| byte.is_ascii_graphic()),
            "the key is none of Leadline's: they begin with ll_ and hold letters, digits, _ and -; \
             copy it whole, as `leadline key create` printed it"
        );
        let agent = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Ok(Client {
            agent: agent.into(),
            base: format!("{}/api/v1", url.as_str().trim_end_matches('/')),
            key: key.to_owned(),
        })
    }

    /// Reads `path`, which begins with a slash.
    pub(super) fn get(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        let answer = self.waiting(|| {
            self.agent
                .get(format!("{}{path}", self.base))
                .header("Authorization", self.bearer())
                .query_pairs(query.iter().copied())
                .call()
        });
        self.read(answer)
    }

    /// Reads what the API says of a campaign that a person means.
    pub(super) fn get_of_campaign(
        &self,
        campaign: &str,
        what: &str,
        query: &[(&str, &str)],
    ) -> anyhow::Result<Value> {
        let campaign = self.campaign(campaign)?;
        let id = campaign["id"].as_str().unwrap_or_default();
        self.get(&format!("/campaigns/{id}/{what}"), query)
    }

    /// Reads `path`, which begins with a slash, as a table (CSV).
    pub(super) fn get_table(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<String> {
        let answer = self.waiting(|| {
            self.agent
                .get(format!("{}{path}", self.base))
                .header("Authorization", self.bearer())
                .header("Accept", "text/csv")
                .query_pairs(query.iter().copied())
                .call()
        });
        match answer {
            Ok(mut answer) if answer.status().is_success() => {
                let table = answer.body_mut().read_to_string();
                table.with_context(|| format!("the answer of {} broke off", self.base))
            }
            answer => bail!(
                "{} answered without a table: {}",
                self.base,
                self.read(answer)?
            ),
        }
    }

    /// Reads all rows of `path`, which begins with a slash, in the form `kind`, however long it
    /// takes.
    pub(super) fn get_stream(
        &self,
        path: &str,
        query: &[(&str, &str)],
        kind: &str,
        take: impl FnOnce(&mut dyn BufRead) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let answer = self.waiting(|| {
            self.agent
                .get(format!("{}{path}", self.base))
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
        match answer {
            Ok(answer) if answer.status().is_success() => {
                let rows = answer.into_body().into_with_config().limit(u64::MAX);
                let mut rows = BufReader::new(rows.reader());
                take(&mut rows).map_err(|error| {
                    let is_ours = matches!(
                        error.kind(),
                        io::ErrorKind::BrokenPipe | io::ErrorKind::StorageFull
                    );
                    let error = anyhow::Error::new(error);
                    if is_ours {
                        return error;
                    }
                    error.context(StartError::Temporary(format!(
                        "the answer of {} broke off; what was printed is not all of it",
                        self.base
                    )))
                })
            }
            answer => bail!(
                "{} answered without rows: {}",
                self.base,
                self.read(answer)?
            ),
        }
    }

    /// Sends `body` to `path`, which begins with a slash.
    pub(super) fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.waiting(|| {
            self.agent
                .post(format!("{}{path}", self.base))
                .header("Authorization", self.bearer())
                .send_json(body)
        });
        self.read(answer)
    }

    /// Sends a table to `path`, which begins with a slash.
    pub(super) fn post_table(
        &self,
        path: &str,
        query: &[(&str, &str)],
        table: &[u8],
    ) -> anyhow::Result<Value> {
        let answer = self.waiting(|| {
            self.agent
                .post(format!("{}{path}", self.base))
                .header("Authorization", self.bearer())
                .header("Content-Type", "text/csv")
                .query_pairs(query.iter().copied())
                .send(table)
        });
        self.read(answer)
    }

    /// Changes what is at `path`, which begins with a slash.
    pub(super) fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.waiting(|| {
            self.agent
                .patch(format!("{}{path}", self.base))
                .header("Authorization", self.bearer())
                .send_json(body)
        });
        self.read(answer)
    }

    /// Takes away what `body` names at `path`, which begins with a slash.
    pub(super) fn delete(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.waiting(|| {
            self.agent
                .delete(format!("{}{path}", self.base))
                .header("Authorization", self.bearer())
                .force_send_body()
                .send_json(body)
        });
        self.read(answer)
    }

    /// Every row of a list, page by page.
    pub(super) fn list(
        &self,
        path: &str,
        rows: &str,
        query: &[(&str, &str)],
    ) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("limit", "200"));
            if let Some(cursor) = &cursor {
                query.push(("cursor", cursor));
            }
            let page = self.get(path, &query)?;
            all.extend(page[rows].as_array().cloned().unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(all),
            }
        }
    }

    /// The campaign that a person means: by id, by `utm_campaign`, or by its whole name.
    pub(super) fn campaign(&self, text: &str) -> anyhow::Result<Value> {
        if text.starts_with("cmp_") {
            return self.get(&format!("/campaigns/{text}"), &[]);
        }
        let campaigns = self.list("/campaigns", "campaigns", &[("archived", "true")])?;
        let named = |field: &str| -> Vec<&Value> {
            campaigns
                .iter()
                .filter(|campaign| campaign[field] == text)
                .collect()
        };
        match (&named("utm_campaign")[..], &named("name")[..]) {
            ([one], _) | ([], [one]) => Ok((*one).clone()),
            ([], []) => {
                bail!(
                    "no campaign is called {text:?}; `leadline campaign list --archived` lists them all"
                )
            }
            _ => bail!("several campaigns are called {text:?}; give the id instead"),
        }
    }

    fn waiting<T>(&self, call: impl FnOnce() -> T) -> T {
        terminal::waiting(&format!("Waiting for {}", self.base), call)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.key)
    }

    fn read(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> anyhow::Result<Value> {
        let mut answer = answer.map_err(|error| {
            let remedy = "is the server running, and is --server right?";
            let text = format!("no answer from {}; {remedy}", self.base);
            anyhow::Error::new(error).context(StartError::Temporary(text))
        })?;
        let status = answer.status();
        let body: Value = answer
            .body_mut()
            .read_json()
            .with_context(|| format!("{} does not answer like Leadline ({status})", self.base))?;
        if status.is_success() {
            return Ok(body);
        }
        match (body["detail"].as_str(), body["code"].as_str()) {
            (Some(detail), Some(code)) if status.as_u16() == 401 => {
                bail!("{detail} ({code}); the server asked is {}", self.base)
            }
            (Some(detail), Some(code)) => bail!("{detail} ({code})"),
            _ => bail!("the server answered {status}"),
        }
    }
}
