//! `leadline report`: a campaign's yield as a table that fits 100 columns.
//!
//! # Invariants
//! The table shows the API's answer; only money and rates are formatted.

mod comparison;
mod economics;
mod options;
mod wording;
mod workspace;

use comfy_table::Table;

use super::client::{ApiClient, given};
use super::option_words::with_options;
use super::terminal::{self, NONE, align_right, lines, plain_table, plural, print, wrapped};
use crate::campaign::{GoalMetric, GoalVerdict};
use crate::campaign_report::{GoalState, ReportRow, YieldReport};
use crate::clock::Millis;
use crate::money::{Currency, Money};
use wording::{axis, period_in, rate};

pub(super) use options::ReportOptions;

pub(super) fn run(client: &ApiClient, options: &ReportOptions) -> anyhow::Result<()> {
    let path = match &options.campaign {
        Some(campaign) => format!("/campaigns/{}/report", client.campaign(campaign)?.id),
        None => "/report".to_owned(),
    };
    let window = options.window_days.map(|days| days.to_string());
    let compare = match options.compare.as_deref() {
        Some(other) if options.campaign.is_some() && other != "previous" => {
            Some(client.campaign(other)?.id.to_string())
        }
        _ => options.compare.clone(),
    };
    // `people` is the former word of this command.
    let allocation = options.allocation.as_deref();
    let allocation = allocation.map(|rule| if rule == "people" { "by_people" } else { rule });
    let mut query = given(&[
        ("from", options.from.as_deref()),
        ("to", options.to.as_deref()),
        ("by", options.by.as_deref()),
        ("axis", options.axis.as_deref()),
        ("model", options.model.as_deref()),
        ("window_days", window.as_deref()),
        ("allocation", allocation),
        ("time_zone", options.time_zone.as_deref()),
        ("compare", compare.as_deref()),
    ]);
    let only = options.only.iter();
    query.extend(only.map(|(dimension, values)| (&**dimension, &**values)));
    if options.csv {
        let table = client.get_csv(&path, &query)?;
        return Ok(terminal::print_csv(&mut table.as_bytes())?);
    }
    let answer = client.get(&path, &query)?;
    if options.json {
        return print(&answer.json());
    }
    if options.campaign.is_none() {
        return print(&workspace::shown(&answer.read()?));
    }
    print(&shown(&answer.read()?))
}

fn shown(report: &YieldReport) -> String {
    let mut text = heading(report);
    text.push_str(&lines(&table(report)));
    if !report.currencies.is_empty() {
        text.push('\n');
        text.push_str(&lines(&currencies(report)));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&lines(&economics::table(report)));
    text.push('\n');
    if let Some(other) = &report.comparison {
        text.push_str(&wrapped(&format!(
            "{}, {}",
            other.campaign_name,
            period(report, other.from, other.to)
        )));
        text.push_str(&lines(&comparison::table(report, other)));
        text.push('\n');
    }
    if let Some(best) = &report.best {
        text.push_str(&wrapped(&format!("Lead rates: {}", best.sentence)));
    }
    for prediction in report
        .engagement
        .iter()
        .flat_map(|summary| &summary.predictions)
    {
        text.push_str(&wrapped(&format!("Engagement: {}", prediction.sentence)));
    }
    if let Some(people) = report.total.people {
        let line = format!("Different people in all networks and days: {people}");
        text.push_str(&wrapped(&line));
    }
    text.push_str(&wrapped(&goal_line(&report.goal, report.currency)));
    for (name, events) in &report.total.events {
        let line = format!("Event {name}: {} worth {}", events.count, events.value);
        text.push_str(&wrapped(&line));
    }
    text.push_str(&wrapped(&joined_line(report)));
    for note in &report.notes {
        text.push_str(&wrapped(&format!("· {}", with_options(note))));
    }
    text
}

/// A period in the campaign's time zone.
fn period(report: &YieldReport, from: Millis, to: Millis) -> String {
    period_in(&report.time_zone, from, to)
}

fn heading(report: &YieldReport) -> String {
    let period = format!(
        "{}, {}, window {}, by time of the {}",
        period(report, report.from, report.to),
        report.model.replace('_', " "),
        plural(report.window_days.into(), "day", "days"),
        axis(report.axis)
    );
    format!("{}{}", wrapped(&report.campaign_name), wrapped(&period))
}

fn table(report: &YieldReport) -> Table {
    let first = capital(
        &report
            .by
            .replace("network_seen", "seen on")
            .replace('_', " "),
    );
    let mut table = plain_table([
        first.as_str(),
        "Clicks",
        "Bots",
        "Visitors",
        "Leads",
        "Lead rate\n(95 %)",
        "Sales",
        &format!("Refunds\n{}", report.currency),
        &format!("Net revenue\n{}", report.currency),
    ]);
    for row in &report.rows {
        table.add_row(cells(&row.key.name(), row));
    }
    table.add_row(cells("unattributed", &report.unattributed));
    table.add_row(cells("total", &report.total));
    // Next to the total, but not part of it.
    let of_none = report.workspace_unattributed.as_ref();
    if let Some(row) = of_none.filter(|row| brought_something(row)) {
        table.add_row(cells("in no campaign", row));
    }
    align_right(&mut table, 1..);
    table
}

fn brought_something(row: &ReportRow) -> bool {
    row.leads > 0.0 || row.sales > 0.0 || row.net_revenue.amount != 0 || !row.events.is_empty()
}

