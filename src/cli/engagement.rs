//! `leadline engagement`: the numbers that networks show of posts.

use clap::{ArgGroup, Args, Subcommand};

use super::by_campaign;
use super::client::named::LinkSlugs;
use super::client::{ApiClient, segment};
use super::import::{self, ImportOptions};
use super::terminal::{NONE, align_right, facts, lines_with_room, plain_table, print};
use super::times::minute;
use crate::operations::engagement::body::{EngagementImportResult, EngagementView, NewEngagement};

#[derive(Debug, Subcommand)]
pub(super) enum EngagementCommand {
    /// Add the figures of a network, or of one of its posts, for a day
    #[command(
        after_help = "Example:\n  leadline engagement add --campaign spring --network x --day 2026-03-10 \
        --impressions 1200 --likes 40"
    )]
    Add(Box<AddEngagement>),
    /// Import a file as a network exports it
    #[command(
        after_help = "Example:\n  leadline engagement import account_analytics.csv --campaign spring --network x\n\n\
        Exports of X, LinkedIn, Meta, TikTok, YouTube and Pinterest are read as they are, workbooks too; --dry-run \
        shows how. A file may be imported again: its totals replace the earlier ones."
    )]
    Import(Box<ImportOptions>),
    /// List engagement numbers by campaign, in the order of their days
    #[command(after_help = "Example:\n  leadline engagement list --campaign spring")]
    List {
        /// Only numbers of this campaign: its id, its `utm_campaign` or its whole name
        #[arg(long)]
        campaign: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the numbers of a post, or of a network, and a day
    #[command(after_help = "Example:\n  leadline engagement show eng_01kb3v…")]
    Show {
        /// Their id, as `leadline engagement list` shows it; narrow terminals need --json
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete the numbers of a post and day
    #[command(
        alias = "delete",
        after_help = "Example:\n  leadline engagement remove eng_01kb3v…"
    )]
    Remove {
        /// Their id, as `leadline engagement list` shows it; narrow terminals need --json
        id: String,
    },
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("figures").required(true).multiple(true)
    .args(["impressions", "likes", "reposts", "replies", "followers"])))]
pub(super) struct AddEngagement {
    /// The campaign: its id, its `utm_campaign` or its whole name; that of the link by default
    #[arg(long, required_unless_present = "link")]
    campaign: Option<String>,
    /// The network; that of the link by default
    #[arg(long, required_unless_present = "link")]
    network: Option<String>,
    /// The link in the post: its id, slug or short URL; leave it out for all posts
    #[arg(long)]
    link: Option<String>,
    /// The day, as the network counts it
    #[arg(long)]
    day: String,
    /// How often it was shown
    #[arg(long, value_name = "COUNT")]
    impressions: Option<u32>,
    /// Likes, and reactions of other kinds
    #[arg(long, value_name = "COUNT")]
    likes: Option<u32>,
    /// Reposts and shares
    #[arg(long, value_name = "COUNT")]
    reposts: Option<u32>,
    /// Replies and comments
    #[arg(long, value_name = "COUNT")]
    replies: Option<u32>,
    /// Followers at the end of the day
    #[arg(long, value_name = "COUNT")]
    followers: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, command: EngagementCommand) -> anyhow::Result<()> {
    match command {
        EngagementCommand::Add(new) => add(client, &new),
        EngagementCommand::Import(options) => {
            import::run::<EngagementImportResult>(client, "/engagement", &options)
        }
        EngagementCommand::List { campaign, json } => {
            let none = "No engagement numbers yet; `leadline engagement import --help` shows how to \
                        import some.";
            let slugs = if json {
                LinkSlugs::default()
            } else {
                client.link_slugs()?
            };
            let listed = |rows: &[EngagementView]| listed(rows, &slugs);
            by_campaign::list(client, campaign.as_deref(), json, none, listed)
        }
        EngagementCommand::Show { id, json } => {
            let answer = client.get(&format!("/engagement/{}", segment(&id)), &[])?;
            if json {
                return print(&answer.json());
            }
            print(&shown(client, &answer.read()?)?)
        }
        EngagementCommand::Remove { id } => {
            client.delete(&format!("/engagement/{}", segment(&id)))?;
            print(&format!("Deleted {id}.\n"))
        }
    }
}

fn add(client: &ApiClient, new: &AddEngagement) -> anyhow::Result<()> {
    let row = NewEngagement {
        campaign_id: client.campaign_id(new.campaign.as_deref())?,
        network: new.network.clone(),
        link_id: new.link.clone(),
        permalink: None,
        day: new.day.clone(),
        impressions: new.impressions.map(i64::from),
        likes: new.likes.map(i64::from),
        reposts: new.reposts.map(i64::from),
        replies: new.replies.map(i64::from),
        followers: new.followers.map(i64::from),
    };
    let answer = client.post("/engagement", &[row])?;
    if new.json {
        return print(&answer.json());
    }
    let result: EngagementImportResult = answer.read()?;
    print(&listed(&result.engagement, &client.link_slugs()?))
}

/// A figure, or that it was not reported.
fn figure(figure: Option<i64>) -> String {
    figure.map_or_else(|| NONE.to_owned(), |count| count.to_string())
}

fn shown(client: &ApiClient, row: &EngagementView) -> anyhow::Result<String> {
    let campaign = client.campaign(&row.campaign_id.to_string())?;
    let link = row.link_id.map(|id| client.link(&id.to_string()));
    let link = link.transpose()?.map(|link| link.short_url);
    let post = link.or_else(|| row.permalink.clone());
    let figures = row.figures;
    Ok(facts(&[
        ("Id", row.id.to_string()),
        ("Campaign", campaign.utm_campaign),
        ("Network", row.network.clone()),
        ("Post", post.unwrap_or_else(|| "all".to_owned())),
        ("Day", row.day.clone()),
        ("Shown", figure(figures.impressions)),
        ("Likes", figure(figures.likes)),
        ("Reposts", figure(figures.reposts)),
        ("Replies", figure(figures.replies)),
        ("Followers", figure(figures.followers)),
        ("Imported", format!("{} (UTC)", minute(row.updated_at))),
    ]))
}

fn listed(rows: &[EngagementView], slugs: &LinkSlugs) -> String {
    let mut table = plain_table([
        "Day",
        "Network",
        "Post",
        "Shown",
        "Likes",
        "Reposts",
        "Replies",
        "Followers",
        "Id",
    ]);
    for row in rows {
        let link = row.link_id.map(|id| slugs.of(id));
        let post = link.or(row.permalink.clone());
        table.add_row([
            row.day.clone(),
            row.network.clone(),
            post.unwrap_or_else(|| "all".to_owned()),
            figure(row.figures.impressions),
            figure(row.figures.likes),
            figure(row.figures.reposts),
            figure(row.figures.replies),
            figure(row.figures.followers),
            row.id.to_string(),
        ]);
    }
    align_right(&mut table, 3..8);
    lines_with_room(&table, &[8])
}
