//! Files of posts and pages as networks write them.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::api::costs::exports::fixture;
use crate::api::costs::{counts, table};
use crate::support::app::TestApp;

/// Each tells of 1,200 and 300 views, of two days or posts.
#[rstest]
#[case("organic-x-en.csv", "x", "X analytics", [44, 12, 7])]
#[case("organic-x-days-en.csv", "x", "X analytics", [44, 12, 7])]
#[case("organic-linkedin-posts-en.csv", "linkedin", "LinkedIn page: posts", [44, 12, 7])]
#[case("organic-linkedin-en.csv", "linkedin", "LinkedIn page: days", [44, 12, 7])]
#[case("organic-facebook-en.csv", "facebook", "Meta Business Suite: Facebook posts", [44, 12, 7])]
#[case("organic-facebook-daily-views.csv", "facebook", "Meta Business Suite: days", [0, 0, 0])]
#[case("organic-instagram-en.csv", "instagram", "Meta Business Suite: Instagram posts", [44, 12, 7])]
#[case("organic-instagram-pt.csv", "instagram", "Meta Business Suite: Instagram posts", [44, 12, 7])]
#[case("organic-tiktok-en.csv", "tiktok", "TikTok overview", [44, 12, 7])]
#[case("organic-tiktok-videos-en.csv", "tiktok", "TikTok videos", [44, 12, 7])]
#[case("organic-tiktok-videos-es.csv", "tiktok", "TikTok videos", [44, 12, 7])]
#[case("organic-youtube-en.csv", "youtube", "YouTube Studio", [44, 12, 7])]
#[case("organic-youtube-2026-en.csv", "youtube", "YouTube Studio", [44, 12, 7])]
#[case("organic-youtube-sv.csv", "youtube", "YouTube Studio", [0, 0, 0])]
#[case("organic-pinterest-en.csv", "pinterest", "Pinterest Analytics", [0, 0, 0])]
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
    let mut days: Vec<&str> = rows.iter().filter_map(|row| row["day"].as_str()).collect();
    days.sort_unstable(); // some have the newest first
    assert_eq!(days, ["2026-09-01", "2026-09-02"]);
    let sum = |figure: &str| -> i64 {
        let figures = rows.iter().map(|row| row[figure].as_i64());
        figures.map(Option::unwrap_or_default).sum()
    };
    let sums = ["impressions", "likes", "reposts", "replies"].map(sum);
    assert_eq!((sums[0], &sums[1..]), (1_500, &others[..]), "{rows:?}");
    assert_eq!(counts(&table(&app, &path, fixture(file)).await), [0, 0, 2]);
}

/// What is no figure of ours is named, and nothing is taken for it.
#[tokio::test]
async fn levels_and_days_without_a_year_are_read_and_other_figures_are_named() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let rows = |answer: &Value, figure: &str| -> Vec<(String, Option<i64>)> {
        let rows = answer["engagement"].as_array().unwrap().iter();
        let rows = rows.map(|row| {
            (
                row["day"].as_str().unwrap().to_owned(),
                row[figure].as_i64(),
            )
        });
        rows.collect()
    };
    let path = "/engagement?campaign_id=spring&network=tiktok&year=2026";
    let told = table(&app, path, fixture("organic-tiktok-followers-en.csv")).await;
    assert_eq!(told.body["file"]["format"], "TikTok followers", "{told:?}");
    let expected = [("2026-09-01", 990), ("2026-09-02", 985)];
    let expected = expected.map(|(day, level)| (day.to_owned(), Some(level)));
    assert_eq!(rows(&told.body, "followers"), expected);
    assert_eq!(
        told.body["passed_over"],
        json!([{"line": 2, "cause": "its figures are not reported"}])
    );
    assert_eq!(
        told.body["columns_left_out"],
        json!(["Difference in followers from previous day"])
    );

    let path = "/engagement?campaign_id=spring&network=tiktok&year=2027";
    let told = table(&app, path, fixture("organic-tiktok-new-year-en.csv")).await;
    let expected = [("2026-12-31", 1200), ("2027-01-01", 300)];
    let expected = expected.map(|(day, views)| (day.to_owned(), Some(views)));
    assert_eq!(rows(&told.body, "impressions"), expected, "{told:?}");

    let path = "/engagement?campaign_id=spring&network=pinterest";
    let told = table(&app, path, fixture("organic-pinterest-en.csv")).await;
    let levels = rows(&told.body, "followers").into_iter();
    let levels: Vec<Option<i64>> = levels.map(|(_, level)| level).collect();
    assert_eq!(levels, [Some(990), Some(991)], "{told:?}");
    assert_eq!(
        told.body["columns_left_out"],
        json!(["Engagements", "Pin clicks", "Outbound clicks", "Saves"])
    );
}

/// A file without a figure of ours says what it is, and what to export instead.
#[rstest]
#[case("organic-linkedin-followers-en.csv", &["line 2", "LinkedIn page: new followers", "each day's gain", "content"])]
#[case("organic-linkedin-visitors-en.csv", &["line 2", "LinkedIn page: visitors", "the page itself", "content"])]
#[case("organic-tiktok-viewers-en.csv", &["line 1", "TikTok viewers", "people who watched", "Overview.csv"])]
#[case("organic-x-videos-en.csv", &["line 2", "X analytics: videos", "account overview"])]
#[case("organic-facebook-daily-interactions.csv", &["line 3", "Meta Business Suite: days", "\"Views\""])]
#[case("organic-facebook-daily-link-clicks.csv", &["line 3", "Meta Business Suite: days", "\"Views\""])]
#[case("organic-facebook-daily-viewers.csv", &["line 3", "Meta Business Suite: days", "\"Views\""])]
#[case("organic-facebook-daily-visits.csv", &["line 3", "Meta Business Suite: days", "\"Views\""])]
#[case("organic-facebook-daily-follows.csv", &["line 3", "Meta Business Suite: days", "\"Views\""])]
#[case("organic-meta-audience.csv", &["several tables", "\"Cities\", \"Countries\"", "audience", "Content"])]
#[tokio::test]
async fn a_file_without_our_figures_is_refused_with_what_to_export(
    #[case] file: &str,
    #[case] parts: &[&str],
) {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let path = "/engagement?campaign_id=spring&network=facebook&year=2026";
    let refused = table(&app, path, fixture(file)).await;
    assert_eq!(refused.code(), "invalid_table", "{refused:?}");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(parts.iter().all(|part| detail.contains(part)), "{detail}");
    assert_eq!(app.get("/engagement").await.body["engagement"], json!([]));
}

#[tokio::test]
async fn posts_of_a_day_are_told_apart() {
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
