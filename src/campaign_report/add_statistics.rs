//! How sure the figures of each row are, and whether a best row can be named.
//!
//! Holds: what is too little to tell from is `null`; nothing here changes a sum. The same input
//! gives the same figures: lots are drawn from a fixed seed. Formulas: [`super::statistics`]. Must
//! not know: storage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dimension::Dimension;
use super::statistics::best_row::{self, BestRowFloor, BestVerdict, Contender, MoreVisitors};
use super::statistics::maturity::Maturity;
use super::statistics::posterior::Posterior;
use super::statistics::{bootstrap, empirical_bayes};
use super::sums::{RowSums, conversions, real};
use super::{LeadLag, ReportAxis, ReportInputs, ReportRow, VisitorDay};
use crate::attribution::WHOLE;
use crate::attribution::data_driven::RequestedModel;
use crate::clock::DAY_MS;

/// Lots for money, the same in each report.
const SEED: u64 = 0x001e_ad11_11e0;

/// How often visitors are drawn again.
const RESAMPLES: u32 = 1000;

/// Beyond so many rows no best one is looked for.
const MOST_ROWS: usize = 200;

/// Minutes to milliseconds.
const MINUTE_MS: i64 = 60_000;

/// Money for each visitor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EarningsPerVisitor {
    /// Net revenue for each visitor, in minor units of the campaign's currency.
    pub value: f64,
    /// Lower end of the 95 % interval; `null` below ten paying visits, and in rows by `markov` or
    /// `shapley`, which credit journeys as wholes.
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
}

/// Whether a best row can be named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BestRow {
    /// Name of the row that is the best; `null` while chance alone may have put the rows in their
    /// order.
    pub row: Option<String>,
    /// How sure that is, from 0 to 1.
    pub probability: Option<f64>,
    /// About so many more visitors would tell; `null` where a row is named, and where it is more
    /// than a million.
    pub more_visitors: Option<u64>,
    /// Rows that are clearly behind no other, the highest rate first: which of them is the best
    /// cannot be told.
    #[serde(default)]
    pub leading: Vec<String>,
    /// Rows that are clearly behind others, the highest rate first.
    #[serde(default)]
    pub behind: Vec<RowBehind>,
    /// The same in words.
    pub sentence: String,
}

/// A row whose true lead rate is below that of others with at least 97.5 % probability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowBehind {
    /// Name of the row.
    pub row: String,
    /// Names of those that it is clearly behind, the highest rate first.
    pub of: Vec<String>,
}

/// Gives rows and total what is known of how sure they are; says whether one of them is the best.
pub(super) fn add_statistics(
    inputs: &ReportInputs<'_>,
    rows: &mut [(ReportRow, RowSums)],
    total: &mut ReportRow,
    attributed: &RowSums,
) -> Option<BestRow> {
    for (row, sums) in rows.iter_mut() {
        row.earnings_per_visitor = earnings(sums);
        row.median_days_to_lead = median_days(&sums.lags);
        // Journeys are credited as wholes then: no payment and no lag is a single row's.
        if matches!(inputs.model, RequestedModel::DataDriven(_)) {
            row.median_days_to_lead = None;
            row.earnings_per_visitor = row.earnings_per_visitor.map(|it| EarningsPerVisitor {
                low: None,
                high: None,
                ..it
            });
        }
    }
    total.earnings_per_visitor = earnings(attributed);
    total.median_days_to_lead = median_days(&attributed.lags);
    mature(inputs, rows, total, attributed);
    compare(inputs, rows)
}

fn earnings(sums: &RowSums) -> Option<EarningsPerVisitor> {
    if sums.visitors <= 0 {
        return None;
    }
    let amounts: Vec<i64> = sums
        .payments
        .values()
        .copied()
        .filter(|it| *it != 0)
        .collect();
    let range = bootstrap::per_visitor(&amounts, sums.visitors, RESAMPLES, SEED);
    Some(EarningsPerVisitor {
        value: real(sums.revenue - sums.refunds) / real(sums.visitors),
        low: range.map(|it| it.low),
        high: range.map(|it| it.high),
    })
}

/// Days within which half of the leads came.
fn median_days(lags: &[LeadLag]) -> Option<f64> {
    let mut lags: Vec<(i64, i64)> = lags.iter().map(|it| (it.minutes, it.weight)).collect();
    lags.sort_unstable();
    let whole: i64 = lags.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0;
    let half = lags.iter().find(|(_, weight)| {
        sum += weight;
        sum * 2 >= whole
    })?;
    Some(real(half.0.max(0) * MINUTE_MS) / real(DAY_MS))
}

