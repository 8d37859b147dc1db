//! Metrics and alerts: every metric is served, documented, and enough for the alerts.

use std::collections::BTreeSet;

use leadline::metric::name::{MetricKind, MetricName};
use leadline::metric::{LOST_REASONS, Metrics};
use leadline::recorder::Error;
use serde_json::json;

use super::start::Running;
use crate::pipeline::webhooks::shop;
use crate::support::app::TestApp;
use crate::support::process::free_port;

const DOCS: &str = include_str!("../../../../docs/operating.md");
const ALERTS: &str = include_str!("../../../../config/alerts.yaml");

fn word(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Counter => "counter",
        MetricKind::Gauge => "gauge",
        MetricKind::Histogram => "histogram",
    }
}

#[test]
fn the_documentation_lists_every_metric() {
    let rows: Vec<(&str, &str)> = DOCS
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            let name = cells.next()?.strip_suffix('`')?;
            Some((name, cells.next()?))
        })
        .filter(|(name, _)| name.starts_with("leadline_") || name.starts_with("process_"))
        .collect();
    let known: Vec<(String, &str)> = MetricName::ALL
        .into_iter()
        .map(|name| (name.exposed(), word(name.kind())))
        .collect();
    let known: Vec<(&str, &str)> = known
        .iter()
        .map(|(name, kind)| (name.as_str(), *kind))
        .collect();
    assert_eq!(rows, known);
}

/// The value of a key of one rule, without quotes.
fn value<'a>(rule: &'a str, key: &str) -> &'a str {
    let mut lines = rule.lines().map(str::trim);
    let found = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    found.unwrap_or_else(|| panic!("no `{key}` in {rule}"))
}

#[test]
fn alerts_are_rules_on_metrics_that_there_are() {
    let mut known: BTreeSet<String> = BTreeSet::from(["up".to_owned()]);
    for name in MetricName::ALL {
        known.insert(name.exposed());
        if name.kind() == MetricKind::Histogram {
            known.insert(format!("{}_bucket", name.stem()));
        }
    }
    assert!(ALERTS.contains("\ngroups:\n  - name: leadline\n    rules:\n"));
    let rules: Vec<&str> = ALERTS.split("      - alert: ").skip(1).collect();
    assert!(rules.len() > 10, "{}", rules.len());
    let mut names = BTreeSet::new();
    for rule in rules {
        assert!(names.insert(rule.lines().next().unwrap()), "{rule} twice");
        let expression = value(rule, "expr");
        for (open, close) in [('(', ')'), ('{', '}'), ('[', ']')] {
            let count = |c| expression.matches(c).count();
            assert_eq!(count(open), count(close), "{expression}");
        }
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let metrics: Vec<&str> = words
            .filter(|word| {
                ["leadline_", "process_"]
                    .iter()
                    .any(|begin| word.starts_with(begin))
                    || *word == "up"
            })
            .collect();
        assert!(!metrics.is_empty(), "{expression}");
        for metric in metrics {
            assert!(known.contains(metric), "{metric} in {expression}");
        }
        assert!(matches!(
            value(rule, "labels"),
            "{severity: page}" | "{severity: warn}"
        ));
        for text in ["summary", "description"] {
            let text = value(rule, text);
            assert!(text.starts_with('"') && text.ends_with('"'), "{text}");
        }
    }
}

/// An alert on the increase of a series misses what the series begins with.
#[test]
fn what_alerts_count_begins_at_zero() {
    let text = Metrics::default().encode().unwrap();
    let lost = [
        Error::Encode(String::new()),
        Error::TooLarge(0),
        Error::Log(String::new()),
        Error::Stopped,
    ];
    assert_eq!(lost.map(|error| error.code()), LOST_REASONS);
    for reason in LOST_REASONS {
        assert_lines(
            &text,
            &[format!(
                "leadline_clicks_lost_total{{reason=\"{reason}\"}} 0"
            )],
        );
    }
    for rule in ALERTS.split("      - alert: ").skip(1) {
        let expression = value(rule, "expr");
        for (name, label) in [
            ("leadline_redirects_total", "reason"),
            ("leadline_api_errors_total", "reason"),
        ] {
            let Some((_, rest)) = expression.split_once(&format!("{name}{{{label}")) else {
                continue;
            };
            let values = rest.split('"').nth(1).unwrap();
            for value in values.split('|') {
                assert_lines(&text, &[format!("{name}{{{label}=\"{value}\"}} 0")]);
            }
        }
    }
    assert!(text.contains("leadline_log_lost_total 0\n"), "{text}");
}

fn scrape(app: &TestApp) -> String {
    app.state.context.metrics.encode().unwrap()
}

fn assert_lines(text: &str, lines: &[String]) {
    for line in lines {
        assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
    }
}

