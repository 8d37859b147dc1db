//! The match rules: they find the clicks behind a conversion, and decide what new evidence joins
//! again.
//!
//! The rules, of which the first match wins:
//!
//! 1. A refund follows the sale that it reverses. The conversions of an erased person keep their
//!    join.
//! 2. Click ids of the report itself (in a field, in a landing URL, in the path). The click belongs
//!    to the same workspace and is not later than the conversion. The strongest id that finds a
//!    click names the rule.
//! 3. An earlier conversion with the same external id, then with the same e-mail. It is the latest
//!    one that a click id joined; else the latest that the other identifier joined; else the first
//!    that a click id joined within [`SKEW_MS`](crate::attribution::window::SKEW_MS) after it,
//!    because clocks differ.
//! 4. A promo code of a campaign, without a click.
//! 5. UTM tags that name one campaign: campaign and network are known, but no click.
//! 6. An earlier conversion of the customer, found like in rule 3, that rule 4 or 5 joined. It
//!    gives its credits.
//! 7. Nothing: the conversion is unattributed, with the reason.
//!
//! # Invariants
//! A join is a function of the ledger and the known clicks. So joining again ends, and with the
//! same result in every order of arrival:
//! - A rule depends on the rules above it, on clicks and campaigns, and on conversions of the
//!   customer.
//! - By its own rule, a conversion depends only on strictly earlier conversions. Later ones count
//!   if a stronger rule joined them by their own evidence.
//! - A refund depends on its sale.
//!
//! If a conversion names a click, a person made that click, whatever heuristics decided, and it
//! counts as a person's from then on. [`allocation`] allocates the credit for the result.

mod allocation;
mod campaign_evidence;
mod clicks;
mod joiner;
mod ladder;
mod queue;

pub(super) use self::joiner::Joiner;
