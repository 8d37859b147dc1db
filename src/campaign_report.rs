//! The yield report: what each network of a campaign brought, and how sure that is.
//!
//! [`yield_report`](fn@yield_report) makes it from what is asked ([`ReportQuery`]), what was
//! counted ([`Observed`]) and what the owner stated ([`Declared`]).
//!
//! # Invariants
//! For every column, the rows and `unattributed` sum to `total`, to the last minor unit.
//!
//! # Out of scope
//! Where the sums come from, HTTP.

mod add_statistics;
mod allocate_costs;
pub mod breakdown;
mod comparison;
pub mod cost;
pub mod credits;
mod currencies;
mod declared;
pub mod dimension;
mod engagement;
pub mod expected;
mod figures;
pub mod filter;
mod funnel;
mod goal_state;
pub mod granularity;
pub mod next_posts;
mod notes;
mod observed;
pub mod period;
mod query;
pub mod reallocate;
mod row;
pub mod row_key;
mod row_sums;
mod rows;
pub mod segment;
pub mod statistics;
pub mod text_table;
pub mod time_unit;
pub mod wilson;
pub mod workspace;
mod yield_report;

pub use comparison::ComparedReport;
pub use currencies::CurrencyTotals;
pub use declared::{Declared, PeriodCosts};
pub use engagement::EngagementSummary;
pub use funnel::FunnelStep;
pub use goal_state::GoalState;
pub use observed::{
    ClickSum, ConvertedAmount, CreditSum, LeadLag, LeadTotals, Observed, PayerId, People,
    VisitorDay,
};
pub use query::{ReportAxis, ReportQuery};
pub use row::{BestRow, ClickCounts, EarningsPerVisitor, EventTotals, ReportRow, RowBehind};
pub use yield_report::{YieldReport, yield_report};

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "sums of whole credits are exact")]
mod tests;
