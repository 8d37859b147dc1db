//! Files as ad managers write them: one of each known network and language.
//!
//! Each fixture uses the column names in `config/exports.toml`, which has their sources. Except for
//! those with a sum of their own, all contain 1,234.50 and 65.50 euros.

use std::path::Path;

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{campaign, costs, counts, sum, table, wrong};
use crate::support::app::{Size, TestApp};

/// The bytes of a fixture.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exports");
    std::fs::read(folder.join(name)).unwrap()
}

/// Days and minor units of what was kept.
async fn kept(app: &TestApp) -> Vec<(String, i64)> {
    let costs = costs(app).await;
    let mut kept: Vec<(String, i64)> = costs
        .iter()
        .map(|cost| {
            assert_eq!(cost["from"], cost["to"], "{cost}");
            let amount = cost["value"]["amount"].as_i64().unwrap();
            (cost["from"].as_str().unwrap().to_owned(), amount)
        })
        .collect();
    kept.sort();
    kept
}

fn lines(answer: &Value) -> Vec<u64> {
    let over = answer["passed_over"].as_array();
    let lines = over.into_iter().flatten();
    lines.map(|over| over["line"].as_u64().unwrap()).collect()
}

#[rstest]
#[case("google-en.csv", "Google Ads", "en", &[6, 7, 8, 9])]
#[case("google-de.csv", "Google Ads", "de", &[6, 7])]
#[case("google-fr.csv", "Google Ads", "fr", &[6])]
#[case("google-es.csv", "Google Ads", "es", &[6, 7])]
#[case("google-pt.csv", "Google Ads", "pt", &[6, 7])]
#[case("meta-en.csv", "Meta Ads Manager", "en", &[5])]
#[case("meta-de.csv", "Meta Ads Manager", "de", &[])]
#[case("meta-fr.csv", "Meta Ads Manager", "fr", &[])]
#[case("meta-es.csv", "Meta Ads Manager", "es", &[])]
#[case("meta-pt.csv", "Meta Ads Manager", "pt", &[])]
#[case("meta-ar.csv", "Meta Ads Manager", "ar", &[])]
#[case("linkedin-en.csv", "LinkedIn Campaign Manager", "en", &[])]
#[case("linkedin-de.csv", "LinkedIn Campaign Manager", "de", &[])]
#[case("linkedin-nl.csv", "LinkedIn Campaign Manager", "nl", &[])]
#[case("linkedin-pt.csv", "LinkedIn Campaign Manager", "pt", &[])]
#[case("tiktok-en.csv", "TikTok Ads Manager", "en", &[4])]
#[case("tiktok-es.csv", "TikTok Ads Manager", "es", &[4])]
#[case("tiktok-ko.csv", "TikTok Ads Manager", "ko", &[])]
#[case("x-en.csv", "X Ads", "en", &[4])]
#[case("microsoft-en.csv", "Microsoft Advertising", "en", &[15])]
#[case("microsoft-api.csv", "Microsoft Advertising", "en", &[6])]
#[case("pinterest-en.csv", "Pinterest Ads", "en", &[4])]
#[case("reddit-en.csv", "Reddit Ads", "en", &[])]
#[case("snapchat-en.csv", "Snapchat Ads", "en", &[])]
#[tokio::test]
async fn a_file_goes_in_as_the_network_writes_it(
    #[case] file: &str,
    #[case] format: &str,
    #[case] language: &str,
    #[case] passed_over: &[u64],
) {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    // These two languages' names of the campaign are not known.
    let path = match file {
        "linkedin-pt.csv" | "tiktok-ko.csv" => "/costs?campaign_id=Spring",
        _ => "/costs",
    };
    let told = table(&app, path, fixture(file)).await;
    assert_eq!(told.status, StatusCode::CREATED, "{told:?}");
    let read = &told.body["file"];
    assert_eq!(
        (&read["format"], &read["language"]),
        (&json!(format), &json!(language))
    );
    assert_eq!(lines(&told.body), passed_over, "{}", told.body);
    let kept = kept(&app).await;
    let first = match file {
        // Its amounts are whole: a mark before three digits is of thousands there.
        "google-de.csv" => 123_400,
        _ => 123_450,
    };
    let of_day = |day: &str| -> i64 {
        let of_day = kept.iter().filter(|(of, _)| of == day);
        of_day.map(|(_, amount)| amount).sum()
    };
    assert_eq!(of_day("2026-09-01"), first, "{kept:?}");
    assert_eq!(
        of_day("2026-09-01") + of_day("2026-09-02"),
        130_000,
        "{kept:?}"
    );
    let again = counts(&table(&app, path, fixture(file)).await);
    assert_eq!(again[..2], [0, 0], "{again:?}");
}