/// The breakdown as a heading: `Network, seen on`.
fn capital(by: &str) -> String {
    let words = by.replace(',', ", ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Money in other currencies, each amount in its own currency.
fn currencies(report: &YieldReport) -> Table {
    let mut table = plain_table([
        "Other currencies",
        "Sales",
        "Refunds",
        "Net revenue",
        &format!("Above as\n{}", report.currency),
        "Latest rate",
    ]);
    for block in &report.currencies {
        table.add_row([
            block.currency.to_string(),
            block.sales.to_string(),
            block.refunds.number(),
            block.net_revenue.number(),
            block
                .counted_as
                .map_or_else(|| NONE.to_owned(), Money::number),
            block.latest_rate.clone().unwrap_or_else(|| NONE.to_owned()),
        ]);
    }
    align_right(&mut table, 1..);
    table
}

fn cells(name: &str, row: &ReportRow) -> [String; 9] {
    [
        name.to_owned(),
        row.clicks.human.to_string(),
        row.clicks.bot.to_string(),
        row.visitors.to_string(),
        row.leads.to_string(),
        row.lead_rate.map_or_else(|| NONE.to_owned(), rate),
        row.sales.to_string(),
        row.refunds.number(),
        row.net_revenue.number(),
    ]
}

fn goal_line(goal: &GoalState, currency: Currency) -> String {
    let (Some(metric), Some(target), Some(actual)) = (&goal.metric, goal.target, goal.actual)
    else {
        let reason = goal.goal_waiver.as_deref().unwrap_or_default();
        return format!("No goal: {reason}");
    };
    let verdict = match goal.verdict {
        GoalVerdict::Met => "met",
        GoalVerdict::Missed => "missed",
        GoalVerdict::OnTrack => "on track",
        GoalVerdict::Behind => "behind",
        GoalVerdict::TooEarly => "too early to tell",
        GoalVerdict::Waived => "waived",
    };
    if *metric == GoalMetric::Revenue {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "net revenue is whole minor units"
        )]
        let actual = Money {
            amount: actual as i64,
            currency,
        };
        let target = Money {
            amount: target,
            currency,
        };
        return format!("Goal of the whole campaign: {actual} of {target} net revenue: {verdict}");
    }
    format!("Goal of the whole campaign: {actual} of {target} {metric}: {verdict}")
}

fn joined_line(report: &YieldReport) -> String {
    let parts: Vec<String> = report
        .joined_by
        .iter()
        .filter(|(_, count)| **count > 0.0)
        .map(|(match_rule, count)| format!("{match_rule} {count}"))
        .collect();
    if parts.is_empty() {
        "Conversions joined: none yet".to_owned()
    } else {
        format!("Conversions joined by: {}", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest figures that a campaign can plausibly have still fit.
    #[test]
    fn the_table_fits_100_columns() {
        let row = |network: Option<&str>| {
            serde_json::json!({
                "network": network, "network_seen": null,
                "clicks": {"human": 9_999_999, "bot": 9_999_999, "all": 19_999_998, "by_class": {}},
                "visitors": 9_999_999, "people": 9_999_999, "leads": 999_999,
                "lead_rate": {"value": 0.1, "low": 0.099, "high": 0.101}, "sales": 99_999,
                "revenue": {"amount": 1_234_567_890, "currency": "EUR"},
                "refunds": {"amount": 123_456_789, "currency": "EUR"},
                "net_revenue": {"amount": 1_234_567_890, "currency": "EUR"}, "events": {},
                "customers": 99_999, "repeat_customers": 9_999,
                "cost": {"amount": 123_456_789, "currency": "EUR"},
                "cost_per_lead": {"amount": 123_456, "currency": "EUR"},
                "cost_per_customer": {"amount": 1_234_567, "currency": "EUR"},
                "return_on_cost": 12.34, "probability_best": 0.99,
                "earnings_per_visitor": {"value": 1234.5, "low": 1200.0, "high": 1300.0},
            })
        };
        let report: YieldReport = serde_json::from_value(serde_json::json!({
            "campaign": "cmp_00000000000000000000000000", "campaign_name": "Spring ".repeat(20),
            "model": "last_touch", "window_days": 30, "axis": "click", "by": "network", "currency": "EUR",
            "from": "2026-03-01T00:00:00Z", "to": "2026-03-31T00:00:00Z",
            "time_zone": "America/Argentina/ComodRivadavia",
            "goal": {"metric": "revenue", "target": 5000, "actual": 4999, "by": null,
                     "verdict": "on_track", "goal_waiver": null, "version": 1},
            "funnel": [],
            "rows": [row(Some("hackernews")), row(Some("x"))],
            "unattributed": row(None), "total": row(None),
            "currencies": [{
                "currency": "USD", "converted": true, "sales": 99_999, "latest_rate": "2026-11-24",
                "revenue": {"amount": 1_234_567_890, "currency": "USD"},
                "refunds": {"amount": 123_456_789, "currency": "USD"},
                "net_revenue": {"amount": 1_111_111_101, "currency": "USD"},
                "events": {"amount": 0, "currency": "USD"},
                "counted_as": {"amount": 1_056_089_061, "currency": "EUR"},
            }],
            "joined_by": {"click_id": 3.0, "none": 0.0}, "notes": ["word ".repeat(60)],
        }))
        .unwrap();
        let text = shown(&report);
        for line in text.lines() {
            assert!(
                line.chars().count() <= usize::from(terminal::screen_width::WIDTH),
                "{line}"
            );
        }
        assert!(
            text.contains(
                "Goal of the whole campaign: 49.99 EUR of 50.00 EUR net revenue: on track"
            ),
            "{text}"
        );
        assert!(text.contains("10.0 % (9.9–10.1)"), "{text}");
        assert!(text.contains("12.35 (12.00–13.00)"), "{text}");
        assert!(text.contains("1234 %"), "{text}");
        assert!(text.contains("11111111.01  10560890.61"), "{text}");
    }
}
