//! `leadline link show`.

use crate::cli::client::ApiClient;
use crate::cli::client::named::link_path;
use crate::cli::option_words::with_options;
use crate::cli::terminal::{facts, print};
use crate::cli::times::minute;
use crate::link::utm::UtmTags;
use crate::operations::link::body::LinkView;

pub(super) fn run(client: &ApiClient, link: &str, json: bool) -> anyhow::Result<()> {
    let answer = client.get(&link_path(link), &[])?;
    if json {
        return print(&answer.json());
    }
    print(&shown(client, &answer.read()?)?)
}

/// A link, with the tag of its campaign.
pub(super) fn shown(client: &ApiClient, link: &LinkView) -> anyhow::Result<String> {
    let campaign = match link.campaign_id {
        Some(id) => client.campaign(&id.to_string())?.utm_campaign,
        None => "none".to_owned(),
    };
    let handed_on = match link.handed_on[..] {
        [] => "nothing".to_owned(),
        _ => link.handed_on.join(", "),
    };
    for warning in &link.warnings {
        say!("Note: {}", with_options(warning));
    }
    let post = link.post_id;
    Ok(facts(&[
        ("Link", link.short_url.clone()),
        ("Shown as", link.display_url.clone().unwrap_or_default()),
        ("Id", link.id.to_string()),
        ("Campaign", campaign),
        (
            "Network",
            link.network.clone().unwrap_or_else(|| "none".to_owned()),
        ),
        ("Intent", link.intent.to_string()),
        ("URL", link.url.clone()),
        ("Destination", link.destination.clone()),
        ("UTM tags", tags(&link.utm)),
        (
            "Click id",
            link.click_id_param
                .clone()
                .unwrap_or_else(|| "not added".to_owned()),
        ),
        ("Hands on", handed_on),
        ("Post", post.map(|id| id.to_string()).unwrap_or_default()),
        ("Created", format!("{} (UTC)", minute(link.created_at))),
        (
            "Archived",
            link.archived_at
                .map(|at| format!("{} (UTC)", minute(at)))
                .unwrap_or_default(),
        ),
    ]))
}

fn tags(utm: &UtmTags) -> String {
    let pairs = utm.pairs().into_iter();
    let given: Vec<String> = pairs.map(|(tag, value)| format!("{tag}={value}")).collect();
    given.join(", ")
}
