//! Files that do not show the decimal mark or the order of days: they are refused once, and the
//! answer is stored for the network.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{campaign, counts, table};
use crate::support::app::{Answer, Size, TestApp};

/// It is refused as a whole, and the text has all parts.
fn refused(answer: &Answer, parts: &[&str]) {
    assert_eq!(answer.code(), "invalid_table", "{answer:?}");
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(parts.iter().all(|part| detail.contains(part)), "{detail}");
}

#[rstest]
#[tokio::test]
async fn the_order_of_days_is_asked_once_and_kept(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    campaign(&app, "Spring", Value::Null).await;
    let file = "Day,Campaign,Spend\n03/04/2026,Spring,1\n04/05/2026,Spring,2\n";
    let told = table(&app, "/costs?network=x", file).await;
    let parts = [
        "line 2 has \"03/04/2026\"",
        "\"Day\"",
        "2026-04-03",
        "2026-03-04",
        "--dates",
    ];
    refused(&told, &parts);

    let tried = table(&app, "/costs?network=x&dates=dmy&dry_run=true", file).await;
    assert_eq!(
        (tried.status, &tried.body["new"]),
        (StatusCode::OK, &json!(2))
    );
    let told = table(&app, "/costs?network=x", file).await;
    refused(&told, &["--dates"]);

    let told = table(&app, "/costs?network=x&dates=dmy", file).await;
    assert_eq!(counts(&told), [2, 0, 0]);
    assert_eq!(told.body["costs"][0]["from"], "2026-04-03");
    assert_eq!(told.body["file"]["as_before"], Value::Null);
    let next = table(&app, "/costs?network=x", file).await;
    assert_eq!(counts(&next), [0, 0, 2], "{next:?}");
    assert_eq!(next.body["file"]["as_before"], json!(["dates"]));

    // It is of files of that network and language, and of no others.
    refused(
        &table(&app, "/costs?network=bing", file).await,
        &["--dates"],
    );
    refused(&table(&app, "/costs", file).await, &["--dates"]);
    let english = "Time period,Campaign name,Spend,Delivery status\n03/04/2026,Spring,1,Running\n";
    refused(
        &table(&app, "/costs?network=x", english).await,
        &["--dates"],
    );
    // A file that says it by itself is read as it says.
    let decides = "Day,Campaign,Spend\n03/04/2026,Spring,1\n03/29/2026,Spring,2\n";
    let told = table(&app, "/costs?network=x", decides).await;
    assert_eq!(told.body["costs"][0]["from"], "2026-03-04", "{told:?}");
    assert_eq!(told.body["file"]["as_before"], Value::Null);
}

#[tokio::test]
async fn the_decimal_mark_is_asked_once_and_kept() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let file = "Day,Campaign,Spend\n2026-09-01,Spring,12\n2026-09-02,Spring,1.234\n\
        2026-09-03,Spring,5.678\n";
    let told = table(&app, "/costs?network=x", file).await;
    refused(&told, &["line 3 has \"1.234\"", "\"Spend\"", "--decimal"]);
    let told = table(&app, "/costs?network=x&decimal=comma", file).await;
    assert_eq!(
        told.body["costs"][1]["value"]["amount"], 123_400,
        "{told:?}"
    );
    let next = table(&app, "/costs?network=x", file).await;
    assert_eq!(counts(&next), [0, 0, 3], "{next:?}");
    assert_eq!(next.body["file"]["as_before"], json!(["decimal"]));
    let decides = "Day,Campaign,Spend\n2026-09-02,Spring,1.234\n2026-09-04,Spring,5.50\n";
    let told = table(&app, "/costs?network=x", decides).await;
    assert_eq!(told.body["costs"][0]["value"]["amount"], 123, "{told:?}");
    // Counts have no decimals, so they decide it where amounts do not.
    let counted = "Time period,Campaign name,Spend,Impressions\n2026-09-05,Spring,1.234,12.345\n";
    let told = table(&app, "/costs?network=bing", counted).await;
    assert_eq!(
        told.body["costs"][0]["value"]["amount"], 123_400,
        "{told:?}"
    );
}

#[tokio::test]
async fn a_file_that_contradicts_itself_or_the_request_is_refused() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let days = "Day,Campaign,Spend\n29/03/2026,Spring,1\n03/30/2026,Spring,2\n";
    let told = table(&app, "/costs", days).await;
    refused(
        &told,
        &[
            "line 2 has \"29/03/2026\"",
            "line 3 has \"03/30/2026\"",
            "order",
        ],
    );
    let marks = "Day,Campaign,Spend\n2026-09-01,Spring,\"1,50\"\n2026-09-02,Spring,1.50\n";
    let told = table(&app, "/costs", marks).await;
    refused(
        &told,
        &["line 2 has \"1,50\"", "line 3 has \"1.50\"", "decimal mark"],
    );
    let file = "Day,Campaign,Spend\n29/03/2026,Spring,1.50\n";
    let told = table(&app, "/costs?dates=mdy", file).await;
    refused(&told, &["line 2 has \"29/03/2026\"", "against the order"]);
    let told = table(&app, "/costs?decimal=comma", file).await;
    refused(&told, &["line 2 has \"1.50\"", "against the decimal mark"]);
    let told = table(&app, "/costs?dates=dmy&decimal=point", file).await;
    assert_eq!(counts(&told), [1, 0, 0]);
}
