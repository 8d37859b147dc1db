//! How a repeated report differs from the first one, which stands.
//!
//! # Invariants
//! - Amounts are named; of a person only the names of the differing fields. What was erased
//!   meanwhile is not a difference.
//! - A time that a report did not give, or that changes with each retry, is not a difference
//!   either.

use super::report::NewConversion;
use crate::money::Money;

/// Times that differ by less count as the same time, taken again with each retry.
const APART_MS: u64 = 5 * 60 * 1000;

/// How `again` differs from `first`, such as "`value` was 49.99 EUR and is 99.99 EUR now"; empty if
/// the same event was reported twice.
pub fn differences(first: &NewConversion, again: &NewConversion) -> Vec<String> {
    let mut all = Vec::new();
    if first.value != again.value {
        let (was, is) = (amount(first.value), amount(again.value));
        all.push(format!("`value` was {was} and is {is} now"));
    }
    let apart = first.occurred_at.0.abs_diff(again.occurred_at.0);
    if again.occurred_at != again.received_at && apart > APART_MS {
        let (was, is) = (first.occurred_at, again.occurred_at);
        all.push(format!("`occurred_at` was {was} and is {is} now"));
    }
    if first.refund_of != again.refund_of {
        all.push("`of` is another one".to_owned());
    }
    let (was, is) = (&first.evidence, &again.evidence);
    if !was.is_anonymous() {
        let customer = (&was.external_id, &was.email_hash) != (&is.external_id, &is.email_hash);
        for (field, differs) in [
            ("customer", customer),
            ("click_id", was.click_ids != is.click_ids),
            ("promo_code", was.promo_codes != is.promo_codes),
            ("utm", was.utm != is.utm),
        ] {
            if differs {
                all.push(format!("`{field}` is another one"));
            }
        }
    }
    all
}

/// The differences as a sentence for the sender; `None` if there are none.
pub fn warning(first: &NewConversion, again: &NewConversion) -> Option<String> {
    let differences = differences(first, again);
    (!differences.is_empty()).then(|| {
        format!(
            "this event was reported before, and the first report counts: {}. Give another `event_id` if it \
             is another event",
            differences.join("; ")
        )
    })
}

fn amount(value: Option<Money>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}
