//! The same libraries send to the real program: the release binary, if `LEADLINE_TEST_PROGRAM`
//! names it.

use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};

use super::run;
use crate::support::ground::Ground;
use crate::support::process::{free_port, listens};

/// Makes a source; gives its URL and secret.
async fn source(api: &str, key: &str, new: &Value) -> (String, String) {
    let request = Client::new().post(format!("{api}/sources"));
    let made = request.bearer_auth(key).json(new).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}"));
    let secret = new["secret"].as_str().or(made["secret"].as_str());
    (format!("{api}/webhooks/{id}"), secret.unwrap().to_owned())
}

#[tokio::test]
async fn the_program_takes_what_each_library_sends() {
    let ground = Ground::embedded().await;
    let (key, port) = (ground.key().await, free_port());
    let server = ground.node("serve", "s", port);
    listens(port);
    let base = format!("http://127.0.0.1:{port}");
    let api = format!("{base}/api/v1");
    let own = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
    let standard = json!({"provider": "standard", "name": "Shop", "secret": own});
    let standard = source(&api, &key, &standard).await;
    let segment = source(&api, &key, &json!({"provider": "segment", "name": "App"})).await;
    let stripe = json!({"provider": "stripe", "name": "Till", "secret": "whsec_test_secret"});
    let stripe = source(&api, &key, &stripe).await;
    let now = leadline::clock::Clock::System.now();
    let seconds = now.0 / 1000;
    let mut answers = Vec::new();
    for (program, script) in [("node", "send.mjs"), ("venv/bin/python", "send.py")] {
        let lead = json!({"type": "lead.created", "data": {"event_id": format!("s-{script}")}});
        let event = json!({"event": "Signed Up", "userId": format!("usr-{script}"), "timestamp": now.to_string(),
            "messageId": format!("g-{script}"), "properties": {}});
        let session = json!({"id": format!("cs_live_{script}"), "object": "checkout.session",
            "created": seconds, "mode": "payment", "payment_status": "paid", "amount_total": 2900,
            "currency": "eur", "customer": "cus_1"});
        let paid = json!({"id": format!("evt_{script}"), "object": "event", "created": seconds,
            "livemode": true, "type": "checkout.session.completed", "data": {"object": session}});
        let path = segment.0.strip_prefix(&base).unwrap();
        // The library in Python adds a path of its own to its host.
        let (host, path) = match program {
            "node" => (base.clone(), path.to_owned()),
            _ => (segment.0.clone(), format!("{path}/v1/batch")),
        };
        let asked = json!({"time": seconds,
            "standard": [{"url": standard.0, "secret": own, "id": format!("msg_{}", script.replace('.', "_")),
                "body": lead.to_string()}],
            "segment": [{"host": host, "path": path, "writeKey": segment.1, "gzip": false,
                "events": [event]}],
            "stripe": [{"url": stripe.0, "secret": stripe.1, "events": [paid]}]});
        let asked = asked.to_string();
        let sent = tokio::task::spawn_blocking(move || run(program, script, &asked)).await;
        let sent: Vec<Value> = serde_json::from_slice(&sent.unwrap()).unwrap();
        answers.extend(sent);
    }
    assert!(answers.len() >= 6, "{answers:?}");
    assert!(answers.iter().all(|it| it["status"] == 200), "{answers:?}");
    let begun = Instant::now();
    loop {
        let list = Client::new().get(format!("{api}/conversions"));
        let list = list.bearer_auth(&key).send().await.unwrap();
        let list: Value = list.json().await.unwrap();
        let found = list["conversions"].as_array().unwrap();
        let count = |kind: &str| found.iter().filter(|it| it["kind"] == kind).count();
        // Each library of Standard Webhooks tells of the same lead; the other two are Segment's.
        if (count("lead"), count("sale")) == (4, 2) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(server.stop("TERM").success());
}
