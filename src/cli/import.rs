//! Files that are sent to the API as tables.
//!
//! # Invariants
//! A file is sent unchanged; the API reads it and reports errors by line.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::de::DeserializeOwned;

use super::client::{ApiClient, given};
use super::option_words::with_options;
use super::terminal::{lines, plain_table, print};
use crate::clock::day::DateOrder;
use crate::export_file::{FileRead, PassedOver};
use crate::money::Money;
use crate::money::number_text::DecimalMark;
use crate::operations::cost::body::CostImportResult;
use crate::operations::engagement::body::EngagementImportResult;

/// Most lines that are printed for one cause.
const MOST_LINES: usize = 20;

#[derive(Debug, Args)]
pub(super) struct ImportOptions {
    /// The file as the network exports it (CSV or a workbook); `-` for standard input
    file: PathBuf,
    /// The campaign of all rows, which overrides theirs: its id, `utm_campaign` or whole name
    #[arg(long)]
    campaign: Option<String>,
    /// The network of all rows, which overrides theirs
    #[arg(long)]
    network: Option<String>,
    /// Order of days such as 03/04/2026: month first or day first; stored for the network's next
    /// file
    #[arg(long, value_parser = ["mdy", "dmy"])]
    dates: Option<String>,
    /// The decimal mark, if the file's numbers do not show it; stored for the network's next file
    #[arg(long, value_parser = ["point", "comma"])]
    decimal: Option<String>,
    /// The year of the file's last day, if its days have none
    #[arg(long)]
    year: Option<String>,
    /// The file's first day, if it has costs of campaigns but no days
    #[arg(long, requires = "to")]
    from: Option<String>,
    /// The file's last day, if it has costs of campaigns but no days
    #[arg(long, requires = "from")]
    to: Option<String>,
    /// The sheet of a workbook; by default the one whose header matches best
    #[arg(long)]
    sheet: Option<String>,
    /// The meaning of a column, such as `amount=Kosten`; stored for the network's next file
    #[arg(long, value_name = "COLUMN=NAME")]
    column: Vec<String>,
    /// Skip rows of campaigns that are not in the workspace, as a file of a whole account has them
    #[arg(long)]
    skip_other_campaigns: bool,
    /// Show how the file is read, without storing anything
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What imports of costs and of engagement numbers have in common.
#[derive(Debug)]
pub(super) struct ImportSummary {
    new: u64,
    changed: u64,
    unchanged: u64,
    spent: Vec<Money>,
    notes: Vec<String>,
    passed_over: Vec<PassedOver>,
    columns_left_out: Vec<String>,
    file: Option<FileRead>,
}

impl From<CostImportResult> for ImportSummary {
    fn from(result: CostImportResult) -> ImportSummary {
        ImportSummary {
            new: result.new,
            changed: result.changed,
            unchanged: result.unchanged,
            spent: result.spent,
            notes: result.notes,
            passed_over: result.passed_over,
            columns_left_out: result.columns_left_out,
            file: result.file,
        }
    }
}

impl From<EngagementImportResult> for ImportSummary {
    fn from(result: EngagementImportResult) -> ImportSummary {
        ImportSummary {
            new: result.new,
            changed: result.changed,
            unchanged: result.unchanged,
            spent: Vec::new(),
            notes: Vec::new(),
            passed_over: result.passed_over,
            columns_left_out: result.columns_left_out,
            file: result.file,
        }
    }
}

/// Sends the file to `path`, and prints the result.
pub(super) fn run<R>(client: &ApiClient, path: &str, options: &ImportOptions) -> anyhow::Result<()>
where
    R: DeserializeOwned + Into<ImportSummary>,
{
    let table = read_file(&options.file)?;
    let mut query = given(&[
        ("campaign_id", options.campaign.as_deref()),
        ("network", options.network.as_deref()),
        ("dates", options.dates.as_deref()),
        ("decimal", options.decimal.as_deref()),
        ("year", options.year.as_deref()),
        ("from", options.from.as_deref()),
        ("to", options.to.as_deref()),
        ("sheet", options.sheet.as_deref()),
        ("dry_run", options.dry_run.then_some("true")),
    ]);
    let skip = options.skip_other_campaigns;
    query.extend(skip.then_some(("other_campaigns", "pass_over")));
    query.extend(options.column.iter().map(|column| ("column", &**column)));
    let answer = client.post_table(path, &query, &table)?;
    if options.json {
        return print(&answer.json());
    }
    let result: ImportSummary = answer.read::<R>()?.into();
    if let Some(file) = result.file.as_ref().filter(|_| options.dry_run) {
        print(&how(file))?;
    }
    let rows = if options.dry_run {
        "Rows that would be stored"
    } else {
        "Rows"
    };
    print(&format!(
        "{rows}: {} new, {} changed, {} unchanged{}\n",
        result.new,
        result.changed,
        result.unchanged,
        in_total(&result.spent)
    ))?;
    say_notes(&result.notes);
    say_skipped(&result.passed_over);
    if !result.columns_left_out.is_empty() {
        let columns = result.columns_left_out.join(", ");
        say!("These columns were ignored: {columns}");
    }
    Ok(())
}

/// The sum of costs, by currency.
fn in_total(spent: &[Money]) -> String {
    if spent.is_empty() {
        return String::new();
    }
    let sums: Vec<String> = spent.iter().map(ToString::to_string).collect();
    format!("; {} in total", sums.join(", "))
}

/// How a file was read: its form, and each column with an example.
fn how(file: &FileRead) -> String {
    let cells = match (file.separator.as_deref(), file.sheet.as_deref()) {
        (None | Some(""), sheet) => in_sheet(sheet.unwrap_or_default(), &file.other_sheets),
        (Some(","), _) => "separated by commas".to_owned(),
        (Some(";"), _) => "separated by semicolons".to_owned(),
        (Some("\t"), _) => "separated by tabs".to_owned(),
        (Some(separator), _) => format!("separated by {separator}"),
    };
    // If no cell shows the decimal mark, it is not printed.
    let decimal = match file.decimal {
        Some(DecimalMark::Point) => ", decimal mark point",
        Some(DecimalMark::Comma) => ", decimal mark comma",
        None => "",
    };
    let dates = match file.dates {
        Some(DateOrder::Dmy) => ", day before month",
        Some(DateOrder::Mdy) => ", month before day",
        None => "",
    };
    let mut table = plain_table(["Column", "In the file", "Example"]);
    for column in &file.columns {
        table.add_row([
            &*column.column,
            &column.header,
            column.example.as_deref().unwrap_or_default(),
        ]);
    }
    format!(
        "Read as {}: {}, {cells}, header in line {}{decimal}{dates}{}\n{}",
        file.format,
        file.encoding,
        file.header_line,
        as_before(&file.as_before),
        lines(&table)
    )
}

/// The sheet that was read, and the other sheets.
fn in_sheet(sheet: &str, others: &[String]) -> String {
    match others {
        [] => format!("sheet {sheet:?}"),
        _ => format!("sheet {sheet:?} (--sheet for {})", others.join(", ")),
    }
}

/// The settings that come from an earlier import.
fn as_before(decided: &[String]) -> String {
    let name = |what: &String| match what.as_str() {
        "dates" => "days",
        _ => "decimal mark",
    };
    if decided.is_empty() {
        return String::new();
    }
    let decided: Vec<&str> = decided.iter().map(name).collect();
    format!(" ({} as given for an earlier file)", decided.join(" and "))
}

/// Prints which lines were skipped, by cause.
fn say_skipped(passed_over: &[PassedOver]) {
    let mut by_cause: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for skipped in passed_over {
        let lines = by_cause.entry(&skipped.cause).or_default();
        lines.push(skipped.line.to_string());
    }
    for (cause, lines) in by_cause {
        let cause = match cause {
            "it is a sum of other rows" => "as sums of the other rows".to_owned(),
            cause => format!("because {cause}"),
        };
        let shown = &lines[..lines.len().min(MOST_LINES)];
        let more = match lines.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        say!("Skipped {cause}: line {}{more}", shown.join(", line "));
    }
}

/// Prints what the API notes about imported rows.
pub(super) fn say_notes(notes: &[String]) {
    for note in notes {
        say!("{}", with_options(note));
    }
}

/// The bytes of a file, or of standard input for `-`.
pub(super) fn read_file(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    }
    Ok(bytes)
}
