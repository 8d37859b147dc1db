//! Lines that are sums of others count neither as costs nor as engagement, unlike campaigns with
//! names like sums.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{campaign, costs, table, wrong};
use crate::support::app::TestApp;

/// What was kept of a file, in minor units, with the lines that were passed over.
async fn kept(app: &TestApp, path: &str, file: &str) -> (i64, Vec<u64>) {
    let answer = table(app, path, file).await;
    assert_eq!(
        answer.status,
        StatusCode::CREATED,
        "{file}\n{}",
        answer.body
    );
    let lines = answer.body["totals_left_out"].as_array();
    let lines = lines.into_iter().flatten().filter_map(Value::as_u64);
    let lines = lines.collect();
    let mut sum = 0;
    for cost in costs(app).await {
        sum += cost["value"]["amount"].as_i64().unwrap();
        let path = format!("/costs/{}", cost["id"].as_str().unwrap());
        let request = app.request(reqwest::Method::DELETE, &path).body("{}");
        let request = request.header("content-type", "application/json");
        assert!(request.send().await.unwrap().status().is_success());
    }
    (sum, lines)
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_file_with_its_sums_costs_what_it_costs() {
    let app = TestApp::spawn().await;
    for name in ["Spring", "Summer", "Total control"] {
        campaign(&app, name, Value::Null).await;
    }
    for (file, lines) in [
        // Meta Ads, without a break-down by day: the sum has the range and no name, wherever it
        // stands.
        (
            "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR)\n\
          2026-03-01,2026-03-31,Spring,100.00\n2026-03-01,2026-03-31,Summer,200.00\n\
          2026-03-01,2026-03-31,,300.00\n",
            vec![4],
        ),
        (
            "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR)\n\
          2026-03-01,2026-03-31,,300.00\n\
          2026-03-01,2026-03-31,Spring,100.00\n2026-03-01,2026-03-31,Summer,200.00\n",
            vec![2],
        ),
        (
            "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR)\n\
          2026-03-01,2026-03-31,Spring,100.00\n2026-03-01,2026-03-31,Summer,200.00\n\
          2026-03-01,2026-03-31,Results from 2 campaigns,300.00\n",
            vec![4],
        ),
        (
            "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR)\n\
          2026-03-01,2026-03-31,Spring,300.00\n2026-03-01,2026-03-31,,300.00\n",
            vec![3],
        ),
        // Of what was filtered out before the export the sum knows and the lines do not.
        (
            "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR)\n\
          2026-03-01,2026-03-31,Spring,100.00\n2026-03-01,2026-03-31,Summer,200.00\n\
          2026-03-01,2026-03-31,,1300.00\n",
            vec![4],
        ),
        // With a day in each line but that of the sum.
        (
            "Reporting starts,Reporting ends,Campaign name,Day,Amount spent (EUR)\n\
          2026-03-01,2026-03-02,Spring,2026-03-01,100.00\n2026-03-01,2026-03-02,Spring,2026-03-02,200.00\n\
          2026-03-01,2026-03-02,,,300.00\n",
            vec![4],
        ),
        // A sum for each campaign besides.
        (
            "Reporting starts,Reporting ends,Campaign name,Day,Amount spent (EUR)\n\
          2026-03-01,2026-03-02,Spring,,120.00\n\
          2026-03-01,2026-03-02,Spring,2026-03-01,50.00\n2026-03-01,2026-03-02,Spring,2026-03-02,70.00\n\
          2026-03-01,2026-03-02,Summer,,180.00\n\
          2026-03-01,2026-03-02,Summer,2026-03-01,80.00\n2026-03-01,2026-03-02,Summer,2026-03-02,100.00\n",
            vec![2, 5],
        ),
        // Google Ads, in English, German and French, with several sums that repeat each other.
        (
            "Campaign report\n\"March 1, 2026 - March 2, 2026\"\nDay,Campaign,Cost,Currency code\n\
          2026-03-01,Spring,100.00,EUR\n2026-03-02,Summer,200.00,EUR\n\
          Total: Account,,300.00,EUR\nTotal: Campaigns,,300.00,EUR\nTotal: Search,,100.00,EUR\n",
            vec![6, 7, 8],
        ),
        (
            "Day;Campaign;Cost\n2026-03-01;Spring;100,00\n2026-03-02;Summer;200,00\nGesamt: Konto;;300,00\n",
            vec![4],
        ),
        (
            "Day;Campaign;Cost\n2026-03-01;Spring;100,00\n2026-03-02;Summer;200,00\nTotal : compte;;300,00\n",
            vec![4],
        ),
        // Pinterest and TikTok; a spreadsheet of one's own.
        (
            "Date,Campaign name,Spend\nTotal,,300\n2026-03-01,Spring,100\n2026-03-02,Summer,200\n",
            vec![2],
        ),
        (
            "Day,Campaign,Cost\n2026-03-01,Spring,100\n2026-03-01,Summer,200\n2026-03-01,Total of 2 results,300\n",
            vec![4],
        ),
        (
            "Day,Campaign,Spend\n2026-03-01,Spring,100\n2026-03-02,Summer,200\n,Summe,300\n",
            vec![4],
        ),
        (
            "Day,Campaign,Spend\n2026-03-01,Spring,100\n2026-03-02,Summer,200\n,,300\n",
            vec![4],
        ),
        // Nothing is a sum here.
        (
            "Day,Campaign,Spend\n2026-03-01,Spring,100\n2026-03-02,Total control,200\n",
            vec![],
        ),
        (
            "Day,Campaign,Spend\n2026-03-01,Total control,100\n2026-03-02,Total control,200\n",
            vec![],
        ),
        (
            "Day,Campaign,Spend,Note\n2026-03-01,Spring,100,ads\n2026-03-02,Spring,200,Total redesign\n",
            vec![],
        ),
    ] {
        assert_eq!(kept(&app, "/costs", file).await, (30_000, lines), "{file}");
    }
    // One campaign for all lines: those without a network are of all of it, unless they are the
    // others' sum.
    let path = "/costs?campaign_id=Spring";
    for (file, expected) in [
        (
            "Day,Network,Spend\n2026-03-01,x,100\n2026-03-01,facebook,150\n2026-03-01,,50\n",
            (30_000, vec![]),
        ),
        (
            "Day,Network,Spend\n2026-03-01,x,100\n2026-03-01,facebook,200\n2026-03-01,,300\n",
            (30_000, vec![4]),
        ),
        (
            "Day,Spend\n2026-03-01,100\n2026-03-02,200\n,300\n",
            (30_000, vec![4]),
        ),
        (
            "Day,Spend,Note\n2026-03-01,100,ads\n2026-03-02,170,\n2026-03-03,30,\n",
            (30_000, vec![]),
        ),
        // Meta's sum, where the campaign is said once for the file.
        (
            "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR)\n\
          2026-03-01,2026-03-31,Meta A,100.00\n2026-03-01,2026-03-31,Meta B,200.00\n\
          2026-03-01,2026-03-31,,300.00\n",
            (30_000, vec![4]),
        ),
        (
            "From,To,Spend\n2026-03-01,2026-03-01,100\n2026-03-02,2026-03-02,200\n2026-03-01,2026-03-02,300\n",
            (30_000, vec![4]),
        ),
    ] {
        assert_eq!(kept(&app, path, file).await, expected, "{file}");
    }
}

#[tokio::test]
async fn what_may_be_a_sum_or_not_is_asked_about() {
    let app = TestApp::spawn().await;
    for name in ["Spring", "Summer", "Total control"] {
        campaign(&app, name, Value::Null).await;
    }
    for (file, expected) in [
        // Called like a sum, with a day and the others' figures together.
        (
            "Day,Campaign,Spend\n2026-03-01,Spring,100\n2026-03-01,Summer,200\n2026-03-01,Total control,300\n",
            (4, "campaign_id"),
        ),
        // Called so exactly, with a day and figures of its own.
        (
            "Day,Campaign,Spend\n2026-03-01,Spring,100\n2026-03-01,Summer,200\n2026-03-02,Total,70\n",
            (4, "campaign_id"),
        ),
        // No name, a day and figures of its own, in the middle.
        (
            "Day,Campaign,Spend\n2026-03-01,Spring,100\n2026-03-01,,70\n2026-03-01,Summer,200\n",
            (3, "campaign_id"),
        ),
        // A range among days, with figures of its own.
        (
            "Reporting starts,Reporting ends,Campaign name,Day,Amount spent (EUR)\n\
          2026-03-01,2026-03-02,Spring,2026-03-01,100.00\n2026-03-01,2026-03-02,Spring,,70.00\n\
          2026-03-01,2026-03-02,Spring,2026-03-02,200.00\n",
            (3, "day"),
        ),
    ] {
        let answer = table(&app, "/costs?campaign_id=Spring", file).await;
        assert_eq!(wrong(&answer), [expected], "{file}");
    }
    assert_eq!(costs(&app).await, [] as [Value; 0]);
}

#[tokio::test]
async fn sums_of_engagement_are_passed_over_too() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let path = "/engagement?campaign_id=Spring&network=x";
    for (file, lines) in [
        (
            "Date,Impressions,Likes\n2026-03-01,100,3\n2026-03-02,200,4\nTotal,300,7\n",
            json!([4]),
        ),
        (
            "Content,Post link,Date,Views,Likes\nTotal,,,300,7\n\
          a,https://x.com/ann/status/1,2026-03-01,100,3\nb,https://x.com/ann/status/2,2026-03-02,200,4\n",
            json!([2]),
        ),
    ] {
        let answer = table(&app, path, file).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert_eq!(answer.body["totals_left_out"], lines, "{file}");
        assert_eq!(answer.body["new"], 2, "{file}");
    }
}
