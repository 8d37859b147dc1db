//! `leadline source`: the shops and forms that report by webhook.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::client::Client;
use super::print;
use super::report::{lines, plain_table};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a source; prints the URL to paste and, where it is made here, the secret
    #[command(
        after_help = "Examples:\n  leadline source create shopify --name \"Web shop\"\n  \
        leadline source create postback --name Tracker"
    )]
    Create(Create),
    /// List the sources, and how each is
    List(List),
    /// Give a source the secret that its sender shows, or have a new one made
    #[command(
        after_help = "Example:\n  LEADLINE_SECRET=whsec_… leadline source secret src_01kb3v…"
    )]
    Secret(Change),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// standard, shopify, woocommerce, stripe, segment, hubspot, typeform, calendly, generic or
    /// postback
    provider: String,
    /// Shown name
    #[arg(long)]
    name: String,
    /// The secret, where the sender shows one; other users of the machine can see arguments, so
    /// `LEADLINE_SECRET` is better
    #[arg(long, env = "LEADLINE_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Settings as JSON, such as the mapping of a generic source
    #[arg(long, value_name = "JSON")]
    settings: Option<String>,
    /// After how many hours without a request its status is `quiet`
    #[arg(long, value_name = "HOURS")]
    quiet_after: Option<i64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Change {
    /// Id of the source
    source: String,
    /// The secret; `LEADLINE_SECRET` is better. Without one a new one is made and printed
    #[arg(long, env = "LEADLINE_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Let the secret before stop at once; else it works on for seven days
    #[arg(long)]
    drop_previous: bool,
}

pub(super) fn run(client: &Client, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create(new) => create(client, &new),
        Command::List(list) => show(client, &list),
        Command::Secret(change) => secret(client, &change),
    }
}

fn create(client: &Client, new: &Create) -> anyhow::Result<()> {
    let mut body = Map::new();
    body.insert("provider".to_owned(), json!(new.provider));
    body.insert("name".to_owned(), json!(new.name));
    if let Some(secret) = &new.secret {
        body.insert("secret".to_owned(), json!(secret));
    }
    if let Some(settings) = &new.settings {
        let settings: Value = serde_json::from_str(settings)?;
        body.insert("settings".to_owned(), settings);
    }
    if let Some(hours) = new.quiet_after {
        body.insert("quiet_after_hours".to_owned(), json!(hours));
    }
    let made = client.post("/sources", &Value::Object(body))?;
    if new.json {
        return print(&format!("{made:#}\n"));
    }
    print(&made_text(&made))?;
    super::link::print_warnings(std::slice::from_ref(&made));
    Ok(())
}

fn made_text(made: &Value) -> String {
    let text = |field: &str| made[field].as_str().unwrap_or_default();
    let (id, name, url) = (text("id"), text("name"), text("webhook_url"));
    let secret = match made["secret"].as_str() {
        Some(secret) => format!("secret       {secret}   (shown this once)\n"),
        None => String::new(),
    };
    let mend = if made["needs_secret"] == json!(true) {
        format!(
            "Paste the URL, then give the secret that is shown there:\n  \
             LEADLINE_SECRET=… leadline source secret {id}\n"
        )
    } else {
        String::new()
    };
    format!("{id}  {name}\nwebhook URL  {url}\n{secret}{mend}")
}

fn show(client: &Client, list: &List) -> anyhow::Result<()> {
    let rows = client.list("/sources", "sources", &[])?;
    if list.json {
        return print(&format!("{:#}\n", Value::Array(rows)));
    }
    if rows.is_empty() {
        say!("No source yet; `leadline source create` makes one.");
        return Ok(());
    }
    let mut table = plain_table(["Id", "Provider", "Name", "Status", "Accepted (UTC)"]);
    let mut failing = String::new();
    for row in &rows {
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let codes = [text("last_rejection"), text("last_unproven")];
        let code = codes.into_iter().find(|code| !code.is_empty());
        let status = match code {
            _ if row["needs_secret"] == json!(true) => "needs its secret".to_owned(),
            Some(code) if text("status") == "failing" => {
                // Writing to a text cannot fail.
                let _ = writeln!(failing, "{} is failing: {code}", text("id"));
                "failing".to_owned()
            }
            _ => text("status").to_owned(),
        };
        let accepted = match text("last_accepted_at").get(..16) {
            Some(last) => format!("{}, last {}", row["accepted"], last.replace('T', " ")),
            None => row["accepted"].to_string(),
        };
        table.add_row([
            text("id").to_owned(),
            text("provider").to_owned(),
            text("name").to_owned(),
            status,
            accepted,
        ]);
    }
    print(&(lines(&table) + &failing))
}

fn secret(client: &Client, change: &Change) -> anyhow::Result<()> {
    let mut body = match &change.secret {
        Some(secret) => json!({ "secret": secret }),
        None => json!({ "rotate": true }),
    };
    if change.drop_previous {
        body["drop_previous_secret"] = json!(true);
    }
    let changed = client.patch(&format!("/sources/{}", change.source), &body)?;
    print(&made_text(&changed))?;
    if change.secret.is_some() {
        say!("The secret is kept: what it signs is taken from now on.");
    }
    if let Some(until) = changed["previous_secret_until"].as_str() {
        say!("The secret before works until {until}; --drop-previous ends it at once.");
    }
    Ok(())
}
