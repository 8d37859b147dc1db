//! `leadline link create`, and the output for new links.

use anyhow::ensure;
use clap::Args;

use super::options::{LinkOptions, utm_tags};
use crate::cli::client::ApiClient;
use crate::cli::networks::unit_word;
use crate::cli::option_words::with_options;
use crate::cli::terminal::print;
use crate::link::post_text::PostText;
use crate::operations::link::body::{LinkView, NewLink};
use crate::operations::post::body::{NewPost, PostLinks};

#[derive(Debug, Args)]
pub(in crate::cli) struct CreateLinks {
    /// Destination
    url: String,
    /// The campaign: its id, its `utm_campaign` or its whole name; without one, a single link is
    /// created
    #[arg(long, requires = "networks")]
    campaign: Option<String>,
    /// Networks, such as x,facebook; `leadline networks` lists them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    networks: Vec<String>,
    /// Text of the post; the short link replaces {link}, or is appended at the end
    #[arg(long, requires = "campaign")]
    text: Option<String>,
    /// Domain of the short link; the service's default otherwise
    #[arg(long)]
    domain: Option<String>,
    /// Path of the short link; with several networks, the network's name is appended to each
    #[arg(long)]
    slug: Option<String>,
    #[command(flatten)]
    options: LinkOptions,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, new: &CreateLinks) -> anyhow::Result<()> {
    let Some(campaign) = &new.campaign else {
        return single(client, new);
    };
    let campaign = client.campaign(campaign)?;
    let options = &new.options;
    let post = NewPost {
        url: new.url.clone(),
        networks: new.networks.clone(),
        text: new.text.clone(),
        intent: options.intent.unwrap_or_default(),
        utm: utm_tags(&options.utm)?,
        utm_conflict: options.utm_conflict.unwrap_or_default(),
        slug: new.slug.clone(),
        domain: new.domain.clone(),
        click_id: options.click_id.unwrap_or_default(),
        click_id_param: options.click_id_param.clone(),
        handed_on: options.handed_on(),
    };
    let answer = client.post(&format!("/campaigns/{}/links", campaign.id), &post)?;
    if new.json {
        return print(&answer.json());
    }
    let posted: PostLinks = answer.read()?;
    print_links(&posted.links)?;
    say!(
        "Post {}; `leadline post edit` sets where it was published.",
        posted.post_id
    );
    Ok(())
}

fn single(client: &ApiClient, new: &CreateLinks) -> anyhow::Result<()> {
    ensure!(
        new.networks.len() <= 1,
        "links of several networks belong to a campaign; give --campaign"
    );
    let options = &new.options;
    let link = NewLink {
        url: new.url.clone(),
        domain: new.domain.clone(),
        slug: new.slug.clone(),
        campaign_id: None,
        network: new.networks.first().cloned(),
        intent: options.intent.unwrap_or_default(),
        utm: utm_tags(&options.utm)?,
        utm_conflict: options.utm_conflict.unwrap_or_default(),
        click_id: options.click_id.unwrap_or_default(),
        click_id_param: options.click_id_param.clone(),
        handed_on: options.handed_on(),
    };
    let answer = client.post("/links", &link)?;
    if new.json {
        return print(&answer.json());
    }
    let link: LinkView = answer.read()?;
    print(&format!("{}\n", link.short_url))?;
    print_warnings(&[link]);
    Ok(())
}

/// Prints what to paste: the links, or whole posts if a text was given.
pub(in crate::cli) fn print_links(links: &[LinkView]) -> anyhow::Result<()> {
    let width = links.iter().map(|link| name(link).len()).max();
    let width = width.unwrap_or_default();
    for link in links {
        print(&format!("{:width$}  {}\n", name(link), link.short_url))?;
        if let Some(post) = &link.post {
            print(&format!("{:width$}  {}\n", "", post.text))?;
            print(&format!("{:width$}  {}\n\n", "", length(post)))?;
        }
    }
    print_warnings(links);
    Ok(())
}

fn name(link: &LinkView) -> &str {
    link.network.as_deref().unwrap_or("-")
}

/// Prints the warnings of links: once if all have it, otherwise with the network's name.
fn print_warnings(links: &[LinkView]) {
    let is_common = |warning: &String| links.iter().all(|link| link.warnings.contains(warning));
    let first = links.iter().take(1).flat_map(|link| &link.warnings);
    for warning in first.filter(|warning| is_common(warning)) {
        say!("Note: {}", with_options(warning));
    }
    for link in links {
        for warning in link.warnings.iter().filter(|warning| !is_common(warning)) {
            say!("{}: {}", name(link), with_options(warning));
        }
    }
}

/// The length of a post, and how much is left.
fn length(post: &PostText) -> String {
    let (length, unit) = (post.length, unit_word(post.unit));
    match (post.limit, post.remaining) {
        (Some(limit), Some(left)) if left < 0 => {
            format!("{length} of {limit} {unit}, {} too many", -left)
        }
        (Some(limit), Some(left)) => format!("{length} of {limit} {unit}, {left} left"),
        _ => format!("{length} {unit}"),
    }
}
