//! Lists in each of their forms, and requests with errors.

use reqwest::Method;
use serde_json::{Value, json};

use super::checked::Checked;
use crate::api::openapi::Schemas;

/// What stands on each line of a stream, as the operation's description says.
fn row_of(operation_id: &str) -> Value {
    let name = match operation_id {
        "list_clicks" => "Click",
        "list_conversions" => "Conversion",
        other => panic!("{other} has no rows"),
    };
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// What is wrong with the lines of a stream.
pub(super) fn wrong_lines(schemas: &Schemas, operation_id: &str, text: &str) -> Vec<String> {
    let row = row_of(operation_id);
    text.lines()
        .flat_map(|line| schemas.problems(&row, &serde_json::from_str(line).unwrap()))
        .collect()
}

pub(super) async fn lists(api: &mut Checked) {
    for path in [
        "/campaigns",
        "/links",
        "/clicks",
        "/conversions",
        "/customers",
        "/inbox",
        "/orphans",
        "/posts",
        "/promo-codes",
        "/sources",
        "/costs",
        "/engagement",
    ] {
        api.get(path).await;
        api.get(&format!("{path}?limit=1")).await;
    }
    for path in ["/clicks", "/conversions"] {
        for accept in ["text/csv", "application/x-ndjson", "image/png"] {
            for query in [
                "",
                "?network=x&from=2026-03-01&to=2026-03-31",
                "?limit=1001",
            ] {
                let target = format!("{path}{query}");
                let request = api.app.request(Method::GET, &target);
                let request = request.header("accept", accept);
                api.send(&Method::GET, &target, request).await;
            }
        }
    }
    assert!(api.streamed > 3, "{} rows were streamed", api.streamed);
    assert_ne!(api.get("/orphans").await["orphans"], json!([]));
    assert_ne!(api.get("/clicks").await["clicks"], json!([]));
}

/// Requests with something wrong: the answers are described as well.
pub(super) async fn refusals(api: &mut Checked) {
    let described: Vec<_> = api.operations.clone().into_iter().collect();
    for ((method, path), said) in described {
        let below = path
            .strip_prefix("/api/v1")
            .unwrap()
            .replace(['{', '}'], "");
        let verb: Method = method.parse().unwrap();
        if said["security"] != json!([{}]) {
            let request = api
                .app
                .request(verb.clone(), &below)
                .header("authorization", "Bearer ll_wrong");
            api.send(&verb, &below, request).await;
        }
        let parameters = said["parameters"].as_array().cloned().unwrap_or_default();
        if parameters
            .iter()
            .any(|parameter| parameter["in"] == "query")
        {
            api.call(&method, &format!("{below}?surely_unknown=1"), None)
                .await;
        }
        if said["requestBody"]["content"]
            .get("application/json")
            .is_some()
        {
            api.call(&method, &below, Some(json!({"surely_unknown": 1})))
                .await;
            api.call(&method, &below, Some(json!([]))).await;
        }
        if path.contains('{') && method != "POST" {
            api.call(&method, &below, Some(json!({}))).await;
        }
    }
    let gone = api.app.request(Method::GET, "/links?limit=1000");
    api.send(&Method::GET, "/links", gone).await;
}
