//! `leadline click list` and `leadline conversion list`.

use std::process::{Command, Output};

use leadline::conversion::MatchRule;
use serde_json::Value;

use super::{credited, insert_conversions, insert_many, links, of, sale};
use crate::support::app::TestApp;

async fn run(app: &TestApp, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadline"));
    command
        .args(arguments)
        .env("LEADLINE_SERVER", &app.base)
        .env("LEADLINE_KEY", &app.key);
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

async fn out(app: &TestApp, arguments: &[&str]) -> String {
    let output = run(app, arguments).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} {told}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_are_printed_as_tables_objects_and_files() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let made = links(&app, &campaign, &["x", "facebook"]).await;
    insert_many(&app, &made[0], 0..1_200).await;
    insert_many(&app, &made[1], 1_200..1_203).await;
    let some = [
        "click",
        "list",
        "--campaign",
        "Spring",
        "--network",
        "facebook",
    ];
    let table = out(&app, &some).await;
    let rows: Vec<&str> = table.lines().skip(2).collect();
    assert_eq!(rows.len(), 3, "{table}");
    for row in &rows {
        assert!(
            row.starts_with("2026-03-10 12:20:0") && row.contains("Z  clk_"),
            "{table}"
        );
        assert!(row.ends_with("human  facebook"), "{table}");
    }
    let first = run(&app, &["click", "list", "--class", "human"]).await;
    let told = String::from_utf8(first.stderr).unwrap();
    let cursor = told
        .split_whitespace()
        .find(|word| word.starts_with("clk_"));
    let next = [
        "click",
        "list",
        "--limit",
        "1000",
        "--json",
        "--cursor",
        cursor.unwrap(),
    ];
    let page: Value = serde_json::from_str(&out(&app, &next).await).unwrap();
    assert_eq!(page["clicks"].as_array().unwrap().len(), 1000);
    let link = of(&made[0], "id");
    let csv = out(&app, &["click", "list", "--link", &link, "--csv"]).await;
    assert!(csv.starts_with("id,clicked_at,link_id,"), "{csv:.80}");
    assert_eq!(csv.lines().count(), 1_201);
    let all = [
        "click",
        "list",
        "--ndjson",
        "--from",
        "2026-03-10",
        "--time-zone",
        "Europe/Berlin",
    ];
    let ndjson = out(&app, &all).await;
    assert_eq!(ndjson.lines().count(), 1_203);
    assert!(
        ndjson
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn conversions_are_printed_in_major_units() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = links(&app, &campaign, &["x"]).await.remove(0);
    let sold = |n| (sale(&app, n, 4999), Some(credited(&link, MatchRule::Utm)));
    insert_conversions(&app, &(0..60).map(sold).collect::<Vec<_>>()).await;
    let table = out(
        &app,
        &["conversion", "list", "--kind", "sale", "--limit", "2"],
    )
    .await;
    let line = "2026-03-10 12:00:01Z  sale  e-1    49.99 EUR  x        utm";
    assert!(table.contains(line), "{table}");
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
    let all = [
        "conversion",
        "list",
        "--campaign",
        "spring",
        "--source",
        "api",
        "--csv",
    ];
    let csv = out(&app, &all).await;
    assert_eq!(csv.lines().count(), 61);
    assert!(csv.contains(",49.99,EUR,"), "{csv}");
    let none = run(&app, &["conversion", "list", "--joined-by", "promo_code"]).await;
    assert_eq!(
        String::from_utf8_lossy(&none.stderr),
        "No conversions match.\n"
    );
    for (arguments, told) in [
        (
            &["click", "list", "--network", "myspace", "--csv"][..],
            "unknown_network",
        ),
        (&["click", "list", "--limit", "1001"], "invalid_query"),
        (
            &["conversion", "list", "--to", "tomorrow"],
            "invalid_period",
        ),
    ] {
        let refused = run(&app, arguments).await;
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && text.contains(told), "{text}");
    }
}

/// A server that goes away in the middle of a list.
#[test]
fn a_list_that_broke_off_is_no_success() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let _ = std::io::Read::read(&mut connection, &mut [0; 4096]).unwrap();
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n\
            6\r\nid,of\n\r\n";
        std::io::Write::write_all(&mut connection, answer.as_bytes()).unwrap();
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadline"));
    let output = command
        .args(["click", "list", "--csv"])
        .env("LEADLINE_SERVER", base)
        .env("LEADLINE_KEY", "ll_x")
        .output()
        .unwrap();
    server.join().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "id,of\n");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{told}");
    assert!(told.contains("the printed list is incomplete"), "{told}");
}
