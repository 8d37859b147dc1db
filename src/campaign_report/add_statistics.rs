//! How sure the figures of each row are, and whether a best row can be named.
//!
//! # Invariants
//! - A figure with too little behind it is `null`; nothing here changes a sum.
//! - The same input gives the same figures: random numbers come from a fixed seed.
//!
//! # Out of scope
//! Formulas: [`super::statistics`].

use std::collections::BTreeMap;

use super::dimension::Dimension;
use super::figures::{conversions, float};
use super::observed::{LeadLag, Observed, VisitorDay};
use super::query::{ReportAxis, ReportQuery};
use super::row::{BestRow, EarningsPerVisitor, ReportRow, RowBehind};
use super::row_sums::RowSums;
use super::statistics::best_row::{
    self, BestRowFloor, BestVerdict, Contender, MoreVisitors, Separation,
};
use super::statistics::maturity::Maturity;
use super::statistics::posterior::Posterior;
use super::statistics::probability_best::probability_best;
use super::statistics::{bootstrap, empirical_bayes};
use crate::attribution::WHOLE;
use crate::attribution::data_driven::RequestedModel;
use crate::clock::{DAY_MS, Millis};

/// Seed of the random numbers for money, the same in each report.
const SEED: u64 = 0x001e_ad11_11e0;

/// How often visitors are resampled.
const RESAMPLES: u32 = 1000;

/// With more rows than this, no best one is named.
const MAX_ROWS: usize = 200;

/// Minutes to milliseconds.
const MINUTE_MS: i64 = 60_000;

/// Adds to rows and total how sure their figures are; returns whether one row is the best.
pub(super) fn add_statistics(
    query: &ReportQuery,
    observed: &Observed,
    rows: &mut [(ReportRow, RowSums)],
    total: &mut ReportRow,
    attributed: &RowSums,
) -> Option<BestRow> {
    for (row, sums) in rows.iter_mut() {
        row.earnings_per_visitor = earnings(sums);
        row.median_days_to_lead = median_days(&sums.lags);
        // These models credit journeys as wholes: no payment and no lag belongs to a single row.
        if matches!(query.model, RequestedModel::DataDriven(_)) {
            row.median_days_to_lead = None;
            row.earnings_per_visitor = row.earnings_per_visitor.map(|earned| EarningsPerVisitor {
                low: None,
                high: None,
                ..earned
            });
        }
    }
    total.earnings_per_visitor = earnings(attributed);
    total.median_days_to_lead = median_days(&attributed.lags);
    add_maturity(query, observed, rows, total, attributed);
    compare(query, rows)
}

fn earnings(sums: &RowSums) -> Option<EarningsPerVisitor> {
    if sums.visitors <= 0 {
        return None;
    }
    let amounts: Vec<i64> = sums
        .payments
        .values()
        .copied()
        .filter(|amount| *amount != 0)
        .collect();
    let range = bootstrap::per_visitor(&amounts, sums.visitors, RESAMPLES, SEED);
    Some(EarningsPerVisitor {
        value: float(sums.revenue - sums.refunds) / float(sums.visitors),
        low: range.map(|range| range.low),
        high: range.map(|range| range.high),
    })
}

/// Days within which half of the leads came.
fn median_days(lags: &[LeadLag]) -> Option<f64> {
    let mut lags: Vec<(i64, i64)> = lags.iter().map(|lag| (lag.minutes, lag.weight)).collect();
    lags.sort_unstable();
    let whole: i64 = lags.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0;
    let half = lags.iter().find(|(_, weight)| {
        sum += weight;
        sum * 2 >= whole
    })?;
    Some(float(half.0.max(0) * MINUTE_MS) / float(DAY_MS))
}

/// Adds the share of their final leads that clicks have brought so far: to the total, and to each
/// network if rows are made by it. Only clicks mature, so it needs the axis of clicks.
fn add_maturity(
    query: &ReportQuery,
    observed: &Observed,
    rows: &mut [(ReportRow, RowSums)],
    total: &mut ReportRow,
    attributed: &RowSums,
) {
    if query.axis != ReportAxis::Click || query.is_narrowed() {
        return;
    }
    let days = &observed.visitor_days;
    let waiting = waiting(days, &attributed.lags, query.now);
    let lag = |lag: &LeadLag| (lag.minutes.max(0) * MINUTE_MS, conversions(lag.weight));
    let converted: Vec<(i64, f64)> = attributed.lags.iter().map(lag).collect();
    let Some(maturity) = Maturity::learn(&converted, &waiting) else {
        return;
    };
    total.mature = mature_share(&maturity, days, query.now, |_| true);
    if query.breakdown.is_network() {
        for (row, _) in rows {
            let network = row.key.network.clone();
            row.mature = mature_share(&maturity, days, query.now, |day| day.network == network);
        }
    }
}

