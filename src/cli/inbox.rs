//! `leadline inbox`: what shops sent, and reading again what could not be read.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::Client;
use super::print;
use super::report::{lines, plain_table};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List requests and what became of them
    #[command(after_help = "Example:\n  leadline inbox list --status failed")]
    List(List),
    /// Print what a request says; people stand in it, so the key needs the scope `admin`
    #[command(after_help = "Example:\n  leadline inbox show dlv_01kb3v…")]
    Show {
        /// Id of the request
        id: String,
    },
    /// Read requests again, after the cause was mended; nothing counts twice
    #[command(after_help = "Examples:\n  leadline inbox replay dlv_01kb3v…\n  \
        leadline inbox replay --status refused --source src_01kb3v…")]
    Replay(Replay),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only this source
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// read, nothing, failed or refused
    #[arg(long)]
    status: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Replay {
    /// Id of the request; without one, all that failed
    id: Option<String>,
    /// Only this source
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    source: Option<String>,
    /// Those that are failed (as without it), refused, nothing or read
    #[arg(long, conflicts_with = "id")]
    status: Option<String>,
}

pub(super) fn run(client: &Client, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List(question) => list(client, &question),
        Command::Show { id } => {
            let request = client.get(&format!("/inbox/{id}/request"), &[])?;
            print(&format!("{request:#}\n"))
        }
        Command::Replay(which) => replay(client, &which),
    }
}

fn list(client: &Client, question: &List) -> anyhow::Result<()> {
    let mut query = Vec::new();
    for (name, value) in [
        ("source_id", &question.source),
        ("status", &question.status),
    ] {
        query.extend(value.as_deref().map(|value| (name, value)));
    }
    let rows = client.list("/inbox", "deliveries", &query)?;
    if question.json {
        return print(&format!("{:#}\n", Value::Array(rows)));
    }
    if rows.is_empty() {
        say!("Nothing of that kind is in the inbox.");
        return Ok(());
    }
    print(&shown(&rows))
}

fn shown(rows: &[Value]) -> String {
    let mut table = plain_table(["Id", "Came in (UTC)", "Status", "Why"]);
    for row in rows {
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let why = match (text("code"), text("detail")) {
            ("", detail) => detail.to_owned(),
            (code, detail) => format!("{code}: {detail}"),
        };
        table.add_row([
            text("id").to_owned(),
            text("received_at")
                .get(..16)
                .unwrap_or_default()
                .replace('T', " "),
            text("status").to_owned(),
            why,
        ]);
    }
    lines(&table)
}

fn replay(client: &Client, which: &Replay) -> anyhow::Result<()> {
    if let Some(id) = &which.id {
        let done = client.post(&format!("/inbox/{id}/replay"), &json!({}))?;
        return print(match done["refused"].as_i64() {
            Some(0) => "It is read again; `leadline inbox list` shows what became of it.\n",
            _ => "Nothing proves who sent it, still; check the source's secret.\n",
        });
    }
    let mut path = format!(
        "/inbox/replay?status={}",
        which.status.as_deref().unwrap_or("failed")
    );
    if let Some(source) = &which.source {
        path = format!("{path}&source_id={source}");
    }
    let (mut again, mut refused) = (0, 0);
    let mut cursor = String::new();
    loop {
        let done = client.post(&format!("{path}{cursor}"), &json!({}))?;
        again += done["replayed"].as_i64().unwrap_or_default();
        refused += done["refused"].as_i64().unwrap_or_default();
        match done["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
        say!("{again} so far …");
    }
    print(&format!(
        "{again} requests are read again; {refused} prove no sender still.\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_100_columns() {
        let row = json!({"id": "dlv_01kb3v9w8e7q4t2n5r6s8y0zxa", "status": "refused",
            "received_at": "2026-03-10T12:00:00.000Z", "code": "signature_invalid",
            "detail": "no signature fits; check the secret, and that nothing changes the body"});
        let text = shown(&[row]);
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{text}"
        );
        assert!(text.contains("signature_invalid"), "{text}");
    }
}
