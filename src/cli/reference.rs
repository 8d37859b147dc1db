//! `leadline reference`: the reference pages of commands and API in `docs/`.
//!
//! # Invariants
//! Everything comes from the commands' help and the API's description, so the pages are complete. A
//! test compares them with the files.

use std::collections::BTreeMap;

use clap::{Command, ValueEnum};
use serde_json::Value;

/// A page.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ReferencePage {
    /// Every command, with what it does
    Commands,
    /// Every endpoint of the API, with what it does
    Api,
}

const COMMANDS: &str = "# Commands

Made by `make reference` from the commands' own help. `leadline COMMAND --help` shows the options of each, with an
example where it takes arguments.

Commands with `--server` among their options call a running server; its address may also be in `LEADLINE_SERVER`, and the
key in `LEADLINE_KEY`. Money is in major units: `--spend 49.90`, `--goal revenue=1000`. `remove` deletes; `archive` keeps
what belongs to it, and `restore` takes it out of the archive.

`leadline completions bash` prints completions for a shell (zsh, fish, PowerShell and Elvish too), `leadline man` the
manual page; `leadline man --dir FOLDER` writes a page for each command.
";

const API: &str = "# API

Made by `make reference` from the API's description, [openapi.json](openapi.json), which a server gives at
`/api/v1/openapi.json`. Beside it a server answers `/js/leadline.js` (the script for shops), `/healthz` and `/readyz`,
and on the admin listener `/metrics`.

- JSON in and out. Times are RFC 3339. Money is `{\"amount\": 4999, \"currency\": \"EUR\"}` in whole minor units.
- `Authorization: Bearer ll_…` names the key. Its scopes are `read`, `write` (campaigns and links), `convert`
  (conversions), `lead` (leads from pages; such a key may stand in a page and reads nothing) and `admin` (sources, the
  inbox, the workspace, rates and erasing people).
- Errors are problem details (RFC 9457) with a stable `code` ([problems.md](problems.md)).
- Creates take an `Idempotency-Key`; conversions have their `event_id` for that.
- Lists answer `next_cursor`, which is the next page's `cursor` ([lists.md](lists.md)).
- A campaign is named by its id or its tag everywhere.
";

/// The text of a page, in Markdown.
pub(super) fn text(page: ReferencePage, program: &Command) -> anyhow::Result<String> {
    match page {
        ReferencePage::Commands => Ok(commands(program)),
        ReferencePage::Api => Ok(api(&serde_json::from_str(&crate::http::openapi::text()?)?)),
    }
}

fn commands(program: &Command) -> String {
    let is_shown = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    let all = program.get_subcommands().filter(is_shown);
    let (groups, single): (Vec<&Command>, Vec<&Command>) =
        all.partition(|command| command.has_subcommands());
    let table = |before: &str, commands: Vec<&Command>| {
        let rows = commands.iter().map(|command| command_row(before, command));
        let rows: Vec<String> = rows.collect();
        format!(
            "| command | what it does |\n| --- | --- |\n{}\n",
            rows.join("\n")
        )
    };
    let name = program.get_name();
    let group = |command: &&Command| {
        let before = format!("{name} {}", command.get_name());
        let table = table(
            &before,
            command.get_subcommands().filter(is_shown).collect(),
        );
        format!(
            "\n## {}\n\n{}.\n\n{table}",
            command.get_name(),
            about(command)
        )
    };
    let groups: Vec<String> = groups.iter().map(group).collect();
    format!("{COMMANDS}\n{}{}", table(name, single), groups.concat())
}

fn about(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string);
    cell(&about.unwrap_or_default())
}

fn command_row(before: &str, command: &Command) -> String {
    let arguments: Vec<String> = command
        .get_positionals()
        .map(|argument| {
            let names = argument.get_value_names().unwrap_or_default();
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            if argument.is_required_set() {
                format!(" {}", names.join(" "))
            } else {
                format!(" [{}]", names.join(" "))
            }
        })
        .collect();
    let (name, about) = (command.get_name(), about(command));
    format!("| `{before} {name}{}` | {about} |", arguments.concat())
}

fn api(description: &Value) -> String {
    let mut tags: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let paths = description["paths"].as_object().into_iter().flatten();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or("other");
            let rows = tags.entry(tag).or_default();
            rows.push(operation_row(method, path, operation));
        }
    }
    let head = "| endpoint | what it does | query |\n| --- | --- | --- |";
    let table =
        |(tag, rows): (&str, Vec<String>)| format!("\n## {tag}\n\n{head}\n{}\n", rows.join("\n"));
    let tables: Vec<String> = tags.into_iter().map(table).collect();
    format!("{API}{}", tables.concat())
}

fn operation_row(method: &str, path: &str, operation: &Value) -> String {
    let asked = operation["parameters"].as_array().into_iter().flatten();
    let asked = asked.filter(|parameter| parameter["in"] == "query");
    let asked: Vec<String> = asked
        .filter_map(|parameter| Some(format!("`{}`", parameter["name"].as_str()?)))
        .collect();
    let summary = operation["summary"].as_str().unwrap_or_default();
    format!(
        "| `{} {path}` | {} | {} |",
        method.to_uppercase(),
        cell(summary),
        asked.join(", ")
    )
}

/// A text within one cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
