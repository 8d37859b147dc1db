//! Tables: columns by any name in any language, lines as the file counts them, and refusals that
//! name their line.

use proptest::prelude::*;

use super::format::ExportKind;
use super::*;
use crate::clock::Millis;
use crate::money::Currency;
use crate::money::number_text::DecimalMark;

fn costs() -> ReadOptions {
    ReadOptions::of(ExportKind::Costs)
}

fn read_table(raw: &[u8], options: &ReadOptions) -> Result<ExportTable, TableError> {
    ExportTable::read(&FileContent::read(raw)?, options)
}

fn read(text: &str) -> ExportTable {
    read_table(text.as_bytes(), &costs()).unwrap()
}

fn refused(text: &str, options: &ReadOptions) -> String {
    read_table(text.as_bytes(), options)
        .unwrap_err()
        .to_string()
}

fn shown(table: &ExportTable) -> Vec<String> {
    let rows = table.rows().map(|(line, row)| {
        let amount = row.money("amount");
        let currency = amount.and_then(|(_, currency)| currency);
        let day = row
            .range_of_file()
            .filter(|days| days.start() == days.end());
        let day = day.map(|days| Millis::of_day(*days.start()).date());
        format!(
            "{line} {} {} {}",
            day.or(row.text("day")).unwrap_or("-".to_owned()),
            amount.map_or("-", |(text, _)| text),
            currency.map_or("-", Currency::code)
        )
    });
    rows.collect()
}

