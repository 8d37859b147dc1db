//! A running service that is held against its description with each call.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::lists;
use crate::api::openapi::examples::Examples;
use crate::api::openapi::{Schemas, description, operations};
use crate::support::app::TestApp;

/// What short links begin with, in examples as well.
pub(super) const PUBLIC: &str = "https://go.example.com";

/// The service, what it promises, and which of it was seen.
pub(super) struct Checked {
    pub(super) app: TestApp,
    pub(super) schemas: Schemas,
    pub(super) operations: BTreeMap<(String, String), Value>,
    pub(super) seen: BTreeSet<(String, String)>,
    pub(super) wrong: Vec<String>,
    pub(super) examples: Examples,
    /// Rows of streams.
    pub(super) streamed: usize,
}

impl Checked {
    pub(super) async fn spawn() -> Checked {
        let described = description();
        let all = operations(&described).into_iter();
        Checked {
            app: TestApp::spawn_with(|config| PUBLIC.clone_into(&mut config.server.public_url))
                .await,
            schemas: Schemas::of(&described),
            operations: all
                .map(|(method, path, said)| ((method, path), said))
                .collect(),
            seen: BTreeSet::new(),
            wrong: Vec::new(),
            examples: Examples::default(),
            streamed: 0,
        }
    }

    /// Calls an operation, whose path is given with the ids in place of its parameters.
    pub(super) async fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> Value {
        let method: Method = method.parse().unwrap();
        let mut request = self.app.request(method.clone(), path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.send(&method, path, request).await
    }

    pub(super) async fn get(&mut self, path: &str) -> Value {
        self.call("GET", path, None).await
    }

    pub(super) async fn post(&mut self, path: &str, body: Value) -> Value {
        self.call("POST", path, Some(body)).await
    }

    /// Sends a request and holds the answer against the description.
    pub(super) async fn send(
        &mut self,
        method: &Method,
        path: &str,
        request: RequestBuilder,
    ) -> Value {
        let pattern = self.pattern(method, path);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let kind = answer.headers().get("content-type").cloned();
        let text = answer.text().await.unwrap();
        let told = format!("{method} {path} answered {status}: {text}");
        let said = &self.operations[&(method.to_string(), pattern.clone())];
        let response = &said["responses"][status.as_str()];
        let kind = kind.as_ref().map(|kind| kind.to_str().unwrap());
        let kind = kind
            .and_then(|kind| kind.split(';').next())
            .unwrap_or("none");
        let media = &response["content"][kind];
        if kind == "application/x-ndjson" {
            let id = said["operationId"].as_str().unwrap();
            self.streamed += text.lines().count();
            let wrong = lists::wrong_lines(&self.schemas, id, &text);
            self.wrong
                .extend(wrong.iter().map(|wrong| format!("{wrong} in {told}")));
        }
        let body = match kind {
            "application/json" | "application/problem+json" => {
                serde_json::from_str(&text).unwrap_or(Value::String(text))
            }
            _ => Value::String(text),
        };
        if media.is_object() {
            let schema = media.get("schema").unwrap_or(&Value::Bool(true));
            let wrong = self.schemas.problems(schema, &body);
            self.wrong
                .extend(wrong.iter().map(|wrong| format!("{wrong} in {told}")));
        } else {
            self.wrong.push(format!("{kind} is not described: {told}"));
        }
        if status.is_success() {
            if matches!(kind, "application/json" | "text/plain") {
                self.examples.take(said, status.as_str(), &body);
            }
            self.seen.insert((method.to_string(), pattern));
        } else {
            let code = format!("`{}`", body["code"].as_str().unwrap_or_default());
            let codes = response["description"].as_str().unwrap_or_default();
            if !codes.contains(&code) {
                self.wrong.push(format!("{codes} lacks the code: {told}"));
            }
        }
        body
    }

    /// The described path of a real one; fixed paths before those with parameters.
    fn pattern(&self, method: &Method, path: &str) -> String {
        let path = format!("/api/v1{}", path.split('?').next().unwrap());
        let fits = |pattern: &str| {
            let (asked, parts) = (path.split('/'), pattern.split('/'));
            asked.clone().count() == parts.clone().count()
                && asked
                    .zip(parts)
                    .all(|(asked, part)| asked == part || part.starts_with('{'))
        };
        let of_method = self
            .operations
            .keys()
            .filter(|(known, _)| method == known.as_str());
        let mut fitting: Vec<&String> = of_method
            .map(|(_, path)| path)
            .filter(|path| fits(path))
            .collect();
        fitting.sort_by_key(|pattern| pattern.matches('{').count());
        assert!(!fitting.is_empty(), "{method} {path} is not described");
        fitting[0].clone()
    }
}
