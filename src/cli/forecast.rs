//! `leadline expected` and `leadline next`: whether a period brought more than usual, and what to
//! post next.
//!
//! # Invariants
//! The output shows the API's answer, within 100 columns.

use std::fmt::Write as _;

use clap::Args;

use super::client::{ApiClient, given};
use super::terminal::{align_right, lines, plain_table, print, wrapped};
use crate::campaign_report::expected::ExpectedReport;
use crate::campaign_report::next_posts::{ChoiceRanking, NextPosts};

#[derive(Debug, Args)]
#[command(after_help = "Example, for the two days after a post:\n  \
                  leadline expected spring-launch --from 2026-03-10T09:00:00+01:00 --to 2026-03-12T09:00:00+01:00")]
pub(super) struct ExpectedOptions {
    /// The campaign: its id, its `utm_campaign` or its whole name
    campaign: String,
    /// First day (in the campaign's time zone), or a time, such as that of a post
    #[arg(long, value_name = "WHEN")]
    from: String,
    /// Last day, or an end time; at most a week later
    #[arg(long, value_name = "WHEN")]
    to: String,
    /// What to count in the whole workspace
    #[arg(long, value_parser = ["leads", "sales"], default_value = "leads")]
    outcome: String,
    /// Number of earlier weeks to compare with, 4 to 52
    #[arg(long, default_value_t = 8)]
    weeks: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  leadline next spring-launch")]
pub(super) struct NextOptions {
    /// The campaign: its id, its `utm_campaign` or its whole name
    campaign: String,
    /// Attribution model: `last_touch`, `first_touch`, `last_non_direct`, `linear`, `position` or
    /// `time_decay`
    #[arg(long)]
    model: Option<String>,
    /// Seed of the random numbers: the same seed gives the same suggestions
    #[arg(long)]
    seed: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn expected(client: &ApiClient, options: &ExpectedOptions) -> anyhow::Result<()> {
    let weeks = options.weeks.to_string();
    let query = [
        ("from", options.from.as_str()),
        ("to", &options.to),
        ("outcome", &options.outcome),
        ("weeks", &weeks),
    ];
    let campaign = client.campaign(&options.campaign)?;
    let answer = client.get(&format!("/campaigns/{}/expected", campaign.id), &query)?;
    if options.json {
        return print(&answer.json());
    }
    print(&expected_shown(&answer.read()?))
}

fn expected_shown(answer: &ExpectedReport) -> String {
    let mut text = wrapped(&answer.sentence);
    let weeks: Vec<String> = answer.comparable.iter().map(u64::to_string).collect();
    if !weeks.is_empty() {
        let line = format!(
            "The same hours of earlier weeks, latest first: {}",
            weeks.join(", ")
        );
        text.push_str(&wrapped(&line));
    }
    for (share, range) in [
        ("four of five", answer.range_80),
        ("19 of 20", answer.range_95),
    ] {
        if let Some(range) = range {
            let line = format!(
                "Of such periods {share} bring {} to {}.",
                range.low, range.high
            );
            text.push_str(&wrapped(&line));
        }
    }
    let placebo = answer.placebo;
    if placebo.days > 0 {
        let line = format!(
            "In the same test, {} of {} days without a post look special; one in twenty would by chance.",
            placebo.alarms, placebo.days
        );
        text.push_str(&wrapped(&line));
    }
    text
}

pub(super) fn next(client: &ApiClient, options: &NextOptions) -> anyhow::Result<()> {
    let seed = options.seed.map(|seed| seed.to_string());
    let query = given(&[
        ("model", options.model.as_deref()),
        ("seed", seed.as_deref()),
    ]);
    let campaign = client.campaign(&options.campaign)?;
    let answer = client.get(&format!("/campaigns/{}/next", campaign.id), &query)?;
    if options.json {
        return print(&answer.json());
    }
    print(&next_shown(&answer.read()?))
}

fn next_shown(answer: &NextPosts) -> String {
    let mut text = String::new();
    for (name, ranking) in [("Network, intent", &answer.posts), ("Hours", &answer.hours)] {
        if ranking.choices.is_empty() {
            text.push_str(&wrapped(&format!("{name}: {}", ranking.sentence)));
        } else {
            text.push_str(&lines(&table(name, ranking)));
            text.push_str(&wrapped(&ranking.sentence));
        }
        text.push('\n');
    }
    if answer.too_young > 0 {
        let left_out = format!(
            "Posts of the last three days, left out because most of their leads are still to come: {}.",
            answer.too_young
        );
        text.push_str(&wrapped(&left_out));
    }
    if !answer.suggestions.is_empty() {
        text.push_str("To try next:\n");
    }
    for suggestion in &answer.suggestions {
        let hours = suggestion.hours.as_ref();
        let hours = hours.map_or_else(String::new, |hours| format!(", {hours}"));
        let _ = writeln!(text, "· {}{hours}", suggestion.post);
    }
    text
}

fn table(name: &str, ranking: &ChoiceRanking) -> comfy_table::Table {
    let mut table = plain_table([name, "Posts", "Leads", "Per post\n(95 %)", "Best"]);
    for choice in &ranking.choices {
        let each = choice.leads_per_post;
        table.add_row([
            choice.name.clone(),
            choice.posts.to_string(),
            choice.leads.to_string(),
            format!("{:.1} ({:.1}–{:.1})", each.mean, each.low, each.high),
            format!("{:.0} %", choice.probability_best * 100.0),
        ]);
    }
    align_right(&mut table, 1..);
    table
}
