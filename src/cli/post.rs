//! `leadline post`: show a post, and set where it was published.

use anyhow::Context;
use clap::{Args, Subcommand};

use super::client::{ApiClient, segment};
use super::terminal::{NONE, facts, lines, plain_table, print};
use super::times::minute;
use crate::clock::Millis;
use crate::operations::post::body::{NewPublication, PostChange, PostDetails};

#[derive(Debug, Subcommand)]
pub(super) enum PostCommand {
    /// Show a post: its text, its links, and where it was published
    #[command(after_help = "Example:\n  leadline post show pst_01kb3v…")]
    Show {
        /// Id of the post, as `leadline link create` and `leadline link show` print it
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Set where a post was published, so that engagement figures find its links
    #[command(
        after_help = "Examples:\n  leadline post edit pst_01kb3v… --at x=https://x.com/ann/status/1780000000000000001\n  \
        leadline post edit pst_01kb3v… --at x=none"
    )]
    Edit(EditPost),
}

#[derive(Debug, Args)]
pub(super) struct EditPost {
    /// Id of the post
    id: String,
    /// The network and the post's address there, or `none` to clear it; may be repeated
    #[arg(long, value_name = "NETWORK=URL", required = true)]
    at: Vec<String>,
    /// When it was published there, as in 2026-03-10T09:00:00+01:00
    #[arg(long, value_name = "TIME")]
    published_at: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, command: PostCommand) -> anyhow::Result<()> {
    let (answer, json) = match command {
        PostCommand::Show { id, json } => {
            let answer = client.get(&format!("/posts/{}", segment(&id)), &[])?;
            (answer, json)
        }
        PostCommand::Edit(edit) => {
            let path = format!("/posts/{}", segment(&edit.id));
            (client.patch(&path, &change(&edit)?)?, edit.json)
        }
    };
    if json {
        return print(&answer.json());
    }
    let post: PostDetails = answer.read()?;
    let campaign = client.campaign(&post.campaign_id.to_string())?;
    print(&shown(&post, &campaign.utm_campaign))
}

fn change(edit: &EditPost) -> anyhow::Result<PostChange> {
    let published_at = edit.published_at.as_deref();
    let published_at = published_at.map(|text| {
        let wrong =
            || format!("--published-at is {text:?}; write it like 2026-03-10T09:00:00+01:00");
        Millis::parse(text).with_context(wrong)
    });
    let published_at = published_at.transpose()?;
    let publication = |text: &String| {
        let parts = text.split_once('=');
        let wrong = || format!("--at is {text:?}; write it like x=https://x.com/ann/status/17");
        let (network, permalink) = parts.with_context(wrong)?;
        let permalink = Some(permalink).filter(|url| *url != "none");
        Ok(NewPublication {
            network: network.to_owned(),
            permalink: permalink.map(str::to_owned),
            published_at,
        })
    };
    let publications: anyhow::Result<Vec<_>> = edit.at.iter().map(publication).collect();
    Ok(PostChange {
        publications: publications?,
    })
}

fn shown(post: &PostDetails, campaign: &str) -> String {
    let mut text = facts(&[
        ("Post", post.id.to_string()),
        ("Campaign", campaign.to_owned()),
        ("Text", post.text.clone().unwrap_or_default()),
        ("Created", format!("{} (UTC)", minute(post.created_at))),
    ]);
    let mut table = plain_table(["Network", "Link", "Published at", "When (UTC)"]);
    for link in &post.links {
        let mut publications = post.publications.iter();
        let found = publications.find(|publication| publication.network == link.network);
        table.add_row([
            link.network.clone(),
            link.link_id.to_string(),
            found.map_or_else(|| NONE.to_owned(), |found| found.permalink.clone()),
            found
                .and_then(|found| found.published_at)
                .map_or_else(|| NONE.to_owned(), minute),
        ]);
    }
    text.push('\n');
    text + &lines(&table)
}
