//! `leadline link edit`.
//!
//! # Invariants
//! Options that are not given change nothing; this holds for each UTM tag.

use anyhow::ensure;
use clap::Args;

use super::options::{LinkOptions, set_utm_tags};
use super::show::shown;
use crate::cli::client::ApiClient;
use crate::cli::terminal::print;
use crate::operations::link::body::LinkChange;

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

pub(super) fn run(client: &ApiClient, edit: &EditLink) -> anyhow::Result<()> {
    let options = &edit.options;
    ensure!(
        edit.url.is_some() || !options.are_absent(),
        "nothing to change; `leadline link edit --help` lists what can be changed"
    );
    let link = client.link(&edit.link)?;
    let mut utm = link.utm;
    set_utm_tags(&mut utm, &options.utm)?;
    let change = LinkChange {
        url: edit.url.clone(),
        archived: None,
        utm: (!options.utm.is_empty()).then_some(utm),
        utm_conflict: options.utm_conflict.unwrap_or_default(),
        intent: options.intent,
        click_id: options.click_id,
        click_id_param: options.click_id_param.clone(),
        handed_on: options.handed_on().map(Some),
    };
    let answer = client.patch(&format!("/links/{}", link.id), &change)?;
    if edit.json {
        return print(&answer.json());
    }
    print(&shown(client, &answer.read()?)?)
}