#[test]
fn columns_are_found_by_any_name_in_any_form() {
    let comma =
        "Day,Amount spent (EUR),Reach\r\n2026-03-10,\"1,234.50\",7\r\n\r\n\r\n2026-03-11,5,8\r\n";
    let table = read(comma);
    assert_eq!(
        shown(&table),
        ["2 2026-03-10 1,234.50 EUR", "5 2026-03-11 5 EUR"]
    );
    assert_eq!(table.left_out(), ["Reach"]);
    let table = read("\u{feff}Report of March\n\nDate; Cost ;\n2026-03-10;12,50;\n;;\n");
    assert_eq!(shown(&table), ["4 2026-03-10 12,50 -"]);
    // A column's first name wins where a row has a value for it.
    let table = read("cost,spend,day\n1,2,2026-03-10\n1,,2026-03-10\n");
    assert_eq!(shown(&table), ["2 2026-03-10 2 -", "3 2026-03-10 1 -"]);
    let table = read("day,cost\n\"2026\n03\",1\n2026-03-11,2\n");
    let lines: Vec<u64> = table.rows().map(|(line, _)| line).collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn days_are_those_of_the_file() {
    for (text, expected) in [
        ("Date,Spend\n5/9/2026,1\n29/9/2026,2\n", "2 2026-09-05 1 -"),
        (
            "Ad Performance Report (in UTC)\n\"Report Start: September 5, 2026, 12:00 AM\"\n\
             \"Report End: September 6, 2026, 12:00 AM\"\nStart Date (in UTC)\tTotal Spent\tCampaign Name\n\
             9/5/2026\t1\ta\n9/6/2026\t1\ta\n",
            "5 2026-09-05 1 -",
        ),
        (
            "Begindatum (in UTC);Totaal besteed\n5-9-2026;1\n",
            "2 2026-09-05 1 -",
        ),
        ("Gregorian date,Spend\n2026-09-05|7,1\n", "2 2026-09-05 1 -"),
        (
            "Campaign report\n\"September 5, 2026 - September 5, 2026\"\nCampaign,Cost\nSpring,1\n",
            "4 2026-09-05 1 -",
        ),
        (
            "Day,Week,Cost\n2026-09-05,2026-09-01,1\n",
            "2 2026-09-05 1 -",
        ),
    ] {
        assert_eq!(shown(&read(text))[0], expected, "{text}");
    }
    let table = read(
        "Start Time,End Time,Campaign Name,Amount Spent\n2026-09-01 00:00:00,2026-09-02 00:00:00,a,1\n",
    );
    let (_, row) = table.rows().next().unwrap();
    assert_eq!(
        (row.get("from"), row.get("to")),
        (Some("2026-09-01"), Some("2026-09-01"))
    );
    let mut options = ReadOptions::of(ExportKind::Engagement);
    options.year = Some(2026);
    let text = "Date,Video Views,Likes\n\"December 31\",1,1\n\"January 1\",2,1\n";
    let table = read_table(text.as_bytes(), &options).unwrap();
    let days: Vec<_> = table
        .rows()
        .map(|(_, row)| row.text("day").unwrap())
        .collect();
    assert_eq!(days, ["2025-12-31", "2026-01-01"]);
}

#[test]
fn the_decimal_mark_is_that_of_the_file() {
    let decimal = |text: &str| read(text).how().decimal;
    for (text, expected) in [
        (
            "Tag;Kampagne;Kosten;Klicks\n2026-09-01;a;1.234;5\n",
            Some(DecimalMark::Comma),
        ),
        (
            "Day,Campaign,Cost,Clicks\n2026-09-01,a,1.234,5\n",
            Some(DecimalMark::Point),
        ),
        ("Day,Spend\n2026-09-01,1.234\n", None),
        (
            "Day,Spend\n2026-09-01,1.234\n2026-09-02,\"5,5\"\n",
            Some(DecimalMark::Comma),
        ),
    ] {
        assert_eq!(decimal(text), expected, "{text}");
    }
}

#[test]
fn a_mapping_takes_a_column_of_any_name() {
    let text = "Fecha;Nome;Spesa (EUR);Cost\n2026-09-01;Spring;5;9\n";
    let mut options = costs();
    assert!(refused(text, &options).contains("Fecha\", \"Nome\", \"Spesa (EUR)\""));
    options.columns.insert("day".to_owned(), "Fecha".to_owned());
    options.kept.insert("amount".to_owned(), "spesa".to_owned());
    options
        .kept
        .insert("campaign".to_owned(), "gone".to_owned());
    let table = read_table(text.as_bytes(), &options).unwrap();
    assert_eq!(shown(&table), ["2 2026-09-01 5 EUR"]);
    options
        .columns
        .insert("campaign".to_owned(), "gone".to_owned());
    assert!(refused(text, &options).contains("no column \"gone\" for campaign"));
    assert_eq!(column_called(ExportKind::Costs, "cost").unwrap(), "amount");
    assert!(column_called(ExportKind::Costs, "colour").is_err());
}

#[test]
fn what_cannot_be_read_is_refused_with_line_and_cause() {
    for (text, reasons) in [
        ("", &["no line with columns", "empty"][..]),
        (
            "a,b\n1,2\n",
            &["line 1 has \"a\", \"b\"", "--column day=", "amount"],
        ),
        ("day,cost\n", &["line 1 is the header", "no row"]),
        (
            "Report\n\nday,campaign,cost\r\n\r\n",
            &["line 3 is the header"],
        ),
        (
            "Week,Campaign,Cost\n2026-09-01,a,5\n",
            &["line 1", "\"Week\"", "each day"],
        ),
        (
            "Campaign report\n\"September 1, 2026 - September 3, 2026\"\nCampaign,Cost\na,5\n",
            &["line 3", "2026-09-01 to 2026-09-03", "by day"],
        ),
        ("Campaign,Cost\na,5\n", &["line 1", "no column of days"]),
        (
            "Day,Campaign\n2026-09-01,a\n",
            &["line 1", "figures", "amount="],
        ),
        (
            "Performance Report\n\"Report Start: September 1, 2026\"\n\"Report End: September 3, 2026\"\n\
             Start Date (in UTC)\tCampaign Name\tTotal Spent\n9/1/2026\ta\t5\n9/1/2026\tb\t6\n",
            &["line 5", "first one of a range", "2026-09-03"],
        ),
    ] {
        let message = refused(text, &costs());
        assert!(
            reasons.iter().all(|reason| message.contains(reason)),
            "{text}: {message}"
        );
    }
    let message = refused(
        "Date,Video Views\n\"August 31\",1\n",
        &ReadOptions::of(ExportKind::Engagement),
    );
    assert!(
        message.contains("line 2") && message.contains("--year"),
        "{message}"
    );
    let message = refused(
        "Date,Sponsored followers,Organic followers,Total followers\n09/21/2026,1,2,3\n",
        &ReadOptions::of(ExportKind::Engagement),
    );
    assert!(message.contains("each day's gain"), "{message}");
}

const WORKBOOKS: [&[u8]; 2] = [
    include_bytes!("../../tests/fixtures/exports/tiktok-en.xlsx"),
    include_bytes!("../../tests/fixtures/exports/organic-linkedin-en.xls"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A workbook with other bytes somewhere, and cut anywhere.
    #[test]
    fn no_workbook_panics(
        which in 0_usize..2,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut raw = WORKBOOKS[which].to_vec();
        for (at, byte) in changes {
            let at = at.index(raw.len());
            raw[at] = byte;
        }
        let end = cut.map_or(raw.len(), |cut| cut.index(raw.len()));
        for kind in [ExportKind::Costs, ExportKind::Engagement] {
            let _ = read_table(&raw[..end], &ReadOptions::of(kind));
        }
    }

    /// Whatever is sent, it is a table or refused with a reason.
    #[test]
    fn no_bytes_panic(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
        for kind in [ExportKind::Costs, ExportKind::Engagement] {
            if let Ok(table) = read_table(&raw, &ReadOptions::of(kind)) {
                totals::kinds(&table, &["amount"]);
            }
        }
    }

    /// Cells of any text under a header that is known, cut anywhere.
    #[test]
    fn no_cells_panic(
        cells in proptest::collection::vec("[-0-9.,/|$€A-z\u{a0}é'\" <]{0,12}", 0..24),
        year in proptest::option::of(any::<i16>()),
        cut in 0_usize..200,
    ) {
        let mut text = "Day,Reporting starts,Reporting ends,Campaign name,Amount spent (EUR),Impressions\n".to_owned();
        for row in cells.chunks(6) {
            text += &row.join(",");
            text.push('\n');
        }
        let mut options = costs();
        options.year = year;
        let raw = text.as_bytes();
        for raw in [raw, &raw[..raw.len().saturating_sub(cut)]] {
            if let Ok(table) = read_table(raw, &options) {
                totals::kinds(&table, &["amount"]);
                table.how();
            }
        }
    }
}
