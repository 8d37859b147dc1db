//! The privacy page (`docs/privacy.md`) names exactly the existing columns.

use std::collections::BTreeSet;

use rstest::rstest;

use crate::support::database::{Database, Raw};

const PAGE: &str = include_str!("../../../docs/privacy.md");

/// Table and column of each row of the page that begins with them, as in `click` `id`.
fn rows() -> Vec<String> {
    let begin = PAGE.find("## In the database").unwrap();
    let rest = &PAGE[begin + 3..];
    let section = &rest[..rest.find("\n## ").unwrap_or(rest.len())];
    let mut table = "";
    let mut rows = Vec::new();
    for line in section.lines() {
        let name = |text: &'static str| text.trim().trim_matches('`');
        if let Some(heading) = line.strip_prefix("### ") {
            table = name(heading);
        } else if line.starts_with("| `") {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            assert_eq!(
                cells.len(),
                4,
                "column, what, about a person, kept for: {line}"
            );
            assert!(
                cells.iter().all(|cell| !cell.is_empty()),
                "an empty cell: {line}"
            );
            rows.push(format!("{table}.{}", name(cells[0])));
        }
    }
    rows
}

#[rstest]
#[tokio::test]
async fn every_column_has_its_row_and_every_row_its_column(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let columns = Raw::open(&test.url).await.columns().await;
    let there: BTreeSet<String> = columns
        .into_iter()
        .map(|(table, column)| format!("{table}.{column}"))
        .collect();
    let written = rows();
    let told: BTreeSet<String> = written.iter().cloned().collect();
    assert!(there.len() > 100, "{} columns", there.len());
    assert_eq!(
        written.len(),
        told.len(),
        "docs/privacy.md names a column twice"
    );
    let missing: Vec<&String> = there.difference(&told).collect();
    let surplus: Vec<&String> = told.difference(&there).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "docs/privacy.md, under \"In the database\": add a row for {missing:?}; take out {surplus:?}"
    );
}
