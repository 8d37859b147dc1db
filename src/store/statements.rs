//! Every statement of the store, for tests that prepare them on both databases.
//!
//! # Invariants
//! The list contains each file that declares statements; a test reads the files and fails if one is
//! missing.

use super::{
    campaign, campaign_report, click_event, conversion, cost, credit, customer, domain, engagement,
    erasure_queue, exchange_rate, export_column, goal_version, handle, hidden_origin, idempotency,
    inbox, key, link, master_key, order, orphan, post, probe, promo_code, publication,
    report_cache, source, tombstone, touch, workspace,
};
use crate::drivers::sql::Statement;

const FILES: &[&[Statement]] = &[
    campaign::STATEMENTS,
    campaign_report::active::STATEMENTS,
    campaign_report::outcomes::STATEMENTS,
    click_event::STATEMENTS,
    click_event::agent::STATEMENTS,
    click_event::bulk_insert::STATEMENTS,
    click_event::cache::STATEMENTS,
    click_event::converted::STATEMENTS,
    click_event::erased_visitors::STATEMENTS,
    click_event::erasure::STATEMENTS,
    click_event::flood::STATEMENTS,
    click_event::journeys::STATEMENTS,
    click_event::packed_days::STATEMENTS,
    click_event::people::STATEMENTS,
    click_event::people::cache::STATEMENTS,
    click_event::place::STATEMENTS,
    click_event::placement::STATEMENTS,
    click_event::quarter_index::STATEMENTS,
    click_event::reclassify::STATEMENTS,
    click_event::reclassify::firsts::STATEMENTS,
    click_event::retention::STATEMENTS,
    click_event::roll_up::STATEMENTS,
    click_event::sums::STATEMENTS,
    click_event::visitors_seen::STATEMENTS,
    click_event::writer::STATEMENTS,
    conversion::STATEMENTS,
    conversion::by_event_id::STATEMENTS,
    conversion::erasure::STATEMENTS,
    conversion::order_lines::STATEMENTS,
    conversion::related::STATEMENTS,
    cost::STATEMENTS,
    credit::STATEMENTS,
    credit::cache::STATEMENTS,
    credit::exchange::STATEMENTS,
    credit::version::STATEMENTS,
    customer::STATEMENTS,
    customer::query::STATEMENTS,
    domain::STATEMENTS,
    engagement::STATEMENTS,
    erasure_queue::STATEMENTS,
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
    post::STATEMENTS,
    probe::STATEMENTS,
    promo_code::STATEMENTS,
    publication::STATEMENTS,
    report_cache::STATEMENTS,
    source::STATEMENTS,
    tombstone::STATEMENTS,
    touch::STATEMENTS,
    workspace::STATEMENTS,
];

/// Every statement of the store.
pub fn statements() -> Vec<Statement> {
    let declared = FILES.iter().copied().flatten().copied();
    declared
        .chain(click_event::bulk_insert::inserts())
        .collect()
}
