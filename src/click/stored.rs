//! A click as it is stored: what the redirect saw, its enrichment, and what it is the first of.

use super::enrichment::Enrichment;
use super::raw::RawClick;

/// What a click of a person is the visitor's first of, on that UTC day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstVisit {
    /// Of its link.
    pub of_link: bool,
    /// Of its network in its campaign; of its link where there is no campaign.
    pub of_network: bool,
}

/// A click with what enrichment found out about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// What the redirect saw.
    pub hit: RawClick,
    /// What was found out about it.
    pub finding: Enrichment,
    /// What it is its visitor's first of.
    pub first: FirstVisit,
}
