//! Files of whole accounts, with campaigns that have no link here.

use super::*;

const ACCOUNT: &str = "Day,Campaign,Cost,Currency code\n\
    2026-03-10,Spring,5.00,EUR\n\
    2026-03-10,Brand search,100.00,EUR\n\
    2026-03-11,Spring,2.50,EUR\n\
    2026-03-11,Hiring,7.00,USD\n";

#[tokio::test]
async fn rows_of_other_campaigns_are_passed_over_where_that_is_said() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let refused = table(&app, "/costs", ACCOUNT).await;
    assert_eq!(wrong(&refused), [(3, "campaign_id"), (5, "campaign_id")]);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("--skip-other-campaigns"), "{detail}");

    let path = "/costs?other_campaigns=pass_over";
    let taken = table(&app, path, ACCOUNT).await;
    assert_eq!(counts(&taken), [2, 0, 0]);
    let over = taken.body["passed_over"].as_array().unwrap();
    let lines: Vec<_> = over.iter().map(|it| it["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 5], "{over:?}");
    assert_eq!(
        taken.body["spent"],
        json!([{"amount": 750, "currency": "EUR"}])
    );
    assert_eq!(counts(&table(&app, path, ACCOUNT).await), [0, 0, 2]);
}

#[tokio::test]
async fn a_file_of_other_campaigns_alone_is_refused() {
    let app = TestApp::spawn().await;
    let path = "/costs?other_campaigns=pass_over";
    let refused = table(&app, path, ACCOUNT).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("none of its campaigns"), "{detail}");
}

/// What is wrong with a row otherwise is wrong still.
#[tokio::test]
async fn rows_of_other_campaigns_hide_no_mistake() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let file = format!("{ACCOUNT}2026-03-12,Spring,many,EUR\n");
    let path = "/costs?other_campaigns=pass_over";
    assert_eq!(wrong(&table(&app, path, file).await), [(6, "amount")]);
    assert_eq!(costs(&app).await, [] as [Value; 0]);
}
