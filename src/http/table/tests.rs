//! Tables: columns by any name, and lines as the file counts them.

use super::*;

const COLUMNS: &[Column] = &[
    Column {
        name: "day",
        names: &["day", "date"],
    },
    Column {
        name: "amount",
        names: &["spend", "amount_spent", "cost"],
    },
    Column {
        name: "likes",
        names: &["likes", "reactions_total"],
    },
];

fn shown(table: &Table) -> Vec<String> {
    let rows = table.rows().map(|(line, row)| {
        let amount = row.money("amount");
        let currency = amount.and_then(|(_, currency)| currency);
        format!(
            "{line} {} {} {}",
            row.get("day").unwrap_or("-"),
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
    let table = Table::read(comma.as_bytes(), COLUMNS).unwrap();
    assert_eq!(
        shown(&table),
        ["2 2026-03-10 1,234.50 EUR", "5 2026-03-11 5 EUR"]
    );
    assert_eq!(table.left_out, ["Reach"]);
    let semicolon = "\u{feff}Report of March\n\nDate; Cost ;\n2026-03-10;12,50;\n;;\n";
    let table = Table::read(semicolon.as_bytes(), COLUMNS).unwrap();
    assert_eq!(shown(&table), ["4 2026-03-10 12,50 -"]);
    let tabs = "Date\tReactions (total)\n2026-03-10\t3\n";
    let mut wide = vec![0xff, 0xfe];
    wide.extend(tabs.encode_utf16().flat_map(u16::to_le_bytes));
    let table = Table::read(&wide, COLUMNS).unwrap();
    assert_eq!(table.rows().next().unwrap().1.get("likes"), Some("3"));
}

/// A column's first name wins where a row has a value for it.
#[test]
fn the_first_name_with_a_value_is_taken() {
    let text = "cost,spend,day\n1,2,2026-03-10\n1,,2026-03-10\n";
    let table = Table::read(text.as_bytes(), COLUMNS).unwrap();
    assert_eq!(shown(&table), ["2 2026-03-10 2 -", "3 2026-03-10 1 -"]);
}

#[test]
fn quoted_lines_count_in_the_file() {
    let text = "day,cost\n\"2026\n03\",1\n2026-03-11,2\n";
    let table = Table::read(text.as_bytes(), COLUMNS).unwrap();
    let lines: Vec<u64> = table.rows().map(|(line, _)| line).collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn what_is_no_table_is_refused() {
    for (text, reason) in [
        (&b"PK\x03\x04"[..], "save it as CSV"),
        (
            b"",
            "no line names two of its columns, which are day, spend",
        ),
        (b"a,b\n1,2\n", "no line names two"),
        (b"day,cost\n\xff,1\n", "UTF-8"),
    ] {
        let refused = Table::read(text, COLUMNS).unwrap_err().to_string();
        assert!(refused.contains(reason), "{refused}");
    }
    let empty = Table::read(b"day,cost\n", COLUMNS).unwrap();
    assert_eq!(empty.rows().count(), 0);
}
