//! `leadline workspace`: show and edit the workspace of the key.

use anyhow::ensure;
use clap::{Args, Subcommand};

use super::client::{ApiClient, is_empty};
use super::link::parameters;
use super::terminal::{facts, print};
use super::times::minute;
use crate::operations::workspace::{WorkspaceChange, WorkspaceView};

#[derive(Debug, Subcommand)]
pub(super) enum WorkspaceCommand {
    /// Show the workspace: its UTM convention, the parameters that its links pass on, and the
    /// defaults of campaigns
    #[command(after_help = "Example:\n  leadline workspace show")]
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Edit the workspace; existing links and campaigns keep their values. The key needs the scope
    /// `admin`
    #[command(
        after_help = "Examples:\n  leadline workspace edit --separator _ --lower-case true\n  \
        leadline workspace edit --allow utm_medium=social,email,cpc\n  \
        leadline workspace edit --hand-on gclid,fbclid\n  \
        leadline workspace edit --currency EUR --time-zone Europe/Berlin"
    )]
    Edit(EditWorkspace),
}

#[derive(Debug, Args)]
pub(super) struct EditWorkspace {
    /// Display name
    #[arg(long)]
    name: Option<String>,
    /// ISO 4217 currency of new campaigns without their own; `none` for no default
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// IANA time zone of new campaigns without their own; `none` for no default
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Separator of words in UTM values: `-`, `_` or `.`, the full stop
    #[arg(long, value_name = "SIGN", allow_hyphen_values = true)]
    separator: Option<char>,
    /// Whether capital letters in UTM values are refused
    #[arg(long, value_name = "true|false")]
    lower_case: Option<bool>,
    /// UTM parameters that every tagged link must have, such as `utm_source,utm_medium`; `none` for
    /// none
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    required: Option<Vec<String>>,
    /// The only values of a UTM parameter; `any` allows all. May be repeated
    #[arg(long, value_name = "PARAMETER=VALUES")]
    allow: Vec<String>,
    /// Parameters of a click that new links pass on to the destination; `none` for none, `default`
    /// for the click ids of ad networks
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    hand_on: Option<Vec<String>>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, command: &WorkspaceCommand) -> anyhow::Result<()> {
    let (answer, json) = match command {
        WorkspaceCommand::Show { json } => (client.get("/workspace", &[])?, json),
        WorkspaceCommand::Edit(edit) => {
            let change = change(client, edit)?;
            ensure!(
                !is_empty(&change)?,
                "nothing to change; `leadline workspace edit --help` lists what can be changed"
            );
            (client.patch("/workspace", &change)?, &edit.json)
        }
    };
    if *json {
        return print(&answer.json());
    }
    print(&shown(&answer.read()?))
}

fn change(client: &ApiClient, edit: &EditWorkspace) -> anyhow::Result<WorkspaceChange> {
    let handed_on = edit.hand_on.as_deref().map(|names| match names {
        [name] if name == "default" => None,
        names => Some(parameters(names)),
    });
    let is_of_convention = edit.separator.is_some()
        || edit.lower_case.is_some()
        || edit.required.is_some()
        || !edit.allow.is_empty();
    let default = |value: &Option<String>| {
        let value = value.as_deref();
        value.map(|value| (value != "none").then(|| value.to_owned()))
    };
    let change = WorkspaceChange {
        name: edit.name.clone(),
        utm_convention: None,
        handed_on,
        currency: default(&edit.currency),
        time_zone: default(&edit.time_zone),
    };
    if !is_of_convention {
        return Ok(change);
    }
    // The API replaces the whole convention.
    let workspace: WorkspaceView = client.get("/workspace", &[])?.read()?;
    let mut convention = workspace.utm_convention;
    if let Some(separator) = edit.separator {
        convention.separator = separator;
    }
    if let Some(lower_case) = edit.lower_case {
        convention.lower_case = lower_case;
    }
    if let Some(required) = &edit.required {
        convention.required = parameters(required);
    }
    for rule in &edit.allow {
        let Some((parameter, values)) = rule.split_once('=') else {
            anyhow::bail!("--allow is {rule:?}; write it like utm_medium=social,email");
        };
        if values == "any" {
            convention.allowed.remove(parameter);
        } else {
            let values = values.split(',').map(str::to_owned).collect();
            convention.allowed.insert(parameter.to_owned(), values);
        }
    }
    Ok(WorkspaceChange {
        utm_convention: Some(convention),
        ..change
    })
}

fn shown(workspace: &WorkspaceView) -> String {
    let convention = &workspace.utm_convention;
    let none = || "none".to_owned();
    let list = |names: &[String]| match names {
        [] => none(),
        names => names.join(", "),
    };
    let case = if convention.lower_case {
        "lower case"
    } else {
        "any case"
    };
    let allowed = convention.allowed.iter();
    let allowed: Vec<String> = allowed
        .map(|(parameter, values)| format!("{parameter}={}", values.join("|")))
        .collect();
    facts(&[
        ("Workspace", workspace.name.clone()),
        ("Id", workspace.id.to_string()),
        (
            "UTM values",
            format!("{case}, words separated by {}", convention.separator),
        ),
        ("Required", list(&convention.required)),
        ("Allowed", allowed.join(", ")),
        ("Hands on", list(&workspace.handed_on)),
        (
            "Currency",
            workspace
                .currency
                .map_or_else(none, |currency| currency.to_string()),
        ),
        (
            "Time zone",
            workspace.time_zone.clone().unwrap_or_else(none),
        ),
        ("Created", format!("{} (UTC)", minute(workspace.created_at))),
    ])
}
