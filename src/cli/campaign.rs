//! `leadline campaign`: create, edit and list campaigns.
//!
//! # Invariants
//! Money is in major units here and in minor ones on the API.

mod edit;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::client::Client;
use super::{link, money, print};
use crate::link::utm::slugify;
use crate::money::{Money, written};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a campaign, and links for it where --url is given
    #[command(
        after_help = "Example:\n  leadline campaign create \"Spring launch\" --goal leads=40 \
        --currency EUR \\\n    --url https://shop.example/lamp --networks x,facebook,linkedin\n\n\
        Money is in major units of the campaign's currency: revenue=1000 is 1000.00 EUR."
    )]
    Create(Box<Create>),
    /// Change a campaign: its name, goal, period, hourly rate or windows
    #[command(
        after_help = "Example:\n  leadline campaign edit spring-launch --hourly-rate 45.50\n\n\
        Money is in major units of the campaign's currency."
    )]
    Edit(Box<edit::Edit>),
    /// List campaigns
    List {
        /// Part of the name
        #[arg(long)]
        q: Option<String>,
        /// Archived ones as well
        #[arg(long)]
        archived: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("aim").required(true).args(["goal", "goal_waiver"])))]
pub(super) struct Create {
    /// Shown name
    name: String,
    /// The `utm_campaign` of its links; made of the name when absent
    #[arg(long, value_name = "TAG")]
    utm_campaign: Option<String>,
    /// What it is to reach: leads=40, sales=N, revenue=1000.00 (major units) or event:NAME=N
    #[arg(long, value_name = "METRIC=N")]
    goal: Option<String>,
    /// Until when: a day, or a time as in 2026-05-31T22:00:00Z
    #[arg(long, value_name = "TIME", requires = "goal")]
    goal_by: Option<String>,
    /// What an hour of work costs, in major units: 45.50
    #[arg(long, value_name = "AMOUNT")]
    hourly_rate: Option<String>,
    /// Why it has no goal
    #[arg(long, value_name = "REASON")]
    goal_waiver: Option<String>,
    /// ISO 4217 currency its money is counted in
    #[arg(long)]
    currency: String,
    /// IANA time zone its days are cut in; this machine's when absent
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Start of its period: a day of its time zone, or a time
    #[arg(long, value_name = "TIME")]
    starts_at: Option<String>,
    /// End of its period: a day, which is part of it, or a time
    #[arg(long, value_name = "TIME")]
    ends_at: Option<String>,
    /// Destination of its first links
    #[arg(long, value_name = "URL", requires = "networks")]
    url: Option<String>,
    /// Networks of its first links
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "url")]
    networks: Vec<String>,
    /// Text of the post, for which lengths are counted
    #[arg(long, requires = "url")]
    text: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &Client, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create(new) => create(client, &new),
        Command::Edit(change) => edit::run(client, &change),
        Command::List { q, archived, json } => list(client, q.as_deref(), archived, json),
    }
}

fn create(client: &Client, new: &Create) -> anyhow::Result<()> {
    let campaign = client.post("/campaigns", &body(new)?)?;
    let posted = match &new.url {
        Some(url) => {
            let id = campaign["id"].as_str().unwrap_or_default();
            let body = json!({ "url": url, "networks": new.networks, "text": new.text });
            Some(client.post(&format!("/campaigns/{id}/links"), &body)?)
        }
        None => None,
    };
    if new.json {
        let links = posted.map(|posted| posted["links"].clone());
        let all = json!({ "campaign": campaign, "links": links });
        return print(&format!("{all:#}\n"));
    }
    let tag = text(&campaign, "utm_campaign");
    if new.utm_campaign.is_none() && tag != slugify(&new.name, '-') {
        say!("Another campaign has the name's own tag, so the tag of this one is {tag}.");
    }
    print(&format!(
        "Campaign {} ({}), goal {}\n",
        tag,
        text(&campaign, "id"),
        goal(&campaign)
    ))?;
    posted.map_or(Ok(()), |posted| link::print_links(&posted["links"]))
}

