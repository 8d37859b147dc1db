//! Files that are sent to the API as tables.
//!
//! Holds: a file is sent as it is; the API reads it and says what is wrong, by line.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::Value;

use super::client::Client;
use super::print;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file: CSV with commas, semicolons or tabs; `-` for standard input
    file: PathBuf,
    /// The campaign of all rows, whatever they say: its id, `utm_campaign` or whole name
    #[arg(long)]
    campaign: Option<String>,
    /// The network of all rows, whatever they say
    #[arg(long)]
    network: Option<String>,
    /// How days such as 03/04/2026 are written: month first or day first
    #[arg(long, value_parser = ["mdy", "dmy"])]
    dates: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Sends the file to `path`, and prints what became of its rows.
pub(super) fn run(client: &Client, path: &str, import: &Import) -> anyhow::Result<()> {
    let table = read(&import.file)?;
    let query: Vec<(&str, &str)> = [
        ("campaign_id", &import.campaign),
        ("network", &import.network),
        ("dates", &import.dates),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    .collect();
    let answer = client.post_table(path, &query, &table)?;
    if import.json {
        return print(&format!("{answer:#}\n"));
    }
    print(&format!(
        "Rows: {} new, {} changed, {} unchanged\n",
        answer["new"], answer["changed"], answer["unchanged"]
    ))?;
    say_notes(&answer);
    if let Some(lines) = answer["totals_left_out"].as_array() {
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        say!(
            "Passed over as sums of the other rows: line {}",
            lines.join(", line ")
        );
    }
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
