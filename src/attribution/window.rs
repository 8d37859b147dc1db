//! Windows: the longest time from a click to the conversion that it led to.
//!
//! # Invariants
//! Windows are checked before credit is shared, so a click outside gets no credit.
//!
//! # Out of scope
//! Which campaign has which window.

use crate::clock::Millis;

/// How far two clocks may differ. A click, or a customer's conversion, that is later by at most
/// this still counts as earlier.
pub const SKEW_MS: i64 = 5 * 60 * 1000;

/// The windows of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributionWindows {
    /// From a click to its lead, or to another direct conversion.
    pub lead_ms: i64,
    /// From a lead to a sale of its customer.
    pub sale_ms: i64,
}

impl AttributionWindows {
    /// Whether a click counts for a conversion at `converted_at`.
    ///
    /// `lead` is the customer's first lead between the click and a sale. If there is one, the click
    /// must be within its window before the lead, and the sale within its window after it.
    pub fn hold(self, clicked_at: Millis, lead: Option<Millis>, converted_at: Millis) -> bool {
        let within = |from: Millis, to: Millis, ms: i64| to.0.saturating_sub(from.0) <= ms;
        match lead {
            Some(lead) => {
                within(clicked_at, lead, self.lead_ms) && within(lead, converted_at, self.sale_ms)
            }
            None => within(clicked_at, converted_at, self.lead_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DAY_MS;

    #[test]
    fn a_click_is_held_against_its_lead_and_the_sale_as_well() {
        let windows = AttributionWindows {
            lead_ms: 30 * DAY_MS,
            sale_ms: 90 * DAY_MS,
        };
        let day = |n: i64| Millis(n * DAY_MS);
        for (clicked, lead, converted, expected) in [
            (0, None, 30, true),
            (0, None, 31, false),
            (0, Some(30), 120, true),
            (0, Some(31), 32, false),
            (0, Some(1), 92, false),
            // By the clock of a shop that is slow.
            (1, None, 0, true),
        ] {
            let holds = windows.hold(day(clicked), lead.map(day), day(converted));
            assert_eq!(holds, expected, "{clicked} {lead:?} {converted}");
        }
        assert!(!windows.hold(day(0), None, day(30).plus_ms(1)));
    }
}
