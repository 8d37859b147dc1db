//! What a reader must know beside the figures: what they leave out, and why.

use std::collections::BTreeSet;

use super::sums::conversions;
use super::{Inputs, Row};
use crate::attribution::WHOLE;
use crate::money::{Currency, Money};

/// What to know when reading the report.
pub(super) fn of(inputs: &Inputs<'_>, rows: &[Row]) -> Vec<String> {
    let mut notes = vec![
        "A visitor is a browser counted once for a network and day; visitors who ask not to be \
         tracked (Sec-GPC, DNT) are clicks, but neither visitors nor leads by click id."
            .to_owned(),
    ];
    if inputs.people.is_some_and(|people| !people.is_exact) {
        notes.push(
            "People are estimated from a sample; the standard error is below 0.6 %.".to_owned(),
        );
    }
    let late: i64 = inputs
        .credits
        .iter()
        .filter(|sum| !sum.in_window)
        .map(|sum| sum.weight)
        .sum();
    if late > 0 {
        notes.push(format!(
            "{} came more than {} days after the click and stand under unattributed.",
            plural(late),
            inputs.window_days
        ));
    }
    let strays: i64 = inputs.strays.iter().map(|sum| sum.weight).sum();
    if strays > 0 {
        notes.push(format!(
            "{} of the workspace could not be joined to any campaign. The report of each campaign \
             shows them under unattributed and in its total: do not add reports up.",
            plural(strays)
        ));
    }
    notes.extend(other_currencies(inputs));
    for row in rows
        .iter()
        .filter(|row| row.lead_rate.is_none() && row.leads > 0.0)
    {
        notes.push(format!(
            "{} has no lead rate: its leads ({}) outnumber the visitors counted in the period ({}).",
            row.name(),
            row.leads,
            row.visitors
        ));
    }
    notes
}

/// One note for each currency whose money is in the ledger but not in the sums.
fn other_currencies(inputs: &Inputs<'_>) -> Vec<String> {
    let all = || inputs.credits.iter().chain(inputs.strays);
    let others: BTreeSet<&str> = all()
        .filter_map(|sum| sum.currency)
        .filter(|currency| *currency != inputs.campaign.currency)
        .map(Currency::code)
        .collect();
    others
        .into_iter()
        .filter_map(|code| code.parse::<Currency>().ok())
        .map(|currency| {
            let amount = all()
                .filter(|sum| sum.currency == Some(currency))
                .map(|sum| sum.amount);
            format!(
                "{} are in the ledger but in none of these sums, which are in {}.",
                Money {
                    amount: amount.sum(),
                    currency
                },
                inputs.campaign.currency
            )
        })
        .collect()
}

fn plural(weight: i64) -> String {
    let count = conversions(weight);
    format!(
        "{count} conversion{}",
        if weight == WHOLE { "" } else { "s" }
    )
}
