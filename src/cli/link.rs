//! `leadline link`: make tagged short links.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::client::Client;
use super::print;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make one short link for each network of a post
    #[command(
        after_help = "Example:\n  leadline link create https://shop.example/lamp \
        --campaign spring-launch \\\n    --networks x,facebook --text \"Our new lamp: {link}\""
    )]
    Create(Create),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Destination
    url: String,
    /// The campaign: its id, its `utm_campaign` or its whole name
    #[arg(long)]
    campaign: String,
    /// Networks, as in x,facebook; `leadline networks` lists them
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true)]
    networks: Vec<String>,
    /// Text of the post; {link} stands for the short link, which else is put at the end
    #[arg(long)]
    text: Option<String>,
    /// Path of the short link; with several networks each gets its name behind
    #[arg(long)]
    slug: Option<String>,
    /// Why it is posted: promotion, helpful or conversation
    #[arg(long)]
    intent: Option<String>,
    /// A further tag, as in content=video; may be given several times
    #[arg(long = "utm", value_name = "TAG=VALUE")]
    utm: Vec<String>,
    /// What becomes of UTM tags in the URL: keep, replace or error
    #[arg(long, value_name = "CHOICE")]
    utm_conflict: Option<String>,
    /// Parameters of a click that go on to the destination, as in gclid,fbclid; `none` for none. By
    /// default the click ids of ad networks go on
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    hand_on: Option<Vec<String>>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &Client, command: Command) -> anyhow::Result<()> {
    let Command::Create(new) = command;
    let campaign = client.campaign(&new.campaign)?;
    let id = campaign["id"].as_str().unwrap_or_default();
    let posted = client.post(&format!("/campaigns/{id}/links"), &body(&new)?)?;
    if new.json {
        return print(&format!("{posted:#}\n"));
    }
    print_links(&posted["links"])
}

fn body(new: &Create) -> anyhow::Result<Value> {
    let mut body = Map::new();
    body.insert("url".to_owned(), json!(new.url));
    body.insert("networks".to_owned(), json!(new.networks));
    for (field, value) in [
        ("text", &new.text),
        ("slug", &new.slug),
        ("intent", &new.intent),
        ("utm_conflict", &new.utm_conflict),
    ] {
        if let Some(value) = value {
            body.insert(field.to_owned(), json!(value));
        }
    }
    if let Some(names) = &new.hand_on {
        let is_none = names.iter().all(|name| name == "none");
        let names = if is_none { Vec::new() } else { names.clone() };
        body.insert("handed_on".to_owned(), json!(names));
    }
    if !new.utm.is_empty() {
        body.insert("utm".to_owned(), Value::Object(tags(&new.utm)?));
    }
    Ok(Value::Object(body))
}

/// `TAG=VALUE` pairs as the API's `utm` object.
pub(super) fn tags(pairs: &[String]) -> anyhow::Result<Map<String, Value>> {
    pairs
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((tag, value)) => Ok((tag.trim_start_matches("utm_").to_owned(), json!(value))),
            None => anyhow::bail!("--utm is {pair:?}; write it like content=video"),
        })
        .collect()
}

/// Prints what there is to paste: the links, or the whole posts where a text was given.
pub(super) fn print_links(links: &Value) -> anyhow::Result<()> {
    let links = links.as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |link: &Value| link["network"].as_str().unwrap_or("-").to_owned();
    let width = links
        .iter()
        .map(|link| name(link).len())
        .max()
        .unwrap_or_default();
    for link in links {
        let short = link["short_url"].as_str().unwrap_or_default();
        print(&format!("{:width$}  {short}\n", name(link)))?;
        if let Some(text) = link["post"]["text"].as_str() {
            let post = &link["post"];
            print(&format!("{:width$}  {text}\n", ""))?;
            print(&format!("{:width$}  {}\n\n", "", length(post)))?;
        }
    }
    print_warnings(links);
    Ok(())
}

/// Prints what to know of what was made: once what holds for all of it, else with the network's
/// name.
pub(super) fn print_warnings(made: &[Value]) {
    let warnings = |one: &Value| one["warnings"].as_array().cloned().unwrap_or_default();
    let common: Vec<Value> = made.first().map(warnings).unwrap_or_default();
    let is_common = |warning: &Value| made.iter().all(|one| warnings(one).contains(warning));
    for warning in common.iter().filter(|warning| is_common(warning)) {
        say!("Note: {}", warning.as_str().unwrap_or_default());
    }
    for one in made {
        for warning in warnings(one).iter().filter(|warning| !is_common(warning)) {
            let name = one["network"].as_str().unwrap_or("-");
            say!("{name}: {}", warning.as_str().unwrap_or_default());
        }
    }
}

/// How long a post is, and what that leaves.
fn length(post: &Value) -> String {
    let unit = post["unit"].as_str().unwrap_or_default();
    match (post["limit"].as_i64(), post["remaining"].as_i64()) {
        (Some(limit), Some(left)) if left < 0 => {
            format!("{} of {limit} {unit}, {} too many", post["length"], -left)
        }
        (Some(limit), Some(left)) => format!("{} of {limit} {unit}, {left} left", post["length"]),
        _ => format!("{} {unit}", post["length"]),
    }
}
