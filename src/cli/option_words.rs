//! Replaces the API's field names in its messages by the names of options.
//!
//! # Invariants
//! Only fields in backticks are replaced: those of the current command, of campaigns and of
//! reports. Messages about a line of a file stay, because there the words are columns.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use clap::Command;

/// Fields whose option has another name.
const ALIASES: [(&str, &str); 11] = [
    ("campaign_id", "campaign"),
    ("link_id", "link"),
    ("source_id", "source"),
    ("handed_on", "hand-on"),
    ("value", "amount"),
    ("money", "spend"),
    ("quiet_after_hours", "quiet-after"),
    ("external_id", "customer"),
    ("permalink", "at"),
    ("publications", "at"),
    ("utm_convention", "separator"),
];

/// Fields of a campaign that other commands mention, with the option of `campaign edit`.
const OF_CAMPAIGNS: [(&str, &str); 3] = [
    ("starts_at", "--starts-at"),
    ("ends_at", "--ends-at"),
    ("hourly_rate", "--hourly-rate"),
];

/// Fields of a report, with the line of its table.
const OF_REPORTS: [(&str, &str); 1] = [("workspace_unattributed", "in no campaign")];

/// The names of fields in the current command.
static IN_USE: OnceLock<BTreeMap<String, String>> = OnceLock::new();

/// Stores the command that this process runs.
pub(super) fn use_command(command: &Command) {
    // A process runs one command.
    let _ = IN_USE.set(words(command));
}

/// A text of the API, with the options of the current command.
pub(super) fn with_options(text: &str) -> String {
    IN_USE
        .get()
        .map_or_else(|| text.to_owned(), |words| renamed(text, words))
}

/// The field of each option and argument, with its name at the command line.
fn words(command: &Command) -> BTreeMap<String, String> {
    let elsewhere = OF_CAMPAIGNS.into_iter().chain(OF_REPORTS);
    let mut words: BTreeMap<String, String> = elsewhere
        .map(|(field, shown)| (field.to_owned(), shown.to_owned()))
        .collect();
    // Common options of all commands have their own heading, and are not fields.
    let own = command.get_arguments();
    for argument in own.filter(|argument| argument.get_help_heading().is_none()) {
        let shown = match argument.get_long() {
            Some(long) => format!("--{long}"),
            None => match argument.get_value_names() {
                Some([name, ..]) => name.to_string(),
                _ => continue,
            },
        };
        let field = argument.get_long().unwrap_or(argument.get_id().as_str());
        for (alias, option) in ALIASES {
            if option == field {
                words.insert(alias.to_owned(), shown.clone());
            }
        }
        words.insert(field.replace('-', "_"), shown);
    }
    words
}

fn renamed(text: &str, words: &BTreeMap<String, String>) -> String {
    if is_of_a_file(text) {
        return text.to_owned();
    }
    let mut renamed = String::new();
    for (place, part) in text.split('`').enumerate() {
        if place > 0 {
            renamed.push('`');
        }
        let is_code = place % 2 == 1;
        let field = part.split(['.', '[']).next().unwrap_or_default();
        match words.get(field).filter(|_| is_code) {
            Some(option) => renamed.push_str(option),
            None => renamed.push_str(part),
        }
    }
    renamed
}

/// Whether a text is about a line of a file.
fn is_of_a_file(text: &str) -> bool {
    let mut after = text.split("line ").skip(1);
    after.any(|rest| {
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        // A place in JSON also has a column.
        behind.len() < rest.len() && !behind.starts_with(" column ")
    })
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    #[test]
    fn fields_are_named_as_the_command_names_them() {
        let command = Command::new("edit")
            .arg(Arg::new("url").value_name("URL"))
            .arg(Arg::new("rate").long("hourly-rate"))
            .arg(Arg::new("campaign").long("campaign"));
        let words = words(&command);
        for (text, shown) in [
            ("`hourly_rate` has no place", "`--hourly-rate` has no place"),
            ("`campaign_id` is missing", "`--campaign` is missing"),
            (
                "`workspace_unattributed` shows them",
                "`in no campaign` shows them",
            ),
            ("give `url` or `slug`", "give `URL` or `slug`"),
            (
                "`hourly_rate.amount` is no number",
                "`--hourly-rate` is no number",
            ),
            ("no tick, campaign", "no tick, campaign"),
            (
                "`hourly_rate` at line 4 column 23",
                "`--hourly-rate` at line 4 column 23",
            ),
            ("line 3, `campaign` is empty", "line 3, `campaign` is empty"),
            (
                "say `leadline campaign edit`",
                "say `leadline campaign edit`",
            ),
        ] {
            assert_eq!(renamed(text, &words), shown);
        }
    }
}
