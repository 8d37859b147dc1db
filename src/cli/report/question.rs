//! What `leadline report` is asked.
//!
//! Must not know: how it is answered.

use clap::Args;
use clap::builder::PossibleValue;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  leadline report spring-launch --from 2026-03-01 --to 2026-03-31\n  \
        leadline report    # all campaigns, and what no campaign is known for\n  \
        leadline report --from 2026-03-01 --to 2026-03-31 --compare previous\n\n\
        Money is in major units of the campaign's currency: 49.99 is 49 euros and 99 cents."
)]
pub(in crate::cli) struct Question {
    /// The campaign: its id, its `utm_campaign` or its whole name; all campaigns when absent
    pub(super) campaign: Option<String>,
    /// First day (in the campaign's time zone) or moment; the campaign's start when absent
    #[arg(long, value_name = "WHEN")]
    pub(super) from: Option<String>,
    /// Last day, or the moment to end at; the campaign's end, or now, when absent
    #[arg(long, value_name = "WHEN")]
    pub(super) to: Option<String>,
    /// What rows are made by: one or two, with a comma, of network, `network_seen`, link, intent,
    /// post, country, device, day, `hour_of_week`, `cohort_week`; without a campaign one of
    /// `campaign,network`, campaign, network
    #[arg(long, value_name = "WHAT")]
    pub(super) by: Option<String>,
    /// Which moment puts a conversion into the period: click or conversion
    #[arg(long, value_parser = ["click", "conversion"])]
    pub(super) axis: Option<String>,
    /// How credit is shared: `last_touch`, `first_touch`, `last_non_direct`, `linear`, `position`,
    /// `time_decay`, `markov` or `shapley`
    #[arg(long)]
    pub(super) model: Option<String>,
    /// Days a click may lie before its conversion, where that is less than the campaign's own
    /// window
    #[arg(long, value_name = "DAYS")]
    pub(super) window_days: Option<u32>,
    /// Only some of what clicks differ in: a dimension with its values, such as `country=DE,AT`;
    /// for several dimensions, several times
    #[arg(long, value_name = "WHAT=VALUES", value_parser = narrowed)]
    pub(super) only: Vec<(String, String)>,
    /// How a cost is shared that belongs to no row alone: by people, evenly, or not at all
    #[arg(long, value_parser = [
        PossibleValue::new("by_people").alias("people"), PossibleValue::new("evenly"), PossibleValue::new("none"),
    ])]
    pub(super) allocation: Option<String>,
    /// Zone that days are cut in, where no campaign is given; UTC when absent
    #[arg(long, value_name = "ZONE", conflicts_with = "campaign")]
    pub(super) time_zone: Option<String>,
    /// What to compare it with: `previous`, the period of the same length right before, or, of one
    /// campaign, another one
    #[arg(long, value_name = "WHAT")]
    pub(super) compare: Option<String>,
    /// Print the rows as a table for spreadsheets
    #[arg(long, conflicts_with_all = ["json", "compare"])]
    pub(super) csv: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// What `--only` says.
fn narrowed(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((what, values)) if !what.is_empty() && !values.is_empty() => {
            Ok((what.to_owned(), values.to_owned()))
        }
        _ => Err("write what it is and its values, such as country=DE,AT".to_owned()),
    }
}
