//! `leadline source`: the shops and forms that report by webhook.

mod show;
mod test;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use secrecy::SecretString;

use super::client::{ApiClient, given, segment};
use super::option_words::with_options;
use super::terminal::{lines, plain_table, print};
use super::times::minute;
use crate::operations::source::body::{NewSource, SourceChange, SourceHealth, SourceView};
use crate::provider::SourceSettings;

#[derive(Debug, Subcommand)]
pub(super) enum SourceCommand {
    /// Create a source; prints the URL to paste and, if it is generated here, the secret
    #[command(
        after_help = "Examples:\n  leadline source create shopify --name \"Web shop\"\n  \
        leadline source create postback --name Tracker"
    )]
    Create(CreateSource),
    /// List sources, and whether they report
    #[command(after_help = "Example:\n  leadline source list")]
    List {
        /// List archived sources too
        #[arg(long)]
        archived: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a source: its URL, its settings and what it sent
    #[command(after_help = "Example:\n  leadline source show src_01kb3v…")]
    Show {
        /// Id of the source, as `leadline source list` shows it
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Edit a source: its name, its settings, or when it counts as quiet
    #[command(
        after_help = "Example:\n  leadline source edit src_01kb3v… --name \"Web shop\" --quiet-after 48"
    )]
    Edit(EditSource),
    /// Set the secret that the sender shows, or generate a new one
    #[command(
        after_help = "Example:\n  LEADLINE_SECRET=whsec_… leadline source secret src_01kb3v…"
    )]
    Secret(ChangeSecret),
    /// Show what a source would read from a sample; nothing is stored
    #[command(after_help = "Example:\n  leadline source test src_01kb3v… order.json")]
    Test {
        /// Id of the source
        id: String,
        /// A body as the sender sends it, in JSON; `-` for standard input
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Archive a source: its requests are then refused; what it reported stays
    #[command(after_help = "Example:\n  leadline source archive src_01kb3v…")]
    Archive {
        /// Id of the source
        id: String,
    },
    /// Restore an archived source: its requests are accepted again
    #[command(after_help = "Example:\n  leadline source restore src_01kb3v…")]
    Restore {
        /// Id of the source, as `leadline source list --archived` shows it
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct CreateSource {
    /// standard, shopify, woocommerce, stripe, segment, hubspot, typeform, calendly, generic or
    /// postback
    provider: String,
    /// Display name
    #[arg(long)]
    name: String,
    /// The secret that the sender shows; `LEADLINE_SECRET` is better, because other users of the
    /// machine can see arguments
    #[arg(long, env = "LEADLINE_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Settings as JSON, such as the mapping of a generic source
    #[arg(long, value_name = "JSON")]
    settings: Option<String>,
    /// Hours without a request after which its status is `quiet`
    #[arg(long, value_name = "HOURS")]
    quiet_after: Option<i64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct EditSource {
    /// Id of the source
    id: String,
    /// Display name
    #[arg(long)]
    name: Option<String>,
    /// New settings as JSON; they replace the earlier ones
    #[arg(long, value_name = "JSON")]
    settings: Option<String>,
    /// Hours without a request after which its status is `quiet`; `none` for never
    #[arg(long, value_name = "HOURS")]
    quiet_after: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ChangeSecret {
    /// Id of the source
    id: String,
    /// The secret; `LEADLINE_SECRET` is better. Without a secret, a new one is generated and
    /// printed
    #[arg(long, env = "LEADLINE_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Refuse the earlier secret immediately; by default it works for seven more days
    #[arg(long)]
    drop_previous: bool,
}

pub(super) fn run(client: &ApiClient, command: SourceCommand) -> anyhow::Result<()> {
    match command {
        SourceCommand::Create(new) => create(client, &new),
        SourceCommand::List { archived, json } => list(client, archived, json),
        SourceCommand::Show { id, json } => {
            let answer = client.get(&path(&id), &[])?;
            if json {
                return print(&answer.json());
            }
            print(&show::shown(&answer.read()?)?)
        }
        SourceCommand::Edit(change) => edit(client, &change),
        SourceCommand::Secret(change) => change_secret(client, &change),
        SourceCommand::Test { id, file, json } => test::run(client, &path(&id), &file, json),
        SourceCommand::Archive { id } => {
            client.delete(&path(&id))?;
            print(&format!(
                "Archived {id}; what it sends is refused now. `leadline source restore {id}` takes it \
                 out again.\n"
            ))
        }
        SourceCommand::Restore { id } => {
            let change = SourceChange {
                archived: Some(false),
                ..SourceChange::default()
            };
            let source: SourceView = client.patch(&path(&id), &change)?.read()?;
            print(&format!(
                "Restored {id}; its URL is {}\n",
                source.webhook_url
            ))
        }
    }
}

fn path(id: &str) -> String {
    format!("/sources/{}", segment(id))
}

fn create(client: &ApiClient, new: &CreateSource) -> anyhow::Result<()> {
    let source = NewSource {
        provider: new.provider.clone(),
        name: new.name.clone(),
        secret: new.secret.clone().map(SecretString::from),
        settings: settings(new.settings.as_deref())?.unwrap_or_default(),
        quiet_after_hours: new.quiet_after,
    };
    let answer = client.post("/sources", &source)?;
    if new.json {
        return print(&answer.json());
    }
    let source: SourceView = answer.read()?;
    print(&to_paste(&source))?;
    for warning in &source.warnings {
        say!("Note: {}", with_options(warning));
    }
    Ok(())
}

fn settings(text: Option<&str>) -> anyhow::Result<Option<SourceSettings>> {
    let settings = text.map(serde_json::from_str).transpose();
    settings.context("--settings cannot be read; docs/webhooks.md lists the settings of a source")
}

/// What to enter at the sender of a source.
fn to_paste(source: &SourceView) -> String {
    let SourceView {
        id,
        name,
        webhook_url,
        ..
    } = source;
    let secret = match &source.secret {
        Some(secret) => format!("secret       {secret}   (shown only now)\n"),
        None => String::new(),
    };
    let next = if source.needs_secret {
        format!(
            "Paste the URL, then give the secret that is shown there:\n  \
             LEADLINE_SECRET=… leadline source secret {id}\n"
        )
    } else {
        String::new()
    };
    format!("{id}  {name}\nwebhook URL  {webhook_url}\n{secret}{next}")
}

fn edit(client: &ApiClient, edit: &EditSource) -> anyhow::Result<()> {
    let quiet_after = match edit.quiet_after.as_deref() {
        None => None,
        Some("none") => Some(None),
        Some(hours) => {
            let wrong = || format!("--quiet-after is {hours:?}; give a number of hours, or `none`");
            Some(Some(hours.parse::<i64>().with_context(wrong)?))
        }
    };
    let change = SourceChange {
        name: edit.name.clone(),
        settings: settings(edit.settings.as_deref())?,
        quiet_after_hours: quiet_after,
        ..SourceChange::default()
    };
    ensure!(
        change.name.is_some() || change.settings.is_some() || quiet_after.is_some(),
        "nothing to change; `leadline source edit --help` lists what can be changed"
    );
    let answer = client.patch(&path(&edit.id), &change)?;
    if edit.json {
        return print(&answer.json());
    }
    print(&show::shown(&answer.read()?)?)
}

fn list(client: &ApiClient, archived: bool, json: bool) -> anyhow::Result<()> {
    let query = given(&[("archived", archived.then_some("true"))]);
    let rows = client.list("/sources", "sources", &query)?;
    if json {
        return print(&rows.json());
    }
    let sources: Vec<SourceView> = rows.read()?;
    if sources.is_empty() {
        say!(
            "No sources; `leadline source create --help` shows how to create one, and `leadline source list \
             --archived` lists archived ones."
        );
        return Ok(());
    }
    let mut table = plain_table(["Id", "Provider", "Name", "Status", "Accepted (UTC)"]);
    let mut failing = String::new();
    for source in &sources {
        let code = source
            .last_rejection
            .as_ref()
            .or(source.last_unproven.as_ref());
        if let Some(code) =
            code.filter(|_| source.status == SourceHealth::Failing && !source.needs_secret)
        {
            // Writing to a text cannot fail.
            let _ = writeln!(failing, "{} is failing: {code}", source.id);
        }
        let accepted = match source.last_accepted_at {
            Some(last) => format!("{}, last {}", source.accepted, minute(last)),
            None => source.accepted.to_string(),
        };
        table.add_row([
            &source.id.to_string(),
            &*source.provider,
            &source.name,
            show::status(source),
            &accepted,
        ]);
    }
    print(&(lines(&table) + &failing))
}

fn change_secret(client: &ApiClient, given: &ChangeSecret) -> anyhow::Result<()> {
    let change = SourceChange {
        secret: given.secret.clone().map(SecretString::from),
        rotate: given.secret.is_none(),
        drop_previous_secret: given.drop_previous,
        ..SourceChange::default()
    };
    let source: SourceView = client.patch(&path(&given.id), &change)?.read()?;
    print(&to_paste(&source))?;
    if given.secret.is_some() {
        say!("The secret is kept; what it signs is accepted from now on.");
    }
    if let Some(until) = source.previous_secret_until {
        say!(
            "The earlier secret works until {} (UTC); --drop-previous ends it at once.",
            minute(until)
        );
    }
    Ok(())
}
