//! Files that are sent to the API as tables.
//!
//! Holds: a file is sent as it is; the API reads it and says what is wrong, by line.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::Value;

use super::client::Client;
use super::print;
use super::report::{lines, plain_table};
use crate::money::Money;

/// Most lines that are printed for one cause.
const MOST_LINES: usize = 20;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file as the network exports it (CSV or a workbook); `-` for standard input
    file: PathBuf,
    /// The campaign of all rows, whatever they say: its id, `utm_campaign` or whole name
    #[arg(long)]
    campaign: Option<String>,
    /// The network of all rows, whatever they say
    #[arg(long)]
    network: Option<String>,
    /// How days such as 03/04/2026 are written: month first or day first; kept for the network's
    /// next file
    #[arg(long, value_parser = ["mdy", "dmy"])]
    dates: Option<String>,
    /// What stands before the decimals, where the file's numbers leave it open; kept likewise
    #[arg(long, value_parser = ["point", "comma"])]
    decimal: Option<String>,
    /// The year of the file's last day, where its days have none
    #[arg(long)]
    year: Option<String>,
    /// The file's first day, where it has costs of campaigns and no days
    #[arg(long, requires = "to")]
    from: Option<String>,
    /// Its last day
    #[arg(long, requires = "from")]
    to: Option<String>,
    /// The sheet of a workbook, where another one is wanted than fits best
    #[arg(long)]
    sheet: Option<String>,
    /// What a column is, as in `amount=Kosten`; kept for the network's next file
    #[arg(long, value_name = "COLUMN=NAME")]
    column: Vec<String>,
    /// Pass over rows of campaigns that are not here, as a file of a whole account has them
    #[arg(long)]
    skip_other_campaigns: bool,
    /// Show how the file is read, and keep nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Sends the file to `path`, and prints what became of its rows.
pub(super) fn run(client: &Client, path: &str, import: &Import) -> anyhow::Result<()> {
    let table = read(&import.file)?;
    let said = [
        ("campaign_id", &import.campaign),
        ("network", &import.network),
        ("dates", &import.dates),
        ("decimal", &import.decimal),
        ("year", &import.year),
        ("from", &import.from),
        ("to", &import.to),
        ("sheet", &import.sheet),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let columns = import.column.iter().map(|it| ("column", it.as_str()));
    let dry_run = import.dry_run.then_some(("dry_run", "true"));
    let others = import.skip_other_campaigns;
    let others = others.then_some(("other_campaigns", "pass_over"));
    let query: Vec<(&str, &str)> = said.chain(columns).chain(others).chain(dry_run).collect();
    let answer = client.post_table(path, &query, &table)?;
    if import.json {
        return print(&format!("{answer:#}\n"));
    }
    if import.dry_run {
        print(&how(&answer["file"]))?;
    }
    print(&format!(
        "{}: {} new, {} changed, {} unchanged{}\n",
        if import.dry_run {
            "Rows that would be kept"
        } else {
            "Rows"
        },
        answer["new"],
        answer["changed"],
        answer["unchanged"],
        in_all(&answer["spent"])
    ))?;
    say_notes(&answer);
    say_passed_over(&answer);
    let left_out = answer["columns_left_out"].as_array();
    let left_out: Vec<&str> = left_out
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !left_out.is_empty() {
        say!(
            "Nothing was taken from these columns: {}",
            left_out.join(", ")
        );
    }
    Ok(())
}

/// What the rows sum to, in each currency; nothing where they are no costs.
fn in_all(spent: &Value) -> String {
    let sums = spent.as_array().into_iter().flatten();
    let sums = sums.filter_map(|sum| serde_json::from_value::<Money>(sum.clone()).ok());
    let sums: Vec<String> = sums.map(|sum| sum.to_string()).collect();
    if sums.is_empty() {
        return String::new();
    }
    format!("; {} in all", sums.join(", "))
}

/// How a file was read: its form, and each column with an example.
fn how(file: &Value) -> String {
    let text = |field: &str| file[field].as_str().unwrap_or_default();
    let cells = match (text("separator"), text("sheet")) {
        ("", sheet) => in_sheet(sheet, &file["other_sheets"]),
        (",", _) => "separated by commas".to_owned(),
        (";", _) => "separated by semicolons".to_owned(),
        ("\t", _) => "separated by tabs".to_owned(),
        (separator, _) => format!("separated by {separator}"),
    };
    // What no cell of the file leaves open is not decided, and not spoken of.
    let decimal = match text("decimal") {
        "" => String::new(),
        mark => format!(", decimal mark {mark}"),
    };
    let dates = match text("dates") {
        "dmy" => ", day before month",
        "mdy" => ", month before day",
        _ => "",
    };
    let mut table = plain_table(["Column", "In the file", "Example"]);
    for column in file["columns"].as_array().into_iter().flatten() {
        let cell = |field: &str| column[field].as_str().unwrap_or_default().to_owned();
        table.add_row([cell("column"), cell("header"), cell("example")]);
    }
    format!(
        "Read as {}: {}, {cells}, header in line {}{decimal}{dates}{}\n{}",
        text("format"),
        text("encoding"),
        file["header_line"],
        as_before(file),
        lines(&table)
    )
}

/// Which sheet of a workbook it is, and which others there are.
fn in_sheet(sheet: &str, others: &Value) -> String {
    let others = others.as_array().into_iter().flatten();
    let others: Vec<&str> = others.filter_map(Value::as_str).collect();
    match others[..] {
        [] => format!("sheet {sheet:?}"),
        _ => format!("sheet {sheet:?} (--sheet for {})", others.join(", ")),
    }
}

/// What of it only an earlier request said.
fn as_before(file: &Value) -> String {
    let said = file["as_before"].as_array().into_iter().flatten();
    let said: Vec<&str> = said
        .map(|it| {
            if it == "dates" {
                "days"
            } else {
                "decimal mark"
            }
        })
        .collect();
    match said[..] {
        [] => String::new(),
        _ => format!(" ({} as said for an earlier file)", said.join(" and ")),
    }
}

/// Prints which lines nothing was taken from, by cause.
fn say_passed_over(answer: &Value) {
    let mut by_cause: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for over in answer["passed_over"].as_array().into_iter().flatten() {
        let cause = over["cause"].as_str().unwrap_or_default();
        by_cause
            .entry(cause)
            .or_default()
            .push(over["line"].to_string());
    }
    for (cause, numbers) in by_cause {
        let cause = match cause {
            "it is a sum of other rows" => "as sums of the other rows".to_owned(),
            cause => format!("because {cause}"),
        };
        let more = numbers.len().saturating_sub(MOST_LINES);
        let shown = numbers[..numbers.len() - more].join(", line ");
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        say!("Passed over {cause}: line {shown}{more}");
    }
}

/// Prints what the API notes of what was sent.
pub(super) fn say_notes(answer: &Value) {
    for note in answer["notes"].as_array().into_iter().flatten() {
        say!("{}", note.as_str().unwrap_or_default());
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut table = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut table)?;
    } else {
        table = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    }
    Ok(table)
}
