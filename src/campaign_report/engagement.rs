//! Compares engagement with leads: do likes and impressions predict leads?
//!
//! # Invariants
//! - Each figure of engagement is ranked against the leads of the same posts. If there are too few
//!   posts, networks are compared.
//! - If there are too few pairs to decide, the sentence says so.
//!
//! # Out of scope
//! Where the figures come from.

use serde::{Deserialize, Serialize};

use super::figures::{self, conversions, float};
use super::observed::LeadTotals;
use super::statistics::spearman::{self, LEAST_PAIRS, RankCorrelation};
use crate::campaign::engagement::{self, EngagementFigures, EngagementSum};
use crate::id::LinkId;

/// Engagement of a post or network together with its leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EngagementRow {
    /// Canonical name of the network; `null` in rows of posts.
    pub network: Option<String>,
    /// Id of the link in the post; `null` in rows of networks.
    pub link_id: Option<String>,
    /// Its reported figures.
    #[serde(flatten)]
    pub figures: EngagementFigures,
    /// Leads credited to it.
    #[serde(serialize_with = "figures::serialize_count")]
    pub leads: f64,
    /// Leads per 1,000 impressions; `null` without impressions.
    pub leads_per_thousand_impressions: Option<f64>,
}

/// Whether a figure of engagement predicts leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EngagementPrediction {
    /// `impressions`, `likes`, `reposts` or `replies`.
    pub measure: String,
    /// Spearman's rank correlation with leads, with its 95 % interval; `null` with fewer than four
    /// posts or networks.
    pub rank: Option<RankCorrelation>,
    /// The conclusion in words.
    pub sentence: String,
}

/// Engagement compared with yield.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EngagementSummary {
    /// Rows of posts if four or more have figures, or else of networks; most leads first.
    pub rows: Vec<EngagementRow>,
    /// Whether engagement predicted leads.
    pub predictions: Vec<EngagementPrediction>,
}

/// A figure of engagement.
type Figure = fn(&EngagementFigures) -> Option<i64>;

/// Compares engagement with leads; `None` if no engagement is known.
pub fn summarize(sums: &[EngagementSum], leads: &LeadTotals) -> Option<EngagementSummary> {
    if sums.is_empty() {
        return None;
    }
    let posts = engagement::by_link(sums);
    let mut rows: Vec<EngagementRow> = if posts.len() >= LEAST_PAIRS {
        let seen = |(link, figures): (LinkId, EngagementFigures)| {
            let leads = leads.by_link.get(&link).copied().unwrap_or(0);
            seen(None, Some(link.to_string()), figures, leads)
        };
        posts.into_iter().map(seen).collect()
    } else {
        let seen = |(network, figures): (String, EngagementFigures)| {
            let leads = leads.by_network.get(&network).copied().unwrap_or(0);
            seen(Some(network), None, figures, leads)
        };
        engagement::by_network(sums).into_iter().map(seen).collect()
    };
    rows.sort_by(|a, b| b.leads.total_cmp(&a.leads));
    let measures: [(&str, Figure); 4] = [
        ("impressions", |figures| figures.impressions),
        ("likes", |figures| figures.likes),
        ("reposts", |figures| figures.reposts),
        ("replies", |figures| figures.replies),
    ];
    let predictions = measures.into_iter().filter_map(|(measure, figure)| {
        let pair = |row: &EngagementRow| Some((float(figure(&row.figures)?), row.leads));
        let pairs: Vec<(f64, f64)> = rows.iter().filter_map(pair).collect();
        (!pairs.is_empty()).then(|| {
            let rank = spearman::spearman(&pairs);
            EngagementPrediction {
                measure: measure.to_owned(),
                rank,
                sentence: spearman::sentence(measure, "leads", rank),
            }
        })
    });
    let predictions = predictions.collect();
    Some(EngagementSummary { rows, predictions })
}

fn seen(
    network: Option<String>,
    link_id: Option<String>,
    figures: EngagementFigures,
    leads: i64,
) -> EngagementRow {
    let leads = conversions(leads);
    let shown = figures.impressions.filter(|impressions| *impressions > 0);
    EngagementRow {
        network,
        link_id,
        figures,
        leads,
        leads_per_thousand_impressions: shown.map(|shown| leads * 1000.0 / float(shown)),
    }
}

/// Impressions of all networks, if any are known.
pub fn impressions(sums: &[EngagementSum]) -> Option<i64> {
    let networks = engagement::by_network(sums);
    let known: Vec<i64> = networks
        .values()
        .filter_map(|figures| figures.impressions)
        .collect();
    (!known.is_empty()).then(|| known.iter().sum())
}