/// The share of their leads that clicks have brought so far: of all, and of each network where rows
/// are made by it. Only what clicks have yielded ripens, so it needs the axis of clicks.
fn mature(
    inputs: &ReportInputs<'_>,
    rows: &mut [(ReportRow, RowSums)],
    total: &mut ReportRow,
    attributed: &RowSums,
) {
    if inputs.axis != ReportAxis::Click || !inputs.filter.is_empty() {
        return;
    }
    let whole = |_: &VisitorDay| true;
    let waiting = waiting(inputs, &attributed.lags, whole);
    let lag = |it: &LeadLag| (it.minutes.max(0) * MINUTE_MS, conversions(it.weight));
    let converted: Vec<(i64, f64)> = attributed.lags.iter().map(lag).collect();
    let Some(maturity) = Maturity::learn(&converted, &waiting) else {
        return;
    };
    total.mature = ripe(&maturity, inputs, whole);
    if inputs.by.is_network() {
        for (row, _) in rows {
            let network = row.key.network.clone();
            row.mature = ripe(&maturity, inputs, |day| day.network == network);
        }
    }
}

/// How old visitors are who became no leads, in milliseconds, with their number.
fn waiting(
    inputs: &ReportInputs<'_>,
    lags: &[LeadLag],
    of: impl Fn(&VisitorDay) -> bool,
) -> Vec<(i64, f64)> {
    let mut left: BTreeMap<i64, i64> = BTreeMap::new();
    for day in inputs.visitor_days.iter().filter(|day| of(day)) {
        *left.entry(day.day).or_default() += day.visitors * WHOLE;
    }
    for lag in lags {
        if let Some(left) = left.get_mut(&(lag.clicked_minute * MINUTE_MS).div_euclid(DAY_MS)) {
            *left -= lag.weight;
        }
    }
    let age = |(day, left): (i64, i64)| (age(inputs, day), conversions(left.max(0)));
    left.into_iter()
        .map(age)
        .filter(|(_, left)| *left > 0.0)
        .collect()
}

/// Visitors of a day are as old as if they had all come in the middle of it.
fn age(inputs: &ReportInputs<'_>, day: i64) -> i64 {
    (inputs.now.0 - day * DAY_MS - DAY_MS / 2).max(0)
}

/// The mean, over visitors, of the share that clicks of their age have brought.
fn ripe(
    maturity: &Maturity,
    inputs: &ReportInputs<'_>,
    of: impl Fn(&VisitorDay) -> bool,
) -> Option<f64> {
    let (mut sum, mut all) = (0.0, 0.0);
    for day in inputs.visitor_days.iter().filter(|day| of(day)) {
        sum += real(day.visitors) * maturity.share(age(inputs, day.day));
        all += real(day.visitors);
    }
    (all > 0.0).then(|| sum / all)
}

/// Holds the rows' lead rates against each other.
fn compare(inputs: &ReportInputs<'_>, rows: &mut [(ReportRow, RowSums)]) -> Option<BestRow> {
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
        // Where nobody came, as in the row of robots, there is nothing to choose.
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
    if contenders.len() < 2 || contenders.len() > MOST_ROWS {
        return None;
    }
    let (places, contenders): (Vec<usize>, Vec<Contender>) = contenders.into_iter().unzip();
    let posteriors: Vec<_> = contenders.iter().map(|it| it.posterior).collect();
    let chances = best_row::chances(&posteriors);
    for (place, chance) in places.iter().zip(&chances) {
        let row = &mut rows[*place].0;
        row.probability_best = Some(chance.probability_best);
        row.expected_loss = Some(chance.expected_loss);
    }
    // Hours and days are not chosen like networks are: their best one is for `next` to tell.
    let of_time = |it: &Dimension| matches!(it, Dimension::Time(_));
    if inputs.by.dimensions().iter().any(of_time) {
        return None;
    }
    let verdict = best_row::verdict(&contenders, &chances, &BestRowFloor::default())?;
    let apart = best_row::separate(&contenders, &BestRowFloor::default());
    Some(said(verdict, &apart, |at: usize| {
        rows[places[at]].0.key.name()
    }))
}

/// The verdict with the rows' names.
fn said(
    verdict: BestVerdict,
    apart: &best_row::Separation,
    name: impl Fn(usize) -> String,
) -> BestRow {
    let names = |rows: &[usize]| rows.iter().map(|row| name(*row)).collect();
    let behind = apart.behind.iter().map(|it| RowBehind {
        row: name(it.row),
        of: names(&it.of),
    });
    let unnamed = BestRow {
        row: None,
        probability: None,
        more_visitors: None,
        leading: names(&apart.leading),
        behind: behind.collect(),
        sentence: verdict.sentence_with(apart, &name),
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
