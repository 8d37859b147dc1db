//! `leadline link edit`.
//!
//! # Invariants
//! What is not given stays as it is, each UTM tag by itself.

use anyhow::ensure;
use clap::Args;

use super::options::{LinkOptions, set_utm_tags};
use super::show::shown;
use crate::cli::client::{ApiClient, Body};
use crate::cli::terminal::print;

#[derive(Debug, Args)]
pub(in crate::cli) struct EditLink {
    /// The link: its id, its slug or its short URL
    link: String,
    /// New destination
    #[arg(long)]
    url: Option<String>,
    #[command(flatten)]
    options: LinkOptions,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, change: &EditLink) -> anyhow::Result<()> {
    let link = client.link(&change.link)?;
    let mut utm = link.utm;
    set_utm_tags(&mut utm, &change.options.utm)?;
    let utm = (!change.options.utm.is_empty()).then_some(utm);
    let body = Body::default()
        .with_given("url", change.url.as_ref())
        .with_given("utm", utm);
    let body = change.options.add_to(body);
    ensure!(
        !body.is_empty(),
        "nothing to change; `leadline link edit --help` lists what can be changed"
    );
    let answer = client.patch(&format!("/links/{}", link.id), &body)?;
    if change.json {
        return print(&answer.json());
    }
    print(&shown(client, &answer.read()?)?)
}
