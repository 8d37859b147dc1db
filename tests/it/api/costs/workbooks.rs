//! Workbooks as networks write them, and workbooks above the limits.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::exports::fixture;
use super::{campaign, costs, counts, table};
use crate::support::app::TestApp;

/// A workbook of one sheet: the rows of its XML, and its table of shared texts.
fn workbook(rows: &str, strings: &str, properties: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let parts = [
        (
            "_rels/.rels",
            format!(
                r#"<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{main}" xmlns:r="{relations}">{properties}<sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                r#"<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
            ),
        ),
        ("xl/sharedStrings.xml", strings.to_owned()),
        (
            "xl/worksheets/sheet1.xml",
            format!(r#"<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>"#),
        ),
    ];
    zipped(&parts)
}

fn zipped(parts: &[(&str, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const HEADER: &str = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>"#;

const STRINGS: &str = r#"<sst count="4" uniqueCount="4"><si><t>Day</t></si><si><t>Campaign</t></si><si><t>Spend</t></si><si><t>Spring</t></si></sst>"#;

#[tokio::test]
async fn the_sheet_that_fits_an_export_is_taken() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let told = table(&app, "/costs", fixture("tiktok-en.xlsx")).await;
    assert_eq!(counts(&told), [2, 0, 0]);
    let file = &told.body["file"];
    assert_eq!(
        (
            &file["format"],
            &file["encoding"],
            &file["sheet"],
            &file["other_sheets"]
        ),
        (
            &json!("TikTok Ads Manager"),
            &json!("xlsx"),
            &json!("Data"),
            &json!(["Notes"])
        )
    );
    assert_eq!(file["separator"], Value::Null);
    assert_eq!(told.body["totals_left_out"], json!([4]));
    let kept = costs(&app).await;
    let kept: Vec<_> = kept
        .iter()
        .map(|it| (&it["from"], &it["value"]["amount"]))
        .collect();
    let expected = [("2026-09-01", 123_450), ("2026-09-02", 6_550)];
    let expected = expected.map(|(day, amount)| (json!(day), json!(amount)));
    let expected: Vec<_> = expected.iter().map(|(day, amount)| (day, amount)).collect();
    assert_eq!(kept, expected);
    // The same in a text is the same.
    let text =
        "By Day,Campaign name,Ad group name,Cost,Currency\n2026-09-01,Spring,Lamps,1234.50,EUR\n";
    assert_eq!(counts(&table(&app, "/costs", text).await), [0, 0, 1]);
}

#[tokio::test]
async fn another_sheet_is_taken_where_it_is_said() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let path = "/engagement?campaign_id=spring&network=linkedin";
    let told = table(&app, path, fixture("organic-linkedin-en.xls")).await;
    assert_eq!(counts(&told), [2, 0, 0]);
    let file = &told.body["file"];
    assert_eq!(
        (
            &file["format"],
            &file["encoding"],
            &file["sheet"],
            &file["other_sheets"]
        ),
        (
            &json!("LinkedIn page: posts"),
            &json!("xls"),
            &json!("All posts"),
            &json!(["Metrics"])
        )
    );
    let post = &told.body["engagement"][0];
    assert_eq!(
        (&post["day"], &post["impressions"], &post["likes"]),
        (&json!("2026-09-01"), &json!(1200), &json!(40))
    );
    let told = table(
        &app,
        &format!("{path}&sheet=Metrics"),
        fixture("organic-linkedin-en.xls"),
    )
    .await;
    assert_eq!(
        told.body["file"]["format"], "LinkedIn page: days",
        "{told:?}"
    );
    let days = told.body["engagement"].as_array().unwrap().iter();
    let days: Vec<_> = days.map(|it| (&it["day"], &it["reposts"])).collect();
    assert_eq!(
        days,
        [
            (&json!("2026-09-01"), &json!(11)),
            (&json!("2026-09-02"), &json!(1))
        ]
    );
    let refused = table(
        &app,
        &format!("{path}&sheet=Nope"),
        fixture("organic-linkedin-en.xls"),
    )
    .await;
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("\"Metrics\", \"All posts\""), "{detail}");
}

/// Numbers are taken as they are: no language stands between the workbook and the amount.
#[tokio::test]
async fn numbers_of_workbooks_are_days_and_amounts() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let rows = |day: u32| {
        format!(
            r#"{HEADER}<row r="2"><c r="A2"><v>{day}</v></c><c r="B2" t="s"><v>3</v></c><c r="C2"><v>1.234</v></c></row><row r="1048576"><c r="A1048576"><v>{}.75</v></c><c r="B1048576" t="s"><v>3</v></c><c r="C1048576"><v>0.30000000000000004</v></c></row>"#,
            day + 1
        )
    };
    for (properties, day) in [("", 46_266), (r#"<workbookPr date1904="1"/>"#, 44_804)] {
        let file = workbook(&rows(day), STRINGS, properties);
        let told = table(&app, "/costs?dry_run=true", file).await;
        let costs = told.body["costs"].as_array().unwrap().iter();
        let costs: Vec<_> = costs
            .map(|it| (&it["from"], &it["value"]["amount"]))
            .collect();
        let expected = [
            (&json!("2026-09-01"), &json!(123)),
            (&json!("2026-09-02"), &json!(30)),
        ];
        assert_eq!(costs, expected, "{properties} {told:?}");
        assert_eq!(told.body["file"]["decimal"], "point");
    }
}

/// Files beyond a bound, and what the refusal says of it.
fn beyond_bounds() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let rows = |row: fn(u32) -> String| (2..1_000).map(row).collect::<Vec<_>>().concat();
    let many_cells = rows(|row| format!(r#"<row r="{row}"><c r="BXX{row}"><v>1</v></c></row>"#));
    let many_texts = rows(|row| format!(r#"<row r="{row}"><c t="s"><v>0</v></c></row>"#));
    let long = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(32 * 1024));
    let wide: String = r#"<sst uniqueCount="4"/>"#.chars().flat_map(|c| [c, '\0']).collect();
    vec![
        (
            "unpacked",
            workbook(&" ".repeat(64 << 20), STRINGS, ""),
            "32 MiB unpacked",
        ),
        (
            "far corner",
            workbook(
                &format!(r#"{HEADER}<row r="2"><c r="XFD2"><v>1</v></c></row>"#),
                STRINGS,
                "",
            ),
            "column 2000",
        ),
        (
            "cells",
            workbook(&format!("{HEADER}{many_cells}"), STRINGS, ""),
            "1000000 cells",
        ),
        ("text", workbook(&many_texts, &long, ""), "16 MiB of text"),
        (
            "strings",
            workbook(HEADER, r#"<sst uniqueCount = "99999999999"></sst>"#, ""),
            "parts",
        ),
        ("wide strings", workbook(HEADER, &wide, ""), "parts"),
        (
            "no workbook",
            zipped(&[("a.csv", "Day,Spend\n".to_owned())]),
            "unpack it",
        ),
        ("parts", zipped(&vec_of_parts()), "1000 parts"),
    ]
}

/// None of these takes more than it may, whatever it says of itself.
#[tokio::test]
async fn workbooks_beyond_their_bounds_are_refused() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    for (what, file, part) in beyond_bounds() {
        let refused = table(&app, "/costs", file).await;
        assert_eq!(refused.code(), "invalid_table", "{what}: {refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(
            detail.contains(part) && detail.contains("CSV"),
            "{what}: {detail}"
        );
    }
    // Where the sectors of an old workbook stand is read in small files only.
    let mut old = fixture("organic-linkedin-en.xls");
    old[68..72].copy_from_slice(&[0, 0, 0, 0]);
    let refused = table(&app, "/costs", old).await;
    assert!(
        refused.body["detail"].as_str().unwrap().contains("6 MiB"),
        "{refused:?}"
    );
    assert_eq!(costs(&app).await, [] as [Value; 0]);
}

fn vec_of_parts() -> Vec<(&'static str, String)> {
    (0..1_001)
        .map(|at| (&*format!("{at}").leak(), String::new()))
        .collect()
}