/// All of these are the same file.
#[tokio::test]
async fn encodings_line_ends_and_separators_make_no_difference() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring für £", Value::Null).await;
    let wide = |text: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    };
    let mut kinds = 0;
    for end in ["\n", "\r\n", "\r"] {
        for separator in [",", ";", "\t"] {
            let text = "Kampagnenbericht\n1. September 2026 - 2. September 2026\n\
                Tag|Kampagne|Kosten|Impr.|Klicks\n2026-09-01|Spring für £|\"1.234,50\"|\"12.345\"|67\n\n\
                2026-09-02|Spring für £|\"65,50\"|800|9\nGesamt: Konto||\"1.300,00\"|\"13.145\"|76\n";
            let text = text.replace('\n', end).replace('|', separator);
            let marked = format!("\u{feff}{text}");
            let windows = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
            for (raw, encoding) in [
                (text.clone().into_bytes(), "UTF-8"),
                (marked.clone().into_bytes(), "UTF-8"),
                (wide(&text, u16::to_le_bytes), "UTF-16LE"),
                (wide(&marked, u16::to_le_bytes), "UTF-16LE"),
                (wide(&text, u16::to_be_bytes), "UTF-16BE"),
                (wide(&marked, u16::to_be_bytes), "UTF-16BE"),
                (windows.collect(), "Windows-1252"),
            ] {
                let told = table(&app, "/costs?network=google", raw).await;
                let new = if kinds == 0 { [2, 0, 0] } else { [0, 0, 2] };
                assert_eq!(counts(&told), new, "{encoding} {separator:?} {end:?}");
                let file = &told.body["file"];
                assert_eq!(file["encoding"], encoding, "{separator:?} {end:?}");
                assert_eq!(
                    (&file["header_line"], lines(&told.body)),
                    (&json!(3), vec![7])
                );
                kinds += 1;
            }
        }
    }
    let days = ["2026-09-01", "2026-09-02"].map(str::to_owned);
    let [first, second] = days;
    assert_eq!(kept(&app).await, [(first, 123_450), (second, 6_550)]);
}

/// A header that nobody knows is mapped once; the network's next file is read by it.
#[rstest]
#[tokio::test]
async fn a_mapping_is_kept_for_the_next_file_of_the_network(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    campaign(&app, "Spring", Value::Null).await;
    let file = |day: &str| format!("Giorno;Nome;Spesa (EUR)\n{day};Spring;\"1.234,50\"\n");
    let refused = table(&app, "/costs?network=google", file("2026-09-01")).await;
    assert_eq!(refused.code(), "invalid_table");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("line 1 has \"Giorno\", \"Nome\", \"Spesa (EUR)\"")
            && detail.contains("--column"),
        "{detail}"
    );
    let mapping = "&column=day%3DGiorno&column=cost%3DSpesa&column=campaign%3DNome";
    let tried = format!("/costs?network=google&dry_run=true{mapping}");
    let told = table(&app, &tried, file("2026-09-01")).await;
    assert_eq!(
        (told.status, &told.body["new"]),
        (StatusCode::OK, &json!(1))
    );
    assert_eq!(
        told.body["file"]["columns"],
        json!([
            {"column": "day", "header": "Giorno", "example": "2026-09-01"},
            {"column": "campaign", "header": "Nome", "example": "Spring"},
            {"column": "amount", "header": "Spesa (EUR)", "example": "1.234,50"},
        ])
    );
    assert_eq!(costs(&app).await, [] as [Value; 0], "nothing is kept");
    let still = table(&app, "/costs?network=google", file("2026-09-01")).await;
    assert_eq!(
        still.code(),
        "invalid_table",
        "the mapping was not kept either"
    );

    let path = format!("/costs?network=google{mapping}");
    assert_eq!(
        counts(&table(&app, &path, file("2026-09-01")).await),
        [1, 0, 0]
    );
    let next = table(&app, "/costs?network=google", file("2026-09-02")).await;
    assert_eq!(counts(&next), [1, 0, 0]);
    let other = table(&app, "/costs?network=bing", file("2026-09-03")).await;
    assert_eq!(other.code(), "invalid_table", "it is of one network");
    let gone = table(
        &app,
        "/costs?network=google&column=day%3D",
        file("2026-09-03"),
    )
    .await;
    assert_eq!(gone.code(), "invalid_table", "{gone:?}");
    let days = kept(&app).await.into_iter().map(|(day, _)| day);
    assert_eq!(days.collect::<Vec<_>>(), ["2026-09-01", "2026-09-02"]);
}

