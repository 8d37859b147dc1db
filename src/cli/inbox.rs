//! `leadline inbox`: the webhooks that shops sent, and their replay.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::client::{ApiClient, Body, given, segment};
use super::option_words::with_options;
use super::terminal::{lines_with_room, plain_table, plural, print};
use super::times::minute;
use crate::operations::inbox::body::{DeliveryView, ReplayResult};
use crate::operations::source::body::SourceView;

/// The statuses of a webhook.
const STATUSES: [&str; 4] = ["read", "nothing", "failed", "refused"];

#[derive(Debug, Subcommand)]
pub(super) enum InboxCommand {
    /// List webhooks with their status
    #[command(after_help = "Example:\n  leadline inbox list --status failed")]
    List(ListDeliveries),
    /// Show the request of a webhook; it contains personal data, so the key needs the scope `admin`
    #[command(after_help = "Example:\n  leadline inbox show dlv_01kb3v…")]
    Show {
        /// Id of the webhook, as `leadline inbox list` shows it
        id: String,
    },
    /// Replay webhooks after their cause was fixed; nothing counts twice
    #[command(after_help = "Examples:\n  leadline inbox replay dlv_01kb3v…\n  \
        leadline inbox replay --status refused --source src_01kb3v…")]
    Replay(ReplayDeliveries),
}

#[derive(Debug, Args)]
pub(super) struct ListDeliveries {
    /// Only webhooks of this source
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// Only webhooks with this status
    #[arg(long, value_parser = PossibleValuesParser::new(STATUSES))]
    status: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReplayDeliveries {
    /// Id of the webhook; by default all that failed
    id: Option<String>,
    /// Only webhooks of this source
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    source: Option<String>,
    /// Webhooks with this status instead of `failed`
    #[arg(long, conflicts_with = "id", value_parser = PossibleValuesParser::new(STATUSES))]
    status: Option<String>,
}

pub(super) fn run(client: &ApiClient, command: &InboxCommand) -> anyhow::Result<()> {
    match command {
        InboxCommand::List(options) => list(client, options),
        InboxCommand::Show { id } => {
            let request = client.get(&format!("/inbox/{}/request", segment(id)), &[])?;
            print(&request.json())
        }
        InboxCommand::Replay(options) => replay(client, options),
    }
}

fn list(client: &ApiClient, options: &ListDeliveries) -> anyhow::Result<()> {
    let query = given(&[
        ("source_id", options.source.as_deref()),
        ("status", options.status.as_deref()),
    ]);
    let rows = client.list("/inbox", "deliveries", &query)?;
    if options.json {
        return print(&rows.json());
    }
    let deliveries: Vec<DeliveryView> = rows.read()?;
    if deliveries.is_empty() {
        say!("No webhooks of that kind are in the inbox.");
        return Ok(());
    }
    let sources: Vec<SourceView> = client.list("/sources", "sources", &[])?.read()?;
    print(&shown(&deliveries, &sources))
}

fn shown(deliveries: &[DeliveryView], sources: &[SourceView]) -> String {
    let mut table = plain_table(["Id", "Received (UTC)", "Source", "Status", "Why"]);
    for delivery in deliveries {
        let source = sources
            .iter()
            .find(|source| source.id == delivery.source_id);
        let source = source.map_or_else(
            || delivery.source_id.to_string(),
            |source| source.name.clone(),
        );
        let detail = delivery.detail.as_deref().map(with_options);
        let why = match (&delivery.code, detail) {
            (Some(code), Some(detail)) => format!("{code}: {detail}"),
            (Some(code), None) => code.clone(),
            (None, detail) => detail.unwrap_or_default(),
        };
        table.add_row([
            &delivery.id.to_string(),
            &minute(delivery.received_at),
            &source,
            delivery.status.as_str(),
            &why,
        ]);
    }
    lines_with_room(&table, &[])
}

fn replay(client: &ApiClient, options: &ReplayDeliveries) -> anyhow::Result<()> {
    if let Some(id) = &options.id {
        let path = format!("/inbox/{}/replay", segment(id));
        let result: ReplayResult = client.post(&path, &Body::default())?.read()?;
        return print(match result.refused {
            0 => "It is read again; `leadline inbox list` shows the result.\n",
            _ => "It still does not prove its sender; check the source's secret.\n",
        });
    }
    let status = options.status.as_deref().unwrap_or("failed");
    let (mut replayed, mut refused) = (0, 0);
    let mut cursor = None;
    loop {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("status", status);
        query.extend_pairs(given(&[
            ("source_id", options.source.as_deref()),
            ("cursor", cursor.as_deref()),
        ]));
        let path = format!("/inbox/replay?{}", query.finish());
        let result: ReplayResult = client.post(&path, &Body::default())?.read()?;
        replayed += result.replayed;
        refused += result.refused;
        cursor = result.next_cursor;
        if cursor.is_none() {
            break;
        }
        say!("{replayed} so far …");
    }
    let are = |count: usize| if count == 1 { "is" } else { "are" };
    print(&format!(
        "{} {} read again; {refused} still do not prove their sender.\n",
        plural(replayed as u64, "webhook", "webhooks"),
        are(replayed)
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_fits_100_columns() {
        let delivery = json!({"id": "dlv_01kb3v9w8e7q4t2n5r6s8y0zxa", "status": "refused",
            "received_at": "2026-03-10T12:00:00.000Z", "handled_at": "2026-03-10T12:00:00.000Z",
            "told": 0, "tries": 1, "source_id": "src_01kb3v9w8e7q4t2n5r6s8y0zxa",
            "code": "signature_invalid",
            "detail": "no signature is valid; check the secret, and that nothing changes the body"});
        let text = shown(&[serde_json::from_value(delivery).unwrap()], &[]);
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{text}");
        }
        assert!(text.contains("signature_invalid"), "{text}");
    }
}
