//! All rows of a list as a stream: complete, or visibly interrupted.

use std::time::Duration;

use leadline::click::RawClick;
use leadline::conversion::{MatchRule, NewConversion};
use reqwest::{Method, Response};
use rstest::rstest;
use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{
    credited, each, hit, insert, insert_conversions, insert_many, lead, links, of, paged, sale,
};
use crate::support::app::{NOON, Size, TestApp};
use crate::support::database::Raw;

pub(super) const NDJSON: &str = "application/x-ndjson";
const CSV: &str = "text/csv";

pub(super) async fn stream(app: &TestApp, path: &str, accept: &str) -> Response {
    let request = app.request(Method::GET, path).header("accept", accept);
    request.send().await.unwrap()
}

/// The rows of a stream of objects.
async fn objects(app: &TestApp, path: &str) -> Vec<Value> {
    let answer = stream(app, path, NDJSON).await;
    assert_eq!(answer.headers()["content-type"], NDJSON);
    let text = answer.text().await.unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The lines of a table, each with the names of its columns.
async fn lines(app: &TestApp, path: &str) -> Vec<Value> {
    let answer = stream(app, path, CSV).await;
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let file = answer.headers()["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        file.starts_with("attachment; filename=") && file.contains(".csv"),
        "{file}"
    );
    let text = answer.text().await.unwrap();
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let names = table.headers().unwrap().clone();
    let object = |cells: csv::StringRecord| {
        let fields = names.iter().zip(&cells);
        fields
            .map(|(name, cell)| (name.to_owned(), json!(cell)))
            .collect()
    };
    table
        .records()
        .map(|cells| Value::Object(object(cells.unwrap())))
        .collect()
}

/// The object as a table shows it.
fn flat(row: &Value) -> Value {
    let fields = row.as_object().unwrap().iter();
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Value::Object(
        fields
            .map(|(name, value)| (name.clone(), json!(cell(value))))
            .collect(),
    )
}

#[rstest]
#[tokio::test]
async fn a_stream_has_what_pages_have(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let made = links(&app, &campaign, &["x", "facebook"]).await;
    for path in ["/clicks", "/conversions"] {
        assert_eq!(objects(&app, path).await, Vec::<Value>::new());
        assert_eq!(lines(&app, path).await, Vec::<Value>::new());
    }
    insert_many(&app, &made[0], 0..5_000).await;
    insert_many(&app, &made[1], 5_000..5_100).await;
    let clicks = paged(&app, "/clicks", "clicks", 1000, async |_| ()).await;
    assert_eq!(clicks.len(), 5_100);
    assert_eq!(objects(&app, "/clicks").await, clicks);
    let flat_clicks: Vec<Value> = clicks.iter().map(flat).collect();
    assert_eq!(lines(&app, "/clicks").await, flat_clicks);
    let narrowed = "/clicks?campaign_id=spring&network=facebook&from=2026-03-10";
    assert_eq!(objects(&app, narrowed).await, clicks[5_000..]);
    assert_eq!(lines(&app, narrowed).await, flat_clicks[5_000..]);
    let after = of(&clicks[1_233], "id");
    let part = format!("/clicks?limit=700&cursor={after}");
    assert_eq!(objects(&app, &part).await, clicks[1_234..1_934]);
    assert_eq!(objects(&app, "/clicks?limit=1").await, clicks[..1]);
    let refused = stream(&app, "/clicks?limit=1001", NDJSON).await;
    assert_eq!(
        refused.headers()["content-type"],
        "application/problem+json"
    );

    let sold = |n| {
        (
            sale(&app, n, -i64::from(n)),
            Some(credited(&made[0], MatchRule::Utm)),
        )
    };
    let all: Vec<_> = (0..1_500)
        .map(sold)
        .chain([(lead(&app, 1_500), None)])
        .collect();
    insert_conversions(&app, &all).await;
    let conversions = paged(&app, "/conversions", "conversions", 1000, async |_| ()).await;
    assert_eq!(conversions.len(), 1_501);
    assert_eq!(objects(&app, "/conversions").await, conversions);
    let table = lines(&app, "/conversions").await;
    for field in ["id", "event_id", "occurred_at", "received_at", "joined_by"] {
        assert_eq!(each(&table, field), each(&conversions, field), "{field}");
    }
    let money = |row: &Value| [of(row, "amount"), of(row, "currency")];
    assert_eq!(money(&table[1_234]), ["-12.34", "EUR"]);
    assert_eq!(money(&table[1_500]), ["", ""]);
    assert_eq!(of(&table[1_500], "network"), "");
}

#[tokio::test]
async fn strange_text_is_one_cell_and_no_formula() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("=Spring").await;
    let link = links(&app, &campaign, &["x"]).await.remove(0);
    let texts = [
        ("plain", "plain"),
        ("a \"quoted\", b", "a \"quoted\", b"),
        ("two\nlines\r\nand; more", "two\nlines\r\nand; more"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+41 79", "'+41 79"),
        ("-1+2", "'-1+2"),
        ("-12.5", "-12.5"),
        ("@SUM(A1:A9)", "'@SUM(A1:A9)"),
        ("\t=1", "'\t=1"),
        ("ünï 🚀 \u{202e}", "ünï 🚀 \u{202e}"),
        ("''", "''"),
    ];
    let hits: Vec<RawClick> = (0..)
        .zip(texts)
        .map(|(n, (text, _))| RawClick {
            user_agent: Some(text.to_owned()),
            ..hit(&app, &link, NOON.plus_ms(n.into()), n)
        })
        .collect();
    insert(&app, &hits).await;
    let told: Vec<_> = (0..)
        .zip(texts)
        .map(|(n, (text, _))| {
            let new = NewConversion {
                event_id: text.to_owned(),
                ..lead(&app, n)
            };
            (new, None)
        })
        .collect();
    insert_conversions(&app, &told).await;
    for (path, field) in [("/clicks", "user_agent"), ("/conversions", "event_id")] {
        let given: Vec<&str> = texts.iter().map(|(text, _)| *text).collect();
        let shown: Vec<&str> = texts.iter().map(|(_, shown)| *shown).collect();
        assert_eq!(each(&objects(&app, path).await, field), given);
        assert_eq!(each(&lines(&app, path).await, field), shown);
    }
    let report = stream(&app, "/report", CSV).await.text().await.unwrap();
    assert!(report.contains(",'=Spring,"), "{report}");
}

#[tokio::test]
async fn what_asks_for_no_form_that_there_is_gets_a_page() {
    let app = TestApp::spawn().await;
    for path in ["/clicks", "/conversions"] {
        for accept in [
            "image/png",
            "*/*",
            "text/csv;q=0",
            "nonsense",
            "text/html, application/json",
        ] {
            let answer = stream(&app, path, accept).await;
            assert_eq!(answer.status(), 200, "{accept}");
            assert_eq!(
                answer.headers()["content-type"],
                "application/json",
                "{accept}"
            );
        }
        for (accept, kind) in [
            ("text/html, text/csv;q=0.1", "text/csv; charset=utf-8"),
            ("application/json;q=0.3, application/x-ndjson", NDJSON),
        ] {
            let answer = stream(&app, path, accept).await;
            assert_eq!(answer.headers()["content-type"], kind, "{accept}");
            assert_eq!(answer.headers()["cache-control"], "no-store");
        }
        let unknown = stream(&app, &format!("{path}?campaign_id=autumn"), CSV).await;
        assert_eq!(unknown.status(), 404);
        assert_eq!(
            unknown.headers()["content-type"],
            "application/problem+json"
        );
    }
}

/// Clicks of which no buffer of a connection holds a quarter.
pub(super) const MANY: u32 = 30_000;

pub(super) async fn many_clicks(app: &TestApp) {
    let campaign = app.campaign("Spring").await;
    let link = links(app, &campaign, &["x"]).await.remove(0);
    let agent = "Mozilla/5.0 ".repeat(80);
    for part in 0..6 {
        let numbers = MANY / 6 * part..MANY / 6 * (part + 1);
        let hits: Vec<RawClick> = numbers
            .map(|n| RawClick {
                user_agent: Some(agent.clone()),
                ..hit(app, &link, NOON.plus_ms(n.into()), n)
            })
            .collect();
        insert(app, &hits).await;
    }
}

/// A stream whose client has read its head, and takes the rest slowly.
pub(super) async fn begin(app: &TestApp) -> TcpStream {
    begin_at(app.base.strip_prefix("http://").unwrap(), &app.key).await
}

/// The same of a server at this address.
pub(super) async fn begin_at(host: &str, key: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1 << 16).unwrap();
    let mut stream = socket.connect(host.parse().unwrap()).await.unwrap();
    let request = format!(
        "GET /api/v1/clicks HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nAccept: {NDJSON}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = vec![0; 1024];
    stream.read_exact(&mut head).await.unwrap();
    assert!(
        head.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&head)
    );
    stream
}