/// A file without days is of the range that the request says, where each campaign has one line.
#[tokio::test]
async fn a_file_without_days_needs_its_range() {
    let app = TestApp::spawn().await;
    for name in ["Spring", "Summer"] {
        campaign(&app, name, Value::Null).await;
    }
    let short = || fixture("x-short-en.csv");
    let refused = async |path: &str, file: Vec<u8>, parts: &[&str]| {
        let refused = table(&app, path, file).await;
        assert!(refused.status.is_client_error(), "{refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(parts.iter().all(|part| detail.contains(part)), "{detail}");
    };
    let parts = ["no column of days", "by day", "\"Time period\"", "--from"];
    refused("/costs", short(), &parts).await;
    let path = "/costs?from=2026-09-01&to=2026-09-30";
    let told = table(&app, path, short()).await;
    assert_eq!(
        (counts(&told), &told.body["file"]["format"]),
        ([2, 0, 0], &json!("X Ads"))
    );
    let kept = costs(&app).await;
    let kept: Vec<_> = kept
        .iter()
        .map(|cost| (&cost["from"], &cost["to"], &cost["value"]["amount"]))
        .collect();
    let (from, to) = (&json!("2026-09-01"), &json!("2026-09-30"));
    assert_eq!(
        kept,
        [(from, to, &json!(123_450)), (from, to, &json!(6_550))]
    );
    assert_eq!(counts(&table(&app, path, short()).await), [0, 0, 2]);

    // A campaign that stands there twice may be of two days.
    let mut twice = short();
    twice.extend(b"abc1,Spring,On,Running,2026-09-01,2026-09-30,1.00,1,1.00,1,1%,1.00,1\n");
    refused(path, twice, &["lines 2 and 4", "same campaign"]).await;
    refused("/costs?from=2026-09-01", short(), &["give both"]).await;
    refused("/costs?from=2026-09-30&to=2026-09-01", short(), &["before"]).await;
    refused(path, fixture("x-en.csv"), &["has a column of days"]).await;
    let other = "Report\n\"September 1, 2026 - September 3, 2026\"\nCampaign,Cost\nSpring,5\n";
    refused(path, other.into(), &["2026-09-03", "2026-09-30"]).await;
}

/// A range with both of its ends is kept as one, and the answer says so.
#[tokio::test]
async fn rows_of_ranges_are_noted() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let file = "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR)\n\
                2026-09-01,2026-09-30,Spring,300.00\n2026-09-01,2026-09-30,,300.00\n";
    let told = table(&app, "/costs", file).await;
    assert_eq!((counts(&told), lines(&told.body)), ([1, 0, 0], vec![3]));
    let notes = told.body["notes"].to_string();
    assert!(
        notes.contains("1 of 1 rows cover several days each"),
        "{notes}"
    );
    assert!(notes.contains("2026-09-01 to 2026-09-30"), "{notes}");
}

