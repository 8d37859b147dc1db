//! Files of posts and pages as networks write them.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::costs::exports::fixture;
use crate::costs::{counts, table};
use crate::support::app::TestApp;

/// Each tells of 1,200 and 300 views, of two days or posts.
#[rstest]
#[case("organic-x-en.csv", "x", "X analytics", [44, 12, 7])]
#[case("organic-linkedin-en.csv", "linkedin", "LinkedIn page: days", [44, 12, 7])]
#[case("organic-facebook-en.csv", "facebook", "Meta Business Suite: Facebook posts", [44, 12, 7])]
#[case("organic-facebook-daily.csv", "facebook", "a table of one's own", [0, 0, 0])]
#[case("organic-instagram-en.csv", "instagram", "Meta Business Suite: Instagram posts", [44, 12, 7])]
#[case("organic-instagram-pt.csv", "instagram", "Meta Business Suite: Instagram posts", [44, 12, 7])]
#[case("organic-tiktok-en.csv", "tiktok", "TikTok overview", [44, 12, 7])]
#[case("organic-tiktok-videos-en.csv", "tiktok", "TikTok videos", [44, 12, 7])]
#[case("organic-tiktok-videos-es.csv", "tiktok", "TikTok videos", [44, 12, 7])]
#[case("organic-youtube-en.csv", "youtube", "YouTube Studio", [44, 12, 7])]
#[case("organic-youtube-sv.csv", "youtube", "YouTube Studio", [0, 0, 0])]
#[tokio::test]
async fn a_file_of_posts_goes_in_as_the_network_writes_it(
    #[case] file: &str,
    #[case] network: &str,
    #[case] format: &str,
    #[case] others: [i64; 3],
) {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let path = format!("/engagement?campaign_id=spring&network={network}&year=2026");
    let told = table(&app, &path, fixture(file)).await;
    assert_eq!(told.status, StatusCode::CREATED, "{told:?}");
    assert_eq!(told.body["file"]["format"], format, "{told:?}");
    let rows = told.body["engagement"].as_array().unwrap();
    let days: Vec<&Value> = rows.iter().map(|row| &row["day"]).collect();
    assert_eq!(days, [&json!("2026-09-01"), &json!("2026-09-02")]);
    let sum = |figure: &str| -> i64 {
        let figures = rows.iter().map(|row| row[figure].as_i64());
        figures.map(Option::unwrap_or_default).sum()
    };
    let sums = ["impressions", "likes", "reposts", "replies"].map(sum);
    assert_eq!((sums[0], &sums[1..]), (1_500, &others[..]), "{rows:?}");
    assert_eq!(counts(&table(&app, &path, fixture(file)).await), [0, 0, 2]);
}

#[tokio::test]
async fn posts_of_a_day_are_told_apart_and_gains_are_no_levels() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let path = "/engagement?campaign_id=spring&network=youtube";
    let told = table(&app, path, fixture("organic-youtube-en.csv")).await;
    let post = &told.body["engagement"][0]["permalink"];
    assert_eq!(*post, "https://youtube.com/watch?v=aaaaaaaaaaa", "{told:?}");
    assert_eq!(told.body["totals_left_out"], json!([2]));

    let path = "/engagement?campaign_id=spring&network=tiktok";
    let undated = table(&app, path, fixture("organic-tiktok-en.csv")).await;
    assert_eq!(undated.code(), "invalid_table");
    assert!(
        undated.body["detail"].as_str().unwrap().contains("--year"),
        "{undated:?}"
    );

    let gains = "Date,Sponsored followers,Organic followers,Auto-invited followers,Total followers\n\
        09/01/2026,0,3,0,3\n";
    let path = "/engagement?campaign_id=spring&network=linkedin";
    let refused = table(&app, path, gains).await;
    assert_eq!(refused.code(), "invalid_table", "{refused:?}");

    // Posts of one day without an address are that day's together.
    let videos = "Post time,Total views,Total likes\n2026-09-01,100,3\n2026-09-01,50,4\n";
    let path = "/engagement?campaign_id=spring&network=tiktok";
    let told = table(&app, path, videos).await;
    assert_eq!(counts(&told), [1, 0, 0]);
    let row = &told.body["engagement"][0];
    assert_eq!(
        (&row["impressions"], &row["likes"]),
        (&json!(150), &json!(7))
    );

    // A figure that is not reported is not zero, and a row without any is passed over.
    let file = "Date,Impressions,Likes\n2026-09-01,--,4\n2026-09-02,--,<5\n";
    let path = "/engagement?campaign_id=spring&network=x";
    let told = table(&app, path, file).await;
    assert_eq!(counts(&told), [1, 0, 0]);
    assert_eq!(told.body["engagement"][0]["impressions"], Value::Null);
    assert_eq!(
        told.body["passed_over"],
        json!([{"line": 3, "cause": "its figures are not reported"}])
    );
}
