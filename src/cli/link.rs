//! `leadline link`: create, list, show, edit and archive tagged short links.

mod create;
mod edit;
mod options;
mod show;

use clap::{Args, Subcommand};

use super::client::named::link_path;
use super::client::{ApiClient, given};
use super::terminal::{NONE, lines_with_room, plain_table, print, shortened};
use super::times::day;
use crate::operations::link::body::{LinkChange, LinkView};

pub(super) use create::print_links;
pub(super) use options::{parameters, utm_tags};

#[derive(Debug, Subcommand)]
pub(super) enum LinkCommand {
    /// Create one short link for each network of a post, or a single link
    #[command(
        after_help = "Examples:\n  leadline link create https://shop.example/lamp \
        --campaign spring-launch \\\n    --networks x,facebook --text \"Our new lamp: {link}\"\n  \
        leadline link create https://shop.example/lamp --slug lamp"
    )]
    Create(Box<create::CreateLinks>),
    /// List links
    #[command(after_help = "Example:\n  leadline link list --campaign spring-launch --network x")]
    List(ListLinks),
    /// Show a link: its destination, its tags and the parameters that it passes on
    #[command(after_help = "Examples:\n  leadline link show spring-x\n  \
        leadline link show https://go.example.com/spring-x")]
    Show {
        /// The link: its id, its slug or its short URL
        link: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Edit a link; the next click uses the change. Domain, slug, campaign and network stay
    #[command(
        after_help = "Example:\n  leadline link edit spring-x --url https://shop.example/lamp-2"
    )]
    Edit(Box<edit::EditLink>),
    /// Archive a link: it answers 410, and its clicks and conversions stay
    #[command(after_help = "Example:\n  leadline link archive spring-x")]
    Archive {
        /// The link: its id, its slug or its short URL
        link: String,
    },
    /// Restore an archived link
    #[command(after_help = "Example:\n  leadline link restore spring-x")]
    Restore {
        /// The link: its id, its slug or its short URL
        link: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct ListLinks {
    /// Only links of this campaign: its id, its `utm_campaign` or its whole name
    #[arg(long)]
    campaign: Option<String>,
    /// Only links of this network
    #[arg(long)]
    network: Option<String>,
    /// Only links whose slug or destination contains this
    #[arg(long, value_name = "TEXT")]
    q: Option<String>,
    /// Also list archived links
    #[arg(long)]
    archived: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, command: LinkCommand) -> anyhow::Result<()> {
    match command {
        LinkCommand::Create(new) => create::run(client, &new),
        LinkCommand::List(options) => list(client, &options),
        LinkCommand::Show { link, json } => show::run(client, &link, json),
        LinkCommand::Edit(change) => edit::run(client, &change),
        LinkCommand::Archive { link } => {
            let archived: LinkView = client.delete(&link_path(&link))?.read()?;
            print(&format!(
                "Archived {}; it answers 410 now. `leadline link restore {}` restores it.\n",
                archived.short_url, archived.id
            ))
        }
        LinkCommand::Restore { link } => {
            let change = LinkChange {
                archived: Some(false),
                ..LinkChange::default()
            };
            let restored: LinkView = client.patch(&link_path(&link), &change)?.read()?;
            print(&format!("Restored {}.\n", restored.short_url))
        }
    }
}

fn list(client: &ApiClient, options: &ListLinks) -> anyhow::Result<()> {
    let campaign = client.campaign_id(options.campaign.as_deref())?;
    let query = given(&[
        ("campaign_id", campaign.as_deref()),
        ("network", options.network.as_deref()),
        ("q", options.q.as_deref()),
        ("archived", options.archived.then_some("true")),
    ]);
    let rows = client.list("/links", "links", &query)?;
    if options.json {
        return print(&rows.json());
    }
    let links: Vec<LinkView> = rows.read()?;
    if links.is_empty() {
        say!("No links match; `leadline link create --help` shows how to create one.");
        return Ok(());
    }
    let tags = client.campaign_tags()?;
    let mut table = plain_table([
        "Link",
        "Network",
        "Campaign",
        "Destination",
        "Created",
        "Id",
    ]);
    for link in links {
        let campaign = link.campaign_id.map(|id| tags.of(id));
        let short = without_scheme(link.display_url.as_ref().unwrap_or(&link.short_url));
        let short = match link.archived_at {
            Some(_) => format!("{short} (archived)"),
            None => short.to_owned(),
        };
        table.add_row([
            short,
            link.network.unwrap_or_else(|| NONE.to_owned()),
            campaign.unwrap_or_else(|| NONE.to_owned()),
            shortened(without_scheme(&link.url), MOST_OF_URL),
            day(link.created_at),
            link.id.to_string(),
        ]);
    }
    print(&lines_with_room(&table, &[3, 4, 5]))
}

/// Longest destination in a table, in characters.
const MOST_OF_URL: usize = 40;

fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}
