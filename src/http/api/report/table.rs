//! The report's rows as a table (CSV), for spreadsheets and scripts.
//!
//! # Invariants
//! - There is a line for each row, one for `unattributed` and one for the total. Unless the report
//!   is filtered, one more line has the conversions without a known campaign.
//! - Every campaign has the same columns. Money is in units of the campaign's currency, with a
//!   decimal point.

use actix_web::HttpResponse;
use actix_web::http::header::{
    CONTENT_DISPOSITION, ContentDisposition, DispositionParam, DispositionType,
};

use crate::campaign_report::{ReportRow, YieldReport};
use crate::click::ClickClass;
use crate::http::error::Problem;
use crate::money::{Currency, Money};
use crate::operations::error::Error;

/// A column: its name, and its value; `None` leaves the cell empty.
type Column = (&'static str, fn(&ReportRow) -> Option<String>);

/// The keys of a row. Columns of dimensions that the report does not use are empty.
const KEYS: [Column; 11] = [
    ("network", |row| text(row.key.network.as_ref())),
    ("network_seen", |row| text(row.key.network_seen.as_ref())),
    ("link_id", |row| text(row.key.link_id.as_ref())),
    ("short", |row| text(row.key.short.as_ref())),
    ("intent", |row| text(row.key.intent.as_ref())),
    ("post_id", |row| text(row.key.post_id.as_ref())),
    ("country", |row| text(row.key.country.as_ref())),
    ("device", |row| text(row.key.device.as_ref())),
    ("day", |row| text(row.key.day.as_ref())),
    ("hour_of_week", |row| text(row.key.hour_of_week)),
    ("cohort_week", |row| text(row.key.cohort_week.as_ref())),
];

/// The figures of a row. The clicks of each class follow them.
const FIGURES: [Column; 31] = [
    ("clicks_by_people", |row| text(Some(row.clicks.human))),
    ("clicks_by_bots", |row| text(Some(row.clicks.bot))),
    ("clicks", |row| text(Some(row.clicks.all))),
    ("visitors", |row| text(Some(row.visitors))),
    ("people", |row| text(row.people)),
    ("leads", |row| text(Some(row.leads))),
    ("lead_rate", |row| {
        text(row.lead_rate.map(|rate| rate.value))
    }),
    ("lead_rate_low", |row| {
        text(row.lead_rate.map(|rate| rate.low))
    }),
    ("lead_rate_high", |row| {
        text(row.lead_rate.map(|rate| rate.high))
    }),
    ("lead_rate_shrunk", |row| {
        text(row.lead_rate_shrunk.map(|rate| rate.mean))
    }),
    ("lead_rate_shrunk_low", |row| {
        text(row.lead_rate_shrunk.map(|rate| rate.low))
    }),
    ("lead_rate_shrunk_high", |row| {
        text(row.lead_rate_shrunk.map(|rate| rate.high))
    }),
    ("probability_best", |row| text(row.probability_best)),
    ("expected_loss", |row| text(row.expected_loss)),
    ("assisted_leads", |row| text(row.assisted_leads)),
    ("median_days_to_lead", |row| text(row.median_days_to_lead)),
    ("mature", |row| text(row.mature)),
    ("sales", |row| text(Some(row.sales))),
    ("customers", |row| text(Some(row.customers))),
    ("repeat_customers", |row| text(Some(row.repeat_customers))),
    ("currency", |row| text(Some(row.revenue.currency))),
    ("revenue", |row| money(Some(row.revenue))),
    ("refunds", |row| money(Some(row.refunds))),
    ("net_revenue", |row| money(Some(row.net_revenue))),
    ("cost", |row| money(row.cost)),
    ("cost_per_lead", |row| money(row.cost_per_lead)),
    ("cost_per_customer", |row| money(row.cost_per_customer)),
    ("return_on_cost", |row| text(row.return_on_cost)),
    ("earnings_per_visitor", |row| {
        units(row, row.earnings_per_visitor.map(|money| money.value))
    }),
    ("earnings_per_visitor_low", |row| {
        units(row, row.earnings_per_visitor?.low)
    }),
    ("earnings_per_visitor_high", |row| {
        units(row, row.earnings_per_visitor?.high)
    }),
];

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn money(value: Option<Money>) -> Option<String> {
    value.map(Money::number)
}

/// Converts minor units and their fractions to units of the row's currency.
fn units(row: &ReportRow, minor: Option<f64>) -> Option<String> {
    let currency: Currency = row.revenue.currency;
    let places = i32::try_from(currency.exponent()).unwrap_or(2);
    text(minor.map(|minor| minor / 10f64.powi(places)))
}

/// The report's rows as a file.
pub(super) fn answer(report: &YieldReport, utm_campaign: &str) -> Result<HttpResponse, Problem> {
    let name = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(format!(
            "{}-by-{}.csv",
            utm_campaign,
            report.by.replace(',', "-")
        ))],
    };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, name))
        .body(table(report).map_err(|_| Error::Broken)?))
}

fn table(report: &YieldReport) -> Result<Vec<u8>, csv::Error> {
    let columns = || KEYS.iter().chain(&FIGURES);
    let mut table = csv::Writer::from_writer(Vec::new());
    let names = columns().map(|(name, _)| (*name).to_owned());
    let classes = ClickClass::ALL
        .iter()
        .map(|class| format!("clicks_{class}"));
    table.write_record(["row".to_owned()].into_iter().chain(names).chain(classes))?;
    let rows = report.rows.iter().map(|row| ("row", row));
    let of_none = report.workspace_unattributed.iter();
    let of_none = of_none.map(|row| ("workspace_unattributed", row));
    let ends = [
        ("unattributed", &report.unattributed),
        ("total", &report.total),
    ];
    for (kind, row) in rows.chain(ends).chain(of_none) {
        let cells = columns().map(|(_, cell)| cell(row).unwrap_or_default());
        let clicks = |class| row.clicks.by_class.get(class).copied().unwrap_or(0);
        let classes = ClickClass::ALL
            .iter()
            .map(|class| clicks(class).to_string());
        table.write_record([kind.to_owned()].into_iter().chain(cells).chain(classes))?;
    }
    table
        .into_inner()
        .map_err(|error| error.into_error().into())
}