#[tokio::test]
async fn webhooks_clicks_and_conversions_are_counted_by_source_and_outcome() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    app.click(&link, &[]).await;
    app.click(&link, &[("user-agent", "Twitterbot/1.0")]).await;
    let lead = json!({"type": "lead.created", "data": {"event_id": "l-1"}});
    let sale =
        json!({"kind": "sale", "event_id": "s-1", "value": {"amount": 5, "currency": "EUR"}});
    for id in ["msg_1", "msg_2"] {
        shop.send(&app, id, &lead).await;
    }
    let other = "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=";
    shop.send_signed(&app, "msg_3", &lead, other).await;
    app.post("/webhooks/src_00000000000000000000000000", &lead)
        .await;
    for _ in 0..2 {
        app.post("/conversions", &sale).await;
    }
    app.drain().await;
    app.state.context.sources.refresh().await.unwrap();
    app.state
        .context
        .metrics
        .show_last_deliveries(app.state.context.sources.last_deliveries().into_iter());
    let (id, at) = (&shop.id, app.clock.now().0 / 1000);
    let webhooks = |source: &str, outcome: &str, count: u64| {
        format!("leadline_webhooks_total{{source=\"{source}\",outcome=\"{outcome}\"}} {count}")
    };
    let conversions = |source: &str, kind: &str, outcome: &str| {
        let labels = format!("source=\"{source}\",kind=\"{kind}\",outcome=\"{outcome}\"");
        format!("leadline_conversions_total{{{labels}}} 1")
    };
    assert_lines(
        &scrape(&app),
        &[
            webhooks(id, "verified", 2),
            webhooks(id, "bad_signature", 1),
            webhooks(id, "repeat", 1),
            webhooks("unknown", "unknown_source", 1),
            conversions(id, "lead", "new"),
            conversions(id, "lead", "repeat"),
            conversions("api", "sale", "new"),
            conversions("api", "sale", "repeat"),
            "leadline_clicks_total{class=\"human\"} 1".to_owned(),
            format!("leadline_source_last_delivery_timestamp_seconds{{source=\"{id}\"}} {at}"),
        ],
    );
}

/// What the admin listener serves.
async fn served(port: u16) -> String {
    let url = format!("http://127.0.0.1:{port}/metrics");
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_served_on_the_admin_listener() {
    let (dir, admin) = (tempfile::tempdir().unwrap(), free_port());
    let listen = format!("127.0.0.1:{admin}");
    let environment = [
        ("LEADLINE__ADMIN__LISTEN", listen.as_str()),
        ("LEADLINE__LIMITS__UNKNOWN_SLUGS_PER_MINUTE", "1"),
    ];
    let running = Running::start(dir.path(), &environment);
    running.wait();
    for _ in 0..3 {
        let url = format!("http://127.0.0.1:{}/nothing", running.port);
        reqwest::get(url).await.unwrap();
    }
    let text = served(admin).await;
    names_are_complete(&text);
    assert_lines(
        &text,
        &[
            "leadline_limited_total{limit=\"unknown_slugs\"} 2".to_owned(),
            "leadline_link_lookups_total{tier=\"nowhere\"} 1".to_owned(),
            "leadline_log_append_seconds_count 1".to_owned(),
            "leadline_inbox_backlog 0".to_owned(),
            "# TYPE leadline_store_transaction_seconds histogram".to_owned(),
            format!(
                "leadline_build_info{{version=\"{}\"}} 1",
                env!("CARGO_PKG_VERSION")
            ),
        ],
    );
    for operation in ["read", "write"] {
        let begin =
            format!("leadline_store_transaction_seconds_count{{operation=\"{operation}\"}} ");
        let count = text.lines().find_map(|line| line.strip_prefix(&begin));
        assert!(count.unwrap().parse::<u64>().unwrap() > 0, "{text}");
    }
    for name in [
        MetricName::ProcessMemory,
        MetricName::ProcessFiles,
        MetricName::ProcessMaxFiles,
        MetricName::ProcessStart,
    ] {
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{} ", name.exposed())));
        let number: f64 = line.unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        assert!(number > 1.0, "{line:?}");
    }
    running.stop();
}

/// A fresh service serves every name but those with labels that did not happen yet.
fn names_are_complete(text: &str) {
    let known: BTreeSet<String> = MetricName::ALL
        .into_iter()
        .map(|name| format!("# TYPE {} {}", name.stem(), word(name.kind())))
        .collect();
    let served: BTreeSet<String> = text
        .lines()
        .filter(|line| line.starts_with("# TYPE"))
        .map(str::to_owned)
        .collect();
    assert!(served.is_subset(&known), "{served:?}");
    let missing: Vec<_> = known.difference(&served).map(String::as_str).collect();
    assert_eq!(
        missing,
        [
            "# TYPE leadline_clicks counter",
            "# TYPE leadline_connections_closed counter",
            "# TYPE leadline_conversions counter",
            "# TYPE leadline_ingested counter",
            "# TYPE leadline_paths_repaired counter",
            "# TYPE leadline_source_last_delivery_timestamp_seconds gauge",
            "# TYPE leadline_webhooks counter",
            "# TYPE leadline_webhooks_rejected counter",
        ]
    );
}

#[test]
fn a_service_of_its_own_counts_its_own() {
    let (one, other) = (Metrics::default(), Metrics::default());
    one.count_clicks("human", 3);
    let text = |metrics: &Metrics| metrics.encode().unwrap();
    assert!(text(&one).contains("leadline_clicks_total{class=\"human\"} 3"));
    assert!(!text(&other).contains("class=\"human\""));
}
