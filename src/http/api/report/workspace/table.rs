//! The rows of the report over all campaigns as a table (CSV).
//!
//! # Invariants
//! Every column can be summed over the lines of kind `row`. A row with money of several currencies
//! has a line for each currency, and its counts are in the first line only.

use actix_web::HttpResponse;
use actix_web::http::header::{
    CONTENT_DISPOSITION, ContentDisposition, DispositionParam, DispositionType,
};

use crate::campaign_report::workspace::{CurrencySums, WorkspaceReport, WorkspaceRow};
use crate::http::api::table::cell;
use crate::http::error::Problem;
use crate::money::Money;
use crate::operations::error::Error;

/// The columns after `row`.
const NAMES: [&str; 22] = [
    "campaign_id",
    "campaign",
    "network",
    "clicks_by_people",
    "clicks_by_bots",
    "clicks",
    "visitors",
    "leads",
    "lead_rate",
    "lead_rate_low",
    "lead_rate_high",
    "sales",
    "customers",
    "repeat_customers",
    "currency",
    "revenue",
    "refunds",
    "net_revenue",
    "event_value",
    "cost",
    "cost_per_lead",
    "return_on_cost",
];

/// The report's rows as a file.
pub(super) fn answer(report: &WorkspaceReport) -> Result<HttpResponse, Problem> {
    let name = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(
            "workspace-report.csv".to_owned(),
        )],
    };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, name))
        .body(table(report).map_err(|_| Error::Broken)?))
}

fn table(report: &WorkspaceReport) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["row"].into_iter().chain(NAMES))?;
    let rows = report.rows.iter().map(|row| ("row", row));
    let ends = [
        ("unattributed", &report.unattributed),
        ("total", &report.total),
    ];
    for (kind, row) in rows.chain(ends) {
        for line in 0..row.money.len().max(1) {
            let counts = if line == 0 {
                counts(row)
            } else {
                Default::default()
            };
            let record = [kind.to_owned()].into_iter();
            let record = record.chain(names(row)).chain(counts);
            table.write_record(record.chain(money(row.money.get(line))))?;
        }
    }
    table
        .into_inner()
        .map_err(|error| error.into_error().into())
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn names(row: &WorkspaceRow) -> [String; 3] {
    [
        text(row.campaign),
        cell::shown(&text(row.campaign_name.as_ref())).into_owned(),
        text(row.network.as_ref()),
    ]
}

fn counts(row: &WorkspaceRow) -> [String; 11] {
    let rate = row.lead_rate;
    [
        row.clicks.human.to_string(),
        row.clicks.bot.to_string(),
        row.clicks.all.to_string(),
        row.visitors.to_string(),
        row.leads.to_string(),
        text(rate.map(|rate| rate.value)),
        text(rate.map(|rate| rate.low)),
        text(rate.map(|rate| rate.high)),
        row.sales.to_string(),
        row.customers.to_string(),
        row.repeat_customers.to_string(),
    ]
}

fn money(sums: Option<&CurrencySums>) -> [String; 8] {
    let Some(sums) = sums else {
        return Default::default();
    };
    let number = |money: Option<Money>| text(money.map(Money::number));
    [
        sums.currency.to_string(),
        sums.revenue.number(),
        sums.refunds.number(),
        sums.net_revenue.number(),
        sums.events.number(),
        number(sums.cost),
        number(sums.cost_per_lead),
        text(sums.return_on_cost),
    ]
}
