//! `leadline post`: list and show posts, and edit their text and where they were published.

use anyhow::Context;
use clap::{ArgGroup, Args, Subcommand};

use super::cleared::cleared;
use super::client::named::CampaignTags;
use super::client::{ApiClient, given, segment};
use super::terminal::{NONE, facts, lines_with_room, plain_table, print, shortened};
use super::times::{day, minute};
use crate::clock::Millis;
use crate::operations::post::body::{NewPublication, PostChange, PostDetails};

#[derive(Debug, Subcommand)]
pub(super) enum PostCommand {
    /// List posts, newest first
    #[command(after_help = "Example:\n  leadline post list --campaign spring-launch")]
    List {
        /// Only posts of this campaign: its id, its `utm_campaign` or its whole name
        #[arg(long)]
        campaign: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a post: its text, its links, and where it was published
    #[command(after_help = "Example:\n  leadline post show pst_01kb3v…")]
    Show {
        /// Id of the post, as `leadline post list` shows it
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Edit a post: its text, or where it was published, so that engagement figures find its links
    #[command(
        after_help = "Examples:\n  leadline post edit pst_01kb3v… --at x=https://x.com/ann/status/1780000000000000001\n  \
        leadline post edit pst_01kb3v… --at x=none\n  \
        leadline post edit pst_01kb3v… --text \"Our new lamp: {link}\""
    )]
    Edit(EditPost),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("change").required(true).multiple(true).args(["text", "at"])))]
pub(super) struct EditPost {
    /// Id of the post
    id: String,
    /// Text of the post; {link} stands for the short link; `none` removes it
    #[arg(long)]
    text: Option<String>,
    /// The network and the post's address there, or `none` to clear it; may be repeated
    #[arg(long, value_name = "NETWORK=URL")]
    at: Vec<String>,
    /// When it was published there, such as 2026-03-10T09:00:00+01:00
    #[arg(long, value_name = "TIME", requires = "at")]
    published_at: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, command: PostCommand) -> anyhow::Result<()> {
    let (answer, json) = match command {
        PostCommand::List { campaign, json } => return list(client, campaign.as_deref(), json),
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

fn list(client: &ApiClient, campaign: Option<&str>, json: bool) -> anyhow::Result<()> {
    let campaign = client.campaign_id(campaign)?;
    let query = given(&[("campaign_id", campaign.as_deref())]);
    let rows = client.list("/posts", "posts", &query)?;
    if json {
        return print(&rows.json());
    }
    let posts: Vec<PostDetails> = rows.read()?;
    if posts.is_empty() {
        say!("No posts; `leadline link create --help` shows how to create one with its links.");
        return Ok(());
    }
    print(&listed(&posts, &client.campaign_tags()?))
}

/// Longest text in a list.
const MOST_OF_TEXT: usize = 40;

fn listed(posts: &[PostDetails], tags: &CampaignTags) -> String {
    let mut table = plain_table(["Created", "Campaign", "Networks", "Text", "Id"]);
    for post in posts {
        let networks: Vec<&str> = post.links.iter().map(|link| &*link.network).collect();
        let text = post.text.as_deref().unwrap_or(NONE);
        table.add_row([
            day(post.created_at),
            tags.of(post.campaign_id),
            networks.join(", "),
            shortened(text, MOST_OF_TEXT),
            post.id.to_string(),
        ]);
    }
    lines_with_room(&table, &[3, 1])
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
        text: edit.text.as_deref().map(cleared),
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
    let mut table = plain_table([
        "Network",
        "Short link",
        "Published at",
        "When (UTC)",
        "Link",
    ]);
    for link in &post.links {
        let mut publications = post.publications.iter();
        let found = publications.find(|publication| publication.network == link.network);
        table.add_row([
            link.network.clone(),
            link.short_url.clone(),
            found.map_or_else(|| NONE.to_owned(), |found| found.permalink.clone()),
            found
                .and_then(|found| found.published_at)
                .map_or_else(|| NONE.to_owned(), minute),
            link.link_id.to_string(),
        ]);
    }
    // A permalink may be recorded for a network without a link: engagement counts there too.
    let has_link = |network: &str| post.links.iter().any(|link| link.network == network);
    let others = post.publications.iter();
    for other in others.filter(|other| !has_link(&other.network)) {
        table.add_row([
            other.network.clone(),
            NONE.to_owned(),
            other.permalink.clone(),
            other.published_at.map_or_else(|| NONE.to_owned(), minute),
            NONE.to_owned(),
        ]);
    }
    text.push('\n');
    text + &lines_with_room(&table, &[3, 4])
}
