//! The second table of `leadline report`: cost and earnings of rows, and which may be the best.
//!
//! # Invariants
//! The table shows the API's answer. Money is in major units.

use comfy_table::Table;

use crate::campaign_report::{ReportRow, YieldReport};
use crate::cli::terminal::{NONE, align_right, plain_table};
use crate::money::Money;

/// Cost and earnings of rows, and the probability of each to be the best.
pub(super) fn table(report: &YieldReport) -> Table {
    let currency = report.currency;
    let mut table = plain_table([
        &format!("Worth in {currency}"),
        "Cost",
        "Per lead",
        "Customers",
        "Per\ncustomer",
        "Return",
        "Per visitor\n(95 %)",
        "Best",
    ]);
    let rows = report.rows.iter().map(|row| (row.key.name(), row));
    let rest = [
        ("unattributed".to_owned(), &report.unattributed),
        ("total".to_owned(), &report.total),
    ];
    for (name, row) in rows.chain(rest) {
        table.add_row(cells(name, row));
    }
    align_right(&mut table, 1..);
    table
}

fn cells(name: String, row: &ReportRow) -> [String; 8] {
    let none = || NONE.to_owned();
    let money = |money: Option<Money>| money.map_or_else(none, Money::number);
    let percent =
        |part: Option<f64>| part.map_or_else(none, |part| format!("{:.0} %", part * 100.0));
    let major = |minor: f64| {
        let digits = row.revenue.currency.exponent();
        format!("{:.2}", minor / 10f64.powi(digits.cast_signed()))
    };
    let earned = row.earnings_per_visitor.map_or_else(none, |earned| {
        let range = earned.low.zip(earned.high);
        let range = range.map(|(low, high)| format!(" ({}–{})", major(low), major(high)));
        format!("{}{}", major(earned.value), range.unwrap_or_default())
    });
    [
        name,
        money(row.cost),
        money(row.cost_per_lead),
        row.customers.to_string(),
        money(row.cost_per_customer),
        percent(row.return_on_cost),
        earned,
        percent(row.probability_best),
    ]
}
