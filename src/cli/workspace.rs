//! `leadline workspace`: show and edit the workspace of the key.

use anyhow::ensure;
use clap::{Args, Subcommand};

use super::answers::Workspace;
use super::client::{ApiClient, Body};
use super::link::parameters;
use super::terminal::{facts, print};
use super::times::minute;

#[derive(Debug, Subcommand)]
pub(super) enum WorkspaceCommand {
    /// Show the workspace: its UTM convention, and what its links hand on
    #[command(after_help = "Example:\n  leadline workspace show")]
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Edit the workspace; links that exist keep what they have. The key needs the scope `admin`
    #[command(
        after_help = "Examples:\n  leadline workspace edit --separator _ --lower-case true\n  \
        leadline workspace edit --allow utm_medium=social,email,cpc\n  \
        leadline workspace edit --hand-on gclid,fbclid"
    )]
    Edit(EditWorkspace),
}

#[derive(Debug, Args)]
pub(super) struct EditWorkspace {
    /// Separator of words in UTM values: -, _ or .
    #[arg(long, value_name = "SIGN", allow_hyphen_values = true)]
    separator: Option<char>,
    /// Whether capital letters in UTM values are refused
    #[arg(long, value_name = "true|false")]
    lower_case: Option<bool>,
    /// UTM parameters that every tagged link has, as in `utm_source,utm_medium`; `none` for none
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    required: Option<Vec<String>>,
    /// The only values of a UTM parameter; `any` allows all. May be given several times
    #[arg(long, value_name = "PARAMETER=VALUES")]
    allow: Vec<String>,
    /// Parameters of a click that new links hand on to the destination; `none` for none, `default`
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
        WorkspaceCommand::Edit(change) => {
            let body = body(client, change)?;
            ensure!(
                !body.is_empty(),
                "nothing to change; `leadline workspace edit --help` lists what can be changed"
            );
            (client.patch("/workspace", &body)?, &change.json)
        }
    };
    if *json {
        return print(&answer.json());
    }
    print(&shown(&answer.read()?))
}

fn body(client: &ApiClient, change: &EditWorkspace) -> anyhow::Result<Body> {
    let handed_on = change.hand_on.as_deref().map(|names| match names {
        [name] if name == "default" => None,
        names => Some(parameters(names)),
    });
    let body = Body::default().with_given("handed_on", handed_on);
    let is_of_convention = change.separator.is_some()
        || change.lower_case.is_some()
        || change.required.is_some()
        || !change.allow.is_empty();
    if !is_of_convention {
        return Ok(body);
    }
    // The API replaces the convention as a whole.
    let workspace: Workspace = client.get("/workspace", &[])?.read()?;
    let mut convention = workspace.utm_convention;
    if let Some(separator) = change.separator {
        convention.separator = separator;
    }
    if let Some(lower_case) = change.lower_case {
        convention.lower_case = lower_case;
    }
    if let Some(required) = &change.required {
        convention.required = parameters(required);
    }
    for rule in &change.allow {
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
    Ok(body.with("utm_convention", convention))
}

fn shown(workspace: &Workspace) -> String {
    let convention = &workspace.utm_convention;
    let list = |names: &[String]| match names {
        [] => "none".to_owned(),
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
        ("Id", workspace.id.clone()),
        (
            "UTM values",
            format!("{case}, words separated by {}", convention.separator),
        ),
        ("Required", list(&convention.required)),
        ("Allowed", allowed.join(", ")),
        ("Hands on", list(&workspace.handed_on)),
        ("Created", format!("{} (UTC)", minute(workspace.created_at))),
    ])
}
