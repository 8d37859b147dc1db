//! Every statement of the store, for tests that prepare them on both databases.
//!
//! # Invariants
//! Each file that declares statements stands in the list; a test reads the files and fails when
//! one is missing.

use super::{
    campaign, campaign_report, click, conversion, cost, credit, customer, domain, engagement,
    erasing, exchange_rate, export_column, goal_version, handle, hidden_origin, idempotency, inbox,
    key, link, master_key, order, orphan, probe, promo_code, publication, report_day, source,
    tombstone, touch, workspace,
};
use crate::drivers::sql::Statement;

const FILES: &[&[Statement]] = &[
    campaign::STATEMENTS,
    campaign_report::active::STATEMENTS,
    campaign_report::outcomes::STATEMENTS,
    click::STATEMENTS,
    click::agent::STATEMENTS,
    click::campaign_day::STATEMENTS,
    click::converted::STATEMENTS,
    click::days::STATEMENTS,
    click::erasure::STATEMENTS,
    click::flood::STATEMENTS,
    click::journeys::STATEMENTS,
    click::people::STATEMENTS,
    click::people::day::STATEMENTS,
    click::place::STATEMENTS,
    click::placement::STATEMENTS,
    click::quarters::STATEMENTS,
    click::reclassify::STATEMENTS,
    click::reclassify::firsts::STATEMENTS,
    click::retention::STATEMENTS,
    click::roll_up::STATEMENTS,
    click::rows::STATEMENTS,
    click::seen::STATEMENTS,
    click::sums::STATEMENTS,
    click::unexplained::STATEMENTS,
    click::writer::STATEMENTS,
    conversion::STATEMENTS,
    conversion::erasure::STATEMENTS,
    conversion::lines::STATEMENTS,
    conversion::related::STATEMENTS,
    cost::STATEMENTS,
    credit::STATEMENTS,
    credit::days::STATEMENTS,
    credit::exchange::STATEMENTS,
    credit::version::STATEMENTS,
    customer::STATEMENTS,
    customer::reading::STATEMENTS,
    domain::STATEMENTS,
    engagement::STATEMENTS,
    erasing::STATEMENTS,
    exchange_rate::STATEMENTS,
    export_column::STATEMENTS,
    goal_version::STATEMENTS,
    handle::STATEMENTS,
    hidden_origin::STATEMENTS,
    idempotency::STATEMENTS,
    inbox::STATEMENTS,
    key::STATEMENTS,
    link::STATEMENTS,
    link::facts::STATEMENTS,
    link::near::STATEMENTS,
    master_key::STATEMENTS,
    order::STATEMENTS,
    orphan::STATEMENTS,
    probe::STATEMENTS,
    promo_code::STATEMENTS,
    publication::STATEMENTS,
    report_day::STATEMENTS,
    source::STATEMENTS,
    tombstone::STATEMENTS,
    touch::STATEMENTS,
    workspace::STATEMENTS,
];

/// Every statement of the store.
pub fn statements() -> Vec<Statement> {
    let declared = FILES.iter().copied().flatten().copied();
    declared.chain(click::rows::inserts()).collect()
}
