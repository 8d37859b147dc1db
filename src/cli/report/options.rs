//! The options of `leadline report`.

use clap::Args;
use clap::builder::PossibleValue;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  leadline report spring-launch --from 2026-03-01 --to 2026-03-31\n  \
        leadline report    # all campaigns, and what belongs to none\n  \
        leadline report --from 2026-03-01 --to 2026-03-31 --compare previous\n\n\
        Money is in major units of the campaign's currency: 49.99 is 49 euros and 99 cents."
)]
pub(in crate::cli) struct ReportOptions {
    /// The campaign: its id, its `utm_campaign` or its whole name; all campaigns by default
    pub(super) campaign: Option<String>,
    /// First day (in the campaign's time zone), or a time; the campaign's start by default
    #[arg(long, value_name = "WHEN")]
    pub(super) from: Option<String>,
    /// Last day, or an end time; the campaign's end, or the current time, by default
    #[arg(long, value_name = "WHEN")]
    pub(super) to: Option<String>,
    /// What the rows stand for: one or two of network, `network_seen`, link, intent, post, country,
    /// device, day, `hour_of_week`, `cohort_week`, separated by a comma; without a campaign one of
    /// `campaign,network`, campaign, network
    #[arg(long, value_name = "WHAT")]
    pub(super) by: Option<String>,
    /// Whether the time of the click or of the conversion decides the period of a conversion
    #[arg(long, value_parser = ["click", "conversion"])]
    pub(super) axis: Option<String>,
    /// Attribution model: `last_touch`, `first_touch`, `last_non_direct`, `linear`, `position`,
    /// `time_decay`, `markov` or `shapley`
    #[arg(long)]
    pub(super) model: Option<String>,
    /// Longest time from click to conversion in days, if shorter than the campaign's own window
    #[arg(long, value_name = "DAYS")]
    pub(super) window_days: Option<u32>,
    /// Only some clicks: a dimension with its values, such as `country=DE,AT`; may be repeated
    #[arg(long, value_name = "WHAT=VALUES", value_parser = narrowed)]
    pub(super) only: Vec<(String, String)>,
    /// How to share a cost that belongs to no single row: by people, evenly, or not at all
    #[arg(long, value_parser = [
        PossibleValue::new("by_people").alias("people"), PossibleValue::new("evenly"), PossibleValue::new("none"),
    ])]
    pub(super) allocation: Option<String>,
    /// Time zone of days, if no campaign is given; UTC by default
    #[arg(long, value_name = "ZONE", conflicts_with = "campaign")]
    pub(super) time_zone: Option<String>,
    /// What to compare it with: `previous` (the preceding period of the same length), or another
    /// campaign
    #[arg(long, value_name = "WHAT")]
    pub(super) compare: Option<String>,
    /// Print the rows as CSV, for spreadsheets
    #[arg(long, conflicts_with_all = ["json", "compare"])]
    pub(super) csv: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// The dimension and the values of `--only`.
fn narrowed(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((what, values)) if !what.is_empty() && !values.is_empty() => {
            Ok((what.to_owned(), values.to_owned()))
        }
        _ => Err("write a dimension and its values, such as country=DE,AT".to_owned()),
    }
}
