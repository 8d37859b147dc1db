//! The join ladder: finds the clicks behind a conversion, and joins again whatever new evidence
//! affects.
//!
//! The rules, of which the first match wins:
//!
//! 1. A refund follows the sale that it takes back. The conversions of an erased person stay joined
//!    as they were.
//! 2. Click ids of the report itself (in a field, in a landing URL, in the path; the strongest that
//!    finds a click names the rule), of the same workspace, not later than the conversion.
//! 3. An earlier conversion with the same external id, then with the same e-mail: the latest that a
//!    click id joined; else the latest that was itself joined by the other mark; else the first
//!    that a click id joined within [`SKEW_MS`](crate::attribution::window::SKEW_MS) after it, as
//!    clocks differ.
//! 4. A promo code of a campaign: no click.
//! 5. UTM tags that name one campaign: campaign and network are known, but no click.
//! 6. An earlier conversion of the customer, found as by rule 3, that rule 4 or 5 joined: what it
//!    was credited with.
//! 7. Nothing: the conversion is unattributed, with the reason.
//!
//! # Invariants
//! A join is a function of the ledger and the known clicks. So joining again comes to an end, and
//! to the same one in every order of arrival:
//! - A rule depends on the rules above it, on clicks and campaigns, and on conversions of the
//!   customer.
//! - By its own rule a conversion depends on strictly earlier conversions only. Later ones count if
//!   a stronger rule joined them by evidence of their own.
//! - A refund depends on its sale.
//!
//! A click that a conversion names was a person's, whatever heuristics said, and counts as one from
//! then on. [`allocation`] allocates the credit for what was found.

mod allocation;
mod campaign_evidence;
mod clicks;
mod joiner;
mod ladder;
mod queue;

pub(super) use self::joiner::Joiner;