/// What would be counted wrongly without a word.
#[tokio::test]
async fn cells_beyond_the_header_and_days_to_come_are_told() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let comma = "Day,Campaign,Spend\n2026-09-01,Spring,4\n2026-09-02,Spring,5,50\n";
    let refused = table(&app, "/costs", comma).await;
    assert_eq!(refused.code(), "invalid_table", "{refused:?}");
    let why = refused.body["detail"].as_str().unwrap();
    assert!(why.contains("line 3") && why.contains("in quotes"), "{why}");
    let twice =
        "Day,Campaign,Spend,\n2026-09-01,Spring,4,\nDay,Campaign,Spend,\n2026-09-02,Spring,5,\n";
    let told = table(&app, "/costs", twice).await;
    assert_eq!(counts(&told), [2, 0, 0]);
    assert_eq!(lines(&told.body), [3]);
    let to_come = "Day,Campaign,Spend\n2062-09-01,Spring,4\n";
    let told = table(&app, "/costs?dry_run=true", to_come).await;
    let notes = told.body["notes"].to_string();
    assert!(
        notes.contains("future days") && notes.contains("2062-09-01"),
        "{notes}"
    );
    let pounds = "Day,Campaign,Spend (£)\n2026-09-01,Spring,4\n";
    assert_eq!(
        wrong(&table(&app, "/costs", pounds).await),
        [(2, "currency")]
    );
    let persian = "Day,Campaign,Spend\n۲۰۲۶/۰۹/۰۳,Spring,۴٫۵۰\n";
    let told = table(&app, "/costs?dry_run=true", persian).await;
    assert_eq!(told.body["costs"][0]["value"]["amount"], 450, "{told:?}");
    assert_eq!(told.body["costs"][0]["from"], "2026-09-03");
}

/// What money is marked with, and how many decimals it has.
#[tokio::test]
async fn amounts_of_many_forms_are_read_to_the_cent() {
    let app = TestApp::spawn().await;
    let body = |name: &str, currency: &str| json!({"name": name, "goal_waiver": "test", "currency": currency, "time_zone": "UTC"});
    for (name, currency) in [
        ("Euro", "EUR"),
        ("Dollar", "USD"),
        ("Aussie", "AUD"),
        ("Yen", "JPY"),
    ] {
        app.post("/campaigns", &body(name, currency)).await;
    }
    for (campaign, amount, expected) in [
        ("Euro", "\"5,00 EUR\"", Some(500)),
        ("Euro", "€5.00", Some(500)),
        ("Euro", "5.000000", Some(500)),
        ("Euro", "5.126789", Some(513)),
        ("Euro", "US$5.00", None),
        ("Euro", "$5.00", None),
        ("Euro", "1.234", None),
        ("Dollar", "US$5.00", Some(500)),
        ("Dollar", "\"$1,234.50\"", Some(123_450)),
        ("Dollar", "A$5", None),
        ("Aussie", "A$5", Some(500)),
        ("Yen", "\"¥1,234\"", Some(1_234)),
    ] {
        let file = format!("Day,Campaign,Spend\n2026-09-01,{campaign},{amount}\n");
        let told = table(&app, "/costs?dry_run=true", file).await;
        let kept = told.body["costs"][0]["value"]["amount"].as_i64();
        assert_eq!(kept, expected, "{campaign} {amount}: {}", told.body);
    }
    let asked = table(
        &app,
        "/costs",
        "Day,Campaign,Spend\n2026-09-01,Euro,1.234\n",
    )
    .await;
    assert!(
        asked.body["detail"].as_str().unwrap().contains("--decimal"),
        "{asked:?}"
    );
    let said = "/costs?decimal=comma";
    let told = table(&app, said, "Day,Campaign,Spend\n2026-09-01,Euro,1.234\n").await;
    assert_eq!(
        told.body["costs"][0]["value"]["amount"], 123_400,
        "{told:?}"
    );
    // Thousandths of cents are not lost row by row.
    let rows = "2026-09-02,Euro,0.003333\n".repeat(300);
    let file = format!("Day,Campaign,Spend\n{rows}");
    let told = table(&app, "/costs", file).await;
    assert_eq!(told.status, StatusCode::CREATED, "{told:?}");
    let campaigns = app.get("/campaigns").await.body;
    let mut campaigns = campaigns["campaigns"].as_array().unwrap().iter();
    let euro = campaigns.find(|it| it["name"] == "Euro").unwrap();
    let euro = euro["id"].as_str().unwrap();
    assert_eq!(sum(&app, euro, "2026-09-02", "2026-09-02").await, (100, 0));
}