/// Everything that comes until the connection ends, or the answer does.
pub(super) async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let mut part = vec![0; 1 << 16];
    let whole = async {
        while let Ok(read @ 1..) = stream.read(&mut part).await {
            rest.extend(&part[..read]);
            if rest.ends_with(b"\r\n0\r\n\r\n") {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), whole)
        .await
        .expect("an end");
    rest
}

#[rstest]
#[tokio::test]
async fn a_slow_client_holds_no_transaction_and_a_failure_cuts_the_answer(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    many_clicks(&app).await;
    let slow = begin(&app).await;
    // What a transaction that has read of it would not let happen.
    match Raw::open(&app.store_url).await {
        Raw::Postgres(mut database) => {
            database.execute("SET lock_timeout = '5s'").await.unwrap();
            let rename = "ALTER TABLE agent RENAME TO agent_before";
            database.execute(rename).await.unwrap();
            database.close().await.unwrap();
        }
        Raw::Sqlite(mut database) => {
            let rename = "ALTER TABLE agent RENAME TO agent_before";
            database.execute(rename).await.unwrap();
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            let held: (i64, i64, i64) = sqlx::query_as(checkpoint)
                .fetch_one(&mut database)
                .await
                .unwrap();
            assert_eq!(held.0, 0, "somebody reads what was there before");
            database.close().await.unwrap();
        }
    }
    let rest = rest(slow).await;
    let rows = memchr::memmem::find_iter(&rest, "{\"id\":\"clk_").count();
    assert!(
        rows < MANY as usize / 2,
        "{rows} rows were read for a client that took none"
    );
    assert!(!rest.ends_with(b"0\r\n\r\n"), "the answer seems whole");
    let metrics = app.state.context.metrics.encode().unwrap();
    let counted = "leadline_api_errors_total{reason=\"store_unavailable\"} 1";
    assert!(metrics.contains(counted), "the failure is not counted");
}

#[rstest]
#[tokio::test]
async fn who_hangs_up_ends_the_work(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    many_clicks(&app).await;
    let open = || app.state.context.metrics.connections.get();
    let before = open();
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(begin(&app).await);
    }
    assert_eq!(open(), before + 3);
    drop(gone);
    let ended = async {
        while open() > before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended)
        .await
        .expect("the connections end");
    // The service works on, and a client that takes everything gets everything.
    let text = stream(&app, "/clicks", NDJSON).await.text().await.unwrap();
    assert_eq!(text.lines().count(), MANY as usize);
}
