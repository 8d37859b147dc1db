//! `leadline link create`, and what to paste of links that were created.

use anyhow::ensure;
use clap::Args;

use super::options::{LinkOptions, utm_tags};
use crate::cli::answers::{Link, PostLinks, PostText};
use crate::cli::client::{ApiClient, Body};
use crate::cli::option_words::with_options;
use crate::cli::terminal::print;

#[derive(Debug, Args)]
pub(in crate::cli) struct CreateLinks {
    /// Destination
    url: String,
    /// The campaign: its id, its `utm_campaign` or its whole name; without one, a single link is
    /// created
    #[arg(long, requires = "networks")]
    campaign: Option<String>,
    /// Networks, as in x,facebook; `leadline networks` lists them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    networks: Vec<String>,
    /// Text of the post; {link} stands for the short link, which is put at the end by default
    #[arg(long, requires = "campaign")]
    text: Option<String>,
    /// Domain of the short link; the service's own by default
    #[arg(long)]
    domain: Option<String>,
    /// Path of the short link; with several networks each gets its name behind
    #[arg(long)]
    slug: Option<String>,
    #[command(flatten)]
    options: LinkOptions,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, new: &CreateLinks) -> anyhow::Result<()> {
    let body = Body::default()
        .with("url", &new.url)
        .with_given("text", new.text.as_ref())
        .with_given("domain", new.domain.as_ref())
        .with_given("slug", new.slug.as_ref())
        .with_given("utm", utm_tags(&new.options.utm)?);
    let body = new.options.add_to(body);
    let Some(campaign) = &new.campaign else {
        return single(client, new, body);
    };
    let campaign = client.campaign(campaign)?;
    let body = body.with("networks", &new.networks);
    let answer = client.post(&format!("/campaigns/{}/links", campaign.id), &body)?;
    if new.json {
        return print(&answer.json());
    }
    let posted: PostLinks = answer.read()?;
    print_links(&posted.links)?;
    say!(
        "Post {}; `leadline post edit` notes where it was published.",
        posted.post_id
    );
    Ok(())
}

fn single(client: &ApiClient, new: &CreateLinks, body: Body) -> anyhow::Result<()> {
    ensure!(
        new.networks.len() <= 1,
        "links of several networks belong to a campaign; give --campaign"
    );
    let answer = client.post("/links", &body.with_given("network", new.networks.first()))?;
    if new.json {
        return print(&answer.json());
    }
    let link: Link = answer.read()?;
    print(&format!("{}\n", link.short_url))?;
    print_warnings(&[link]);
    Ok(())
}

/// Prints what there is to paste: the links, or whole posts if a text was given.
pub(in crate::cli) fn print_links(links: &[Link]) -> anyhow::Result<()> {
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

fn name(link: &Link) -> &str {
    link.network.as_deref().unwrap_or("-")
}

/// Prints the warnings of links: once if all have it, else with the network's name.
fn print_warnings(links: &[Link]) {
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

/// How long a post is, and what that leaves.
fn length(post: &PostText) -> String {
    let (length, unit) = (post.length, &post.unit);
    match (post.limit, post.remaining) {
        (Some(limit), Some(left)) if left < 0 => {
            format!("{length} of {limit} {unit}, {} too many", -left)
        }
        (Some(limit), Some(left)) => format!("{length} of {limit} {unit}, {left} left"),
        _ => format!("{length} {unit}"),
    }
}