/// Ages in milliseconds of visitors without a lead, with their number.
fn waiting(days: &[VisitorDay], lags: &[LeadLag], now: Millis) -> Vec<(i64, f64)> {
    let mut left: BTreeMap<i64, i64> = BTreeMap::new();
    for day in days {
        *left.entry(day.day).or_default() += day.visitors * WHOLE;
    }
    for lag in lags {
        if let Some(left) = left.get_mut(&(lag.clicked_minute * MINUTE_MS).div_euclid(DAY_MS)) {
            *left -= lag.weight;
        }
    }
    left.into_iter()
        .map(|(day, left)| (age(day, now), conversions(left.max(0))))
        .filter(|(_, left)| *left > 0.0)
        .collect()
}

/// The age of a day's visitors, as if they had all come in the middle of it.
fn age(day: i64, now: Millis) -> i64 {
    (now.0 - day * DAY_MS - DAY_MS / 2).max(0)
}

/// The mean, over visitors, of the share that clicks of their age have brought.
fn mature_share(
    maturity: &Maturity,
    days: &[VisitorDay],
    now: Millis,
    of: impl Fn(&VisitorDay) -> bool,
) -> Option<f64> {
    let (mut sum, mut all) = (0.0, 0.0);
    for day in days.iter().filter(|day| of(day)) {
        sum += float(day.visitors) * maturity.share(age(day.day, now));
        all += float(day.visitors);
    }
    (all > 0.0).then(|| sum / all)
}

/// Compares the rows' lead rates.
fn compare(query: &ReportQuery, rows: &mut [(ReportRow, RowSums)]) -> Option<BestRow> {
    let pairs: Vec<(f64, i64)> = rows
        .iter()
        .map(|(row, _)| (row.leads, row.visitors))
        .collect();
    let learnt = empirical_bayes::learn(&pairs);
    let mut contenders: Vec<(usize, Contender)> = Vec::new();
    for (at, ((row, _), posterior)) in rows.iter_mut().zip(&learnt.rows).enumerate() {
        let Some(posterior) = *posterior else {
            continue;
        };
        row.lead_rate_shrunk = Some(posterior.estimate());
        // A row without visitors, such as that of robots, is nothing to choose.
        if row.visitors == 0 {
            continue;
        }
        let contender = Contender {
            successes: row.leads,
            people: row.visitors,
            posterior,
        };
        contenders.push((at, contender));
    }
    if contenders.len() < 2 || contenders.len() > MAX_ROWS {
        return None;
    }
    let (places, contenders): (Vec<usize>, Vec<Contender>) = contenders.into_iter().unzip();
    let posteriors: Vec<_> = contenders.iter().map(|row| row.posterior).collect();
    let chances = probability_best(&posteriors);
    for (place, chance) in places.iter().zip(&chances) {
        let row = &mut rows[*place].0;
        row.probability_best = Some(chance.probability_best);
        row.expected_loss = Some(chance.expected_loss);
    }
    // Nobody chooses hours and days like networks: `next_posts` names their best one.
    let of_time = |dimension: &Dimension| matches!(dimension, Dimension::Time(_));
    if query.breakdown.dimensions().iter().any(of_time) {
        return None;
    }
    let verdict = best_row::verdict(&contenders, &chances, &BestRowFloor::default())?;
    let separation = best_row::separate(&contenders, &BestRowFloor::default());
    Some(named(verdict, &separation, |at: usize| {
        rows[places[at]].0.key.name()
    }))
}

/// The verdict with the rows' names.
fn named(verdict: BestVerdict, separation: &Separation, name: impl Fn(usize) -> String) -> BestRow {
    let names = |rows: &[usize]| rows.iter().map(|row| name(*row)).collect();
    let behind = separation.behind.iter().map(|trailing| RowBehind {
        row: name(trailing.row),
        of: names(&trailing.of),
    });
    let unnamed = BestRow {
        row: None,
        probability: None,
        more_visitors: None,
        leading: names(&separation.leading),
        behind: behind.collect(),
        sentence: verdict.sentence_with(separation, &name),
    };
    match verdict {
        BestVerdict::Best { row, probability } => BestRow {
            row: Some(name(row)),
            probability: Some(probability),
            ..unnamed
        },
        BestVerdict::NotDistinguishableYet { more_visitors } => BestRow {
            more_visitors: match more_visitors {
                MoreVisitors::About(count) => Some(count),
                MoreVisitors::MoreThanAMillion => None,
            },
            ..unnamed
        },
    }
}
