//! `leadline source`: the shops and forms that report by webhook.

mod show;
mod test;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::answers::Source;
use super::client::{ApiClient, Body, segment};
use super::option_words::with_options;
use super::terminal::{lines, plain_table, print};
use super::times::minute;

#[derive(Debug, Subcommand)]
pub(super) enum SourceCommand {
    /// Create a source; prints the URL to paste and, if it is made here, the secret
    #[command(
        after_help = "Examples:\n  leadline source create shopify --name \"Web shop\"\n  \
        leadline source create postback --name Tracker"
    )]
    Create(CreateSource),
    /// List sources, and whether they report
    #[command(after_help = "Example:\n  leadline source list")]
    List {
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
    /// Give a source the secret that its sender shows, or have a new one made
    #[command(
        after_help = "Example:\n  LEADLINE_SECRET=whsec_… leadline source secret src_01kb3v…"
    )]
    Secret(ChangeSecret),
    /// Show what a source would read from a sample; nothing of it is kept
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
    /// Archive a source for good: what it sends is refused, and what it reported stays
    #[command(after_help = "Example:\n  leadline source archive src_01kb3v…")]
    Archive {
        /// Id of the source
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct CreateSource {
    /// standard, shopify, woocommerce, stripe, segment, hubspot, typeform, calendly, generic or
    /// postback
    provider: String,
    /// Shown name
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
    /// Shown name
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
    /// The secret; `LEADLINE_SECRET` is better. Without one a new one is made and printed
    #[arg(long, env = "LEADLINE_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Refuse the earlier secret at once; by default it works for seven more days
    #[arg(long)]
    drop_previous: bool,
}

pub(super) fn run(client: &ApiClient, command: SourceCommand) -> anyhow::Result<()> {
    match command {
        SourceCommand::Create(new) => create(client, &new),
        SourceCommand::List { json } => list(client, json),
        SourceCommand::Show { id, json } => {
            let answer = client.get(&path(&id), &[])?;
            if json {
                return print(&answer.json());
            }
            print(&show::shown(&answer.read()?))
        }
        SourceCommand::Edit(change) => edit(client, &change),
        SourceCommand::Secret(change) => change_secret(client, &change),
        SourceCommand::Test { id, file, json } => test::run(client, &path(&id), &file, json),
        SourceCommand::Archive { id } => {
            client.delete(&path(&id))?;
            print(&format!("Archived {id}; what it sends is refused now.\n"))
        }
    }
}

fn path(id: &str) -> String {
    format!("/sources/{}", segment(id))
}

fn create(client: &ApiClient, new: &CreateSource) -> anyhow::Result<()> {
    let body = Body::default()
        .with("provider", &new.provider)
        .with("name", &new.name)
        .with_given("secret", new.secret.as_ref())
        .with_given("settings", settings(new.settings.as_deref())?)
        .with_given("quiet_after_hours", new.quiet_after);
    let answer = client.post("/sources", &body)?;
    if new.json {
        return print(&answer.json());
    }
    let source: Source = answer.read()?;
    print(&to_paste(&source))?;
    for warning in &source.warnings {
        say!("Note: {}", with_options(warning));
    }
    Ok(())
}

fn settings(text: Option<&str>) -> anyhow::Result<Option<Value>> {
    let settings = text.map(serde_json::from_str).transpose();
    settings.context("--settings is not JSON")
}

/// What the sender has to know of a source.
fn to_paste(source: &Source) -> String {
    let Source {
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

fn edit(client: &ApiClient, change: &EditSource) -> anyhow::Result<()> {
    let quiet_after = match change.quiet_after.as_deref() {
        None => None,
        Some("none") => Some(None),
        Some(hours) => {
            let wrong = || format!("--quiet-after is {hours:?}; give a number of hours, or `none`");
            Some(Some(hours.parse::<i64>().with_context(wrong)?))
        }
    };
    let body = Body::default()
        .with_given("name", change.name.as_ref())
        .with_given("settings", settings(change.settings.as_deref())?)
        .with_given("quiet_after_hours", quiet_after);
    ensure!(
        !body.is_empty(),
        "nothing to change; `leadline source edit --help` lists what can be changed"
    );
    let answer = client.patch(&path(&change.id), &body)?;
    if change.json {
        return print(&answer.json());
    }
    print(&show::shown(&answer.read()?))
}

fn list(client: &ApiClient, json: bool) -> anyhow::Result<()> {
    let rows = client.list("/sources", "sources", &[])?;
    if json {
        return print(&rows.json());
    }
    let sources: Vec<Source> = rows.read()?;
    if sources.is_empty() {
        say!("No sources yet; `leadline source create --help` shows how to create one.");
        return Ok(());
    }
    let mut table = plain_table(["Id", "Provider", "Name", "Status", "Accepted (UTC)"]);
    let mut failing = String::new();
    for source in &sources {
        let code = source
            .last_rejection
            .as_ref()
            .or(source.last_unproven.as_ref());
        if let Some(code) = code.filter(|_| source.status == "failing" && !source.needs_secret) {
            // Writing to a text cannot fail.
            let _ = writeln!(failing, "{} is failing: {code}", source.id);
        }
        let accepted = match source.last_accepted_at {
            Some(last) => format!("{}, last {}", source.accepted, minute(last)),
            None => source.accepted.to_string(),
        };
        table.add_row([
            &source.id,
            &source.provider,
            &source.name,
            show::status(source),
            &accepted,
        ]);
    }
    print(&(lines(&table) + &failing))
}

fn change_secret(client: &ApiClient, change: &ChangeSecret) -> anyhow::Result<()> {
    let body = match &change.secret {
        Some(secret) => Body::default().with("secret", secret),
        None => Body::default().with("rotate", true),
    };
    let drop_previous = change.drop_previous.then_some(true);
    let body = body.with_given("drop_previous_secret", drop_previous);
    let source: Source = client.patch(&path(&change.id), &body)?.read()?;
    print(&to_paste(&source))?;
    if change.secret.is_some() {
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
