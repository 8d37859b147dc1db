//! `leadline cost edit`.
//!
//! # Invariants
//! What is not given stays as it is.

use anyhow::ensure;
use clap::Args;

use super::show::shown;
use crate::cli::cleared::cleared;
use crate::cli::client::{ApiClient, is_empty, segment};
use crate::cli::money;
use crate::cli::terminal::print;
use crate::money::Money;
use crate::operations::cost::body::{CostChange, CostView};

#[derive(Debug, Args)]
pub(in crate::cli) struct EditCost {
    /// Its id, as `leadline cost list` shows it
    id: String,
    /// The network it was spent on; `none` for the whole campaign
    #[arg(long)]
    network: Option<String>,
    /// The link it was spent on: its id, slug or short URL; `none` for no link
    #[arg(long)]
    link: Option<String>,
    /// The day, in the campaign's time zone
    #[arg(long, conflicts_with_all = ["from", "to"])]
    day: Option<String>,
    /// The first of several days
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last of them
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Money, in the campaign's currency: 49.90
    #[arg(long, value_name = "AMOUNT", conflicts_with = "minutes")]
    spend: Option<String>,
    /// Minutes of work
    #[arg(long)]
    minutes: Option<i64>,
    /// What it was for; `none` removes it
    #[arg(long)]
    note: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, edit: &EditCost) -> anyhow::Result<()> {
    let path = format!("/costs/{}", segment(&edit.id));
    let spend = edit.spend.as_deref();
    let change = CostChange {
        network: edit.network.as_deref().map(cleared),
        link_id: edit.link.as_deref().map(cleared),
        day: edit.day.clone(),
        from: edit.from.clone(),
        to: edit.to.clone(),
        money: spend.map(|text| money(client, &path, text)).transpose()?,
        minutes: edit.minutes,
        note: edit.note.as_deref().map(cleared),
    };
    ensure!(
        !is_empty(&change)?,
        "nothing to change; `leadline cost edit --help` lists what can be changed"
    );
    let answer = client.patch(&path, &change)?;
    if edit.json {
        return print(&answer.json());
    }
    print(&shown(client, &answer.read()?)?)
}

/// An amount in the currency of the cost's campaign.
fn money(client: &ApiClient, path: &str, text: &str) -> anyhow::Result<Money> {
    let cost: CostView = client.get(path, &[])?.read()?;
    let campaign = client.campaign(&cost.campaign_id.to_string())?;
    money::given("--spend", text, campaign.currency.code())
}