fn body(new: &Create) -> anyhow::Result<Value> {
    let mut body = Map::new();
    body.insert("name".to_owned(), json!(new.name));
    body.insert("currency".to_owned(), json!(new.currency));
    if let Some(tag) = &new.utm_campaign {
        body.insert("utm_campaign".to_owned(), json!(tag));
    }
    let zone = new.time_zone.clone().unwrap_or_else(system_zone);
    body.insert("time_zone".to_owned(), json!(zone));
    if let Some(text) = &new.goal {
        let by = moment(new.goal_by.as_deref(), &zone, true)?;
        body.insert(
            "goal".to_owned(),
            goal_given(text, by.as_deref(), &new.currency)?,
        );
    }
    if let Some(rate) = &new.hourly_rate {
        let rate = money::given("--hourly-rate", rate, &new.currency)?;
        body.insert("hourly_rate".to_owned(), json!(rate));
    }
    for (field, value) in [
        ("goal_waiver", new.goal_waiver.clone()),
        ("starts_at", moment(new.starts_at.as_deref(), &zone, false)?),
        ("ends_at", moment(new.ends_at.as_deref(), &zone, true)?),
    ] {
        if let Some(value) = value {
            body.insert(field.to_owned(), json!(value));
        }
    }
    Ok(Value::Object(body))
}

/// What `--goal` says, of a campaign in that currency.
fn goal_given(text: &str, by: Option<&str>, currency: &str) -> anyhow::Result<Value> {
    let wrong =
        || format!("--goal is {text:?}; write it like leads=40, revenue=1000.00 or event:NAME=40");
    let (metric, target) = text.split_once('=').with_context(wrong)?;
    let target = match metric {
        "revenue" => money::given("--goal revenue", target, currency)?.amount,
        _ => written::count(target).with_context(wrong)?,
    };
    Ok(json!({ "metric": metric, "target": target, "by": by }))
}

/// A day as its first moment in `zone` (or, as an `end`, the first moment after it); anything else
/// as it is, for the API to judge.
fn moment(text: Option<&str>, zone: &str, end: bool) -> anyhow::Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let day = match text.parse::<jiff::civil::Date>() {
        Ok(day) if text.len() == "2026-03-29".len() => day,
        _ => return Ok(Some(text.to_owned())),
    };
    let day = if end { day.tomorrow()? } else { day };
    let first = crate::campaign::time_zone(zone)?
        .to_ambiguous_zoned_datetime(day.at(0, 0, 0, 0))
        .compatible()?;
    Ok(Some(first.timestamp().to_string()))
}

/// The zone this machine shows times in; UTC where it has no name.
fn system_zone() -> String {
    jiff::tz::TimeZone::system()
        .iana_name()
        .unwrap_or("UTC")
        .to_owned()
}

fn list(client: &Client, q: Option<&str>, archived: bool, json: bool) -> anyhow::Result<()> {
    let mut query = Vec::new();
    if let Some(q) = q {
        query.push(("q", q));
    }
    if archived {
        query.push(("archived", "true"));
    }
    let campaigns = client.list("/campaigns", "campaigns", &query)?;
    if json {
        return print(&format!("{:#}\n", Value::Array(campaigns)));
    }
    if campaigns.is_empty() {
        say!("No campaigns yet; `leadline campaign create --help` shows how to make one.");
    }
    let mut table = super::report::plain_table(["Campaign", "Name", "Goal", "Made", "Id"]);
    for campaign in &campaigns {
        let day = text(campaign, "created_at")
            .get(..10)
            .unwrap_or_default()
            .to_owned();
        table.add_row([
            text(campaign, "utm_campaign").to_owned(),
            match campaign["archived_at"].as_str() {
                Some(_) => format!("{} (archived)", text(campaign, "name")),
                None => text(campaign, "name").to_owned(),
            },
            goal(campaign),
            day,
            text(campaign, "id").to_owned(),
        ]);
    }
    if campaigns.is_empty() {
        Ok(())
    } else {
        print(&super::report::lines(&table))
    }
}

fn goal(campaign: &Value) -> String {
    let (metric, target) = (&campaign["goal"]["metric"], &campaign["goal"]["target"]);
    match (
        metric.as_str(),
        target.as_i64(),
        text(campaign, "currency").parse(),
    ) {
        (Some("revenue"), Some(amount), Ok(currency)) => {
            format!("{} revenue", Money { amount, currency })
        }
        (Some(metric), _, _) => format!("{target} {metric}"),
        (None, _, _) => format!("none: {}", text(campaign, "goal_waiver")),
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}
